"""The contract: what every server answers, to the byte of the body, as a client sees it."""

import json
import re
import time
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from tests.http_client import chunked, request

FILES = Path(__file__).parents[1] / "steps" / "files"
TEXT = "text/plain; charset=utf-8"
THAI_THREE = "%E0%B9%93"  # a digit to str.isdigit() and int(), not to HTTP

capability = pytest.mark.capability
fails_in = pytest.mark.fails_in

ANSWERS = {
    "/": "Hello, world!\n",
    "/?whatever": "Hello, world!\n",
    "/hello": "Hello, world!\n",
    "/hello?name=Ada": "Hello, Ada!\n",
    "/hello?name=": "Hello, !\n",
    "/hello?name=Ada&name=Bob": "Hello, Bob!\n",
    "/hello?name=%20Ada+%26+Co%2E%20": "Hello,  Ada & Co. !\n",
    "/hello?name=J%C3%BCrgen": "Hello, Jürgen!\n",
    "/hello?name=%E4%B8%96%E7%95%8C": "Hello, 世界!\n",
    "/hello?name=%F0%9F%90%8D": "Hello, 🐍!\n",
    "/hello?name=%0D%0AX-Injected:%20yes": "Hello, \r\nX-Injected: yes!\n",
    "/slow/0": "slept 0 s\n",
    "/slow/0.05": "slept 0.05 s\n",
    "/slow/0.050": "slept 0.05 s\n",
    "/ticks/1/0": "tick 1\n",
    "/ticks/3/0.01": "tick 1\ntick 2\ntick 3\n",
    "/ticks/1000/0": "".join(f"tick {n}\n" for n in range(1, 1001)),
    "/fib/0": "fib(0) = 0\n",
    "/fib/20": "fib(20) = 6765\n",
    "/big/0": "",
    "/big/1": "x",
    "/big/65536": "x" * 65536,
    "/big/65537": "x" * 65537,
    "/big/3000000": "x" * 3_000_000,
}

OUT_OF_BOUNDS = [
    *(
        f"/slow/{words}"
        for words in ("-1", "10.5", "11", "inf", "nan", "1e9", "abc", "%2B1", "1_0")
    ),
    *(f"/slow/{words}" for words in ("1.", "0x1", "%201", THAI_THREE, "1" * 400)),
    *(f"/ticks/{words}/0" for words in ("0", "-1", "1001", "1.5", "1e2", "abc", THAI_THREE)),
    *(f"/ticks/1/{words}" for words in ("-1", "11", "inf", "nan", "1e9", THAI_THREE)),
    *(f"/fib/{words}" for words in ("-1", "33", "1.5", "1e1", "%2B3", "1_0", "abc", THAI_THREE)),
    *(f"/big/{words}" for words in ("-1", "67108865", "1e3", "1.0", "abc", THAI_THREE, "9" * 5000)),
    *(f"/events?for={words}" for words in ("-1", "301", "inf", "nan", "1e9", "abc", THAI_THREE)),
    "/hello?name=%FF",
]

AT_THE_BOUND = ["/slow/10", "/slow/10.0", "/ticks/1000/10", "/big/67108864", "/events?for=300"]

GET, POST = {"GET", "HEAD", "OPTIONS"}, {"POST", "OPTIONS"}
ALLOWED = {
    "/": GET,
    "/hello": GET,
    "/slow/1": GET,
    "/ticks/1/1": GET,
    "/fib/1": GET,
    "/big/1": GET,
    "/echo": POST,
    "/notes": GET | POST,
    "/events": GET,
    "/files/hello.txt": GET,
}
METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "TRACE"]

NOWHERE = [
    *(
        "/nothing",
        "/hello/",
        "/slow",
        "/slow/1/2",
        "/ticks/1",
        "/fib",
        "/big",
        "/echo/1",
        "/events/1",
    ),
    *("/HELLO", "/index.html"),
]
NO_SUCH = [
    *(
        "/notes/",
        "/notes/0",
        "/notes/01",
        "/notes/-1",
        "/notes/abc",
        "/notes/1.0",
        "/notes/999999999",
    ),
    *(f"/notes/{THAI_THREE}", "/files/nothing.txt"),
]

