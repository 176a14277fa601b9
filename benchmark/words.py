"""What may be said about timelines: each sentence stands beside the measurement that bears it out.

The title states the finding, if these data show it; if not, it says what is drawn. The same goes
for the words beside each server. `alternative` is the whole figure in words, with its numbers, for
those who cannot see it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from benchmark.timelines import heavy_row

NEUTRAL = "The same eight clients, and who waits for whom."
STAIRS = "One at a time, every wait holds up everybody."
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
LOOPS = (3, 4, 5)  # the steps in which one loop serves all


@dataclass(frozen=True, slots=True)
class Remark:
    """A server's words: two lines beside its timelines, and one where there is little room."""

    lines: tuple[str, ...] = ()
    short: str = ""


STAIRCASE = Remark(("Whatever one waits for,", "all behind it wait too."), "all behind it wait too")
DEALT_OUT = Remark(
    ("Waits overlap, and heavy work is dealt out", "in slices of 5 ms. Price: a stack for each."),
    "heavy work is dealt out",
)
STANDSTILL = {
    3: Remark(
        ("Waits overlap. Heavy work does not: until", "it is done, nobody else has a turn."),
        "heavy work stops all",
    ),
    4: Remark(
        ("Python’s loop; every conversation reads like", "step 1 again. The same standstill."),
        "the same standstill",
    ),
    5: Remark(
        ("The same loop under a framework that does", "the waiting. The same standstill."),
        "the same standstill",
    ),
}


# What the data bear out


def staircase(step: dict) -> bool:
    """Each client is served when the one before has left."""
    rows = [row for row in step["rows"] if row["phases"]]
    starts = [served(row) for row in rows[1:]]
    return all(before["done"] <= at for before, at in zip(rows, starts, strict=False))


def served(row: dict) -> float:
    """From when on the server had anything to do with a client."""
    kind, since, until = row["phases"][0]
    return until if kind == "turn" else since


def dealt_out(step: dict, data: dict) -> bool:
    """Threads take turns: heavy work keeps the others waiting for moments only."""
    return bool(data["environment"]["gil"]) and longest_turn(step) < step["heavy"] / 4


def longest_turn(step: dict) -> float:
    return max((until - since for since, until in turns(step)), default=0)


def standstill(step: dict, data: dict) -> bool:
    """Heavy work stops all: somebody waits for most of it, and nearly all waiting is for it."""
    row = step["rows"][heavy_row(data["load"])]
    work = [(since, until) for kind, since, until in row["phases"] if kind == "answer"]
    if not work:
        return False
    begin, end = work[0][0], work[-1][1]
    lengths = [until - since for since, until in turns(step)]
    during = [max(0, min(until, end) - max(since, begin)) for since, until in turns(step)]
    return max(during, default=0) > (end - begin) / 2 and sum(during) > 0.8 * sum(lengths)


def turns(step: dict) -> Iterator[tuple[float, float]]:
    for row in step["rows"]:
        for kind, since, until in row["phases"]:
            if kind == "turn":
                yield since, until


def bears_out(step: dict, data: dict) -> bool:
    """Whether this step does what we say of it. While it runs, nobody knows."""
    if data.get("running"):
        return step["step"] is None
    match step["step"]:
        case None:
            return True
        case 1:
            return staircase(step)
        case 2:
            return dealt_out(step, data)
    return standstill(step, data)


# What is said


def title(data: dict) -> str:
    found = {step["step"]: bears_out(step, data) for step in data["steps"]}
    loops = [found[number] for number in LOOPS if number in found]
    in_loops = bool(loops) and all(loops)
    if found.get(1):
        return f"{STAIRS} In a loop, only work does." if in_loops else STAIRS
    return "In a loop, waits overlap. Heavy work does not." if in_loops else NEUTRAL


def remark(step: dict, data: dict) -> Remark:
    if step["step"] is None:
        return outside(step)
    if not bears_out(step, data):
        return Remark()
    return {1: STAIRCASE, 2: DEALT_OUT, **STANDSTILL}[step["step"]]


def outside(step: dict) -> Remark:
    """A server that is not ours cannot say what it waits for."""
    refused = [row for row in step["rows"] if set(row["statuses"]) != {200}]
    lines = ["Seen from its clients only: what it waits", "for in between, they cannot tell."]
    if refused:
        lines[1] += f" {len(refused)} were refused."
    return Remark(tuple(lines), "seen from outside")


def seconds(ms: float) -> str:
    """One place, but two where one would say nothing."""
    return f"{ms / 1000:.1f} s" if ms >= 150 else f"{ms / 1000:.2f} s"


