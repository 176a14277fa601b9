"""What the notebooks call: predictions, facts, code from the files, and exercises."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import workbook
from harness import HarnessError, start_command, start_step
from tests.browser import wait_for
from tests.budgets import measure
from tests.mutants.catalogue import MUTANTS, STEP_3
from workbook import clients, exercises, guesses, measures, servers, source, turning
from workbook.exercises import EXERCISES, Exercise, verdict
from workbook.settings import machine, write

WRONG = Path(__file__).parent / "wrong_answers"  # each: the functions that somebody changed
MODULES = ("app", "bounds", "http1", "messages", "notes", "uri")
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
    for module in (exercises, guesses, measures, source, turning):
        monkeypatch.setattr(module, "say", words.append)
    return words


# Predictions


def test_the_machine_is_what_we_may_use_of_it(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3}, raising=False)
    assert ", 1 core, " in machine()


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


def test_a_number_beyond_all_measure_is_said_and_not_kept(said):
    workbook.predict("key", 10**5000)
    assert "too large" in said[0]
    assert not guesses.load()


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"key": 1}', '{"claim fast": {"evidence": []}}', "\x00"]
)
def test_a_broken_file_is_put_aside_and_not_lost(said, folder, content):
    (folder / guesses.NAME).write_text(content)
    workbook.predict("key", 1, "this", "that")
    assert (folder / "predictions.broken-1.json").read_text() == content
    assert "put aside" in said[0]
    assert guesses.load()["key"]["guess"] == 1


# Facts


def test_a_fact_that_holds_is_said(said):
    workbook.fact(1 < 2, "One is less than two.")
    assert said == ["✓ One is less than two."]


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


@pytest.mark.parametrize("file", ["../hosts", "work/../../hosts", "work/", "/etc/hosts"])
def test_no_path_leaves_the_workbook(file):
    with pytest.raises(LookupError, match="is no file of this workbook"):
        workbook.show(file, "anything")


def test_a_function_of_an_installed_module_is_shown(said):
    workbook.show("tornado.web", "RequestHandler.on_finish")
    assert said[0].startswith("`tornado/web.py`\n\n```python\n    def on_finish(self)")


@pytest.mark.parametrize("module", ["tornado.wep", "sys"])
def test_a_module_without_a_file_is_said_to_be_missing(module):
    with pytest.raises(LookupError, match=f"there is no module {module}"):
        workbook.show(module)


# Counting


def test_lines_are_counted_in_files_modules_and_definitions():
    whole = workbook.lines("steps/app.py")
    assert whole == measure("steps/app.py")
    assert 0 < workbook.lines("steps/app.py:add", "steps/app.py:delete") < whole
    assert 0 < workbook.lines("tornado.web:RequestHandler") < workbook.lines("tornado.web")


def test_calls_are_counted_by_module_and_no_more_when_the_block_ends():
    exchange = workbook.conversation()
    with workbook.calls("steps") as counted:
        list(exchange.receive(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"))
        json.loads("{}")
    assert {"steps.http1", "steps.app"} <= set(counted) <= {f"steps.{n}" for n in MODULES}
    assert sys.getprofile() is None


def test_what_the_suite_found_is_read_as_it_was_written():
    marks, reasons = workbook.capabilities()
    assert all(len(row) == 5 for row in marks.values())
    assert "---" not in marks
    assert marks["waits overlap"] == ["✗", "✓", "✓", "✓", "✓"]
    table = (EXERCISES.parents[1] / "docs" / "capabilities.md").read_text()
    assert len(reasons) == table.count("\n- ")
    assert {step for step, _, _ in reasons} == {1, 5}


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
    with pytest.raises(LookupError, match=f"choose from {', '.join(NAMES)}"):
        workbook.check("whole_requests")


def test_a_file_that_is_no_python_is_said_to_be_none(folder):
    path = folder / "broken.py"
    path.write_text("def serve(:\n")
    words = verdict(Exercise.named("whole_request"), path)
    assert words == "**Not yet: your file cannot be run.** Line 1: invalid syntax."


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_an_exercise_can_be_solved(name):
    one = Exercise.named(name)
    assert verdict(one, one.solution) == f"**Solved.** {one.solved.strip()}"


@pytest.mark.course
@pytest.mark.parametrize(
    ("name", "number"), [(n, k) for n in NAMES for k in range(len(Exercise.named(n).tests))]
)
def test_each_wrong_answer_gets_its_own_message(folder, name, number):
    """The first is the starting file: so an exercise starts red."""
    one = Exercise.named(name)
    test = one.tests[number]
    path = folder / f"{test['wrong']}.py"
    path.write_text(with_mistake(one, test["wrong"]))
    assert verdict(one, path).startswith(f"**Not yet.** {test['means'].strip()}\n\n```text\n")


def with_mistake(one, wrong):
    """The worked solution with a wrong answer's functions in the place of its own."""
    if wrong == "start":
        return one.start.read_text()
    begin, main, end = one.solution.read_text().partition("if __name__ == ")
    return f"{begin}{(WRONG / one.name / f'{wrong}.py').read_text()}\n\n{main}{end}"


