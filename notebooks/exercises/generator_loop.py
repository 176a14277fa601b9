"""Step 1 on a loop, to change: its conversations stop the loop, because they wait themselves.

Whoever must wait says for what, with `yield`, and stops there. The loop lets it go on when that has
come:

    yield READ, connection     there is something to read
    yield WRITE, connection    there is room to write
    yield PAUSE, seconds       so much time has gone by

`serve` does so already when it waits for a client.
"""

import heapq
import itertools
import selectors
import socket
import time

from steps.launch import launch
from steps.messages import END, Pause

READ, WRITE, PAUSE = selectors.EVENT_READ, selectors.EVENT_WRITE, 0


class Loop:
    """Whom to let go on when what happens. A `turn` waits until something does."""

    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.timers = []  # a heap of (when, order, generator)
        self.order = itertools.count()  # generators that are due together cannot be compared

    def run(self, generator):
        self.go_on(generator)
        while self.timers or self.selector.get_map():
            self.turn()

    def turn(self):
        timeout = max(0, self.timers[0][0] - time.monotonic()) if self.timers else None
        for key, _ in self.selector.select(timeout):  # waits
            self.selector.unregister(key.fileobj)
            self.go_on(key.data)
        while self.timers and self.timers[0][0] <= time.monotonic():
            self.go_on(heapq.heappop(self.timers)[-1])

    def go_on(self, generator):
        """Let it run up to its next `yield`, and keep it until what that names has come."""
        try:
            what, which = next(generator)
        except StopIteration:
            return  # it has come to its end
        if what == PAUSE:
            heapq.heappush(self.timers, (time.monotonic() + which, next(self.order), generator))
        else:
            self.selector.register(which, what, generator)


def serve(listener, loop):
    listener.setblocking(False)
    while listener.open:
        yield READ, listener
        try:
            connection, exchange = listener.accept()
        except OSError:
            yield PAUSE, 0.1  # until there may be room again
        else:
            converse(connection, exchange)


def converse(connection, exchange):
    with connection:
        try:
            while data := connection.recv(65536):
                perform(exchange.receive(data), connection)
        except OSError:
            pass  # the peer left, or the listener shut the connection


def perform(parts, connection):
    for part in parts:
        if part is END:
            connection.shutdown(socket.SHUT_WR)
        elif isinstance(part, Pause):
            time.sleep(part.seconds)
        else:
            connection.sendall(part)


def main(listener):
    loop = Loop()
    loop.run(serve(listener, loop))


if __name__ == "__main__":
    launch(main, port=8003)
