"""Clients: one, many that come at one moment, many that stay, and the eight of the timelines."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from benchmark.run import Cores, LoadClient, contenders
from benchmark.scenarios import GREETING, Load
from benchmark.timelines import measure
from harness import Server
from workbook.settings import small

LAST = b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"


def ask(connection: socket.socket, path: str = "/") -> str:
    """Ask by hand, and return the first line of what comes back."""
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: here\r\n\r\n".encode())
    return connection.recv(65536).decode().partition("\r\n")[0]


def rush(server: Server, count: int) -> list[tuple[float, float]]:
    """Clients that all come at one moment, ask once and leave. For each: seconds until it was
    connected, and from there until it had its answer."""
    moment = Barrier(count)

    def visit(_: int) -> tuple[float, float]:
        moment.wait()
        came = time.monotonic()
        with socket.create_connection(server.address, timeout=30) as connection:
            connected = time.monotonic()
            connection.sendall(LAST)
            connection.recv(65536)
            return connected - came, time.monotonic() - connected

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(visit, range(count)))


def crowd(step: int, clients: int = 100, seconds: float = 1.0) -> dict:
    """So many clients keep their connections and ask again and again. What benchmark/client.py
    found: `answers`, `served` of the clients, `latency` by percentile in seconds, and more."""
    [contender], cores = contenders([step], []), Cores.choose()
    load = Load("loop", "/", GREETING, clients, seconds, warm=0.2)
    with (
        contender.started((), cores.server) as server,
        LoadClient(server, cores.client, False, [load]) as client,
    ):
        return {"step": step, "clients": clients, **client.result(load)}


def eight(*steps: int) -> dict:
    """The eight clients of the timelines on these steps. The data as benchmark/timelines.py says."""
    rounds = 1 if small() else 3
    return measure(contenders(list(steps), []), rounds, tries=2, lenient=True)
