"""The matrix, step by capability, that ends a run: what each server can do, and why not.

A test names its capability with `pytest.mark.capability("a silent client stops nobody")`; tests
with the same words share a row. Where a step must fail, `pytest.mark.fails_in({1: "why"})` says so,
and the words are the lesson.
"""

from collections import Counter
from pathlib import Path

import httpx
import pytest

MARK = "<!-- Written by the suite: -->\n"
LEGEND = (
    "✓ all tests pass; ✗ none does, and that is the lesson; 3/4 so many do, the rest is the lesson; "
    "FAIL 3/4 so many do, the rest should; – does not apply"
)


class Matrix:
    """Listens to a run, prints the table at its end, and writes it to a file where asked."""

    def __init__(self, file: str | None):
        self.file = file
        self.places = {}  # capability and column of each test
        self.rows = {}  # capability -> column -> Counter of outcomes
        self.columns = []
        self.reasons = {}  # (step, reason) -> how many tests

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items):
        for item in items:
            expect_failure(item)

    def pytest_collection_finish(self, session):
        for item in session.items:
            target = target_of(item)
            mark = item.get_closest_marker("capability")
            if target and mark:
                self.places[item.nodeid] = mark.args[0], target.name
                if target.name not in self.columns:
                    self.columns.append(target.name)
                self.rows.setdefault(mark.args[0], {}).setdefault(target.name, Counter())

    def pytest_runtest_logreport(self, report):
        if report.nodeid not in self.places or (report.passed and report.when != "call"):
            return
        capability, column = self.places[report.nodeid]
        outcome = "lesson" if report.skipped and hasattr(report, "wasxfail") else report.outcome
        self.rows[capability][column][outcome] += 1
        if outcome == "lesson":
            key = column, report.wasxfail
            self.reasons[key] = self.reasons.get(key, 0) + 1

    def pytest_terminal_summary(self, terminalreporter):
        if not any(row.total() for rows in self.rows.values() for row in rows.values()):
            return
        terminalreporter.section("what each server can do")
        for line in [*self.table(), "", LEGEND, *self.lessons()]:
            terminalreporter.write_line(line)
        if self.file:
            write_behind_mark(Path(self.file), self.markdown())

    def cells(self):
        """The table as rows of words, its head first."""
        yield ["", *self.columns]
        for capability, row in self.rows.items():
            yield [capability, *(cell(row.get(column, Counter())) for column in self.columns)]

    def table(self):
        rows = list(self.cells())
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for label, *words in rows:
            centred = (word.center(width) for word, width in zip(words, widths[1:], strict=True))
            yield f"{label:{widths[0]}}  {'  '.join(centred)}".rstrip()

    def lessons(self):
        for (column, reason), count in sorted(self.reasons.items()):
            yield f"{column} ({count}): {reason}"

    def markdown(self):
        head, *rows = ([cell.replace("|", "\\|") for cell in row] for row in self.cells())
        lines = [head, ["---", *[":-:"] * len(self.columns)], *rows]
        table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        lessons = "\n".join(f"- {line}" for line in self.lessons())
        return f"{table}\n\n{LEGEND}.\n\n{lessons}\n"


def write_behind_mark(file, words):
    """Write a file; where there is one with a mark in it, replace what is behind the mark only."""
    before, mark, _ = (file.read_text("utf-8") if file.exists() else "").partition(MARK)
    file.write_text(before + mark + words if mark else words, encoding="utf-8")


def cell(outcomes):
    passed, failed, lessons = (outcomes[word] for word in ("passed", "failed", "lesson"))
    ran = passed + failed + lessons
    if not ran:
        return "–" if outcomes["skipped"] else ""
    share = f"{passed}/{ran}" if passed else ""
    if failed:
        return f"FAIL {share}".strip()
    return ("✗" if not passed else share) if lessons else "✓"


def expect_failure(item):
    """Make `fails_in` a strict expected failure of the steps that it names."""
    target = target_of(item)
    for mark in item.iter_markers("fails_in") if target else ():
        reason = mark.args[0].get(target.step)
        if reason:
            seen = (AssertionError, httpx.TransportError)  # not a mistake in the test itself
            item.add_marker(pytest.mark.xfail(strict=True, reason=reason, raises=seen))


def target_of(item):
    """The server that a test is applied to; None if it judges our own code."""
    callspec = getattr(item, "callspec", None)
    return callspec.params.get("target") if callspec else None
