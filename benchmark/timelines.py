"""The same eight clients on five servers: who waits for whom. The load, the rounds, the data.

    data = measure(contenders([1, 2, 3, 4, 5], []), rounds=9)

Waits alone would make steps 2 to 5 look alike, so one client of the eight asks for heavy work, in
the middle of what the others do and in nobody's very millisecond: two events at once make two
different pictures. A round visits the servers in turn, each fresh, with its recorder on (see
recorder.py), and with a fresh client process. The data, as JSON (times in ms, from the first
arrival; phases as in phases.py):

    format, rounds, environment
    load        [{name, arrives, requests: [{path, after}], buffer?, nap?}, ...]: what they ask for.
                `after` is thought before asking, `buffer` (bytes) and `nap` make a slow reader
    heavy       {alone, median}: how long the heavy work takes with no server, and with these
    steps       [{step, name, round, done, heavy, waiting, shown, rows}, ...], `step` being null for
                a server that is not ours. `waiting` is the time that all eight were waiting their
                turn, summed: {median, low, high, rounds}. `shown` is that median, or for servers
                whose ranges overlap the median of their rounds together. `rows` are those of one
                round: the one whose heavy work was nearest to the median of all
                [{arrived, asked, answers, done, statuses, phases: [[kind, from, to], ...], tail,
                waiting}]; phases are null where only the clients were heard
"""

import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmark.phases import rows
from benchmark.recorder import WHERE
from benchmark.results import environment
from benchmark.run import ROOT, Contender, Cores
from harness import STEPS, HarnessError, start_command, start_step
from steps.app import fib

FORMAT = 1
HEAVY = 0.2  # seconds that the heavy work should take
GOLDEN = (1 + math.sqrt(5)) / 2  # fib(n + 1) takes so many times as long as fib(n)
DISTURBED = 1.6  # times what it takes alone, and something else kept the machine busy
TRIES = 6  # of a visit that was disturbed
CALM = 1  # seconds to wait before the next
STUCK = 60  # seconds
RECORDER = "benchmark.recorder"  # what runs a step
PATIENT = [f"--{what}-timeout=0" for what in ("idle", "head", "body", "send")]  # 0 is never


def load(n: int, slower: float = 1) -> list[dict]:
    """Eight clients; the sixth asks for fib(n). All else may be so many times as slow."""
    t = slower
    return [
        client("three greetings", 0, ("/", 0), ("/", 120 * t), ("/", 120 * t)),
        client("a pause", 10 * t, (f"/slow/{0.25 * t:g}", 0)),
        client("six ticks", 20 * t, (f"/ticks/6/{0.06 * t:g}", 0)),
        client("silent, then asks", 30 * t, ("/", 200 * t)),
        client("reads slowly", 40 * t, ("/big/9000000", 0), buffer=128 * 1024, nap=3 * t),
        client("heavy work", 110 * t, (f"/fib/{n}", 0)),
        client("a greeting", 160 * t, ("/", 0)),
        client("a pause", 200 * t, (f"/slow/{0.1 * t:g}", 0)),
    ]


def client(name: str, arrives: float, *requests: tuple[str, float], **habits: float) -> dict:
    asks = [{"path": path, "after": after} for path, after in requests]
    return {"name": name, "arrives": arrives, "requests": asks, **habits}


def heavy_row(load: list[dict]) -> int:
    """Which of the clients asks for heavy work."""
    return next(n for n, one in enumerate(load) if one["requests"][0]["path"].startswith("/fib/"))


def choose_work(wanted: float = HEAVY) -> tuple[int, float]:
    """The n whose fib(n) takes about so many seconds, and those it takes."""
    small = 22
    seconds = min(time_of(small) for _ in range(7))
    more = min(round(math.log(wanted / seconds, GOLDEN)), 32 - small)  # no step goes beyond 32
    return small + more, seconds * GOLDEN**more


def time_of(n: int) -> float:
    begun = time.perf_counter()
    fib(n)
    return time.perf_counter() - begun


# One visit


@dataclass(slots=True)
class Visit:
    """What the eight clients saw of one server in one round."""

    round: int
    rows: list[dict]
    heavy: float  # ms

    @property
    def waiting(self) -> float:
        return sum(row["waiting"] for row in self.rows)


def visit(contender: Contender, load: list[dict], cores: Cores, number: int = 1) -> Visit:
    """What becomes of the eight on one server."""
    clients, facts = heard(contender, load, cores)
    return visit_of(contender, load, clients, facts, number)


