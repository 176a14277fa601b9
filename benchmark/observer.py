"""Runs a step as recorder.py does, and looks every 5 ms where its threads and conversations stand.

    RECORD_TO=facts.jsonl python -m benchmark.observer steps.03_select_loop --port 0

The looks are written among the facts:

    {"connection": 0, "at": 81.0021, "fact": "look", "stands": [[kind, connection, line, where], ...]}

    kind        "thread"; "task", a suspended coroutine; "kept", a conversation in step 3's loop
    connection  its number, where it is in the middle of one's conversation, else null
    line        "server.py:33": the line of the step's own files on which it stands, or null
    where       "app": in the application. "select": in the library's own select. Else ""

A conversation is found where a step keeps it: in the variables of a stack that stands in the middle
of it, in those of a suspended coroutine, or in the objects that the loop of step 3 will call back.
A thread of ours reads them, and no step has a line for it.
"""

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import steps.app
from benchmark.recorder import Log, main, note_of
from harness.dump import task_stack, tasks, thread_stack

EVERY = 0.005  # seconds
STEPS, APPLICATION = Path(steps.app.__file__).parent, steps.app.__file__

# The functions that stand in the middle of a conversation, and where among their variables what
# notes its facts is
HOLDERS: dict[str, Callable[[dict], Callable]] = {
    "converse": lambda here: here["exchange"].note,  # steps 1, 2 and 4
    "go_on": lambda here: here["self"].exchange.note,  # step 3
    "_execute": lambda here: note_of(here["self"]),  # Tornado: a handler
    "_server_request_loop": lambda here: here["self"].stream.note,  # Tornado: between requests
}


def observe(log: Log) -> None:
    """A look that meets something in the middle of a change sees nothing, and is left out."""
    while True:
        time.sleep(EVERY)
        with contextlib.suppress(RuntimeError, LookupError, AttributeError):
            log.note(0, "look", stands=list(look()))


def look() -> Iterator[list]:
    frames = sys._current_frames()
    del frames[threading.get_ident()]
    for stack in map(thread_stack, frames.values()):
        yield stand("thread", stack)
        for frame in stack:
            yield from aside(frame)


def aside(frame: FrameType) -> Iterator[list]:
    """What this frame's loop keeps for later, if it is one."""
    match frame.f_code.co_name:
        case "turn":  # step 3
            for conversation in kept(frame.f_locals["self"]):
                yield ["kept", number(conversation.exchange.note), None, ""]
        case "run_forever":  # asyncio
            for task in tasks(frame.f_locals["self"]):
                yield stand("task", task_stack(task))


def kept(loop) -> Iterator:
    """Whom the loop of step 3 will call back: who is in its selector, and who has a timer."""
    watched = [key.data for key in list(loop.selector.get_map().values())]
    timers = [callback for _, _, callback in list(loop.timers)]
    for callback in watched + timers:
        if hasattr(callback.__self__, "exchange"):
            yield callback.__self__


def stand(kind: str, stack: list[FrameType]) -> list:
    ours = [frame for frame in stack if is_own(frame)]
    line = f"{Path(ours[-1].f_code.co_filename).name}:{ours[-1].f_lineno}" if ours else None
    return [kind, conversation_of(stack), line, where(stack)]


def is_own(frame: FrameType) -> bool:
    """Whether it is in a step's own folder."""
    return Path(frame.f_code.co_filename).parent.parent == STEPS


def conversation_of(stack: list[FrameType]) -> int | None:
    for frame in reversed(stack):
        if find := HOLDERS.get(frame.f_code.co_name):
            return number(find(frame.f_locals))
    return None


def number(note: Callable) -> int:
    """Of a connection: what notes its facts knows it."""
    return note.args[0]


def where(stack: list[FrameType]) -> str:
    if any(frame.f_code.co_filename == APPLICATION for frame in stack):
        return "app"
    last = stack[-1].f_code if stack else None
    return "select" if last and last.co_filename.endswith("selectors.py") else ""


if __name__ == "__main__":
    main(observe)
