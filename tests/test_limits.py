"""HTTP as no well-behaved client speaks it: limits, expectations, versions, and every odd cut."""

import contextlib
from email.utils import parsedate

import pytest

from tests.http_client import Unexpected, chunked, request

KIB, MIB = 1024, 1024 * 1024
HELLO = b"Hello, world!\n"

capability = pytest.mark.capability
fails_in = pytest.mark.fails_in

WHOLE_LINE = (
    "max_header_size is Tornado's one limit on a head: a target is judged once the head is whole"
)
NO_ANSWER = (
    "IOStream.read_until_regex closes the connection when a head passes max_header_size: no 431"
)
PLAIN_400 = (
    "HTTP1Connection._read_message_inner answers 400 to whatever it refuses, with no other field"
)
LOST = PLAIN_400 + ", and closes at once: a reset destroys the answer"
ALWAYS_100 = (
    "HTTP1Connection._read_message_inner says 100 to whoever expects it, before a handler is asked"
)


@pytest.fixture
def client(patient_server, connect):
    """A client of a server without deadlines: they would close what the server forgets to close."""
    return connect(patient_server)


# Limits


@capability("limits: target 414, head 431, body 413")
def test_a_target_of_8_KiB_is_answered(client):
    name = "x" * (8 * KIB - len("/hello?name="))
    answer = client.ask("GET", f"/hello?name={name}")
    assert answer.body == f"Hello, {name}!\n".encode(), client.story("the limit itself is allowed")


@capability("limits: target 414, head 431, body 413")
def test_a_target_of_more_than_8_KiB_is_414(client):
    answer = client.ask("GET", "/" + "x" * 8 * KIB)
    assert answer.status == 414, client.story("8193 bytes are over the limit")


@capability("limits: target 414, head 431, body 413")
@fails_in({5: WHOLE_LINE})
def test_a_target_without_end_is_refused_before_it_ends(client):
    client.send(b"GET /" + b"x" * 9 * KIB)
    answer = client.receive()
    assert answer.status == 414, client.story("no further byte makes this target shorter")
    client.receive_end()


@capability("limits: target 414, head 431, body 413")
@pytest.mark.parametrize("fields", [["X: " + "x" * 31 * KIB], ["X: y"] * 5000], ids=["one", "many"])
def test_a_head_of_nearly_32_KiB_is_answered(client, fields):
    assert client.ask("GET", "/", *fields).body == HELLO, client.story("this is below the limit")


@capability("limits: target 414, head 431, body 413")
@pytest.mark.parametrize("end", [b"\r\n\r\n", b""], ids=["whole", "without end"])
@pytest.mark.parametrize(
    "line", [b"X: " + b"x" * 33 * KIB, b"X: y\r\n" * 6000], ids=["one", "many"]
)
@fails_in({5: NO_ANSWER})
def test_a_head_of_more_than_32_KiB_is_431(client, line, end):
    client.send(b"GET / HTTP/1.1\r\nHost: workbook\r\n" + line + end)
    answer = client.receive()
    assert answer.status == 431, client.story("the head is over the limit, whether it ends or not")
    client.receive_end()


@capability("limits: target 414, head 431, body 413")
@pytest.mark.parametrize("framing", ["counted", "chunked"])
def test_a_body_of_10_MiB_is_answered(client, framing):
    body = b"x" * 10 * MIB
    if framing == "counted":
        client.send(request("POST", "/echo", body=body))
    else:
        client.send(request("POST", "/echo", "Transfer-Encoding: chunked") + chunked(body))
    assert client.receive("POST").body == body, client.story("the limit itself is allowed")


@capability("limits: target 414, head 431, body 413")
@pytest.mark.parametrize("length", [10 * MIB + 1, 10**15, 10**400], ids=["1 more", "1e15", "1e400"])
@fails_in({5: PLAIN_400})
def test_a_body_that_would_be_too_big_is_413_before_it_comes(client, length):
    client.send(request("POST", "/echo", f"Content-Length: {length}"))
    answer = client.receive("POST")
    assert answer.status == 413, client.story("the length says enough")
    client.receive_end()


