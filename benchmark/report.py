"""One page about one run: python -m benchmark report A.json [--out A.html]

For each question a sentence that answers it, then a figure, then the table. The page is one file:
no script, nothing fetched, for a phone or a wide screen, light or dark.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator
from html import escape
from pathlib import Path

from benchmark import dots, drawing, words
from benchmark.cli import Parser
from benchmark.modes import MODES
from benchmark.plots import DRAW
from benchmark.results import BadResults, Spread, Summary, load
from benchmark.scenarios import Dots, Figure, Lines
from benchmark.table import in_numbers, remarks, verdict

WIDE, NARROW = 700, 340
HOLLOW = (
    "A hollow one does not speak for all: not every client was served, or the end cut it short."
)
STYLE = Path(__file__).with_name("report.css")


def main(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    out = options.out or options.results.with_suffix(".html")
    if out.resolve() == options.results.resolve():
        return refuse("the page would replace the results: give --out another name")
    try:
        page = report(load(options.results))
        out.write_text(page, encoding="utf-8")
    except BadResults as error:
        return refuse(str(error))
    except OSError as error:
        return refuse(f"cannot write {out} ({error.strerror}): give --out another name")
    print(f"Wrote {out}: open it in a browser.")
    return 0


def refuse(why: str) -> int:
    print(f"Nothing was written: {why}.", file=sys.stderr)
    return 2


def parser() -> argparse.ArgumentParser:
    made = Parser(prog="python -m benchmark report", description=__doc__.partition(": ")[0] + ".")
    made.add_argument("results", type=Path, metavar="A.json")
    made.add_argument("--out", type=Path, metavar="A.html", help="default: beside the results")
    return made


def report(data: dict) -> str:
    """The page. Raises BadResults."""
    try:
        body = "\n".join(sections(data))
    except (KeyError, TypeError, AttributeError) as error:
        raise BadResults(f"the results are broken ({type(error).__name__}: {error})") from None
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>Which way of waiting is better, at what?</title>
<style>
{STYLE.read_text()}</style>
<main>
{body}
</main>
</html>
"""


def sections(data: dict) -> Iterator[str]:
    titles = {one["name"]: one["title"] for one in data["options"]["servers"]}
    known = MODES[data["options"]["mode"]].scenarios()
    asked = [known[name] for name in data["options"]["scenarios"]]
    summaries = [Summary(scenario, titles, data["measurements"]) for scenario in asked]
    yield from opening(data)
    yield winners(summaries)
    if "timelines" in data:
        yield timelines(data["timelines"])
    for summary in summaries:
        more = crowds(data) if summary.scenario.name == "fair" else ""
        yield section(summary, titles, more)
    yield closing(data, titles)


def opening(data: dict) -> Iterator[str]:
    here = data["environment"]
    place = f"{here['python']} on {here['cores']} cores, {here['processor'] or here['machine']}"
    yield "<h1>Which way of waiting is better, at what?</h1>"
    yield f"<p>Measured on {escape(data['started'][:10])} with {escape(place)}.</p>"
    for failure in data["failures"]:
        yield f"<p class=warning>Dropped out: {escape(failure)}.</p>"
    if not data["complete"]:
        yield "<p class=warning>This run is incomplete: some of what was asked for is missing.</p>"


def winners(summaries: list[Summary]) -> str:
    rows = [
        (
            f'<a href="#{one.scenario.name}">{escape(one.scenario.question)}</a>',
            *map(escape, verdict(one)),
        )
        for one in summaries
    ]
    return f"<h2>Who is best at what</h2>\n{table(('question', 'best', 'by'), rows, 'words')}"


def in_both_themes(draw: Callable[[dict, str], str], data: dict) -> str:
    """One drawing cannot know the page's theme; the style shows one of the two."""
    return "".join(f"<div class={theme}>{draw(data, theme)}</div>" for theme in ("light", "dark"))


