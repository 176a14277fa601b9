"""Real time: the notes, live in every open tab. `GET /live` is the page, and a WebSocket its data.

A WebSocket (RFC 6455) begins as a request with `Upgrade: websocket`. From then on the connection
carries messages, both ways, at any time. A tab says {"do": "add", "text": "..."}, {"do": "replace",
"id": 1, "text": "..."} or {"do": "delete", "id": 1}. It hears lists of changes, first of all that
every note there is was created, and {"error": "..."} where what it said cannot be done.

Tornado refuses pages of other sites (403: a browser lets any site open a WebSocket to any other),
messages that are too long (close code 1009), and tabs that do not answer a ping.

A tab is sent one message at a time, of 50 changes at most, and the next when it has taken that. So
no more than that is kept for a slow one. One that takes too long, or has missed a change, is dropped.

Not here: what Tornado leaves out. It ends the connection without a close code where text is no
UTF-8 or a frame is malformed, takes frames without a mask, and after 1009 closes at once, which may
destroy what it said.
"""

import asyncio
import contextlib
import json
from datetime import timedelta
from pathlib import Path

from tornado.websocket import WebSocketClosedError, WebSocketHandler

from steps.bounds import Invalid, note_text
from steps.notes import PORTION, Change

from .handlers import Handler

PAGE = Path(__file__).with_name("live.html").read_bytes()
POLICY = "default-src 'self' 'unsafe-inline' data:; frame-ancestors 'none'"


class Live(WebSocketHandler, Handler):
    async def get(self):
        """The page; or its WebSocket, whose messages come in until it is closed."""
        wanted = self.request.headers.get("Upgrade", "").lower()
        if self.request.method == "GET" and wanted == "websocket":
            return await super().get()  # waits
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Content-Security-Policy", POLICY)
        return self.finish(PAGE)

    def open(self):
        self.set_nodelay(True)
        self.stream = self.ws_connection.stream
        self.settings["tabs"].add(self)
        self.telling = asyncio.create_task(self.tell())

    def on_close(self):
        self.settings["tabs"].discard(self)

    async def tell(self):
        """All notes, then what changes: pushed, as in Events."""
        seen = self.notes.position("")
        told = [Change(seen, "created", note) for note in self.notes.all()]
        for start in range(0, len(told), PORTION):
            await self.send_changes(told[start : start + PORTION])
        while self.ws_connection and not self.notes.closed:
            changes = self.notes.since(seen)[:PORTION]
            if not changes:
                await self.changed.wait(timedelta(seconds=1))  # waits
            elif changes[0].number > seen + 1:
                self.close(1008, "too slow: changes were missed")
            else:
                seen = changes[-1].number
                await self.send_changes(changes)
        self.close(1001, "the server stops")

    async def send_changes(self, changes):
        await self.send([{"kind": change.kind, "note": change.note} for change in changes])

    async def send(self, value):
        """Send a message; a tab that does not take it in time is dropped."""
        try:
            async with asyncio.timeout(self.settings["send_timeout"]):
                sent = self.write_message(json.dumps(value))
                await asyncio.shield(sent)  # waits; what is under way cannot be taken back
        except TimeoutError:
            self.close(1008, "too slow: a message was not taken in time")
        except WebSocketClosedError:
            pass  # the tab has left

    async def on_message(self, message):
        """Do what a tab asks. It is heard again when it has taken the answer, if there is one."""
        if isinstance(message, bytes):
            return self.close(1003, "text is wanted here, not bytes")
        try:
            self.perform(message)
        except Invalid as error:
            await self.send({"error": str(error)})

    def perform(self, message):
        match read(message):
            case {"do": "add"}:
                if not self.notes.add(note_text(message)):
                    raise Invalid(f"there are {self.notes.LIMIT} notes: delete one first")
            case {"do": "replace", "id": number}:
                self.notes.replace(self.find(number), note_text(message))
            case {"do": "delete", "id": number}:
                self.notes.delete(self.find(number))
            case _:
                raise Invalid("a message is JSON that says what to do: add, replace or delete")
        self.changed.notify_all()

    def find(self, number):
        """The number of a note, if there is such a note."""
        if type(number) is not int or not self.notes.get(str(number)):
            raise Invalid("there is no such note")
        return number


def read(message):
    """What a message says; None if it is no JSON."""
    with contextlib.suppress(ValueError, RecursionError):
        return json.loads(message)
