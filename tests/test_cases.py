"""The table of cases, against the protocol alone and over the wire against every server."""

import pytest

from steps.app import handle
from steps.http1 import Exchange
from steps.messages import END, Room, Timeouts
from steps.notes import Notes
from tests.answers import exchange_bytes, judge, read_answers
from tests.cases import CASES, LAST_WORD
from tests.differences import STEP, count, find_differences


def cases_over_the_wire():
    """All cases; where Tornado is known to differ, with the reason."""
    shown = find_differences()
    reasons = {name: {STEP: difference.reason} for name, difference in shown.items()}
    return [
        pytest.param(case, id=case.id, marks=pytest.mark.fails_in(reasons.get(case.id, {})))
        for case in CASES
    ]


@pytest.fixture(scope="module")
def counted(request):
    """The number of Tornado's differences, printed at the end of a run that looked for them."""
    steps = [target.step for target in request.config.targets]
    if STEP in steps and not request.config.pluginmanager.has_plugin("differences"):
        request.config.pluginmanager.register(Count(), "differences")


class Count:
    def pytest_terminal_summary(self, terminalreporter):
        terminalreporter.write_line(count())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_protocol_alone_answers_as_the_table_says(case):
    exchange = Exchange(lambda request: handle(request, Notes()), Timeouts(), Room())
    received, sent = b"", case.sent + LAST_WORD
    for start in range(0, len(sent), 65536):
        for part in exchange.receive(sent[start : start + 65536]):
            received += b"" if part is END else part
    judge(case, received, exchange.ended)
    dated = ["date" in answer.fields for answer in read_answers(received, case.methods)]
    assert all(dated), "every answer has a Date, a refusal too (RFC 9110, 6.6.1)"


@pytest.mark.capability("HTTP/1.1 as the table of cases has it")
@pytest.mark.usefixtures("counted")
@pytest.mark.parametrize("case", cases_over_the_wire())
def test_a_server_answers_as_the_table_says(server, target, case):
    received, ended = exchange_bytes(server, case.sent + LAST_WORD, patience=4)
    judge(case, received, ended, may_close=not target.step)


def test_only_a_foreign_server_may_close_after_an_answer_and_only_if_it_says_so():
    case, ok = CASES[0], b" 200 OK\r\nContent-Length: 0\r\n"
    for closing in (b"HTTP/1.0" + ok + b"\r\n", b"HTTP/1.1" + ok + b"Connection: close\r\n\r\n"):
        judge(case, closing, ended=True, may_close=True)
        for received, may_close in ((closing, False), (closing * 2, True)):
            with pytest.raises(AssertionError):
                judge(case, received, ended=True, may_close=may_close)
    with pytest.raises(AssertionError):
        judge(case, b"HTTP/1.1" + ok + b"\r\n", ended=True, may_close=True)


@pytest.mark.capability("HTTP/1.1 as the table of cases has it")
@pytest.mark.fails_in({STEP: "http1connection._read_message_inner writes a 400 of one line"})
def test_a_refusal_carries_its_date(server):
    received, _ = exchange_bytes(server, b"BAD\r\n\r\n", patience=4)
    (answer,) = read_answers(received)
    assert "date" in answer.fields, f"RFC 9110, 6.6.1: received {received!r}"
