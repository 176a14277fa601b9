"""The load client: clients on raw sockets and one poller, in a process of its own.

    python -m benchmark.client     a plan, one line of JSON, on standard input;
                                   a result, one line of JSON per load, on standard output

It ends at once when standard input closes, so it cannot outlive whoever started it.

A plan: {"host": .., "port": .., "pid": the server's or null, "cpu": a core or null, "loads": [..]}
A load: {"kind": .., "path": .., "body": .., "connections": .., "warm": .., "seconds": .., "polite":
..} where kind is
    loop    closed loop: each client asks again as soon as it has its answer, for so many seconds
    burst   each client asks once, all at the same moment, with `Connection: close` (or a server
            that serves one at a time would wait for the first); we wait so many seconds at most
    hold    clients ask once, a few hundred at a time, and then stay, silent, for so many seconds
    mute    clients connect to be a nuisance: the first says nothing, the second drips a byte of a
            head every 0.1 s, the third asks for 30 MB and reads none of it, and so on. Then so many
            polite clients come: one is a closed loop, and newcomers ask once each, on a connection
            of their own, in the first four fifths of the window; in its last tenth nobody asks any
            more, so who still waits at its end has waited for that long. Only the polite ones are
            answered and timed. Where there is no /big, who would not read it says nothing instead.

Method. All clients connect at once; the window opens when the last has connected, or after two
seconds. Every answer's status and body are checked: one that equals, byte for byte, the last right
one is right, and only the others are parsed. Every latency is recorded, from just before the
request was sent (or the connection was begun, where a server closes after each answer) to just
after the whole answer was read. A client is *served* when it got a right answer in the window; one
that could not connect is present and not served.

This process does one thing at a time, so dripping delays what it reads meanwhile: a tenth of the
drippers have their turn every 0.01 s, which is 0.2 ms at most.
"""

import errno
import gc
import json
import math
import os
import resource
import socket
import sys
import time
from array import array
from contextlib import suppress

from benchmark.answer import Answer, BadAnswer, parse
from benchmark.poller import READ, WRITE, Poller
from benchmark.usage import Watched, accepted

CONNECT_PATIENCE = 2.0  # seconds
BATCH = 500  # clients that `hold` connects at a time: far fewer than any backlog of ours
NEVER = object()  # equal to no bytes
TURN = 0.01  # seconds
TURNS = 10  # from a dripper's byte to its next
HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "  # dripped, and never ended
PROBE, BIG = "/big/1", "/big/30000000"
SPARE = 64  # descriptors that hostile clients leave to the polite ones and to Python


class Crowd:
    """Clients of one server. Each keeps its descriptor's number for life, so tallies by
    descriptor are tallies by client."""

    def __init__(self, plan: dict, load: dict) -> None:
        self.address = (plan["host"], plan["port"])
        self.request = request(load["path"], plan["host"], load["kind"]).encode()
        self.body = None if load["body"] is None else load["body"].encode()
        self.again = load["kind"] == "loop"
        self.poller = Poller()
        self.sockets = {}
        self.receivers = {}
        self.connecting = set()
        self.reached = set()  # who was connected at any time
        self.sent = {}  # who waits for an answer, and since when
        self.partial = {}  # answers that have begun
        self.usual = NEVER  # the last right answer after which the connection stayed
        self.refused = self.parted = 0
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
        """Begin `count` connections and wait until all are there, or patience ends."""
        fds = []
        with suppress(OSError):  # out of descriptors: the rest are not opened, and that is seen
            for _ in range(count):
                fds.append(self.add(socket.socket()))
        until = time.perf_counter() + CONNECT_PATIENCE
        while self.connecting and (now := time.perf_counter()) < until:
            for fd, _ in self.poller.poll(until - now):
                self.settle(fd)
        return fds

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

    def run(self, seconds: float) -> float:
        """Receive, check, ask again, until time is up or nobody waits. How long that took."""
        poll, clock, receivers = self.poller.poll, time.perf_counter, self.receivers
        senders = {fd: client.send for fd, client in self.sockets.items()}
        sent, request, usual = self.sent, self.request, self.usual
        record, serve = self.latencies.append, self.served.add
        start = clock()
        until = start + seconds
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
        return clock() - start

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
        self.parted += 1
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
            self.latencies.append(now - self.sent[fd])
            self.served.add(fd)
            if self.again and answer.stays:
                self.usual = data
        else:
            self.blame(f"status {answer.status}, {len(answer.body)} bytes: {answer.body[:40]!r}")
        self.ask_again(fd, now, answer.stays)

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


