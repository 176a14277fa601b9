"""The questions: each a few loads, the figures read off them, and a sentence that says the answer.

A Load is what the client does to one server in one round (see client.py). Scenarios that ask
different questions of the same load share it: it is measured once. A Figure is one number of one
load in one round. A scenario's finding is made from the summary, so it says what was measured here.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from benchmark.results import Spread, Summary

GREETING = "Hello, world!\n"
PAUSE = 0.1
FAR = "86400"
POLITE = 21  # clients among the mute ones: one that asks again and again, and 20 newcomers
REFERENCE = 5  # the step that the others are compared with


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

    @property
    def key(self) -> str:
        return f"{self.kind}-{self.connections}"

    @property
    def words(self) -> str:
        what = {"loop": "at a time", "burst": "pauses at once", "hold": "idle connections"}
        return f"{self.connections:,} {what.get(self.kind, 'mute')}"


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` takes a measurement; None where it says nothing."""

    key: str
    title: str  # empty: in the file, not in the table
    load: str
    value: Callable[[dict], float | None]
    at_least: Callable[[dict], bool] = lambda raw: False
    of: int | None = None  # a count of so many
    relative: bool = False  # over the reference server's, in the same round

    def spread(self, server: str, measurements: list[dict]) -> Spread | None:
        mine = [raw for raw in measurements if raw["server"] == server and self.applies(raw)]
        rounds = [(self.number(raw, measurements), self.at_least(raw)) for raw in mine]
        return Spread.of([(number, cut) for number, cut in rounds if number is not None])

    def applies(self, raw: dict) -> bool:
        return raw["load"] == self.load and not has_no_route(raw)

    def number(self, raw: dict, measurements: list[dict]) -> float | None:
        if not self.relative:
            return self.value(raw)
        there = (other for other in measurements if self.is_reference(other, raw["round"]))
        return over(self.value(raw), next(map(self.value, there), None))

    def is_reference(self, raw: dict, number: int) -> bool:
        return raw["step"] == REFERENCE and raw["round"] == number and self.applies(raw)


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    question: str
    loads: tuple[Load, ...]
    figures: tuple[Figure, ...]
    finding: Callable[[Summary], str]


def has_no_route(raw: dict) -> bool:
    return raw["wrong"] > 0 and raw["served"] == 0


def over(a: float | None, b: float | None) -> float | None:
    return a / b if a is not None and b else None


# What a load says


def rate(raw: dict) -> float | None:
    return over(raw["answers"], raw["seconds"])


def per_cpu_second(raw: dict) -> float | None:
    return over(raw["answers"], raw["server_cpu"])


def milliseconds(percent: str) -> Callable[[dict], float | None]:
    return lambda raw: over(raw["latency"][percent], 1e-3)


def served(raw: dict) -> int:
    return raw["served"]


def longest_wait(raw: dict) -> float | None:
    return over(raw["longest_wait"], 1e-3)


def not_all_served(raw: dict) -> bool:
    return raw["served"] < raw["connections"]


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


# The five questions


def hello(loads: dict[int, Load]) -> Scenario:
    figures = []
    for count in loads:
        load = f"loop-{count}"
        main = count == 100
        figures += [
            Figure(f"rate-{count}", f"req/s\nat {count:,}", load, rate),
            Figure(f"p50-{count}", "", load, milliseconds("50")),
            Figure(f"p99-{count}", "p99 ms\nat 100" if main else "", load, milliseconds("99")),
            Figure(f"cpu-{count}", "per CPU s\nat 100" if main else "", load, per_cpu_second),
            Figure(f"x-{count}", "x Tornado\nat 100" if main else "", load, rate, relative=True),
            Figure(f"served-{count}", "", load, served, of=count),
        ]
    return Scenario(
        "hello", "How fast, when nobody waits?", tuple(loads.values()), tuple(figures), fastest
    )


def fastest(summary: Summary) -> str:
    having = summary.having("rate-100")
    fair = [name for name in having if summary[name, "served-100"].low == 100]
    if not fair:
        return "No server answered all of 100 clients, so none is called the fastest."
    first, *ties = summary.best("rate-100", fair)
    text = f"Of those that answered all of 100 clients, {first} is the fastest: "
    text += f"{value(summary[first, 'rate-100'])} requests/s"
    if ratio := summary[first, "x-100"]:
        text += f", {value(ratio)} times Tornado ({extent(ratio)})"
    return text + (f"; {listed(ties)} cannot be told from it." if ties else ".")


