"""Clients that talk without end: question after question, and they wait for no answer."""

import selectors
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from harness import Server

QUESTION = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"
BREATH = QUESTION * 1000  # what one of them says at a time, if it is let


class Talkers:
    """`heard`: how many bytes of answers have come to them."""

    def __init__(self, server: Server, count: int, seconds: float) -> None:
        self.heard = 0
        self.begun = threading.Event()
        self.until = time.monotonic() + seconds
        self.said = {socket.create_connection(server.address): 0 for _ in range(count)}

    def talk(self) -> None:
        with ExitStack() as stack, suppress(OSError):
            selector = stack.enter_context(selectors.DefaultSelector())
            for client in self.said:
                stack.enter_context(client).setblocking(False)
                selector.register(client, selectors.EVENT_READ | selectors.EVENT_WRITE)
            while time.monotonic() < self.until:
                for key, events in selector.select(0.1):
                    self.go_on(key.fileobj, events)

    def go_on(self, client: socket.socket, events: int) -> None:
        if events & selectors.EVENT_READ:
            self.heard += len(client.recv(2**20))
            self.begun.set()
        if events & selectors.EVENT_WRITE:
            rest = self.said[client] % len(QUESTION)  # where it was cut short
            self.said[client] += client.send(BREATH[rest:])


@contextmanager
def talkers(server: Server, count: int = 2, seconds: float = 1) -> Iterator[Talkers]:
    """So many clients talk to a server for so many seconds. The `with` block begins when they have
    had a first answer, and ends when they have left. TimeoutError if there is no answer."""
    talkers = Talkers(server, count, seconds)
    thread = threading.Thread(target=talkers.talk)
    thread.start()
    try:
        if not talkers.begun.wait(seconds):
            raise TimeoutError("nobody answered those who talk")
        yield talkers
    finally:
        thread.join()
