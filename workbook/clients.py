"""Clients: one, many that come at one moment, many that stay, silent or not, and the eight of the timelines."""

import asyncio
import selectors
import socket
import time
from functools import partial

from benchmark import stands
from benchmark.modes import DEFAULT
from benchmark.run import contenders
from benchmark.scenarios import GREETING, Load
from benchmark.timelines import measure
from harness import Server
from steps.app import handle
from steps.http1 import Exchange
from steps.messages import Timeouts
from steps.notes import Notes
from workbook.loads import measured
from workbook.settings import small

STUCK = 30  # seconds
LAST = b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"


def ask(connection: socket.socket, path: str = "/") -> str:
    """Ask on a connection, and return the first line of the answer. ConnectionError if none comes."""
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: here\r\n\r\n".encode())
    answer = connection.recv(65536)
    if not answer:
        raise ConnectionError("the server closed the connection without an answer")
    return answer.decode("latin-1").partition("\r\n")[0]


def narrow(address: tuple[str, int]) -> socket.socket:
    """A client to which little can be sent at a time: small segments, and hardly a buffer."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1000)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 512)
    client.connect(address)
    return client


async def hear(port: int, question: str, *fields: str) -> str:
    """All that the server at this port says to a question, "GET /" for instance, and is gone.

    It is asked in a thread: a server in this very kernel can answer meanwhile.
    """
    lines = [f"{question} HTTP/1.1", "Host: here", *fields, "Connection: close", "\r\n"]
    return await asyncio.to_thread(talk, port, "\r\n".join(lines).encode())


def talk(port: int, question: bytes) -> str:
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=STUCK) as client:
        try:
            client.sendall(question)
            while data := client.recv(65536):
                received += data
        except ConnectionError:
            pass  # it may leave before it has read all
    return received.decode("latin-1")


def conversation() -> Exchange:
    """HTTP for one connection, without a connection: to be fed by hand."""
    return Exchange(partial(handle, notes=Notes()), Timeouts())


def jupyter_ports() -> list[int]:
    """The ports of the Jupyter servers that run here and speak HTTP, not HTTPS. One that was killed may
    still be listed: it does not answer."""
    from jupyter_server.serverapp import list_running_servers  # a second: only who asks pays it

    ports = [one["port"] for one in list_running_servers() if not one["secure"]]
    return list(filter(answers, ports))


def answers(port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0


def rush(server: Server, count: int) -> list[tuple[float, float]]:
    """Clients that come one right behind the other, ask once and leave. For each that was answered:
    seconds until it was connected, and from there until it had its answer."""
    visitors = [Visitor(server) for _ in range(count)]
    with selectors.DefaultSelector() as selector:
        for visitor in visitors:
            selector.register(visitor.socket, selectors.EVENT_WRITE, visitor)
        give_up = time.monotonic() + STUCK
        while selector.get_map() and time.monotonic() < give_up:
            for key, _ in selector.select(1):
                key.data.go_on(selector)
        for key in list(selector.get_map().values()):
            key.data.leave(selector)
    return [
        (one.connected - one.came, one.answered - one.connected) for one in visitors if one.answered
    ]


class Visitor:
    """One client of a rush, and when what happened to it."""

    def __init__(self, server: Server) -> None:
        self.connected = self.answered = None
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.came = time.monotonic()
        self.socket.connect_ex(server.address)

    def go_on(self, selector: selectors.BaseSelector) -> None:
        """It is connected, or its answer is there, or it was refused."""
        try:
            if self.connected is None:
                self.socket.send(LAST)
                self.connected = time.monotonic()
                selector.modify(self.socket, selectors.EVENT_READ, self)
                return
            if self.socket.recv(65536):
                self.answered = time.monotonic()
        except OSError:
            pass  # refused, or broken off: it has no answer
        self.leave(selector)

    def leave(self, selector: selectors.BaseSelector) -> None:
        """At once: a server that serves one at a time waits for that."""
        selector.unregister(self.socket)
        self.socket.close()


def crowd(step: int | str, clients: int = 100) -> dict:
    """So many clients keep their connections and ask again and again, for a second, on a step or a
    server's file. What benchmark/client.py found: `answers`, `served` of the clients, `latency` by
    percentile in seconds, and more."""
    load = Load("loop", "/", GREETING, clients, 0.3 if small() else 1, warm=0.2)
    return {"step": step, "clients": clients, **measured(step, load)}


def hold(step: int, count: int) -> dict:
    """So many clients ask once, stay and say nothing. What that has added to a step's server, at the
    end of a second: `connections`, `threads`, `resident` and `virtual` memory in KiB, and `cpu`, the
    seconds of computing in that second. Where fewer can be held, it says so."""
    raw = measured(step, DEFAULT.hold(count))
    if raw["held"] < count:
        print(f"Only {raw['held']:,} of {count:,}: this system allows no more (ulimit -n, -u).")
    added = {what: raw["used"][what] - raw["before"][what] for what in raw["used"]}
    return {
        "connections": raw["held"],
        "threads": added["threads"],
        "resident": added["resident"] / 1024,
        "virtual": added["virtual"] / 1024,
        "cpu": raw["server_cpu"],
    }


def eight(*steps: int) -> dict:
    """The eight clients of the timelines on these steps. The data as benchmark/timelines.py says."""
    rounds = 1 if small() else 3
    print(
        f"{eight_on(steps)}, {rounds} run{'s' * (rounds > 1)} each: about {4 * rounds * len(steps)} s ..."
    )
    return measure(contenders(list(steps), []), rounds, tries=2, lenient=True)


def standing(*steps: int) -> dict:
    """The same eight, and on which lines they and the threads stand, at two moments: when all wait,
    and amid the heavy work. The data as benchmark/stands.py says."""
    print(f"{eight_on(steps)}, looked at twice: about {2 * len(steps) + 1} s ...")
    return stands.measure(list(steps), tries=1 if small() else stands.TRIES)


def eight_on(steps: tuple[int, ...]) -> str:
    return f"Eight clients on step{'s' * (len(steps) > 1)} {' and '.join(map(str, steps))}"
