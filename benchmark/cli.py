"""The command line: what to measure, and what to say when it cannot be done."""

import argparse
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from importlib import import_module
from pathlib import Path

from benchmark import timelines
from benchmark.modes import MODES
from benchmark.results import Results, Summary, environment
from benchmark.run import ROOT, Contender, Cores, contenders, run, try_out
from benchmark.scenarios import Load, Scenario
from benchmark.table import console, progress, show
from harness import STEPS, HarnessError

SCREEN = console()
NAMES = list(MODES["quick"].scenarios())
OTHERS = (
    "compare",
    "report",
    "publish",
    "calibrate",
)  # commands that do not measure servers in turns
ABOUT = "Measures servers in turns, and says what may be said about them."
EPILOG = (
    "Servers started for a measurement end with it. Load goes to this machine only. "
    "Other commands: report A.json, compare A.json B.json, calibrate, publish; each has a --help."
)


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:
        self.exit(2, f"{message}; `python -m benchmark --help` lists what there is\n")


class Unusable(Exception):
    """What was asked for cannot be done; its text is a sentence for the user."""


def main(arguments: list[str] | None = None) -> int:
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] and arguments[0] in OTHERS:
        command = import_module(f"benchmark.{arguments[0]}")  # they import this module
        return command.main(arguments[1:])
    options = parser().parse_args(arguments)
    options.timelines = options.scenarios is None and options.mode != "quick"
    if options.scenarios is None:
        options.scenarios = list(MODES[options.mode].usual or NAMES)
    interrupt_once()
    try:
        return bench(options)
    except (HarnessError, Unusable) as error:
        print(f"Nothing was measured: {error}.", file=sys.stderr)
        return 2


def parser() -> Parser:
    made = Parser(prog="python -m benchmark", description=ABOUT, epilog=EPILOG)
    made.add_argument("command", nargs="?", choices=["run"], default="run")
    made.add_argument("--steps", type=steps, default=list(STEPS), help="for instance 1,3")
    made.add_argument("--scenarios", type=scenarios, help=", ".join(NAMES))
    made.set_defaults(mode="default")
    length = made.add_mutually_exclusive_group()
    for mode in ("quick", "full"):
        length.add_argument(f"--{mode}", dest="mode", action="store_const", const=mode)
    made.add_argument("--server", action="append", default=[], metavar="'CMD {port}'")
    made.add_argument("--peers", action="store_true", help="servers of the world, where they are")
    made.add_argument("--out", type=Path, metavar="F.json", help="default: results/TIME.json")
    made.add_argument("--rounds", type=rounds, help="rounds of each load, for all loads")
    return made


def steps(text: str) -> list[int]:
    known = {str(number): number for number in STEPS}
    return [choose(word, known, "step") for word in split(text)]


def scenarios(text: str) -> list[str]:
    return [choose(word, {name: name for name in NAMES}, "scenario") for word in split(text)]


def split(text: str) -> list[str]:
    return list(dict.fromkeys(filter(None, (word.strip() for word in text.split(",")))))


def choose(word: str, known: dict, what: str):
    if word not in known:
        raise argparse.ArgumentTypeError(
            f"there is no {what} {word}: choose from {', '.join(known)}"
        )
    return known[word]


def rounds(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100:
        raise argparse.ArgumentTypeError(f"{text} is no number of rounds: choose from 1 to 100")
    return int(text)


def interrupt_once() -> None:
    """Ctrl-C or SIGTERM ends the run; a second one does not disturb the clearing up."""

    def interrupt(*_: object) -> None:
        no_more_interrupts()
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)


def no_more_interrupts() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def bench(options: argparse.Namespace) -> int:
    servers = contenders(options.steps, options.server) + peers_asked(options)
    asked = [MODES[options.mode].scenarios()[name] for name in options.scenarios]
    if not servers or not asked:
        raise Unusable("there is nothing to measure: name a step or a server, and a scenario")
    cores = Cores.choose()
    try_out(servers)
    results = claimed(options, cores, servers)
    loads = loads_of(asked, options.rounds)
    interrupted = measure(results, cores, servers, loads, options.timelines)
    no_more_interrupts()  # what is left takes a moment
    return finish(results, servers, asked, interrupted)