@capability("limits: target 414, head 431, body 413")
@pytest.mark.parametrize("framing", ["counted", "chunked"])
@fails_in({5: LOST})
def test_the_refusal_reaches_a_client_that_is_still_sending(client, framing):
    coding = "Content-Length: 20971520" if framing == "counted" else "Transfer-Encoding: chunked"
    piece = b"x" * 64 * KIB if framing == "counted" else chunked(b"x" * 64 * KIB)[:-5]
    with contextlib.suppress(Unexpected):  # the connection may be closed, if the answer arrives
        client.send(request("POST", "/echo", coding) + piece * 320)
    answer = client.receive("POST")
    assert answer.status == 413, client.story("a close with unread input becomes a reset")
    client.half_close()
    client.receive_end()


# What is not understood


@capability("what it does not know it refuses: 417, 501, 505")
@pytest.mark.parametrize(
    ("status", "line", "fields"),
    [
        pytest.param(
            417,
            "POST /echo HTTP/1.1",
            "Expect: a miracle\r\nContent-Length: 2\r\n",
            marks=fails_in(
                {5: "HTTP1Connection._read_message_inner passes over other expectations"}
            ),
        ),
        pytest.param(
            501,
            "BREW / HTTP/1.1",
            "",
            marks=fails_in(
                {5: "RequestHandler._execute: 405 for all that is not in SUPPORTED_METHODS"}
            ),
        ),
        pytest.param(
            501,
            "POST /echo HTTP/1.1",
            "Transfer-Encoding: gzip, chunked\r\n",
            marks=fails_in({5: PLAIN_400}),
        ),
        pytest.param(505, "GET / HTTP/2.0", "", marks=fails_in({5: PLAIN_400})),
        pytest.param(505, "GET / HTTP/3.0", "", marks=fails_in({5: PLAIN_400})),
        pytest.param(400, "GET /", ""),
        pytest.param(400, "GET / HTTP/1.1 ", ""),
        pytest.param(400, "GET  / HTTP/1.1", ""),
        pytest.param(200, "GET / HTTP/1.2", ""),
    ],
)
def test_what_is_not_understood_is_refused(client, status, line, fields):
    client.send(f"{line}\r\nHost: workbook\r\n{fields}\r\n".encode())
    answer = client.receive()
    assert answer.status == status, client.story(f"this should have been {status}")


@capability("what it does not know it refuses: 417, 501, 505")
@fails_in({5: PLAIN_400})
def test_a_refusal_says_its_date_and_its_end_and_closes(client):
    client.send(b"nonsense\r\n\r\n")
    answer = client.receive()
    assert answer.status == 400
    assert parsedate(answer.headers.get("date", "")), client.story(
        "it has no Date (RFC 9110, 6.6.1)"
    )
    assert answer.headers.get("connection") == "close", client.story(
        "it does not say that it is the last"
    )
    assert client.receive_end() == b""


# 100-continue

EXPECT = "Expect: 100-continue"


@capability("100-continue, or a final answer instead")
def test_who_waits_for_100_gets_it(client):
    interim = client.ask("POST", "/echo", EXPECT, "Content-Length: 5")
    assert interim.status == 100, client.story("the client waits for 100 before it sends its body")
    client.send(b"hello")
    assert client.receive("POST").body == b"hello"


@capability("100-continue, or a final answer instead")
def test_the_connection_goes_on_after_100_and_the_answer(client):
    client.ask("POST", "/echo", EXPECT, "Content-Length: 5")
    client.send(b"hello")
    client.receive("POST")
    assert client.ask("GET", "/").body == HELLO


@capability("100-continue, or a final answer instead")
def test_who_does_not_wait_for_it_may_send_the_body(client):
    client.send(request("POST", "/echo", EXPECT, "Content-Length: 5") + b"hello")
    answer = client.receive("POST")
    if answer.status == 100:
        answer = client.receive("POST")
    assert answer.body == b"hello", client.story(
        "the body may come without waiting (RFC 9110, 10.1.1)"
    )


@capability("100-continue, or a final answer instead")
@pytest.mark.parametrize(
    ("method", "path", "length", "status"),
    [
        pytest.param("POST", "/nothing", 5, 404, marks=fails_in({5: ALWAYS_100})),
        pytest.param("POST", "/", 5, 405, marks=fails_in({5: ALWAYS_100})),
        pytest.param("POST", "/echo", 20 * MIB, 413, marks=fails_in({5: ALWAYS_100})),
    ],
)
def test_who_waits_may_be_refused_without_sending(client, method, path, length, status):
    answer = client.ask(method, path, EXPECT, f"Content-Length: {length}")
    assert answer.status == status, client.story("the head alone says that the body is in vain")
    assert answer.headers.get("connection") == "close", client.story(
        "will the body come? Nobody knows"
    )
    assert client.receive_end() == b""


