"""Load from the benchmark's own client: on one server, or on all steps in turn."""

import contextlib
import os
import shlex
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path

from benchmark import table
from benchmark.cli import loads_of
from benchmark.modes import MODES
from benchmark.readings import per_second
from benchmark.results import BadResults, Results, Summary, environment
from benchmark.results import load as read_results
from benchmark.run import ROOT, Contender, Cores, LoadClient, contenders, run
from benchmark.scenarios import Load
from harness import STEPS, Server
from workbook.settings import say, small
from workbook.source import locate

NAMES = {f"step {number}" for number in STEPS}
ASKED = ["hello", "fair", "slow"]


def load(
    server: Server,
    clients: int = 100,
    seconds: float = 0.5,
    path: str = "/",
    kind: str = "loop",
    core: int | None = None,
) -> dict:
    """Clients that ask a server again and again (or another `kind` of benchmark/client.py), from a
    process of their own, which may be kept to one core. What that file describes, and `per_second`."""
    share = 0.4 if small() and kind == "loop" else 1  # what has its own end is not cut short
    wish = Load(kind, path, None, clients, share * seconds, warm=share * 0.1)
    found = result(server, wish, core, foreign=True)
    return {**found, "per_second": round(per_second(found) or 0)}


def result(server: Server, wish: Load, core: int | None = None, foreign: bool = False) -> dict:
    """What benchmark/client.py finds when it puts this load on a server."""
    with LoadClient(server, core, foreign, [wish]) as client:
        return client.result(wish, server)


def measured(one: int | str, wish: Load) -> dict:
    """The same on a fresh server, it and the clients kept to a core each where there are two. It is a
    step, or the file or module of any other."""
    cores = Cores.choose()
    with contender(one).started(wish.options, cores.server) as server:
        return result(server, wish, cores.client, foreign=not isinstance(one, int))


def contender(one: int | str) -> Contender:
    """A step by its number, a server's file, which takes --port, or a module, which takes the port."""
    if isinstance(one, int):
        return contenders([one], [])[0]
    python = shlex.quote(sys.executable)
    is_file = one.endswith(".py")
    words = f"{shlex.quote(str(locate(one)))} --port" if is_file else f"-m {one}"
    return Contender(one, "", command=f"{python} {words} {{port}}")


def cores() -> list[int]:
    """The cores that a process may be kept to; none where the system does not let us choose."""
    return sorted(getattr(os, "sched_getaffinity", lambda _: ())(0))


# All steps


def bench() -> dict:
    """The learner's newest results that have all five steps and these questions; where there are
    none, those of one short round, which is measured now. As benchmark/results.py says."""
    if found := newest():
        path, data = found
        print(f"From {path.relative_to(ROOT)}, measured {data['started'][:16].replace('T', ', ')}.")
        return data
    print("There are no results of all five steps yet. One short round is measured now ...")
    return one_round()


def newest() -> tuple[Path, dict] | None:
    found = []
    for path in (ROOT / "results").glob("*.json"):
        with contextlib.suppress(BadResults, KeyError, TypeError):
            data = read_results(path)
            if answers(data):
                found.append((data["started"], path, data))
    return max(found)[1:] if found else None


def answers(data: dict) -> bool:
    options = data["options"]
    servers = {one["name"] for one in options["servers"]}
    return data["complete"] and servers >= NAMES and {*ASKED} <= {*options["scenarios"]}


def one_round() -> dict:
    """As `python -m benchmark --quick --rounds 1`; where loads are to be small, of fewer clients."""
    servers, cores = contenders(list(STEPS), []), Cores.choose()
    names = ASKED[:1] if small() else ASKED
    loads = loads_of([MODES["quick"].scenarios()[name] for name in names], 1)
    if small():
        few = [one for one in loads if one.connections in (1, 100)]
        loads = [replace(one, seconds=0.1, floored=False) for one in few]
    asked = {"mode": "quick", "scenarios": names, "servers": [asdict(one) for one in servers]}
    with tempfile.TemporaryDirectory() as folder:
        results = Results(Path(folder, "round.json"), asked, environment(cores.as_json()))
        run(results, cores, servers, loads, lambda *_: None)
    return results.data


def summaries(data: dict) -> list[Summary]:
    known = MODES[data["options"]["mode"]].scenarios()
    names = [one["name"] for one in data["options"]["servers"]]
    return [
        Summary(known[name], names, data["measurements"]) for name in data["options"]["scenarios"]
    ]


def winners(data: dict) -> None:
    """Show who is best at what."""
    rows = ["| question | best | by |", "|:--|:--|:--|"]
    for one in summaries(data):
        best, figure = table.verdict(one)
        rows.append(f"| {one.scenario.question} | {best} | {figure} |")
    say("\n".join(rows))


def figure_of(data: dict, key: str) -> dict[int, float]:
    """A figure of the scenario `hello`, the median of its rounds, by step."""
    hello = next(one for one in summaries(data) if one.scenario.name == "hello")
    cells = {number: hello[f"step {number}", key] for number in STEPS}
    return {number: cell.median for number, cell in cells.items() if cell}
