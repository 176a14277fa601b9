"""Step 3's loop in the notebook's own process, where nothing turns it but your call.

    loop = by_hand()
    client = socket.create_connection(loop.listener.getsockname())
    loop.turn()     # it waits until something can be done, does it, and returns
    state(loop)     # what each conversation holds now

No thread turns it, so nothing changes while you look.
"""

import math
import time
from argparse import Namespace
from importlib import import_module

from steps.listener import Listener
from steps.messages import Timeouts
from steps.notes import Notes
from workbook.settings import say

step = import_module("steps.03_select_loop.server")
OPTIONS = {"host": "127.0.0.1", "port": 0, "backlog": 100, "max_connections": 100}
WATCHED = {step.NOTHING: "nothing", step.READ: "READ", step.WRITE: "WRITE"}
COLUMNS = ("client", "`part`", "`script`", "`watched`", "a timer rings", "read, not yet understood")


class LoopByHand(step.Loop):
    def turn(self) -> None:
        if not self.timers and not self.selector.select(0):
            return print("Nothing can go on: this turn would wait for ever.")
        return super().turn()


def by_hand() -> LoopByHand:
    """A loop whose door is open. It has no deadlines, for nobody looks at its clock."""
    options = Namespace(**OPTIONS, timeouts=Timeouts(*[math.inf] * 4))
    return LoopByHand(Listener(options, Notes()))


def state(loop: step.Loop, *names: str) -> None:
    """Show what each conversation of a loop holds, in the order in which the clients came."""
    inside = conversations(loop)
    if not inside:
        return say("No conversation.")
    names += tuple(str(number) for number in range(len(names) + 1, len(inside) + 1))
    rows = [row(loop, *pair) for pair in zip(names, inside, strict=False)]
    lines = [COLUMNS, [":--"] * len(COLUMNS), *rows]
    return say("\n".join(f"| {' | '.join(line)} |" for line in lines))


def conversations(loop: step.Loop) -> list[step.Conversation]:
    """The loop has no list of them: whoever waits is known to the selector, or to a timer."""
    callbacks = [key.data for key in loop.selector.get_map().values()]
    callbacks += [callback for _, _, callback in loop.timers]
    owners = {getattr(one.__self__, "connection", None): one.__self__ for one in callbacks}
    return [owners[connection] for connection in loop.listener.inside if connection in owners]


def row(loop: step.Loop, name: str, one: step.Conversation) -> list[str]:
    rings = [when for when, _, callback in loop.timers if callback.__self__ is one]
    timer = f"in {rings[0] - time.monotonic():.1f} s" if rings else "no"
    script = "none" if one.script is None else f"`{one.script.__name__}`, suspended"
    unread = bytes(one.exchange._buffer)
    return [name, in_words(one.part), script, WATCHED[one.watched], timer, in_words(unread or None)]


def in_words(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bytes) and len(value) > 40:
        return f"{len(value):,} bytes, `{value[:6]!r}`..."
    return f"`{value!r}`"
