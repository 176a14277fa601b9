"""What must hold for any bytes: hypothesis and a seed look for those for which it does not.

The runs repeat: no database, and the same examples each time. `python -m tests.mutations` runs the
same checks with other seeds, for as long as you like.
"""

import re
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from steps.messages import END
from tests.answers import judge
from tests.cases import CASES, KIB, LAST_WORD
from tests.mutations import (
    Edit,
    check_protocol,
    check_server,
    mutate,
    obey,
    run,
)

SAME_EACH_TIME = settings(database=None, derandomize=True, deadline=None, max_examples=1000)
NUMBERS = st.integers(0, 2**16 - 1)
CUTS = st.lists(NUMBERS, max_size=6)
MUTATIONS = st.builds(
    mutate, NUMBERS, st.lists(st.builds(Edit, NUMBERS, NUMBERS, NUMBERS), max_size=5)
)
DATE = re.compile(rb"Date: [^\r]*")
REFUSAL = re.compile(
    rb"HTTP/1\.1 [45].*\r\nConnection: close\r\n\r\n([45][0-9]{2} .*\n)?", re.DOTALL
)


def waits_for_100(data):
    """With Expect it matters what has come: who has sent the body already needs no 100."""
    return b"expect" in data.lower()


SMALL = [case for case in CASES if len(case.sent) < 2 * KIB and not waits_for_100(case.sent)]
LARGE = [case for case in CASES if "as large as may be" in case.id or "one byte too" in case.id]


def split(data, cuts):
    places = sorted({cut % (len(data) + 1) for cut in cuts})
    return [data[a:b] for a, b in pairwise([0, *places, len(data)]) if a < b]


def instructions(pieces):
    """What to do about these pieces, with bytes that follow each other joined.

    Without dates, and without the words of a refusal: who sees a fault in mid-line refuses the
    byte, who sees it in a whole line refuses the line.
    """
    joined = []
    for part in obey(pieces)[0]:
        if isinstance(part, bytes) and joined and isinstance(joined[-1], bytes):
            joined[-1] += part
        else:
            joined.append(part)
    return [plain(part) if isinstance(part, bytes) else part for part in joined]


def plain(part):
    *good, last = DATE.sub(b"", part).split(b"HTTP/1.1 ")
    return [*good, REFUSAL.sub(b"refused", b"HTTP/1.1 " + last)]


@SAME_EACH_TIME
@given(st.sampled_from(SMALL).map(lambda case: case.sent + LAST_WORD) | MUTATIONS, CUTS)
def test_any_split_of_the_bytes_gives_the_same_instructions(data, cuts):
    assume(not waits_for_100(data))
    assert instructions(split(data, cuts)) == instructions([data]), f"sent {split(data, cuts)!r}"


@pytest.mark.parametrize("case", SMALL, ids=lambda case: case.id)
def test_bytes_one_by_one_are_answered_as_the_table_says(case):
    parts, _ = obey(split(case.sent + LAST_WORD, range(len(case.sent))))
    judge(case, b"".join(part for part in parts if part is not END), parts[-1] is END)


@pytest.mark.parametrize("rest", range(5))
@pytest.mark.parametrize("case", LARGE, ids=lambda case: case.id)
def test_where_a_large_head_is_cut_decides_nothing(case, rest):
    cut = len(case.sent) - rest
    parts, _ = obey([case.sent[:cut], case.sent[cut:] + LAST_WORD])
    judge(case, b"".join(part for part in parts if part is not END), parts[-1] is END)


@settings(SAME_EACH_TIME, max_examples=1500)
@given(MUTATIONS)
def test_no_mutation_is_answered_unless_h11_reads_a_request_too(data):
    check_protocol(data)


@pytest.mark.long
def test_a_hundred_thousand_mutations_find_nothing_in_the_protocol():
    assert run("protocol", check_protocol, seed=1, count=100_000) == 0


@pytest.mark.capability("5,000 mutations of good requests, none taken where h11 refuses")
@pytest.mark.long
def test_five_thousand_mutations_find_nothing_in_a_server(server):
    assert run(server.name, partial(check_server, server), seed=1, count=5_000) == 0


@pytest.mark.capability("5,000 mutations of good requests, none taken where h11 refuses")
def test_two_hundred_mutations_find_nothing_in_a_server(server):
    assert run(server.name, partial(check_server, server), seed=2, count=200) == 0
