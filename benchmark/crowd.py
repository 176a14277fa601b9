"""Clients of one server on raw sockets and one poller: they connect, ask, check what comes, ask again.

Every answer's status and body are checked: one that equals, byte for byte, the last right one is
right, and only the others are parsed. Every latency is recorded, from just before the request was
sent (or the connection was begun, where a server closes after each answer) to just after the whole
answer was read.
"""

import errno
import os
import resource
import socket
import time
from array import array
from contextlib import suppress

from benchmark.answer import Answer, BadAnswer, parse
from benchmark.poller import READ, WRITE, Poller

CONNECT_PATIENCE = 2.0  # seconds
SPARE = 64  # descriptors that a crowd leaves to newcomers, and to whoever measures the server
NEVER = object()  # equal to no bytes
LAST_REQUESTS = ("burst", "churn", "ticks", "heavy")  # kinds that ask once on a connection


class Crowd:
    """Clients of one server. Each keeps its descriptor's number for life, so tallies by
    descriptor are tallies by client."""

    def __init__(self, plan: dict, load: dict) -> None:
        self.address = (plan["host"], plan["port"])
        self.request = request(load["path"], plan["host"], load["kind"]).encode()
        self.body = None if load["body"] is None else load["body"].encode()
        self.again = load["kind"] in ("loop", "churn", "rate")
        self.keeps = load["kind"] != "churn"  # a connection, as long as the server does
        self.poller = Poller()
        self.sockets = {}
        self.receivers = {}
        self.connecting = set()
        self.reached = set()  # who was connected at any time
        self.sent = {}  # who waits for an answer, and since when
        self.partial = {}  # answers that have begun
        self.usual = NEVER  # the last right answer after which the connection stayed
        self.refused = 0
        self.parted = set()  # whom the server has left
        self.watch_standard_input()
        self.forget()

    def forget(self) -> None:
        """Start counting: what was, was the warm-up."""
        self.latencies = array("d")
        self.served = set()
        self.wrong = self.lost = self.reconnects = 0
        self.example = None

    def watch_standard_input(self) -> None:
        with suppress(PermissionError):  # a file or /dev/null: epoll cannot watch it
            self.poller.register(0, READ)
        self.receivers[0] = leave

    # Connect

    def open(self, count: int) -> list[int]:
        """Begin `count` connections and wait until all are there, or patience ends. Where descriptors
        run out, fewer are begun, and that is seen."""
        fds = []
        with suppress(OSError):
            for _ in range(self.room_for(count)):
                fds.append(self.add(socket.socket()))
        until = time.perf_counter() + CONNECT_PATIENCE
        while self.connecting and (now := time.perf_counter()) < until:
            for fd, _ in self.poller.poll(until - now):
                self.settle(fd)
        return fds

    def room_for(self, count: int) -> int:
        """How many of so many more clients there are descriptors for."""
        limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if limit == resource.RLIM_INFINITY:
            return count
        return min(count, max(0, limit - SPARE - len(self.sockets)))

    def add_one(self) -> int | None:
        """A newcomer; None when descriptors have run out, and that one did not come."""
        with suppress(OSError):
            return self.add(socket.socket())
        return None

    def add(self, client: socket.socket) -> int:
        fd = client.fileno()
        self.sockets[fd] = client
        self.receivers[fd] = client.recv
        client.setblocking(False)
        self.connect(fd)
        return fd

    def connect(self, fd: int) -> None:
        client = self.sockets[fd]
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connecting.add(fd)
        self.sent[fd] = time.perf_counter()
        self.poller.register(fd, WRITE)
        if client.connect_ex(self.address) not in (0, errno.EINPROGRESS):
            self.give_up(fd)

    def settle(self, fd: int) -> None:
        if fd == 0:
            leave()
        elif self.sockets[fd].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self.give_up(fd)
        else:
            self.connecting.discard(fd)
            self.reached.add(fd)
            self.poller.modify(fd, READ)

    def give_up(self, fd: int) -> None:
        """Refused. Not tried again: a server that has gone would be asked in a busy loop."""
        self.refused += 1
        self.connecting.discard(fd)
        self.sent.pop(fd, None)
        self.poller.unregister(fd)

    def reconnect(self, fd: int) -> None:
        self.poller.unregister(fd)
        with socket.socket() as fresh:
            fresh.setblocking(False)
            os.dup2(fresh.fileno(), fd, inheritable=False)  # closes the old one: see Crowd
        self.connect(fd)

    # Ask and be answered

    def ask(self, fds: list[int]) -> None:
        for fd in fds:
            if fd in self.sent and fd not in self.connecting:
                self.send(fd, time.perf_counter())

    def send(self, fd: int, since: float) -> None:
        self.sent[fd] = since
        with suppress(OSError):  # it will be seen when we read
            self.sockets[fd].send(self.request)  # few bytes, one request in flight: never partial

    def run(self, seconds: float) -> None:
        """Receive, check, ask again, until time is up or nobody waits."""
        poll, clock, receivers = self.poller.poll, time.perf_counter, self.receivers
        senders = {fd: client.send for fd, client in self.sockets.items()}
        sent, request, usual = self.sent, self.request, self.usual
        record, serve = self.latencies.append, self.served.add
        until = clock() + seconds
        while sent and (now := clock()) < until:
            for fd, _ in poll(until - now):
                try:
                    data = receivers[fd](65536)
                    now = clock()
                    if data == usual:
                        record(now - sent[fd])
                        serve(fd)
                        sent[fd] = now
                        senders[fd](request)
                        continue
                except BlockingIOError:
                    data = None
                except OSError:
                    data = b""
                usual = self.consider(fd, data, now)

    def consider(self, fd: int, data: bytes | None, now: float) -> object:
        """All that the hot loop does not know. Returns the answer it may take for right."""
        if fd in self.connecting and data is None:  # nothing to read: it has just connected
            self.settle(fd)
            self.send(fd, self.sent[fd])
        elif fd in self.connecting:
            self.give_up(fd)
        elif data is not None and fd in self.sent:
            self.receive(fd, self.partial.pop(fd, b"") + data, now, closed=not data)
        elif data is not None:
            self.part(fd)
        return self.usual

    def part(self, fd: int) -> None:
        """Our half closes too: a careful server waits for that. The descriptor is kept."""
        self.parted.add(fd)
        self.poller.unregister(fd)
        with suppress(OSError):
            self.sockets[fd].shutdown(socket.SHUT_RDWR)

    def receive(self, fd: int, data: bytes, now: float, closed: bool) -> None:
        try:
            answer = parse(data, closed)
        except BadAnswer as error:
            self.blame(str(error))
            self.ask_again(fd, now, stays=False)
            return
        if answer is not None:
            self.judge(fd, answer, data, now)
        elif closed:
            self.lost += 1
            self.ask_again(fd, now, stays=False)
        else:
            self.partial[fd] = data

    def judge(self, fd: int, answer: Answer, data: bytes, now: float) -> None:
        if self.body is None and answer.status == 200:
            self.body = answer.body  # a server that is not ours: its first answer is the pattern
        if answer.status == 200 and answer.body == self.body and answer.size == len(data):
            self.count(fd, now)
            if self.again and answer.stays and self.keeps:
                self.usual = data
        else:
            self.blame(f"status {answer.status}, {len(answer.body)} bytes: {answer.body[:40]!r}")
        self.ask_again(fd, now, answer.stays and self.keeps)

    def count(self, fd: int, now: float) -> None:
        self.latencies.append(now - self.sent[fd])
        self.served.add(fd)

    def blame(self, example: str) -> None:
        self.wrong += 1
        self.example = self.example or example

    def asks_again(self, _: int) -> bool:
        return self.again

    def ask_again(self, fd: int, now: float, stays: bool) -> None:
        if not self.asks_again(fd):
            del self.sent[fd]
            if not stays:
                self.part(fd)
        elif stays:
            self.send(fd, now)
        else:
            self.reconnects += 1
            self.reconnect(fd)

    def waits(self) -> list[float]:
        """Since when those wait who have no answer."""
        return list(self.sent.values())

    def ages(self) -> list[float]:
        now = time.perf_counter()
        return [now - since for since in self.waits()]

    # Stay

    def hold(self, seconds: float) -> None:
        until = time.perf_counter() + seconds
        while (now := time.perf_counter()) < until:
            for fd, _ in self.poller.poll(until - now):
                leave() if fd == 0 else self.part(fd)

    def close(self) -> None:
        for client in self.sockets.values():
            client.close()
        self.poller.close()


def request(path: str, host: str, kind: str) -> str:
    close = "Connection: close\r\n" if kind in LAST_REQUESTS else ""
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{close}\r\n"


def leave(_: int = 0) -> None:
    """Standard input has closed (or speaks out of turn): whoever started us has gone."""
    os._exit(1)