@pytest.mark.parametrize("name", NAMES)
def test_there_is_a_wrong_answer_for_each_message(name):
    answers = {path.stem for path in (WRONG / name).glob("*.py")}
    assert {test["wrong"] for test in Exercise.named(name).tests} == {"start", *answers}


@pytest.mark.long
def test_a_crash_is_shown_and_not_explained_away(folder):
    one = Exercise.named("one_answer_each")
    path = folder / "it's my file.py"  # a shell would stumble over the name
    path.write_text(
        one.start.read_text().replace("    with conn", "    exchange.last = 1\n    with conn")
    )
    words = verdict(one, path)
    assert words.startswith("**Not yet: your server stopped with an error.**")
    assert "AttributeError: 'Exchange' object has no attribute 'last'" in words


@pytest.mark.course
def test_a_server_that_does_not_listen_is_said_not_to(folder):
    path = folder / "mute.py"
    path.write_text("import time; time.sleep(60)")
    assert "Nothing listens on the port" in verdict(Exercise.named("whole_request"), path)


@pytest.mark.long
def test_tests_that_do_not_end_are_ended(folder, monkeypatch):
    monkeypatch.setattr(exercises, "STUCK", 0.5)
    assert "**Not yet.** The tests had not ended after 0.5 s" in verdict(
        Exercise.named("whole_request")
    )


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (
            "ended with status 1 before it was ready; its last words: NameError: name 'Pool' is",
            None,
        ),
        ("was ended by signal 9 (Killed) before it was ready; its last words: none", None),
        ("was not ready after 10 s; its last words: none", "Nothing listens on the port"),
    ],
)
def test_why_a_server_does_not_start_is_told_whole(words, what):
    told = exercises.reason(f"ERROR: 'python my_file.py --port {{port}}' {words}\n")
    assert f"It {words}" in told
    assert (what or "") in told


def test_a_file_that_cannot_be_read_is_said_to_be_so(said, folder):
    (folder / "pool.py").mkdir()
    workbook.check("pool")
    assert said[0].startswith("**Not yet: your file cannot be read.**")
    assert exercises.answer("pool")[0] == Exercise.named("pool").solution


def test_where_no_file_can_be_made_the_task_is_told_all_the_same(said, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exercises.shutil, "copyfile", full)
    workbook.exercise("pool")
    assert "Your file: it cannot be made ([Errno 28] No space left on device)" in said[0]


def test_check_says_the_verdict_on_the_learners_own_file(said, monkeypatch):
    monkeypatch.setattr(exercises, "verdict", lambda one: f"verdict on {one.name}")
    workbook.check("whole_request")
    assert said == ["verdict on whole_request"]


def test_an_exercise_says_the_task_the_file_two_hints_and_the_solution(said, folder):
    workbook.exercise("whole_request")
    one = Exercise.named("whole_request")
    assert one.task.strip() in said[0]
    assert f"`{folder / 'whole_request.py'}`" in said[0]
    assert all(f"Hint {n}</summary>\n\n{hint}" in said[0] for n, hint in enumerate(one.hints, 1))
    assert (
        "solutions/whole_request.py](../notebooks/exercises/solutions/whole_request.py)" in said[0]
    )


