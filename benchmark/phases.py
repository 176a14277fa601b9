"""What a client waited for, and when: arithmetic on facts, without a clock or a server.

Each fact of the server (recorder.py) begins something: being read, answered, written, or a pause.
Facts of the client (visitors.py) then say which part of that was in truth waiting its turn:

    before it was accepted
    being read, from when it had asked: its bytes were there, and nobody took them
    a pause, from when it was over: nobody came back to it
    being written, while it stood before an empty plate

`rows` makes a figure's rows of both, in milliseconds from the first arrival.
"""

import math
from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise

Phase = tuple[str, float, float]
Span = tuple[float, float]

BEGINS = {
    "made": "read",
    "receive": "answer",
    "handle": "answer",
    "handled": "answer",
    "pause": "pause",
    "bytes": "write",
    "resumed": "answer",
    "listening": "read",
}
SHORT = 0.001  # seconds: what is shorter would be half a pixel
TAIL = 0.003  # seconds: a client that takes longer over what the kernel holds is seen to do so


def rows(clients: list[dict], facts: list[dict] | None) -> list[dict]:
    """A row for each client; without a server's facts, what the client alone can know."""
    start = min(client["arrived"] for client in clients)
    theirs = [facts_about(str(number), facts or []) for number in range(1, len(clients) + 1)]
    return [row(*both, start) for both in zip(clients, theirs, strict=True)]


def facts_about(who: str, facts: list[dict]) -> list[dict]:
    """The facts of the connection on which this client asked."""
    known = {fact["connection"] for fact in facts if fact.get("who") == who}
    return [fact for fact in facts if fact["connection"] in known]


def row(client: dict, facts: list[dict], start: float) -> dict:
    def since(*times: float) -> list[float]:
        return [round((time - start) * 1000, 1) for time in times]

    exact = phases_of(client, facts) if facts else []
    phases = [[kind, *since(*span)] for kind, *span in smooth(exact)]
    tail = tail_of(client, facts) if facts else None
    return {
        "arrived": since(client["arrived"])[0],
        "asked": since(*client["asked"]),
        "answers": since(*client["answers"]),
        "done": since(client["done"])[0],
        "statuses": client["statuses"],
        "phases": phases if facts else None,
        "tail": tail and since(*tail),
        "waiting": round(length_of("turn", exact) * 1000, 1),
    }


def phases_of(client: dict, facts: list[dict]) -> list[Phase]:
    """What it waited for, without gaps, from its arrival until it had its answer or the kernel had."""
    found = [("turn", client["arrived"], facts[0]["at"])]
    asked = iter(client["asked"])
    for fact, following in pairwise([*facts, {"at": math.inf}]):
        kind = BEGINS[fact["fact"]]
        turns = turns_in(kind, fact, client, asked)
        found += carve(kind, fact["at"], following["at"], turns)
    end = min(client["done"], kernel_has_all(facts))
    begin = client["arrived"]  # the server may have seen it first
    clipped = [(kind, max(since, begin), min(until, end)) for kind, since, until in found]
    return [phase for phase in clipped if phase[1] < phase[2]]


def turns_in(kind: str, fact: dict, client: dict, asked: Iterator[float]) -> Iterable[Span]:
    """When a client in this phase would be waiting its turn."""
    match kind:
        case "read":
            return [(next(asked, math.inf), math.inf)]
        case "pause":
            return [(fact["at"] + fact["seconds"], math.inf)]
        case "write":
            return client["empty"]
    return ()


def carve(kind: str, since: float, until: float, turns: Iterable[Span]) -> Iterator[Phase]:
    """One phase, but for the `turns` within it."""
    for begin, end in turns:
        begin, end = max(begin, since), min(end, until)
        if begin < end:
            yield kind, since, begin
            yield "turn", begin, end
            since = end
    yield kind, since, until


def kernel_has_all(facts: list[dict]) -> float:
    """When the server had handed over its last byte; never, if it had not."""
    writes = [after["at"] for fact, after in pairwise(facts) if fact["fact"] == "bytes"]
    return writes[-1] if writes else math.inf


def tail_of(client: dict, facts: list[dict]) -> Span | None:
    """From when the kernel had all of the answer until the client had."""
    since = kernel_has_all(facts)
    return (since, client["done"]) if client["done"] - since > TAIL else None


def smooth(phases: Iterable[Phase]) -> list[Phase]:
    """Without what is too short to be seen, and with what that parted joined again."""
    kept = []
    for kind, since, until in lump(phases):
        if until - since < SHORT:
            continue
        if kept and kept[-1][0] == kind and since - kept[-1][2] < SHORT:
            since = kept.pop()[1]
        kept.append((kind, since, until))
    return kept


def lump(phases: Iterable[Phase]) -> Iterator[Phase]:
    """Many short phases in a row are one, of the kind that most of that time was."""
    for short, some in groupby(phases, lambda phase: phase[2] - phase[1] < SHORT):
        some = list(some)
        if short:
            kind = max(BEGINS.values(), key=lambda kind: length_of(kind, some))
            yield kind, some[0][1], some[-1][2]
        else:
            yield from some


def length_of(wanted: str, phases: Iterable[Phase]) -> float:
    return sum(until - since for kind, since, until in phases if kind == wanted)
