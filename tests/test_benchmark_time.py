"""The open loop tells the truth about a server that stands still; ticks and beats are timed right."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest

from benchmark import client, openloop
from benchmark.usage import Watched
from tests.test_benchmark import COUNTED, ROOT, always, load, measure, mute, once, scripted

pytestmark = pytest.mark.long
__all__ = ["measure"]  # a fixture

# A server whose schedule is known: 1 ms an answer, one at a time, and 1 s of standstill in every 5

SCHEDULED = """
import selectors, socket, sys, time
COST, STILL, CYCLE = 0.001, 1.0, 5.0
selector = selectors.DefaultSelector()
listener = socket.create_server(("127.0.0.1", 0))
selector.register(listener, selectors.EVENT_READ)
print(listener.getsockname()[1], flush=True)
start = None
while True:
    for key, _ in selector.select():
        if key.fileobj is listener:
            selector.register(listener.accept()[0], selectors.EVENT_READ)
        elif key.fileobj.recv(65536):
            now = time.monotonic()
            start = start or now - STILL - 1.0  # it stands still 3 s after it was first asked
            if (now - start) %% CYCLE < STILL:
                time.sleep(STILL - (now - start) %% CYCLE)
            end = time.perf_counter() + COST
            while time.perf_counter() < end:
                pass
            key.fileobj.sendall(%r)
        else:
            selector.unregister(key.fileobj)
"""
RATE, COST, STILL, CYCLE = 100, 0.001, 1.0, 5.0  # a tenth of what it could do


@contextmanager
def scheduled_server():
    process = subprocess.Popen(
        [sys.executable, "-c", SCHEDULED % COUNTED], stdout=subprocess.PIPE, text=True
    )
    with process:
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


def latencies_by_schedule():
    """One cycle's, by arithmetic: who comes at 0, 10, 20 ms .. waits for the end and the queue."""
    free, found = STILL, []
    for number in range(round(RATE * CYCLE)):
        at = number / RATE
        free = max(free, at) + COST
        found.append(free - at)
    return sorted(found)


def test_an_open_loop_sees_a_standstill_and_a_closed_loop_does_not():
    """Over two whole cycles, p99 is within 5% of what the schedule says; one that waits says 1 ms."""
    expected = client.percentile(latencies_by_schedule(), 99)
    with scheduled_server() as port:
        plan = {"host": "127.0.0.1", "port": port, "pid": None}
        how = {"seconds": 2 * CYCLE, "connections": 2}  # most of a still second wait here
        opened = client.measure(plan, load(kind="rate", rate=RATE, **how))
    with scheduled_server() as port:
        plan = {"host": "127.0.0.1", "port": port, "pid": None}
        closed = client.measure(plan, load(seconds=CYCLE, connections=1))
    assert opened["offered"] == opened["answers"] == 2 * CYCLE * RATE
    assert opened["latency"]["99"] == pytest.approx(expected, rel=0.05)
    assert expected > 0.9, "the schedule says so"
    assert closed["latency"]["99"] < 0.01, "what was not asked was not timed"


# The open loop


def test_requests_are_asked_at_their_times_whatever_the_server_does(measure):
    with scripted(mute) as port:
        raw = measure(port, kind="rate", rate=100, connections=5, seconds=0.3)
    assert raw["answers"] == raw["served"] == 0
    assert raw["offered"] == raw["unanswered"] == 30, "those that found nobody idle wait as well"
    assert 0.7 < raw["latency"]["100"] < 1.2, "the first has waited for the window and the patience"
    assert 0.4 < raw["latency"]["50"] < 0.9


def test_at_a_rate_that_is_easily_kept_all_are_answered_at_once(measure):
    with scripted(always(COUNTED)) as port:
        raw = measure(port, kind="rate", rate=200, connections=5, seconds=0.3)
    assert raw["offered"] == raw["answers"] == 60
    assert raw["served"] == 5, "they take turns"
    assert raw["unanswered"] == raw["wrong"] == raw["reconnects"] == 0
    assert raw["latency"]["50"] < 0.02


