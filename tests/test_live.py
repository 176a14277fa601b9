"""Step 5's notes, live in every open tab: its WebSocket to the byte, and its page in a browser.

The other steps have no such page: this is no part of the contract.
"""

import json
import signal
import time

import httpx
import pytest

from harness import start_step
from tests.browser import CHROMIUM, SCREEN, Browser, wait_for
from tests.http_client import Client
from tests.targets import NEVER

TEXT, BYTES, CLOSE, PING, PONG = 1, 2, 8, 9, 10  # RFC 6455, 5.2
KEY, ACCEPT = "dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # its example, 1.3
UPGRADE = "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"
UPGRADE += (f"Sec-WebSocket-Key: {KEY}",)
PATIENCE = 10  # seconds: it only detects a hang


class Tab(Client):
    """A tab by hand: it says commands, and hears lists of changes."""

    def __init__(self, server, **how):
        super().__init__(server, PATIENCE, **how)
        answer = self.ask("GET", "/live", *UPGRADE)
        assert answer.headers.get("sec-websocket-accept") == ACCEPT, self.story("no WebSocket")

    def say(self, *commands):
        self.send(b"".join(frame(json.dumps(command).encode()) for command in commands))

    def hear(self):
        """The next message; the server's close as (code, reason)."""
        kind, data = self.hear_frame()
        if kind == PING:
            return self.hear()
        return (int.from_bytes(data[:2]), data[2:].decode()) if kind == CLOSE else json.loads(data)

    def hear_frame(self):
        """The next frame: its kind, and its data."""
        deadline = self._deadline()
        first, size = self._take(2, deadline)
        if size > 125:
            size = int.from_bytes(self._take(2 if size == 126 else 8, deadline))
        return first & 15, self._take(size, deadline)

    def hear_until(self, text):
        """All changes, up to a note of this text."""
        changes = []
        while not changes or changes[-1]["note"].get("text") != text:
            said = self.hear()
            assert isinstance(said, list), self.story(f"this came, and not {text[:20]!r}: {said}")
            changes += said
        return changes

    def hear_last(self):
        """What the server says last, after all that was under way."""
        while isinstance(said := self.hear(), list):
            pass
        return said


def frame(data, kind=TEXT, size=None):
    """A frame of a client. Its mask is all zeros, which changes nothing."""
    size = len(data) if size is None else size
    length = bytes([128 + size]) if size < 126 else b"\xfe" + size.to_bytes(2)
    return bytes([128 + kind]) + length + bytes(4) + data


@pytest.fixture(scope="module")
def server():
    with start_step(5) as server:
        yield server
        assert server.stderr() == ""


@pytest.fixture
def tabs(server):
    with Tab(server) as one, Tab(server) as other:
        yield one, other


# What it does


def test_a_change_is_told_to_every_tab_whoever_makes_it(server, tabs):
    tabs[0].say({"do": "add", "text": "milk"})
    for tab in tabs:
        created = tab.hear_until("milk")[-1]
    note = created["note"]
    assert created == {"kind": "created", "note": {"id": note["id"], "text": "milk"}}
    tabs[1].say({"do": "replace", "id": note["id"], "text": "tea"})
    for tab in tabs:
        assert tab.hear() == [{"kind": "replaced", "note": note | {"text": "tea"}}]
    httpx.put(f"{server.url}notes/{note['id']}", content=r'{"text": "half a snake: \ud83d"}')
    changed = {"id": note["id"], "text": "half a snake: \ud83d"}
    for tab in tabs:
        assert tab.hear() == [{"kind": "replaced", "note": changed}]
    with Tab(server) as late:
        assert late.hear_until(changed["text"])[-1] == {"kind": "created", "note": changed}
    tabs[0].say({"do": "delete", "id": note["id"]})
    for tab in tabs:
        assert tab.hear() == [{"kind": "deleted", "note": {"id": note["id"]}}]


def test_the_page_asks_nothing_of_anybody_else(server):
    page = httpx.get(f"{server.url}live")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "://" not in page.text, "an address outside"
    assert httpx.post(f"{server.url}live").headers["allow"] == "GET, HEAD, OPTIONS"


