"""The map of waits: it says, and shows, what its data say. And what the data are made of."""

import copy
import re
from xml.etree import ElementTree

import pytest

from benchmark import discs, drawing, stands
from benchmark.lettering import width_of
from benchmark.results import environment
from harness import STEPS

READ, SLEEP, SEND = "server.py:2", "server.py:3", "server.py:4"
SVG = "{http://www.w3.org/2000/svg}"


def moment(at, clients, *threads):
    """`clients` by their number, as "place phase"; a thread as "place" or "place client"."""
    split = {str(number): words.split() for number, words in clients.items()}
    return {"at": at, "clients": split, "threads": [[*one.split(), None][:2] for one in threads]}


def step(number, *moments):
    lines = [["server.py:1", "accept()"], [READ, "recv()"], [SLEEP, "sleep()"], [SEND, "send()"]]
    named = {"step": number, "name": STEPS[number].title}
    return {**named, "lines": lines, "moments": list(moments)}


def figure(*steps):
    return {"environment": environment({}), "steps": list(steps)}


THREADS = step(
    2,
    moment(100, {1: f"{READ} read", 2: f"{SLEEP} pause"}, f"{READ} 1", f"{SLEEP} 2", "server.py:1"),
    moment(200, {2: f"{SLEEP} pause", 6: "work answer"}, "work 6", f"{SLEEP} 2", "server.py:1"),
)
LOOP = step(
    4,
    moment(100, {1: f"{READ} read", 2: f"{SLEEP} pause"}, "select"),
    moment(200, {1: f"{READ} turn", 6: "work answer", 7: "queue turn"}, "work 6"),
)
BOTH = figure(THREADS, LOOP)


# The drawing


def elements(data, name):
    return list(ElementTree.fromstring(discs.draw(data)).iter(f"{SVG}{name}"))


def drawn(data, row):
    """The marks on the row of a place: "thread", or a client's phase and number."""
    [middle] = {
        float(one.get("y")) - 4
        for one in elements(data, "text")
        if "".join(one.itertext()).startswith(row)
    }
    marks = [
        (float(re.match(r"M([\d.]+) ", one.get("d"))[1]), "thread")
        for one in elements(data, "path")
        if one.get("d").split()[1].startswith(f"{middle - 5:g}v")
    ]
    marks += [
        (float(one.get("cx")), one.get("class"))
        for one in elements(data, "circle")
        if float(one.get("cy")) == middle
    ]
    return [mark for _, mark in sorted(marks)]


def test_a_client_stands_behind_its_thread():
    assert drawn(figure(THREADS), "recv()") == ["thread", "read"]
    assert drawn(figure(THREADS), "handle(request)") == ["thread", "answer"]
    assert drawn(figure(THREADS), "accept()") == ["thread", "thread"], "at each of two moments"


def test_in_a_loop_no_thread_stands_with_those_who_wait():
    assert drawn(figure(LOOP), "recv()") == ["read", "turn"]
    assert drawn(figure(LOOP), "asyncio’s own select") == ["thread"]
    assert drawn(figure(LOOP), "the listening socket’s queue") == ["turn"]


def test_a_thread_whose_client_has_all_its_answers_is_drawn_alone():
    left = step(2, *[moment(100, {2: f"{SLEEP} pause"}, f"{READ} 1", f"{SLEEP} 2")] * 2)
    assert drawn(figure(left), "recv()") == ["thread"] * 2
    assert "line 2, recv(): a thread;" in discs.alternative(figure(left))


def test_a_line_shows_its_number_and_its_mark():
    said = ["".join(one.itertext()) for one in elements(BOTH, "text")]
    assert said.count("recv()  # waits") == 2
    assert "2" in said


def test_who_is_between_two_lines_has_a_row_and_only_then():
    lost = copy.deepcopy(LOOP)
    lost["moments"][0]["clients"]["2"] = ["away", "answer"]
    assert "between two lines" in discs.draw(figure(lost))
    assert "between two lines</text>" not in discs.draw(BOTH)


def test_a_file_is_named_where_there_are_several():
    two = {**LOOP, "lines": [*LOOP["lines"], ["handlers.py:9", "flush()"]]}
    assert "handlers.py" in discs.draw(figure(two))
    assert "server.py" not in discs.draw(BOTH)


def test_a_steps_colour_marks_no_phase_and_a_phases_no_step():
    steps = {drawing.BADGES[number] for number in (2, 4)}
    filled = {one.get("fill") for one in elements(BOTH, "rect")} - {None, "#FFFFFF"}
    assert filled == steps
    [style] = elements(BOTH, "style")
    assert not set(re.findall(r"#\w{6}", style.text)) & set(drawing.BADGES.values())


def test_no_line_of_the_figure_is_cut_off():
    for data in (BOTH, figure(LOOP), figure(THREADS)):
        for one in elements(data, "text"):
            size = 20 if one.get("class") == "h" else 11
            if not one.get("text-anchor"):
                end = float(one.get("x")) + width_of("".join(one.itertext()), size)
                assert end <= discs.WIDTH + 1, "".join(one.itertext())


