"""The notes without a server: what is told at a time, so that a slow reader keeps no copy of all."""

import json

import pytest

from steps.messages import Pause
from steps.notes import PORTION, Notes, in_portions, watch


def filled(count):
    notes = Notes()
    for number in range(count):
        notes.add(f"note {number}, with a comma, a ] and a [")
    return notes


@pytest.mark.parametrize("count", [0, 1, PORTION, PORTION + 1, 3 * PORTION])
def test_all_notes_are_one_list_told_in_portions(count):
    notes = filled(count).all()
    portions = list(in_portions(notes))
    assert b"".join(portions) == f"{json.dumps(notes)}\n".encode()
    assert all(portion.count(b'"id"') <= PORTION for portion in portions)
    assert len(portions) == max(1, -(-count // PORTION)), "a short list is one part, not two"


def test_each_change_is_told_by_itself():
    events = watch(filled(3), seen=0, seconds=9)
    assert next(events) == b": watching\n\n"
    assert [next(events).count(b"event: created") for _ in range(3)] == [1, 1, 1]
    assert isinstance(next(events), Pause)
