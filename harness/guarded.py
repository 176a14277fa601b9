"""A process with a guard: started with limits, heard, and ended whatever becomes of this one."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

import psutil

GUARD = Path(__file__).with_name("guard.py")


class HarnessError(Exception):
    """Something is wrong with a server. Its text is one sentence for the user."""


class Guarded:
    """A child of a guard (guard.py). `process` is the child itself, None if it is gone already."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        cpu: int | None = None,
        descriptors: int | None = None,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ):
        self.stdout, self.stderr = self._log(), self._log()
        limits = ["" if limit is None else str(limit) for limit in (cpu, descriptors)]
        hear, tell = os.pipe()
        try:
            self._guard = subprocess.Popen(
                [sys.executable, "-I", "-S", GUARD, str(tell), *limits, *command],
                bufsize=0,
                stdin=subprocess.PIPE,  # closes with this process
                stdout=self.stdout,
                stderr=self.stderr,
                pass_fds=[tell],
                start_new_session=True,
                cwd=cwd,
                env={**os.environ, **(env or {})},
            )
        finally:
            os.close(tell)
        self._report = os.fdopen(hear)
        self.process = self._meet()

    def _log(self) -> IO[bytes]:
        """A file with no name, so that nothing of it stays; readable as long as this object."""
        log = tempfile.TemporaryFile()  # noqa: SIM115
        weakref.finalize(self, log.close)
        return log

    def _meet(self) -> psutil.Process | None:
        word, words = self._hear()
        if word != "started":
            self._part()
            raise HarnessError(f"the server cannot be started: {words or self.last_words()}")
        try:
            return psutil.Process(int(words))
        except psutil.NoSuchProcess:
            return None

    def _hear(self) -> tuple[str, str]:
        word, _, words = self._report.readline().strip().partition(" ")
        return word, words

    def gone(self) -> bool:
        return self._guard.poll() is not None

    def end(self, patience: float) -> tuple[int, bool]:
        """End it and return its exit status, and whether SIGTERM was not enough. Call it once."""
        with contextlib.suppress(BrokenPipeError):  # it is gone already
            self._guard.stdin.write(f"{patience}\n".encode())
        word, status = self._hear()
        self._part()
        return int(status or -signal.SIGKILL), word == "killed"

    def _part(self) -> None:
        self._guard.stdin.close()
        self._guard.wait()
        self._report.close()

    def last_words(self) -> str:
        return last_words(self.stderr) or last_words(self.stdout) or "none"


def text_of(log: IO[bytes]) -> str:
    """The last MiB of what was written. The writer shares the offset: it must not be moved."""
    start = max(0, os.fstat(log.fileno()).st_size - 2**20)
    return os.pread(log.fileno(), 2**20, start).decode(errors="replace")


def last_words(log: IO[bytes]) -> str:
    lines = text_of(log).split("\n")
    return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")
