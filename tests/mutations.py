"""Requests with something broken in them, and what h11 makes of them.

    python -m tests.mutations [--seed 1] [--protocol 100000] [--wire 5000] [--steps 1,2,3,4,5]

A mutation is a base, some good requests, and a few edits of it: numbers, so that hypothesis can
choose them and shrink them, and a seed can. Judged is one thing: whatever h11, the strictest reader
at hand, does not read as a whole request, we must not answer as one.
"""

import argparse
import re
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from random import Random

import h11

from harness import STEPS, Server, start_step
from steps.app import handle
from steps.http1 import PART_LIMIT, Exchange
from steps.messages import END, Pause, Request, Timeouts
from steps.notes import Notes
from tests.answers import read_answers
from tests.cases import CASES, HELLO, KIB, MIXED, chunked, post, request, target

PARTS = 10_000  # instructions for one mutation: no honest answer to these bases has so many

BASES = (
    request(),
    request() + request(b"Connection: close"),
    request(b"Connection: keep-alive", line=b"GET /hello?name=x HTTP/1.0") + request(),
    target(b"http://a:80/notes") + target(b"*", b"OPTIONS"),
    post(b"Content-Length: 5", body=b"hello") + request(),
    chunked(HELLO) + request(),
    chunked(b'5;a="b"\r\nhello\r\n1\r\n!\r\n0\r\nX: 1\r\n\r\n') + request(),
    post(b"Expect: 100-continue", b"Content-Length: 5", body=b"hello") + request(),
    request(line=b"POST /notes HTTP/1.1", body=b'{"text": "x"}') + request(),
    MIXED,
)
EMPTY_LINES = re.compile(rb"(?:\r\n)*")
HIGH_BYTE = re.compile(rb"[\x80-\xff]")
TORNADOS_LINE = re.compile(rb"([!-~]+ [!-~\x80-\xff]+ HTTP/1\.[0-9])\r*\n")
PIECES = sorted({line for case in CASES for line in case.sent.splitlines(True) if len(line) < KIB})


# Mutations


@dataclass(frozen=True, slots=True)
class Edit:
    """What to do, where, and with what; all taken modulo what is there."""

    kind: int
    place: int
    value: int


def mutate(base: int, edits: list[Edit]) -> bytes:
    data = bytearray(BASES[base % len(BASES)])
    for edit in edits:
        place = edit.place % (len(data) + 1)
        EDITS[edit.kind % len(EDITS)](data, place, edit.value)
    return bytes(data)


def flip(data: bytearray, place: int, value: int) -> None:
    if place < len(data):
        data[place] ^= 1 << value % 8


def insert(data: bytearray, place: int, value: int) -> None:
    data.insert(place, value % 256)


def remove(data: bytearray, place: int, value: int) -> None:
    del data[place : place + 1 + value % 4]


def repeat(data: bytearray, place: int, value: int) -> None:
    data[place:place] = data[place : place + 1 + value % 64]


def stretch(data: bytearray, place: int, value: int) -> None:
    data[place:place] = data[place : place + 1] * (value % 64)


def splice(data: bytearray, place: int, value: int) -> None:
    data[place:place] = PIECES[value % len(PIECES)]


def splice_line(data: bytearray, place: int, value: int) -> None:
    splice(data, data.find(b"\n", place) + 1, value)


EDITS = (flip, insert, remove, repeat, stretch, splice, splice_line)


def random_mutations(seed: int, count: int) -> Iterator[bytes]:
    random = Random(seed)
    for _ in range(count):
        numbers = partial(random.randrange, 2**16)
        edits = [Edit(numbers(), numbers(), numbers()) for _ in range(random.randrange(1, 5))]
        yield mutate(numbers(), edits)


# The judge


