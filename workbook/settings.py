"""Where a learner's files are, how large the loads are, and what machine this is."""

import contextlib
import os
import re
import resource
from pathlib import Path

from IPython.display import Markdown, display

from benchmark.results import environment
from harness.server import ROOT


def small() -> bool:
    """Whether the loads are to be small: in the tests, or on a slow machine."""
    return os.environ.get("WORKBOOK_SIZE") == "small"


def work() -> Path:
    """The folder of a learner's files, made when it is first asked for. Git ignores it."""
    folder = Path(os.environ.get("WORKBOOK_DIR") or ROOT / "work").expanduser()
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def write(path: Path, words: str) -> None:
    """All or nothing: what was there before is lost only when the new words are there."""
    draft = path.with_name(f"{path.name}.part")
    try:
        draft.write_text(words, encoding="utf-8", errors="replace")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def raise_limit() -> None:
    """As many descriptors as we may have: some systems give a program 256 until it asks."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 10240 if hard == resource.RLIM_INFINITY else min(hard, 10240)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def about() -> None:
    """Say what machine this is: every number below belongs to it."""
    say(f"Measured on: {machine()}.")


def gil() -> bool:
    """Whether only one thread at a time runs Python here: CPython's global interpreter lock."""
    return environment({})["gil"]


def machine() -> str:
    here = environment({})
    allowed = getattr(os, "sched_getaffinity", lambda _: range(here["cores"]))(0)  # not on macOS
    cores = f"{len(allowed)} core{'s' * (len(allowed) != 1)}"
    gil = "" if here["gil"] else ", no GIL"
    return f"{here['system'].split()[0]} ({here['machine']}), {cores}, {here['python']}{gil}"


def say(words: str) -> None:
    """Markdown, as a cell's output."""
    display(Markdown(words))


def fenced(words: str, language: str = "text") -> str:
    """Words as they are: a fence that is longer than any in them."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", words)), default=0))
    return f"{fence}{language}\n{words}\n{fence}"
