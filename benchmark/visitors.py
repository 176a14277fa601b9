"""The clients of the timelines: each comes at its time, asks, and notes what it sees of the answers.

A process of its own, so that its threads share no interpreter with a server; a thread for each
client, so that none waits for another. The times are those of the monotonic clock, which is one
clock for all processes of a machine.

It reads one line of JSON, {"host", "port", "cpu", "load": [...]} (the load as timelines.py has it),
and writes one: a list with, for each client, what follows. If told a time, "every" (seconds), it
also writes what there is so far, so often.

    arrived     seconds: it is connected
    asked       [seconds, ...]: a request was sent
    answers     [seconds, ...]: an answer had arrived, or a part of a streamed one
    empty       [[from, to], ...]: it was reading, and nothing was there
    statuses    [200, ...]
    done        seconds: its last answer had arrived
    error       None, or what went wrong, in words
    at          seconds: when this was written
"""

import json
import os
import re
import select
import socket
import sys
import time
from threading import Thread

from benchmark.answer import Answer, BadAnswer, parse

AT_MOST = 128 * 1024  # bytes to take in one read
PATIENCE = 15  # seconds without a byte, and we call a server stuck
FIRST = 0.05  # seconds until the first client comes: time to start the threads
LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)\r\n", re.IGNORECASE)
LAST_CHUNK = b"0\r\n\r\n"


class Visitor(Thread):
    """One client, from its arrival to its last answer."""

    def __init__(self, number: int, wishes: dict, address: tuple[str, int]) -> None:
        super().__init__(daemon=True)
        self.number, self.wishes, self.address = number, wishes, address
        self.connection = None
        lists = ("asked", "answers", "empty", "statuses")
        self.facts = {"error": None, **{name: [] for name in lists}}

    def start_at(self, start: float) -> None:
        self.begin = start + self.wishes["arrives"] / 1000
        self.start()

    def run(self) -> None:
        time.sleep(max(0, self.begin - time.monotonic()))
        try:
            self.visit()
        except (OSError, BadAnswer) as error:
            self.facts["error"] = str(error) or type(error).__name__
        finally:
            if self.connection:
                self.connection.close()

    def visit(self) -> None:
        self.connect()
        self.facts["arrived"] = time.monotonic()
        for request in self.wishes["requests"]:
            time.sleep(request["after"] / 1000)
            self.ask(request["path"])
            answer = self.receive_answer()
            self.facts["statuses"].append(answer.status)
            self.facts["done"] = self.facts["answers"][-1]
            if not answer.stays:  # a server that is not ours may want a connection for each
                self.connection.close()
                self.connection = None

    def connect(self) -> None:
        self.connection = socket.socket()
        if "buffer" in self.wishes:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.wishes["buffer"])
        self.connection.connect(self.address)

    def ask(self, path: str) -> None:
        if not self.connection:
            self.connect()
        host = "{}:{}".format(*self.address)
        head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nX-Who: {self.number}\r\n\r\n"
        self.facts["asked"].append(time.monotonic())
        self.connection.sendall(head.encode())

    def receive_answer(self) -> Answer:
        data, expected = bytearray(), None
        while True:
            piece = self.read()
            data += piece
            expected = expected or counted(data)
            if expected and len(data) < expected and piece:
                continue
            answer = parse(bytes(data), closed=not piece)
            if piece not in (b"", LAST_CHUNK):
                self.facts["answers"].append(time.monotonic())
            if answer:
                return answer
            if not piece:
                raise ConnectionError("the server closed in the middle of an answer")

    def read(self) -> bytes:
        time.sleep(self.wishes.get("nap", 0) / 1000)
        since = time.monotonic()
        stood_empty = not self.readable(0)
        if stood_empty and not self.readable(PATIENCE):
            raise TimeoutError(f"no answer for {PATIENCE} s")
        data = self.connection.recv(AT_MOST)
        if stood_empty:
            self.facts["empty"].append((since, time.monotonic()))
        return data

    def readable(self, seconds: float) -> bool:
        return bool(select.select([self.connection], [], [], seconds)[0])


def counted(data: bytearray) -> int | None:
    """Bytes of the whole answer, where its head is here and tells."""
    end = data.find(b"\r\n\r\n")
    length = LENGTH.search(data, 0, end + 2) if end >= 0 else None
    return end + 4 + int(length[1]) if length else None


def main() -> None:
    plan = json.loads(sys.stdin.readline())
    if plan["cpu"] is not None:
        os.sched_setaffinity(0, {plan["cpu"]})
    address = plan["host"], plan["port"]
    visitors = [Visitor(number, one, address) for number, one in enumerate(plan["load"], 1)]
    start = time.monotonic() + FIRST
    for visitor in visitors:
        visitor.start_at(start)
    while "every" in plan and any(visitor.is_alive() for visitor in visitors):
        tell(visitors)
        time.sleep(plan["every"])
    for visitor in visitors:
        visitor.join()
    tell(visitors)


def tell(visitors: list[Visitor]) -> None:
    at = time.monotonic()
    print(json.dumps([{**visitor.facts, "at": at} for visitor in visitors]), flush=True)


if __name__ == "__main__":
    main()
