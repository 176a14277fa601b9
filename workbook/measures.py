"""Measures of a running server, each a number or a few by name, and the table that shows them."""

import socket
import time

from benchmark.modes import DEFAULT
from benchmark.run import Cores
from benchmark.scenarios import GREETING, Load, short
from benchmark.usage import Watched
from harness import Server
from workbook.clients import ask, narrow
from workbook.loads import result
from workbook.settings import say, small

LARGE = 1_000_000  # bytes
PAUSE = 0.2  # seconds


def cpu_share(server: Server, seconds: float) -> float:
    """How much of a core a server uses in the next so many seconds: 1 is all of one."""
    process = Watched(server.process.pid)
    before, began = process.cpu(), time.perf_counter()
    time.sleep(seconds)
    return (process.cpu() - before) / (time.perf_counter() - began)


def busy(server: Server, clients: int = 100) -> dict[str, float]:
    """What a benchmark tells: so many clients ask again and again."""
    seen = result(
        server,
        Load("loop", "/", GREETING, clients, 0.3 if small() else 1, warm=0.1),
        Cores.choose().client,
    )
    return {"requests/s": seen["answers"] / seen["seconds"], f"served of {clients}": seen["served"]}


def idle(server: Server) -> dict[str, float]:
    """How much of a core it uses while nobody is there, and while somebody is, and says nothing."""
    seconds = 0.15 if small() else 0.5
    alone = cpu_share(server, seconds)
    with socket.create_connection(server.address) as client:
        ask(client)
        return {
            "of a core, nobody there": alone,
            "of a core, one idle client": cpu_share(server, seconds),
        }


def large(server: Server) -> dict[str, float]:
    """How many bytes of a large answer reach a client that takes little at a time."""
    with narrow(server.address) as client:
        client.sendall(b"GET /big/%d HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n" % LARGE)
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    return {f"bytes of {LARGE:,}": len(answer.partition(b"\r\n\r\n")[2])}


def pauses(server: Server) -> dict[str, float]:
    """How long two clients wait that ask for a pause at one moment, as a multiple of one pause."""
    pair = [socket.create_connection(server.address) for _ in range(2)]
    began = time.perf_counter()
    for client in pair:
        client.sendall(f"GET /slow/{PAUSE} HTTP/1.1\r\nHost: here\r\n\r\n".encode())
    for client in pair:
        client.recv(4096)
        client.close()
    return {"two pauses take": (time.perf_counter() - began) / PAUSE}


def heartbeat(server: Server) -> dict[str, float]:
    """Newcomers ask for a greeting every 0.01 s, and in their midst one for heavy work. The longest
    time between two greetings, and how long the heavy work took."""
    seen = result(server, DEFAULT.heavy(), Cores.choose().client)
    return {
        "longest silence, ms": 1000 * seen["gap"],
        "heavy work, ms": 1000 * seen["longest_wait"],
    }


def table(rows: dict[str, dict[str, float]]) -> None:
    """Show measurements: a row for each name, a column for each measure."""
    columns = list(next(iter(rows.values())))
    lines = [["", *columns], ["--"] + ["--:"] * len(columns)]
    lines += [[name, *(short(row[column]) for column in columns)] for name, row in rows.items()]
    say("\n".join(f"| {' | '.join(line)} |" for line in lines))
