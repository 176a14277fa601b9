"""Where a learner's files are, how large the loads are, and what machine this is."""

import os
from pathlib import Path

from IPython.display import Markdown, display

from benchmark.results import environment
from harness.server import ROOT


def small() -> bool:
    """Whether the loads are to be small: in the tests, or on a slow machine."""
    return os.environ.get("WORKBOOK_SIZE") == "small"


def work() -> Path:
    """The folder of a learner's files, made when it is first asked for. Git ignores it."""
    folder = Path(os.environ.get("WORKBOOK_DIR") or ROOT / "work")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def about() -> None:
    """Say what machine this is: every number below belongs to it."""
    say(f"Measured on: {machine()}.")


def machine() -> str:
    here = environment({})
    cores = f"{here['cores']} core{'s' * (here['cores'] != 1)}"
    gil = "" if here["gil"] else ", no GIL"
    return f"{here['system'].split()[0]} ({here['machine']}), {cores}, {here['python']}{gil}"


def say(words: str) -> None:
    """Markdown, as a cell's output."""
    display(Markdown(words))
