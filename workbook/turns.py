"""Who has the turn: make a thread lose it in front of a line, and let another run meanwhile.

Left to themselves, threads hardly ever lose their turn just where it hurts, so nobody sees the race.
Here they do each time, and no sleep is needed: Python calls a function of ours before each line, as
it does for a debugger.
"""

import linecache
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from types import FrameType

PATIENCE = 1  # seconds; who has not ended by then stands and waits, perhaps at a lock


def cut_in(first: Callable, line: str, second: Callable) -> tuple:
    """Call `first` in a thread. When it has come to the line that begins with `line`, `second` has
    the turn, in another thread, until it has ended or waits; then `first` goes on.

    Returns what the two return. LookupError where `first` never comes to such a line.
    """
    begun = []

    def before(frame, event, _):
        if event == "line" and not begun and text_of(frame).startswith(line):
            begun.append(threads.submit(second))
            wait(begun, PATIENCE)
        return before

    with ThreadPoolExecutor(2) as threads:
        result = threads.submit(watched, first, before).result()
    if not begun:
        raise LookupError(f"it never came to a line that begins with {line!r}")
    return result, begun[0].result()


def watched(work: Callable, before: Callable) -> object:
    """What `work` returns, with `before` called in front of each of its lines."""
    sys.settrace(before)
    try:
        return work()
    finally:
        sys.settrace(None)


def text_of(frame: FrameType) -> str:
    """The line that a call has come to."""
    return linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()
