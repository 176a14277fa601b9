"""What notebook 06 calls: loads, servers that are no step, the verdict and its page, a judgement."""

import json
import re
import shutil
import socket
import sys
from html.parser import HTMLParser

import pytest

import workbook
from benchmark.results import environment
from tests.browser import wait_for
from tests.http_client import Client, request
from workbook import guesses, loads, page, stalls
from workbook.judging import judgement
from workbook.servers import runs

NODE = "node notebooks/exercises/own_server/server.mjs {port}"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A learner's files, nobody's own."""
    monkeypatch.setenv("WORKBOOK_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def said(monkeypatch):
    """What a cell would show."""
    words = []
    for name in ("guesses", "ledger", "page"):  # workbook.ledger is the function
        monkeypatch.setattr(sys.modules[f"workbook.{name}"], "say", words.append)
    return words


@pytest.fixture
def stopped():
    yield
    workbook.stop()


# The verdict


def test_a_verdict_stands_beside_prediction_and_evidence(said):
    workbook.believe(fast=1)
    workbook.evidence("fast", "requests/s", 7)
    workbook.conclude(fast=(2, "for few | clients"), simple=3)
    rows = [row for row in said[-2].splitlines() if "it is" in row]
    assert rows[0].endswith("| 06 | does not hold |")
    assert "| holds | requests/s: **7** | " in rows[1]
    assert rows[1].endswith("| holds under conditions: for few \\| clients |")
    assert rows[2].endswith("| none yet |")
    assert said[-1].startswith("<details><summary>Our own verdicts")


def test_without_a_verdict_the_ledger_has_no_column_for_it(said):
    workbook.ledger()
    assert "verdict" not in said[-1]


@pytest.mark.parametrize("verdict", [0, 4, True, "2", (2, 3), (2, "a", "b"), None])
def test_what_is_no_verdict_is_said_and_not_kept(said, verdict):
    workbook.conclude(fast=verdict)
    assert "for fast is none of 1, 2 and 3" in said[0]
    assert "verdict" not in guesses.load().get("claim fast", {})


# Its page


class Page(HTMLParser):
    """Tags in order, what would be fetched, and the words."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.fetched, self.words = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.fetched += [value for name, value in attributes if name in ("src", "href")]

    def handle_data(self, data):
        self.words += data


def test_the_page_has_every_claim_and_fetches_nothing(said, folder):
    workbook.save_ledger()
    text = (folder / "ledger.html").read_text()
    made = Page(text)
    assert made.tags.count("section") == 7
    assert made.fetched == ["data:,"], "an icon that is empty, or the browser would ask for one"
    assert "script" not in made.tags
    assert "prefers-color-scheme:dark" in text
    assert "url(" not in text
    assert "@import" not in text
    assert "`ledger.html`" in said[-1].replace(f"{folder}/", "")


def test_the_page_says_what_was_not_measured(said, folder):
    workbook.evidence("coroutines", "a figure", "17 ms")
    words = Page(page.page()).words
    assert "17 ms" in words
    assert "Not measured yet: run notebook 02 or 03." in words
    assert "run notebook 04." not in words


def test_a_learners_words_are_words_on_the_page(said, folder):
    workbook.predict("a <b> key", "<i>mine</i>")
    workbook.reveal("a <b> key", "ours")
    workbook.conclude(fast=(2, "<script>alert(1)</script> a|b \ud800"))
    workbook.save_ledger()
    made = Page((folder / "ledger.html").read_text())
    assert "<script>alert(1)</script> a|b ?" in made.words
    assert "a <b> key" in made.words
    assert not {"script", "i", "b"} & set(made.tags)


def test_the_page_counts_predictions_that_were_made_in_time(said, folder):
    for key, guess in (("one", 1), ("two", 2)):
        workbook.predict(key, guess, "this", "that")
        workbook.reveal(key, 2)
    workbook.reveal("late", 1)
    workbook.predict("late", 1, "this", "that")
    workbook.predict("a sentence", "in my words")  # is neither right nor wrong
    workbook.reveal("a sentence", "in others")
    made = Page(page.page()).words
    assert "Predicted: 2. Right: 1." in made
    assert "in my words" in made


# Results


def results(steps=(1, 2, 3, 4, 5), complete=True, asked=("hello", "fair", "slow")):
    servers = [{"name": f"step {step}"} for step in steps]
    return {
        "format": 2,
        "complete": complete,
        "started": "2026-01-01T10:00:00",
        "options": {"mode": "quick", "scenarios": asked, "servers": servers},
        "environment": {},
        "failures": [],
        "measurements": [{}],
    }


