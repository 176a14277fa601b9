"""Servers in processes of their own, for as long as the notebook wants them: a step's, one with a
bug planted, the one that an exercise asked for.

However the kernel ends, its servers end too: the harness sees to that.
"""

import linecache
import shlex
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import psutil

from harness import STEPS, Frame, Server, stacks, start_command, start_step
from harness.server import ROOT
from workbook.exercises import answer

PATIENT = [f"--{what}-timeout=0" for what in ("idle", "head", "body", "send")]  # 0 is never
BUGS = ROOT / "notebooks" / "bugs"  # each: some functions of a step, with the bug
RUNNING: dict[int | str, Server] = {}  # a notebook's servers, by step, bug, letter or exercise
SICK = {  # of the servers that are not well, by letter; tests/mutants/catalogue.py has them
    "A": "the unsent rest is forgotten",
    "B": "always watching for writable",
    "C": "sleep in the loop",
}


def serve(step: int, *options: str) -> Server:
    """Start a step's server, and end the one that this notebook had of the same step.

    Its deadlines are off unless `options` set them: you may take your time. `url` is its address in
    words, `address` what `socket.create_connection` takes.
    """
    return keep(step, lambda: start_step(step, *PATIENT, *options, runner="harness.dump"))


def planted(letter: str) -> Server:
    """Start a server that is step 3 but for one old bug, which its letter does not tell."""
    how = {"runner": "tests.mutants.plant", "env": {"PLANT": SICK[letter]}}
    return keep(letter, lambda: start_step(3, *PATIENT, **how), f"server {letter}")


def serve_bug(step: int, bug: str) -> Server:
    """Start a step's server with the functions of notebooks/bugs/BUG.py in the place of its own."""
    parts = [ROOT / STEPS[step].module.replace(".", "/") / "server.py", BUGS / f"{bug}.py"]
    code = "\n\n".join(part.read_text(encoding="utf-8") for part in parts)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "server.py")
        path.write_text(f"{code}\n\nmain()\n", encoding="utf-8")
        return serve_file(path, bug, f"step {step} with {bug}.py")


def serve_exercise(name: str) -> Server:
    """Start your file for an exercise, where `check` has called it solved; or the worked solution."""
    path, whose = answer(name)
    return serve_file(path, name, whose)


def serve_file(path: Path, key: str, what: str) -> Server:
    command = shlex.join([sys.executable, str(path), *PATIENT])
    return keep(key, lambda: start_command(f"{command} --port {{port}}"), what)


def keep(key: int | str, start: Callable[[], Server], name: str = "") -> Server:
    """Start a server that ends with the notebook, or when another of that kind is started."""
    end(key)
    server = RUNNING[key] = start()
    print(f"{name or server.name} serves at {server.url} (process {server.process.pid})")
    return server


def end(key: int | str) -> None:
    """End the server of that kind, if there is one."""
    if key in RUNNING:
        RUNNING.pop(key).kill()


def stop() -> None:
    """End all servers of this notebook."""
    while RUNNING:
        RUNNING.popitem()[1].kill()


def children() -> list[psutil.Process]:
    """The processes that this one has started, and theirs, that still run."""
    return list(filter(runs, psutil.Process().children(recursive=True)))


def runs(process: psutil.Process) -> bool:
    """Not a zombie, which has ended and is only not yet asked how."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def where(server: Server, *folders: str) -> None:
    """Print the calls that each thread of a step is in the middle of, and the line it stands on.

    Those of its server.py, and of all files in folders of these names: `where(server, "tornado")`.
    """
    for name, stack in stacks(server).items():
        ours = [one for one in stack if is_server(one) or set(folders) & set(one.file.parts)]
        if ours:
            print(f"{name}:")
            print(*map(in_words, ours), sep="\n", end="   <- stands here\n")


def is_server(frame: Frame) -> bool:
    return frame.file.name == "server.py" and ROOT / "steps" in frame.file.parents


def in_words(frame: Frame) -> str:
    linecache.checkcache(str(frame.file))  # it may have been edited
    line = linecache.getline(str(frame.file), frame.line).strip()
    return f"    {frame.function:9} line {frame.line:3}   {line}"
