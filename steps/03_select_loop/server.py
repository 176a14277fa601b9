"""One thread, one call that waits for all. Nobody waits for another's wait, only for its work.

`selector.select` returns when a connection can be read or written, or a pause is over. Nothing
else may wait, so nothing may stand in the middle of a conversation: each turn does one part and
returns. In steps 1 and 2, how far a conversation had come was a place in the code and a stack.
Here it must be written down, and `Conversation` is where.

Not here: somewhere else to run heavy work. While one answer is computed, everybody waits.
"""

import heapq
import itertools
import selectors
import socket
import time

from steps.launch import launch
from steps.messages import END, Pause

READ, WRITE, NOTHING = selectors.EVENT_READ, selectors.EVENT_WRITE, 0


def serve(listener):
    loop = Loop(listener)
    while listener.open or loop.conversations:
        loop.turn()


class Conversation:
    """What the stack remembered in step 1: the script, and how far we are in it.

    `part` is the next thing to do, or what is left of it. While there is none we listen, and READ
    is watched. While it is something to say, WRITE is watched. In a pause NOTHING is, but a timer
    runs.
    """

    __slots__ = ("connection", "exchange", "loop", "part", "script", "watched")

    def __init__(self, connection, exchange, loop):
        connection.setblocking(False)
        self.connection, self.exchange, self.loop = connection, exchange, loop
        self.script = self.part = None
        self.watched = NOTHING
        self.watch()

    def go_on(self):
        """What we waited for has come: do one part of what can be done now."""
        try:
            if self.part is None:
                self.receive()
            else:
                self.perform()
        except BlockingIOError:
            self.watch()  # it has not come after all, or the kernel has no room yet
        except OSError:
            self.leave()  # the peer left, or listener.py shut the connection
        else:
            self.watch()

    def receive(self):
        data = self.connection.recv(65536)
        if not data:
            raise ConnectionError("the peer has said all")
        self.script = self.exchange.receive(data)
        self.advance()
        if isinstance(self.part, bytes):
            self.perform()  # at once: as a rule, the kernel has room

    def perform(self):
        if isinstance(self.part, bytes):
            sent = self.connection.send(self.part)
            if sent < len(self.part):
                self.part = self.part[sent:]
                return
        elif self.part is END:
            self.connection.shutdown(socket.SHUT_WR)
        self.advance()  # a Pause was over: nothing is left to do of it

    def advance(self):
        self.part = next(self.script, None)
        if self.part is None:
            self.script = None
        elif isinstance(self.part, Pause):
            self.loop.call_after(self.part.seconds, self.go_on)

    def watch(self):
        if self.part is None:
            events = READ
        else:
            events = NOTHING if isinstance(self.part, Pause) else WRITE
        if events != self.watched:
            self.loop.watch(self.connection, self.watched, events, self.go_on)
            self.watched = events

    def leave(self):
        self.part = None
        self.loop.watch(self.connection, self.watched, NOTHING, None)
        self.loop.conversations -= 1
        self.connection.close()


class Loop:
    """Whom to call when what happens. A `turn` waits until something does."""

    def __init__(self, listener):
        listener.setblocking(False)
        self.listener = listener
        self.conversations = 0
        self.selector = selectors.DefaultSelector()
        self.timers = []  # a heap of (when, order, callback)
        self.order = itertools.count()  # callbacks that are due together cannot be compared
        self.open_door()

    def turn(self):
        timeout = max(0, self.timers[0][0] - time.monotonic()) if self.timers else None
        for key, _ in self.selector.select(timeout):  # waits
            key.data()
        now = time.monotonic()
        while self.timers and self.timers[0][0] <= now:
            _, _, callback = heapq.heappop(self.timers)
            callback()

    def call_after(self, seconds, callback):
        when = time.monotonic() + seconds
        heapq.heappush(self.timers, (when, next(self.order), callback))

    def watch(self, connection, before, events, callback):
        if before and events:
            self.selector.modify(connection, events, callback)
        elif before:
            self.selector.unregister(connection)
        elif events:
            self.selector.register(connection, events, callback)

    def open_door(self):
        if self.listener.open:
            self.watch(self.listener, NOTHING, READ, self.accept)

    def accept(self):
        try:
            for _ in range(64):  # a crowd at the door may not stop the rest
                connection, exchange = self.listener.accept()
                Conversation(connection, exchange, self)
                self.conversations += 1
        except BlockingIOError:
            pass  # nobody else is at the door
        except OSError:
            self.watch(self.listener, READ, NOTHING, None)
            self.call_after(0.1, self.open_door)  # there may be room again


def main():
    launch(serve, port=8003)