class Hostile(Crowd):
    """Clients of whom a third say nothing, a third drip, and a third ask for much and do not read.
    What they are sent is never looked at."""

    def __init__(self, plan: dict, load: dict) -> None:
        super().__init__(plan, {**load, "path": BIG})
        self.has_big = self.probe(request(PROBE, plan["host"], "burst").encode())
        self.drippers = []
        self.dripped = 0

    def probe(self, question: bytes) -> bool:
        """Whether the server knows /big, asked while nobody is in the way."""
        with suppress(OSError), socket.create_connection(self.address, timeout=1) as client:
            client.sendall(question)
            status = client.recv(64).split()[1:2]
            return status == [b"200"]
        return False

    def add(self, client: socket.socket) -> int:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # the kernel reads for nobody
        return super().add(client)

    def gather(self, count: int) -> None:
        limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if limit != resource.RLIM_INFINITY:
            count = min(count, max(0, limit - SPARE))
        fds = self.open(count)
        self.drippers = fds[1::3]
        if self.has_big:
            self.ask(fds[2::3])

    def drip(self) -> None:
        """The turn of some of the drippers; each has its own once in TURNS."""
        byte = (HEAD[self.dripped // TURNS :] or b"x")[:1]
        for fd in self.drippers[self.dripped % TURNS :: TURNS]:
            with suppress(OSError):  # it was thrown out, or is not connected yet
                self.sockets[fd].send(byte)
        self.dripped += 1

    def let_in(self) -> int | None:
        ports = {self.sockets[fd].getsockname()[1] for fd in self.reached}
        return accepted(self.address[1], ports)


class Polite(Crowd):
    """A client that asks again and again, and newcomers that ask once, among hostile ones."""

    def __init__(self, plan: dict, load: dict) -> None:
        super().__init__(plan, load)
        self.hostile = Hostile(plan, load)
        self.came = []
        self.open_end = True  # time enough is left to ask once more

    def come(self) -> None:
        with suppress(OSError):  # out of descriptors: that one did not come, and that is seen
            self.came.append(self.add(socket.socket()))

    def asks_again(self, fd: int) -> bool:
        return self.open_end and fd == self.came[0]

    def ask_again(self, fd: int, now: float, stays: bool) -> None:
        """A newcomer leaves: to stay would be to keep a server's thread or worker from others."""
        super().ask_again(fd, now, stays and self.asks_again(fd))

    def live(self, seconds: float, newcomers: int) -> float:
        """Turn by turn, let the hostile drip and the polite come, ask and be answered."""
        start, turns = time.perf_counter(), round(seconds / TURN)
        between = max(1, turns * 4 // (5 * newcomers)) if newcomers else math.inf
        for turn in range(turns):
            self.open_end = turn < turns * 9 // 10
            self.hostile.drip()
            if turn % between == 0 and turn // between < newcomers:
                self.come()
            until = start + (turn + 1) * TURN
            self.run(until - time.perf_counter())
            time.sleep(max(0.0, until - time.perf_counter()))  # nobody waits for an answer
        return time.perf_counter() - start

    def close(self) -> None:
        self.hostile.close()
        super().close()


def request(path: str, host: str, kind: str) -> str:
    close = "Connection: close\r\n" if kind == "burst" else ""
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{close}\r\n"


def leave(_: int = 0) -> None:
    """Standard input has closed (or speaks out of turn): whoever started us has gone."""
    os._exit(1)


def measure(plan: dict, load: dict) -> dict:
    gather, kind = KINDS[load["kind"]]
    crowd, server = gather(plan, load), Watched(plan["pid"])
    try:
        return kind(crowd, server, load)
    finally:
        crowd.close()


def loop(crowd: Crowd, server: Watched, load: dict) -> dict:
    crowd.ask(crowd.open(load["connections"]))
    crowd.run(load["warm"])
    crowd.forget()
    meter = Meter(server)
    meter.stop(crowd.run(load["seconds"]))
    return {**meter.figures(), **tallies(crowd)}


def burst(crowd: Crowd, server: Watched, load: dict) -> dict:
    fds = crowd.open(load["connections"])
    meter, start = Meter(server), time.perf_counter()
    crowd.ask(fds)
    crowd.run(load["seconds"])
    meter.stop(time.perf_counter() - start)
    return {**meter.figures(), **tallies(crowd)}


def hold(crowd: Crowd, server: Watched, load: dict) -> dict:
    before, start = server.usage(), time.perf_counter()
    arrive(crowd, load["connections"])
    opened_in = time.perf_counter() - start
    meter = Meter(server)
    crowd.hold(load["seconds"])
    meter.stop(load["seconds"])
    held = len(crowd.served) - crowd.parted
    more = {"held": held, "opened_in": opened_in, "before": before}
    return {**meter.figures(), **tallies(crowd), **more}


def arrive(crowd: Crowd, count: int) -> None:
    """Connect and be answered once, a batch at a time; no more come when one is not answered."""
    while len(crowd.sockets) < count and not crowd.sent:
        present = len(crowd.sockets)
        crowd.ask(crowd.open(min(BATCH, count - present)))
        crowd.run(CONNECT_PATIENCE)
        if len(crowd.sockets) == present:
            return  # out of descriptors


def mute(crowd: Polite, server: Watched, load: dict) -> dict:
    hostile = crowd.hostile
    hostile.gather(load["connections"])
    crowd.live(load["warm"], newcomers=0)
    meter = Meter(server)
    crowd.come()
    meter.stop(crowd.live(load["seconds"], load["polite"] - 1))
    more = {"came": len(crowd.came), "has_big": hostile.has_big}
    told = {**meter.figures(), **tallies(crowd), **more, "connected": len(hostile.reached)}
    return {**told, "let_in": hostile.let_in()}


class Meter:
    """What the server and this process used while a window was open."""

    def __init__(self, server: Watched) -> None:
        self.server = server
        self.opened = server.usage()
        self.client = time.process_time()

    def stop(self, seconds: float) -> None:
        self.seconds = seconds
        self.share = (time.process_time() - self.client) / seconds if seconds else 0.0
        self.closed = self.server.usage()

    def figures(self) -> dict:
        used = self.opened and self.closed and self.closed["cpu"] - self.opened["cpu"]
        return {
            "seconds": self.seconds,
            "client_share": self.share,
            "server_cpu": used,
            "used": self.closed,
        }


def tallies(crowd: Crowd) -> dict:
    ordered = sorted(crowd.latencies)
    waiting = [time.perf_counter() - since for since in crowd.sent.values()]
    return {
        "connected": len(crowd.reached),
        "served": len(crowd.served),
        "served_by": "".join("01"[fd in crowd.served] for fd in crowd.sockets),
        "answers": len(ordered),
        "wrong": crowd.wrong,
        "wrong_example": crowd.example,
        "lost": crowd.lost,
        "refused": crowd.refused,
        "reconnects": crowd.reconnects,
        "latency": {str(p): percentile(ordered, p) for p in PERCENTILES},
        "longest_wait": max(ordered[-1:] + waiting, default=None),
        "unanswered": len(waiting),
    }


def percentile(ordered: list[float], percent: float) -> float | None:
    """The smallest latency that `percent` of all do not exceed (nearest rank)."""
    if not ordered:
        return None
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


PERCENTILES = (50, 90, 99, 99.9, 100)
KINDS = {
    "loop": (Crowd, loop),
    "burst": (Crowd, burst),
    "hold": (Crowd, hold),
    "mute": (Polite, mute),
}


def main() -> None:
    plan = json.loads(sys.stdin.readline())
    prepare(plan["cpu"])
    for load in plan["loads"]:
        print(json.dumps(measure(plan, load)), flush=True)


def prepare(cpu: int | None) -> None:
    gc.disable()  # nothing here makes cycles, and a collection would be a pause of ours
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # macOS does not take "infinity"
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if cpu is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {cpu})


if __name__ == "__main__":
    main()