def caption(data: dict) -> str:
    heavy = seconds(data["heavy"]["median"])
    runs = data["rounds"]
    summed = "Seconds summed over eight clients"
    if runs == 1:
        return f"{summed}, in one run{slowed(data)}. {machine(data)}."
    drawn = f"Drawn: the run with heavy work nearest {heavy}."
    return f"{summed}: medians of {number(runs)} runs{tied(data)}. {drawn} {machine(data)}."


def slowed(data: dict, but: str = " but for the heavy work") -> str:
    times = data.get("slower", 1)
    return f", {number(times)} times as slow{but}" if times > 1 else ""


def tied(data: dict) -> str:
    ours = [step for step in data["steps"] if step["step"]]
    groups = grouped(ours, lambda step: step["shown"]).values()
    return "".join(f" ({span(group)} tie)" for group in groups if len(group) > 1)


def short_caption(data: dict) -> str:
    if slow := slowed(data, but=""):
        return f"One run{slow}. {machine(data)}."
    several = f"Medians of {number(data['rounds'])} runs" if data["rounds"] > 1 else "One run"
    return f"{several}, summed over eight clients. {machine(data)}."


def machine(data: dict) -> str:
    environment = data["environment"]
    cores = environment["cores"]
    python = environment["python"].rpartition(".")[0]
    return f"{number(cores).capitalize()} core{'s' * (cores != 1)}, {python}"


def number(count: int) -> str:
    return NUMBERS[count] if count < len(NUMBERS) else str(count)


def grouped(steps: Iterable[dict], key: Callable[[dict], object]) -> dict[object, list[int]]:
    """The numbers of the steps, those together that have the same key."""
    found = {}
    for step in steps:
        found.setdefault(key(step), []).append(step["step"])
    return found


def span(steps: list[int]) -> str:
    """3, 4, 5: "3 to 5"."""
    words = [str(step) for step in steps]
    if len(words) > 2 and steps == list(range(steps[0], steps[-1] + 1)):
        return f"{words[0]} to {words[-1]}"
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def steps_named(steps: list[int]) -> str:
    return f"step{'s' * (len(steps) > 1)} {span(steps)}"


# The figure in words


def alternative(data: dict) -> str:
    servers = len(data["steps"])
    opening = (
        f"Timelines of the same eight clients on {number(servers)} server{'s' * (servers > 1)}"
        f"{slowed(data)}."
    )
    if data.get("running"):
        return opening
    good = {step["step"]: step for step in data["steps"] if bears_out(step, data)}
    plain = [step for step in data["steps"] if not bears_out(step, data)]
    said = [opening, *about_stairs(good), *about_overlap(good), *about_work(good, data)]
    said += [in_numbers(step) for step in plain]
    said += [from_outside(step) for step in data["steps"] if step["step"] is None]
    return " ".join(said)


def about_stairs(good: dict) -> Iterator[str]:
    if 1 in good:
        done, waiting = seconds(good[1]["done"]), seconds(good[1]["shown"])
        yield (
            "Step 1 is a staircase: each client is served when the one before has left,"
            f" the last after {done}; together they wait {waiting} for their turn."
        )


def about_overlap(good: dict) -> Iterator[str]:
    others = [step for step in good if step and step > 1]
    if others:
        done = max(good[step]["done"] for step in others)
        yield f"In {steps_named(others)} all eight overlap, done within {seconds(done)}."


def about_work(good: dict, data: dict) -> Iterator[str]:
    """Who waits while one client's heavy work runs, and how long."""
    said = []
    if 2 in good:
        most, total = round(longest_turn(good[2])), seconds(good[2]["shown"])
        said.append(f"step 2 makes the others wait at most {most} ms at a time, {total} in all")
    loops = [good[step] for step in LOOPS if step in good]
    for total, group in grouped(loops, lambda step: seconds(step["shown"])).items():
        said.append(about_standstill(group, total))
    if said:
        heavy = seconds(data["heavy"]["median"])
        yield f"While one client's heavy work runs for {heavy}, {'; '.join(said)}."


def about_standstill(loops: list[int], total: str) -> str:
    make = "each make" if len(loops) > 1 else "makes"
    return (
        f"{steps_named(loops)} {make} every client with something to do wait until it ends,"
        f" {total} in all"
    )


def in_numbers(step: dict) -> str:
    done, waiting = seconds(step["done"]), seconds(step["shown"])
    return f"In step {step['step']} all are done after {done}; together they wait {waiting}."


def from_outside(step: dict) -> str:
    return (
        f"The server '{step['name']}' is seen from its clients only: when they asked, when answers"
        f" arrived, and that all were done after {seconds(step['done'])}."
    )
