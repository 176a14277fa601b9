"""The timelines: the arithmetic, the recorder on real runs, the words and the drawing.

What is asserted of real runs is who overlaps whom, never how long anything took.
"""

import copy
import json
import os
import re
import signal
import subprocess
import sys
import time
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import psutil
import pytest

import steps.listener
from benchmark import drawing, publish, stands, timelines, words
from benchmark.lettering import width_of
from benchmark.phases import phases_of, rows, smooth
from benchmark.run import ROOT, Contender, Cores, contenders
from harness import STEPS, start_step
from steps.http1 import Exchange

pytestmark = pytest.mark.long

LIGHT_WORK = 22  # fib of this is done in a moment
NOT_PINNED = Cores(None, None)
DOCS = ROOT / "docs"


# Arithmetic on facts made by hand. Times are seconds; the client arrives at 10.


def facts(*these):
    """(at, "pause", {"seconds": 1}) and so on, as the recorder would write them."""
    made = [{"at": at, "fact": fact, **(more[0] if more else {})} for at, fact, *more in these]
    return [{"connection": 1, **fact} for fact in made]


def a_client(**seen):
    return {"arrived": 10, "asked": [10], "answers": [], "empty": [], "statuses": [200], **seen}


GREETING = [(16, "receive"), (16, "handle", {"who": "1"}), (17, "handled"), (17, "bytes")]


def test_who_is_not_yet_accepted_waits_its_turn():
    server = facts((15, "made"), *GREETING, (18, "resumed"), (18, "listening"))
    assert phases_of(a_client(done=18), server)[:1] == [("turn", 10, 15)]


def test_nothing_begins_before_the_client_has_arrived():
    server = facts((9, "made"), *GREETING, (18, "resumed"), (18, "listening"))
    assert phases_of(a_client(asked=[12], done=18), server)[0] == ("read", 10, 12)


def test_a_silent_client_is_read_and_waits_its_turn_once_it_has_asked():
    server = facts((11, "made"), *GREETING, (18, "resumed"), (18, "listening"))
    found = phases_of(a_client(asked=[14], done=18), server)
    assert found[1:4] == [("read", 11, 14), ("turn", 14, 16), ("answer", 16, 17)]


def test_the_next_request_is_read_from_the_end_of_the_last_answer():
    again = facts((25, "receive"), (26, "handled"), (26, "bytes"), (27, "resumed"))
    server = facts((10, "made"), *GREETING, (18, "resumed"), (18, "listening")) + again
    found = smooth(phases_of(a_client(asked=[16, 22], done=27), server))
    assert ("read", 18, 22) in found
    assert ("turn", 22, 25) in found


def test_a_pause_that_nobody_comes_back_to_is_waiting_its_turn():
    late = (12, "pause", {"seconds": 2})
    server = facts((10, "made"), (11, "receive"), late, (17, "resumed"), (18, "bytes"))
    found = phases_of(a_client(done=20), server)
    assert ("pause", 12, 14) in found
    assert ("turn", 14, 17) in found


def test_a_reader_before_an_empty_plate_waits_its_turn():
    server = facts((10, "made"), (11, "receive"), (12, "bytes"), (20, "resumed"))
    found = phases_of(a_client(empty=[(9, 10), (14, 17)], done=20), server)
    assert found[-3:] == [("write", 12, 14), ("turn", 14, 17), ("write", 17, 20)]


def test_what_the_kernel_holds_is_a_tail_and_no_phase_of_the_server():
    server = facts((10, "made"), *GREETING, (18, "resumed"), (18, "listening"))
    [row] = rows([a_client(answers=[25], done=25)], server)
    assert row["tail"] == [8000, 15000]
    assert row["phases"][-1] == ["write", 7000, 8000]


def test_short_phases_vanish_and_what_they_parted_is_joined():
    sliced = [("write", 0, 1), ("answer", 1, 1.0002), ("write", 1.0002, 2), ("turn", 2, 3)]
    assert smooth(sliced) == [("write", 0, 2), ("turn", 2, 3)]


