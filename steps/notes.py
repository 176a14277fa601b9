"""What the application remembers: notes, and their changes; and how to watch them."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from steps.messages import Pause

PORTION = 50  # notes, or changes, to tell at a time
QUIET_LOOKS = 15  # of 50 ms each, and a comment comes at least once a second


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to a note: the number orders all changes."""

    number: int
    kind: str  # created, replaced or deleted
    note: dict

    def as_event(self) -> bytes:
        """As a server-sent event (WHATWG HTML, 9.2)."""
        return f"id: {self.number}\nevent: {self.kind}\ndata: {json.dumps(self.note)}\n\n".encode()


class Notes:
    """Numbered notes, and what changed.

    Between reading and writing them nobody else may have a turn. One thread gives that for
    nothing; where threads share the notes, a lock must. A single read needs none.
    """

    LIMIT = 1000  # notes, and changes that are remembered

    def __init__(self, lock: AbstractContextManager | None = None):
        self.closed = False  # no more changes will come: the server stops
        self._lock = lock or nullcontext()
        self._notes: dict[int, dict] = {}
        self._changes: list[Change] = []
        self._last_note = self._last_change = 0

    def all(self) -> list[dict]:
        return list(self._notes.values())

    def get(self, key: str) -> dict | None:
        return self._notes.get(int(key)) if re.fullmatch("[1-9][0-9]{0,8}", key) else None

    def add(self, words: str) -> dict | None:
        """The new note; None if there are too many."""
        with self._lock:  # waits, where threads share the notes
            if len(self._notes) >= self.LIMIT:
                return None
            self._last_note += 1
            return self._record("created", {"id": self._last_note, "text": words})

    def replace(self, number: int, words: str) -> dict | None:
        """The note as it is now; None if there is none."""
        with self._lock:  # waits, where threads share the notes
            if number not in self._notes:
                return None
            return self._record("replaced", {"id": number, "text": words})

    def delete(self, number: int) -> bool:
        """Whether there was such a note."""
        with self._lock:  # waits, where threads share the notes
            return number in self._notes and bool(self._record("deleted", {"id": number}))

    def since(self, seen: int) -> list[Change]:
        """The changes after that number, as far as they are remembered."""
        with self._lock:  # waits, where threads share the notes
            return self._changes[-(self._last_change - seen) :] if seen < self._last_change else []

    def position(self, last_event_id: str) -> int:
        """Where a client goes on that has seen so much; a new client begins with what comes."""
        known = re.fullmatch("[0-9]{1,9}", last_event_id)
        return min(int(last_event_id), self._last_change) if known else self._last_change

    def _record(self, kind: str, note: dict) -> dict:
        if kind == "deleted":
            del self._notes[note["id"]]
        else:
            self._notes[note["id"]] = note
        self._last_change += 1
        self._changes.append(Change(self._last_change, kind, note))
        del self._changes[: -self.LIMIT]
        return note


def in_portions(notes: list[dict]) -> Iterator[bytes]:
    """A list as JSON, so that for whoever reads slowly no copy of the whole is kept."""
    opening = "["
    for start in range(0, max(len(notes), 1), PORTION):
        words = json.dumps(notes[start : start + PORTION])[1:-1]
        closing = "" if len(notes) > start + PORTION else "]\n"
        yield f"{opening}{words}{closing}".encode()
        opening = ", "


def watch(notes: Notes, seen: int, seconds: float) -> Iterator[bytes | Pause]:
    """Server-sent events, found by looking every 50 ms. A comment at least once a second makes a
    client that has left noticeable."""
    until = time.monotonic() + seconds
    yield b": watching\n\n"
    quiet = 0
    while time.monotonic() < until and not notes.closed:
        changes = notes.since(seen)
        if changes:
            seen = changes[-1].number
            yield from (change.as_event() for change in changes)
        elif quiet == QUIET_LOOKS:
            yield b": nothing new\n\n"
        quiet = 0 if changes or quiet == QUIET_LOOKS else quiet + 1
        yield Pause(0.05)