ESCAPES = [
    *("/files/../app.py", "/files/%2e%2e/app.py", "/files/..%2fapp.py", "/files/%2e%2e%2fapp.py"),
    *("/files/..", "/files/.", "/files//etc/passwd", "/files/%2fetc%2fpasswd", "/files/~root"),
    *("/files/..%5capp.py", "/files/hello.txt/../../app.py"),
    pytest.param(
        "/files/hello.txt%00",
        marks=fails_in({5: "StaticFileHandler hands %00 on to the disk: ValueError, so 500"}),
    ),
]


# Answers


@capability("every route answers as agreed")
@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path[:30])
def test_the_body_is_right_to_the_byte(http, path):
    response = http.get(path)
    assert response.status_code == 200, f"GET {path}: {response.text[:200]!r}"
    assert response.content.decode() == ANSWERS[path]
    assert response.headers["content-type"] == TEXT
    assert "x-injected" not in response.headers, "an escape of the query ended a field line"


@capability("every route answers as agreed")
@fails_in({5: "routing.PathMatches.match compares a path before its escapes are decoded"})
def test_an_escaped_path_is_the_same_path(client):
    answer = client.ask("GET", "/%68ello?name=Ada")
    assert answer.body == b"Hello, Ada!\n", client.story("%68 is h (RFC 3986, 6.2.2.2)")


@capability("every route answers as agreed")
@pytest.mark.parametrize("body", [b"a", bytes(range(256)), b"x" * 1_000_000], ids=len)
@pytest.mark.parametrize("framing", ["counted", "chunked"])
def test_echo_returns_the_body_and_its_type(http, body, framing):
    content = (
        body if framing == "counted" else (body[n : n + 7000] for n in range(0, len(body), 7000))
    )
    response = http.post("/echo", content=content, headers={"Content-Type": "image/x-test"})
    assert response.status_code == 200
    assert response.content == body
    assert response.headers["content-type"] == "image/x-test"


@capability("every route answers as agreed")
def test_echo_of_nothing_is_nothing(http):
    response = http.post("/echo")
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["content-type"] == "application/octet-stream"


@capability("every route answers as agreed")
def test_a_body_of_known_length_says_its_length(http):
    for path in ("/", "/big/100000", "/slow/0"):
        assert http.get(path).headers["content-length"] == str(
            len(ANSWERS.get(path, "x" * 100_000))
        )


@capability("every route answers as agreed")
@pytest.mark.parametrize("path", ["/", "/nothing", "/slow/11", "/files/hello.txt"])
def test_every_answer_says_its_date(http, path):
    stated = parsedate_to_datetime(http.get(path).headers["date"]).timestamp()
    assert abs(time.time() - stated) < 5, (
        "the Date field is made once and kept, or is in local time"
    )


@capability("a stream arrives as it is made")
def test_ticks_arrive_one_by_one(server, client):
    began = time.monotonic()
    client.send(request("GET", "/ticks/4/0.05"))
    client.receive_until(b"tick 1\n")
    first = time.monotonic() - began
    client.receive_until(b"tick 4\n")
    last = time.monotonic() - began
    assert first < 0.6 * last, (
        f"the first of 4 ticks came after {first:.2f} s, the last after {last:.2f} s"
    )


# Methods


@capability("HEAD, OPTIONS, 405, 404")
@pytest.mark.parametrize("path", [path for path in ALLOWED if "GET" in ALLOWED[path]])
def test_HEAD_is_GET_without_the_body_at_once(client, path):
    long_path = path.replace("/1", "/5")
    head = client.ask("HEAD", long_path)
    after = client.ask("GET", "/hello?name=next")
    assert head.status == 200, client.story(f"HEAD is as good as GET on {path}")
    assert after.body == b"Hello, next!\n", client.story("a body follows the answer to HEAD")
    assert client.ask("GET", "/").status == 200


