"""Draws who was served: a dot for each client of a crowd that keeps asking, a panel for each server.

    svg = draw(data, "card")         themes as in drawing.py

`data` is {"environment": ..., "crowds": [{"step": 1, "clients": 100, "seconds": ..., and what
client.py found}, ...]}. A client that was served is a large dark square, one that was not a small
orange one, in order of arrival, down the columns.
"""

import math
from collections.abc import Iterator

from benchmark.drawing import BADGES, framed
from benchmark.lettering import text, wrap
from benchmark.words import machine
from harness import STEPS

WIDTH, LEFT, COUNT = 760, 200, 685  # dots stand from left on, counts end at COUNT, rates at WIDTH
TOP, PANEL, HIGH, ROOM = 118, 66, 42, 430  # the first panel; to the next; its dots, and their room
SERVED, NEVER = 0.78, 0.34  # a dot's share of its place

STYLE = """
{i} text{{font-family:{fonts};fill:{ink};font-size:13px}}
{i} .h{{font-size:20px;font-weight:700}}{i} .lead{{font-size:13.5px}}{i} .tick{{font-size:11px}}
{i} .name{{font-size:15px;font-weight:600}}{i} .badge{{font-size:12.5px;font-weight:700;fill:#fff}}
{i} .big{{font-size:19px;font-weight:700}}
{i} .soft{{fill:{soft}}}{i} .turn{{fill:{turn}}}{i} .a{{fill:{ink}}}
"""


def draw(data: dict, theme: str = "card") -> str:
    """The figure as the text of an SVG file."""
    body = [*heading(data), *panels(data), *footing(data)]
    return framed(body, theme, (title(data), alternative(data)), foot_of(data) + 6, STYLE)


def heading(data: dict) -> Iterator[str]:
    for n, line in enumerate(wrap(title(data), 20, WIDTH)):
        yield text(0, 25 + 25 * n, line, "h")
    yield text(0, 52, f"{lead(data)} Each dot is a client:", "lead soft")
    yield f'<path class="a" d="{squares([(0, 66)], 9)}"/>'
    yield text(16, 75, "served at least once", "soft")
    yield f'<path class="turn" d="{squares([(160, 69)], 4)}"/>'
    yield text(171, 75, "never served", "turn")
    yield text(COUNT, 104, "served", "tick soft end")
    yield text(WIDTH, 104, "answers/s", "tick soft end")


def footing(data: dict) -> Iterator[str]:
    yield text(0, foot_of(data), f"One run. {machine(data)}.", "tick soft")


def foot_of(data: dict) -> float:
    return TOP + PANEL * len(data["crowds"]) + 2


def panels(data: dict) -> Iterator[str]:
    for n, crowd in enumerate(data["crowds"]):
        top = TOP + PANEL * n
        yield from badge(crowd, top)
        yield from dots(crowd, top)
        few = crowd["served"] < crowd["clients"]
        yield text(COUNT, top + 16, f"{crowd['served']:,}", f"big end {'turn' * few}")
        yield text(COUNT, top + 34, f"of {crowd['clients']:,}", "soft end")
        yield text(WIDTH, top + 16, f"{rate(crowd):,.0f}", "soft end")


def badge(crowd: dict, top: float) -> Iterator[str]:
    step = crowd["step"]
    yield f'<rect y="{top}" width="18" height="18" rx="4" fill="{BADGES[step]}"/>'
    yield text(9, top + 13.6, step, "badge middle")
    yield text(26, top + 14, STEPS[step].title, "name")
    yield text(26, top + 33, f"median {milliseconds(crowd)}", "soft")


def dots(crowd: dict, top: float) -> Iterator[str]:
    """Two paths: those who were served, and the others."""
    many = crowd["clients"]
    rows = max(4, math.ceil(math.sqrt(many * HIGH / ROOM)))
    place = HIGH / rows
    for served, style, share in (("1", "a", SERVED), ("0", "turn", NEVER)):
        size = place * share
        spots = [
            (LEFT + place * (n // rows) + (place - size) / 2, top + place * (n % rows))
            for n, mark in enumerate(crowd["served_by"].ljust(crowd["clients"], "0"))
            if mark == served
        ]
        middled = [(x, y + (place - size) / 2) for x, y in spots]
        if middled:
            yield f'<path class="{style}" d="{squares(middled, size)}"/>'


def squares(corners: list[tuple[float, float]], size: float) -> str:
    return "".join(f"M{x:.1f} {y:.1f}h{size:.1f}v{size:.1f}h-{size:.1f}z" for x, y in corners)


# What is said


def title(data: dict) -> str:
    best = min(data["crowds"], key=median)
    if best["served"] in (0, best["clients"]) or len(data["crowds"]) == 1:
        return "Who is served, of a crowd that keeps asking."
    count = "The better median of the two" if len(data["crowds"]) == 2 else "The best median"
    people = f"{best['served']:,} client{'s' * (best['served'] != 1)} in {best['clients']:,}"
    return f"{count}: {milliseconds(best)}. It served {people}."


def lead(data: dict) -> str:
    crowd = data["crowds"][0]
    return (
        f"{crowd['clients']:,} clients keep their connections and ask for a greeting, again and"
        f" again, for {crowd['seconds']:.1f} s."
    )


def alternative(data: dict) -> str:
    said = [
        f"Step {one['step']}, {STEPS[one['step']].title}, served {one['served']:,} of"
        f" {one['clients']:,}, with {rate(one):,.0f} answers a second and a median of"
        f" {milliseconds(one)}."
        for one in data["crowds"]
    ]
    return f"{lead(data)} {' '.join(said)} One run. {machine(data)}."


def median(crowd: dict) -> float:
    """Seconds; of a server that answered nobody, for ever."""
    found = crowd["latency"]["50"]
    return math.inf if found is None else found


def milliseconds(crowd: dict) -> str:
    value = 1000 * median(crowd)
    if value == math.inf:
        return "of nobody"
    return f"{value:,.0f} ms" if value >= 10 else f"{value:.2g} ms"


def rate(crowd: dict) -> float:
    return crowd["answers"] / crowd["seconds"]
