"""Where the eight clients stand, and where the threads do, at two moments of one run. The data.

    data = measure([1, 2, 3, 4, 5])

The eight of timelines.py come to a step that runs under observer.py. Of its looks two are taken:
the one nearest to 0.1 s, when all wait, and the one nearest to two thirds of the heavy work. Both
are of one run, and so are what each client waits for (phases.py) and where it stands. A look that
finds somebody on the way from one line to the next is passed over for one close by, if there is one.

    environment, load   as in timelines.py
    steps   [{step, name, lines, moments: [{at, clients, threads}, ...]}, ...]
            lines: [[line, code], ...], of the step's lines that say `# waits` those on which somebody
            stood before all had their answers; line is "server.py:33"
            at: ms from the first arrival
            clients: {"1": [place, phase], ...}: those who have come, and have not all their answers
            threads: [[place, "1" or null], ...]: and whose conversation it is in the middle of

A place is a line, or one of those named below.
"""

from collections.abc import Callable

from benchmark.phases import Phase, facts_about, phases_of
from benchmark.results import environment
from benchmark.run import ROOT, Contender, Cores, contenders
from benchmark.timelines import choose_work, heard, heavy_row, load
from harness import STEPS, HarnessError

QUEUE = "queue"  # of the listening socket: not accepted yet
SELECT = "select"  # the library's
LIBRARY = "library"  # a coroutine that no line of ours has called
WORK = "work"  # in the application
AWAY = "away"  # between two of these
ALL_WAIT = 0.1  # seconds after the first arrival
NEAR = 0.04  # seconds: how far from that a look may be
TRIES = 3
MARK = "# waits"


def measure(
    steps: list[int], tries: int = TRIES, note: Callable[[str], None] = lambda _: None
) -> dict:
    """`note` is told what is measured next. Raises HarnessError where a step cannot be observed."""
    cores = Cores.choose()
    here, eight = environment(cores.as_json()), load(choose_work()[0])
    made = []
    for contender in contenders(steps, []):
        note(f"{contender.name}, {contender.title}")
        made.append(clear_run(contender, eight, cores, tries))
    return {"environment": here, "load": eight, "steps": made}


def clear_run(contender: Contender, eight: list[dict], cores: Cores, tries: int) -> dict:
    """The first of these runs in whose two moments nobody was between two lines, or the last."""
    for _ in range(tries):
        clients, facts = heard(contender, eight, cores, runner="benchmark.observer")
        made = summary(contender.step, clients, facts, heavy_row(eight))
        if all(map(is_clear, made["moments"])):
            break
    return made


def summary(step: int, clients: list[dict], facts: list[dict], heavy: int) -> dict:
    lines, run = lines_of(step), Run(clients, facts)
    looks = [fact for fact in facts if fact["fact"] == "look" and fact["at"] < run.end]
    if not looks:
        raise HarnessError(f"step {step} was not observed: nobody looked")
    everywhere = {place(stand, lines) for fact in looks for stand in fact["stands"]}
    seen = [moment(look, run, lines) for look in looks]
    wanted = 1000 * ALL_WAIT, well_into(run.work(heavy), run.start)
    return {
        "step": step,
        "name": STEPS[step].title,
        "lines": [[line, code] for line, code in lines.items() if line in everywhere],
        "moments": [
            nearest(seen, *both) for both in zip(wanted, (all_wait, is_clear), strict=True)
        ],
    }


# The source


def lines_of(step: int) -> dict[str, str]:
    """The lines of a step that say `# waits`, by "FILE:NUMBER"."""
    folder = ROOT / STEPS[step].module.replace(".", "/")
    return {
        f"{file.name}:{number}": line.partition(MARK)[0].strip()
        for file in sorted(folder.glob("*.py"))
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if f"  {MARK}" in line
    }


def place(stand: list, lines: dict[str, str]) -> str:
    """Where a thread, a task or a conversation stands. See observer.py."""
    kind, _, line, where = stand
    if kind == "thread" and where == "app":
        return WORK
    if kind == "kept":
        [line] = lines  # the one at which the loop of step 3 waits for all
    if line in lines:
        return line
    if where == "select":
        return SELECT
    return LIBRARY if kind == "task" and line is None else AWAY


# A run


class Run:
    """What its clients and its server noted. A client's number counts from 1, and is a string."""

    def __init__(self, clients: list[dict], facts: list[dict]) -> None:
        self.clients = {str(number): client for number, client in enumerate(clients, 1)}
        self.facts = {number: facts_about(number, facts) for number in self.clients}
        self.phases = {
            number: phases_of(client, self.facts[number]) for number, client in self.clients.items()
        }
        self.who = {fact["connection"]: fact["who"] for fact in facts if "who" in fact}
        self.start = min(client["arrived"] for client in clients)
        self.end = max(client["done"] for client in clients)

    def present(self, at: float) -> list[str]:
        """Who has come and has not all answers."""
        return [
            number
            for number, client in self.clients.items()
            if client["arrived"] <= at < client["done"]
        ]

    def accepted(self, number: str, at: float) -> bool:
        return self.facts[number][0]["at"] <= at

    def phase(self, number: str, at: float) -> str:
        """What it waits for; of what the kernel has taken already, that it be written."""
        found = (kind for kind, since, until in self.phases[number] if since <= at < until)
        return next(found, "write")

    def work(self, row: int) -> Phase:
        """The longest time for which one client was being answered."""
        answers = [phase for phase in self.phases[str(row + 1)] if phase[0] == "answer"]
        return max(answers, key=lambda phase: phase[2] - phase[1])


def well_into(phase: Phase, start: float) -> float:
    """In ms from the start. In its middle the last client comes."""
    _, since, until = phase
    return 1000 * (since + (until - since) * 2 / 3 - start)


def moment(look: dict, run: Run, lines: dict[str, str]) -> dict:
    at, stands = look["at"], look["stands"]
    threads = [stand for stand in stands if stand[0] == "thread"]
    places = {run.who.get(stand[1]): place(stand, lines) for stand in by_weight(stands, lines)}
    clients = {
        number: [
            places.get(number, AWAY) if run.accepted(number, at) else QUEUE,
            run.phase(number, at),
        ]
        for number in run.present(at)
    }
    return {
        "at": round(1000 * (at - run.start), 1),
        "clients": clients,
        "threads": [[place(one, lines), run.who.get(one[1])] for one in threads],
    }


def by_weight(stands: list[list], lines: dict[str, str]) -> list[list]:
    """Where one conversation is found in two places, the later says where it is: a line of the
    step rather than one of its library's, and where a thread is in the middle of it."""
    return sorted(stands, key=lambda stand: (stand[0] == "thread", place(stand, lines) in lines))


# Two moments of it


def is_clear(moment: dict) -> bool:
    """Nobody is on the way from one line to the next."""
    return AWAY not in places_of(moment)


def all_wait(moment: dict) -> bool:
    return is_clear(moment) and WORK not in places_of(moment)


def places_of(moment: dict) -> set[str]:
    return {where for where, _ in [*moment["clients"].values(), *moment["threads"]]}


def nearest(moments: list[dict], wanted: float, good: Callable[[dict], bool]) -> dict:
    """The good one nearest to a time (ms), or just the nearest where none is good."""

    def distance(one: dict) -> float:
        return abs(one["at"] - wanted)

    near = [one for one in moments if good(one) and distance(one) < 1000 * NEAR]
    return min(near or moments, key=distance)
