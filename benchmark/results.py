"""Results: what was measured, where, and what may be said about it.

The file (JSON, `"format": 2`):

    format, complete    complete is false when anything asked for is missing
    started, seconds, command, options
    environment         machine, cores, who is pinned where, Python, limits, versions
    failures, remarks   sentences: which server dropped out, and why; what else is to be known
    measurements        one for each server, load and round, in the order they were made:
                        {server, load, round, kind, path, connections, window, ...raw figures}.
                        Those of the server "canned" came just before another's, named in `beside`.
                        cpu and latencies are in seconds, memory is in bytes
    timelines           who waits for whom, once (timelines.py); where all was asked for
    summaries           {scenario: {server: {figure: {median, low, high, rounds, at_least}}}}

Summaries follow from measurements; they are there for those who read the file without us.

Method. A figure is one number per round; rounds visit the servers in turn. Shown are the median and
the lowest and highest round. Two servers *tie* when these ranges overlap: then this run cannot tell
them apart. `at_least` marks a figure that the end of the window cut short.
"""

import json
import os
import platform
import resource
import statistics
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

FORMAT = 2
PARTS = {
    "complete": bool,
    "options": dict,
    "environment": dict,
    "failures": list,
    "measurements": list,
}


class BadResults(Exception):
    """A file of results that cannot be used; its text is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Spread:
    """One figure of one server over the rounds."""

    median: float
    low: float
    high: float
    rounds: int
    at_least: bool = False

    @classmethod
    def of(cls, rounds: list[tuple[float, bool]]) -> "Spread | None":
        """From each round's number, and whether it might have been more had we waited."""
        if not rounds:
            return None
        numbers = [number for number, _ in rounds]
        median = statistics.median(numbers)
        at_least = any(cut and number <= median for number, cut in rounds)
        return cls(median, min(numbers), max(numbers), len(numbers), at_least)

    def ties(self, other: "Spread") -> bool:
        return self.low <= other.high and other.low <= self.high


class Summary:
    """One scenario's figures: a Spread, or None, for each server and figure."""

    def __init__(self, scenario, servers: Iterable[str], measurements: list[dict]) -> None:
        self.scenario = scenario
        self.servers = list(servers)
        self.cells = {
            (server, figure.key): figure.spread(server, measurements)
            for server in self.servers
            for figure in scenario.figures
        }

    def __getitem__(self, place: tuple[str, str]) -> Spread | None:
        return self.cells.get(place)

    def having(self, key: str) -> list[str]:
        return [server for server in self.servers if self[server, key]]

    def best(self, key: str, among: list[str], lowest: bool = False) -> list[str]:
        """The best by its median, then those that tie with it."""
        ranked = sorted(among, key=lambda server: self[server, key].median, reverse=not lowest)
        first = [self[server, key] for server in ranked[:1]]
        return [server for server in ranked if self[server, key].ties(first[0])]

    def as_json(self) -> dict:
        return {
            server: {
                figure.key: asdict(spread)
                for figure in self.scenario.figures
                if (spread := self[server, figure.key])
            }
            for server in self.servers
        }


class Results:
    """A run's results, kept in a file from the start, so that whatever ends it loses little."""

    def __init__(self, path: Path, options: dict, environment: dict) -> None:
        self.path = path
        self.begun = time.monotonic()
        self.data = {
            "format": FORMAT,
            "complete": False,
            "started": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
            "seconds": 0.0,
            "command": sys.argv[1:],
            "options": options,
            "environment": environment,
            "failures": [],
            "remarks": [],
            "measurements": [],
            "summaries": {},
        }

    @property
    def measurements(self) -> list[dict]:
        return self.data["measurements"]

    @property
    def failures(self) -> list[str]:
        return self.data["failures"]

    def claim(self) -> None:
        """Take the file's name now: it must be free and writable before anything is measured."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.open("x").close()
        try:
            self.save()
        except BaseException:
            self.path.unlink()
            raise

    def save(self) -> None:
        """All or nothing: a full disk or a kill leaves the file as it was."""
        self.data["seconds"] = round(time.monotonic() - self.begun, 1)
        draft = self.path.with_name(self.path.name + ".part")
        try:
            draft.write_text(json.dumps(self.data, indent=1) + "\n")
            draft.replace(self.path)
        finally:
            draft.unlink(missing_ok=True)


def load(path: Path) -> dict:
    """The results in a file. Raises BadResults."""
    try:
        data = json.loads(path.read_text())
    except OSError as error:
        raise BadResults(f"{path} cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError):
        raise BadResults(f"{path} is broken: it is no JSON") from None
    if not isinstance(data, dict) or "format" not in data:
        raise BadResults(f"{path} has no results of this benchmark")
    if data["format"] != FORMAT:
        raise BadResults(
            f"{path} is of another version (format {data['format']!r}, and this is {FORMAT}): "
            "measure again"
        )
    if not all(isinstance(data.get(name), kind) for name, kind in PARTS.items()):
        raise BadResults(f"{path} is broken: parts of it are missing")
    if not data["measurements"]:
        raise BadResults(f"{path} has no measurements")
    return data


def environment(pinning: dict) -> dict:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return {
        "system": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
        "processor": processor(),
        "cores": os.cpu_count(),
        "pinning": pinning,
        "load_average": os.getloadavg(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "gil": getattr(sys, "_is_gil_enabled", lambda: True)(),
        "descriptors": {"soft": soft, "hard": hard},
        "versions": {name: metadata.version(name) for name in ("tornado", "psutil") if have(name)},
    }


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "")


def have(name: str) -> bool:
    try:
        return bool(metadata.version(name))
    except metadata.PackageNotFoundError:
        return False