# What it refuses


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        (["Origin: http://workbook"], 101),
        (["Origin: http://elsewhere"], 403),
        (["Origin: http://workbook:81"], 403),
        (["Origin: null"], 403),
        (["Origin: http://elsewhere", "Sec-Fetch-Site: cross-site"], 403),
        (["Origin: http://workbook:81", "Sec-Fetch-Site: same-site"], 403),
    ],
    ids=str,
)
def test_a_page_of_another_site_gets_no_notes(server, fields, status):
    with Client(server, PATIENCE) as client:
        answer = client.ask("GET", "/live", *UPGRADE, *fields)
        assert answer.status == status, client.story("a browser lets any page open a WebSocket")


def test_the_longest_note_is_taken_and_a_longer_message_is_not(tabs):
    longest = "🐍" * 1000  # 12 bytes each in JSON, and nothing is longer
    tabs[0].say({"do": "add", "text": longest})
    tabs[0].hear_until(longest)
    tabs[0].send(frame(b"", size=16 * 1024 + 1))
    assert tabs[0].hear() == (1009, "message too big"), tabs[0].story("before its data has come")


def test_what_is_no_command_is_answered_in_words_and_the_next_is_done(tabs):
    nonsense = ["", "{", "[" * 16000, "null", "[]", '{"do": "sing"}', '{"do": "add"}']
    nonsense += [json.dumps({"do": "add", "text": text}) for text in (1, None, "x" * 1001)]
    nonsense += [json.dumps({"do": "delete", "id": key}) for key in (0, -1, True, "1", [1])]
    for words in nonsense:
        tabs[0].send(frame(words.encode()))
        assert "error" in tabs[0].hear_last(), words
    tabs[0].say({"do": "add", "text": "after all"})
    tabs[0].hear_until("after all")


def test_bytes_are_no_message(tabs):
    tabs[0].send(frame(b"\0", BYTES))
    assert tabs[0].hear_last() == (1003, "text is wanted here, not bytes")


def test_a_tab_is_a_connection_until_it_leaves():
    with start_step(5, "--max-connections=2", *NEVER) as server:
        first, second = Tab(server), Tab(server)
        with Client(server, PATIENCE) as third:
            assert third.is_over(), third.story("two are allowed, and here is a third")
        first.close()
        wait_for(lambda: is_served(server), PATIENCE, "its place is free again")
        second.close()


def is_served(server):
    try:
        return httpx.get(server.url, trust_env=False).is_success
    except httpx.TransportError:
        return False


# Who is slow, mute or gone


LONG = {"do": "replace", "id": 1, "text": "x" * 1000}
LAST = {"do": "replace", "id": 1, "text": "last"}


def test_a_tab_that_does_not_read_is_dropped_and_the_others_go_on():
    with start_step(5, "--send-timeout=0.3") as server:
        with Tab(server, narrow=True) as slow, Tab(server) as quick:
            quick.say({"do": "add", "text": ""}, *[LONG] * 300, LAST)  # more than the kernel keeps
            quick.hear_until("last")
            for n in range(40):
                quick.say(LONG | {"text": f"{n}"})
                assert quick.hear()[0]["note"]["text"] == f"{n}"
                quick.hears_nothing(0.02)
            assert slow.hear_last() == (1008, "too slow: a message was not taken in time")
        assert server.stderr() == ""


def test_a_tab_that_has_missed_changes_is_not_left_in_the_dark():
    """The server remembers the last 1,000 changes, and no more for anybody."""
    with start_step(5, *NEVER) as server, Tab(server, narrow=True) as slow, Tab(server) as quick:
        quick.say({"do": "add", "text": ""})
        for _ in range(14):
            quick.say(*[LONG] * 100, LAST)
            quick.hear_until("last")
        assert slow.hear_last() == (1008, "too slow: changes were missed")


def test_a_tab_that_answers_no_ping_is_left_and_one_that_does_is_not():
    with start_step(5, "--idle-timeout=0.2") as server, Tab(server) as mute, Tab(server) as polite:
        for _ in range(4):
            assert polite.hear_frame() == (PING, b"")
            polite.send(frame(b"", PONG))
        assert mute.hear() == (1000, "ping timed out")
        polite.say({"do": "add", "text": "still here"})
        polite.hear_until("still here")


# A stop


