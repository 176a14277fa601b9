"""Whether `compare` can be believed here: python -m benchmark.proof [--pairs 10] [--step 3]

Each pair is three runs of hello and churn, as long as in a default run: twice the same code, and
once with one step a fifth dearer in CPU (dearer.py). The first two should show no change in nine
pairs of ten, the last two should show just that one. Ten pairs take an hour or more, and while
they do nothing else should be busy; each pair is told as soon as it is there.
"""

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmark.cli import Parser, as_json, interrupt_once, loads_of, rounds
from benchmark.compare import changed, in_words, rows
from benchmark.modes import MODES
from benchmark.results import Results, environment
from benchmark.run import Contender, Cores, contenders, run
from benchmark.scenarios import listed
from harness import STEPS, HarnessError, Server, start_step

SCENARIOS = ["hello", "churn"]


@dataclass(frozen=True, slots=True)
class Dear(Contender):
    def start(self, options: tuple[str, ...], cpu: int | None) -> Server:
        return start_step(self.step, *options, cpu=cpu, runner="benchmark.dearer")


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    interrupt_once()
    try:
        prove(options)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    except HarnessError as error:
        print(f"Nothing was proved: {error}.", file=sys.stderr)
        return 2
    return 0


def parser() -> argparse.ArgumentParser:
    made = Parser(prog="python -m benchmark.proof", description=__doc__.partition(": ")[0] + ".")
    made.add_argument("--pairs", type=rounds, default=10, help="default: %(default)s")
    made.add_argument("--rounds", type=rounds, help="of each load; default: as a default run")
    made.add_argument("--step", type=int, choices=[1, 2, 3, 4], default=3, help="the dearer one")
    return made


def prove(options: argparse.Namespace) -> None:
    cores = Cores.choose()
    cores.settle()
    plain = contenders(list(STEPS), [])
    dear = [
        Dear(one.name, one.title, one.step) if one.step == options.step else one for one in plain
    ]
    right = {"same code": 0, "one dearer": 0}
    for number in range(1, options.pairs + 1):
        first, second, third = (
            measured(cores, servers, options) for servers in (plain, plain, dear)
        )
        same, other = changed(rows(first, second)), changed(rows(second, third))
        right["same code"] += not same
        right["one dearer"] += [row.server for row in other] == [f"step {options.step}"]
        print(f"pair {number}: same code, {said(same)}; one dearer, {said(other)}", flush=True)
    for what, count in right.items():
        print(f"{what}: right in {count} of {options.pairs} pairs")


def measured(cores: Cores, servers: list[Contender], options: argparse.Namespace) -> dict:
    known = MODES["default"].scenarios()
    loads = loads_of([known[name] for name in SCENARIOS], options.rounds)
    asked = argparse.Namespace(mode="default", scenarios=SCENARIOS, rounds=options.rounds)
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "run.json")
        results = Results(path, as_json(asked, servers), environment(cores.as_json()))
        run(results, cores, servers, loads, lambda *_: None)
    if results.failures:
        raise HarnessError(results.failures[0])
    return results.data


def said(named) -> str:
    return listed([in_words(row) for row in named]) if named else "nothing named"


if __name__ == "__main__":
    sys.exit(main())
