"""Tornado, the framework. A class for each resource, a method for each method.

`await` suspends a handler as in step 4, in Tornado's loop, which is asyncio's. Between two of them
nobody else has a turn, so the notes need no lock. `self.settings` is what all requests share.
"""

import asyncio
import json
from datetime import timedelta
from http.client import responses
from pathlib import Path

from tornado.ioloop import IOLoop
from tornado.iostream import StreamClosedError
from tornado.web import Finish, HTTPError, RequestHandler, StaticFileHandler

from steps.app import BLOCK, fib
from steps.bounds import Invalid, note_text, number, whole
from steps.http1 import TARGET_LIMIT
from steps.notes import in_portions


class Handler(RequestHandler):
    """What all resources have: HEAD, OPTIONS, plain words for errors, a pause, a stream."""

    def set_default_headers(self):
        self.set_header("Content-Type", "text/plain; charset=utf-8")

    def prepare(self):
        self.notes, self.changed = self.settings["notes"], self.settings["changed"]
        self.settings["answering"].add(self)
        if len(self.request.uri) > TARGET_LIMIT:
            raise HTTPError(414)

    def on_finish(self):
        self.settings["answering"].discard(self)

    def head(self, *arguments):
        return self.get(*arguments)  # Tornado sends the fields alone

    def options(self, *arguments):
        self.set_status(204)
        self.set_header("Allow", self.allowed())

    def allowed(self):
        """The methods that the class defines. HEAD goes with GET."""
        names = ["GET", "HEAD"] if type(self).get is not RequestHandler.get else []
        names += [name for name in ("POST", "PUT", "DELETE") if name.lower() in vars(type(self))]
        return ", ".join([*names, "OPTIONS"])

    def write_error(self, status, **details):
        if status == 405:
            self.set_header("Allow", self.allowed())
        self.finish(f"{status}: {responses[status]}\n")

    async def pause(self, seconds):
        if self.request.method != "HEAD":
            await asyncio.sleep(seconds)  # waits

    async def send(self, data):
        """Send a part of a stream; where the client has left, that was the last."""
        self.write(data)
        try:
            await self.flush()  # waits
        except StreamClosedError:
            raise Finish from None

    def flush(self, include_footers=False):
        """Tornado sends all by this. A client that does not take a part in time is left."""
        sent = super().flush(include_footers)
        if not sent.done():
            stream, loop = self.request.connection.stream, IOLoop.current()
            timer = loop.call_later(self.settings["send_timeout"], stream.close)
            sent.add_done_callback(lambda _: loop.remove_timeout(timer))
        return sent

    def send_json(self, value):
        self.set_header("Content-Type", "application/json")
        self.write(json.dumps(value) + "\n")


def bounded(read, *arguments):
    """What bounds.py reads, or 400."""
    try:
        return read(*arguments)
    except Invalid as error:
        raise HTTPError(400) from error


class Nothing(Handler):
    def prepare(self):
        super().prepare()
        raise HTTPError(404)


class Everything(Handler):
    """OPTIONS * asks about the server as a whole."""

    def allowed(self):
        return "GET, HEAD, POST, PUT, DELETE, OPTIONS"


class Greeting(Handler):
    def get(self):
        self.write("Hello, world!\n")


class Hello(Handler):
    def get(self):
        self.write(f"Hello, {self.get_query_argument('name', 'world', strip=False)}!\n")


class Slow(Handler):
    async def get(self, seconds):
        seconds = bounded(number, seconds, 0, 10)
        await self.pause(seconds)
        self.write(f"slept {seconds:g} s\n")


class Ticks(Handler):
    async def get(self, count, seconds):
        count, seconds = bounded(whole, count, 1, 1000), bounded(number, seconds, 0, 10)
        for n in range(1, count + 1):
            await self.pause(seconds)
            await self.send(f"tick {n}\n")


class Fib(Handler):
    def get(self, n):
        n = bounded(whole, n, 0, 32)
        self.write(f"fib({n}) = {fib(n)}\n")


class Big(Handler):
    async def get(self, size):
        size = bounded(whole, size, 0, 64 * 1024 * 1024)
        self.set_header("Content-Length", size)
        for start in range(0, size, len(BLOCK)):
            await self.send(BLOCK[: size - start])


class Echo(Handler):
    async def post(self):
        body = self.request.body
        kind = self.request.headers.get("Content-Type", "application/octet-stream")
        self.set_header("Content-Type", kind)
        self.set_header("Content-Length", len(body))
        for start in range(0, len(body), len(BLOCK)):  # or a reader's time would be for it all
            await self.send(body[start : start + len(BLOCK)])


class NoteList(Handler):
    async def get(self):
        kept = self.notes.all()
        self.set_header("Content-Type", "application/json")
        self.set_header("Content-Length", sum(map(len, in_portions(kept))))
        for portion in in_portions(kept):
            await self.send(portion)

    def post(self):
        note = self.notes.add(bounded(note_text, self.request.body))
        if note is None:
            raise HTTPError(409)
        self.changed.notify_all()
        self.set_status(201)
        self.set_header("Location", f"/notes/{note['id']}")
        self.send_json(note)


class Note(Handler):
    def find(self, key):
        note = self.notes.get(key)
        if note is None:
            raise HTTPError(404)
        return note

    def get(self, key):
        self.send_json(self.find(key))

    def put(self, key):
        number = self.find(key)["id"]
        self.send_json(self.notes.replace(number, bounded(note_text, self.request.body)))
        self.changed.notify_all()

    def delete(self, key):
        self.notes.delete(self.find(key)["id"])
        self.changed.notify_all()
        self.set_status(204)


class Events(Handler):
    """Server-sent events, pushed: nobody looks every 50 ms, a change wakes those who wait for it."""

    async def get(self):
        seconds = bounded(number, self.get_query_argument("for", "30"), 0, 300)
        end = IOLoop.current().time() + (seconds if self.request.method == "GET" else 0)
        seen = self.notes.position(self.request.headers.get("Last-Event-ID", ""))
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("Cache-Control", "no-store")
        await self.send(": watching\n\n")
        while not self.notes.closed and (left := end - IOLoop.current().time()) > 0:
            timeout = timedelta(seconds=min(left, 0.9))
            if changes := self.notes.since(seen):
                seen = changes[-1].number
                for change in changes:
                    await self.send(change.as_event())
            elif not await self.changed.wait(timeout):  # waits
                await self.send(": nothing new\n\n")


class Files(StaticFileHandler, Handler):
    """Tornado's own: it reads the disk, and knows ETag, Last-Modified and ranges."""


ROUTES = [
    (r"/", Greeting),
    (r"/hello", Hello),
    (r"/slow/([^/]*)", Slow),
    (r"/ticks/([^/]*)/([^/]*)", Ticks),
    (r"/fib/([^/]*)", Fib),
    (r"/big/([^/]*)", Big),
    (r"/echo", Echo),
    (r"/notes", NoteList),
    (r"/notes/([^/]*)", Note),
    (r"/events", Events),
    (r"/files/([^/]*)", Files, {"path": Path(__file__).parents[1] / "files"}),
    (r"\*", Everything),
]