def test_a_server_that_closes_after_each_answer_can_be_offered_a_rate(measure):
    with scripted(once(COUNTED.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"))) as port:
        raw = measure(port, kind="rate", rate=100, connections=5, seconds=0.3)
    assert raw["answers"] == raw["reconnects"] == 30
    assert raw["lost"] == 0


# A new connection for each request


def test_churn_asks_each_time_on_a_new_connection(measure):
    peers, said = set(), []

    def converse(connection):
        peers.add(connection.getpeername())
        while data := connection.recv(65536):
            said.append(data)
            connection.sendall(COUNTED)

    with scripted(converse) as port:
        raw = measure(port, kind="churn")
    assert raw["answers"] > 3
    assert len(peers) >= len(said) >= raw["answers"], "nobody asks twice on one"
    assert all(b"Connection: close" in data for data in said)


# Ticks


def ticking(count, period, first_late=0.0):
    """A stream of ticks at their times; the first so many seconds late, and so are the others."""

    def converse(connection):
        connection.recv(65536)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        start = time.monotonic() + first_late
        for n in range(1, count + 1):
            time.sleep(max(0, start + n * period - time.monotonic()))
            tick = f"tick {n}\n".encode()
            half = len(tick) // 2
            connection.sendall(b"%x\r\n%s" % (len(tick), tick[:half]))
            connection.sendall(tick[half:] + b"\r\n")
        connection.sendall(b"0\r\n\r\n")
        connection.recv(65536)

    return converse


TICKS = {"kind": "ticks", "path": "/ticks/3/0.1", "body": "tick 1\ntick 2\ntick 3\n", "seconds": 2}


def test_ticks_on_time_are_on_time_and_late_ones_are_late(measure):
    with scripted(ticking(3, 0.1)) as port:
        good = measure(port, **TICKS)
    with scripted(ticking(3, 0.1, first_late=0.2)) as port:
        bad = measure(port, **TICKS)
    assert good["served"] == bad["served"] == 3, "streams that were whole"
    assert good["ticks"] == bad["ticks"] == 9
    assert good["late"]["99"] < 0.08
    assert 0.19 < bad["late"]["50"] < 0.3


def test_ticks_that_never_came_are_late_by_now(measure):
    with scripted(mute) as port:
        raw = measure(port, **{**TICKS, "seconds": 0.5})
    assert raw["ticks"] == raw["served"] == 0
    assert 0.35 < raw["late"]["100"] < 0.7, "the first was due after 0.1 s of the 0.5"
    assert raw["late"]["50"] < raw["late"]["100"], "each has its own time"


def test_a_stream_that_breaks_off_is_not_finished(measure):
    with scripted(ticking(2, 0.05)) as port:
        raw = measure(port, **TICKS)
    assert raw["ticks"] == 6
    assert raw["served"] == 0
    assert raw["wrong"] == 3


# Beats


HEAVY = {"kind": "heavy", "path": "/fib/9", "connections": 1, "seconds": 0.6}


def working(seconds, lock):
    """Heavy work for /fib; while it holds the lock, nobody else is answered."""

    def converse(connection):
        heavy = b"/fib" in connection.recv(65536)
        with lock:
            time.sleep(seconds if heavy else 0)
        connection.sendall(COUNTED)
        connection.recv(65536)

    return converse


class Free:
    """No lock at all."""

    def __enter__(self):
        pass

    def __exit__(self, *_):
        pass


def test_the_longest_gap_in_a_heartbeat_is_the_heavy_work_or_nothing(measure):
    with scripted(working(0.2, threading.Lock())) as port:
        still = measure(port, **HEAVY)
    with scripted(working(0.2, Free())) as port:
        going = measure(port, **HEAVY)
    assert still["served"] == going["served"] == 1, "the heavy one"
    assert 0.17 < still["gap"] < 0.3
    assert going["gap"] < 0.12
    assert 0.19 < still["longest_wait"] < 0.35
    assert still["beats"] == going["beats"] == 60


def test_where_no_beat_is_answered_the_gap_is_the_whole_window(measure, monkeypatch):
    monkeypatch.setattr(openloop, "HEAVY_PATIENCE", 0.1)
    with scripted(mute) as port:
        raw = measure(port, **{**HEAVY, "seconds": 0.1})
    assert 0.1 < raw["gap"] < 0.4
    assert raw["served"] == raw["beats"] == 0


def test_a_silence_that_goes_on_to_the_end_is_the_longest_gap(measure):
    """Heavy work that begins after a quarter of the window, and stops everybody for good."""
    stopped = threading.Event()

    def converse(connection):
        if b"/fib" in connection.recv(65536):
            stopped.set()
        if not stopped.is_set():
            connection.sendall(COUNTED)
        connection.recv(65536)

    with scripted(converse) as port, pytest.MonkeyPatch.context() as patch:
        patch.setattr(openloop, "HEAVY_PATIENCE", 0.1)
        raw = measure(port, **HEAVY)
    assert raw["served"] == 0
    assert 0.4 < raw["gap"] < 0.7


# The server's CPU


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a hundredth of a second must do")
def test_a_servers_cpu_is_counted_to_the_millisecond():
    watched, start = Watched(os.getpid()), time.process_time()
    before = watched.cpu()
    while time.process_time() < start + 0.003:
        pass
    assert 0.0025 < watched.cpu() - before < 0.006


def test_work_is_answers_over_the_servers_cpu(measure):
    with scripted(always(COUNTED)) as port:
        raw = measure(port, seconds=0.2)  # the server is this process, which is all at work
    assert 0.5 * raw["seconds"] < raw["server_cpu"] < 2 * raw["seconds"]
    assert raw["work"] == pytest.approx(raw["answers"] / raw["server_cpu"], rel=0.4)


def test_a_load_may_be_for_another_server_than_the_plans():
    with scripted(always(COUNTED)) as port, scripted(mute) as other:
        loads = [{**load(seconds=0.05), "port": other}, load(seconds=0.05)]
        plan = {"host": "127.0.0.1", "port": port, "pid": os.getpid(), "cpu": None, "loads": loads}
        command = [sys.executable, "-m", "benchmark.client"]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
        ) as process:
            process.stdin.write(json.dumps(plan).encode() + b"\n")
            process.stdin.flush()
            served = [json.loads(process.stdout.readline())["served"] for _ in loads]
            process.stdin.close()
    assert served == [0, 3]