def read_by_h11(data: bytes, skipped=EMPTY_LINES) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Method and body of each request that h11 reads, and what it refuses or misses the end of.

    We read more than h11 in one thing, as the RFC says: empty lines before a request are passed
    over (RFC 9112, 2.2).
    """
    requests = []
    while True:
        data = data[skipped.match(data).end() :]
        if not data:
            return requests, data
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=KIB * KIB)
        connection.receive_data(data)
        try:
            requests.append(read_one(connection))
        except (h11.RemoteProtocolError, EOFError):
            return requests, data
        data, _ = connection.trailing_data


def read_one(connection: h11.Connection) -> tuple[bytes, bytes]:
    method, body = b"", b""
    while True:
        match connection.next_event():
            case h11.Request(method=method):
                pass
            case h11.Data(data=data):
                body += data
            case h11.EndOfMessage():
                return method, body
            case h11.NEED_DATA | h11.PAUSED:
                raise EOFError


def read_for_tornado(data: bytes) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """The same, but for where Tornado is known to be more lenient: see differences.py."""
    lenient = TORNADOS_LINE.sub(lambda line: HIGH_BYTE.sub(b"x", line[1]) + b"\r\n", data)
    return read_by_h11(lenient, skipped=re.compile(rb"[\r\n]*"))


# The protocol alone


def obey(data: list[bytes]) -> tuple[list[object], list[tuple[bytes, bytes]]]:
    """All instructions for these bytes, and method and body of each request that was answered."""
    served, notes = [], Notes()

    def answer(request: Request):
        if request.body is not None:
            served.append((request.method.encode(), request.body))
        return handle(request, notes)

    exchange, parts = Exchange(answer, Timeouts()), []
    for piece in data:
        for part in exchange.receive(piece):
            parts.append(part)
            assert len(parts) < PARTS, "this does not end"
    return parts, served


def check_protocol(data: bytes) -> None:
    """AssertionError where the protocol is at odds with what it promises, or with h11."""
    parts, served = obey([data])
    for part in parts:
        assert part is END or isinstance(part, Pause | bytes), f"no instruction: {part!r}"
        assert not isinstance(part, bytes) or len(part) <= PART_LIMIT, f"{len(part)} bytes at once"
    assert END not in parts[:-1], "something follows the end"
    assert not any(b"HTTP/1.1 500" in part for part in parts if isinstance(part, bytes)), "a 500"
    known, _ = read_by_h11(data)
    assert served == known[: len(served)], f"answered {served}, and h11 reads {known}"


# Over the wire


def check_server(server: Server, data: bytes, patience: float = 10) -> None:
    """AssertionError where a server does not end, or answers what h11 does not read as a request."""
    received = converse(server, data, patience)
    asked, rest = (read_for_tornado if "Tornado" in server.name else read_by_h11)(data)
    methods = [method.decode() for method, _ in asked]
    methods += ["HEAD"] * rest.startswith(b"HEAD ")  # refused, and known for a HEAD all the same
    statuses = [answer.status for answer in read_answers(received, methods)]
    more = [status for status in statuses[len(asked) :] if status < 400]
    assert not more, f"h11 reads {len(asked)} requests, and these were answered: {statuses}"
    assert 500 not in statuses, "the server failed"


def converse(server: Server, data: bytes, patience: float) -> bytes:
    """All that comes back for these bytes and an end behind them."""
    received = b""
    with socket.create_connection((server.host, server.port), timeout=patience) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(65536):
                received += piece
        except TimeoutError:
            raise AssertionError(
                f"no end within {patience} s; received {received[:200]!r}"
            ) from None
        except OSError:
            pass  # a reset ends it too
    return received


# The command


def run(name: str, check, seed: int, count: int) -> int:
    """Check so many mutations; print the first that fail, and how many did."""
    began, failures = time.monotonic(), 0
    for data in random_mutations(seed, count):
        try:
            check(data)
        except Exception as error:
            failures += 1
            if failures <= 10:
                print(f"  {name}: {type(error).__name__}: {error}\n    sent {data!r}")
    seconds = time.monotonic() - began
    print(f"{name}: {count} mutations of seed {seed} in {seconds:.0f} s, {failures} failures")
    return failures


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.mutations")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--protocol", type=int, default=100_000, help="how many for the protocol")
    parser.add_argument("--wire", type=int, default=5_000, help="how many for each step")
    parser.add_argument("--steps", default=",".join(map(str, STEPS)))
    options = parser.parse_args()
    failures = run("protocol", check_protocol, options.seed, options.protocol)
    for number in map(int, options.steps.split(",") if options.wire else []):
        with start_step(number) as server:
            check = partial(check_server, server)
            failures += run(f"step {number}", check, options.seed, options.wire)
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