def heard(
    contender: Contender, load: list[dict], cores: Cores, runner: str = RECORDER
) -> tuple[list[dict], list[dict] | None]:
    """Start a server, let the eight come, stop it: what the clients noted, and what the server."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "facts.jsonl")
        with started(contender, path, cores, runner) as server:
            clients = send(load, server, cores)
        return clients, read_facts(path) if contender.step else None


def visit_of(
    contender: Contender,
    load: list[dict],
    clients: list[dict],
    facts: list[dict] | None,
    number: int = 1,
) -> Visit:
    """Raises HarnessError where a client has not its answers, or the server was not recorded."""
    check(contender, load, clients)
    made = rows(clients, facts)
    if contender.step and not all(row["phases"] is not None for row in made):
        raise HarnessError(f"{contender.name} was not recorded: it did not see who asked")
    return Visit(number, made, work_of(made[heavy_row(load)]))


def started(contender: Contender, facts: Path, cores: Cores, runner: str = RECORDER):
    if not contender.step:
        return start_command(contender.title, cpu=cores.server)
    note = {"runner": runner, "env": {WHERE: str(facts)}}
    return start_step(contender.step, *PATIENT, cpu=cores.server, **note)


def send(load: list[dict], server, cores: Cores) -> list[dict]:
    """What the clients noted. Their process has a session of its own: Ctrl-C is for us."""
    plan = plan_of(load, server, cores)
    command = [sys.executable, "-m", "benchmark.visitors"]
    how = {"cwd": ROOT, "start_new_session": True, "capture_output": True, "timeout": STUCK}
    try:
        done = subprocess.run(command, input=json.dumps(plan) + "\n", text=True, **how)
    except subprocess.TimeoutExpired:
        raise HarnessError(f"{server.name} did not answer all clients within {STUCK} s") from None
    if done.returncode:
        raise HarnessError(f"the clients broke down ({done.stderr.strip().splitlines()[-1]})")
    return json.loads(done.stdout)


def plan_of(load: list[dict], server, cores: Cores) -> dict:
    """What visitors.py is told."""
    return {"host": server.host, "port": server.port, "cpu": cores.client, "load": load}


def read_facts(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def check(contender: Contender, load: list[dict], clients: list[dict]) -> None:
    """A client without its answers makes no row; a step, moreover, answers all with 200."""
    for wishes, seen in zip(load, clients, strict=True):
        bad = {status for status in seen["statuses"] if status != 200} if contender.step else ()
        if seen["error"] or bad:
            why = seen["error"] or f"answered {min(bad)}"
            who = f"{contender.name} ({contender.title})"
            raise HarnessError(f"{who} failed the client '{wishes['name']}': {why}")


def work_of(row: dict) -> float:
    """How long an answer was worked at; seen from outside, how long it took."""
    if row["phases"] is None:
        return row["done"] - row["asked"][0]
    return sum(until - since for kind, since, until in row["phases"] if kind == "answer")


# Rounds


@dataclass(slots=True)
class Measuring:
    contenders: list[Contender]
    tries: int = TRIES
    lenient: bool = False  # a machine that stays busy is drawn as it is
    cores: Cores = field(default_factory=Cores.choose)
    visits: dict[str, list[Visit]] = field(default_factory=dict)
    environment: dict = field(init=False)  # before we are part of it
    load: list[dict] = field(init=False)
    alone: float = field(init=False)  # seconds that the heavy work takes with no server

    def __post_init__(self) -> None:
        self.environment = environment(self.cores.as_json())
        n, self.alone = choose_work()
        self.load = load(n)

    def quiet_visit(self, contender: Contender, number: int) -> Visit:
        """A visit in which the heavy work took about its time. The others tell nothing of waits."""
        made = []
        while len(made) < self.tries:
            made.append(visit(contender, self.load, self.cores, number))
            if not contender.step or made[-1].heavy < 1000 * DISTURBED * self.alone:
                return made[-1]
            time.sleep(CALM)
        calmest = min(made, key=lambda one: one.heavy)
        if self.lenient:
            return calmest
        raise HarnessError(
            f"this machine is busy: work of {self.alone:.1f} s took {calmest.heavy / 1000:.1f} s,"
            f" {self.tries} times; close other programs and try again"
        )

    def as_json(self) -> dict:
        everything = [one for visits in self.visits.values() for one in visits]
        median = statistics.median(one.heavy for one in everything)
        return {
            "format": FORMAT,
            "rounds": len(everything) // len(self.contenders),
            "environment": self.environment,
            "load": self.load,
            "heavy": {"alone": round(1000 * self.alone), "median": round(median)},
            "steps": with_shown([self.summary(one, median) for one in self.contenders]),
        }

    def summary(self, contender: Contender, heavy: float) -> dict:
        visits = self.visits[contender.name]
        drawn = min(visits, key=lambda one: abs(one.heavy - heavy))
        return {
            "step": contender.step,
            "name": STEPS[contender.step].title if contender.step else contender.title,
            "round": drawn.round,
            "done": max(row["done"] for row in drawn.rows),
            "heavy": round(drawn.heavy, 1),
            "waiting": spread([one.waiting for one in visits]) if contender.step else None,
            "rows": drawn.rows,
        }


def measure(
    contenders: list[Contender],
    rounds: int,
    note: Callable[[str, str], None] = lambda *_: None,
    **how: object,
) -> dict:
    """The timelines' data. `note` is told what is measured next: the round, and the server. `how`
    is what `Measuring` takes besides."""
    measuring = Measuring(contenders, **how)
    for number in range(1, rounds + 1):
        for contender in contenders:
            note(f"round {number} of {rounds}", f"{contender.name}, {contender.title}")
            made = measuring.quiet_visit(contender, number)
            measuring.visits.setdefault(contender.name, []).append(made)
    return measuring.as_json()


def spread(numbers: list[float]) -> dict:
    each = [round(number, 1) for number in numbers]
    return {
        "median": statistics.median(each),
        "low": min(each),
        "high": max(each),
        "rounds": each,
    }


def with_shown(steps: list[dict]) -> list[dict]:
    """Servers that tie show one figure: this run cannot tell them apart."""
    for step in steps:
        tied = ties(step, steps)
        together = [number for one in tied for number in one["waiting"]["rounds"]]
        step["shown"] = statistics.median(together) if together else None
    return steps


def ties(step: dict, steps: list[dict]) -> list[dict]:
    """This step and those whose range of waiting touches its own, or that of one that does."""
    found = [step] if step["waiting"] else []
    for one in found:  # it grows as we go
        found += [
            other
            for other in steps
            if other["waiting"] and other not in found and overlap(one["waiting"], other["waiting"])
        ]
    return found


def overlap(one: dict, other: dict) -> bool:
    return one["low"] <= other["high"] and other["low"] <= one["high"]
