"""What an answer costs a server, how late news is, and what it costs to watch for it."""

import socket
import time
from contextlib import contextmanager
from statistics import median

from benchmark.scenarios import GREETING, Load
from harness import Server
from workbook.loads import measured
from workbook.measures import cpu_share
from workbook.settings import small

STUCK = 30  # seconds
LOOK = 0.05  # seconds between two looks for a change, in steps 1 to 4


def cost(*servers: int | str, path: str = "/", answer: str = GREETING) -> list[float]:
    """Microseconds of its CPU that each of these servers needs for this answer.

    A server is what `loads.contender` takes. Ten clients ask again and again; the servers take turns,
    and of each the median counts.
    """
    load = Load("loop", path, answer, 10, 0.3 if small() else 0.8, warm=0.2)
    rounds = [[once(one, load) for one in servers] for _ in range(1 if small() else 3)]
    return [median(figures) for figures in zip(*rounds, strict=True)]


def once(server: int | str, load: Load) -> float:
    return 1e6 / measured(server, load)["work"]


# News


def lateness(server: Server, changes: int = 20) -> list[float]:
    """Seconds from each change of the notes until a client that watches has been told.

    A server that looks now and then is met at any time between two looks.
    """
    with (
        watchers(server, 1) as [watcher],
        socket.create_connection(server.address, timeout=STUCK) as writer,
    ):
        return [told(watcher, writer, f"news {n}", LOOK * n / changes) for n in range(changes)]


def told(watcher: socket.socket, writer: socket.socket, words: str, wait: float) -> float:
    time.sleep(wait)
    body = f'{{"text": "{words}"}}'
    began = time.perf_counter()
    writer.sendall(
        f"POST /notes HTTP/1.1\r\nHost: here\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
    )
    read_until(watcher, words.encode())
    late = time.perf_counter() - began
    writer.recv(65536)
    return late


def watching(server: Server, clients: int = 200, seconds: float = 1) -> float:
    """The share of a core that a server needs while so many clients watch, and nothing changes."""
    with watchers(server, clients):
        return cpu_share(server, seconds)


@contextmanager
def watchers(server: Server, count: int):
    """So many clients, each of which watches the changes of the notes."""
    sockets = [socket.create_connection(server.address, timeout=STUCK) for _ in range(count)]
    try:
        for each in sockets:
            each.sendall(b"GET /events?for=300 HTTP/1.1\r\nHost: here\r\n\r\n")
        for each in sockets:
            read_until(each, b": watching\n\n")
        yield sockets
    finally:
        for each in sockets:
            each.close()


def read_until(connection: socket.socket, mark: bytes) -> None:
    """ConnectionError where the server leaves before."""
    received = b""
    while mark not in received:
        data = connection.recv(65536)
        if not data:
            raise ConnectionError(f"the server left before it had said {mark!r}")
        received += data
