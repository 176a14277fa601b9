"""What only an exercise asks of a server: its `check` names these tests, and no other run does."""

import time

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


def test_a_pause_takes_its_time(client):
    began = time.monotonic()
    client.ask("GET", "/slow/0.3")
    took = time.monotonic() - began
    assert took > 0.25, client.story(f"a pause of 0.3 s was over after {took:.3f} s")
