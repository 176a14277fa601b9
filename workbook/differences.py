"""Two files side by side: what stayed, what changed, what came and went, what moved where.

Lines are paired in order, so that the pairs are as alike as can be (Needleman and Wunsch's
alignment). Of the rest, a line that is like one elsewhere in the other file has moved. A module's
docstring is left out: it always differs, and says in words why.
"""

import ast
import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import groupby, zip_longest

from IPython.display import display

from workbook.settings import say
from workbook.source import link, locate

ALIKE = 0.8  # of 1: so alike are a line and what has become of it
SHORT = 12  # letters: a shorter line that is found elsewhere has not moved, there are many like it
FOLDED = 12  # so many lines in a row that only one file has, or more, are named and not shown
CHANGED, GONE, NEW, MOVED = "~-+→"
TINTS = {CHANGED: "#d9a40030", GONE: "#e8590c30", NEW: "#109a7630", MOVED: "#4a90d940"}
KEY = "`-` gone, `+` new, `~` changed, `→ 47` moved, and there it is line 47"
TABLE = "width:100%;table-layout:fixed;border-collapse:collapse;font:12px/1.45 monospace"
NUMBER = "width:6em;text-align:right;vertical-align:top;padding:0 .4em;white-space:nowrap"
CODE = "text-align:left;vertical-align:top;padding:0 .4em;white-space:pre-wrap"


@dataclass(frozen=True, slots=True)
class Line:
    """Of one file; `mark` is one of the four above, or nothing: then it is as it was."""

    number: int  # from 1
    text: str
    mark: str = ""
    elsewhere: int | None = None  # the number of the line in the other file that it has moved to


Row = tuple[Line | None, Line | None]


def diff(before: str, after: str, context: int = 2) -> None:
    """Show where two files differ, side by side; those in work/ are the learner's."""
    paths = [locate(before), locate(after)]
    if missing := [path for path in paths if not path.is_file()]:
        return say(f"{link(missing[0])} is not there yet.")
    say(f"{link(paths[0])} → {link(paths[1])}\n\n{KEY}")
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in paths]
    rows = compare(*texts)
    if not any(map(differs, rows)):
        return say("Nothing has changed.")
    lines = [[line for _, line in code_of(text)] for text in texts]
    plain = "\n".join(difflib.unified_diff(*lines, before, after, lineterm="", n=context))
    return display({"text/html": table(rows, context), "text/plain": plain}, raw=True)


def differs(row: Row) -> bool:
    return any(line is None or line.mark for line in row)


# Comparing


def compare(before: str, after: str) -> list[Row]:
    """All lines of both, but for the modules' docstrings: a line and its other form, or alone."""
    left, right = code_of(before), code_of(after)
    pairs = list(align([text for _, text in left], [text for _, text in right]))
    moved = dict(
        moves([left[a] for a, b in pairs if b is None], [right[b] for a, b in pairs if a is None])
    )
    back = {there: here for here, there in moved.items()}
    rows = []
    for together, gap in groupby(pairs, lambda pair: None not in pair):
        if together:
            rows += [beside(left[a], right[b]) for a, b in gap]
        else:
            ones, others = zip(*gap, strict=True)
            gone = [alone(left[a], GONE, moved) for a in ones if a is not None]
            come = [alone(right[b], NEW, back) for b in others if b is not None]
            rows += zip_longest(gone, come)
    return rows


def code_of(text: str) -> list[tuple[int, str]]:
    """Its lines, numbered, from the first behind the module's docstring."""
    lines = list(enumerate(text.splitlines(), 1))
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return lines  # a learner's, half written
    return lines[tree.body[0].end_lineno :] if ast.get_docstring(tree) else lines


def beside(one: tuple[int, str], other: tuple[int, str]) -> Row:
    mark = "" if one[1] == other[1] else CHANGED
    return Line(*one, mark), Line(*other, mark)


def alone(line: tuple[int, str], mark: str, moved: dict[int, int]) -> Line:
    there = moved.get(line[0])
    return Line(*line, MOVED if there else mark, there)


