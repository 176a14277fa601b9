class NoteList(Handler):
    def initialize(self):
        self.notes = []

    def get(self):
        self.send(self.notes)

    def post(self):
        note = self.read(len(self.notes) + 1)
        self.notes.append(note)
        self.set_status(201)
        self.set_header("Location", f"/notes/{note['id']}")
        self.send(note)


ROUTES[1] = (r"/notes", NoteList)