def timelines(data: dict) -> str:
    return (
        f"<section id=timelines><h2>Who waits for whom?</h2>"
        f"<p class=verdict>{escape(words.title(data))}</p>"
        f"<figure>{in_both_themes(drawing.draw, data)}<figcaption>{escape(words.alternative(data))}</figcaption></figure></section>"
    )


def crowds(data: dict) -> str:
    """Each client of the last round's largest crowd, a dot."""
    last = {}
    for raw in data["measurements"]:
        if raw["step"] and raw["load"] == "loop-1000" and "served_by" in raw:
            last[raw["step"]] = {**raw, "clients": raw["connections"]}
    if not last:
        return ""
    crowd = {"environment": data["environment"], "crowds": [*last.values()]}
    return (
        f"<figure><h3>Each client of a thousand</h3>"
        f"<div class=scroll>{in_both_themes(dots.draw, crowd)}</div>"
        f"<figcaption>{escape(dots.alternative(crowd))}</figcaption></figure>"
    )


def section(summary: Summary, titles: dict[str, str], more: str = "") -> str:
    scenario = summary.scenario
    finding = scenario.finding(summary)
    figures = "".join(figure(picture, summary) for picture in scenario.pictures)
    return (
        f"<section id={scenario.name}><h2>{escape(scenario.question)}</h2>\n"
        f"<p class=verdict>{escape(finding[0].upper() + finding[1:])}</p>\n"
        f"<div class=figures>{figures}</div>\n{more}{numbers(summary, titles)}</section>"
    )


def figure(picture: Lines | Dots, summary: Summary) -> str:
    draw = DRAW[type(picture)]
    wide, narrow = (draw(picture, summary, width) for width in (WIDE, NARROW))
    if not wide:
        return ""
    return (
        f"<figure><h3>{escape(picture.title)}</h3>"
        f"<div class=wide>{wide}</div><div class=narrow>{narrow}</div>"
        f"<figcaption>{escape(caption(picture, summary))}</figcaption></figure>"
    )


def caption(picture: Lines | Dots, summary: Summary) -> str:
    """What the marks mean; the numbers themselves are in the drawing's description, and below."""
    many = max(cell.rounds for cell in summary.cells.values() if cell)
    marks = "the median of its rounds" if many > 1 else "its one round"
    bars = ", the bar through it from the lowest to the highest" if many > 1 else ""
    each = "Each line is a server" if isinstance(picture, Lines) else "Each row is a server"
    return f"{each}, by its number or first letters. A dot is {marks}{bars}. {HOLLOW}"


def numbers(summary: Summary, titles: dict[str, str]) -> str:
    shown = [one for one in summary.scenario.figures if one.title and summary.having(one.key)]
    head = ["server", *(one.title.replace("\n", " ") for one in shown)]
    rows = [
        (f"{escape(name)} <small>{escape(titles[name])}</small>", *cells(summary, name, shown))
        for name in summary.servers
    ]
    return table(head, rows)


def cells(summary: Summary, name: str, shown: Iterable[Figure]) -> Iterator[str]:
    for one in shown:
        yield cell(summary[name, one.key], one)


def cell(spread: Spread | None, one: Figure) -> str:
    median, between = in_numbers(spread, one)
    return f"{median} <small>{between}</small>" if between else median


def table(head: Iterable[str], rows: Iterable[tuple[str, ...]], kind: str = "numbers") -> str:
    titles = "".join(f"<th scope=col>{escape(title)}</th>" for title in head)
    lines = "\n".join(
        f"<tr><th scope=row>{first}</th>{''.join(f'<td>{one}</td>' for one in rest)}</tr>"
        for first, *rest in rows
    )
    return (
        f"<div class=scroll tabindex=0><table class={kind}><thead><tr>{titles}</tr></thead>\n"
        f"<tbody>{lines}</tbody></table></div>"
    )


def closing(data: dict, titles: dict[str, str]) -> str:
    said = "".join(f"<li>{escape(remark)}</li>" for remark in remarks(data, titles))
    return f"<section><h2>Before you believe it</h2><ul>{said}</ul></section>"