def test_a_stop_is_told_to_the_tabs_and_waits_for_their_answer_alone():
    with start_step(5, "--grace=0", *NEVER) as server, Tab(server) as one, Tab(server) as other:
        server.process.send_signal(signal.SIGTERM)
        for tab in (one, other):
            assert tab.hear() == (1001, "the server stops")
            tab.send(frame((1001).to_bytes(2), CLOSE))
            assert tab.receive_end() == b""
        assert (server.stop(), server.stderr()) == (0, "")


def test_a_stop_waits_for_a_frozen_tab_no_longer_than_its_grace():
    with start_step(5, "--grace=0.3", *NEVER) as server, Tab(server) as quick:
        quick.say(*[{"do": "add", "text": "🐍" * 1000}] * 50, {"do": "add", "text": "last"})
        quick.hear_until("last")
        with Tab(server, narrow=True) as frozen:
            frozen.receive_until(b"created")  # and not the rest of it
            began = time.monotonic()
            assert (server.stop(), server.stderr()) == (0, "")
            assert time.monotonic() - began < 3


# The page

NOTES = "[...document.querySelectorAll('textarea')].map(one => one.value).join('|')"
STATUS = "document.querySelector('[role=status]')?.textContent"
FOCUS = "document.activeElement"
WIDE = "document.documentElement.scrollWidth > window.innerWidth"
KEYS = {"Tab": {"windowsVirtualKeyCode": 9}, "Enter": {"windowsVirtualKeyCode": 13, "text": "\r"}}


def press(tab, key):
    for kind in ("keyDown", "keyUp"):
        tab.call("Input.dispatchKeyEvent", type=kind, key=key, **KEYS[key])


def go_to(tab, what):
    """By keyboard, as whoever has no mouse."""
    for _ in range(20):
        press(tab, "Tab")
        if tab.run(f"{FOCUS}.matches({what!r})"):
            return
    pytest.fail(f"the tab key does not lead to {what}")


def write(tab, words):
    tab.call("Input.insertText", text=words)


def both_show(tabs, what, words):
    for tab in tabs:
        tab.wait_for(f"{what} == {json.dumps(words)}", PATIENCE)


@pytest.mark.long
@pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed")
def test_two_tabs_in_a_browser_show_the_same_notes_and_outlive_the_server():
    with start_step(5) as server, Browser() as one:
        tabs = one, other = one, one.tab()
        for tab, width in zip(tabs, (1400, 390), strict=True):
            tab.call("Emulation.setDeviceMetricsOverride", **SCREEN | {"width": width})
            tab.open(f"{server.url}live")
        both_show(tabs, STATUS, "Connected.")

        go_to(one, "input")
        write(one, "<b>milk</b>")
        press(one, "Enter")
        both_show(tabs, NOTES, "<b>milk</b>")
        assert one.run(f"{FOCUS}.matches('input')"), "the next note can be written at once"

        go_to(other, "textarea")
        other.run(f"{FOCUS}.select()")
        write(other, "tea" * 200)
        press(other, "Tab")
        both_show(tabs, NOTES, "tea" * 200)
        assert not any(tab.run(WIDE) for tab in tabs), "a page is wider than its window"

        httpx.post(f"{server.url}notes", json={"text": "by curl"})
        both_show(tabs, NOTES, "tea" * 200 + "|by curl")
        go_to(one, "li button")
        press(one, "Enter")
        both_show(tabs, NOTES, "by curl")
        assert not one.complaints + other.complaints

        go_to(one, "textarea")
        one.run(f"{FOCUS}.select()")
        write(one, "half a thought")

        server.stop()
        both_show(tabs, STATUS, "Not connected: the server stops. Trying again.")
        assert one.run("document.querySelector('input').matches(':disabled')")
        with start_step(5, f"--port={server.port}") as again:
            both_show(tabs, STATUS, "Connected.")
            httpx.post(f"{again.url}notes", json={"text": "new"})
            both_show([other], NOTES, "new")
            both_show([one], NOTES, "half a thought|new")  # what nobody else has seen yet is kept
        for tab in tabs:
            assert all(url.startswith(server.url) or url[:5] == "data:" for url in tab.requests)
            assert all("ERR_CONNECTION_REFUSED" in words for words in tab.complaints)
