"""Draws timelines as SVG: a panel for each server, a row for each client, one axis for all.

    svg = draw(data, "light")        "light" and "dark" for a page, "card" for a notebook

`data` is what timelines.py measures, what is said about it comes from words.py, and here is only
geometry. A phase differs from the others in height and texture as well as in colour, so that the
figure survives grey paper and colour-blindness. A step's colour is on its badge and nowhere else.

One file serves two widths. A viewBox scales words too, and below 520 pixels nobody could read them:
a media query inside the SVG (it sees the width of the <img>) swaps the words for bigger and fewer
ones and stretches the bars to the edge. A page's second file is for the dark theme, because an SVG
in an <img> does not know the theme of the page round it.

Names and patterns are prefixed with an id made from the content, so that two figures in one page
cannot style each other.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from zlib import crc32

from benchmark import words
from benchmark.lettering import shortened, text, width_of, wrap
from benchmark.timelines import heavy_row

WIDTH = 760
LEFT, RIGHT = 118, 750  # the plot, in a wide figure
EDGE = 6  # ... and how near to the edge it comes in a narrow one
TOP = 128  # the first panel
PANEL, FIRST_ROW, ROW = (
    136,
    30.5,
    12,
)  # from panel to panel; to the middle of its first row; of rows
FOOT = 38
STRETCH = (RIGHT - EDGE) / (RIGHT - LEFT)
FONTS = '-apple-system,"Segoe UI","Helvetica Neue",Arial,"Liberation Sans",sans-serif'

MARKS = {  # class, height of the bar
    "turn": ("q", 9),
    "read": ("r", 1.8),
    "answer": ("a", 9),
    "pause": ("p", 5),
    "write": ("w", 7),
}
KEY = {
    "turn": "waiting its turn",
    "read": "being read",
    "answer": "being answered",
    "pause": "pausing",
    "write": "being written",
    "arrives": "an answer arrives",
}
BADGES = {1: "#6B6670", 2: "#A843A8", 3: "#6A9A5E", 4: "#9A7D0A", 5: "#6262F5", None: "#57606A"}


@dataclass(frozen=True, slots=True)
class Theme:
    ink: str
    soft: str  # words of less weight
    grid: str
    turn: str
    tint: str
    read: str
    pause: str
    write: str
    card: str = ""  # a background of its own


LIGHT = ("#1F2328", "#59636E", "#E4E8EC", "#D9480F", "#FBE0D3", "#7D8590", "#4A90D9", "#0B8A68")
DARK = ("#F0F3F6", "#9DA7B3", "#2A313A", "#FF8A57", "#4A2516", "#8A929C", "#4C9BEF", "#4FD1A5")
THEMES = {"light": Theme(*LIGHT), "dark": Theme(*DARK), "card": Theme(*LIGHT, card="#FFFFFF")}

STYLE = """
{i} text{{font-family:{fonts};fill:{ink};font-size:13px}}
{i} .h{{font-size:20px;font-weight:700}}{i} .lead{{font-size:13.5px}}{i} .key{{font-size:12px}}
{i} .name{{font-size:15px;font-weight:600}}{i} .row,{i} .tick{{font-size:11px}}
{i} .badge{{font-size:12.5px;font-weight:700;fill:#fff}}{i} .big{{font-size:17px;font-weight:700}}
{i} .H{{font-size:26px;font-weight:700}}{i} .NAME{{font-size:23px;font-weight:600}}
{i} .K{{font-size:20px}}{i} .BADGE{{font-size:20px;font-weight:700;fill:#fff}}
{i} .BIG{{font-size:25px;font-weight:700}}{i} .small{{font-size:13px;font-weight:400}}
{i} .soft{{fill:{soft}}}{i} .turn{{fill:{turn}}}
{i} .grid{{stroke:{grid};stroke-width:1}}{i} .tail{{stroke:{write};stroke-width:1.6;stroke-dasharray:1.6 2.4}}
{i} .open{{stroke:{ink};stroke-width:1;stroke-dasharray:3 2}}{i} .ask{{stroke:{ink};stroke-width:1.4;fill:none}}
{i} .q{{fill:url({i}-turn)}}{i} .r{{fill:{read}}}{i} .a{{fill:{ink}}}{i} .p{{fill:{pause}}}{i} .w{{fill:url({i}-write)}}
{i} .narrow{{display:none}}
@media (max-width:520px){{{i} .wide{{display:none}}{i} .narrow{{display:inline}}
{i} .plot{{transform:translateX({edge}px) scaleX({stretch:.4f}) translateX(-{left}px)}}}}
"""
PATTERNS = """<defs>
<pattern id="{name}-turn" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">\
<rect width="5" height="5" fill="{tint}"/><rect width="2" height="5" fill="{turn}"/></pattern>
<pattern id="{name}-write" width="4" height="9" patternUnits="userSpaceOnUse">\
<rect width="2.6" height="9" fill="{write}"/></pattern>
</defs>"""


def draw(data: dict, theme: str = "light") -> str:
    """The figure as the text of an SVG file. Raises KeyError for a theme that there is not."""
    axis = Axis.of(data)
    body = [*heading(data), *panels(data, axis), *footing(data, axis)]
    said = words.title(data), words.alternative(data)
    geometry = {"edge": EDGE, "stretch": STRETCH, "left": LEFT}
    return framed(body, theme, said, foot_of(data) + FOOT, STYLE, PATTERNS, **geometry)


def framed(
    body: list[str],
    theme: str,
    said: tuple[str, str],
    height: float,
    style: str,
    patterns: str = "",
    **numbers: float,
) -> str:
    """A whole SVG file round a body: what it says in words (a title, the rest), its style, its card.
    `style` and `patterns` may use {i}, the figure's own selector, {name}, its id, and {ink}, a colour.
    """
    colours, name = THEMES[theme], f"t{crc32(repr((body, theme)).encode()):08x}"
    shades = {shade: getattr(colours, shade) for shade in Theme.__slots__}
    x, y, w, h = (-20, -14, WIDTH + 40, height + 28) if colours.card else (0, 0, WIDTH, height)
    card = f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="8" fill="{colours.card}"/>'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" id="{name}" viewBox="{x} {y} {w} {h}"'
        f' width="{w}" height="{h}" role="img" aria-labelledby="{name}-title {name}-words">',
        f'<title id="{name}-title">{escape(said[0])}</title>',
        f'<desc id="{name}-words">{escape(said[1])}</desc>',
        f"<style>{style.format(i=f'#{name}', fonts=FONTS, **shades, **numbers)}</style>",
        patterns.format(name=name, **shades),
        card * bool(colours.card),
    ]
    return "\n".join([*filter(None, lines), *body, "</svg>"]) + "\n"


def foot_of(data: dict) -> float:
    return TOP + PANEL * len(data["steps"])


# The axis


@dataclass(frozen=True, slots=True)
class Axis:
    """One for all panels, as long as the slowest server needs."""

    step: int  # ms between two lines
    end: int  # ms

    @classmethod
    def of(cls, data: dict) -> "Axis":
        last = max([data.get("until", 0)] + [step["done"] for step in data["steps"]])
        step = next((step for step in (50, 100, 200, 500) if last / step <= 8), 1000)
        return cls(step, step * math.ceil(last / step))

    def x(self, ms: float) -> float:
        return LEFT + (RIGHT - LEFT) * ms / self.end

    def lines(self, last: float) -> range:
        """The grid as far as something is drawn."""
        return range(0, min(self.end, step_up(last, self.step)) + 1, self.step)


def step_up(ms: float, step: int) -> int:
    return step * math.ceil(ms / step)


def narrow(x: float) -> float:
    """Where the plot's x is in a narrow figure."""
    return EDGE + STRETCH * (x - LEFT)


# Heading and foot


def heading(data: dict) -> Iterator[str]:
    yield text(0, 25, words.title(data), "h wide")
    striped = "Striped: there or ready to go on, but the server is with somebody else."
    servers = words.number(len(data["steps"]))
    lead = f"The same eight clients on {servers} server{'s' * (len(data['steps']) > 1)}. "
    yield text(0, 52, lead, "lead soft wide", (striped, "turn"))
    yield from key(data, "key", 12, [88], 16)
    for n, line in enumerate(wrap(words.title(data), 26, WIDTH)):
        yield text(0, 24 + 28 * n, line, "H narrow")
    yield from key(data, "K", 20, [82, 107], 30)


def key(data: dict, style: str, size: float, lines: list[float], gap: float) -> Iterator[str]:
    """The marks and their names, on one line or on two."""
    entries = [*KEY.items()]
    if any(step["step"] is None for step in data["steps"]):
        entries.append(("asked", "asked"))
    half = math.ceil(len(entries) / len(lines))
    kind = "wide" if len(lines) == 1 else "narrow"
    for n, y in enumerate(lines):
        x = 0
        for mark, name in entries[n * half : (n + 1) * half]:
            width = 24 if mark in MARKS else 4 if mark == "arrives" else 14
            yield sample(mark, x, width, y - 0.35 * size, kind)
            yield text(x + width + 6, y, name, f"{style} soft {kind}")
            x += width + 6 + width_of(name, size) + gap


def sample(mark: str, x: float, width: float, middle: float, kind: str) -> str:
    if mark == "arrives":
        return tick(x + 2, middle, kind)
    if mark == "asked":
        return ring(x + 4, middle, kind) + line("open", x + 7, x + 14, middle, kind)
    return bar(mark, x, x + width, middle, kind)


def footing(data: dict, axis: Axis) -> Iterator[str]:
    y = foot_of(data)
    for ms in axis.lines(axis.end):
        label = f"{ms / 1000:g} s" if ms else "0"
        yield text(axis.x(ms), y, label, f"tick soft wide {side(ms, axis, first='middle')}")
        yield text(narrow(axis.x(ms)), y + 4, label, f"K soft narrow {side(ms, axis)}")
    yield text(0, y + 26, words.caption(data), "tick soft wide")
    yield text(0, y + 30, words.short_caption(data), "K soft narrow")


def side(ms: float, axis: Axis, first: str = "start") -> str:
    """How a label stands to its line: the last one may not stand out."""
    return "end" if ms == axis.end else "middle" if ms else first


# Panels


def panels(data: dict, axis: Axis) -> Iterator[str]:
    for n, step in enumerate(data["steps"]):
        top = TOP + PANEL * n
        note = Note.of(step, words.remark(step, data), axis)
        yield from badge(step, top)
        yield '<g class="plot">'
        yield from grid(step, axis, top, note)
        for number, row in enumerate(step["rows"]):
            yield from timeline(row, axis, top + FIRST_ROW + ROW * number)
        yield "</g>"
        yield from labels(data, top, everyone=n == 0)
        yield from note.drawn(top)


def badge(step: dict, top: float) -> Iterator[str]:
    number, colour = step["step"] or "?", BADGES[step["step"]]
    name = step["name"]
    yield f'<rect class="wide" y="{top}" width="18" height="18" rx="4" fill="{colour}"/>'
    yield text(9, top + 13.6, number, "badge middle wide")
    yield text(26, top + 14, shortened(name, 15, 400), "name wide")
    yield f'<rect class="narrow" y="{top - 3}" width="25" height="25" rx="5" fill="{colour}"/>'
    yield text(12.5, top + 16.8, number, "BADGE middle narrow")
    yield text(33, top + 17, shortened(name, 23, 440), "NAME narrow")


def grid(step: dict, axis: Axis, top: float, note: "Note") -> Iterator[str]:
    bottom = top + FIRST_ROW + ROW * len(step["rows"]) - 4
    for ms in axis.lines(step["done"]):
        x = axis.x(ms)
        under = note.place == "corner" and x > note.x - 8
        y = top + (62 if under else 23)
        yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{y}" y2="{bottom}"/>'


def labels(data: dict, top: float, everyone: bool) -> Iterator[str]:
    """The clients' names, once; later only the one that it is about."""
    heavy = heavy_row(data["load"])
    for number, one in enumerate(data["load"]):
        if everyone or number == heavy:
            middle = top + FIRST_ROW + ROW * number
            yield text(LEFT - 8, middle + 4, one["name"], "row soft end wide")


# A row


def timeline(row: dict, axis: Axis, middle: float) -> Iterator[str]:
    for kind, since, until in row["phases"] or ():
        yield bar(kind, axis.x(since), axis.x(until), middle)
    if row["phases"] is None:
        yield from from_outside(row, axis, middle)
    if row["tail"]:
        yield line("tail", *map(axis.x, row["tail"]), middle)
    for ms in row["answers"]:
        yield tick(axis.x(ms), middle)


def from_outside(row: dict, axis: Axis, middle: float) -> Iterator[str]:
    """What a client alone can know: when it asked, and that the answer was outstanding."""
    until = [*row["asked"][1:], math.inf]
    for asked, following in zip(row["asked"], until, strict=True):
        answered = max(ms for ms in row["answers"] if asked <= ms <= following)
        yield line("open", axis.x(asked), axis.x(answered), middle)
        yield ring(axis.x(asked), middle)


def bar(kind: str, since: float, until: float, middle: float, also: str = "") -> str:
    style, height = MARKS[kind]
    y, width = middle - height / 2, until - since
    return f'<rect class="{style} {also}" x="{since:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height}"/>'


def tick(x: float, middle: float, also: str = "") -> str:
    y = middle - 5.2
    return f'<rect class="a {also}" x="{x - 0.9:.1f}" y="{y:.1f}" width="1.8" height="10.4"/>'


def line(style: str, since: float, until: float, y: float, also: str = "") -> str:
    return f'<line class="{style} {also}" x1="{since:.1f}" x2="{until:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'


def ring(x: float, middle: float, also: str = "") -> str:
    return f'<circle class="ask {also}" cx="{x:.1f}" cy="{middle:.1f}" r="3"/>'


# What is said beside a panel


@dataclass(frozen=True, slots=True)
class Note:
    """A number and two lines, where the panel has room: beside its bars, in the corner above the
    later rows, or, the number alone, at the right end of its heading."""

    number: str
    remark: words.Remark
    place: str
    x: float
    bars: float  # where they end

    @classmethod
    def of(cls, step: dict, remark: words.Remark, axis: Axis) -> "Note":
        number = words.seconds(step["shown"]) if step["shown"] is not None else ""
        needed = max([width_of(line, 13) for line in remark.lines] + [210])
        bars = axis.x(step["done"])
        corner = axis.x(max(row["done"] for row in step["rows"][:3]))
        if max(bars + 24, 461) + needed <= WIDTH:
            return cls(number, remark, "beside", max(bars + 24, 461), bars)
        if corner + 28 + needed <= WIDTH:
            return cls(number, remark, "corner", corner + 28, corner)
        return cls(number, remark, "heading", WIDTH, bars)

    def drawn(self, top: float) -> Iterable[str]:
        return [*self.wide(top), *self.narrow(top)]

    def wide(self, top: float) -> Iterator[str]:
        end = " end" if self.place == "heading" else ""
        y = top + (52 if self.place == "beside" else 15)
        if self.number:
            waiting = ("waiting their turn", "small")
            yield text(self.x, y, f"{self.number} ", f"big turn wide{end}", waiting)
        below = y + (20 if self.place == "beside" else 18)
        for n, said in enumerate(() if end else self.remark.lines):
            yield text(self.x, below + 17 * n, said, "soft wide")

    def narrow(self, top: float) -> Iterator[str]:
        if self.place == "heading":
            x, y, end = WIDTH, top + 17, " end"
        else:
            x, y, end = narrow(self.bars) + 24, top + (62 if self.place == "beside" else 20), ""
            x = max(x, 378) if self.place == "beside" else x
        if self.number:
            yield text(x, y, f"{self.number} waiting", f"BIG turn narrow{end}")
        if self.place != "heading":
            yield text(x, y + 26, self.remark.short, "K soft narrow")
