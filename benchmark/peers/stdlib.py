"""The standard library's HTTP servers: python -m benchmark.peers.stdlib one PORT, or many PORT

`one` is as it comes, and closes after each answer. `many` is a thread for each connection, kept
alive and written at once: as it comes it sends head and body apart, and with connections kept alive
the second waits for the client's acknowledgement (Nagle's algorithm, 40 ms).
"""

import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer

from benchmark.peers.answers import GREETING, NOTHING, TEXT, pause_of, slept


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        seconds = pause_of(self.path)
        if seconds is not None:
            time.sleep(seconds)
            return self.answer(200, slept(seconds))
        return self.answer(200, GREETING) if self.path == "/" else self.answer(404, NOTHING)

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", TEXT)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class KeptAlive(Handler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # a buffer, flushed once per request


class Many(ThreadingHTTPServer):
    request_queue_size = 4096


if __name__ == "__main__":
    kinds = {"one": (HTTPServer, Handler), "many": (Many, KeptAlive)}
    server, handler = kinds[sys.argv[1]]
    server(("127.0.0.1", int(sys.argv[2])), handler).serve_forever()
