"""Draws the map of waits: each line that waits, and who stands on it, clients and threads.

    svg = draw(data, "card")         themes as in drawing.py; stands.py makes the data

A client is a numbered disc, in the colours of the timelines' phases, and told by its rim as well; a
thread is a triangle, before its client where it is in the middle of one's conversation.
"""

from collections.abc import Iterator

from benchmark.drawing import BADGES, KEY, framed
from benchmark.lettering import text, width_of, wrap
from benchmark.stands import AWAY, LIBRARY, MARK, QUEUE, SELECT, WORK, is_clear, places_of
from benchmark.words import machine, number, span

WIDTH, CODE, COLUMNS = 760, 40, (474, 622)  # where code begins, and the two moments
BADGE, ROW, GAP = 25, 19, 14  # heights: of a step's heading, of a row; and below its last
DISC, THREAD = 17, 9  # widths

KEPT = {  # where a conversation is kept
    1: "in the one stack",
    2: "in a stack each",
    3: "in objects",
    4: "in suspended coroutines",
    5: "in the framework",
}
NAMES = {
    QUEUE: "the listening socket’s queue",
    SELECT: "asyncio’s own select",
    LIBRARY: "inside Tornado",
    AWAY: "between two lines",
}
AT_WORK = {5: "get() of a handler"}
HANDLE = "handle(request)"
PHASES = [phase for phase in KEY if phase != "arrives"]
TITLES = {
    (True, True): "With threads, the thread stands where its client stands. In a loop they part.",
    (True, False): "With threads, the thread stands where its client stands.",
    (False, True): "In a loop, one thread waits for all, until somebody has work for it.",
    (False, False): "Where each client stands, and where each thread.",
}

STYLE = """
{i} text{{font-family:{fonts};fill:{ink};font-size:13px}}
{i} .h{{font-size:20px;font-weight:700}}{i} .lead{{font-size:13.5px}}{i} .key{{font-size:12px}}
{i} .name{{font-size:15px;font-weight:600}}{i} .tick{{font-size:11px}}{i} .head{{font-weight:600}}
{i} .badge{{font-size:12.5px;font-weight:700;fill:#fff}}{i} .who{{font-size:10.5px;font-weight:700}}
{i} .code{{font-family:ui-monospace,"SF Mono",Menlo,"Liberation Mono","DejaVu Sans Mono",monospace;font-size:11px}}
{i} .place{{font-size:12px;font-style:italic}}{i} .b{{font-weight:700}}
{i} .soft{{fill:{soft}}}{i} .mark{{fill:{turn}}}{i} .band{{fill:{grid};opacity:.38}}{i} .a{{fill:{ink}}}
{i} .turn{{fill:{tint};stroke:{turn};stroke-width:2.2;stroke-dasharray:2.6 1.4}}
{i} .read{{fill:none;stroke:{read};stroke-width:1.6}}
{i} .pause{{fill:{pause};stroke:{pause};stroke-width:1.6}}
{i} .write{{fill:none;stroke:{write};stroke-width:2.4;stroke-dasharray:0.1 3.3;stroke-linecap:round}}
{i} .answer{{fill:{ink};stroke:{ink};stroke-width:1.6}}{i} .bright{{fill:{grid}}}
"""


def draw(data: dict, theme: str = "card") -> str:
    """The figure as the text of an SVG file."""
    body = [*heading(data), *panels(data), *footing(data)]
    return framed(body, theme, (title(data), alternative(data)), foot_of(data) + 6, STYLE)


def heading(data: dict) -> Iterator[str]:
    lines = wrap(title(data), 20, WIDTH)
    for n, line in enumerate(lines):
        yield text(0, 25 * n + 25, line, "h")
    below = 25 * len(lines)
    yield text(0, below + 27, LEAD, "lead soft")
    yield from key(below + 58)
    for x, head in zip(COLUMNS, heads(data), strict=True):
        yield text(x, below + 88, head, "head")


