"""The greeting and the pause with Tornado, for the notebook that tells its two halves apart.

    python -m benchmark.peers.with_tornado server PORT      its web server, and a function
    python -m benchmark.peers.with_tornado framework PORT   the same, and its framework: handlers

Both are as short as Tornado allows. Step 5 is the second, with what a server needs besides.
"""

import asyncio
import logging
import sys
from http.client import responses

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders, ResponseStartLine
from tornado.ioloop import IOLoop
from tornado.netutil import bind_sockets
from tornado.web import Application, HTTPError, RequestHandler

from benchmark.peers.answers import GREETING, NOTHING, TEXT, pause_of, slept

# The web server


def answer(request):
    seconds = pause_of(request.path)
    if seconds is not None:
        IOLoop.current().call_later(seconds, say, request, 200, slept(seconds))
    elif request.path == "/":
        say(request, 200, GREETING)
    else:
        say(request, 404, NOTHING)


def say(request, status, body):
    fields = HTTPHeaders({"Content-Type": TEXT, "Content-Length": str(len(body))})
    start = ResponseStartLine("HTTP/1.1", status, responses[status])
    request.connection.write_headers(start, fields, body)
    request.connection.finish()


# The framework


class Greeting(RequestHandler):
    def get(self):
        self.set_header("Content-Type", TEXT)
        self.write(GREETING)


class Slow(RequestHandler):
    async def get(self, words):
        seconds = pause_of(f"/slow/{words}")
        if seconds is None:
            raise HTTPError(400)
        await asyncio.sleep(seconds)
        self.set_header("Content-Type", TEXT)
        self.write(slept(seconds))


APPLICATIONS = {
    "server": answer,
    "framework": Application([("/", Greeting), ("/slow/(.*)", Slow)]),
}


async def serve(application, port):
    server = HTTPServer(application)
    server.add_sockets(bind_sockets(port, "127.0.0.1", backlog=4096))
    await asyncio.Event().wait()


if __name__ == "__main__":
    logging.getLogger("tornado.access").setLevel(logging.CRITICAL)
    asyncio.run(serve(APPLICATIONS[sys.argv[1]], int(sys.argv[2])))
