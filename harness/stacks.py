"""Asks a server that runs under dump.py where it stands."""

import re
import signal
import time
from pathlib import Path
from typing import NamedTuple

from harness.dump import END
from harness.guarded import HarnessError
from harness.server import Server


class Frame(NamedTuple):
    """A call that is under way: the line that it has come to."""

    file: Path
    line: int
    function: str


def stacks(server: Server, patience: float = 10) -> dict[str, list[Frame]]:
    """The stack of each thread and task, by "thread NAME" or "task NAME", outermost call first."""
    if server.runner != "harness.dump":  # to any other, that signal is the end
        raise HarnessError(f"{server.name} does not run under harness.dump: it cannot be asked")
    gone = HarnessError(f"{server.name} has ended, and does not say where it stood")
    if not server.alive():
        raise gone
    told = server.stderr().count(END)
    server.process.send_signal(signal.SIGUSR1)
    give_up = time.monotonic() + patience
    while server.stderr().count(END) == told:
        if not server.alive():
            raise gone
        if time.monotonic() > give_up:
            raise HarnessError(f"{server.name} does not say where it stands")
        time.sleep(0.01)
    *_, report, _ = server.stderr().split(END)
    named = re.findall(r"^(thread|task) (.*)\n((?:  .*\n)*)", report, re.MULTILINE)
    return {f"{kind} {name}": frames(lines) for kind, name, lines in named}


def frames(lines: str) -> list[Frame]:
    found = re.findall(r"^  (.*):(\d+) (.*)$", lines, re.MULTILINE)
    return [Frame(Path(file), int(line), function) for file, line, function in found]