def key(y: float) -> Iterator[str]:
    yield triangle(0, y - 4)
    yield text(13, y, "a thread", "key soft")
    x = 13 + width_of("a thread", 12) + 18
    for phase in PHASES:
        yield disc(x, y - 4, "", phase)
        yield text(x + DISC + 5, y, KEY[phase], "key soft")
        x += DISC + 5 + width_of(KEY[phase], 12) + 16


def footing(data: dict) -> Iterator[str]:
    yield text(0, foot_of(data), caption(data), "tick soft")


def top_of(data: dict) -> float:
    """Where the first panel begins."""
    return 25 * len(wrap(title(data), 20, WIDTH)) + 106


def foot_of(data: dict) -> float:
    return top_of(data) + sum(map(height_of, data["steps"])) + 12


def height_of(step: dict) -> float:
    return BADGE + ROW * len(rows_of(step)) + GAP


# Panels


def rows_of(step: dict) -> list[tuple[str, str, str]]:
    """Each place of a step: its name, a line's number or nothing, and words or code."""
    stood = {where for one in step["moments"] for where in places_of(one)}
    named = [QUEUE, *(where for where in (SELECT, LIBRARY) if where in stood)]
    rows = [(where, "", NAMES[where]) for where in named]
    rows += [(line, line.partition(":")[2], code) for line, code in step["lines"]]
    rows.append((WORK, "", AT_WORK.get(step["step"], HANDLE)))
    return rows + [(AWAY, "", NAMES[AWAY])] * (AWAY in stood)


def file_of(step: dict, line: str) -> str:
    """A line's file, where a step's lines are in several."""
    files = {line.partition(":")[0] for line, _ in step["lines"]}
    return line.partition(":")[0] if len(files) > 1 else ""


def panels(data: dict) -> Iterator[str]:
    top = top_of(data)
    for step in data["steps"]:
        yield from badge(step, top)
        for n, row in enumerate(rows_of(step)):
            yield from drawn_row(step, row, top + BADGE + ROW * (n + 0.5))
        top += height_of(step)


def badge(step: dict, top: float) -> Iterator[str]:
    yield f'<rect y="{top:g}" width="18" height="18" rx="4" fill="{BADGES[step["step"]]}"/>'
    yield text(9, top + 13.6, step["step"], "badge middle")
    yield text(26, top + 14, step["name"], "name")
    kept = f"conversations kept {KEPT[step['step']]}"
    yield text(26 + 1.06 * width_of(step["name"], 15) + 8, top + 14, kept, "soft")
    for x, moment in zip(COLUMNS, step["moments"], strict=True):
        yield text(x, top + 14, f"at {seconds(moment)}", "key soft")


def drawn_row(step: dict, row: tuple[str, str, str], middle: float) -> Iterator[str]:
    where, line, words = row
    if line:
        yield f'<rect class="band" x="0" y="{middle - 8.5:g}" width="{WIDTH}" height="17" rx="3"/>'
        yield text(CODE - 9, middle + 4, line, "code soft end")
        yield text(CODE, middle + 4, f"{words}  ", "code", (MARK, "mark"))
        yield text(COLUMNS[0] - 12, middle + 4, file_of(step, where), "tick soft end")
    else:
        yield text(CODE, middle + 4, words, "code b" if where == WORK else "place")
    for x, moment in zip(COLUMNS, step["moments"], strict=True):
        yield from those_at(where, moment, x, middle)


def those_at(where: str, moment: dict, x: float, middle: float) -> Iterator[str]:
    """The threads alone, then the clients, each behind its thread."""
    for _ in range(threads_alone(where, moment)):
        yield triangle(x, middle)
        x += THREAD + 3
    threaded = with_thread(moment)
    for who, (place, phase) in moment["clients"].items():
        if place != where:
            continue
        if who in threaded:
            yield triangle(x, middle)
            x += THREAD
        yield disc(x, middle, who, phase)
        x += DISC + 3


def triangle(x: float, middle: float) -> str:
    return f'<path class="a" d="M{x:g} {middle - 5:g}v10l8 -5z"/>'


