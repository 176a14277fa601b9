"""What can be counted: lines of code, calls of functions, and what the suite found."""

import ast
import io
import re
import sys
import textwrap
import tokenize
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from harness.server import ROOT
from workbook.source import read_parts

NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}


def lines(*places: str) -> int:
    """How many lines of code there are in these places together: files, installed modules, or
    definitions in them, such as "steps/app.py", "tornado.web", "tornado.web:RequestHandler.write".

    Blank lines, comments and docstrings do not count.
    """
    return sum(count_code(textwrap.dedent(source_of(place))) for place in places)


def source_of(place: str) -> str:
    file, _, name = place.partition(":")
    _, [source] = read_parts(file, *filter(None, [name]))
    return source


def count_code(source: str) -> int:
    """Lines of code as tokenize sees them."""
    found = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in NO_CODE:
            found.update(range(token.start[0], token.end[0] + 1))
    return len(found - docstring_lines(source))


def docstring_lines(source: str) -> set[int]:
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                found.update(range(first.lineno, first.end_lineno + 1))
    return found


@contextmanager
def calls(package: str) -> Iterator[Counter]:
    """Counts, while the block runs, how often a function of a package is entered or gone on with
    in this thread, by module."""
    counted = Counter()

    def note(frame, event, _):
        module = frame.f_globals.get("__name__", "")
        if event == "call" and module.split(".")[0] == package:
            counted[module] += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield counted
    finally:
        sys.setprofile(before)


def capabilities() -> tuple[dict[str, list[str]], list[tuple[int, int, str]]]:
    """What the suite found, as docs/capabilities.md has it: for each capability a word for each of
    the five steps; and of what fails (step, how many tests, why), the most first."""
    text = (ROOT / "docs" / "capabilities.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in re.findall(r"^\|.*", text, re.M)
    ]
    found = re.findall(r"^- (\d) [^(]*\((\d+)\): (.*)", text, re.M)
    reasons = [(int(step), int(count), why) for step, count, why in found]
    return {what: marks for what, *marks in rows[2:]}, sorted(reasons, key=lambda one: -one[1])
