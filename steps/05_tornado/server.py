"""Tornado, the web server. Who waits is the framework's affair.

Two things are called Tornado. One is this `HTTPServer`: its limits, its signals, its end. The other
is a framework for applications, in handlers.py. No line of either reads a socket, splits a head or
keeps a connection. Of the other steps they share the notes, `fib`, the bounds, the limits and the
options, none of which waits or reads HTTP: what is judged is Tornado.

Not here: what Tornado has no setting for. It answers 400, 405 or nothing where the other steps
refuse with 413, 431, 417 or 501, and has one time limit for idleness and heads
together, and no limit on what all bodies together hold.
"""

import asyncio
import contextlib
import logging
import signal
import socket
import sys

from tornado.httpserver import HTTPServer
from tornado.locks import Condition
from tornado.netutil import bind_sockets
from tornado.web import Application

from steps.bounds import NOTE_LIMIT
from steps.http1 import BODY_LIMIT, HEAD_LIMIT, PART_LIMIT
from steps.launch import announce, refuse_to_start
from steps.notes import Notes
from steps.options import read_options

from .handlers import ROUTES, Nothing
from .live import Live


async def serve(options):
    shared = {"notes": Notes(), "changed": Condition(), "answering": set(), "tabs": set()}
    shared["send_timeout"] = options.send_timeout
    shared["websocket_ping_interval"] = options.idle_timeout
    shared["websocket_max_message_size"] = NOTE_LIMIT
    server = Server(
        Application([*ROUTES, (r"/live", Live)], default_handler_class=Nothing, **shared),
        idle_connection_timeout=max(options.idle_timeout, options.head_timeout),
        body_timeout=options.body_timeout,
        max_header_size=HEAD_LIMIT + 4,  # Tornado counts the empty line
        max_body_size=BODY_LIMIT,
        most=options.max_connections,
    )
    sockets = bind_sockets(options.port, options.host, backlog=options.backlog)
    for listener in sockets:  # or the kernel keeps megabytes, and a reader's time is for them all
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, 2 * PART_LIMIT)
    server.add_sockets(sockets)
    asked = asked_to_stop()
    announce(sockets[0])
    await asked.wait()  # waits
    server.stop()
    await drain(server, shared, options.grace)  # waits
    for tab in server.tabs:  # which Tornado does not count among its connections
        tab.stream.close()
    await server.close_all_connections()  # waits


def asked_to_stop():
    """An event that SIGTERM and SIGINT set. Asked twice, the server ends at once."""
    asked, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lambda: sys.exit() if asked.is_set() else asked.set())
    return asked


async def drain(server, shared, grace):
    """Let the answers under way be finished, within the grace; a request read from now on is its
    connection's last."""
    server.conn_params.no_keep_alive = True
    shared["notes"].closed = True
    shared["changed"].notify_all()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(grace):
            while shared["answering"] or server.tabs or any(s.writing() for s in server.streams):
                await asyncio.sleep(0.02)  # waits


class Server(HTTPServer):
    """Closes connections beyond `most` at once. Tornado has no limit, and when descriptors run out
    its loop spins on a listening socket that it cannot accept from."""

    def initialize(self, application, most, **settings):
        super().initialize(application, **settings)
        self.most = most
        self.streams, self.tabs = set(), application.settings["tabs"]

    def handle_stream(self, stream, address):
        if len(self.streams) + len(self.tabs) >= self.most:
            return stream.close()
        self.streams.add(stream)
        return super().handle_stream(stream, address)

    def on_close(self, connection):
        self.streams.discard(connection.stream)
        super().on_close(connection)


def main():
    options = read_options(__name__, port=8005)
    logging.getLogger("tornado.access").setLevel(logging.CRITICAL)
    try:
        asyncio.run(serve(options))
    except (OSError, UnicodeError) as error:
        refuse_to_start(options, error)
