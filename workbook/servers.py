"""A step's server in a process of its own, for as long as the notebook wants it.

However the kernel ends, its servers end too: the harness sees to that.
"""

import linecache

import psutil

from harness import Frame, Server, stacks, start_step
from harness.server import ROOT

PATIENT = [f"--{what}-timeout=0" for what in ("idle", "head", "body", "send")]  # 0 is never
RUNNING: dict[int, Server] = {}  # a notebook's servers, by step


def serve(step: int, *options: str) -> Server:
    """Start a step's server, and end the one that this notebook had of the same step.

    Its deadlines are off unless `options` set them: you may take your time. `url` is its address in
    words, `address` what `socket.create_connection` takes.
    """
    if step in RUNNING:
        RUNNING.pop(step).kill()
    server = RUNNING[step] = start_step(step, *PATIENT, *options, runner="harness.dump")
    print(f"{server.name} serves at {server.url} (process {server.process.pid})")
    return server


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
