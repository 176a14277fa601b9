"""The figure of who is served: it says what its data say."""

import re

from benchmark import dots
from benchmark.results import environment


def crowd(step, served_by, median, answers=1000):
    latency = {"50": median}
    counts = {"clients": len(served_by), "served": served_by.count("1"), "answers": answers}
    return {"step": step, "served_by": served_by, "seconds": 0.5, "latency": latency, **counts}


def figure(*crowds):
    return {"environment": environment({}), "crowds": list(crowds)}


UNFAIR = figure(crowd(1, "1" + "0" * 99, 0.0001), crowd(3, "1" * 100, 0.0024))


def marks(data, style):
    """How many dots of a style there are, without the one in the key."""
    paths = re.findall(rf'<path class="{style}" d="([^"]*)"', dots.draw(data))
    return sum(path.count("M") for path in paths) - 1


def test_the_title_says_that_the_best_median_served_few():
    assert dots.title(UNFAIR) == "The better median of the two: 0.1 ms. It served 1 client in 100."


def test_the_title_claims_nothing_where_the_best_served_all():
    fair = figure(crowd(1, "10", 0.002), crowd(3, "11", 0.001))
    assert dots.title(fair) == "Who is served, of a crowd that keeps asking."


def test_each_client_is_a_dot():
    assert marks(UNFAIR, "a") == 101
    assert marks(UNFAIR, "turn") == 99


def test_the_words_say_the_numbers():
    words = dots.alternative(UNFAIR)
    assert "Step 1, Blocking, one at a time, served 1 of 100, with 2,000 answers a second" in words
    assert "and a median of 2.4 ms." in words


def test_a_server_that_answered_nobody_has_no_median():
    assert dots.milliseconds(crowd(1, "00", None)) == "of nobody"


def test_few_are_marked_and_all_are_not():
    counts = re.findall(r'class="big end ?(turn)?"[^>]*>([0-9]+)<', dots.draw(UNFAIR))
    assert counts == [("turn", "1"), ("", "100")]


def test_no_dot_stands_outside_its_room():
    for many in (100, 160, 1000, 2000, 10_000):
        drawn = dots.draw(figure(crowd(3, "1" * many, 0.1)))
        path = re.findall(r'<path class="a" d="([^"]*)"', drawn)[-1]
        rightmost = max(float(x) for x in re.findall(r"M([0-9.]+) ", path))
        assert rightmost < dots.LEFT + dots.ROOM, many