def test_many_short_phases_are_what_most_of_that_time_was():
    parts = [(kind, n / 5000, (n + 1) / 5000) for n, kind in enumerate(["write"] * 9 + ["answer"])]
    assert [kind for kind, *_ in smooth(parts)] == ["write"]


def test_only_the_connection_that_asked_counts():
    stranger = [{"connection": 2, "at": 10.5, "fact": "made"}]
    server = facts((15, "made"), *GREETING, (18, "resumed"), (18, "listening"))
    assert rows([a_client(answers=[18], done=18)], stranger + server)[0]["phases"][0][0] == "turn"


def test_servers_whose_ranges_overlap_share_one_figure():
    def step(*rounds):
        return {"waiting": timelines.spread(list(rounds))}

    shown = timelines.with_shown([step(50, 60), step(7, 8, 9), step(8.5, 10, 11)])
    assert [one["shown"] for one in shown] == [55, 8.75, 8.75]


# Real runs


@pytest.fixture(scope="module", params=STEPS, ids="step {}".format)
def heard(request):
    """A step's number, the load, and what its clients and its server noted, who was looked at, too."""
    load = timelines.load(LIGHT_WORK)
    [contender] = contenders([request.param], [])
    return contender, load, *timelines.heard(contender, load, NOT_PINNED, "benchmark.observer")


@pytest.fixture(scope="module")
def run(heard):
    contender, *_ = heard
    return contender.step, timelines.visit_of(*heard)


def spans(row, *kinds):
    return [span for kind, *span in row["phases"] if kind in kinds]


def together(one, other):
    """Milliseconds that two lists of spans have in common."""
    pairs = [(mine, theirs) for mine in one for theirs in other]
    return sum(max(0, min(a[1], b[1]) - max(a[0], b[0])) for a, b in pairs)


def test_phases_follow_each_other_within_the_visit(run):
    _, visit = run
    for row in visit.rows:
        ends = [row["arrived"], *(time for _, *span in row["phases"] for time in span)]
        ends.append(row["done"])
        assert all(one <= other + 0.11 for one, other in pairwise(ends)), row


def test_every_answer_of_the_load_is_seen(run):
    _, visit = run
    greetings, pause, ticks, *others = (len(row["answers"]) for row in visit.rows)
    assert (greetings, pause, *others) == (3, 1, 1, 1, 1, 1, 1)
    assert 1 <= ticks <= 6, "two may arrive at once where the machine is busy"


def test_a_server_that_serves_one_at_a_time_is_a_staircase_and_the_others_overlap(run):
    number, visit = run
    served = [spans(row, "read", "answer", "pause", "write") for row in visit.rows]
    shared = sum(together(*pair) for pair in combinations(served, 2))
    pauses = together(*(spans(visit.rows[n], "pause") for n in (1, 2)))
    assert (shared < 1) == (number == 1), served
    assert (pauses > 0) == (number > 1), "the pauses of the second and the third client"


def test_a_pause_is_as_long_as_was_asked_for_and_the_rest_is_lateness(run):
    _, visit = run
    [(begin, end)] = spans(visit.rows[1], "pause")
    assert end - begin == pytest.approx(250, abs=0.3)


def test_a_client_in_thought_is_being_read(run):
    _, visit = run
    row = visit.rows[0]
    thoughts = list(zip(row["answers"], row["asked"][1:], strict=False))
    for thought in thoughts:
        assert together([thought], spans(row, "read")) > (thought[1] - thought[0]) / 2, row


def test_a_client_notes_how_long_it_stood_before_an_empty_plate():
    with start_step(3) as server:
        pause = timelines.send(timelines.load(LIGHT_WORK)[1:2], server, NOT_PINNED)[0]
    empty = sum(until - since for since, until in pause["empty"])
    assert empty > (pause["done"] - pause["asked"][0]) / 2, pause


