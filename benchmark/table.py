"""What a run says in the terminal: progress while it runs, then a table and a sentence a question."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import quantiles

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from benchmark import readings as read
from benchmark.results import Results, Spread, Summary
from benchmark.scenarios import Figure, has_no_route, listed, short, value

CLIENT_BOUND = 0.9  # above this share of a core the client, and not the server, is the limit
WIDTH = 110  # where there is no terminal to ask
LACKS = {
    "lost": "requests were not answered: the server closed the connection",
    "refused": "clients were refused a connection",
}


def console() -> Console:
    plain_text = {"highlight": False, "markup": False, "emoji": False}  # commands are not markup
    screen = Console(**plain_text)
    return screen if screen.is_terminal else Console(width=WIDTH, **plain_text)


@contextmanager
def progress(screen: Console, total: int) -> Iterator[Callable[[str, str], None]]:
    """A function to call before each of `total` measurements: who is measured, and with what."""
    if not screen.is_terminal:
        yield plain(screen)
        return
    columns = (BarColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    # Drawn twice a second: more would be load on the client's core.
    with Progress(*columns, console=screen, refresh_per_second=2, transient=True) as bar:
        task = bar.add_task("starting", total=total)

        def note(who: str, what: str) -> None:
            bar.update(task, description=f"{who}, {what}", advance=1)

        yield note


def plain(screen: Console) -> Callable[[str, str], None]:
    said = set()

    def note(who: str, _: str) -> None:
        if who not in said:
            screen.print(who)
            said.add(who)

    return note


def show(screen: Console, results: Results, summaries: list[Summary], titles: dict) -> None:
    for summary in summaries:
        screen.print()
        screen.print(table(summary, titles, wide=screen.width >= WIDTH))
        finding = summary.scenario.finding(summary)
        screen.print(finding[0].upper() + finding[1:], style="bold", soft_wrap=True)
    screen.print()
    screen.print(winners(summaries))
    for remark in remarks(results.data, titles):
        screen.print(remark, style="dim", soft_wrap=True)


def table(summary: Summary, titles: dict[str, str], wide: bool) -> Table:
    scenario = summary.scenario
    title = f"{scenario.name}: {scenario.question}"
    made = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    made.add_column("", max_width=18, no_wrap=True, overflow="ellipsis")
    shown = [figure for figure in scenario.figures if figure.title and summary.having(figure.key)]
    for figure in shown:
        made.add_column(figure.title, justify="right")
    for server in summary.servers:
        name = Text(server).append(f"\n{titles[server]}", style="dim")
        made.add_row(name, *(cell(summary[server, figure.key], figure, wide) for figure in shown))
    return made


def winners(summaries: list[Summary]) -> Table:
    """The one table that matters: there is no best server, only a best one for a question."""
    made = Table(title="Who is best at what", title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for title in ("question", "best", ""):
        made.add_column(title)
    for summary in summaries:
        made.add_row(f"{summary.scenario.name}: {summary.scenario.question}", *verdict(summary))
    return made


def verdict(summary: Summary) -> tuple[str, str]:
    """Who answers the question best, ties said; and by which figure."""
    prize, best = summary.scenario.prize, summary.scenario.prize.winners(summary)
    if not best:
        return "nobody", ""
    first = summary[best[0], prize.key]
    figure = f"{value(first)} {prize.what}" + (", in one round" if first.rounds == 1 else "")
    if len(best) == 1:
        return best[0], figure
    return f"{listed(best)} tie", figure


def cell(spread: Spread | None, figure: Figure, wide: bool) -> Text:
    """The median and, where there is room and rounds differ, the lowest and highest below it."""
    median, between = in_numbers(spread, figure)
    return Text(f"{median}\n").append(between if wide else "", style="dim")


def in_numbers(spread: Spread | None, figure: Figure) -> tuple[str, str]:
    """The median, and from where to where rounds went, where they differ."""
    if spread is None:
        return "-", ""
    form = "{:,.0f}".format if figure.of else short
    low, high = form(spread.low), form(spread.high)
    median = form(spread.median) if figure.of else value(spread)
    return median, f"{low}-{high}" if low != high else ""


def remarks(data: dict, titles: dict[str, str]) -> Iterator[str]:
    """What the reader should know before believing the figures."""
    if max((raw["round"] for raw in data["measurements"]), default=1) > 1:
        yield "Medians over rounds, from the lowest to the highest; ranges that overlap tie."
    else:
        yield "One round: how much another would differ, and what would tie, is not known."
    for server, title in titles.items():
        measured = [raw for raw in data["measurements"] if raw["server"] == server]
        if server.startswith("other"):
            yield f"{server} is {title}"
        for load in dict.fromkeys(raw["load"] for raw in measured):
            yield from remarks_on_load(server, [raw for raw in measured if raw["load"] == load])
        yield from remarks_on_closing(server, measured)
        yield from remarks_on_holding(server, measured)
    yield from remarks_on_floor(data["measurements"])
    yield from remarks_on_client(data["measurements"])
    yield from data.get("remarks", ())
    yield from remarks_on_place(data["environment"])


def remarks_on_load(server: str, measured: list[dict]) -> Iterator[str]:
    """On one load's rounds."""
    load = f"{server}, {measured[0]['load']}"
    share = max(raw["client_share"] for raw in measured)
    worst = min(measured, key=lambda raw: raw["connected"])
    if measured[0]["kind"] in ("loop", "churn", "rate") and share > CLIENT_BOUND:
        yield f"{load}: client-bound ({share:.2f} of a core): the server may be faster."
    if measured[0]["kind"] != "hold" and worst["connected"] < worst["connections"]:
        yield f"{load}: only {worst['connected']:,} of {worst['connections']:,} clients connected."
    if measured[0]["kind"] == "mute":
        yield from remarks_on_polite(load, measured)
    for what in ("lost", "refused"):
        if count := sum(raw[what] for raw in measured):
            yield f"{load}: {count:,} {LACKS[what]}."
    count = sum(raw["wrong"] for raw in measured)
    if count:
        example = next(raw["wrong_example"] for raw in measured if raw["wrong"])
        dash = (
            "no right answer, so a dash" if all(map(has_no_route, measured)) else f"{count:,} wrong"
        )
        yield f"{load}: {dash} (for instance {example})."


