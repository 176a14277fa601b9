"""Readiness by descriptor: raw epoll where there is one, elsewhere `selectors` dressed the same.

`selectors` looks up an object for each event; between client and server that is time not spent
on the server, so it is the fallback (macOS) and not the rule.
"""

import select
import selectors

READ, WRITE = 1, 4  # what epoll calls them; a descriptor waits for one of them, never for both


class SelectorPoller:
    """The part of `select.epoll` that the load client uses."""

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.unregister = self.selector.unregister
        self.close = self.selector.close

    def register(self, fd: int, mask: int) -> None:
        self.selector.register(fd, self.events(mask))

    def modify(self, fd: int, mask: int) -> None:
        self.selector.modify(fd, self.events(mask))

    def poll(self, timeout: float | None = None) -> list[tuple[int, int]]:
        return [(key.fd, mask) for key, mask in self.selector.select(timeout)]

    @staticmethod
    def events(mask: int) -> int:
        return selectors.EVENT_READ if mask == READ else selectors.EVENT_WRITE


Poller = getattr(select, "epoll", SelectorPoller)


def poll_soon(poller: Poller, seconds: float) -> list[tuple[int, int]]:
    """poll() to the microsecond: epoll alone waits in whole milliseconds, select() on it does not."""
    if hasattr(poller, "fileno"):
        select.select([poller.fileno()], [], [], seconds)
        seconds = 0
    return poller.poll(seconds)
