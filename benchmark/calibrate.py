"""How much of wrk the load client is worth: python -m benchmark calibrate [--server 'CMD {port}']

The same server is asked in turns by our client and by wrk (or ab, where there is no wrk), with one
thread on the same core, at 10, 100 and 1000 connections. Ours records every latency and checks
every answer meanwhile. The server is canned bytes unless told: the faster it is, the more the
client counts. At 1.0 both are as fast, or the server is the limit of both, which its share of a
core tells.
"""

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator

from rich.box import SIMPLE_HEAD
from rich.table import Table

from benchmark import readings as read
from benchmark.cli import Parser, interrupt_once, rounds
from benchmark.results import Spread
from benchmark.run import FLOOR, Contender, Cores, LoadClient
from benchmark.scenarios import GREETING, Load, extent, short
from benchmark.table import console, progress
from harness import HarnessError, Server

COUNTS = (10, 100, 1000)
SECONDS = 2
Tool = Callable[[Server, int], float]


def main(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    interrupt_once()
    try:
        calibrate(options)
    except KeyboardInterrupt:
        print("Interrupted: nothing was found.", file=sys.stderr)
        return 130
    except HarnessError as error:
        print(f"Nothing was measured: {error}.", file=sys.stderr)
        return 2
    return 0


def parser() -> argparse.ArgumentParser:
    made = Parser(
        prog="python -m benchmark calibrate", description=__doc__.partition(": ")[0] + "."
    )
    made.add_argument("--rounds", type=rounds, default=3, help="default: %(default)s")
    made.add_argument("--server", metavar="'CMD {port}'", help="default: canned bytes")
    return made


def calibrate(options: argparse.Namespace) -> None:
    name, tool = other_tool()
    one = Contender("it", options.server, command=options.server) if options.server else FLOOR
    cores, screen = Cores.choose(), console()
    cores.settle()  # the other tool runs where we do
    found = {count: [] for count in COUNTS}
    total = options.rounds * len(COUNTS)
    with one.started((), cores.server) as server, progress(screen, total) as note:
        for number in range(1, options.rounds + 1):
            for count in COUNTS:
                note(f"round {number} of {options.rounds}", f"{count:,} connections")
                found[count].append((ours(server, cores, count), tool(server, count)))
    screen.print(table(found, name))


def ours(server: Server, cores: Cores, count: int) -> dict:
    load = Load("loop", "/", GREETING, count, SECONDS, warm=0.2)
    with LoadClient(server, cores.client, True, [load]) as client:
        return client.result(load, server)


# The other tool


def other_tool() -> tuple[str, Tool]:
    for name, tool in (("wrk", wrk), ("ab", ab)):
        if shutil.which(name):
            return name, tool
    raise HarnessError("neither wrk nor ab is on this machine: install one of them")


def wrk(server: Server, count: int) -> float:
    return said(
        r"Requests/sec:\s+([\d.]+)", "wrk", "-t1", f"-c{count}", f"-d{SECONDS}s", server.url
    )


def ab(server: Server, count: int) -> float:
    how = ["-q", "-k", "-c", str(count), "-n", "100000000", "-t", str(SECONDS)]
    return said(r"Requests per second:\s+([\d.]+)", "ab", *how, server.url)


def said(pattern: str, *command: str) -> float:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    found = re.search(pattern, done.stdout)
    if not found:
        words = (done.stderr or done.stdout).strip().splitlines() or ["nothing"]
        raise HarnessError(f"{command[0]} failed ({words[-1]})")
    return float(found[1])


# What is said


def table(found: dict[int, list[tuple[dict, float]]], name: str) -> Table:
    made = Table(box=SIMPLE_HEAD, pad_edge=False)
    of_a_core = ("client, of a core", "server, of a core")
    for title in ("connections", "ours, req/s", f"{name}, req/s", f"ours over {name}", *of_a_core):
        made.add_column(title, justify="right")
    for count, pairs in found.items():
        made.add_row(f"{count:,}", *cells(pairs))
    return made


def cells(pairs: list[tuple[dict, float]]) -> Iterator[str]:
    raws, theirs = zip(*pairs, strict=True)
    mine = [read.per_second(raw) for raw in raws]
    ratio = spread([one / other for one, other in zip(mine, theirs, strict=True)])
    yield short(spread(mine).median)
    yield short(spread(theirs).median)
    yield f"{ratio.median:.2f} ({extent(ratio)})"
    yield f"{spread([raw['client_share'] for raw in raws]).median:.2f}"
    yield f"{spread([raw['server_cpu'] / raw['seconds'] for raw in raws]).median:.2f}"


def spread(numbers: Iterable[float]) -> Spread:
    return Spread.of([(number, False) for number in numbers])