# Servers


@pytest.fixture
def served(request):
    """A step's server, as a notebook has it."""
    yield workbook.serve(request.param)
    workbook.stop()


@pytest.mark.parametrize("served", [1], indirect=True)
def test_where_names_the_line_that_waits(served, capsys):
    line = "while data := connection.recv(65536):  # waits   <- stands here"

    def parked():
        workbook.where(served)
        *calls, last = capsys.readouterr().out.splitlines()
        return last.endswith(line) and [call.split()[0] for call in [*calls, last][-3:]]

    with socket.create_connection(served.address) as client:
        workbook.ask(client)
        assert wait_for(parked) == ["main", "serve", "converse"]


@pytest.mark.parametrize("served", [5], indirect=True)
def test_where_shows_the_calls_of_other_folders_too(served, capsys):
    with socket.create_connection(served.address) as client:
        workbook.ask(client)
        workbook.where(served)
        assert "_server_request_loop" not in capsys.readouterr().out
        workbook.where(served, "tornado")
        assert "_server_request_loop" in capsys.readouterr().out


def test_a_server_that_cannot_be_asked_where_it_stands_is_left_alone():
    with start_step(3) as server:
        with pytest.raises(HarnessError, match="it cannot be asked"):
            workbook.where(server)
        assert server.alive()


@pytest.mark.parametrize("served", [3], indirect=True)
def test_a_server_is_patient_and_ends_with_the_next_of_its_step(served):
    options = served.process.cmdline()
    assert {f"--{what}-timeout=0" for what in ("idle", "head", "body", "send")} <= set(options)
    following = workbook.serve(3)
    assert not served.alive()
    workbook.stop()
    assert not following.alive()
    assert not {served.process, following.process} & set(workbook.children())
    with pytest.raises(HarnessError, match="has ended, and does not say where it stood"):
        workbook.where(served)


@pytest.mark.parametrize("served", [1, 3], indirect=True)
def test_a_rush_tells_who_was_connected_and_who_was_answered(served, monkeypatch):
    monkeypatch.setattr(clients, "STUCK", 3)  # seconds, after which those who wait are left out
    visits = workbook.rush(served, 5)
    assert len(visits) == 5
    assert all(connected >= 0 and answered > 0 for connected, answered in visits)


def test_who_is_not_answered_is_in_no_rush():
    with start_command("python3 -m http.server {port} --directory /nonexistent") as server:
        address = server.address
    gone = SimpleNamespace(address=address)
    assert workbook.rush(gone, 3) == []


