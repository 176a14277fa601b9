"""The door: the listening socket, who came in by it, and the clock.

A few times a second the `Listener` looks at the clock and calls `shutdown` on a connection whose peer
has kept us waiting for too long. `shutdown` wakes every kind of wait, a blocked thread, a select and
a task, so that a deadline, a reset and a stop all reach a step as b"" or OSError, and no step has
code for timeouts.
"""

import contextlib
import errno
import math
import select
import socket
import sys
import time
from argparse import Namespace
from functools import partial

from steps.app import handle
from steps.http1 import PART_LIMIT, Exchange
from steps.messages import HELD_LIMIT, Room
from steps.notes import Notes


class Listener(socket.socket):
    """A listening socket whose `accept` returns a connection and its exchange.

    `accept` raises OSError when there is no room, or when nobody more is let in (not `open`).
    """

    def __init__(self, options: Namespace, notes: Notes):
        family, kind, _, _, address = socket.getaddrinfo(
            options.host, options.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        super().__init__(family, kind)
        self.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Connections inherit these: small parts go at once, and the kernel takes little more than
        # it can send, or a deadline for each part would be one for the megabytes it keeps.
        self.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, 2 * PART_LIMIT)
        self.bind(address)
        self.listen(options.backlog)
        self.options = options
        self.notes = notes
        self.handle = partial(handle, notes=notes)
        self.room = Room()
        self.inside: dict[socket.socket, Exchange] = {}
        self.open = True
        self.end = math.inf  # of our patience, once a stop was asked for

    def accept(self) -> tuple[socket.socket, Exchange]:
        if len(self.inside) >= self.options.max_connections:
            self.look()  # perhaps somebody has left since
            if len(self.inside) >= self.options.max_connections:
                raise OSError(errno.EMFILE, "as many connections as --max-connections allows")
        connection, _ = super().accept()  # waits
        # The exchange takes the place of the address, so that asyncio's sock_accept hands it on.
        exchange = self.inside[connection] = Exchange(self.handle, self.options.timeouts, self.room)
        if not self.open:
            dismiss(connection, exchange)
        return connection, exchange

    def look(self, *_) -> None:
        """Forget who has left, and what they held; wake whoever waits for a peer that is late."""
        now, held = time.monotonic(), 0
        for connection in list(self.inside):  # its items would be so many tuples to collect
            exchange = self.inside.get(connection)
            if exchange is None:
                continue  # a look within this look has forgotten it
            held += exchange.held
            if connection.fileno() < 0:
                self.inside.pop(connection, None)
            elif exchange.deadline < now and not ours_to_do(connection, exchange):
                shut(connection, socket.SHUT_RDWR)
        self.room.left = HELD_LIMIT - held
        if self.end < now:
            sys.exit()

    def stop(self, *_) -> None:
        """Let nobody in, let answers under way be finished, and have the rest leave."""
        if not self.open:
            sys.exit()  # asked twice
        self.open = False
        self.end = time.monotonic() + self.options.grace
        self.notes.closed = True
        for connection, exchange in list(self.inside.items()):
            dismiss(connection, exchange)
        shut(self, socket.SHUT_RDWR)
        with contextlib.suppress(OSError):  # macOS: only a visitor wakes who waits in accept
            socket.create_connection(self.getsockname()[:2], timeout=1).close()

    def drain(self) -> None:
        """Wait until everybody has left."""
        while self.inside:
            time.sleep(0.02)  # waits
            self.look()


def ours_to_do(connection: socket.socket, exchange: Exchange) -> bool:
    """Whether the peer has done its part, and it is we who are late: heavy work holds a loop up."""
    descriptor = connection.fileno()
    if exchange.ended or descriptor < 0:  # in step 2, its thread may just have closed it
        return False
    wanted = select.POLLOUT if exchange.sending else select.POLLIN
    poll = select.poll()
    poll.register(descriptor, wanted)
    return any(events == wanted for _, events in poll.poll(0))


def dismiss(connection: socket.socket, exchange: Exchange) -> None:
    """Make the answer under way the last, and expect no more requests."""
    exchange.closing = True
    if not exchange.ended:  # or what it still says would be answered with a reset
        shut(connection, socket.SHUT_RD)


def shut(connection: socket.socket, how: int) -> None:
    with contextlib.suppress(OSError):  # it may just have left
        connection.shutdown(how)
