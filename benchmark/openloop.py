"""Load that does not wait for the server: requests at fixed times, streams that should tick, beats.

Who uses a site does not wait until its other users have been answered. A closed loop does: while
the server stands still it asks nothing, and what it did not ask it does not time. Here a request
has an *intended* time, and its latency counts from then, whether it could be sent or not. What is
unanswered in the end counts as well, with the time it has waited so far.
"""

import time
from array import array
from collections import deque
from itertools import pairwise

from benchmark.crowd import Crowd
from benchmark.poller import poll_soon

PATIENCE = 0.5  # seconds that we wait for stragglers after the window
HEAVY_PATIENCE = 10.0  # ... and for heavy work
BEAT = 0.01  # seconds
LAST_CHUNK = b"0\r\n\r\n"


class OpenLoop(Crowd):
    """Each request goes to whoever has been idle longest; if nobody is, it waits here."""

    def __init__(self, plan: dict, load: dict) -> None:
        super().__init__(plan, load)
        self.rate = load["rate"]
        self.idle = deque()

    def gather(self, count: int) -> None:
        for fd in self.open(count):
            self.rest(fd)

    def rest(self, fd: int) -> None:
        """It is connected and waits for nothing: the next request may be its own."""
        if fd not in self.connecting and self.sent.pop(fd, None) is not None:
            self.idle.append(fd)

    def offer(self, seconds: float) -> None:
        """Ask `rate` times a second, and wait a little for the last answers."""
        self.start, self.asked, self.due = time.perf_counter(), 0, round(self.rate * seconds)
        until = self.start + seconds + PATIENCE
        while (now := time.perf_counter()) < until and (self.asked < self.due or self.waits()):
            self.send_what_is_due(now)
            more = self.idle and self.asked < self.due
            following = self.intended(self.asked) if more else until
            for fd, _ in poll_soon(self.poller, max(0.0, following - now)):
                self.hear(fd)

    def intended(self, number: int) -> float:
        return self.start + number / self.rate

    def send_what_is_due(self, now: float) -> None:
        while self.idle and self.asked < self.due and self.intended(self.asked) <= now:
            self.send(self.idle.popleft(), self.intended(self.asked))
            self.asked += 1

    def hear(self, fd: int) -> None:
        try:
            data = self.receivers[fd](65536)
        except BlockingIOError:
            data = None
        except OSError:
            data = b""
        now = time.perf_counter()
        if data == self.usual and fd in self.sent:
            self.count(fd, now)
            self.ask_again(fd, now, stays=True)
        else:
            self.consider(fd, data, now)

    def consider(self, fd: int, data: bytes | None, now: float) -> object:
        if fd in self.connecting:
            self.settle(fd)
            self.rest(fd)
            return self.usual
        if not data:
            self.leave_idle(fd)
        return super().consider(fd, data, now)

    def leave_idle(self, fd: int) -> None:
        """The server closed a connection on which nothing was asked: it gets no request more."""
        if fd not in self.sent and fd in self.idle:
            self.idle.remove(fd)

    def ask_again(self, fd: int, now: float, stays: bool) -> None:
        if stays:
            self.rest(fd)
        else:
            self.reconnects += 1
            self.reconnect(fd)

    def waits(self) -> list[float]:
        """Since when those wait who have no answer, who asked before the window among them."""
        asked = [since for fd, since in self.sent.items() if fd not in self.connecting]
        return asked + [self.intended(number) for number in range(self.asked, self.due)]


class Subscribers(Crowd):
    """Each asks for a stream of ticks, and notes how late each tick is.

    The first is due one period after it was asked for, the next a period later, and so on: a
    server that is late once and never catches up stays late. What never came is late by now.
    """

    def __init__(self, plan: dict, load: dict) -> None:
        super().__init__(plan, load)
        _, _, count, period = load["path"].split("/")
        self.count_of_ticks, self.period = int(count), float(period)
        self.lateness = array("d")
        self.asked_at, self.seen = {}, {}

    def subscribe(self, count: int) -> None:
        self.ask(self.open(count))
        self.asked_at = dict(self.sent)

    def receive(self, fd: int, data: bytes, now: float, closed: bool) -> None:
        self.note(fd, data.count(b"tick "), now)
        if closed or data.endswith(LAST_CHUNK):
            super().receive(fd, data, now, closed)
        else:
            self.partial[fd] = data

    def note(self, fd: int, count: int, now: float) -> None:
        first = self.seen.get(fd, 0) + 1
        self.lateness.extend(now - self.due(fd, number) for number in range(first, count + 1))
        self.seen[fd] = count

    def due(self, fd: int, number: int) -> float:
        return self.asked_at[fd] + number * self.period

    def missing(self) -> list[float]:
        """How late those are that were due and have not come."""
        now, every = time.perf_counter(), self.count_of_ticks + 1
        due = (
            self.due(fd, n) for fd in self.asked_at for n in range(self.seen.get(fd, 0) + 1, every)
        )
        return [now - time_due for time_due in due if time_due < now]


class Heartbeat(Crowd):
    """A newcomer asks for the greeting every 0.01 s, and in their midst one for heavy work.

    Each beat has a connection of its own, and so has the heavy work: a server that serves one
    connection at a time can then do both.
    """

    def __init__(self, plan: dict, load: dict) -> None:
        super().__init__(plan, {**load, "path": "/", "body": None})
        self.heavy = Crowd(plan, load)

    def forget(self) -> None:
        super().forget()
        self.answered_at = array("d")

    def live(self, seconds: float, heavy: bool = True) -> None:
        self.start = start = time.perf_counter()
        turns, turn = round(seconds / BEAT), 0
        while turn < turns or (self.heavy.sent and turn < turns + HEAVY_PATIENCE / BEAT):
            if heavy and turn == turns // 4:
                self.heavy.ask(self.heavy.open(1))
            self.beat(start + (turn + 1) * BEAT)
            turn += 1
        self.end = time.perf_counter()
        self.run(PATIENCE)

    def beat(self, until: float) -> None:
        self.add_one()
        self.run(until - time.perf_counter())
        self.heavy.run(0.0001)
        time.sleep(max(0.0, until - time.perf_counter()))

    def count(self, fd: int, now: float) -> None:
        super().count(fd, now)
        self.answered_at.append(now)

    def longest_gap(self) -> float:
        """Without an answered beat: from one to the next, or to an end of the window."""
        times = sorted([self.start, *self.answered_at, self.end])
        return max(b - a for a, b in pairwise(times))

    def close(self) -> None:
        self.heavy.close()
        super().close()