def fair(loads: dict[int, Load]) -> Scenario:
    figures = []
    for count in (100, 1000):
        load = f"loop-{count}"
        figures += [
            Figure(f"served-{count}", f"served\nof {count:,}", load, served, of=count),
            Figure(f"wait-{count}", "longest\nwait ms", load, longest_wait, not_all_served),
            Figure(f"p50-{count}", f"p50 ms\nat {count:,}", load, milliseconds("50")),
        ]
    shared = (loads[100], loads[1000])
    return Scenario("fair", "Who gets served?", shared, tuple(figures), who_is_served)


def who_is_served(summary: Summary) -> str:
    parts = [f"{listed(served_all(summary, n))} served all of {n:,} clients" for n in (100, 1000)]
    if name := trapped(summary):
        p50, got = summary[name, "p50-100"], summary[name, "served-100"]
        parts[0] = (
            f"{name} shows a fine p50 of {value(p50)} ms, yet served {got.median:.0f} of 100 "
            "clients: a percentile asks only those who were answered"
        )
    return "; ".join(parts) + "."


def trapped(summary: Summary) -> str | None:
    """Who left clients unserved, the most of all, and still has the better p50."""
    having = summary.having("p50-100")
    served = {name: summary[name, "served-100"] for name in having}
    p50 = {name: summary[name, "p50-100"].median for name in having}
    best = min((p50[name] for name in having if served[name].low == 100), default=math.inf)
    unfair = [name for name in having if served[name].high < 100 and p50[name] < best]
    return min(unfair, key=lambda name: served[name].median, default=None)


def served_all(summary: Summary, count: int) -> list[str]:
    key = f"served-{count}"
    return [name for name in summary.having(key) if summary[name, key].low == count]


def slow(loads: tuple[Load, ...]) -> Scenario:
    figures = []
    for load in loads:
        count = load.connections
        figures += [
            Figure(f"pauses-{count}", f"{count} pauses\ntake", load.key, pauses, not_all_served),
            Figure(f"served-{count}", f"answered\nof {count}", load.key, served, of=count),
        ]
    return Scenario("slow", "Do waits overlap?", loads, tuple(figures), do_they_overlap)


def do_they_overlap(summary: Summary) -> str:
    count = summary.scenario.loads[0].connections
    having = summary.having(f"pauses-{count}")
    queue = [name for name in having if summary[name, f"pauses-{count}"].median > count / 2]
    overlap = [name for name in having if summary[name, f"pauses-{count}"].high < 2]
    parts = [f"{count} pauses at once take less than two with {listed(overlap)}"]
    if queue:
        longest = summary[queue[0], f"pauses-{count}"]
        parts.append(f"with {listed(queue)} they queue, and take {value(longest)}")
    return "; ".join(parts) + "."


def silent(loads: tuple[Load, ...]) -> Scenario:
    figures = []
    for load in loads:
        n, key, at = load.connections, load.key, f"at {load.connections}"
        most = load is loads[-1]
        figures += [
            Figure(f"served-{n}", f"answered of\n{POLITE} {at}", key, served, of=POLITE),
            Figure(f"p50-{n}", f"p50 ms\n{at}", key, milliseconds("50")),
            Figure(f"slowest-{n}", f"slowest ms\n{at}", key, slowest, still_waits),
            Figure(f"connected-{n}", "", key, connected, of=n),
            Figure(f"in-{n}", f"let in\nof {n}" if most else "", key, let_in, of=n),
        ]
    question = "What do mute clients do to a polite one?"
    return Scenario("silent", question, loads, tuple(figures), who_is_silenced)


def who_is_silenced(summary: Summary) -> str:
    one, many = (load.connections for load in summary.scenario.loads)
    first = [name for name in summary.having(f"served-{one}") if silenced(summary, name, one)]
    others = [name for name in summary.having(f"served-{many}") if name not in first]
    later = [name for name in others if silenced(summary, name, many)]
    going = [name for name in others if unharmed(summary, name, many)]
    partly = [name for name in others if name not in later + going]
    parts = [f"one mute client stops {listed(first)}"] if first else []
    parts += [f"{many} stop {listed(later)}"] if later else []
    parts += [f"with {many}, {listed(partly)} kept polite clients waiting"] if partly else []
    if going:
        worst = max(summary[name, f"slowest-{many}"].high for name in going)
        verb = "answers" if len(going) == 1 else "answer"
        crowd = f"{present(summary, going, many)} drip, say nothing or do not read"
        parts.append(f"{listed(going)} {verb} within {short(worst)} ms while {crowd}")
    return "; ".join(parts or ["no server was measured to the end"]) + "."


def silenced(summary: Summary, name: str, count: int) -> bool:
    return summary[name, f"served-{count}"].high == 0