def align(left: list[str], right: list[str]) -> Iterator[tuple[int | None, int | None]]:
    """Pairs of indices in order, None beside those without a partner."""
    gain = [[worth(a, b) for b in right] for a in left]
    best = [[0.0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i in reversed(range(len(left))):
        for j in reversed(range(len(right))):
            best[i][j] = max(gain[i][j] + best[i + 1][j + 1], best[i + 1][j], best[i][j + 1])
    i = j = 0
    while i < len(left) or j < len(right):
        within = i < len(left) and j < len(right)
        if within and gain[i][j] and best[i][j] == gain[i][j] + best[i + 1][j + 1]:
            yield i, j
            i, j = i + 1, j + 1
        elif i < len(left) and best[i][j] == best[i + 1][j]:
            yield i, None
            i += 1
        else:
            yield None, j
            j += 1


def worth(a: str, b: str) -> float:
    """What it is worth to pair two lines: 0 if they are not alike; the more, the longer they are."""
    found = likeness(a, b)
    return found * min(len(a), len(b), 40) + 0.1 if found >= ALIKE else 0


def moves(gone: list[tuple[int, str]], come: list[tuple[int, str]]) -> Iterator[tuple[int, int]]:
    """The numbers of lines that stand elsewhere now, the most alike first, each once."""
    found = [
        (likeness(a, b), here, there)
        for here, a in gone
        for there, b in come
        if min(len(a.strip()), len(b.strip())) >= SHORT
    ]
    taken = set()
    for alike, here, there in sorted(found, key=lambda one: -one[0]):
        if alike >= ALIKE and not taken & {-here, there}:
            taken |= {-here, there}
            yield here, there


def likeness(a: str, b: str) -> float:
    """0 to 1, of what the lines do: whose attribute it is, who awaits it and why does not count."""
    a, b = (re.sub(r"self\.|await |async |  #.*", "", line).strip() for line in (a, b))
    if a == b:
        return 1
    found = difflib.SequenceMatcher(None, a, b, autojunk=False)
    if min(found.real_quick_ratio(), found.quick_ratio()) < ALIKE:  # at most so: spare the work
        return 0
    return found.ratio()


# Showing


def table(rows: list[Row], context: int) -> str:
    """HTML whose tints let a light or a dark page shine through; the marks say the same."""
    columns = f"<col style='{NUMBER.partition(';')[0]}'><col>" * 2
    near = [
        any(map(differs, rows[max(0, n - context) : n + context + 1])) for n in range(len(rows))
    ]
    body = []
    for kind, numbers in groupby(
        range(len(rows)), lambda n: side_of(rows[n]) if near[n] else "far"
    ):
        run = [rows[n] for n in numbers]
        if kind == "far":
            body.append(cells("⋮", "", "") * 2)
        elif kind and len(run) >= FOLDED:
            body.append(folded(run, kind))
        else:
            body += ["".join(map(shown, row)) for row in run]
    lines = "".join(f"<tr>{line}</tr>" for line in body)
    return f"<table style='{TABLE}'><colgroup>{columns}</colgroup>{lines}</table>"


def side_of(row: Row) -> str:
    """ "left" or "right" if only that file has the line, or nothing."""
    marks = [line.mark if line else None for line in row]
    return {(GONE, None): "left", (None, NEW): "right"}.get(tuple(marks), "")


def folded(run: list[Row], kind: str) -> str:
    lines = [left or right for left, right in run]
    named = re.findall(
        r"^ *(?:class|(?:async )?def) (\w+)", "\n".join(one.text for one in lines), re.M
    )
    words = f"{len(lines)} lines: {', '.join(named) or lines[0].text.strip() + ' …'}"
    line = cells(f"{lines[0].number}–{lines[-1].number}", words, lines[0].mark)
    return line + shown(None) if kind == "left" else shown(None) + line


def shown(line: Line | None) -> str:
    if line is None:
        return cells("", "", "")
    there = f" {line.elsewhere}" if line.elsewhere else ""
    return cells(f"{line.mark}{there} {line.number}", line.text, line.mark)


def cells(number: str, text: str, mark: str) -> str:
    tint = f";background:{TINTS[mark]}" if mark else ""
    return f"<td style='{NUMBER}{tint}'>{number}</td><td style='{CODE}{tint}'>{escape(text)}</td>"
