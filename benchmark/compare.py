"""What changed between two runs, beyond the noise: python -m benchmark compare A.json B.json

What is compared. Requests per second vary by 40 % from second to second on a machine that does
other things too, so they show no change of code. Requests per second of the *server's CPU* vary by
less, and much of that is the machine's: canned bytes, asked for just before, vary with it. So each
load's figure is divided by theirs, and a round's score is the
(geometric) mean over its loads: `hello` at each number of clients, and `churn`. A moment's
disturbance makes work dearer and never cheaper, so the better slices of a window count.

How it is decided. Two tests, both exact, and no assumption about how noise is distributed:

*   A server's rounds in A and in B are put in order together. If the code is the same, any order
    is as likely as any other, so we can count how many are as extreme as the one we see (Mann and
    Whitney's test). A change of up to LEAST counts as none: two runs of the same code, minutes
    apart, differ by some per cent throughout, because the machine does. So B is first moved
    towards A by that much, and has to differ all the same.
*   One server in ten would be named by mere chance, and there are five or more. Holm's method
    keeps the chance that *any* is named wrongly below one in ten, whatever the servers have to
    do with each other (they share a machine, so they do).

Power. n rounds in each can give no chance smaller than 2 in C(2n, n): with five servers, 4 rounds
can name none, 5 if at most one pair is out of order, and 9 tolerate some disorder. Hence the
rounds of a default run; a quick run is for looking and not for comparing.
"""

import math
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.table import Table

from benchmark import readings as read
from benchmark.results import BadResults, load
from benchmark.scenarios import has_no_route, listed
from benchmark.table import console

ALPHA = 0.1  # the chance that any row at all is named when nothing has changed
LEAST = 0.05  # a change of up to 5 % counts as none
KINDS = ("loop", "churn")  # of load: those that have a floor
PLACE = ("machine", "processor", "cores", "python", "gil", "versions")


@dataclass(frozen=True, slots=True)
class Row:
    """One server in two runs: logarithms of each round's work over the floor's."""

    server: str
    before: list[float]
    after: list[float]
    loads: frozenset[str] = frozenset()  # whose mean they are

    @property
    def change(self) -> float:
        """What B does for a CPU second over what A does: the median over all pairs of rounds."""
        pairs = (b - a for a in self.before for b in self.after)
        return math.exp(statistics.median(pairs))

    @property
    def chance(self) -> float:
        """Of so large a change or a larger one, where in truth it is LEAST at most."""
        least = math.log1p(LEAST)
        more = chance_of_order([a + least for a in self.before], self.after)
        less = chance_of_order(self.after, [a - least for a in self.before])
        return min(1, 2 * min(more, less))  # either way round would have been named


def main(arguments: list[str]) -> int:
    if "--help" in arguments or "-h" in arguments:
        print(__doc__)
        return 0
    if len(arguments) != 2 or any(word.startswith("-") for word in arguments):
        print("compare wants two files: python -m benchmark compare A.json B.json", file=sys.stderr)
        return 2
    try:
        show(*(load(Path(name)) for name in arguments))
    except BadResults as error:
        print(f"Nothing was compared: {error}.", file=sys.stderr)
    except (KeyError, TypeError) as error:
        why = f"one of the two is broken ({type(error).__name__}: {error})"
        print(f"Nothing was compared: {why}.", file=sys.stderr)
    else:
        return 0
    return 2


def show(before: dict, after: dict) -> None:
    found, screen = rows(before, after), console()
    if not found:
        raise BadResults("the two runs have no server in common that was asked hello or churn")
    named = changed(found)
    screen.print(table(found, named))
    screen.print(verdict(found, named), style="bold", soft_wrap=True)
    loads = sorted(frozenset().union(*(row.loads for row in found)))
    for remark in (f"Compared by {listed(loads)}.", *remarks(before, after)):
        screen.print(remark, style="dim", soft_wrap=True)


# What is compared


def rows(before: dict, after: dict) -> list[Row]:
    """The servers that both have measured, in the order of the first."""
    found = []
    for server in same_servers(before, after):
        borne = [works(data["measurements"], server) for data in (before, after)]
        loads = loads_of(borne[0]) & loads_of(borne[1])
        pair = [scores(work, loads) for work in borne]
        if all(pair):
            found.append(Row(server, *pair, frozenset(loads)))
    return found


def same_servers(before: dict, after: dict) -> list[str]:
    there = [(one["name"], one["title"]) for one in after["options"]["servers"]]
    ours = [(one["name"], one["title"]) for one in before["options"]["servers"]]
    return [name for name, title in ours if (name, title) in there]


