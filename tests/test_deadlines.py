"""The deadline of an exchange, without a server."""

import math
import socket
import time

from steps.http1 import PIECE, Exchange
from steps.listener import dismiss
from steps.messages import Pause, Response, Timeouts

HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"


def answer(request):
    return Response(200, [b"part", Pause(1), b"part"], length=8)


def test_what_comes_after_the_deadline_does_not_move_it():
    exchange = Exchange(answer, Timeouts(head=0, body=0))
    assert list(exchange.receive(HEAD + b"a")) == []
    deadline = exchange.deadline
    time.sleep(0.001)
    assert list(exchange.receive(b"b")) == []
    assert exchange.deadline == deadline, "a byte that came too late was given more time"
    assert exchange.ended, "what comes too late is still heard, for ever if it keeps coming"


def test_what_was_there_in_time_is_not_late_because_we_are():
    """A piece as large as may be was not all that had come."""
    head = HEAD.replace(b"5", b"%d" % (3 * PIECE))
    exchange = Exchange(answer, Timeouts(head=0, body=0))
    for piece in (head.ljust(PIECE, b"a"), PIECE * b"b"):
        assert list(exchange.receive(piece)) == []
        assert not exchange.ended
    assert list(exchange.receive(b"c")) == []
    assert exchange.ended


def test_a_stop_does_not_cut_off_who_is_heard_out():
    """A reset for what it still says could destroy the answer that is on its way."""
    ours, theirs = socket.socketpair()
    exchange = Exchange(answer, Timeouts())
    list(exchange.receive(b"nonsense\r\n\r\n"))
    with ours, theirs:
        dismiss(ours, exchange)
        theirs.send(b"more")
        assert ours.recv(4) == b"more"


def test_an_empty_line_does_not_start_the_time_for_a_head_again():
    exchange = Exchange(answer, Timeouts())
    assert list(exchange.receive(b"\r\n")) == []
    deadline = exchange.deadline
    assert list(exchange.receive(b"\r\n")) == []
    assert exchange.deadline == deadline


def test_nobody_is_late_while_the_server_has_something_to_do():
    exchange = Exchange(answer, Timeouts())
    script = exchange.receive(HEAD + b"hello")
    next(script)
    assert exchange.sending
    assert exchange.deadline < math.inf, "a reader has no deadline"
    assert next(script) == Pause(1)
    assert exchange.deadline == math.inf, "a pause of ours is held against the peer"
