"""A run: rounds that visit the servers in turn, a fresh server and a fresh load client each time.

Server and client are pinned to a core each where there are two, and this process keeps to the
client's. A server that fails drops out, is named, and the others go on. Just before a server is
asked for speed, the same client asks a server of canned bytes, the floor: it tells how fast this
machine and this client are at that moment.
"""

import json
import os
import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Self

from benchmark.results import Results
from benchmark.scenarios import GREETING, Load
from harness import STEPS, HarnessError, Server, start_command, start_step

ROOT = Path(__file__).resolve().parent.parent
TOPOLOGY = "/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list"
MOMENT = 0.5  # seconds
SLACK = 60.0  # seconds that the client may take beyond its windows before we call it stuck


@dataclass(frozen=True, slots=True)
class Contender:
    """A server that takes part: a step, or somebody's command."""

    name: str
    title: str  # what a step is called, or how a peer waits, or the command
    step: int | None = None
    command: str = ""  # of a server that is not ours

    @contextmanager
    def started(self, options: tuple[str, ...], cpu: int | None) -> Iterator[Server]:
        """Killed, not stopped: how a server stops is for the tests, and costs time here."""
        server = self.start(options, cpu)
        try:
            yield server
        finally:
            server.kill()

    def start(self, options: tuple[str, ...], cpu: int | None) -> Server:
        if self.step:
            return start_step(self.step, *options, cpu=cpu)
        return start_command(self.command, cpu=cpu)


FLOOR = Contender(
    "canned", "fixed bytes", command=f"{shlex.quote(sys.executable)} -m benchmark.canned {{port}}"
)
FLOOR_FOR = {  # what it is asked just before a floored load of this kind
    "loop": Load("loop", "/", GREETING, 100, 0.1, warm=0.03),
    "churn": Load("churn", "/", GREETING, 100, 0.1, warm=0.03),
}


def contenders(steps: list[int], commands: list[str]) -> list[Contender]:
    ours = [Contender(f"step {n}", title(STEPS[n].module), n) for n in steps]
    others = dict.fromkeys(commands)
    return ours + [Contender(f"other {n}", one, command=one) for n, one in enumerate(others, 1)]


def title(module: str) -> str:
    """steps.03_select_loop: select loop."""
    return module.partition("_")[2].replace("_", " ")


def try_out(servers: list[Contender]) -> None:
    """A bad command should be heard of now and not after the first round."""
    for contender in servers:
        if not contender.step:
            contender.start((), None).kill()


@dataclass(frozen=True, slots=True)
class Cores:
    server: int | None
    client: int | None

    @classmethod
    def choose(cls) -> "Cores":
        """The first two that we may use, not two threads of one core if that can be helped. With
        fewer, or on macOS, the system decides."""
        ours = sorted(getattr(os, "sched_getaffinity", lambda _: ())(0))
        if len(ours) < 2:
            return cls(None, None)
        server, *others = ours
        apart = [cpu for cpu in others if core_of(cpu) != core_of(server)]
        return cls(server, (apart or others)[0])

    def settle(self) -> None:
        if self.client is not None:
            os.sched_setaffinity(0, {self.client})

    def as_json(self) -> dict:
        return {**asdict(self), "note": self.note}

    @property
    def note(self) -> str:
        if self.server is None:
            return "not pinned: they may share"
        shared = core_of(self.server) == core_of(self.client)
        return "two threads of one core" if shared else "a core each"


def core_of(cpu: int) -> str:
    """The processors that share a core with this one, as Linux lists them."""
    try:
        return Path(TOPOLOGY.format(cpu)).read_text()
    except OSError:
        return str(cpu)


def run(
    results: Results,
    cores: Cores,
    servers: list[Contender],
    loads: list[Load],
    note: Callable[[str, str], None],
) -> None:
    """Measure all; what is measured is in `results`, and saved, whatever happens."""
    with FLOOR.started((), cores.server) as floor:
        dropped = set()
        for number in range(1, max(load.rounds for load in loads) + 1):
            due = [load for load in loads if load.rounds >= number]
            first = (number - 1) % len(servers)  # nobody is always the one after somebody
            for contender in servers[first:] + servers[:first]:
                if contender in dropped:
                    continue
                try:
                    Visit(results, cores, contender, number, floor, note).make(due)
                except HarnessError as error:
                    if not floor.alive():
                        raise
                    results.failures.append(str(error))
                    dropped.add(contender)
                finally:
                    results.save()