def test_the_newest_results_of_all_five_steps_are_taken(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(loads, "ROOT", tmp_path)
    monkeypatch.setattr(loads, "one_round", lambda: "one round")
    assert loads.bench() == "one round"
    (tmp_path / "results").mkdir()
    for name, data in {
        "1": results(),
        "2": {**results(), "started": "2026-01-02T10:00:00"},
        "7": {**results(), "options": {}},
        "A": results(),
        "3": results(steps=(1, 3)),
        "4": results(complete=False),
        "5": results(asked=["hello"]),
        "6": "broken",
    }.items():
        (tmp_path / "results" / f"{name}.json").write_text(json.dumps(data))
    assert loads.bench()["started"] == "2026-01-02T10:00:00"
    assert "From results/2.json, measured 2026-01-02, 10:00." in capsys.readouterr().out


# The figure


def test_the_figure_of_a_standstill_says_what_each_loop_saw():
    closed = [(n / 1000, 0.001) for n in range(500)] + [(0.5, 0.4)]
    opened = [(n / 100, max(0.001, 0.9 - n / 100 if n >= 50 else 0)) for n in range(100)]
    data = {"closed": closed, "open": opened, "environment": environment({})}
    assert stalls.title(data) == (
        "The same standstill: p99 1 ms in a closed loop, 390 ms in an open one."
    )
    assert "Closed loop: 1 of 501 waited for more than 0.1 s." in stalls.alternative(data)
    assert "from 400 ms down to nothing" in stalls.alternative(data)
    assert stalls.draw(data).count("</svg>") == 1
    assert "two kinds" in stalls.title({**data, "open": closed}), "no difference is claimed"


# Servers that are no step


def answered(server, before=b"", patience=5):
    """Whether a second client is answered while a first has said something and stays."""
    with (
        socket.create_connection(server.address) as first,
        socket.create_connection(server.address, timeout=patience) as second,
    ):
        first.sendall(before)
        try:
            return workbook.ask(second) == "HTTP/1.1 200 OK"
        except TimeoutError:
            return False


@pytest.mark.long
@pytest.mark.usefixtures("stopped")
@pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not on this machine")
def test_nginx_waits_for_a_silent_client_and_serves_files_by_itself():
    others = workbook.children()
    worst = workbook.serve(1)
    before = workbook.front(worst)
    assert not answered(worst, patience=0.2)
    assert answered(before)
    assert workbook.load(before, clients=20, seconds=0.2)["served"] == 20
    with socket.create_connection(worst.address), socket.create_connection(before.address) as one:
        assert workbook.ask(one, "/files/hello.txt") == "HTTP/1.1 200 OK", "step 1 cannot now"
    workbook.stop()
    assert workbook.children() == others


@pytest.mark.usefixtures("stopped")
def test_without_nginx_there_is_no_front_and_it_is_said(monkeypatch, capsys):
    monkeypatch.setattr("workbook.foreign.shutil.which", lambda name: None)
    assert workbook.front(None) is None
    assert capsys.readouterr().out == "nginx is not on this machine.\n"


@pytest.mark.usefixtures("stopped")
def test_an_nginx_that_does_not_start_is_no_front_and_it_is_said(tmp_path, monkeypatch, capsys):
    nginx = tmp_path / "nginx"
    nginx.write_text("#!/bin/sh\nexit 1\n")
    nginx.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert workbook.front(workbook.serve(3)) is None
    assert "nginx does not start here: " in capsys.readouterr().out


@pytest.mark.long
@pytest.mark.usefixtures("stopped")
def test_a_pair_is_two_processes_with_a_memory_each_and_both_end():
    server = workbook.pair(3)
    family = [server.process, *wait_for(server.process.children, patience=5)]
    with Client(server, patience=10) as one:
        assert one.ask("POST", "/notes", body=b'{"text": "mine"}').status == 201
        one.send(request("GET", "/fib/32"))  # meanwhile the other process takes whoever comes
        assert wait_for(lambda: notes(server) == b"[]\n", patience=5)
    workbook.stop()
    assert wait_for(lambda: not any(map(runs, family)))


def notes(server):
    with Client(server, patience=10) as client:
        return client.ask("GET", "/notes").body


# A server of one's own


@pytest.mark.long
@pytest.mark.skipif(not shutil.which("node"), reason="Node is not on this machine")
def test_the_server_in_JavaScript_does_what_it_says_and_not_more():
    """What it leaves out (notes, events, files) is in its head."""
    tests = ["tests/test_concurrency.py::test_eight_pauses_take_less_than_two"]
    tests += [
        f"tests/test_contract.py::test_{name}"
        for name in (
            "the_body_is_right_to_the_byte",
            "echo_returns_the_body_and_its_type",
            "ticks_arrive_one_by_one",
            "nothing_is_404_whatever_is_asked_of_it",
            "a_note_lives_and_dies",
        )
    ]
    cells = dict(re.findall(r"^\| (\w.*) \| (.*) \|$", judgement(NODE, tuple(tests)), re.MULTILINE))
    notes = cells.pop("notes are made, read, replaced and deleted")
    assert notes == "FAIL"
    assert set(cells.values()) == {"✓"}
    assert len(cells) == 4


@pytest.mark.long
@pytest.mark.parametrize(
    ("command", "why"), [("false {port}", "status 1"), ("none {port}", "none")]
)
def test_a_server_that_does_not_start_is_not_judged(command, why):
    words = judgement(command, ("tests/test_contract.py",))
    assert words.startswith("**Not judged: the server does not start.**")
    assert why in words
