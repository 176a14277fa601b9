"""Small answers do not wait for an acknowledgment: one send, or Nagle's algorithm switched off.

The kernel holds back a second small packet until the first is acknowledged (Nagle), and the other
side waits up to 40 ms before it acknowledges (delayed ACK). Together they make 25 answers a second.
"""

import time

import pytest

from tests.cases import request, target
from tests.http_client import Client
from tests.mutations import obey

ANSWERS = 40


@pytest.mark.parametrize(
    "sent", [request(), target(b"/", b"HEAD"), target(b"/none"), b"BAD\r\n\r\n"]
)
def test_a_small_answer_is_one_instruction(sent):
    parts, _ = obey([sent])
    assert len([part for part in parts if isinstance(part, bytes)]) == 1


@pytest.mark.capability("a stream of small parts is not held back")
def test_a_stream_of_small_parts_is_not_held_back(server):
    with Client(server, patience=10) as client:
        whole = seconds(client, "/")
        parts = seconds(client, "/ticks/2/0")
    assert parts < 30 * whole, (
        f"{ANSWERS} answers in one part took {whole:.3f} s, in three small parts {parts:.3f} s:"
        " that is Nagle's algorithm (TCP_NODELAY is not set)"
    )


def seconds(client, path):
    began = time.perf_counter()
    for _ in range(ANSWERS):
        client.ask("GET", path)
    return time.perf_counter() - began