@capability("HEAD, OPTIONS, 405, 404")
@pytest.mark.parametrize("path", ["/", "/big/100", "/slow/0.01", "/files/hello.txt", "/nothing"])
def test_HEAD_has_the_fields_of_GET(http, path):
    head, get = http.head(path), http.get(path)
    assert head.status_code == get.status_code
    assert head.content == b""
    assert head.headers["content-type"] == get.headers["content-type"]
    assert head.headers.get("content-length", get.headers["content-length"]) == str(
        len(get.content)
    )


@capability("HEAD, OPTIONS, 405, 404")
@pytest.mark.parametrize("path", ALLOWED)
def test_OPTIONS_and_405_say_what_is_allowed(http, path):
    response = http.options(path)
    assert response.is_success
    assert methods(response) == ALLOWED[path]
    for method in METHODS:
        if method not in ALLOWED[path]:
            response = http.request(method, path)
            assert response.status_code == 405, f"{method} {path}"
            assert methods(response) == ALLOWED[path], f"{method} {path}"


def methods(response):
    return {method.strip() for method in response.headers["allow"].split(",")}


@capability("HEAD, OPTIONS, 405, 404")
def test_OPTIONS_asterisk_asks_about_the_whole_server(client):
    answer = client.ask("OPTIONS", "*")
    assert answer.status in (200, 204), client.story("* is not a path that anything is routed to")
    assert {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"} <= set(
        answer.headers["allow"].split(", ")
    )


@capability("HEAD, OPTIONS, 405, 404")
@pytest.mark.parametrize("path", NOWHERE)
def test_nothing_is_404_whatever_is_asked_of_it(http, path):
    for method in ("GET", "HEAD", "POST", "DELETE", "OPTIONS"):
        assert http.request(method, path).status_code == 404, f"{method} {path}"


@capability("HEAD, OPTIONS, 405, 404")
@pytest.mark.parametrize("path", NO_SUCH)
def test_what_is_not_there_is_404(http, path):
    for method in ("GET", "PUT", "DELETE") if path.startswith("/notes") else ("GET", "HEAD"):
        assert http.request(method, path).status_code == 404, f"{method} {path}"


# Bounds


@capability("what is out of bounds is refused: 400")
@pytest.mark.parametrize("path", OUT_OF_BOUNDS, ids=lambda path: path[:30])
def test_out_of_bounds_is_400(http, path):
    response = http.get(path)
    assert response.status_code == 400, f"GET {path}: {response.text[:200]!r}"
    assert http.get("/").status_code == 200, "the server did not survive it"


@capability("what is out of bounds is refused: 400")
@pytest.mark.parametrize("path", AT_THE_BOUND)
def test_the_bound_itself_is_allowed(http, path):
    assert http.head(path).status_code == 200


# Notes


@pytest.fixture
def note(http):
    """A new note, deleted afterwards."""
    response = http.post("/notes", json={"text": "buy milk"})
    assert response.status_code == 201, response.text
    yield response.json()
    http.delete(response.headers["location"])


@capability("notes are made, read, replaced and deleted")
def test_a_note_lives_and_dies(http):
    made = http.post("/notes", json={"text": "buy milk"})
    assert made.status_code == 201
    assert made.headers["content-type"] == "application/json"
    path = made.headers["location"]
    note = {"id": int(path.removeprefix("/notes/")), "text": "buy milk"}
    assert made.json() == note
    assert made.text == json.dumps(note) + "\n"
    assert http.get(path).json() == note
    assert note in http.get("/notes").json()

    changed = {"id": note["id"], "text": "buy oat milk"}
    replaced = http.put(path, json={"text": "buy oat milk"})
    assert (replaced.status_code, replaced.json()) == (200, changed)
    assert http.get(path).json() == changed

    deleted = http.delete(path)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert [http.request(method, path).status_code for method in ("GET", "DELETE")] == [404, 404]
    assert http.put(path, json={"text": "too late"}).status_code == 404
    assert changed not in http.get("/notes").json()


