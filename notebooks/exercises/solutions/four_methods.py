"""A server for notes, with Tornado."""

import asyncio
import itertools
import json
import sys

from tornado.web import Application, HTTPError, RequestHandler

from steps.bounds import Invalid, note_text


class Greeting(RequestHandler):
    def get(self):
        self.write("Hello, world!\n")


NOTES, NUMBERS = {}, itertools.count(1)  # not in a handler: each request has a new one


class Handler(RequestHandler):
    def read(self, number):
        """The note that the body brings, or 400."""
        try:
            return {"id": number, "text": note_text(self.request.body)}
        except Invalid as error:
            raise HTTPError(400) from error

    def send(self, value):
        self.set_header("Content-Type", "application/json")
        self.write(json.dumps(value) + "\n")


class NoteList(Handler):
    def get(self):
        self.send(list(NOTES.values()))

    def post(self):
        note = self.read(next(NUMBERS))
        NOTES[note["id"]] = note
        self.set_status(201)
        self.set_header("Location", f"/notes/{note['id']}")
        self.send(note)


class Note(Handler):
    def prepare(self):
        """Before any of the methods."""
        self.number = int(self.path_args[0])
        if self.number not in NOTES:
            raise HTTPError(404)

    def get(self, number):
        self.send(NOTES[self.number])

    def put(self, number):
        NOTES[self.number] = self.read(self.number)
        self.get(number)

    def delete(self, number):
        del NOTES[self.number]
        self.set_status(204)


ROUTES = [
    (r"/", Greeting),
    (r"/notes", NoteList),
    (r"/notes/([0-9]+)", Note),
]


async def serve(port):
    Application(ROUTES).listen(port, "127.0.0.1")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[-1])))
