"""The questions of which crowds are asked: how fast, who is served, what does a client cost?

Each function makes a Scenario out of its loads; the sentence that answers stands below it.
"""

import math

from benchmark import readings as read
from benchmark.results import Summary
from benchmark.scenarios import (
    REFERENCE,
    Dots,
    Figure,
    Lines,
    Load,
    Prize,
    Scenario,
    extent,
    listed,
    short,
    value,
)

POLITE = 21  # clients among the mute ones: one that asks again and again, and 20 newcomers


def hello(loads: dict[int, Load]) -> Scenario:
    figures = []
    for count in loads:
        load = f"loop-{count}"
        main = count == 100
        figures += [
            Figure(f"rate-{count}", f"req/s\nat {count:,}", load, read.per_second),
            Figure(f"p50-{count}", "", load, read.milliseconds("50")),
            Figure(f"p99-{count}", "p99 ms\nat 100" if main else "", load, read.milliseconds("99")),
            Figure(f"cpu-{count}", "per CPU s\nat 100" if main else "", load, read.per_cpu_second),
            Figure(
                f"x-{count}",
                "x Tornado\nat 100" if main else "",
                load,
                read.per_second,
                against=REFERENCE,
            ),
            Figure(f"mib-{count}", "MiB\nat 1,000" if count == 1000 else "", load, read.mib),
            Figure(f"served-{count}", "", load, read.served, of=count),
        ]
    shared, question = tuple(loads.values()), "How fast, when nobody waits?"
    prize = Prize("rate-100", "requests/s at 100 clients, all of them served", fair=serves_all)
    rates, works, those = ({n: f"{what}-{n}" for n in loads} for what in ("rate", "cpu", "served"))
    pictures = (
        Lines("Answers", "clients", "requests/s", rates, those),
        Lines("Work", "clients", "requests per CPU second", works, those),
    )
    return Scenario("hello", question, shared, tuple(figures), fastest, prize, pictures)


def serves_all(summary: Summary, name: str) -> bool:
    served = summary[name, "served-100"]
    return served is not None and served.low == 100


def fastest(summary: Summary) -> str:
    best = summary.scenario.prize.winners(summary)
    if not best:
        return "No server answered all of 100 clients, so none is called the fastest."
    first, *ties = best
    text = f"Of those that answered all of 100 clients, {first} is the fastest: "
    text += f"{value(summary[first, 'rate-100'])} requests/s"
    if ratio := summary[first, "x-100"]:
        between = f" ({extent(ratio)})" if ratio.rounds > 1 else ""
        text += f", {value(ratio)} times Tornado{between}"
    return text + (f"; {listed(ties)} cannot be told from it." if ties else ".")


def fair(loads: dict[int, Load]) -> Scenario:
    figures = []
    for count in (100, 1000):
        load = f"loop-{count}"
        figures += [
            Figure(f"served-{count}", f"served\nof {count:,}", load, read.served, of=count),
            Figure(f"wait-{count}", "longest\nwait ms", load, read.longest_wait, read.wait_goes_on),
            Figure(f"p50-{count}", f"p50 ms\nat {count:,}", load, read.milliseconds("50")),
        ]
    shared, question = (loads[100], loads[1000]), "Who gets served?"
    prize = Prize("served-1000", "clients served of 1,000")
    pictures = (Dots("Served", "clients of 1,000", "served-1000"),)
    return Scenario("fair", question, shared, tuple(figures), who_is_served, prize, pictures)


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
            Figure(
                f"pauses-{count}",
                f"{count} pauses\ntake",
                load.key,
                read.pauses,
                read.not_all_served,
            ),
            Figure(f"served-{count}", f"answered\nof {count}", load.key, read.served, of=count),
        ]
    question, most = "Do waits overlap?", loads[-1].connections
    prize = Prize(f"pauses-{most}", f"pauses' time for {most} of them", lowest=True)
    pictures = (Dots("Time taken", f"times one pause, for {most}", prize.key),)
    return Scenario("slow", question, loads, tuple(figures), do_they_overlap, prize, pictures)


def do_they_overlap(summary: Summary) -> str:
    count = summary.scenario.loads[0].connections
    having = {name: summary[name, f"pauses-{count}"] for name in summary.having(f"pauses-{count}")}
    queue = [name for name, took in having.items() if took.median > count / 2]
    overlap = [name for name, took in having.items() if took.high < 2 and not took.at_least]
    parts = [f"{count} pauses at once take less than two with {listed(overlap)}"]
    if queue:
        longest = max((having[name] for name in queue), key=lambda one: one.median)
        parts.append(f"with {listed(queue)} they queue, and take {value(longest)}")
    return "; ".join(parts) + "."


