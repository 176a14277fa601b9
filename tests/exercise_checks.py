"""What only an exercise asks of a server: its `check` names these tests, and no other run does."""

import time

from tests.http_client import request


def test_a_body_comes_back(client):
    assert client.ask("POST", "/echo", body=b"hello").body == b"hello", client.story(
        "the body is what was sent behind the empty line"
    )


def test_who_does_not_read_is_not_listened_to(server, connect):
    client = connect(server)
    client.socket.settimeout(1)
    questions = request("POST", "/echo", body=bytes(4_000_000)) * 10
    assert not takes(client.socket, questions), client.story(
        "it took 40 MB of requests from a client that does not read its answers"
    )


def takes(connection, data):
    """Whether the other side takes it all."""
    try:
        connection.sendall(data)
    except TimeoutError:
        return False
    return True


def test_the_first_answer_says_that_it_is_the_last(client):
    answer = client.ask("GET", "/")
    assert answer.headers.get("connection") == "close", client.story("it does not say so")
    assert client.is_over(), client.story("it says so, and the server stays")


def test_a_silent_client_still_stops_the_others(server, connect):
    connect(server)
    client = connect(server)
    client.send(request("GET", "/"))
    assert client.hears_nothing(0.5), client.story(
        "another client is silent, and is not waited for"
    )


def test_who_comes_when_all_are_busy_is_answered_later(server, connect):
    for client in pausing(12, 0.1, server, connect):
        assert client.receive().status == 200, client.story("it is one of twelve")
        client.close()


def test_a_ninth_waits_while_eight_are_served(server, connect):
    pausing(8, 0.5, server, connect)
    client = connect(server)
    client.send(request("GET", "/"))
    assert client.hears_nothing(0.2), client.story("eight others are in a pause of 0.5 s")


def test_twenty_clients_take_no_more_threads_than_eight(server, connect, process):
    most = 0
    for client in pausing(20, 0.1, server, connect):
        client.receive()
        client.close()
        most = max(most, process(server).num_threads())
    assert most <= 10, f"{most} threads: eight, the one that accepts, and perhaps one more"


def pausing(count, seconds, server, connect):
    """So many clients that have asked for a pause."""
    clients = [connect(server) for _ in range(count)]
    for client in clients:
        client.send(request("GET", f"/slow/{seconds}", "Connection: close"))
    return clients


def test_a_pause_takes_its_time(client):
    began = time.monotonic()
    client.ask("GET", "/slow/0.3")
    took = time.monotonic() - began
    assert took > 0.25, client.story(f"a pause of 0.3 s was over after {took:.3f} s")


def test_a_note_is_taken(client):
    answer = client.ask("POST", "/notes", body=b'{"text": "buy milk"}')
    assert answer.status in (200, 201), client.story("a new note is no mistake of the client's")


def test_a_note_is_there_for_the_next_request(client):
    client.ask("POST", "/notes", body=b'{"text": "read a book"}')
    answer = client.ask("GET", "/notes")
    assert b"read a book" in answer.body, client.story("the list has every note that was taken")
