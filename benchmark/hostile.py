"""Clients that are a nuisance, and polite ones among them.

Who drips does so while this process does nothing else, which delays what it reads meanwhile: a
tenth of the drippers have their turn every 0.01 s, which is 0.2 ms at most.
"""

import math
import socket
import time
from contextlib import suppress

from benchmark.crowd import Crowd, request
from benchmark.usage import accepted

TURN = 0.01  # seconds
TURNS = 10  # from a dripper's byte to its next
HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "  # dripped, and never ended
PROBE, BIG = "/big/1", "/big/30000000"


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
        if (fd := self.add_one()) is not None:
            self.came.append(fd)

    def asks_again(self, fd: int) -> bool:
        return self.open_end and fd == self.came[0]

    def ask_again(self, fd: int, now: float, stays: bool) -> None:
        """A newcomer leaves: to stay would be to keep a server's thread or worker from others."""
        super().ask_again(fd, now, stays and self.asks_again(fd))

    def live(self, seconds: float, newcomers: int) -> None:
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

    def close(self) -> None:
        self.hostile.close()
        super().close()