PHASES = ["read", "pause", "pause", "read", "write"]  # of the first five, when all wait
CALLS = {  # ... and what the lines call on which they stand
    1: ["recv", "queue", "queue", "queue", "queue"],
    2: ["recv", "sleep", "sleep", "recv", "sendall"],
    3: ["select"] * 5,
    4: ["sock_recv", "sleep", "sleep", "sock_recv", "sock_sendall"],
    5: ["library", "sleep", "sleep", "library", "flush"],
}
THREADS = {  # where each thread stands, and in the middle of whose conversation
    1: {("recv", "1")},
    2: {("accept", None), *zip(CALLS[2], "12345", strict=True)},
    3: {("select", None)},
    4: {("select", None)},
    5: {("select", None)},
}


def test_each_client_is_found_on_the_line_where_its_step_waits_for_it(heard):
    contender, load, *noted = heard
    made = stands.summary(contender.step, *noted, timelines.heavy_row(load))
    call = {line: re.findall(r"(\w+)\(", code)[0] for line, code in made["lines"]}
    seen = made["moments"][0]
    phases = ["read", *["turn"] * 4] if contender.step == 1 else PHASES
    expected = dict(zip("12345", zip(CALLS[contender.step], phases, strict=True), strict=True))
    assert {
        who: (call.get(at, at), kind) for who, (at, kind) in seen["clients"].items()
    } == expected
    assert {(call.get(at, at), who) for at, who in seen["threads"]} == THREADS[contender.step]


def test_importing_the_recorder_changes_no_step():
    assert steps.listener.Exchange is Exchange


def test_a_server_that_is_not_ours_is_drawn_as_its_clients_saw_it():
    other = Contender("other 1", f"{sys.executable} -m http.server {{port}}")
    visit = timelines.visit(other, timelines.load(LIGHT_WORK), NOT_PINNED)
    assert [row["phases"] for row in visit.rows] == [None] * 8
    assert [len(row["asked"]) for row in visit.rows] == [3, 1, 1, 1, 1, 1, 1, 1]


# Words. The published data are as good as any.


@pytest.fixture
def data():
    return json.loads((DOCS / "timelines.json").read_text())


def the(data, *numbers):
    """The same data with some of the servers only."""
    return {**data, "steps": [step for step in data["steps"] if step["step"] in numbers]}


def foreign(data):
    """The same data with a server at its end that is not ours."""
    made = copy.deepcopy(data)
    stranger = copy.deepcopy(made["steps"][-1])
    stranger |= {"step": None, "name": "strange & <new>", "waiting": None, "shown": None}
    for row in stranger["rows"]:
        row |= {"phases": None, "tail": None}
    made["steps"].append(stranger)
    return made


def test_the_published_data_bear_out_the_title(data):
    assert words.title(data) == (
        "One at a time, every wait holds up everybody. In a loop, only work does."
    )


def test_a_title_claims_nothing_of_what_is_not_there(data):
    assert words.title(the(data, 1, 2)) == "One at a time, every wait holds up everybody."
    assert words.title(the(data, 3)) == "In a loop, waits overlap. Heavy work does not."
    assert words.title(the(data, 2)) == words.NEUTRAL


def test_a_finding_that_the_data_do_not_bear_out_is_not_said(data):
    like_threads = copy.deepcopy(data)
    rows_of = {step["step"]: step["rows"] for step in data["steps"]}
    for step in like_threads["steps"]:
        step["rows"] = rows_of[2]
    assert words.title(like_threads) == words.NEUTRAL
    said = [words.remark(step, like_threads).lines for step in like_threads["steps"]]
    assert [bool(lines) for lines in said] == [False, True, False, False, False]
    assert "staircase" not in words.alternative(like_threads)


def test_the_alternative_has_the_numbers_of_the_figure(data):
    said = words.alternative(data)
    for step in data["steps"]:
        assert words.seconds(step["shown"]) in said
    assert "seen from its clients only" in words.alternative(foreign(data))


# The drawing


