"""Watches for WRITE in a pause, and is called back at once."""


def watch(self):
    if self.part is None:
        events = READ
    else:
        events = WRITE
    if events != self.watched:
        self.loop.watch(self.connection, self.watched, events, self.go_on)
        self.watched = events


Conversation.watch = watch
