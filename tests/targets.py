"""The servers that a run is applied to: which they are, and how tests share them."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from harness import STEPS, Server, Step, attach, start_command, start_step
from tests.http_client import Client, Unexpected

TIMEOUTS = [f"--{what}-timeout" for what in ("idle", "head", "body", "send")]
NEVER, HASTE = [f"{name}=0" for name in TIMEOUTS], [f"{name}=0.3" for name in TIMEOUTS]


@dataclass(frozen=True, slots=True)
class Target:
    """A server under test: a step, a command or an address."""

    name: str
    step: int | None = None
    command: str | None = None
    url: str | None = None

    def start(self, *options: str, descriptors: int | None = None) -> Server:
        """Start it, or join it where somebody else runs it. Only a step takes options."""
        if self.step:
            return start_step(self.step, *options, descriptors=descriptors)
        if self.command:
            return start_command(self.command, descriptors=descriptors)
        return attach(self.url)


def choose_targets(option) -> list[Target]:
    """What the command line asks for."""
    given = [f"--{name}" for name in ("steps", "server", "url") if getattr(option, name)]
    if len(given) > 1:
        raise pytest.UsageError(f"{' and '.join(given)} exclude each other: choose one")
    if option.server is not None:
        return [Target("server", command=option.server)]
    if option.url:
        return [Target("server", url=option.url)]
    return [
        Target(f"{step.number} {kind(step)}", step.number) for step in choose_steps(option.steps)
    ]


def choose_steps(words: str | None) -> list[Step]:
    numbers = [word.strip() for word in words.split(",")] if words else list(map(str, STEPS))
    known = {str(number): step for number, step in STEPS.items()}
    for number in numbers:
        if number not in known:
            raise pytest.UsageError(
                f"there is no step {number!r}: --steps takes some of {','.join(known)}"
            )
    return [step for number, step in known.items() if number in numbers]


def kind(step: Step) -> str:
    return step.module.rpartition(".")[2].partition("_")[2].replace("_", " ")


class Fleet:
    """The servers that tests share: started when first asked for, replaced when they are stuck."""

    def __init__(self):
        self.servers: dict[tuple, Server] = {}

    def get(self, target: Target, *options: str) -> Server:
        key = target, options
        if key not in self.servers or not self.servers[key].alive():
            self.servers[key] = target.start(*options)
        return self.servers[key]

    def lend(self, test: pytest.Item, target: Target, *options: str) -> Iterator[Server]:
        """Lend a server to a test. It comes back alive and without a traceback, or the test failed."""
        server = self.get(target, *options)
        known = len(server.stderr())
        yield server
        stuck = not answers(server)
        if stuck and has_died(server):
            news = server.stderr()[known:]
            pytest.fail(f"{server.name} died in this test; its last words:\n{news[-1000:]}")
        news = server.stderr()[known:]
        if "Traceback" in news and target.step and not test.get_closest_marker("xfail"):
            pytest.fail(f"{server.name} wrote a traceback:\n{news[-3000:]}")
        if stuck:
            server.kill()

    def kill(self) -> None:
        for server in self.servers.values():
            server.kill()


def has_died(server: Server) -> bool:
    """Its guard may notice a moment later than its clients."""
    give_up = time.monotonic() + 0.5
    while server.alive() and time.monotonic() < give_up:
        time.sleep(0.01)
    return not server.alive()


def answers(server: Server) -> bool:
    """Whether it answers at once."""
    try:
        with Client(server, patience=0.5) as client:
            client.ask("GET", "/", "Connection: close")
    except (Unexpected, OSError):
        return False
    return True
