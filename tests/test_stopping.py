"""How a conversation ends that the peer does not end: deadlines, and a stop."""

import contextlib
import signal
import time

import pytest

from tests.http_client import request
from tests.targets import NEVER

capability = pytest.mark.capability
fails_in = pytest.mark.fails_in


# Deadlines, 0.3 s each


@capability("deadlines are total; 0 is never")
@pytest.mark.parametrize(
    "path",
    [pytest.param("/", id="answered"), pytest.param(None, id="silent", marks=pytest.mark.long)],
)
def test_an_idle_client_is_left(hasty_server, connect, path):
    client = connect(hasty_server)
    if path:
        client.ask("GET", path)
    began = time.monotonic()
    assert client.is_over()
    assert 0.2 < time.monotonic() - began < 3, client.story(
        "it is left after 0.3 s, and not before"
    )


@capability("deadlines are total; 0 is never")
@pytest.mark.parametrize(
    "words",
    [b"GET / HTTP/1.1\r\nX: ", request("POST", "/echo", "Content-Length: 100")],
    ids=["head", "body"],
)
def test_one_byte_at_a_time_does_not_put_off_the_deadline(hasty_server, connect, words):
    client = connect(hasty_server)
    client.send(words)
    for _ in range(60):
        if not client.hears_nothing(0.05):
            break
        with contextlib.suppress(ConnectionError):  # it may just have been left
            client.socket.send(b"x")
    else:
        client.fail("a byte every 0.05 s held a deadline of 0.3 s off for 3 s: it is one per recv")
    assert client.is_over()


@capability("deadlines are total; 0 is never")
@pytest.mark.parametrize(
    "words",
    [
        pytest.param(request("GET", "/big/33554432"), id="one big answer"),
        pytest.param(request("GET", "/big/30000") * 1000, id="many small", marks=pytest.mark.long),
        pytest.param(request("GET", "/") * 5000, id="many plain", marks=pytest.mark.long),
        pytest.param(request("POST", "/echo", body=b"x" * 8_000_000), id="one echo"),
    ],
)
def test_a_client_that_does_not_read_is_left(hasty_server, connect, process, until, words):
    before = process(hasty_server).num_fds()
    client = connect(hasty_server, narrow=True)
    client.send(words)
    client.receive_until(b"\r\n\r\n")
    until(lambda: process(hasty_server).num_fds() <= before, "the server still holds on to it")


@capability("deadlines are total; 0 is never")
def test_a_pause_of_ours_is_not_the_clients_fault(hasty_server, connect):
    client = connect(hasty_server)
    assert client.ask("GET", "/slow/0.6").body == b"slept 0.6 s\n", client.story(
        "while the client waits for us, no deadline runs"
    )


@capability("deadlines are total; 0 is never")
def test_a_deadline_of_0_is_never(patient_server, connect):
    client, idle = connect(patient_server), connect(patient_server)
    client.send(b"GET / HTTP/1.1\r\n")
    assert client.hears_nothing(0.5), client.story("--head-timeout 0 is no deadline of 0 s")
    assert idle.hears_nothing(0.01), idle.story("--idle-timeout 0 is no deadline of 0 s")
    client.send(b"Host: workbook\r\n\r\n")
    assert client.receive().status == 200


@pytest.mark.long
@capability("deadlines are total; 0 is never")
def test_a_slow_reader_that_goes_on_is_not_left(start, connect):
    client = connect(start("--send-timeout=1"))
    client.send(request("GET", "/big/40000000"))
    client.receive_until(b"\r\n\r\n")
    for _ in range(25):  # 1 MB in each second: the deadline is for 64 KiB
        client.receive_until(b"x" * 100_000)
        time.sleep(0.1)
    client.receive_until(b"x" * 30_000_000)


@pytest.mark.long
@capability("deadlines are total; 0 is never")
def test_who_is_kept_waiting_by_the_server_is_not_left(start, connect):
    """Heavy work holds a loop up for longer than its deadlines. The work is ours, not the peer's."""
    server = start("--idle-timeout=0.5", "--head-timeout=0.5", "--send-timeout=0.5")
    clients = [connect(server) for _ in range(8)]
    for client in clients:
        client.send(request("GET", "/fib/32", "Connection: close"))
    for client in clients:
        assert client.receive().status == 200