@capability("100-continue, or a final answer instead")
@fails_in({5: "HTTP1Connection._read_message_inner says 100 to HTTP/1.0 too"})
def test_HTTP_1_0_knows_no_100(client):
    client.send(request("POST", "/echo", EXPECT, "Content-Length: 5", version="1.0") + b"hello")
    assert client.receive("POST").status == 200, client.story(
        "to HTTP/1.0, 100 is the answer itself"
    )


# Where one request ends and the next begins

SMUGGLED = b"GET /hello?name=smuggled HTTP/1.1\r\nHost: workbook\r\n\r\n"


@capability("one request ends where the next begins")
@pytest.mark.parametrize("path", ["/", "/nothing"])
@pytest.mark.parametrize("framing", ["counted", "chunked"])
def test_a_body_that_nobody_wants_is_no_request(client, path, framing):
    if framing == "counted":
        client.send(request("POST", path, body=SMUGGLED))
    else:
        client.send(request("POST", path, "Transfer-Encoding: chunked") + chunked(SMUGGLED))
    assert client.receive("POST").status in (404, 405)
    client.half_close()
    rest = client.receive_end()
    assert b"smuggled" not in rest, client.story("the body was left unread and taken for a request")


@capability("one request ends where the next begins")
def test_a_refused_expectation_does_not_make_its_body_a_request(client):
    head = request("POST", "/nothing", EXPECT, f"Content-Length: {len(SMUGGLED)}")
    with contextlib.suppress(Unexpected):
        client.send_in_pieces(head, SMUGGLED)
    client.half_close()
    assert b"smuggled" not in client.receive_end(), client.story("the body was taken for a request")


@capability("one request ends where the next begins")
def test_ten_requests_in_one_send_are_answered_in_order(client):
    asked = [("GET", f"/hello?name={n}", b"") for n in range(3)]
    asked += [("HEAD", "/big/100", b""), ("POST", "/echo", b"body"), ("GET", "/ticks/2/0.01", b"")]
    asked += [
        ("DELETE", "/", b""),
        ("GET", "/nothing", b""),
        ("OPTIONS", "/", b""),
        ("GET", "/", b""),
    ]
    client.send(b"".join(request(method, target, body=body) for method, target, body in asked))
    answers = [client.receive(method) for method, _, _ in asked]
    assert [answer.body for answer in answers[:3]] == [b"Hello, %d!\n" % n for n in range(3)]
    assert [answer.body for answer in answers[3:6]] == [b"", b"body", b"tick 1\ntick 2\n"]
    assert [answer.status for answer in answers[6:]] == [405, 404, 204, 200]
    assert answers[-1].body == HELLO, client.story("answers are in the order of the requests")


@capability("one request ends where the next begins")
def test_an_answer_waits_for_the_one_before_it(client):
    client.send(request("GET", "/slow/0.2") + request("GET", "/"))
    assert client.receive().body == b"slept 0.2 s\n", client.story("answers overtook each other")
    assert client.receive().body == HELLO


@capability("one request ends where the next begins")
def test_nothing_is_answered_after_the_last_request(client):
    client.send(request("GET", "/", "Connection: close") + SMUGGLED)
    assert client.receive().body == HELLO
    assert client.receive_end() == b"", client.story(
        "the client said that there is no further request"
    )


@capability("one request ends where the next begins")
def test_a_request_may_come_byte_by_byte(client):
    data = request("POST", "/echo", body=b"hello")
    client.send_in_pieces(*(data[n : n + 1] for n in range(len(data))))
    assert client.receive("POST").body == b"hello", client.story("one recv is not one message")
    assert client.ask("GET", "/").body == HELLO


@capability("one request ends where the next begins")
@pytest.mark.parametrize(
    "behind",
    [b"Host: ", b"\r\n\r", b"\r\n\r\n", b"he"],
    ids=["field", "CR", "head", "half the body"],
)
def test_a_request_may_come_in_two_pieces(client, behind):
    data = request("POST", "/echo", body=b"hello")
    cut = data.rindex(behind) + len(behind)
    client.send_in_pieces(data[:cut], data[cut:])
    answer = client.receive("POST")
    assert answer.body == b"hello", client.story(f"it was cut behind {behind!r}")


