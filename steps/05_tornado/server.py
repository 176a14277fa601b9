"""Tornado. A class for each resource, a method for each method; who waits is the framework's affair.

No line here reads a socket, splits a head or keeps a connection. `await` suspends a handler as in
step 4, in Tornado's loop, which is asyncio's. Of the other steps it shares the notes, `fib`, the
limits and the options, none of which waits or reads HTTP: what is judged is Tornado.

Not here: what Tornado has no setting for. It answers 400, 405 or nothing where the other steps
refuse with 413, 431, 417 or 501, and has one time limit for idleness and heads together.
"""

import asyncio
import json
import logging
import re
import signal
import socket
import sys
from datetime import timedelta
from pathlib import Path

from tornado import locks
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.iostream import StreamClosedError
from tornado.netutil import bind_sockets
from tornado.web import Application, Finish, HTTPError, RequestHandler, StaticFileHandler

from steps.app import fib
from steps.http1 import BODY_LIMIT, HEAD_LIMIT, TARGET_LIMIT
from steps.launch import announce, refuse_to_start
from steps.notes import Notes
from steps.options import read_options

FILES = Path(__file__).parents[1] / "files"
BLOCK = b"x" * 65536  # what /big is made of


async def serve(options):
    application = Workbook(options)
    server = Server(
        application,
        idle_connection_timeout=max(options.idle_timeout, options.head_timeout),
        body_timeout=options.body_timeout,
        max_header_size=HEAD_LIMIT + 4,  # Tornado counts the empty line
        max_body_size=BODY_LIMIT,
    )
    server.most = options.max_connections
    sockets = bind_sockets(options.port, options.host, backlog=options.backlog)
    for listener in sockets:  # or the kernel keeps megabytes, and a reader's time is for them all
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, 2 * len(BLOCK))
    server.add_sockets(sockets)
    announce(sockets[0])
    await asked_to_stop()  # waits
    server.stop()
    await application.finish()  # waits
    await server.close_all_connections()  # waits


async def asked_to_stop():
    asked = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    await asked.wait()  # waits
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, sys.exit)  # asked twice


class Server(HTTPServer):
    """Closes connections beyond `most` at once. Tornado has no limit, and when descriptors run out
    its loop spins on a listening socket that it cannot accept from."""

    inside = 0

    def handle_stream(self, stream, address):
        if self.inside >= self.most:
            return stream.close()
        self.inside += 1
        return super().handle_stream(stream, address)

    def on_close(self, connection):
        self.inside -= 1
        super().on_close(connection)


class Workbook(Application):
    """The routes, and what all requests share."""

    def __init__(self, options):
        super().__init__(ROUTES, default_handler_class=Nothing)
        self.options = options
        self.notes = Notes()
        self.changed = locks.Condition()
        self.answering = set()  # the handlers whose answers are under way

    async def finish(self):
        """Let the answers under way be finished, within the grace."""
        self.notes.closed = True
        self.changed.notify_all()
        end = IOLoop.current().time() + self.options.grace
        while self.answering and IOLoop.current().time() < end:
            await asyncio.sleep(0.02)  # waits


class Handler(RequestHandler):
    """What all resources have: HEAD, OPTIONS, plain words for errors, and a pause."""

    def prepare(self):
        self.application.answering.add(self)
        if len(self.request.uri) > TARGET_LIMIT:
            raise HTTPError(414)
        self.set_header("Content-Type", "text/plain; charset=utf-8")

    def on_finish(self):
        self.application.answering.discard(self)

    def head(self, *arguments):
        return self.get(*arguments)  # Tornado sends the fields alone

    def options(self, *arguments):
        self.set_status(204)
        self.set_header("Allow", self.allowed())

    def allowed(self):
        own = {name for name in self.SUPPORTED_METHODS if self.implements(name)}
        return ", ".join(sorted(own | ({"HEAD"} if "GET" in own else set())))

    def implements(self, method):
        name = method.lower()
        return getattr(type(self), name) not in (getattr(RequestHandler, name), Handler.head)

    def write_error(self, status, **details):
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        if status == 405:
            self.set_header("Allow", self.allowed())
        self.finish(f"{status}: {self._reason}\n")

    async def pause(self, seconds):
        if self.request.method != "HEAD":
            await asyncio.sleep(seconds)  # waits

    async def send(self, data):
        """Send a part of a stream; a client that does not take it in time is left."""
        self.write(data)
        try:
            async with asyncio.timeout(self.application.options.send_timeout):
                await self.flush()  # waits
        except (TimeoutError, StreamClosedError):
            self.request.connection.stream.close()
            raise Finish from None

    def number(self, words, least, most, pattern=r"[0-9]{1,9}(\.[0-9]{1,9})?"):
        if not re.fullmatch(pattern, words) or not least <= float(words) <= most:
            raise HTTPError(400)
        return float(words)

    def whole(self, words, least, most):
        return int(self.number(words, least, most, "[0-9]{1,9}"))

    def send_json(self, value):
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(value) + "\n")


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
        seconds = self.number(seconds, 0, 10)
        await self.pause(seconds)
        self.write(f"slept {seconds:g} s\n")


