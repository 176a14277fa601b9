"""What only an exercise asks of a server: its `check` names these tests, and no other run does."""

from tests.http_client import request


def test_a_body_comes_back(client):
    assert client.ask("POST", "/echo", body=b"hello").body == b"hello", client.story(
        "the body is what was sent behind the empty line"
    )


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


def test_a_note_is_taken(client):
    answer = client.ask("POST", "/notes", body=b'{"text": "buy milk"}')
    assert answer.status in (200, 201), client.story("a new note is no mistake of the client's")


def test_a_note_is_there_for_the_next_request(client):
    client.ask("POST", "/notes", body=b'{"text": "read a book"}')
    answer = client.ask("GET", "/notes")
    assert b"read a book" in answer.body, client.story("the list has every note that was taken")