def peers_asked(options: argparse.Namespace) -> list[Contender]:
    if not options.peers:
        return []
    there, missing = import_module("benchmark.peers").peers()
    if missing:
        how = "pip install -r benchmark/peers/requirements.txt adds all but nginx"
        print(f"Not here, so not measured: {', '.join(missing)}; {how}.", file=sys.stderr)
    return there


def loads_of(asked: list[Scenario], number: int | None) -> list[Load]:
    """Each load once, however many scenarios ask for it; from few connections to many, so that
    what a crowd leaves behind on a server disturbs no smaller one; and the open loop, which is not
    measured in every round, behind those that are."""
    loads = dict.fromkeys(load for scenario in asked for load in scenario.loads)
    ordered = sorted(
        loads,
        key=lambda load: (
            load.options,
            load.alone,
            load.kind == "rate",
            load.connections,
            load.rate,
        ),
    )
    return [replace(load, rounds=number or load.rounds) for load in ordered]


def claimed(options: argparse.Namespace, cores: Cores, servers: list[Contender]) -> Results:
    path = options.out or ROOT / "results" / time.strftime("%Y%m%d-%H%M%S.json")
    results = Results(path, as_json(options, servers), environment(cores.as_json()))
    try:
        results.claim()
    except FileExistsError:
        raise Unusable(f"{path} exists: give --out another name, or remove it") from None
    except OSError as error:
        raise Unusable(f"cannot write {path} ({error.strerror}): give --out another name") from None
    return results


def as_json(options: argparse.Namespace, servers: list[Contender]) -> dict:
    asked = {name: getattr(options, name) for name in ("mode", "scenarios", "rounds")}
    return {**asked, "servers": [asdict(contender) for contender in servers]}


def measure(
    results: Results,
    cores: Cores,
    servers: list[Contender],
    loads: list[Load],
    with_timelines: bool,
) -> bool:
    """Whether it was interrupted; whatever happens, `results` has what was measured."""
    total = len(servers) * sum(load.rounds for load in loads)
    try:
        cores.settle()
        with progress(SCREEN, total) as note:
            run(results, cores, servers, loads, note)
            if with_timelines:
                record_timelines(results, cores, servers, note)
    except KeyboardInterrupt:
        return True
    except (HarnessError, OSError) as error:
        results.failures.append(f"everybody ({error})")
    return False


def record_timelines(
    results: Results, cores: Cores, servers: list[Contender], note: Callable
) -> None:
    """Who waits for whom, once, for the report. On a busy machine there is nothing to be seen."""
    ours = [contender for contender in servers if contender.step]
    if not ours:
        return
    try:
        results.data["timelines"] = timelines.measure(
            ours, 1, lambda _, who: note("timelines", who), cores=cores
        )
    except HarnessError as error:
        results.data["remarks"].append(f"No timelines were drawn: {error}.")


def finish(
    results: Results, servers: list[Contender], asked: list[Scenario], interrupted: bool
) -> int:
    if not results.measurements:
        results.path.unlink(missing_ok=True)
        return tell(results, interrupted)
    names = [contender.name for contender in servers]
    summaries = [Summary(scenario, names, results.measurements) for scenario in asked]
    results.data["summaries"] = {one.scenario.name: one.as_json() for one in summaries}
    results.data["complete"] = not (interrupted or results.failures)
    keep(results)
    show(SCREEN, results, summaries, {contender.name: contender.title for contender in servers})
    return tell(results, interrupted)


def keep(results: Results) -> None:
    """With its summaries; if that cannot be written, the measurements of earlier rounds can be read."""
    try:
        results.save()
    except OSError as error:
        results.data["complete"] = False
        results.failures.append(f"the file ({error.strerror}): it has what was saved before")


def tell(results: Results, interrupted: bool) -> int:
    """Where the results are, what is missing, and the exit status."""
    for failure in results.failures:
        print(f"Dropped out: {failure}.", file=sys.stderr)
    if interrupted:
        print("Interrupted: run the same command again for the rest.", file=sys.stderr)
    state = "complete" if results.data["complete"] else "incomplete, and marked so"
    print(f"Results: {results.path} ({state})" if results.measurements else "Nothing was measured.")
    if interrupted:
        return 130
    return (1 if results.failures else 0) if results.measurements else 2
