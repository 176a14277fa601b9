"""The timeline that grows while a step serves: what is known so far, and what stays at the end."""

from itertools import pairwise
from xml.etree import ElementTree

import pytest

from benchmark import drawing, live, words
from benchmark.live import SoFar
from workbook import figures

# Facts made by hand. Times are seconds; the first client arrives at 10, both sides told until 20.

GREETING = {"requests": [{"path": "/", "after": 0}]}


def a_client(**seen):
    lists = {name: [] for name in ("asked", "answers", "empty", "statuses")}
    return {**lists, "at": 20, **seen}


def facts(*these):
    """(connection, at, fact), and how far the server has told."""
    told = [(0, 20, "told")]
    return [{"connection": number, "at": at, "fact": fact} for number, at, fact in [*these, *told]]


def rows(clients, *these):
    return SoFar([GREETING] * len(clients), [clients], facts(*these)).rows()


def phases(clients, *these):
    return [row["phases"] for row in rows(clients, *these)]


def test_who_is_not_done_is_drawn_until_now():
    served = [(1, 11, "made"), (1, 12, "receive"), (1, 13, "handle")]
    [found] = phases([a_client(arrived=10, asked=[10])], *served)
    assert found == [["turn", 0, 2000], ["answer", 2000, 10000]]


def test_who_is_not_accepted_yet_waits_until_now():
    [found] = phases([a_client(arrived=10, asked=[10])])
    assert found == [["turn", 0, 10000]]


def test_who_has_not_asked_is_known_by_its_place_in_the_queue():
    both = [a_client(arrived=11), a_client(arrived=10)]
    found = phases(both, (1, 12, "made"), (2, 15, "made"))
    assert found == [
        [["turn", 1000, 5000], ["read", 5000, 10000]],
        [["turn", 0, 2000], ["read", 2000, 10000]],
    ]


def test_nothing_is_said_of_what_only_one_side_has_told():
    early = a_client(arrived=10, asked=[10], at=14)
    later = [(1, 11, "made"), (1, 12, "receive"), (1, 13, "handle"), (1, 18, "bytes")]
    assert phases([early, a_client(at=14)], *later)[0][-1] == ["answer", 2000, 4000]


def test_what_the_kernel_holds_is_a_tail():
    served = [(1, 10, "made"), (1, 11, "receive"), (1, 12, "bytes"), (1, 15, "listening")]
    [found] = rows([a_client(arrived=10, asked=[10])], *served)
    assert found["phases"][-1] == ["write", 2000, 5000]
    assert found["tail"] == [5000, 10000]


def test_who_has_not_come_has_an_empty_row_and_nobody_none():
    assert [bool(one) for one in phases([a_client(arrived=10), a_client()])] == [True, False]
    assert rows([a_client(), a_client()]) == []
    assert SoFar([GREETING], [], []).rows() == []


# A real run


@pytest.mark.long
def test_a_figure_grows_claims_nothing_and_is_whole_at_the_end():
    frames = []
    whole = live.watch(3, frames.append)
    lengths = [
        sum(until - since for row in one["steps"][0]["rows"] for _, since, until in row["phases"])
        for one in [*frames, whole]
    ]
    assert len(frames) > 2
    slack = 20  # ms: what is closed now may turn out to have been over a moment ago
    assert all(one <= other + slack for one, other in pairwise(lengths)), "it only grows"
    for one in [*frames, whole]:
        ElementTree.fromstring(drawing.draw(one, "card"))
    assert {words.title(one) for one in frames} == {words.NEUTRAL}
    assert [row["statuses"] != [] for row in whole["steps"][0]["rows"]] == [True] * 8
    assert len({drawing.Axis.of(one) for one in [*frames, whole]}) == 1, "its scale stays"


# In a notebook


class Display:
    """IPython's, which shows one output and then changes it."""

    def __init__(self):
        self.calls = []
        type(self).made = self

    def display(self, data, raw):
        self.calls.append(("display", data))

    def update(self, data, raw):
        self.calls.append(("update", data))


@pytest.mark.parametrize("frames", [0, 3])
def test_one_output_is_drawn_again_and_again_and_its_words_are_said_once(monkeypatch, frames):
    said = []

    def watch(step, show, slower):
        for _ in range(frames):
            show({})
        return {}

    monkeypatch.setattr(figures, "DisplayHandle", Display)
    monkeypatch.setattr(figures, "watch", watch)
    monkeypatch.setattr(figures, "say", said.append)
    monkeypatch.setattr(figures.drawing, "draw", lambda data, theme: "<svg/>")
    for name in ("title", "alternative"):
        monkeypatch.setattr(figures.words, name, lambda data: "words")
    figures.live(3)
    assert [call for call, _ in Display.made.calls] == ["display"] + ["update"] * (frames + 1)
    assert "image/svg+xml" in Display.made.calls[-1][1]
    assert len(said) == 1
