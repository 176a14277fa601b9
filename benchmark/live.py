"""The timeline of one run while it runs.

    data = watch(3, show)           `show` is called a few times a second with the data so far

Data as in timelines.py, of one step and one run, and besides

    until       ms: the axis goes at least as far
    slower      how many times as slow the clients are, all but the heavy work
    running     true of data so far: who is not done yet is drawn until now, and nothing is claimed

The server's facts come from teller.py, the clients' from visitors.py, each a tenth of a second
late. A run on its own, to be looked at: whoever draws it has the same cores.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmark.phases import row
from benchmark.run import ROOT, contenders
from benchmark.timelines import HEAVY, Measuring, choose_work, load, plan_of, started, visit_of
from harness import STEPS, HarnessError

EVERY = 0.1  # seconds
NOT_YET = {"phases": [], "tail": None, "answers": [], "done": 0, "waiting": 0}
SOON, LATER = 1000, 1400  # ms that a picture has room for; LATER in step 1


def watch(step: int, show: Callable[[dict], None], slower: int = 1) -> dict:
    """The data, when all is over. The heavy work is as long as it may be: no server goes beyond."""
    [contender] = contenders([step], [])
    run = Measuring([contender])
    run.load = load(choose_work(HEAVY * slower)[0], slower)
    also = {"until": slower * (LATER if step == 1 else SOON), "slower": slower}
    with tempfile.TemporaryDirectory() as place:
        facts, seen = Path(place, "facts.jsonl"), Path(place, "seen.jsonl")
        with (
            started(contender, facts, run.cores, "benchmark.teller") as server,
            visiting(plan_of(run.load, server, run.cores), seen) as clients,
        ):
            while clients.poll() is None:
                time.sleep(EVERY)
                if rows := SoFar(run.load, lines_of(seen), lines_of(facts)).rows():
                    show({**so_far(step, run, rows), **also})
        made = visit_of(contender, run.load, lines_of(seen)[-1], lines_of(facts))
    run.visits[contender.name] = [made]
    return {**run.as_json(), **also}


@contextmanager
def visiting(plan: dict, seen: Path) -> Iterator[subprocess.Popen]:
    """The clients' process, which tells in a file what they see."""
    how = {"cwd": ROOT, "start_new_session": True, "stdin": subprocess.PIPE, "text": True}
    command = [sys.executable, "-m", "benchmark.visitors"]
    with seen.open("w") as file, subprocess.Popen(command, stdout=file, **how) as process:
        try:
            process.stdin.write(json.dumps({**plan, "every": EVERY}) + "\n")
            process.stdin.flush()
            yield process
        finally:
            process.kill()
    if process.returncode:
        raise HarnessError("the clients broke down")


def lines_of(path: Path) -> list:
    """Those that are written to their end."""
    text = path.read_text() if path.exists() else ""
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


# So far


def so_far(step: int, run: Measuring, rows: list[dict]) -> dict:
    made = {
        "step": step,
        "name": STEPS[step].title,
        "done": max(one["done"] for one in rows),
        "shown": sum(one["waiting"] for one in rows),
        "rows": rows,
    }
    besides = {"heavy": {"median": 0}, "rounds": 1, "running": True}
    return {"environment": run.environment, "load": run.load, "steps": [made], **besides}


class SoFar:
    """What both sides have told, and the time until which both are complete."""

    def __init__(self, load: list[dict], seen: list[list[dict]], facts: list[dict]) -> None:
        self.load, self.clients, self.facts = load, seen[-1] if seen and facts else [], facts
        last = [client["at"] for client in self.clients] + [fact["at"] for fact in facts[-1:]]
        self.now = min(last, default=0)
        self.come = sorted(filter(self.has_been, (one.get("arrived") for one in self.clients)))

    def has_been(self, time: float | None) -> bool:
        return time is not None and time <= self.now

    def rows(self) -> list[dict]:
        """None, as long as nobody has come."""
        both = zip(self.load, self.clients, strict=bool(self.clients))
        return [self.row(*one) for one in both] if self.come else []

    def row(self, wishes: dict, client: dict) -> dict:
        if client.get("arrived") not in self.come:
            return NOT_YET
        facts = self.facts_of(client)
        if len(client["statuses"]) < len(wishes["requests"]) or not self.has_been(client["done"]):
            client = {
                **client,
                "done": self.now,
                "answers": [*filter(self.has_been, client["answers"])],
            }
            facts += [] if kernel_has_all(client, facts) else self.end()
        return row(client, facts, self.come[0])

    def facts_of(self, client: dict) -> list[dict]:
        """The n-th connection is that of the n-th who came: the kernel lets them in by turns, and
        who has not asked yet cannot be told by the question."""
        number = self.come.index(client["arrived"]) + 1
        return [fact for fact in self.facts if fact["connection"] == number]

    def end(self) -> list[dict]:
        """What would end a row now: the last byte has gone."""
        return [{"at": self.now, "fact": fact} for fact in ("bytes", "listening")]


def kernel_has_all(client: dict, facts: list[dict]) -> bool:
    """Of an answer that the client has not read to its end."""
    asked = len(client["asked"]) > len(client["statuses"])
    last = facts[-1] if facts else {"fact": None}
    return asked and last["fact"] == "listening" and last["at"] > client["asked"][-1]
