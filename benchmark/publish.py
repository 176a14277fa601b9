"""Measures the five steps and writes the README's picture: python -m benchmark.publish

It writes timelines-light.svg and timelines-dark.svg, drawn from timelines.json beside them, and
prints the <picture> that belongs into the README, with the figure in words. Nine rounds take about
50 seconds; meanwhile nothing else should be busy. What was there before is replaced when all has
been measured, and stays as it is when anything goes wrong.

    python -m benchmark.publish --table A.json      the README's table, out of a run's results
"""

import argparse
import json
import re
import sys
from html import escape
from pathlib import Path

from benchmark import words
from benchmark.cli import Parser, interrupt_once, rounds, steps
from benchmark.drawing import draw
from benchmark.modes import MODES
from benchmark.results import BadResults, Spread, Summary, load
from benchmark.run import ROOT, contenders, try_out
from benchmark.scenarios import value
from benchmark.table import console, progress
from benchmark.timelines import measure
from harness import STEPS, HarnessError

ROUNDS = 9
THEMES = ("light", "dark")
DATA = "timelines.json"


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    interrupt_once()
    try:
        print(table_of(options.table)) if options.table else publish(options)
    except KeyboardInterrupt:
        print("Interrupted: nothing was written.", file=sys.stderr)
        return 130
    except (HarnessError, BadResults) as error:
        return refuse(str(error))
    except OSError as error:
        return refuse(f"cannot use {error.filename} ({error.strerror}): give --out another name")
    return 0


def refuse(why: str) -> int:
    print(f"Nothing was written: {why}.", file=sys.stderr)
    return 2


def parser() -> argparse.ArgumentParser:
    made = Parser(prog="python -m benchmark.publish", description=__doc__.partition(": ")[0] + ".")
    made.add_argument("--rounds", type=rounds, default=ROUNDS, help="default: %(default)s")
    made.add_argument("--steps", type=steps, default=list(STEPS), help="for instance 1,3")
    made.add_argument("--server", action="append", default=[], metavar="'CMD {port}'")
    made.add_argument("--redraw", action="store_true", help="draw what was measured before")
    made.add_argument("--table", type=Path, metavar="A.json", help="the README's table instead")
    made.add_argument(
        "--out", type=Path, default=ROOT / "docs", metavar="DIR", help="default: docs"
    )
    return made


def publish(options: argparse.Namespace) -> None:
    options.out.mkdir(parents=True, exist_ok=True)
    data = measured_before(options.out) if options.redraw else measured_now(options)
    for name, content in files(data).items():
        replace(options.out / name, content)
    print(f"Wrote {', '.join(files(data))} in {options.out}. For the README:\n\n{picture(data)}")


def measured_before(place: Path) -> dict:
    try:
        data = json.loads((place / DATA).read_text())
        return {"steps": data["steps"], **data}
    except (OSError, ValueError, KeyError, TypeError):
        raise HarnessError(f"{place} has no {DATA} to draw; measure, without --redraw") from None


def measured_now(options: argparse.Namespace) -> dict:
    servers = contenders(options.steps, options.server)
    if not servers:
        raise HarnessError("there is nothing to measure: name --steps or a --server")
    try_out(servers)
    with progress(console(), options.rounds * len(servers)) as note:
        return measure(servers, options.rounds, note)


def files(data: dict) -> dict[str, str]:
    drawn = {f"timelines-{theme}.svg": draw(data, theme) for theme in THEMES}
    return {DATA: as_json(data), **drawn}


def as_json(data: dict) -> str:
    """A list of numbers on one line, so that a person can read it, and a diff of two."""
    flat = re.compile(r"\[[^][{}]*\]")
    return flat.sub(lambda found: " ".join(found[0].split()), json.dumps(data, indent=1)) + "\n"


def replace(path: Path, content: str) -> None:
    """All or nothing."""
    draft = path.with_name(path.name + ".part")
    try:
        draft.write_text(content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


COLUMNS = {  # of the README's table: scenario and figure
    "requests/s at 100 clients, x Tornado": ("hello", "x-100"),
    "served of 100": ("fair", "served-100"),
    "served of 1,000": ("fair", "served-1000"),
    "p50 ms of those served, at 100": ("fair", "p50-100"),
    "10 pauses take, as a multiple of one": ("slow", "pauses-10"),
}


def table_of(path: Path) -> str:
    """The table of a run's file. Raises BadResults."""
    try:
        return table(load(path))
    except (KeyError, TypeError, AttributeError) as error:
        raise BadResults(f"{path} is broken ({type(error).__name__}: {error})") from None


def table(data: dict) -> str:
    """Markdown: medians of a run that asked hello, fair and slow."""
    titles = {one["name"]: one["title"] for one in data["options"]["servers"]}
    known = MODES[data["options"]["mode"]].scenarios()
    made = {
        name: Summary(known[name], titles, data["measurements"]) for name, _ in COLUMNS.values()
    }
    lines = [
        f"| {server.removeprefix('step ')} {title} | "
        + " | ".join(cell(made[name][server, key]) for name, key in COLUMNS.values())
        + " |"
        for server, title in titles.items()
    ]
    return "\n".join(
        [f"| step | {' | '.join(COLUMNS)} |", "|---" * (len(COLUMNS) + 1) + "|", *lines]
    )


def cell(spread: Spread | None) -> str:
    return value(spread) if spread else "-"


def picture(data: dict) -> str:
    """The element for the README. GitHub's own theme chooses the file."""
    title, alternative = words.title(data), words.alternative(data)
    return f"""<picture>
  <source media="(prefers-color-scheme: dark)" srcset="docs/timelines-dark.svg">
  <img src="docs/timelines-light.svg" width="100%" alt="{escape(f"{title} {alternative}")}">
</picture>"""


if __name__ == "__main__":
    sys.exit(main())
