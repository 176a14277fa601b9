import json


class NoteList(RequestHandler):
    def initialize(self):
        self.notes = []

    def get(self):
        self.write(json.dumps(self.notes))

    def post(self):
        note = {"id": len(self.notes) + 1, **json.loads(self.request.body)}
        self.notes.append(note)
        self.set_status(201)
        self.set_header("Location", f"/notes/{note['id']}")
        self.write(note)


ROUTES[1:] = [(r"/notes", NoteList)]