SVG = "{http://www.w3.org/2000/svg}"
SIZES = dict(
    re.findall(
        r"\{i\} \.([A-Za-z]+)\{\{font-size:([\d.]+)px", drawing.STYLE.replace(",{i} .tick", "")
    )
) | {"tick": "11", "soft": "13"}


@pytest.fixture(params=["light", "dark", "card"])
def svg(request, data):
    return ElementTree.fromstring(drawing.draw(foreign(data), request.param))


def lines_of(svg, kind):
    """Each line of words in the wide or the narrow figure: where, anchor, size, text."""
    for element in svg.iter(f"{SVG}text"):
        classes = element.get("class").split()
        if kind in classes:
            size = float(next(SIZES[one] for one in classes if one in SIZES))
            text = "".join(element.itertext())
            yield float(element.get("x")), element.get("text-anchor"), size, text


@pytest.mark.parametrize("kind", ["wide", "narrow"])
def test_no_line_is_cut_off(svg, kind):
    for x, anchor, size, text in lines_of(svg, kind):
        width = width_of(text, size) / (2 if anchor == "middle" else 1)
        right = x if anchor == "end" else x + width
        left = x - width if anchor else x
        assert left >= -1, text
        assert right <= drawing.WIDTH + 1, text


def test_words_can_be_read_on_a_telephone(svg):
    smallest = min(size for _, _, size, text in lines_of(svg, "narrow") if text)
    assert smallest * 358 / drawing.WIDTH >= 9, "390 pixels, less the page's margins"


def test_a_figure_refers_to_its_own_names_only(svg):
    text = ElementTree.tostring(svg, encoding="unicode")
    names = {element.get("id") for element in svg.iter() if element.get("id")}
    assert set(re.findall(r"url\(#([^)]+)\)", text)) <= names
    selectors = re.findall(r"(#\w+) ", svg.find(f"{SVG}style").text)
    assert set(selectors) == {f"#{svg.get('id')}"}


def test_two_figures_share_no_name(data):
    ids = [re.findall(' id="([^"]+)"', drawing.draw(the(data, n), "light")) for n in (1, 2)]
    assert not set(ids[0]) & set(ids[1])


def test_a_figure_says_in_words_what_it_shows(svg, data):
    assert svg.find(f"{SVG}title").text == words.title(foreign(data))
    assert svg.find(f"{SVG}desc").text == words.alternative(foreign(data))


def test_a_server_that_is_not_ours_has_no_number_and_says_why(svg):
    said = " ".join(text for *_, text in lines_of(svg, "wide"))
    assert "Seen from its clients only" in said
    assert said.count("waiting their turn") == 5


# Publishing


def test_the_published_pictures_are_drawn_from_the_data_beside_them(data):
    """If the drawing has changed: python -m benchmark.publish --redraw"""
    for name, content in publish.files(data).items():
        assert (DOCS / name).read_text() == content, name


def test_an_interrupted_measurement_leaves_nothing_behind(tmp_path):
    docs = tmp_path / "docs"
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    command = [sys.executable, "-m", "benchmark.publish", "--steps", "1", "--out", str(docs)]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    children = clients_at_work(process.pid)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (130, "Interrupted: nothing was written.\n")
    assert psutil.wait_procs(children, timeout=10)[1] == []
    assert [*docs.iterdir(), *temporary.iterdir()] == []


def clients_at_work(pid):
    """Wait until the eight clients are there; return all children."""
    give_up = time.monotonic() + 30
    while time.monotonic() < give_up:
        children = psutil.Process(pid).children(recursive=True)
        if any("benchmark.visitors" in " ".join(command_of(child)) for child in children):
            return children
        time.sleep(0.01)
    raise AssertionError("the clients never came")


def command_of(process):
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def test_a_server_that_cannot_be_started_is_one_sentence(tmp_path, capfd):
    assert publish.main(["--server", "no-such-command {port}", "--out", str(tmp_path)]) == 2
    said = capfd.readouterr().err
    assert said.startswith("Nothing was written: there is no command 'no-such-command'")
    assert said.count("\n") == 1
    assert not list(Path(tmp_path).iterdir())
