"""Exercises: a file to change, and what the tests of all steps say of it.

An exercise is a starting file, notebooks/exercises/NAME.py, and NAME.toml beside it:

    task, solved        Markdown
    hints               two: what to look at, then what to do
    [[tests]]           which tests of the suite judge it, in this order:
    id                  a test's id, for instance tests/test_limits.py::test_HTTP_1_1_goes_on
    wrong               the wrong answer that meets it first: `start`, or one in tests/wrong_answers
    means               what it usually means that this is the first to fail: the misconception

Worked solutions are in notebooks/exercises/solutions/.
"""

import contextlib
import re
import shlex
import shutil
import sys
import tempfile
import textwrap
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from xml.etree import ElementTree

from harness.guarded import Guarded, text_of
from harness.server import ROOT
from workbook.settings import fenced, say, work
from workbook.source import link

EXERCISES = ROOT / "notebooks" / "exercises"
STUCK = 120  # seconds
DIED = "died in this test"  # so the suite says of a server that has ended
SOLVED: dict[str, bytes] = {}  # by exercise: a learner's file as it was when it was judged solved


@dataclass(frozen=True, slots=True)
class Exercise:
    name: str
    task: str
    hints: list[str]
    tests: list[dict[str, str]]
    solved: str

    @classmethod
    def named(cls, name: str) -> "Exercise":
        known = {path.stem: path for path in sorted(EXERCISES.glob("*.toml"))}
        if name not in known:
            raise LookupError(f"there is no exercise {name!r}: choose from {', '.join(known)}")
        return cls(name, **tomllib.loads(known[name].read_text(encoding="utf-8")))

    @property
    def start(self) -> Path:
        return EXERCISES / f"{self.name}.py"

    @property
    def solution(self) -> Path:
        return EXERCISES / "solutions" / f"{self.name}.py"

    @property
    def yours(self) -> Path:
        """The learner's copy, made when it is first asked for and never overwritten."""
        path = work() / f"{self.name}.py"
        if not path.exists():
            draft = path.with_suffix(".part")
            shutil.copyfile(self.start, draft)
            draft.replace(path)
        return path


def exercise(name: str) -> None:
    """Say what to do, in which file, with two hints to unfold."""
    one = Exercise.named(name)
    try:
        yours = link(one.yours)
    except OSError as error:
        yours = f"it cannot be made ({error})"
    hints = "\n\n".join(
        f"<details><summary>Hint {n}</summary>\n\n{hint}\n\n</details>"
        for n, hint in enumerate(one.hints, 1)
    )
    say(
        f"{one.task.strip()}\n\nYour file: {yours}\n\n{hints}\n\n"
        f"A worked solution, for afterwards: {link(one.solution)}"
    )


def check(name: str) -> None:
    """Say what the tests say of a learner's file: solved, or the misconception."""
    print("Running the tests: some seconds ...")
    one = Exercise.named(name)
    try:
        judged = one.yours.read_bytes()
    except OSError as error:
        return say(f"**Not yet: your file cannot be read.** {error}.")
    words = verdict(one)
    if words.startswith("**Solved.**"):
        SOLVED[name] = judged
    return say(words)


def answer(name: str) -> tuple[Path, str]:
    """The learner's file, if it is the one that `check` has called solved, or the worked solution;
    and in words, which."""
    one = Exercise.named(name)
    with contextlib.suppress(OSError):
        if one.yours.read_bytes() == SOLVED.get(name):
            return one.yours, f"your {name}.py"
    return one.solution, f"the worked solution of {name} (run `check` to take yours)"


def verdict(one: Exercise, path: Path | None = None) -> str:
    path = path or one.yours
    if trouble := unreadable(path):
        return f"**Not yet: your file cannot be run.** {trouble}"
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        try:
            output = run_tests(one, path, report)
        except TimeoutError as error:
            return f"**Not yet.** {error}"
        if not report.is_file():
            return f"**Not yet: your server does not start.**\n\n{reason(output)}"
        return judged(one, dict(failures(report)))


def unreadable(path: Path) -> str | None:
    """Why a file is no Python, or None."""
    try:
        compile(path.read_bytes(), path.name, "exec")
    except SyntaxError as error:
        return f"Line {error.lineno}: {error.msg}."
    except (OSError, ValueError) as error:
        return f"{error}."
    return None


def judged(one: Exercise, failed: dict[str, tuple[str, str]]) -> str:
    """What the first of the exercise's tests that failed means."""
    for _, details in failed.values():
        if DIED in details:
            last = last_words(details)
            return f"**Not yet: your server stopped with an error.**\n\n{fenced(last)}"
    for test in one.tests:
        for id, (message, _) in failed.items():
            if test["id"] in (id, id.partition("[")[0]):  # or it is for all of its parameters
                return f"**Not yet.** {test['means'].strip()}\n\n{fenced(in_short(message))}"
    if failed:
        return f"**Not yet.** This test fails: `{next(iter(failed))}`"
    return f"**Solved.** {one.solved.strip()}"


def run_tests(one: Exercise, path: Path, report: Path) -> str:
    """Run the exercise's tests against the file's server; what pytest prints."""
    server = f"{shlex.quote(sys.executable)} {shlex.quote(str(path))} --port {{port}}"
    tests = [str(ROOT / test["id"]) for test in one.tests]
    return run_suite("-x", "--junitxml", str(report), "--server", server, *tests)


def run_suite(*arguments: str) -> str:
    """Run the suite in a process of its own; what pytest prints. TimeoutError if it does not end."""
    options = ["-q", "-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml")]
    command = [sys.executable, "-m", "pytest", *options, *arguments]
    child = Guarded(command, cwd=ROOT, env={"PYTEST_ADDOPTS": ""})
    try:
        give_up = time.monotonic() + STUCK
        while not child.gone():
            if time.monotonic() > give_up:
                raise TimeoutError(
                    f"The tests had not ended after {STUCK} s: is there an endless loop?"
                )
            time.sleep(0.02)
    finally:
        child.end(0)
    return text_of(child.stdout) + text_of(child.stderr)


def reason(output: str) -> str:
    """What the harness says of a server that it cannot start, or the last that was said at all."""
    lines = [line.removeprefix("ERROR: ") for line in output.splitlines() if line.strip()]
    said = re.findall(r"' ((?:ended with|was ended by|was not ready after) .*last words.*)", output)
    hint = " Nothing listens on the port that --port names." if "was not ready" in output else ""
    return fenced(f"It {said[-1]}" if said else (lines or ["It says nothing."])[-1]) + hint


def failures(report: Path) -> Iterator[tuple[str, tuple[str, str]]]:
    """Which tests failed, by file::name; of each what it says in short, and all that pytest says."""
    for case in ElementTree.parse(report).iter("testcase"):
        found = [*case.iter("failure"), *case.iter("error")]
        if found:
            file = case.get("classname").replace(".", "/")
            details = "\n".join(one.text or "" for one in found)
            yield f"{file}.py::{case.get('name')}", (found[0].get("message", ""), details)


def in_short(message: str) -> str:
    """The assertion in words, without its type and what pytest adds."""
    words = message.partition(": ")[2]
    lines = takewhile(lambda line: not line.startswith("assert "), words.strip("\n").splitlines())
    return textwrap.dedent("\n".join(lines)) or message


def last_words(details: str) -> str:
    first, *rest = details.partition("last words:\n")[2].strip().splitlines() or ["none"]
    return "\n".join([first, textwrap.dedent("\n".join(rest))])
