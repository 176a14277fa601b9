"""Plots for the report: lines over a logarithmic axis, and dots between their lowest and highest.

    svg = lines(picture, summary, width)        svg = dots(picture, summary, width)

By hand, as in drawing.py: two kinds of plot need less code than a library needs settings. Words
and axes have the colour of the page's text (currentColor), so one drawing serves light and dark. A
step has its colour and its kind of line, so that grey paper and colour-blindness leave them apart,
and its number at its end. A page shows the one of two widths that fits: words are never scaled.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape

from benchmark.drawing import BADGES
from benchmark.lettering import text, width_of
from benchmark.results import Spread, Summary
from benchmark.scenarios import Dots, Lines, value

STROKES = {1: "2 4", 2: "8 5", 3: "", 4: "10 4 2 4", 5: "", None: "1 3"}
LEFT, RIGHT, TOP, BOTTOM = 52, 30, 28, 44
HEIGHT, ROW = 300, 34
SIZE = 12
BADGE = 17
Place = tuple[float, float, Spread]  # x, y, and what is there


@dataclass(frozen=True, slots=True)
class Scale:
    """From a number to a place. Logarithmic where the numbers differ twentyfold."""

    low: float
    high: float
    start: float
    end: float
    log: bool

    @classmethod
    def of(cls, numbers: list[float], start: float, end: float, log: bool | None = None) -> "Scale":
        low, high = min(numbers), max(numbers)
        log = (low > 0 and high / low > 20) if log is None else log
        if log:
            return cls(low * 0.9, high if high > low else low * 10, start, end, True)
        return cls(min(0, low), high or 1, start, end, False)

    def at(self, number: float) -> float:
        measure = math.log if self.log else float
        low, high = measure(self.low), measure(self.high)
        share = (measure(max(number, self.low)) - low) / (high - low)
        return self.start + (self.end - self.start) * share

    def ticks(self) -> list[float]:
        if self.log:
            powers = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
            few = math.log10(self.high / self.low) < 2
            made = [m * 10.0**power for power in powers for m in ((1, 2, 5) if few else (1,))]
        else:
            step = round_up(self.high / 5)
            made = [step * n for n in range(6)]
        return [tick for tick in made if self.low <= tick <= self.high * 1.0001]


def round_up(number: float) -> float:
    power = 10.0 ** math.floor(math.log10(number))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= number)


# Lines


def lines(picture: Lines, summary: Summary, width: int) -> str:
    drawn = {name: points_of(picture, summary, name) for name in summary.servers}
    drawn = {name: points for name, points in drawn.items() if points}
    if not drawn:
        return ""
    ends = [n for points in drawn.values() for _, s in points for n in (s.low, s.high) if n > 0]
    x = Scale.of([*picture.points], LEFT + 8, width - RIGHT - 12, log=True)
    y = Scale.of(ends or [1], HEIGHT - BOTTOM, TOP)
    body = [*x_axis(picture, x, width), *y_axis(picture.up, y, width)]
    for name, points in drawn.items():
        whole_at = [picture.is_whole(summary, name, at) for at, _ in points]
        places = [(x.at(at), y.at(cell.median), cell) for at, cell in points]
        body += line(number_of(name), places, y)
        body += marks(number_of(name), places, whole_at, y)
    body += end_badges(
        {name: y.at(points[-1][1].median) for name, points in drawn.items()}, drawn, x
    )
    return whole(picture.title, in_words(drawn), body, width, HEIGHT)


def points_of(picture: Lines, summary: Summary, name: str) -> list[tuple[int, Spread]]:
    cells = [(at, summary[name, key]) for at, key in picture.points.items()]
    return [(at, cell) for at, cell in cells if cell]


def x_axis(picture: Lines, x: Scale, width: int) -> Iterator[str]:
    foot = HEIGHT - BOTTOM
    for at in picture.points:
        yield text(x.at(at), foot + 18, f"{at:,}", "soft middle")
    yield text((LEFT + width - RIGHT) / 2, HEIGHT - 6, picture.across, "soft middle")
    yield f'<path class="axis" d="M{LEFT} {foot}H{width - RIGHT}"/>'


def y_axis(title: str, y: Scale, width: int) -> Iterator[str]:
    yield text(0, 14, f"{title}{' (logarithmic)' if y.log else ''}", "soft")
    for tick in y.ticks():
        yield f'<path class="grid" d="M{LEFT} {y.at(tick):.1f}H{width - RIGHT}"/>'
        yield text(LEFT - 6, y.at(tick) + 4, label(tick), "soft end")


def line(number: int | None, points: list[Place], y: Scale) -> Iterator[str]:
    path = "L".join(f"{x:.1f} {at:.1f}" for x, at, _ in points)
    style = f'stroke="{BADGES[number]}" stroke-dasharray="{STROKES[number]}"'
    heavy = 3.2 if number == 5 else 2
    yield f'<path d="M{path}" fill="none" {style} stroke-width="{heavy}"/>'


def marks(number: int | None, points: list[Place], whole_at: list[bool], y: Scale) -> Iterator[str]:
    """A dot for each point and a bar through it; hollow where it does not speak for all."""
    for (x, at, spread), is_whole in zip(points, whole_at, strict=True):
        whisker = f"M{x:.1f} {y.at(spread.low):.1f}V{y.at(spread.high):.1f}"
        yield f'<path d="{whisker}" stroke="{BADGES[number]}" stroke-width="1"/>'
        yield dot(x, at, 3.5, number, is_whole)


def dot(x: float, y: float, radius: float, number: int | None, is_whole: bool) -> str:
    kind = f'fill="{BADGES[number]}"' if is_whole else 'class="hollow"'
    at = f'cx="{x:.1f}" cy="{y:.1f}" r="{radius}"'
    return f'<circle {at} {kind} stroke="{BADGES[number]}" stroke-width="1.5"/>'


def end_badges(heights: dict[str, float], drawn: dict, x: Scale) -> Iterator[str]:
    """The numbers at the lines' ends, moved apart where two would cover each other."""
    last = -math.inf
    for name in sorted(heights, key=heights.get):
        last = max(heights[name], last + BADGE + 1)
        yield badge(name, x.at(drawn[name][-1][0]) + 8, last - BADGE / 2)