def test_a_jupyter_server_that_was_killed_is_not_asked(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as door:
        alive = {"port": door.getsockname()[1], "secure": False}
        with socket.create_server(("127.0.0.1", 0)) as other:
            dead = {"port": other.getsockname()[1], "secure": False}
        listed = [dead, alive, alive | {"secure": True}]
        monkeypatch.setattr("jupyter_server.serverapp.list_running_servers", lambda: listed)
        assert clients.jupyter_ports() == [alive["port"]]


def test_a_letter_stands_for_a_bug_of_step_3():
    assert set(servers.SICK.values()) <= {one.name for one in MUTANTS if one.file == STEP_3}


def test_a_server_has_the_bug_of_its_letter():
    try:
        assert workbook.pauses(workbook.planted("C"))["two pauses take"] > 1.5
    finally:
        workbook.stop()


def test_measures_stand_side_by_side(said):
    workbook.table({"one": {"ms": 2.5, "served": 100}, "two": {"ms": 0.0, "served": 1}})
    assert said[0].splitlines()[2:] == ["| one | 2.50 | 100 |", "| two | 0.00 | 1 |"]


def test_a_turn_that_would_never_end_is_not_made(capsys):
    loop = workbook.by_hand()
    loop.turn()
    assert capsys.readouterr().out == "Nothing can go on: this turn would wait for ever.\n"
    for each in (loop.listener, loop.selector):
        each.close()


def test_a_loop_turned_by_hand_shows_what_it_holds(said):
    loop = workbook.by_hand()
    with socket.create_connection(loop.listener.getsockname()) as client:
        workbook.state(loop)
        loop.turn()
        for words in (b"GET /slow/9 HTTP/1.1\r\n", b"Host: here\r\n\r\n"):
            client.sendall(words)
            loop.turn()
            workbook.state(loop, "Ada")
    for each in (*loop.listener.inside, loop.listener, loop.selector):
        each.close()
    nobody, half, pausing = said
    assert nobody == "No conversation."
    assert "| Ada | none | none | READ | no | `b'GET /slow/9 HTTP/1.1\\r\\n'` |" in half
    assert "| Ada | `Pause(seconds=9.0)` | `receive`, suspended | nothing | in " in pausing


# What is measured


@pytest.mark.parametrize("served", [3], indirect=True)
def test_a_change_is_told_at_the_next_look_and_to_watch_costs_little(served):
    late = workbook.lateness(served, changes=4)
    assert len(late) == 4
    assert late[0] > 1.5 * late[-1], "the later after a look, the sooner the next"
    assert workbook.watching(served, clients=3, seconds=0.2) < 0.5


@pytest.mark.parametrize("served", [3], indirect=True)
def test_all_that_a_server_says_is_heard(served):
    said = asyncio.run(workbook.hear(served.port, "GET /hello", "Accept: */*"))
    assert said.startswith("HTTP/1.1 200 OK\r\n")
    assert said.endswith("\r\n\r\nHello, world!\n")
    refused = asyncio.run(workbook.hear(served.port, "GET /", f"X: {'x' * 40_000}"))
    assert refused.startswith("HTTP/1.1 431 "), "what a server says before it has read all"


# Two notebooks at once


def test_two_notebooks_lose_no_prediction(folder):
    words = "import sys; from workbook.guesses import keep; [keep(sys.argv[1] + str(n)) for n in range(50)]"
    both = [subprocess.Popen([sys.executable, "-c", words, who]) for who in "ab"]
    assert [one.wait() for one in both] == [0, 0]
    assert len(guesses.load()) == 100
    assert not list(folder.glob("*broken*"))


def test_two_notebooks_lose_no_evidence(folder):
    words = "import sys; from workbook import evidence; [evidence('fast', sys.argv[1] + str(n), n) for n in range(20)]"
    both = [subprocess.Popen([sys.executable, "-c", words, who]) for who in "ab"]
    assert [one.wait() for one in both] == [0, 0]
    assert len(guesses.load()["claim fast"]["evidence"]) == 40


def test_what_was_there_survives_a_full_disk(folder, monkeypatch):
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
    (folder / "ledger.html").write_text("mine")
    with pytest.raises(OSError, match="full"):
        write(folder / "ledger.html", "new")
    assert (folder / "ledger.html").read_text() == "mine"
    assert [path.name for path in folder.iterdir()] == ["ledger.html"]


def test_running_all_again_makes_no_prediction_late(said):
    for _ in range(2):
        workbook.predict("key", 2, "this", "that")
        workbook.reveal("key", 2)
    assert "when the result was known" not in said[-1]


@pytest.mark.parametrize("guess", ["a|b", "two\nlines", "<script>alert(1)</script>", "`", "\ud800"])
def test_a_guess_in_words_breaks_no_table(said, guess):
    workbook.predict("key", guess)
    workbook.reveal("key", "ours")
    rows = said[-1].splitlines()
    assert len(rows) == 3
    assert len(rows[-1].replace("\\|", "").split("|")) == 4
    assert "<script>" not in said[-1]


@pytest.mark.parametrize(
    ("guess", "right"), [(1.4, True), (1.1, False), (2, False), ("1.5", False)]
)
def test_a_quantity_is_right_within_a_fifth(said, guess, right):
    workbook.predict("key", guess)
    workbook.reveal("key", 1.5)
    assert ("✓" in said[-1]) == right
