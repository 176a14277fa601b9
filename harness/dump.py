"""Runs a module as `python -m` does, and on SIGUSR1 says where it stands: every thread, every task.

    python -m harness.dump steps.03_select_loop --port 0

Each stack is written to standard error, outermost call first, a line `thread NAME` or `task NAME`
and below it one `  file:line function` for each frame; the whole ends with the line `end of dump`.

Not faulthandler: it sees threads only, and a suspended coroutine is on no thread's stack.
"""

import runpy
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType

END = "end of dump"


def main() -> None:
    del sys.argv[0]
    signal.signal(signal.SIGUSR1, dump)
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def dump(_signal: int, interrupted: FrameType | None) -> None:
    print(*report(interrupted), END, sep="\n", file=sys.stderr, flush=True)


def report(interrupted: FrameType | None) -> Iterator[str]:
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    for ident, frame in sys._current_frames().items():
        mine = ident == threading.get_ident()  # this very report is no news
        yield f"thread {names.get(ident, ident)}"
        yield from map(describe, thread_stack(interrupted if mine else frame))
    for task in tasks():
        yield f"task {task.get_name()}"
        yield from map(describe, task_stack(task))


def thread_stack(frame: FrameType | None) -> list[FrameType]:
    frames = []
    while frame:
        frames.insert(0, frame)
        frame = frame.f_back
    return frames


def tasks(loop=None) -> list:
    """Those of a loop; of the one that runs in this thread, if none is named."""
    asyncio = sys.modules.get("asyncio")
    try:
        return list(asyncio.all_tasks(loop)) if asyncio else []
    except RuntimeError:  # it is imported, but no loop runs
        return []


def task_stack(task) -> list[FrameType]:
    """Task.get_stack() shows a suspended coroutine's outermost frame only: follow what it awaits."""
    frames, awaited = [], task.get_coro()
    while frame := either(awaited, "cr_frame", "gi_frame"):  # a coroutine, a generator
        frames.append(frame)
        awaited = either(awaited, "cr_await", "gi_yieldfrom")
    return frames


def either(awaited, *names: str):
    return next((getattr(awaited, name) for name in names if hasattr(awaited, name)), None)


def describe(frame: FrameType) -> str:
    return f"  {frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_name}"


if __name__ == "__main__":
    main()
