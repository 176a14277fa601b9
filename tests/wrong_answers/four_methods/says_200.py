import json

NOTES = {}


class NoteList(RequestHandler):
    def get(self):
        self.write(json.dumps(list(NOTES.values())))

    def post(self):
        key = str(len(NOTES) + 1)
        NOTES[key] = {"id": int(key), **json.loads(self.request.body)}
        self.write(NOTES[key])


class Note(RequestHandler):
    def get(self, key):
        self.write(NOTES[key])

    def put(self, key):
        NOTES[key] |= json.loads(self.request.body)
        self.write(NOTES[key])

    def delete(self, key):
        del NOTES[key]


ROUTES[1:] = [(r"/notes", NoteList), (r"/notes/(.*)", Note)]
