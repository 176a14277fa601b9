"""What the notebooks call: predictions, facts, code from the files, and exercises."""

import json
from itertools import chain
from pathlib import Path

import pytest

import workbook
from workbook import guesses, source
from workbook.exercises import EXERCISES, Exercise, verdict

WRONG = Path(__file__).parent / "wrong_answers"
NAMES = sorted(path.stem for path in EXERCISES.glob("*.toml"))


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A learner's files, nobody's own."""
    monkeypatch.setenv("WORKBOOK_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def said(monkeypatch):
    """What a cell would show."""
    words = []
    for module in (guesses, source):
        monkeypatch.setattr(module, "say", words.append)
    return words


# Predictions


def test_no_prediction_is_asked_for_and_is_no_error(said):
    workbook.predict("key", ..., "this", "that")
    assert "three dots" in said[0]
    assert "1. this\n2. that" in said[0]
    workbook.reveal("key", 2)
    assert "nothing yet | **that**" in said[1]


def test_a_prediction_stands_beside_the_result(said, folder):
    workbook.predict("key", 1, "this", "that")
    workbook.reveal("key", 2)
    assert "| this | **that** |" in said[1]
    kept = json.loads((folder / guesses.NAME).read_text())
    assert kept["key"] == {"guess": 1, "choices": ["this", "that"], "late": False, "measured": 2}


def test_a_right_prediction_is_marked(said):
    workbook.predict("key", 2, "this", "that")
    workbook.reveal("key", 2)
    assert "**that** ✓" in said[1]


def test_a_prediction_that_comes_late_says_so(said):
    workbook.reveal("key", 2)
    workbook.predict("key", 2, "this", "that")
    workbook.reveal("key", 2)
    assert "when the result was known" in said[-1]


@pytest.mark.parametrize("guess", [0, 3, "this", None, [], {}])
def test_what_is_no_choice_is_said_and_not_kept(said, guess):
    workbook.predict("key", guess, "this", "that")
    assert "none of the choices" in said[0]
    assert "guess" not in guesses.load().get("key", {})


@pytest.mark.parametrize("content", ["", "{", "[]", '{"key": 1}', "\x00"])
def test_a_broken_file_is_put_aside_and_not_lost(said, folder, content):
    (folder / guesses.NAME).write_text(content)
    workbook.predict("key", 1, "this", "that")
    assert (folder / "predictions.broken-1.json").read_text() == content
    assert "put aside" in said[0]
    assert guesses.load()["key"]["guess"] == 1


# Facts


def test_a_fact_that_holds_is_said():
    workbook.fact(1 < 2, "One is less than two.")


def test_a_fact_that_does_not_hold_fails_the_run_with_its_sentence():
    with pytest.raises(AssertionError, match="One is less than nothing"):
        workbook.fact(1 < 0, "One is less than nothing.")


# Code from the files


def test_a_function_is_shown_as_it_stands_in_its_file(said):
    workbook.show("steps/01_socket_server/server.py", "converse", "perform")
    assert said[0].startswith("[steps/01_socket_server/server.py](../steps/01_socket_server/")
    code = said[0].partition("```python\n")[2]
    assert code.startswith("def converse(connection, exchange):\n")
    assert "\n\n\ndef perform(parts, connection):\n" in code
    assert "def serve" not in code


def test_a_method_is_shown_alone(said):
    workbook.show("steps/03_select_loop/server.py", "Loop.turn")
    assert "```python\n    def turn(self):" in said[0]
    assert "def watch" not in said[0]


def test_what_is_not_in_a_file_is_not_shown():
    with pytest.raises(LookupError, match=r"no convers in steps/01_socket_server/server\.py"):
        workbook.show("steps/01_socket_server/server.py", "convers")


def test_a_difference_shows_what_changed(said, folder):
    start = EXERCISES / "one_answer_each.py"
    (folder / "one_answer_each.py").write_text(start.read_text().replace("def serve", "def sreve"))
    workbook.diff("notebooks/exercises/one_answer_each.py", "work/one_answer_each.py")
    assert "\n-def serve(listener):\n+def sreve(listener):\n" in said[0]


# Exercises


@pytest.mark.parametrize("name", NAMES)
def test_a_learners_file_is_copied_once_and_never_overwritten(name):
    yours = Exercise.named(name).yours
    assert yours.read_text() == Exercise.named(name).start.read_text()
    yours.write_text("mine")
    assert Exercise.named(name).yours.read_text() == "mine"


@pytest.mark.parametrize("name", NAMES)
def test_an_exercise_has_two_hints(name):
    assert len(Exercise.named(name).hints) == 2


def test_an_unknown_exercise_is_answered_with_those_there_are():
    with pytest.raises(LookupError, match="choose from one_answer_each, whole_request"):
        workbook.check("whole_requests")


def test_a_file_that_is_no_python_is_said_to_be_none(folder):
    path = folder / "broken.py"
    path.write_text("def serve(:\n")
    words = verdict(Exercise.named("whole_request"), path)
    assert "does not start" in words
    assert "SyntaxError" in words


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_an_exercise_starts_red_and_can_be_solved(name):
    one = Exercise.named(name)
    assert verdict(one).startswith("**Not yet.**")
    assert verdict(one, one.solution) == f"**Solved.** {one.solved.strip()}"


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_each_wrong_answer_gets_a_message_of_its_own(name):
    one = Exercise.named(name)
    answers = sorted((WRONG / name).glob("*.py"))
    words = {path.stem: verdict(one, path) for path in [one.start, *answers]}
    means = [test["means"].strip() for test in one.tests]
    got = {
        stem: [n for n, mean in enumerate(means) if mean in said] for stem, said in words.items()
    }
    assert sorted(chain(*got.values())) == list(range(len(means))), got
    assert all(len(one) == 1 for one in got.values()), got
