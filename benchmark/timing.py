"""The questions about moments: is a tick on time, does a heart go on beating, what do users see?"""

from benchmark import readings as read
from benchmark.results import Summary
from benchmark.scenarios import Dots, Figure, Lines, Load, Prize, Scenario, listed, short, value

TOLERABLE = 50  # ms: at 5 % too much load a queue grows to that in a window of 1 s


def ticks(loads: tuple[Load, ...]) -> Scenario:
    figures = []
    for load in loads:
        n, at = load.connections, f"at {load.connections:,}"
        most = load is loads[-1]
        figures += [
            Figure(
                f"late-{n}", f"p99 late\nms {at}", load.key, read.late("99"), read.not_all_served
            ),
            Figure(f"p50-{n}", f"p50 late\nms {at}" if most else "", load.key, read.late("50")),
            Figure(f"done-{n}", f"finished\nof {n:,}" if most else "", load.key, read.served, of=n),
        ]
    most = loads[-1].connections
    points = {load.connections: f"late-{load.connections}" for load in loads}
    pictures = (Lines("Lateness", "subscribers", "ms late, 99 % of ticks at most", points),)
    prize = Prize(f"late-{most}", f"ms late at p99, {most:,} streams", True, finishes_all)
    return Scenario("ticks", "Is it real time?", loads, tuple(figures), is_it, prize, pictures)


def finishes_all(summary: Summary, name: str) -> bool:
    most = summary.scenario.loads[-1].connections
    return summary[name, f"done-{most}"].low == most


def is_it(summary: Summary) -> str:
    prize, most = summary.scenario.prize, summary.scenario.loads[-1].connections
    best = prize.winners(summary)
    having = summary.having(prize.key)
    failed = [name for name in having if not finishes_all(summary, name)]
    parts = []
    if best:
        worst = value(summary[best[0], prize.key])
        parts.append(
            f"with {most:,} subscribers {listed(best)} {verb('is', 'are', best)} late least: "
            f"99 of 100 ticks by at most {worst} ms"
        )
    if failed:
        parts.append(f"{listed(failed)} did not finish all {most:,} streams in time")
    return "; ".join(parts or ["no server has such a stream"]) + "."


def fib(load: Load) -> Scenario:
    figures = (
        Figure("gap", "longest gap\nms", load.key, read.gap, read.gap_goes_on),
        Figure("share", "of the heavy\nrequest's time", load.key, read.gap_share),
        Figure("heavy", "heavy request\ntook ms", load.key, read.longest_wait, read.not_all_served),
        Figure("beats", "beats\nanswered", load.key, lambda raw: raw["beats"]),
    )
    prize = Prize("share", "of its time nobody else is answered", lowest=True)
    pictures = (Dots("Longest gap", "of the heavy request's time", "share"),)
    question = "What does one heavy request do to the others?"
    return Scenario("fib", question, (load,), figures, who_stands_still, prize, pictures)


def who_stands_still(summary: Summary) -> str:
    having, finished = summary.having("gap"), summary.having("share")
    still = [name for name in finished if summary[name, "share"].median > 0.7]
    going = [name for name in finished if name not in still]
    unfinished = [name for name in having if name not in finished]
    parts = []
    if still:
        parts.append(
            f"while one heavy request runs, {listed(still)} {verb('answers', 'answer', still)} nobody else"
        )
    if going:
        worst = max(summary[name, "gap"].high for name in going)
        parts.append(
            f"{listed(going)} {verb('leaves', 'leave', going)} gaps of at most {short(worst)} ms"
        )
    if unfinished:
        parts.append(f"{listed(unfinished)} did not finish it in time")
    return "; ".join(parts or ["no server has heavy work to do"]) + "."


def rate(loads: tuple[Load, ...], closed: Load) -> Scenario:
    figures = [Figure("closed", "closed loop\np99 ms", closed.key, read.milliseconds("99"))]
    for load in loads:
        key, n = f"p99-{load.rate}", load.rate
        title = f"p99 ms\nat {n:,}/s"
        figures += [
            Figure(key, title, load.key, read.milliseconds("99"), read.some_wait_on),
            Figure(f"p50-{n}", "", load.key, read.milliseconds("50")),
            Figure(f"served-{n}", "", load.key, read.served, of=load.connections),
            Figure(f"unanswered-{n}", "", load.key, lambda raw: raw["unanswered"]),
        ]
    most = loads[-1].rate
    prize = Prize(f"p99-{most}", f"ms at p99, {most:,} requests/s", lowest=True)
    points = {load.rate: f"p99-{load.rate}" for load in loads}
    up = "ms at p99, from the intended time"
    pictures = (Lines("Latency", "requests a second, offered", up, points),)
    question = "What do users see when load does not wait for us?"
    shared = (*loads, closed)
    return Scenario("rate", question, shared, tuple(figures), what_users_see, prize, pictures)


def what_users_see(summary: Summary) -> str:
    rates = [load.rate for load in summary.scenario.loads if load.rate]
    keeps = {name: kept(summary, name, rates) for name in summary.having(f"p99-{rates[0]}")}
    groups = {most: [name for name in keeps if keeps[name] == most] for most in keeps.values()}
    parts = [
        f"{listed(names)} up to {most:,}/s" if most else f"{listed(names)} at none of these rates"
        for most, names in sorted(groups.items(), reverse=True)
    ]
    if not parts:
        return "No server was measured to the end."
    return f"99 of 100 users wait at most {TOLERABLE} ms: with {', with '.join(parts)}."


def kept(summary: Summary, name: str, rates: list[int]) -> int:
    """The highest rate that was not too much, as none below it was."""
    most = 0
    for rate in rates:
        p99 = summary[name, f"p99-{rate}"]
        if p99 is None or p99.at_least or p99.median > TOLERABLE:
            break
        most = rate
    return most


def verb(one: str, many: str, names: list[str]) -> str:
    return one if len(names) == 1 else many