# The words


def test_the_title_is_the_finding_of_the_steps_that_are_there():
    one = step(1, *[moment(100, {1: f"{READ} read", 2: "queue turn"}, f"{READ} 1")] * 2)
    assert discs.title(BOTH) == (
        "With threads, the thread stands where its client stands. In a loop they part."
    )
    assert (
        discs.title(figure(THREADS)) == "With threads, the thread stands where its client stands."
    )
    assert discs.title(figure(one)) == "The thread stands where its client stands."
    assert discs.title(figure(LOOP)).startswith("In a loop, one thread waits for all")


def without_its_thread():
    lost = copy.deepcopy(THREADS)
    lost["moments"][0]["threads"].remove([SLEEP, "2"])
    return lost


@pytest.mark.parametrize(
    "data", [figure(without_its_thread(), LOOP), figure(THREADS, {**THREADS, "step": 4})]
)
def test_a_finding_that_the_data_do_not_show_is_not_said(data):
    """A client of step 2 whose thread is elsewhere; a loop that has threads."""
    assert discs.title(data) == discs.TITLES[False, False]


def test_the_words_say_who_stands_where():
    words = discs.alternative(BOTH)
    assert (
        "Step 2, A thread for each, at 0.20 s. line 1, accept(): a thread; line 3, sleep(): client 2"
        " pausing with a thread; handle(request): client 6 being answered with a thread."
    ) in words
    assert (
        "Step 4, asyncio, at 0.20 s. the listening socket’s queue: client 7 waiting its turn;"
        " line 2, recv(): client 1 waiting its turn; handle(request): client 6 being answered"
    ) in words


def test_the_caption_says_that_nobody_was_between_two_lines_only_where_it_is_true():
    lost = copy.deepcopy(BOTH)
    lost["steps"][0]["moments"][0]["threads"].append(["away", None])
    assert "nobody between two lines" in discs.caption(BOTH)
    assert "nobody between two lines" not in discs.caption(lost)


# The data, of facts made by hand. Times are seconds; the client arrives at 10.


CLIENT = {"arrived": 10, "asked": [10], "answers": [], "empty": [], "done": 12}
SERVED = [(10.2, "made"), (10.2, "receive"), (10.2, "handle"), (11.8, "bytes"), (11.9, "listening")]


def run_of(*served):
    facts = [{"connection": 1, "at": at, "fact": fact} for at, fact in served]
    facts[2]["who"] = "1"
    return stands.Run([CLIENT], facts)


def looked(at, *found):
    look = {"at": at, "stands": [[*one, None, "", ""][:4] for one in found]}
    return stands.moment(look, run_of(*SERVED), {READ: "recv()"})


def test_who_is_not_accepted_stands_in_the_queue():
    assert looked(10.1)["clients"] == {"1": ["queue", "turn"]}


def test_who_has_all_answers_stands_nowhere():
    assert looked(12.5)["clients"] == {}


def test_a_thread_says_more_than_a_task_and_a_line_of_ours_more_than_a_library():
    task, inside = ["task", 1, READ, ""], ["task", 1, None, ""]
    assert looked(11, task, inside)["clients"] == {"1": [READ, "answer"]}
    working = ["thread", 1, "server.py:9", "app"]
    assert looked(11, working, task)["clients"] == {"1": ["work", "answer"]}
    assert looked(11, working)["threads"] == [["work", "1"]]


@pytest.mark.parametrize(
    ("stand", "place"),
    [
        (["thread", None, READ, "select"], READ),
        (["thread", None, "server.py:9", "select"], "select"),
        (["thread", None, "server.py:9", ""], "away"),
        (["kept", 1, None, ""], READ),
        (["task", 1, None, ""], "library"),
        (["task", 1, "server.py:9", ""], "away"),
    ],
)
def test_a_place_is_a_line_that_waits_or_has_a_name(stand, place):
    assert stands.place(stand, {READ: "recv()"}) == place


def test_a_look_at_somebody_on_the_way_is_passed_over_for_one_close_by():
    clear, moving = moment(110, {}, "select"), moment(100, {}, "away")
    assert stands.nearest([moving, clear], 100, stands.is_clear) is clear
    far = {**clear, "at": 200}
    assert stands.nearest([moving, far], 100, stands.is_clear) is moving


@pytest.mark.parametrize("number", STEPS)
def test_a_step_has_lines_that_wait(number):
    lines = stands.lines_of(number)
    assert lines
    assert all(code and "#" not in code for code in lines.values())


# Real servers. What stands where while all wait: test_timelines.py


@pytest.mark.long
def test_with_threads_they_stand_together_and_in_a_loop_they_part():
    data = stands.measure([2, 3])
    assert discs.title(data) == discs.TITLES[True, True], discs.alternative(data)
