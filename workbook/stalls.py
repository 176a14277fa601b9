"""Draws a standstill as two kinds of clients see it: when each request was due, and how long it took.

    svg = draw(data)     data = {"closed": [(due, waited), ...], "open": [...], "environment": ...}

in seconds. A request is a dot; those that would cover each other are drawn once.
"""

import math
from collections.abc import Iterator

from benchmark.drawing import framed
from benchmark.lettering import text
from benchmark.words import machine

WIDTH, LEFT, RIGHT = 760, 62, 740
TOP, HIGH, PANEL = 96, 110, 168  # the first panel; its plot; from panel to panel
LATE = 0.1  # seconds: what takes longer is felt to take time
DOT, LATE_DOT = 2.4, 4
PANELS = {
    "closed": "closed loop: it asks when it has its answer",
    "open": "open loop: it asks when the time has come",
}
STYLE = """
{i} text{{font-family:{fonts};fill:{ink};font-size:13px}}
{i} .h{{font-size:20px;font-weight:700}}{i} .tick{{font-size:11px}}{i} .name{{font-size:15px;font-weight:600}}
{i} .soft{{fill:{soft}}}{i} .a{{fill:{ink}}}{i} .turn{{fill:{turn}}}{i} .grid{{stroke:{grid};stroke-width:1}}
"""


def draw(data: dict, theme: str = "card") -> str:
    """The figure as the text of an SVG file."""
    axes = Axes.of(data)
    body = [*heading(data), *panels(data, axes), *footing(data, axes)]
    return framed(body, theme, (title(data), alternative(data)), foot() + 44, STYLE)


class Axes:
    """Seconds to places: across for the time, and down from the top of a panel for the wait."""

    def __init__(self, seconds: float, longest: float) -> None:
        self.seconds, self.step = seconds, step_of(longest)
        self.most = self.step * math.ceil(longest / self.step)

    @classmethod
    def of(cls, data: dict) -> "Axes":
        dots = [*data["closed"], *data["open"]]
        return cls(max(due for due, _ in dots), max(waited for _, waited in dots))

    def x(self, due: float) -> float:
        return LEFT + (RIGHT - LEFT) * due / self.seconds

    def y(self, waited: float) -> float:
        return HIGH * (1 - waited / self.most)


def step_of(longest: float) -> float:
    """Between two lines, so that there are at most four."""
    return next((step for step in (0.05, 0.1, 0.2, 0.5, 1, 2, 5) if longest / step <= 4), 10)


def heading(data: dict) -> Iterator[str]:
    yield text(0, 25, title(data), "h")
    late = f"those above {LATE} s are large"
    yield text(0, 52, "Each dot is a request. Up is how long it waited; ", "soft", (late, "turn"))


def panels(data: dict, axes: Axes) -> Iterator[str]:
    for n, (kind, words) in enumerate(PANELS.items()):
        top = TOP + PANEL * n
        yield text(0, top, words, "name")
        yield text(RIGHT, top, summary(data[kind]), "soft end")
        yield from grid(axes, top + 14)
        yield from dots(data[kind], axes, top + 14)


def grid(axes: Axes, top: float) -> Iterator[str]:
    for n in range(round(axes.most / axes.step) + 1):
        y = top + axes.y(n * axes.step)
        yield f'<path class="grid" d="M{LEFT} {y:.1f}H{RIGHT}"/>'
        yield text(LEFT - 8, y + 4, f"{n * axes.step:g} s", "tick soft end")


def dots(requests: list[tuple[float, float]], axes: Axes, top: float) -> Iterator[str]:
    for late, style, size in ((False, "a", DOT), (True, "turn", LATE_DOT)):
        places = {
            (round(axes.x(due)), round(top + axes.y(waited), 1))
            for due, waited in requests
            if (waited > LATE) is late
        }
        path = "".join(
            f"M{x - size / 2} {y - size / 2:.1f}h{size}v{size}h-{size}z" for x, y in sorted(places)
        )
        yield f'<path class="{style}" d="{path}"/>'


def footing(data: dict, axes: Axes) -> Iterator[str]:
    for half in range(math.floor(2 * axes.seconds) + 1):
        label = f"{half / 2:g} s" if half else "0"
        yield text(axes.x(half / 2), foot(), label, "tick soft middle")
    yield text(0, foot() + 30, f"One run. {machine(data)}.", "tick soft")


def foot() -> float:
    return TOP + PANEL * (len(PANELS) - 1) + HIGH + 34


# What is said


def title(data: dict) -> str:
    closed, opened = (p99(data[kind]) for kind in PANELS)
    if opened < 3 * closed:
        return "The same standstill, seen by two kinds of clients."
    return f"The same standstill: p99 {short(closed)} in a closed loop, {short(opened)} in an open one."


def alternative(data: dict) -> str:
    longest = max(waited for _, waited in data["open"])
    return (
        f"Closed loop: {summary(data['closed'])}. Open loop: {summary(data['open'])}: those that were "
        f"due while the server stood still form a slope, from {short(longest)} down to nothing. "
        f"One run. {machine(data)}."
    )


def summary(requests: list[tuple[float, float]]) -> str:
    late = sum(waited > LATE for _, waited in requests)
    return f"{late:,} of {len(requests):,} waited for more than {LATE} s"


def p99(requests: list[tuple[float, float]]) -> float:
    """Seconds: 99 of 100 requests waited no longer (nearest rank)."""
    return sorted(waited for _, waited in requests)[(99 * len(requests) - 1) // 100]


def short(seconds: float) -> str:
    return (
        f"{seconds:.1f} s"
        if seconds >= 1
        else f"{1000 * seconds:.2g} ms"
        if seconds < 0.1
        else f"{1000 * seconds:.0f} ms"
    )