@pytest.mark.long
@capability("deadlines are total; 0 is never")
def test_who_sends_without_pause_keeps_to_the_deadline_too(start, connect):
    """There is always an unread byte, and yet it is not the server that is late."""
    client = connect(start("--body-timeout=0.5"))
    client.send(request("POST", "/echo", "Content-Length: 9000000"))
    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        send_byte_by_byte(client, seconds=2)


def send_byte_by_byte(client, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        client.socket.send(b"a")


# A stop


@pytest.fixture
def stop(process, until):
    """Send a signal, as `kill` does. Without deadlines and grace, a stop alone ends all waits."""

    def stop(server, number=signal.SIGTERM):
        process(server).send_signal(number)
        return lambda: until(lambda: not server.alive(), "it is still running") or server.stop()

    return stop


@capability("a stop is clean: exit 0, answers finished")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_stop_closes_idle_connections_and_ends_with_0(start, connect, stop, number):
    server = start(wishes=["--grace=0", *NEVER])
    words = [b"", b"GET / HTTP/1.1\r\nHost", request("POST", "/echo", "Content-Length: 9") + b"x"]
    clients = [connect(server) for _ in range(4)]
    clients[0].ask("GET", "/")
    for client, half in zip(clients[1:], words, strict=True):
        client.send(half)
    status = stop(server, number)()
    assert all(client.is_over() for client in clients)
    assert (status, server.stderr()) == (0, "")


@capability("a stop is clean: exit 0, answers finished")
def test_an_answer_under_way_is_finished_and_nobody_new_is_let_in(start, connect, stop, until):
    server = start(wishes=["--grace=0", *NEVER])
    client = connect(server)
    client.send(request("GET", "/ticks/6/0.04"))
    client.receive_until(b"tick 1\n")
    ended = stop(server)
    until(lambda: refuses(connect, server), "new connections are still accepted")
    rest = client.receive_end()
    assert rest.count(b"tick") == 5, client.story("the rest of the answer was cut off")
    assert rest.endswith(b"0\r\n\r\n"), client.story(
        "nothing follows the answer, and it has an end"
    )
    assert (ended(), server.stderr()) == (0, "")


@capability("a stop is clean: exit 0, answers finished")
def test_who_has_asked_for_more_does_not_put_off_the_stop(start, connect, stop):
    server = start(wishes=["--grace=0", *NEVER])
    client = connect(server)
    client.send(request("GET", "/slow/0.05") * 100)
    client.receive_until(b"slept 0.05 s\n")
    ended = stop(server)
    rest = client.receive_end()
    assert 1 <= rest.count(b"slept") <= 3, client.story("the answer under way is to be the last")
    assert b"Connection: close" in rest, client.story("the last answer says that it is the last")
    assert (ended(), server.stderr()) == (0, "")


def refuses(connect, server):
    try:
        connect(server).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        pass  # in between: shaken hands with, and reset
    return False


@capability("a stop is clean: exit 0, answers finished")
def test_events_end_with_the_server(start, connect, stop):
    server = start(wishes=["--grace=0", *NEVER])
    client = connect(server)
    client.send(request("GET", "/events?for=300"))
    client.receive_until(b": watching\n\n")
    ended = stop(server)
    assert client.receive_end().endswith(b"0\r\n\r\n"), client.story("the stream has no proper end")
    assert (ended(), server.stderr()) == (0, "")


@capability("a stop is clean: exit 0, answers finished")
@pytest.mark.parametrize(
    ("path", "sign"),
    [
        pytest.param("/ticks/100/0.1", b"tick 1\n", id="a stream"),
        pytest.param(
            "/big/33554432", b"xxx", id="a client that does not read", marks=pytest.mark.long
        ),
    ],
)
def test_the_grace_is_bounded(start, connect, stop, path, sign):
    server = start("--grace=0.3", *NEVER)
    client = connect(server, narrow=True)
    client.send(request("GET", path))
    client.receive_until(sign)
    began = time.monotonic()
    status = stop(server)()
    took = time.monotonic() - began
    assert status == 0, f"exit status {status}"
    assert took < 3, f"a grace of 0.3 s took {took:.1f} s"