def disc(x: float, middle: float, who: str, phase: str) -> str:
    centre = x + DISC / 2
    circle = f'<circle class="{phase}" cx="{centre:g}" cy="{middle:g}" r="7.3"/>'
    bright = " bright" * (phase == "answer")
    return circle + (text(centre, middle + 3.8, who, f"who middle{bright}") if who else "")


# What is said

LEAD = (
    "Each line that waits, and who stands there: threads, and the clients of the timelines, 1 to 8."
)
LOOKS = "Of one run each, the looks nearest to 0.1 s and to two thirds of the heavy work"


def title(data: dict) -> str:
    """The finding, where the data show it."""
    threads = [stand_together(one) for one in data["steps"] if one["step"] in (1, 2)]
    loops = [part(one) for one in data["steps"] if one["step"] > 2]
    borne_out = all(threads + loops)
    found = TITLES[bool(threads) and borne_out, bool(loops) and borne_out]
    several = any(one["step"] == 2 for one in data["steps"])
    return found if several else found.replace("With threads, the", "The")


def stand_together(step: dict) -> bool:
    """Whoever was accepted has a thread, where it stands."""
    return all(with_thread(one) and not alone(one) for one in step["moments"])


def part(step: dict) -> bool:
    """While the thread works for one client, others stand where they wait, and it does not."""
    working = step["moments"][1]
    return [where for where, _ in working["threads"]] == [WORK] and bool(alone(working))


def with_thread(moment: dict) -> list[str]:
    held = {who: where for where, who in moment["threads"] if who}
    return [who for who, (where, _) in moment["clients"].items() if held.get(who) == where]


def alone(moment: dict) -> list[str]:
    """Who was accepted, and has no thread there."""
    held = with_thread(moment)
    inside = [who for who, (where, _) in moment["clients"].items() if where != QUEUE]
    return [who for who in inside if who not in held]


def threads_alone(where: str, moment: dict) -> int:
    """How many threads stand at a place with no client."""
    held = with_thread(moment)
    return len([who for place, who in moment["threads"] if place == where and who not in held])


def heads(data: dict) -> tuple[str, str]:
    waiting = all(WORK not in places_of(step["moments"][0]) for step in data["steps"])
    working = {
        who
        for step in data["steps"]
        for where, who in step["moments"][1]["threads"]
        if where == WORK
    }
    return (
        "all wait" if waiting else "early",
        f"heavy work for {working.pop()}" if len(working) == 1 else "later",
    )


def seconds(moment: dict) -> str:
    return f"{moment['at'] / 1000:.2f} s"


def caption(data: dict) -> str:
    clear = all(is_clear(one) for step in data["steps"] for one in step["moments"])
    chosen = ", with nobody between two lines" * clear
    return f"{LOOKS}{chosen}. {machine(data)}."


def alternative(data: dict) -> str:
    said = [in_words(step, one) for step in data["steps"] for one in step["moments"]]
    return f"{LEAD} {' '.join(said)} {caption(data)}"


def in_words(step: dict, moment: dict) -> str:
    places = [
        f"{label(row)}: {', '.join(occupants(row[0], moment))}"
        for row in rows_of(step)
        if row[0] in places_of(moment)
    ]
    return f"Step {step['step']}, {step['name']}, at {seconds(moment)}. {'; '.join(places)}."


def label(row: tuple[str, str, str]) -> str:
    _, line, words = row
    return f"line {line}, {words.removesuffix(':')}" if line else words


def occupants(where: str, moment: dict) -> Iterator[str]:
    """Clients in the same phase together, with or without threads, and threads alone."""
    held = with_thread(moment)
    for phase in PHASES:
        for threaded in (True, False):
            found = [
                int(who)
                for who, place in moment["clients"].items()
                if place == [where, phase] and (who in held) == threaded
            ]
            if found:
                many = len(found) > 1
                phrase = KEY[phase].replace("its", "their" if many else "its")
                thread = " with a thread each" if many else " with a thread"
                yield f"client{'s' * many} {span(found)} {phrase}{thread * threaded}"
    if idle := threads_alone(where, moment):
        yield "a thread" if idle == 1 else f"{number(idle)} threads"
