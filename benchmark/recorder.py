"""Runs a step as `python -m` does, and notes what happens to each of its connections, and when.

    RECORD_TO=facts.jsonl python -m benchmark.recorder steps.03_select_loop --port 0

A client cannot see when it was accepted, or when a pause was over and nobody came. The server can,
and no step needs a line for it: the `Listener` makes an Exchange for each connection, and a step performs
what that yields. An Exchange that looks at the clock whenever it is asked sees everything. In step
5, which has none, Tornado's methods are noted where they mean the same.

When the server ends, the facts are written in the order they happened, one JSON object a line:

    {"connection": 3, "at": 81.0021, "fact": "made"}      at: seconds of the monotonic clock

    made        it was accepted
    receive     bytes were read from it
    handle      they are a request; `who` is its X-Who field, which the client knows too
    handled     the application has answered
    pause       the server was told to wait for `seconds`
    bytes       it was told to send
    resumed     it has done what it was told, and asks what comes next
    listening   nothing comes next: it waits for the client

Not written at once: a write lets go of the interpreter's lock, and a thread of step 2 that lets go
of it while another works gets it back 5 ms later. We would measure ourselves. For the same reason
this is never on while a rate is measured: it takes up to a fifth of the answers per second.

observer.py and teller.py do the same, and something beside it.
"""

import importlib
import itertools
import json
import os
import runpy
import sys
import threading
import time
from collections.abc import Callable
from functools import partial

import steps.listener
from steps.http1 import Exchange
from steps.messages import Pause

WHERE = "RECORD_TO"  # the environment variable that names the file


class Log:
    """The facts so far, in memory: one run has a few hundred."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.facts = []
        self.written = 0
        self.writing = threading.Lock()
        self.numbers = itertools.count(1)

    def connection(self) -> Callable[..., None]:
        """A new connection was made. What notes further facts about it."""
        note = partial(self.note, next(self.numbers))
        note("made")
        return note

    def note(self, connection: int, fact: str, **more: object) -> None:
        at = time.monotonic()
        self.facts.append({"connection": connection, "at": at, "fact": fact, **more})

    def write(self) -> None:
        """Add to the file what is not in it yet."""
        with self.writing, open(self.path, "a") as file:
            news = self.facts[self.written :]
            self.written += len(news)
            file.writelines(json.dumps(fact) + "\n" for fact in news)


def main(beside: Callable[[Log], None] | None = None) -> None:
    """`beside` is called with the log in a thread of its own, which ends with the server."""
    del sys.argv[0]
    if WHERE not in os.environ or not sys.argv:
        sys.exit(f"usage: {WHERE}=FILE python -m benchmark.recorder MODULE [options of the step]")
    log = Log(os.environ[WHERE])
    record(sys.argv[0], log)
    if beside:
        threading.Thread(target=beside, args=(log,), daemon=True).start()
    try:
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    finally:
        log.write()


def record(step: str, log: Log) -> None:
    server = importlib.import_module(f"{step}.server")
    if hasattr(server, "launch"):
        steps.listener.Exchange = noting_exchange(log)
    else:
        handlers = importlib.import_module(f"{step}.handlers")
        note_tornado(server.Server, handlers.Handler, log)


# Steps 1 to 4


def noting_exchange(log: Log) -> type[Exchange]:
    class NotingExchange(Exchange):
        __slots__ = ("note",)

        def __init__(self, handle, *limits):
            self.note = log.connection()
            super().__init__(noting_handle(handle, self.note), *limits)

        def receive(self, data):
            self.note("receive")
            for part in super().receive(data):
                note_told(part, self.note)
                yield part
                self.note("resumed")
            self.note("listening")

    return NotingExchange


def note_told(part: object, note: Callable[..., None]) -> None:
    """The server is told to wait, or to send, or to close its half, which is a kind of sending."""
    if isinstance(part, Pause):
        note("pause", seconds=part.seconds)
    else:
        note("bytes")


def noting_handle(handle: Callable, note: Callable[..., None]) -> Callable:
    def noted(request):
        note("handle", who=request.headers.get("x-who"))
        response = handle(request)
        note("handled")
        return response

    return noted


# Step 5


def note_tornado(server: type, handler: type, log: Log) -> None:
    """A stream is a connection; `prepare` to `on_finish` is a request; `flush` sends."""

    def note_stream(_, stream, *__):
        stream.note = log.connection()

    before(server, "handle_stream", note_stream)
    before(handler, "prepare", note_request)
    before(handler, "on_finish", lambda self: note_of(self)("listening"))
    handler.pause = noting_pause(handler.pause)
    handler.flush = noting_flush(handler.flush)


def before(owner: type, name: str, look: Callable[..., None]) -> None:
    """Have `look` called with the same arguments before each call of a method."""
    method = getattr(owner, name)

    def noted(*arguments):
        look(*arguments)
        return method(*arguments)

    setattr(owner, name, noted)


def note_of(handler) -> Callable[..., None]:
    return handler.request.connection.stream.note


def note_request(handler) -> None:
    note_of(handler)("receive")
    note_of(handler)("handle", who=handler.request.headers.get("X-Who"))


def noting_pause(pause: Callable) -> Callable:
    async def noted(self, seconds):
        note_of(self)("pause", seconds=seconds)
        await pause(self, seconds)
        note_of(self)("resumed")

    return noted


def noting_flush(flush: Callable) -> Callable:
    def noted(self, include_footers=False):
        note = note_of(self)
        note("bytes")
        sent = flush(self, include_footers)
        if include_footers:
            return sent  # the last one: on_finish follows at once
        if sent.done():
            note("resumed")  # who awaits it will go straight on
        else:
            sent.add_done_callback(lambda _: note("resumed"))
        return sent

    return noted


if __name__ == "__main__":
    main()
