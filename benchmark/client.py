"""The load client, in a process of its own.

    python -m benchmark.client     a plan, one line of JSON, on standard input;
                                   a result, one line of JSON per load, on standard output

It ends at once when standard input closes, so it cannot outlive whoever started it.

A plan: {"host": .., "port": .., "pid": the server's or null, "cpu": a core or null, "loads": [..]}
A load (it may name another host, port and pid): {"kind": .., "path": .., "body": .., "connections": .., "warm": .., "seconds": .., "polite":
.., "rate": ..} where kind is
    loop    closed loop: each client asks again as soon as it has its answer, for so many seconds
    churn   the same, with a new connection for each request
    rate    open loop: so many requests a second at fixed times, whether or not answers come;
            latency counts from the intended time (openloop.py)
    burst   each client asks once, all at the same moment, with `Connection: close` (or a server
            that serves one at a time would wait for the first); we wait so many seconds at most
    ticks   the same, for a stream of ticks: how late is each?
    heavy   a newcomer asks for the greeting every 0.01 s while one client asks for heavy work
    hold    clients ask once, a few hundred at a time, and then stay, silent, for so many seconds
    mute    clients connect to be a nuisance: the first says nothing, the second drips a byte of a
            head every 0.1 s, the third asks for 30 MB and reads none of it, and so on. Then so many
            polite clients come: one is a closed loop, and newcomers ask once each, on a connection
            of their own, in the first four fifths of the window; in its last tenth nobody asks any
            more, so who still waits at its end has waited for that long. Only the polite ones are
            answered and timed. Where there is no /big, who would not read it says nothing instead.

A result, in seconds and bytes: {"seconds": the window's, "client_share": this process's, of a core,
"server_cpu": .., "used": the server's {cpu, resident, virtual, threads, descriptors} at the end, "connected":
.., "served": .., "served_by": a digit for each client, 1 if served, "answers": .., "wrong": .., "lost":
broken off, "refused": .., "reconnects": .., "latency": {percentile: ..}, "longest_wait": ..,
"unanswered": who waits at the end}; and besides
    loop, churn     work: answers per CPU second of the server, in the better slices of the window
    rate            offered; latency counts those who wait at the end
    ticks           ticks: how many came; late: {percentile: ..}, of all that were due
    heavy           beats: answered; gap: the longest time without (the rest is of the heavy one)
    hold            held, opened_in, before (as `used`)
    mute            came, has_big, let_in (the rest is of the polite ones)

Method. All clients connect at once; the window opens when the last has connected, or after two
seconds. Every answer is checked and every latency is recorded (crowd.py). A client is *served*
when it got a right answer in the window; one that could not connect is present and not served.
"""

import gc
import json
import math
import os
import resource
import sys
import time
from contextlib import suppress

from benchmark.crowd import CONNECT_PATIENCE, Crowd
from benchmark.hostile import Polite
from benchmark.openloop import Heartbeat, OpenLoop, Subscribers
from benchmark.usage import Watched

SLICES = 6  # of a window: the machine is disturbed for a moment, or for long
BEST = 75  # per cent of the slices are no better: what disturbs makes work dearer, never cheaper
BATCH = 500  # clients that `hold` connects at a time: far fewer than any backlog of ours


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
    works = [work(crowd, server, load["seconds"] / SLICES) for _ in range(SLICES)]
    meter.stop()
    best = percentile(sorted(filter(None, works)), BEST)
    return {**meter.figures(), **tallies(crowd), "work": best}


def work(crowd: Crowd, server: Watched, seconds: float) -> float | None:
    """Answers per CPU second of the server, in a slice of the window."""
    cpu, answers = server.cpu(), len(crowd.latencies)
    crowd.run(seconds)
    used = server.cpu() - cpu
    return (len(crowd.latencies) - answers) / used if used > 0 else None


def rate(crowd: OpenLoop, server: Watched, load: dict) -> dict:
    crowd.gather(load["connections"])
    crowd.offer(load["warm"])
    crowd.forget()
    meter = Meter(server)
    crowd.offer(load["seconds"])
    meter.stop()
    ordered = sorted([*crowd.latencies, *crowd.ages()])
    latency = {str(p): percentile(ordered, p) for p in PERCENTILES}
    return {**meter.figures(), **tallies(crowd), "latency": latency, "offered": crowd.due}


def ticks(crowd: Subscribers, server: Watched, load: dict) -> dict:
    meter = Meter(server)
    crowd.subscribe(load["connections"])
    crowd.run(load["seconds"])
    meter.stop()
    late = sorted([*crowd.lateness, *crowd.missing()])
    lateness = {str(p): percentile(late, p) for p in PERCENTILES}
    return {**meter.figures(), **tallies(crowd), "ticks": len(crowd.lateness), "late": lateness}


def heavy(crowd: Heartbeat, server: Watched, load: dict) -> dict:
    crowd.live(load["warm"], heavy=False)
    crowd.forget()
    meter = Meter(server)
    crowd.live(load["seconds"])
    meter.stop()
    beats = {"beats": len(crowd.answered_at), "gap": crowd.longest_gap()}
    return {**meter.figures(), **tallies(crowd.heavy), **beats}


def burst(crowd: Crowd, server: Watched, load: dict) -> dict:
    fds = crowd.open(load["connections"])
    meter = Meter(server)
    crowd.ask(fds)
    crowd.run(load["seconds"])
    meter.stop()
    return {**meter.figures(), **tallies(crowd)}


def hold(crowd: Crowd, server: Watched, load: dict) -> dict:
    before, start = server.usage(), time.perf_counter()
    arrive(crowd, load["connections"])
    opened_in = time.perf_counter() - start
    meter = Meter(server)
    crowd.hold(load["seconds"])
    meter.stop()
    held = len(crowd.served - crowd.parted)
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
    crowd.live(load["seconds"], load["polite"] - 1)
    meter.stop()
    more = {"came": len(crowd.came), "has_big": hostile.has_big}
    told = {**meter.figures(), **tallies(crowd), **more, "connected": len(hostile.reached)}
    return {**told, "let_in": hostile.let_in()}


class Meter:
    """What the server and this process used while a window was open."""

    def __init__(self, server: Watched) -> None:
        self.server = server
        self.opened = server.usage()
        self.client = time.process_time()
        self.start = time.perf_counter()

    def stop(self) -> None:
        self.seconds = seconds = time.perf_counter() - self.start
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
    waiting = crowd.ages()
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
    "churn": (Crowd, loop),
    "rate": (OpenLoop, rate),
    "ticks": (Subscribers, ticks),
    "heavy": (Heartbeat, heavy),
    "burst": (Crowd, burst),
    "hold": (Crowd, hold),
    "mute": (Polite, mute),
}


def main() -> None:
    plan = json.loads(sys.stdin.readline())
    prepare(plan["cpu"])
    for load in plan["loads"]:
        print(json.dumps(measure({**plan, **load}, load)), flush=True)


def prepare(cpu: int | None) -> None:
    gc.disable()  # nothing here makes cycles, and a collection would be a pause of ours
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # macOS does not take "infinity"
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if cpu is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {cpu})


if __name__ == "__main__":
    main()
