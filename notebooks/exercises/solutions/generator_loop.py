"""Worked solution: it reads like step 1, waits like step 3, and writes nothing down.

How far a conversation has come is kept in its generator, as the place where that stopped.
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
            loop.go_on(converse(connection, exchange))


def converse(connection, exchange):
    connection.setblocking(False)
    with connection:
        try:
            while data := (yield from receive(connection)):
                yield from perform(exchange.receive(data), connection)
        except OSError:
            pass  # the peer left, or the listener shut the connection


def receive(connection):
    yield READ, connection
    return connection.recv(65536)


def perform(parts, connection):
    for part in parts:
        if part is END:
            connection.shutdown(socket.SHUT_WR)
        elif isinstance(part, Pause):
            yield PAUSE, part.seconds
        else:
            yield from send(part, connection)


def send(part, connection):
    while part:
        yield WRITE, connection
        part = part[connection.send(part) :]


def main(listener):
    loop = Loop()
    loop.run(serve(listener, loop))


if __name__ == "__main__":
    launch(main, port=8003)
