"""Two files side by side: which lines are paired, which have moved, and what of it is shown."""

import random
from textwrap import dedent

import pytest

import workbook
from harness.server import ROOT
from workbook import differences
from workbook.differences import CHANGED, FOLDED, GONE, MOVED, NEW, compare, table

ONE = dedent('''\
    """Of step 1."""
    import socket

    def receive(connection):
        return connection.recv(65536)  # waits

    def perform(part, connection):
        connection.sendall(part)  # waits
    ''')


def marks(before, after):
    """By text: the mark of a line on its side."""
    left, right = {}, {}
    for one, other in compare(before, after):
        left |= {one.text.strip(): one.mark} if one else {}
        right |= {other.text.strip(): other.mark} if other else {}
    return left, right


@pytest.fixture
def shown(monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBOOK_DIR", str(tmp_path))
    shown = []
    monkeypatch.setattr(differences, "say", shown.append)
    monkeypatch.setattr(differences, "display", lambda data, raw: shown.append(data))
    return shown


def test_a_line_that_only_one_file_has_is_gone_or_new():
    left, right = marks(ONE, ONE.replace("import socket", "import asyncio\nimport selectors"))
    assert left["import socket"] == GONE
    assert right["import asyncio"] == right["import selectors"] == NEW
    assert left["connection.sendall(part)  # waits"] == ""


def test_a_line_and_what_has_become_of_it_stand_side_by_side():
    rows = compare(ONE, ONE.replace("return connection.recv", "return self.connection.recv"))
    [(before, after)] = [row for row in rows if row[0] and row[0].mark]
    assert (before.mark, after.mark) == (CHANGED, CHANGED)
    assert (before.text.strip()[:17], after.text.strip()[:17]) == (
        "return connection",
        "return self.conne",
    )


def test_a_line_that_has_moved_says_where_it_is_now():
    lines = ONE.splitlines()
    rows = compare(ONE, "\n".join([*lines[:3], *lines[6:], "", *lines[3:5]]))
    moved = [line for row in rows for line in row if line and line.mark == MOVED]
    assert {(line.number, line.elsewhere) for line in moved} in (
        {(4, 7), (5, 8), (7, 4), (8, 5)},  # the one function, seen from both sides
        {(7, 4), (8, 5), (4, 7), (5, 8)},
    )


def test_a_module_s_docstring_is_left_out():
    assert not any(map(differences.differs, compare(ONE, ONE.replace("Of step 1.", "Of step 2."))))


def test_no_line_is_lost_whatever_is_compared():
    draw = random.Random(1)
    pool = [*ONE.splitlines()[1:], "x = 1", "def f(:", "<b>", ""]
    for _ in range(200):
        before, after = (draw.choices(pool, k=draw.randrange(12)) for _ in range(2))
        rows = compare("\n".join(before), "\n".join(after))
        for side, lines in enumerate((before, after)):
            told = [row[side] for row in rows if row[side]]
            assert [line.text for line in told] == "\n".join(lines).splitlines()
            assert [line.number for line in told] == list(range(1, len(told) + 1))


def test_each_wait_of_step_2_is_found_again_in_step_3():
    step_2, step_3 = (
        (ROOT / "steps" / step / "server.py").read_text()
        for step in ("02_threaded", "03_select_loop")
    )
    where = {
        one.text.strip().removesuffix("  # waits"): one.elsewhere or other.number
        for one, other in compare(step_2, step_3)
        if one and one.text.endswith("# waits") and one.mark in (MOVED, CHANGED)
    }
    found = {wait: step_3.splitlines()[number - 1].strip() for wait, number in where.items()}
    assert found == {
        "connection, exchange = listener.accept()": "connection, exchange = self.listener.accept()",
        "while data := connection.recv(65536):": "data = self.connection.recv(65536)",
        "connection.sendall(part)": "sent = self.connection.send(self.part)",
    }


def test_what_is_far_from_a_change_is_not_shown_and_a_long_run_is_named():
    after = ONE + "\n".join(f"def added_{n}(): pass" for n in range(FOLDED))
    page = table(compare(ONE, after), context=1)
    assert "connection.sendall" in page
    assert "import socket" not in page
    assert f"{FOLDED} lines: added_0, added_1" in page
    assert "def added_3" not in page


def test_code_is_shown_as_it_is():
    assert "&lt;b&gt; &amp; more" in table(compare("", "<b> & more"), context=2)


def test_the_same_file_twice_has_no_difference(shown):
    workbook.diff("steps/app.py", "steps/app.py")
    assert shown[-1] == "Nothing has changed."


def test_a_difference_has_a_form_without_colours(shown):
    workbook.diff("steps/01_socket_server/server.py", "steps/02_threaded/server.py")
    assert "+import threading" in shown[-1]["text/plain"]
    assert "<table" in shown[-1]["text/html"]


def test_a_learner_s_file_may_differ_from_the_one_it_began_as(shown, tmp_path):
    start = ROOT / "notebooks" / "exercises" / "one_answer_each.py"
    text = start.read_text().replace("def serve", "def sreve")
    (tmp_path / "one_answer_each.py").write_text(text)
    workbook.diff("notebooks/exercises/one_answer_each.py", "work/one_answer_each.py")
    assert "\n-def serve(listener):\n+def sreve(listener):\n" in shown[-1]["text/plain"]


def test_a_file_that_is_not_there_yet_has_no_difference(shown):
    workbook.diff("notebooks/exercises/one_answer_each.py", "work/one_answer_each.py")
    assert shown[0].endswith("one_answer_each.py` is not there yet.")
