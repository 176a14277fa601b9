"""The servers stay small: every file has its budget, and every function fits a screen."""

import ast

import pytest

from harness.server import ROOT
from tests.budgets import BUDGETS, count_code, measure

FUNCTION = 25  # lines, with its docstring
FILES = sorted(str(file.relative_to(ROOT)) for file in (ROOT / "steps").rglob("*.py"))
SMALL = ("__init__.py", "__main__.py")  # these need no budget, but stay small


@pytest.mark.parametrize("file", BUDGETS)
def test_a_file_keeps_within_its_budget(file):
    assert measure(file) <= BUDGETS[file], f"{file}: redesign, do not compress"


def test_every_file_has_a_budget():
    without = [file for file in FILES if file not in BUDGETS and not file.endswith(SMALL)]
    assert not without, f"tests/budgets.py says nothing of {without}"


@pytest.mark.parametrize("file", FILES)
def test_no_function_is_longer_than_a_screen(file):
    long = {name: lines for name, lines in functions(file) if lines > FUNCTION}
    assert not long, f"{file}: {long} lines, and {FUNCTION} is the limit"


def test_code_is_counted_without_words():
    source = (
        '"""Words."""\n\n# more words\nx = """a\nb"""  # and more\n\n\ndef f():\n    "Words."\n'
    )
    assert count_code(source) == 3


def functions(file):
    """The name and the lines of each function of a file."""
    for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node.end_lineno - node.lineno + 1