@dataclass(slots=True)
class Visit:
    """One server in one round."""

    results: Results
    cores: Cores
    contender: Contender
    round: int
    floor: Server
    note: Callable[[str, str], None]

    def make(self, loads: list[Load]) -> None:
        for options, together in visits(loads):
            with (
                self.contender.started(options, self.cores.server) as server,
                self.client(server, together) as client,
            ):
                for load in together:
                    self.note(self.title, load.words)
                    if load.floored:
                        floor = FLOOR_FOR[load.kind]
                        self.keep(self.beside(load), floor, client.result(floor, self.floor))
                    self.keep(self.who(), load, client.result(load, server))

    def client(self, server: Server, loads: list[Load]) -> "LoadClient":
        foreign = self.contender.step is None
        return LoadClient(server, self.cores.client, foreign, loads, self.floor)

    def keep(self, who: dict, load: Load, raw: dict) -> None:
        self.results.measurements.append({**who, "round": self.round, **described(load), **raw})

    @property
    def title(self) -> str:
        return f"round {self.round}: {self.contender.name} {self.contender.title}"

    def who(self) -> dict:
        return {"server": self.contender.name, "step": self.contender.step}

    def beside(self, load: Load) -> dict:
        return {"server": FLOOR.name, "step": None, "beside": [self.contender.name, load.key]}


def visits(loads: list[Load]) -> Iterator[tuple[tuple[str, ...], list[Load]]]:
    """Which loads one server takes one after the other, and with which options."""
    for (options, _), some in groupby(loads, lambda load: (load.options, load.alone and load)):
        yield options, list(some)


def described(load: Load) -> dict:
    kept = ("kind", "path", "connections", "warm", "polite")
    also = {name: getattr(load, name) for name in kept}
    return {"load": load.key, "window": load.seconds, **also}


class LoadClient:
    """The process of client.py, from here: it has the loads, and gives a result for each."""

    def __init__(
        self,
        server: Server,
        cpu: int | None,
        foreign: bool,
        loads: list[Load],
        floor: Server | None = None,
    ) -> None:
        """With a `floor`, that one comes first wherever a load has one."""
        asked = []
        for load in loads:
            if floor and load.floored:
                asked.append({**wanted(FLOOR_FOR[load.kind], True), **place(floor)})
            asked.append(wanted(load, foreign))
        self.plan = {**place(server), "cpu": cpu, "loads": asked}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmark.client"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            start_new_session=True,  # Ctrl-C is for us; the client ends when its input closes
        )
        patience = sum(load["warm"] + load["seconds"] for load in asked) + SLACK
        self.watchdog = threading.Timer(patience, self.process.kill)
        self.watchdog.daemon = True

    def __enter__(self) -> Self:
        self.watchdog.start()
        self.process.stdin.write(json.dumps(self.plan) + "\n")
        self.process.stdin.flush()
        return self

    def result(self, load: Load, server: Server) -> dict:
        """What it saw of this server, which the load was for."""
        line = self.process.stdout.readline()
        raw = json.loads(line or "{}")
        if died(server, raw.get("refused") or raw.get("lost")):
            raise HarnessError(
                f"{server.name} ended in the middle of {load.words}; start it by hand to see why"
                f" (its last words: {last_line(server.stderr())})"
            )
        if not line:
            reason = last_line(self.process.stderr.read())
            raise HarnessError(f"the load client ended in the middle of {load.words} ({reason})")
        return raw

    def __exit__(self, *exception: object) -> None:
        self.watchdog.cancel()
        self.process.communicate()  # closes its input


def died(server: Server, suspicious: bool) -> bool:
    """Clients may see that a server has gone a moment before its guard does."""
    until = time.monotonic() + (MOMENT if suspicious else 0)
    while (alive := server.alive()) and time.monotonic() < until:
        time.sleep(0.01)
    return not alive


def place(server: Server) -> dict:
    pid = server.process.pid if server.process else None
    return {"host": server.host, "port": server.port, "pid": pid}


def wanted(load: Load, foreign: bool) -> dict:
    """What the client is told. What a server that is not ours says to `GET /` is its own affair."""
    body = None if foreign and load.path == "/" else load.body
    return {**asdict(load), "body": body}


def last_line(text: str) -> str:
    return (text.strip().splitlines() or ["none"])[-1][:300]