def remarks_on_polite(load: str, measured: list[dict]) -> Iterator[str]:
    """Where the nuisance or the polite clients were not what the table's head says."""
    if not all(raw["has_big"] for raw in measured):
        yield f"{load}: no /big, so those who would not read it said nothing instead."
    fewest = min(raw["came"] for raw in measured)
    if fewest < measured[0]["polite"]:
        yield f"{load}: only {fewest} of {measured[0]['polite']} polite clients could come."


def remarks_on_closing(server: str, measured: list[dict]) -> Iterator[str]:
    usual = [raw for raw in measured if raw["kind"] != "churn"]  # there every answer is the last
    closing = sum(max(0, raw["reconnects"] - raw["lost"]) for raw in usual)
    if closing:
        yield f"{server} closed after an answer: the client had to reconnect {closing:,} times."


def remarks_on_holding(server: str, measured: list[dict]) -> Iterator[str]:
    for raw in measured:
        if raw["kind"] == "hold" and raw["held"] < raw["connections"]:
            yield (
                f"{server} held {raw['held']:,} of {raw['connections']:,} idle connections: "
                "the next was refused or not answered, or descriptors ran out."
            )


def remarks_on_floor(measurements: list[dict]) -> Iterator[str]:
    """How fast and how steady this machine is, seen with a server that always does the same."""
    floor = [raw for raw in measurements if (raw["server"], raw["load"]) == ("canned", "loop-100")]
    if not floor:
        return
    fast = Spread.of([(read.per_second(raw), False) for raw in floor])
    share = max(raw["client_share"] for raw in floor)
    bound = ": nothing faster could be told from it" if share > CLIENT_BOUND else ""
    yield (
        f"The ceiling here: canned bytes give this client {short(fast.median)} requests/s at 100 "
        f"(the client at {share:.2f} of a core){bound}."
    )
    if len(floor) > 1:
        yield (
            f"The noise here: {len(floor)} times asked, canned bytes differed by "
            f"{unrest(floor, read.per_second)} in requests/s and by {unrest(floor, read.work)} per "
            "CPU second (the middle half of them, over the median)."
        )


def unrest(measured: list[dict], reading: Callable[[dict], float | None]) -> str:
    numbers = [number for number in map(reading, measured) if number]
    if len(numbers) < 2:
        return "?"
    low, middle, high = quantiles(numbers, n=4, method="inclusive")
    return f"{(high - low) / middle:.0%}"


def remarks_on_client(measurements: list[dict]) -> Iterator[str]:
    loops = [raw for raw in measurements if raw["kind"] == "loop" and "beside" not in raw]
    if loops:
        most = max(loops, key=lambda raw: raw["client_share"])
        yield (
            f"The load client used at most {most['client_share']:.2f} of a core "
            f"({most['server']}, {most['load']})."
        )


def remarks_on_place(environment: dict) -> Iterator[str]:
    limit, pinning = environment["descriptors"]["hard"], environment["pinning"]
    yield (
        f"{environment['python']}, {environment['cores']} cores ({pinning['note']}), "
        f"at most {limit:,} descriptors a process."
    )