class Ticks(Handler):
    async def get(self, count, seconds):
        count, seconds = self.whole(count, 1, 1000), self.number(seconds, 0, 10)
        for n in range(1, count + 1):
            await self.pause(seconds)
            await self.send(f"tick {n}\n")


class Fib(Handler):
    def get(self, n):
        n = self.whole(n, 0, 32)
        self.write(f"fib({n}) = {fib(n)}\n")


class Big(Handler):
    async def get(self, size):
        size = self.whole(size, 0, 64 * 1024 * 1024)
        self.set_header("Content-Length", size)
        for start in range(0, size, len(BLOCK)):
            await self.send(BLOCK[: size - start])


class Echo(Handler):
    def post(self):
        kind = self.request.headers.get("Content-Type", "application/octet-stream")
        self.set_header("Content-Type", kind)
        self.write(self.request.body)


class NoteHandler(Handler):
    """What a list of notes and one note have in common."""

    @property
    def notes(self):
        return self.application.notes

    def words(self):
        try:
            words = json.loads(self.request.body)["text"]
        except (ValueError, TypeError, KeyError, RecursionError):
            words = None
        if not isinstance(words, str) or len(words) > 1000:
            raise HTTPError(400)
        return words

    def found(self, key):
        note = self.notes.get(key)
        if note is None:
            raise HTTPError(404)
        return note


class NoteList(NoteHandler):
    def get(self):
        self.send_json(self.notes.all())

    def post(self):
        note = self.notes.add(self.words())
        if note is None:
            raise HTTPError(409)
        self.set_status(201)
        self.set_header("Location", f"/notes/{note['id']}")
        self.application.changed.notify_all()
        self.send_json(note)


class Note(NoteHandler):
    def get(self, key):
        self.send_json(self.found(key))

    def put(self, key):
        note = self.notes.replace(self.found(key)["id"], self.words())
        self.application.changed.notify_all()
        self.send_json(note)

    def delete(self, key):
        self.notes.delete(self.found(key)["id"])
        self.application.changed.notify_all()
        self.set_status(204)


class Events(NoteHandler):
    """Server-sent events, pushed: nobody looks every 50 ms, a change wakes those who wait for it."""

    async def get(self):
        seconds = self.number(self.get_query_argument("for", "30"), 0, 300)
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("Cache-Control", "no-store")
        if self.request.method == "HEAD":
            return
        seen = self.notes.position(self.request.headers.get("Last-Event-ID", ""))
        end = IOLoop.current().time() + seconds
        await self.send(": watching\n\n")
        while not self.notes.closed and (left := end - IOLoop.current().time()) > 0:
            if changes := self.notes.since(seen):
                seen = changes[-1].number
                await self.send(b"".join(change.as_event() for change in changes))
            elif not await self.application.changed.wait(
                timedelta(seconds=min(left, 0.9))
            ):  # waits
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
    (r"/files/([^/]*)", Files, {"path": FILES}),
    (r"\*", Everything),
]


def main():
    options = read_options(__name__, port=8005)
    logging.getLogger("tornado.access").setLevel(logging.ERROR)
    try:
        asyncio.run(serve(options))
    except (OSError, UnicodeError) as error:
        refuse_to_start(options, error)
