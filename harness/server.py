"""Start any server, know when it is ready, and stop it: a step, a command, or one that runs.

A step is ready when it says so on standard output; a foreign command, when it accepts a connection.
"""

import random
import re
import shlex
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import psutil

from harness.guarded import Guarded, HarnessError, text_of

ROOT = Path(__file__).resolve().parent.parent
READY = re.compile(r"^serving (http://\S+:\d+/)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Step:
    number: int
    module: str
    title: str


STEPS = {
    step.number: step
    for step in (
        Step(1, "steps.01_socket_server", "Blocking, one at a time"),
        Step(2, "steps.02_threaded", "A thread for each"),
        Step(3, "steps.03_select_loop", "One loop for all"),
        Step(4, "steps.04_asyncio", "asyncio"),
        Step(5, "steps.05_tornado", "Tornado"),
    )
}


def start_step(
    number: int,
    *options: str,
    cpu: int | None = None,
    descriptors: int | None = None,
    env: Mapping[str, str] | None = None,
    runner: str | None = None,
    patience: float = 10,
) -> "Server":
    """Start a step on a port of its own choosing; `runner` is a module that runs it (see dump.py)."""
    if number not in STEPS:
        raise HarnessError(f"there is no step {number}: choose from 1 to {max(STEPS)}")
    step = STEPS[number]
    modules = [runner, step.module] if runner else [step.module]
    command = [sys.executable, "-m", *modules, "--port", "0", *options]
    child = Guarded(command, cpu=cpu, descriptors=descriptors, cwd=ROOT, env=env)
    server = Server(f"step {number} ({step.title})", child=child, runner=runner)

    def announced() -> str | None:
        line = READY.search(text_of(child.stdout))
        return line and line[1]

    return server._wait_until(announced, patience)


def start_command(
    template: str,
    *,
    cpu: int | None = None,
    descriptors: int | None = None,
    patience: float = 10,
) -> "Server":
    """Start 'CMD {port}' with a free port in place of {port}."""
    port = free_port()
    child = Guarded(parse(template, port), cpu=cpu, descriptors=descriptors)
    server = Server(f"'{template}'", child=child)

    def accepts() -> str | None:
        return f"http://127.0.0.1:{port}/" if connects("127.0.0.1", port) else None

    return server._wait_until(accepts, patience)


def attach(url: str) -> "Server":
    """A server that somebody else runs: it has no process here, and is not stopped."""
    server = Server(url, url)
    if urlsplit(url).scheme != "http" or not server.host:
        raise HarnessError(f"'{url}' is not an address like http://127.0.0.1:8000/")
    if not server.alive():
        raise HarnessError(f"nothing listens at {url}: start the server first")
    return server


class Server:
    """A running server and its end: use it in a `with` block.

    process is the psutil.Process of the server itself, or None if somebody else runs it. status is
    None until it is stopped, then its exit status (a negative one is a signal).
    """

    def __init__(
        self, name: str, url: str = "", child: Guarded | None = None, runner: str | None = None
    ):
        self.name = name
        self.runner = runner  # the module that runs it, where it is not run as it comes
        self._child = child
        self.process: psutil.Process | None = child.process if child else None
        self.status: int | None = None
        self._settle(url)

    def _settle(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            self.url, self.host, self.port = url, parts.hostname or "", parts.port or 80
        except ValueError as error:
            raise HarnessError(f"'{url}' is not an address: {error}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    @property
    def address(self) -> tuple[str, int]:
        """What `socket.create_connection` takes."""
        return self.host, self.port

    def alive(self) -> bool:
        if self._child:
            return self.status is None and not self._child.gone()
        return connects(self.host, self.port)

    def stderr(self) -> str:
        """What it wrote on standard error so far."""
        return text_of(self._child.stderr) if self._child else ""

    def stop(self, patience: float = 10) -> int | None:
        """SIGTERM, and SIGKILL with a HarnessError when it has not left after so many seconds."""
        if self._child and self.status is None:
            self.status, outlasted = self._child.end(patience)
            if outlasted and patience > 0:
                raise HarnessError(
                    f"{self.name} was still there {patience:g} s after SIGTERM and had to be killed:"
                    " it must end on SIGTERM"
                )
        return self.status

    def kill(self) -> int | None:
        return self.stop(patience=0)

    def _wait_until(self, ready: Callable[[], str | None], patience: float) -> Self:
        """Wait for `ready` to return the server's address; if it cannot, nothing is left behind."""
        try:
            self._settle(self._await_url(ready, patience))
        except BaseException:
            self.kill()
            raise
        return self

    def _await_url(self, ready: Callable[[], str | None], patience: float) -> str:
        give_up = time.monotonic() + patience
        while not (url := ready()):
            if not self.alive():
                raise HarnessError(
                    f"{self.name} {describe(self.stop())} before it was ready;"
                    f" its last words: {self._child.last_words()}"
                )
            if time.monotonic() > give_up:
                raise HarnessError(
                    f"{self.name} was not ready after {patience:g} s;"
                    f" its last words: {self._child.last_words()}"
                )
            time.sleep(0.005)
        return url


def parse(template: str, port: int) -> list[str]:
    try:
        words = shlex.split(template)
    except ValueError as error:
        raise HarnessError(f"'{template}' cannot be read as a command: {error}") from None
    if "{port}" not in template:
        raise HarnessError(
            f"'{template}' has no {{port}} in it: write {{port}} where the port goes"
        )
    if not shutil.which(words[0]):
        raise HarnessError(f"there is no command '{words[0]}': check its name, or give its path")
    return [word.replace("{port}", str(port)) for word in words]


def free_port() -> int:
    """A port below those that the system hands out, or an outgoing connection might take it.

    (It could even be our own: a connect to a free port may pick that port, and meet itself.)
    """
    while True:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", random.randrange(20_000, 32_000)))
            except OSError:
                continue
            return probe.getsockname()[1]


def connects(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=2).close()
    except (OSError, UnicodeError):  # a name that cannot be one is a UnicodeError
        return False
    return True


def describe(status: int) -> str:
    if status >= 0:
        return f"ended with status {status}"
    return f"was ended by signal {-status} ({signal.strsignal(-status)})"
