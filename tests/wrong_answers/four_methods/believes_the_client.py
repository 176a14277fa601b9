import json

from tornado.web import HTTPError

NOTES = {}


class Handler(RequestHandler):
    def keep(self, number):
        NOTES[number] = {"id": number, "text": json.loads(self.request.body)["text"]}
        self.send(NOTES[number])

    def send(self, value):
        self.set_header("Content-Type", "application/json")
        self.write(json.dumps(value) + "\n")


class NoteList(Handler):
    def get(self):
        self.send(list(NOTES.values()))

    def post(self):
        number = max(NOTES, default=0) + 1
        self.set_status(201)
        self.set_header("Location", f"/notes/{number}")
        self.keep(number)


class Note(Handler):
    def prepare(self):
        if int(self.path_args[0]) not in NOTES:
            raise HTTPError(404)

    def get(self, key):
        self.send(NOTES[int(key)])

    def put(self, key):
        self.keep(int(key))

    def delete(self, key):
        del NOTES[int(key)]
        self.set_status(204)


ROUTES[1:] = [(r"/notes", NoteList), (r"/notes/([0-9]+)", Note)]
