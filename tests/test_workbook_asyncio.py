"""What only notebook 04 calls: clients that talk without end, and a Protocol to read."""

import socket

import pytest

from harness import start_step
from workbook import talkers
from workbook.exercises import EXERCISES, Exercise, verdict


def test_those_who_talk_without_end_are_answered_and_leave():
    with start_step(4) as server:
        with talkers(server, seconds=0.2) as two:
            early = two.heard
        assert 0 < early < two.heard
        assert all(client.fileno() < 0 for client in two.said)


def test_nobody_talks_to_a_server_that_does_not_answer():
    with start_step(1) as server:
        silent = talkers(server, seconds=0.1)
        with pytest.raises(TimeoutError, match="nobody answered"), first_come(server), silent:
            pass


def first_come(server):
    """Whom step 1 serves, and nobody else before it has left."""
    return socket.create_connection(server.address)


@pytest.mark.long
def test_the_protocol_to_read_passes_what_streams_must():
    path = EXERCISES / "worked" / "protocol.py"
    assert verdict(Exercise.named("streams"), path).startswith("**Solved.**")