@capability("one request ends where the next begins")
def test_two_requests_may_come_in_one_send(client):
    client.send(request("POST", "/echo", body=b"one") + request("POST", "/echo", body=b"two"))
    answers = [client.receive("POST").body for _ in range(2)]
    assert answers == [b"one", b"two"], client.story("what came behind a request is the next one")


@capability("one request ends where the next begins")
def test_a_request_may_be_cut_anywhere(client):
    data = request("POST", "/echo", "Transfer-Encoding: chunked") + chunked(b"hello")
    for cut in range(1, len(data)):
        client.send_in_pieces(data[:cut], data[cut:])
        answer = client.receive("POST")
        assert answer.body == b"hello", client.story(f"it was cut before {data[cut:][:20]!r}")


@capability("one request ends where the next begins")
def test_an_empty_line_before_a_request_is_passed_over(client):
    client.send(b"\r\n" + request("GET", "/"))
    assert client.receive().body == HELLO, client.story("old clients end a body so (RFC 9112, 2.2)")


@capability("one request ends where the next begins")
@pytest.mark.parametrize("path", ["/slow/0.1", "/ticks/2/0.1"])
@fails_in({5: "IOStream closes where a read meets the end: a half-closed client is gone"})
def test_who_has_said_all_still_gets_the_answer(client, path):
    client.send(request("GET", path))
    client.half_close()
    answer = client.receive()
    assert answer.status == 200, client.story("end of input is not end of interest")
    assert answer.body in (b"slept 0.1 s\n", b"tick 1\ntick 2\n")
    client.receive_end()


# Who closes, and when


@capability("keep-alive and close, HTTP/1.1 and 1.0")
def test_HTTP_1_1_goes_on(client):
    answers = [client.ask("GET", "/") for _ in range(3)]
    assert [answer.body for answer in answers] == [HELLO] * 3
    assert "close" not in answers[-1].headers.get("connection", "")


@capability("keep-alive and close, HTTP/1.1 and 1.0")
def test_who_closes_says_so(client):
    if "close" in client.ask("GET", "/").headers.get("connection", ""):
        assert client.is_over(), client.story("the answer said that it was the last")
    else:
        assert client.ask("GET", "/").body == HELLO, client.story("the answer promised to go on")


@capability("keep-alive and close, HTTP/1.1 and 1.0")
@pytest.mark.parametrize("path", ["/", "/ticks/2/0", "/nothing", "/big/100000"])
def test_close_means_close(client, path):
    answer = client.ask("GET", path, "Connection: close")
    assert answer.headers.get("connection") == "close", client.story("the last answer says so")
    assert client.receive_end() == b""


@capability("keep-alive and close, HTTP/1.1 and 1.0")
@fails_in({5: "HTTP1Connection._can_keep_alive compares the whole field with 'close': no lists"})
def test_close_may_be_one_of_several_options(client):
    client.ask("GET", "/", "Connection: x-other, Close")
    assert client.receive_end() == b"", client.story("Connection is a list (RFC 9110, 7.6.1)")


@capability("keep-alive and close, HTTP/1.1 and 1.0")
@pytest.mark.parametrize("path", ["/", "/ticks/2/0", "/big/100000", "/slow/0"])
def test_HTTP_1_0_closes(client, path):
    answer = client.ask("GET", path, version="1.0")
    assert answer.status == 200
    assert answer.framing != "chunked", client.story("HTTP/1.0 does not know chunks")
    assert client.receive_end() == b""


@capability("keep-alive and close, HTTP/1.1 and 1.0")
def test_HTTP_1_0_goes_on_where_it_asks_to(client):
    for _ in range(2):
        answer = client.ask("GET", "/", "Connection: keep-alive", version="1.0")
        assert answer.body == HELLO
        assert answer.headers.get("connection", "").lower() == "keep-alive", client.story(
            "the client cannot know that it may go on"
        )


@capability("keep-alive and close, HTTP/1.1 and 1.0")
@fails_in(
    {5: "HTTP1Connection.write_headers says Keep-Alive to HTTP/1.0 even where no length is known"}
)
def test_a_stream_ends_with_the_connection_for_HTTP_1_0(client):
    answer = client.ask("GET", "/ticks/2/0", "Connection: keep-alive", version="1.0")
    assert (answer.framing, answer.body) == ("close", b"tick 1\ntick 2\n")
    assert "keep-alive" not in answer.headers.get("connection", "").lower()