# Dots


def dots(picture: Dots, summary: Summary, width: int) -> str:
    cells = {name: cell for name in summary.servers if (cell := summary[name, picture.key])}
    if not cells:
        return ""
    height = TOP + ROW * len(cells) + BOTTOM
    ends = [n for cell in cells.values() for n in (cell.low, cell.high)]
    x = Scale.of(ends, 34, width - 64)
    body = [*dots_axis(picture, x, width, height)]
    for n, (name, cell) in enumerate(cells.items()):
        body += row(name, cell, x, TOP + ROW * n + ROW / 2)
    words = "; ".join(f"{name}: {value(cell)}" for name, cell in cells.items())
    return whole(picture.title, words, body, width, height)


def dots_axis(picture: Dots, x: Scale, width: int, height: int) -> Iterator[str]:
    foot = height - BOTTOM
    title = f"{picture.across}{' (logarithmic)' if x.log else ''}"
    yield text(34, height - 6, title, "soft")
    last = -math.inf
    for tick in x.ticks():
        yield f'<path class="grid" d="M{x.at(tick):.1f} {TOP - 10}V{foot}"/>'
        if x.at(tick) - last > width_of(label(tick), SIZE) + 8:
            last = x.at(tick)
            yield text(last, foot + 17, label(tick), "soft middle")


def row(name: str, cell: Spread, x: Scale, middle: float) -> Iterator[str]:
    number, low, high = number_of(name), x.at(cell.low), x.at(cell.high)
    yield badge(name, 0, middle - BADGE / 2)
    yield f'<path d="M{low:.1f} {middle}H{high:.1f}" stroke="{BADGES[number]}" stroke-width="3"/>'
    yield dot(x.at(cell.median), middle, 5, number, not cell.at_least)
    yield text(max(high, x.at(cell.median)) + 10, middle + 4, value(cell), "plain")


# What both have


def number_of(name: str) -> int | None:
    """step 3: 3"""
    kind, _, number = name.rpartition(" ")
    return int(number) if kind == "step" else None


def letters(name: str) -> str:
    """Two, for a peer; of other 1 and other 2, which one it is."""
    kind, _, number = name.partition(" ")
    return f"o{number}" if kind == "other" else name[:2].lower()


def badge(name: str, x: float, y: float) -> str:
    number = number_of(name)
    letter = str(number) if number else letters(name)
    square = f'<rect x="{x:.1f}" y="{y:.1f}" width="{BADGE}" height="{BADGE}" rx="4" fill="{BADGES[number]}"/>'
    return square + text(x + BADGE / 2, y + 13, letter, "badge middle")


def label(number: float) -> str:
    """10000: 10k"""
    if number >= 10_000:
        return f"{number / 1000:g}k"
    return f"{number:,.10g}"


def in_words(drawn: dict[str, list[tuple[int, Spread]]]) -> str:
    def one(points: list[tuple[int, Spread]]) -> str:
        return ", ".join(f"{value(spread)} at {at:,}" for at, spread in points)

    return "; ".join(f"{name}: {one(points)}" for name, points in drawn.items())


def whole(title: str, words: str, body: list[str], width: int, height: float) -> str:
    content = "\n".join(body)
    return (
        f'<svg viewBox="0 0 {width} {height:.0f}" width="{width}" height="{height:.0f}" role="img">'
        f"<title>{escape(title)}</title><desc>{escape(words)}</desc>\n{content}\n</svg>"
    )


DRAW: dict[type, Callable[..., str]] = {Lines: lines, Dots: dots}
