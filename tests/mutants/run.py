"""Plant a bug in a copy of the project, and see which test notices."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.catalogue import HTTP1, Mutant

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("steps", "harness", "tests", "pyproject.toml")
OF_PROTOCOL = (
    "cases",
    "packets",
    "properties",
    "contract",
    "limits",
    "concurrency",
    "stopping",
    "waits",
)
OF_WAITING = (
    "races",
    "packets",
    "concurrency",
    "stopping",
    "waits",
    "limits",
    "contract",
    "cases",
    "properties",
)
PATIENCE = 180  # seconds for a run of the tests, which takes 20


@dataclass(frozen=True, slots=True)
class Verdict:
    mutant: Mutant
    detector: str  # the first test that noticed, or nothing
    seconds: float


def change(mutant: Mutant, folder: Path) -> None:
    """Plant it in a copy."""
    file = folder / mutant.file
    file.write_text(changed(mutant, file.read_text(encoding="utf-8")), encoding="utf-8")


def changed(mutant: Mutant, text: str) -> str:
    """Its file's text with the bug. ValueError where what it changes is not there exactly once."""
    if text.count(mutant.old) != 1:
        raise ValueError(
            f"{mutant.name!r}: {mutant.file} has {text.count(mutant.old)} times the text\n"
            f"{mutant.old}\nthat this bug changes: bring tests/mutants/catalogue.py up to date"
        )
    return text.replace(mutant.old, mutant.new)


def copy_project(folder: Path) -> None:
    for name in COPIED:
        if (ROOT / name).is_dir():
            junk = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, folder / name, ignore=junk)
        else:
            shutil.copy(ROOT / name, folder)


def judge(mutant: Mutant) -> Verdict:
    """Run the suite with this bug planted, until a test notices."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        copy_project(Path(folder))
        change(mutant, Path(folder))
        tests = OF_PROTOCOL if mutant.file == HTTP1 else OF_WAITING  # the likely ones first
        detector = run_tests(mutant.step, tests, folder)
    return Verdict(mutant, detector, time.monotonic() - began)


def run_tests(step: int, tests: tuple[str, ...], folder: str) -> str:
    """The name of the first test that fails there; nothing if none does."""
    files = [f"tests/test_{name}.py" for name in tests]
    options = ["-x", "-q", "-rfE", "--tb=no", "--no-header", "-p", "no:cacheprovider"]
    command = [sys.executable, "-B", "-m", "pytest", *files, *options, "--steps", str(step)]
    child = subprocess.Popen(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env={**os.environ, "COLUMNS": "300"},
    )
    try:
        output, _ = child.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
        return f"the suite did not end within {PATIENCE} s"
    if child.returncode == 0:
        return ""
    found = re.search(r"^(?:FAILED|ERROR) tests/(\S+?)\.py(?:::(.*))?$", output, re.MULTILINE)
    if not found:
        raise RuntimeError(f"the suite ended with {child.returncode}:\n{output[-2000:]}")
    return f"{found[1]}: {(found[2] or 'cannot be run').partition(' - ')[0]}"
