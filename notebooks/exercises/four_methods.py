"""A server for notes, with Tornado. It greets; the notes are missing.

What they answer is in tests/test_contract.py, from "# Notes" on. Keep them where you like.
"""

import asyncio
import sys

from tornado.web import Application, RequestHandler


class Greeting(RequestHandler):
    def get(self):
        self.write("Hello, world!\n")


ROUTES = [
    (r"/", Greeting),
]


async def serve(port):
    Application(ROUTES).listen(port, "127.0.0.1")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[-1])))
