"""Lines of words in an SVG, which breaks no line and measures none: here both are done beforehand.

The widths are those of Arial. A reader's own font differs from it by 4% or so, and a line that has
not that much to spare is too long.
"""

import math
from html import escape


def text(x: float, y: float, line: object, style: str, more: tuple[str, str] = ("", "")) -> str:
    """One line. `style` is classes, and `middle` or `end` of it says what is at x."""
    anchor = next(
        (f' text-anchor="{one}"' for one in ("middle", "end") if one in style.split()), ""
    )
    span = f'<tspan class="{more[1]}">{escape(more[0])}</tspan>' if more[0] else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{style}"{anchor}>{escape(str(line))}{span}</text>'


WIDTHS = {  # of Arial and Helvetica, in thousandths of the size; other fonts differ by 4% or so
    222: "ijl’'",
    278: " !,./:;I[]ft",
    333: "()-r",
    500: "Jckszvxy",
    611: "FTZ",
    667: "ABEKPSVXY&",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%",
    944: "W",
}
ADVANCE = {letter: width for width, letters in WIDTHS.items() for letter in letters}


def width_of(line: str, size: float) -> float:
    """About how wide a line is, with 4% to spare."""
    return 1.04 * size * sum(ADVANCE.get(letter, 556) for letter in line) / 1000


def wrap(line: str, size: float, width: float) -> list[str]:
    """Bold words on as many lines as they need, the lines of much the same length."""
    count = math.ceil(1.07 * width_of(line, size) / width)
    lines, share = [""], len(line) / count
    for word in line.split():
        if len(lines[-1]) + len(word) / 2 > share and len(lines) < count:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def shortened(line: str, size: float, width: float) -> str:
    """As many letters as there is room for."""
    if width_of(line, size) <= width:
        return line
    while width_of(line + "...", size) > width:
        line = line[:-1]
    return line + "..."
