class NoteList(Handler):
    def get(self):
        self.send(list(NOTES.values()))

    def post(self):
        note = self.read(next(NUMBERS))
        NOTES[note["id"]] = note
        self.send(note)


ROUTES[1] = (r"/notes", NoteList)