def unharmed(summary: Summary, name: str, count: int) -> bool:
    all_served = summary[name, f"served-{count}"].low == POLITE
    return all_served and not summary[name, f"slowest-{count}"].at_least


def present(summary: Summary, names: list[str], count: int) -> str:
    """How many there were with each of these servers in every round: let in, where we can know."""
    cells = [summary[name, f"in-{count}"] or summary[name, f"connected-{count}"] for name in names]
    least = min(cell.low for cell in cells)
    return f"{count:,}" if least == count else f"at least {least:,} of {count:,}"


def idle(loads: tuple[Load, ...]) -> Scenario:
    figures = []
    for load in loads:
        n, at = load.connections, f"at {load.connections:,}"
        most = load is loads[-1]
        figures += [
            Figure(f"kib-{n}", f"KiB each\n{at}", load.key, kib_each),
            Figure(f"held-{n}", f"held of\n{n:,}" if most else "", load.key, held, of=n),
            Figure(f"opened-{n}", f"opened in s\n{at}" if most else "", load.key, opened_in),
            Figure(f"threads-{n}", f"threads\n{at}" if most else "", load.key, threads),
            Figure(f"cpu-{n}", f"CPU s in {load.seconds:g}\n{at}" if most else "", load.key, cpu),
        ]
    return Scenario("idle", "What does a connection cost?", loads, tuple(figures), what_it_costs)


def what_it_costs(summary: Summary) -> str:
    most = summary.scenario.loads[-1].connections
    having = summary.having(f"kib-{most}")
    if not having:
        return f"No server held all of {most:,} idle connections."
    first, *ties = summary.best(f"kib-{most}", having, lowest=True)
    text = f"Of {most:,} idle connections each costs least in {first}, "
    text += f"{value(summary[first, f'kib-{most}'])} KiB"
    return text + (f"; {listed(ties)} cannot be told from it." if ties else ".")


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


# How long and how often


@dataclass(frozen=True, slots=True)
class Mode:
    """How much time a run takes."""

    rounds: int
    headline: int  # rounds of the load whose medians are quoted
    windows: dict[int, float]  # connections: seconds
    warm: float
    pauses: tuple[int, ...]
    idle: float  # seconds that idle connections are held
    mute: float  # seconds that a polite client spends among mute ones
    usual: tuple[str, ...]  # the scenarios, when none is asked for

    def scenarios(self) -> dict[str, Scenario]:
        loops = {count: self.loop(count, window) for count, window in self.windows.items()}
        bursts = tuple(self.burst(count) for count in self.pauses)
        holds = tuple(self.hold(count) for count in (1000, 5000, 10000))
        mutes = tuple(self.beset(count) for count in (1, 500))
        made = hello(loops), fair(loops), slow(bursts), silent(mutes), idle(holds)
        return {scenario.name: scenario for scenario in made}

    def loop(self, count: int, window: float) -> Load:
        rounds = self.headline if count == 100 else self.rounds
        return Load("loop", "/", GREETING, count, window, self.warm, rounds)

    def burst(self, count: int) -> Load:
        path, body = f"/slow/{PAUSE}", f"slept {PAUSE} s\n"
        return Load("burst", path, body, count, count * PAUSE * 1.5 + 2, rounds=self.rounds)

    def hold(self, count: int) -> Load:
        far = ("--head-timeout", FAR, "--idle-timeout", FAR)
        return Load("hold", "/", GREETING, count, self.idle, options=far, alone=True)

    def beset(self, count: int) -> Load:
        """Three rounds do: what is asked is whether, and how long about, and not how fast."""
        deadlines = ("head", "idle", "send", "body")
        never = tuple(word for name in deadlines for word in (f"--{name}-timeout", "0"))
        shape = {"options": never, "alone": True, "polite": POLITE}
        return Load("mute", "/", GREETING, count, self.mute, warm=0.5, rounds=3, **shape)


BRIEF = ("hello", "fair", "slow")
USUAL = (*BRIEF, "silent")  # `idle` only when asked for: it needs many descriptors
MODES = {
    "quick": Mode(3, 5, {1: 0.15, 10: 0.15, 100: 0.4, 1000: 1.0}, 0.1, (10,), 2.0, 1.0, BRIEF),
    "default": Mode(5, 5, {1: 1.0, 10: 1.0, 100: 1.0, 1000: 1.5}, 0.2, (10,), 5.0, 2.0, USUAL),
    "full": Mode(7, 7, {1: 4.0, 10: 4.0, 100: 4.0, 1000: 5.0}, 0.5, (10, 100), 20.0, 5.0, USUAL),
}