@capability("notes are made, read, replaced and deleted")
def test_one_note_allows_four_methods(http, note):
    response = http.post(f"/notes/{note['id']}", json={"text": "again"})
    assert response.status_code == 405
    assert methods(response) == methods(http.options(f"/notes/{note['id']}"))
    assert methods(response) == {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"}


@capability("notes are made, read, replaced and deleted")
@pytest.mark.parametrize("words", ["", "ü" * 1000, "世界 🐍", 'quotes " and \\ and \n'], ids=len)
def test_a_note_is_any_text_of_up_to_1000_characters(http, note, words):
    path = f"/notes/{note['id']}"
    assert http.put(path, json={"text": words}).status_code == 200
    assert http.get(path).json()["text"] == words


@capability("notes are made, read, replaced and deleted")
@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"{", b"[]", b'"text"', b"null", b"{}", b'{"text": 1}', b'{"text": null}'),
        *(
            b'{"words": "no"}',
            b'{"text": "\xff"}',
            b'{"text": "%s"}' % (b"x" * 1001),
            b"[" * 100_000,
            b'{"text": "a", "words": "%s"}' % (b"x" * 20_000),
        ),
    ],
    ids=lambda body: repr(body[:16]),
)
def test_bad_JSON_is_400_and_changes_nothing(http, note, body):
    path = f"/notes/{note['id']}"
    before = http.get("/notes").json()
    assert http.post("/notes", content=body).status_code == 400
    assert http.put(path, content=body).status_code == 400
    assert http.get("/notes").json() == before


@capability("notes are made, read, replaced and deleted")
def test_there_are_at_most_1000_notes(client):
    """In pipelined batches, or it would take seconds."""
    before = json.loads(client.ask("GET", "/notes").body)
    room = 1000 - len(before)
    made = pipeline(client, *["POST", "/notes"] * room, body=b'{"text": ""}')
    assert {answer.status for answer in made} == {201}
    assert client.ask("POST", "/notes", body=b'{"text": ""}').status == 409
    paths = [word for answer in made for word in ("DELETE", answer.headers["location"])]
    assert {answer.status for answer in pipeline(client, *paths)} == {204}
    assert json.loads(client.ask("GET", "/notes").body) == before


def pipeline(client, *words, body=b""):
    """The answers to many requests, given as method, target, method, target, ..."""
    asked = list(zip(words[::2], words[1::2], strict=True))
    answers = []
    for start in range(0, len(asked), 50):
        batch = asked[start : start + 50]
        client.send(b"".join(request(method, target, body=body) for method, target in batch))
        answers += [client.receive(method) for method, _ in batch]
    return answers


# Events


def parse_events(text):
    """The events of a stream, as (kind, note); comments left out (WHATWG HTML, 9.2.6)."""
    blocks = (
        dict(line.split(": ", 1) for line in block.split("\n"))
        for block in text.split("\n\n")
        if block
    )
    return [(int(b["id"]), b["event"], json.loads(b["data"])) for b in blocks if "data" in b]


@capability("changes are told as server-sent events")
def test_events_since_the_last_one_seen_are_told(http):
    note = http.post("/notes", json={"text": "watched"}).json()
    since = {"Last-Event-ID": "0"}
    response = http.get("/events?for=0.1", headers=since)
    assert response.headers["content-type"].partition(";")[0] == "text/event-stream"
    number, kind, told = parse_events(response.text)[-1]
    assert (kind, told) == ("created", note)

    http.put(f"/notes/{note['id']}", json={"text": "changed"})
    http.delete(f"/notes/{note['id']}")
    response = http.get("/events?for=0.1", headers={"Last-Event-ID": str(number)})
    assert parse_events(response.text) == [
        (number + 1, "replaced", {"id": note["id"], "text": "changed"}),
        (number + 2, "deleted", {"id": note["id"]}),
    ]


