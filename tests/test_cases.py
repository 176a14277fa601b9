"""The table of cases, against the protocol alone and over the wire against every server."""

import pytest
from answers import exchange_bytes, read_answers
from cases import CASES, LAST_WORD

from steps.app import Notes, handle
from steps.http1 import END, Exchange, Timeouts


def judge(case, received: bytes, ended: bool) -> None:
    """Fail with what was sent, what came back, and what that usually means."""
    story = f"\n  sent     {case.sent[:300]!r}\n  received {received[:300]!r}\n  RFC      {case.section}"
    try:
        answers = read_answers(received, case.methods)
    except ValueError as error:
        pytest.fail(f"{error}{story}")
    expected = [set(allowed) for allowed in case.answers] + ([] if case.ends else [{200}])
    statuses = [answer.status for answer in answers]
    if len(statuses) > len(expected) and case.ends:
        pytest.fail(f"bytes behind the end were answered as a request: smuggling{story}")
    assert len(statuses) == len(expected), f"{len(expected)} answers expected, got {statuses}{story}"
    for status, allowed in zip(statuses, expected, strict=True):
        assert status in allowed, f"expected one of {sorted(allowed)}, got {statuses}{story}"
    assert ended, f"the server did not end the conversation{story}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_protocol_alone_answers_as_the_table_says(case):
    exchange = Exchange(lambda request: handle(request, Notes()), Timeouts())
    received, sent = b"", case.sent + LAST_WORD
    for start in range(0, len(sent), 65536):
        for part in exchange.receive(sent[start : start + 65536]):
            received += b"" if part is END else part
    judge(case, received, exchange.ended)
    dated = ["date" in answer.fields for answer in read_answers(received, case.methods)]
    assert all(dated), "every answer has a Date, a refusal too (RFC 9110, 6.6.1)"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_server_answers_as_the_table_says(server, case):
    judge(case, *exchange_bytes(server, case.sent + LAST_WORD, patience=4))


def test_a_refusal_carries_its_date(server):
    received, _ = exchange_bytes(server, b"BAD\r\n\r\n", patience=4)
    (answer,) = read_answers(received)
    assert "date" in answer.fields, f"RFC 9110, 6.6.1: received {received!r}"
