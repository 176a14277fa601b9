"""What a question is made of: a few loads, the figures read off them, and a sentence that answers.

A Load is what the client does to one server in one round (see client.py). Scenarios that ask
different questions of the same load share it: it is measured once. A Figure is one number of one
load in one round. A scenario's finding is made from the summary, so it says what was measured here;
its Prize names the figure that decides who answers the question best, and its picture the figures
that are worth seeing. The questions themselves are in questions.py, how long and how often each is
asked in modes.py.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from benchmark.results import Spread, Summary

GREETING = "Hello, world!\n"
REFERENCE = "Tornado"  # the server that the others are compared with
REFERENCE_STEP = 5


WHAT = {
    "loop": "at a time",
    "churn": "at a time, a connection for each request",
    "rate": "requests a second",
    "burst": "pauses at once",
    "ticks": "streams of ticks",
    "heavy": "heavy request",
    "hold": "idle connections",
    "mute": "mute",
}


@dataclass(frozen=True, slots=True)
class Load:
    kind: str
    path: str
    body: str
    connections: int
    seconds: float
    warm: float = 0.0
    rounds: int = 1
    options: tuple[str, ...] = ()  # of a step's server
    alone: bool = False  # needs a server that nothing was asked before
    polite: int = 0  # clients besides, who come when the connections are there
    rate: int = 0  # requests a second, whether or not they are answered
    floored: bool = False  # canned bytes are asked for just before, to compare with

    @property
    def key(self) -> str:
        return f"{self.kind}-{self.rate or self.connections}"

    @property
    def words(self) -> str:
        return f"{self.rate or self.connections:,} {WHAT[self.kind]}"


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` takes a measurement; None where it says nothing."""

    key: str
    title: str  # empty: in the file, not in the table
    load: str
    value: Callable[[dict], float | None]
    at_least: Callable[[dict], bool] = lambda raw: False
    of: int | None = None  # a count of so many
    against: str = ""  # over the reference server's of the same round, or over this load's

    def spread(self, server: str, measurements: list[dict]) -> Spread | None:
        mine = [raw for raw in measurements if raw["server"] == server and self.applies(raw)]
        rounds = [(self.number(raw, measurements), self.at_least(raw)) for raw in mine]
        return Spread.of([(number, cut) for number, cut in rounds if number is not None])

    def applies(self, raw: dict) -> bool:
        return raw["load"] == self.load and not has_no_route(raw)

    def number(self, raw: dict, measurements: list[dict]) -> float | None:
        if not self.against:
            return self.value(raw)
        same_round = (other for other in measurements if other["round"] == raw["round"])
        there = (other for other in same_round if self.is_other(other, raw))
        return over(self.value(raw), next(map(self.value, there), None))

    def is_other(self, other: dict, raw: dict) -> bool:
        if self.against == REFERENCE:
            return other["step"] == REFERENCE_STEP and self.applies(other)
        return other["server"] == raw["server"] and other["load"] == self.against


@dataclass(frozen=True, slots=True)
class Prize:
    """Who answers the question best: by which figure, and who may take part at all."""

    key: str
    what: str  # the figure's unit and circumstances
    lowest: bool = False
    fair: Callable[[Summary, str], bool] = lambda summary, name: True

    def winners(self, summary: Summary) -> list[str]:
        """The best, then those that tie with it."""
        among = [name for name in summary.having(self.key) if self.may_win(summary, name)]
        return summary.best(self.key, among, self.lowest)

    def may_win(self, summary: Summary, name: str) -> bool:
        """What took at least so long did not take the least."""
        cut_short = self.lowest and summary[name, self.key].at_least
        return not cut_short and self.fair(summary, name)


@dataclass(frozen=True, slots=True)
class Lines:
    """A figure of which each server is a line, against a number on a logarithmic axis."""

    title: str
    across: str
    up: str
    points: dict[int, str]  # where on the axis: which figure
    served: dict[int, str] = field(default_factory=dict)  # ... and how many were served there

    def is_whole(self, summary: Summary, name: str, at: int) -> bool:
        """It speaks for all clients, and no end of a window cut it short."""
        served = summary[name, self.served.get(at, "")]
        return not summary[name, self.points[at]].at_least and (not served or served.low >= at)


@dataclass(frozen=True, slots=True)
class Dots:
    """A figure of which each server is a dot between the lowest and the highest round."""

    title: str
    across: str
    key: str


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    question: str
    loads: tuple[Load, ...]
    figures: tuple[Figure, ...]
    finding: Callable[[Summary], str]
    prize: Prize
    pictures: tuple[Lines | Dots, ...]


def has_no_route(raw: dict) -> bool:
    return raw["wrong"] > 0 and raw["served"] == 0


def over(a: float | None, b: float | None) -> float | None:
    return a / b if a is not None and b else None


# Words


def value(spread: Spread) -> str:
    return ("≥ " if spread.at_least else "") + short(spread.median)


def extent(spread: Spread) -> str:
    return f"{short(spread.low)} to {short(spread.high)}"


def short(number: float) -> str:
    """Three digits or so: what these figures are good for."""
    if isinstance(number, int):
        return f"{number:,}"
    for least, form in ((10_000, "{:.1f}k"), (1_000, "{:,.0f}"), (100, "{:.0f}"), (10, "{:.1f}")):
        if abs(number) >= least:
            return form.format(number / 1000 if least == 10_000 else number)
    return f"{number:.2f}"


def listed(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]])) or "no server"
