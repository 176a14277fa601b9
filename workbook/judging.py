"""What the suite says of any server, in any language."""

import tempfile
from pathlib import Path

from harness.server import ROOT
from workbook.exercises import reason, run_suite
from workbook.settings import say

TESTS = ("tests/test_contract.py", "tests/test_concurrency.py")


def judge(command: str, *tests: str) -> None:
    """Show what a server can do: how many tests of each kind it passes. `command` starts it, with {port}
    in it; `tests` are files or tests of the suite, unless told those of the routes and of waiting."""
    say(judgement(command, tests or TESTS))


def judgement(command: str, tests: tuple[str, ...]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder, "table.md")
        chosen = [str(ROOT / test) for test in tests]
        try:
            output = run_suite("--server", command, "--matrix", str(table), *chosen)
        except TimeoutError as error:
            return f"**Not judged.** {error}"
        words = table.read_text(encoding="utf-8").strip()  # the suite makes the file first of all
        return words or f"**Not judged: the server does not start.**\n\n{reason(output)}"