@capability("changes are told as server-sent events")
@fails_in({1: "while one client watches, nobody else is served, so nothing can change"})
def test_a_change_is_told_to_who_watches(patient_server, connect):
    watcher, writer = connect(patient_server), connect(patient_server)
    watcher.send(request("GET", "/events?for=10"))
    watcher.receive_until(b": watching\n\n")
    written = writer.ask("POST", "/notes", body=b'{"text": "news"}')
    watcher.receive_until(b'"news"}\n\n')
    writer.ask("DELETE", written.headers["location"])
    watcher.receive_until(b"event: deleted\n")


@capability("changes are told as server-sent events")
def test_events_end_by_themselves(http):
    began = time.monotonic()
    response = http.get("/events?for=0.2")
    assert response.status_code == 200
    assert 0.2 <= time.monotonic() - began < 2


@pytest.mark.long
@capability("changes are told as server-sent events")
def test_a_comment_comes_every_second_or_the_client_would_not_be_missed(http):
    comments = http.get("/events?for=3").text.count(": ")
    assert comments >= 3, f"{comments} comments in 3 s, the first word included"


# Files


@capability("files are sent once, then 304; none outside the folder")
@pytest.mark.parametrize("path", sorted(FILES.iterdir()), ids=lambda path: path.name)
def test_a_file_is_sent_with_its_type_and_tag(http, path):
    response = http.get(f"/files/{path.name}")
    kind = {".txt": "text/plain", ".html": "text/html"}[path.suffix]
    assert response.status_code == 200
    assert response.content == path.read_bytes()
    assert response.headers["content-type"].partition(";")[0] == kind
    assert re.fullmatch('"[^"]+"', response.headers["etag"])


@capability("files are sent once, then 304; none outside the folder")
@pytest.mark.parametrize("form", ["{}", '"other", {}', "W/{}", "*"])
def test_who_has_the_file_is_told_so(http, form):
    tag = http.get("/files/hello.txt").headers["etag"]
    response = http.get("/files/hello.txt", headers={"If-None-Match": form.format(tag)})
    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["etag"] == tag
    changed = http.get("/files/hello.txt", headers={"If-None-Match": '"other"'})
    assert changed.status_code == 200


@capability("files are sent once, then 304; none outside the folder")
@pytest.mark.parametrize("path", ESCAPES)
def test_no_path_leaves_the_folder(client, path):
    answer = client.ask("GET", path)
    assert answer.status in (400, 403, 404), client.story("this path names no file of the folder")


@capability("chunked bodies are understood")
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(chunked(b"hello"), id="one"),
        pytest.param(chunked(b"h", b"e", b"llo"), id="three"),
        pytest.param(b"05\r\nhello\r\n000\r\n\r\n", id="leading zeros"),
        pytest.param(
            b"5;name=value\r\nhello\r\n0;last\r\n\r\n",
            id="extension",
            marks=fails_in({5: "HTTP1Connection._read_chunked_body takes a chunk's size alone"}),
        ),
        pytest.param(
            b"5\r\nhello\r\n0\r\nX-Trailer: yes\r\n\r\n",
            id="trailer",
            marks=fails_in({5: "HTTP1Connection._read_chunked_body takes no trailers"}),
        ),
    ],
)
def test_a_chunked_body_is_put_together(client, body):
    client.send(request("POST", "/echo", "Transfer-Encoding: chunked") + body)
    assert client.receive("POST").body == b"hello", client.story(
        "sizes are hexadecimal (RFC 9112, 7.1)"
    )
    assert client.ask("GET", "/").body == b"Hello, world!\n", client.story(
        "the body's end was missed"
    )
