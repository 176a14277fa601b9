"""The greeting and the pause for servers that call a function and wait for it (PEP 3333)."""

import time

from benchmark.peers.answers import GREETING, NOTHING, TEXT, pause_of, slept


def app(environ, start_response):
    path = environ["PATH_INFO"]
    seconds = pause_of(path)
    if seconds is not None:
        time.sleep(seconds)
        return answer(start_response, "200 OK", slept(seconds))
    if path == "/":
        return answer(start_response, "200 OK", GREETING)
    return answer(start_response, "404 Not Found", NOTHING)


def answer(start_response, status, body):
    start_response(status, [("Content-Type", TEXT), ("Content-Length", str(len(body)))])
    return [body]