def silent(loads: tuple[Load, ...]) -> Scenario:
    figures = []
    for load in loads:
        n, key, at = load.connections, load.key, f"at {load.connections}"
        most = load is loads[-1]
        figures += [
            Figure(f"served-{n}", f"answered of\n{POLITE} {at}", key, read.served, of=POLITE),
            Figure(f"p50-{n}", f"p50 ms\n{at}", key, read.milliseconds("50")),
            Figure(f"slowest-{n}", f"slowest ms\n{at}", key, read.slowest, read.still_waits),
            Figure(f"connected-{n}", "", key, read.connected, of=n),
            Figure(f"in-{n}", f"let in\nof {n}" if most else "", key, read.let_in, of=n),
        ]
    question, most = "What do mute clients do to a polite one?", loads[-1].connections
    prize = Prize(f"slowest-{most}", f"ms at most, {most} mute", lowest=True, fair=hears_all)
    pictures = (Dots("Slowest polite answer", f"ms, with {most} mute clients", prize.key),)
    return Scenario("silent", question, loads, tuple(figures), who_is_silenced, prize, pictures)


def hears_all(summary: Summary, name: str) -> bool:
    return unharmed(summary, name, summary.scenario.loads[-1].connections)


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
            Figure(f"kib-{n}", f"KiB each\n{at}", load.key, read.kib_each),
            Figure(f"held-{n}", f"held of\n{n:,}" if most else "", load.key, read.held, of=n),
            Figure(f"opened-{n}", f"opened in s\n{at}" if most else "", load.key, read.opened_in),
            Figure(f"threads-{n}", f"threads\n{at}" if most else "", load.key, read.threads),
            Figure(
                f"cpu-{n}", f"CPU s in {load.seconds:g}\n{at}" if most else "", load.key, read.cpu
            ),
        ]
    question, most = "What does a connection cost?", loads[-1].connections
    prize = Prize(f"kib-{most}", f"KiB each, {most:,} idle", lowest=True)
    points = {load.connections: f"kib-{load.connections}" for load in loads}
    pictures = (Lines("Memory", "idle connections", "KiB each", points),)
    return Scenario("idle", question, loads, tuple(figures), what_it_costs, prize, pictures)


def what_it_costs(summary: Summary) -> str:
    most = summary.scenario.loads[-1].connections
    having = summary.having(f"kib-{most}")
    if not having:
        return f"No server held all of {most:,} idle connections."
    first, *ties = summary.scenario.prize.winners(summary)
    text = f"Of {most:,} idle connections each costs least in {first}, "
    text += f"{value(summary[first, f'kib-{most}'])} KiB"
    return text + (f"; {listed(ties)} cannot be told from it." if ties else ".")


def churn(load: Load, kept: Load) -> Scenario:
    count = load.connections
    figures = (
        Figure("churn", "req/s, each on\na new connection", load.key, read.per_second),
        Figure("kept", "req/s\nkept alive", kept.key, read.per_second),
        Figure("saves", "times\nas many", kept.key, read.per_second, against=load.key),
        Figure("cpu-churn", "per CPU s,\nnew connections", load.key, read.per_cpu_second),
        Figure("p99", "p99 ms, new\nconnections", load.key, read.milliseconds("99")),
        Figure("served", f"served\nof {count}", load.key, read.served, of=count),
        Figure("served-kept", "", kept.key, read.served, of=count),
    )
    prize = Prize("churn", "requests/s, each on a connection of its own", fair=serves_everybody)
    pictures = (Dots("Keep-alive", "times as many requests/s", "saves"),)
    question = "What does keep-alive save?"
    return Scenario("churn", question, (load, kept), figures, what_keeping_saves, prize, pictures)


def what_keeping_saves(summary: Summary) -> str:
    having, count = summary.having("saves"), summary.scenario.loads[0].connections
    if not having:
        return "No server was measured both ways."
    ratios = [summary[name, "saves"].median for name in having]
    between = " to ".join(dict.fromkeys(map(short, (min(ratios), max(ratios)))))
    text = f"A connection kept gives {between} times the requests/s of a new one for each"
    turns = [name for name in having if takes_turns(summary, name)]
    if not turns:
        return text + "."
    verb = "serves" if len(turns) == 1 else "serve"
    return (
        f"{text}; {listed(turns)} {verb} all {count} clients if each leaves, and not if they stay."
    )


def serves_everybody(summary: Summary, name: str) -> bool:
    return summary[name, "served"].low == summary.scenario.loads[0].connections


def takes_turns(summary: Summary, name: str) -> bool:
    """Who is served at last when the one before has left."""
    here, kept = serves_everybody(summary, name), summary[name, "served-kept"]
    return here and kept is not None and kept.high < summary.scenario.loads[0].connections
