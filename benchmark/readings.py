"""What a measurement says: the raw tallies of one load in one round, read as one number each."""

from collections.abc import Callable

from benchmark.scenarios import over

PAUSE = 0.1  # seconds


def per_second(raw: dict) -> float | None:
    return over(raw["answers"], raw["seconds"])


def per_cpu_second(raw: dict) -> float | None:
    return over(raw["answers"], raw["server_cpu"])


def work(raw: dict) -> float | None:
    """Answers per CPU second of the server, in the better slices of the window."""
    return raw.get("work")


def milliseconds(percent: str) -> Callable[[dict], float | None]:
    return lambda raw: over(raw["latency"][percent], 1e-3)


def served(raw: dict) -> int:
    return raw["served"]


def longest_wait(raw: dict) -> float | None:
    return over(raw["longest_wait"], 1e-3)


def not_all_served(raw: dict) -> bool:
    return raw["served"] < raw["connections"]


def wait_goes_on(raw: dict) -> bool:
    return not_all_served(raw) or still_waits(raw)


def pauses(raw: dict) -> float:
    return raw["seconds"] / PAUSE


def slowest(raw: dict) -> float:
    """The longest wait of a polite client; the window, where none could even connect."""
    waited = raw["longest_wait"]
    return (raw["window"] if waited is None else waited) * 1000


def still_waits(raw: dict) -> bool:
    """Somebody was waiting at the end, and for longer than anybody who was answered."""
    return slowest(raw) > (milliseconds("100")(raw) or 0)


def connected(raw: dict) -> int:
    return raw["connected"]


def let_in(raw: dict) -> int | None:
    return raw["let_in"]


def kib_each(raw: dict) -> float | None:
    if raw["held"] < raw["connections"] or not (raw["before"] and raw["used"]):
        return None
    grown = raw["used"]["resident"] - raw["before"]["resident"]
    return grown / raw["held"] / 1024


def held(raw: dict) -> int:
    return raw["held"]


def opened_in(raw: dict) -> float:
    return raw["opened_in"]


def cpu(raw: dict) -> float | None:
    return raw["server_cpu"]


def threads(raw: dict) -> int | None:
    return raw["used"] and raw["used"]["threads"]


def mib(raw: dict) -> float | None:
    """The server's memory while it is asked: what it was before, and what the crowd has added."""
    return over(raw["used"] and raw["used"]["resident"], 2**20)


def late(percent: str) -> Callable[[dict], float | None]:
    return lambda raw: over(raw["late"][percent], 1e-3)


def gap(raw: dict) -> float | None:
    """Longest without an answered beat, in ms."""
    return over(raw["gap"], 1e-3)


def gap_share(raw: dict) -> float | None:
    """How much of the heavy request's time nobody else was answered: about 1 is all of it."""
    return over(raw["gap"], raw["longest_wait"]) if raw["served"] else None


def gap_goes_on(raw: dict) -> bool:
    """The window ended before the heavy request did, or before anybody was answered."""
    return not_all_served(raw) or not raw["beats"]


def some_wait_on(raw: dict) -> bool:
    """So many have no right answer that the 99th percentile is one of them, or somebody never had."""
    without = raw["unanswered"] + raw["wrong"] + raw["lost"]
    return without * 100 > raw["answers"] + without or not_all_served(raw)