def works(measurements: list[dict], server: str) -> dict[int, dict[str, float]]:
    """By round, then by load: the logarithm of the server's work over the floor's."""
    found = {}
    for raw in measurements:
        if raw["server"] == server and raw["kind"] in KINDS:
            work, floor = read.work(raw), floor_of(raw, measurements)
            if work and floor and not has_no_route(raw):
                found.setdefault(raw["round"], {})[raw["load"]] = math.log(work / floor)
    return found


def loads_of(works: dict[int, dict[str, float]]) -> set[str]:
    return set().union(*works.values())


def scores(works: dict[int, dict[str, float]], loads: set[str]) -> list[float]:
    """One for each round in which the server bore all of these loads."""
    whole = [logs for logs in works.values() if loads and loads <= logs.keys()]
    return [statistics.fmean(logs[load] for load in loads) for logs in whole]


def floor_of(raw: dict, measurements: list[dict]) -> float | None:
    visit = (raw["round"], [raw["server"], raw["load"]])
    return next((read.work(one) for one in measurements if beside(one) == visit), None)


def beside(raw: dict) -> tuple | None:
    return (raw["round"], raw["beside"]) if "beside" in raw else None


# How it is decided


def chance_of_order(low: list[float], high: list[float]) -> float:
    """That the second beat the first in so many pairs, or more, were all orders equally likely."""
    pairs = [(a, b) for a in low for b in high]
    wins = math.floor(sum((b > a) + (b == a) / 2 for a, b in pairs))
    orders = orders_by_wins(len(low), len(high))
    return sum(orders[wins:]) / sum(orders)


def orders_by_wins(m: int, n: int) -> list[int]:
    """How many orders of m and n things have 0, 1, 2, .. m*n pairs in which the second wins.

    The coefficients of the product of (1 - q^(n+i)) / (1 - q^i) for i = 1 .. m.
    """
    counts = [1] + [0] * (m * n)
    for i in range(1, m + 1):
        for k in range(m * n, n + i - 1, -1):
            counts[k] -= counts[k - n - i]
        for k in range(i, m * n + 1):
            counts[k] += counts[k - i]
    return counts


def changed(found: list[Row]) -> list[Row]:
    """Holm: the smallest chance is held against ALPHA over all rows, the next over one fewer, ..."""
    ranked = sorted(found, key=lambda row: row.chance)
    for number, row in enumerate(ranked):
        if row.chance > ALPHA / (len(ranked) - number):
            return ranked[:number]
    return ranked


# What is said


def table(found: list[Row], named: list[Row]) -> Table:
    title = "Requests per CPU second of the server, over those of canned bytes beside it"
    made = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for name in ("server", "A", "B", "B over A", "chance", ""):
        made.add_column(name, justify="left" if name in ("server", "") else "right")
    for row in found:
        a, b = (math.exp(statistics.median(one)) for one in (row.before, row.after))
        numbers = (f"{a:.3f}", f"{b:.3f}", f"{row.change:.2f}", chance_in_words(row.chance))
        made.add_row(row.server, *numbers, "changed" if row in named else "")
    return made


def chance_in_words(chance: float) -> str:
    return "-" if chance > 0.5 else f"1 in {1 / chance:,.0f}"


def verdict(found: list[Row], named: list[Row]) -> str:
    if not can_name_any(found):
        n, m = len(found[0].before), len(found[0].after)
        return (
            f"Too few rounds to tell: {n} and {m}. Compare default runs; a quick one is too short."
        )
    if not named:
        return "Nothing changed beyond the noise."
    return f"Beyond the noise: {listed([in_words(row) for row in named])}."


def in_words(row: Row) -> str:
    """A CPU second that does 1/1.2 of the work: requests are 20 % dearer."""
    cost = 1 / row.change - 1
    return f"{row.server} is {abs(cost):.0%} {'dearer' if cost > 0 else 'cheaper'}"


def can_name_any(found: list[Row]) -> bool:
    least = min(2 / math.comb(len(r.before) + len(r.after), len(r.before)) for r in found)
    return least <= ALPHA / len(found)


def remarks(before: dict, after: dict) -> Iterator[str]:
    yield f"Changes of up to {LEAST:.0%} count as none; the chance of any false alarm is below {ALPHA:.0%}."
    here, there = before["environment"], after["environment"]
    other = [name for name in PLACE if here[name] != there[name]]
    if other:
        yield f"The two runs differ in {listed(other)}: the floor takes out much of that, not all."
    if before["options"]["mode"] != after["options"]["mode"]:
        yield "The two runs were not of the same length."
    if before["options"]["scenarios"] != after["options"]["scenarios"]:
        yield "The two runs were not asked the same questions."
    for name, data in (("A", before), ("B", after)):
        if not data["complete"]:
            yield f"{name} is incomplete."
