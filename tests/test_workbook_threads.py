"""What notebook 02 calls besides: whose turn it is, what connections cost, whose file is served."""

import threading

import pytest

import workbook
from workbook import clients, exercises, turns
from workbook.exercises import Exercise, answer


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A learner's files, nobody's own."""
    monkeypatch.setenv("WORKBOOK_DIR", str(tmp_path))
    return tmp_path


# Turns


def test_who_cuts_in_runs_between_two_lines():
    happened = []

    def first():
        happened.append("before")
        happened.append("behind")
        return "first"

    def second():
        for _ in range(10**6):  # longer than a turn of the interpreter
            pass
        happened.append("second")
        return "second"

    told = workbook.cut_in(first, 'happened.append("behind")', second)
    assert happened == ["before", "second", "behind"]
    assert told == ("first", "second")


def test_who_cuts_in_and_waits_for_a_lock_goes_on_when_it_is_free(monkeypatch):
    monkeypatch.setattr(turns, "PATIENCE", 0.05)
    happened, lock = [], threading.Lock()

    def first():
        with lock:
            happened.append("first")

    def second():
        with lock:
            happened.append("second")

    workbook.cut_in(first, 'happened.append("first")', second)
    assert happened == ["first", "second"]


def test_nobody_can_cut_in_at_a_line_that_is_not_reached():
    with pytest.raises(LookupError, match="never came to a line that begins with 'no such line'"):
        workbook.cut_in(list, "no such line", list)


# What connections cost


def test_fewer_connections_than_wanted_are_said(monkeypatch, capsys):
    before = dict.fromkeys(("resident", "virtual", "threads"), 1024)
    raw = {"held": 9, "before": before, "used": before | {"threads": 1033}, "server_cpu": 0.0}
    monkeypatch.setattr(clients, "measured", lambda step, load: raw)
    held = workbook.hold(2, 10)
    assert (held["connections"], held["threads"], held["resident"]) == (9, 9, 0)
    assert "Only 9 of 10" in capsys.readouterr().out


# Whose file


def test_a_solved_file_is_served_and_any_other_is_not(monkeypatch):
    monkeypatch.setattr(exercises, "say", str)
    monkeypatch.setattr(exercises, "SOLVED", {})
    monkeypatch.setattr(exercises, "verdict", lambda one: "**Solved.** Well done.")
    one = Exercise.named("pool")
    assert answer("pool")[0] == one.solution
    workbook.check("pool")
    assert answer("pool") == (one.yours, "your pool.py")
    one.yours.write_text("changed since")
    assert answer("pool")[0] == one.solution
