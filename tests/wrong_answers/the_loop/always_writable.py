"""Watches for WRITE while it listens: the first bug of every event loop."""


def watch(self):
    if self.part is None:
        events = READ | WRITE
    else:
        events = NOTHING if isinstance(self.part, Pause) else WRITE
    if events != self.watched:
        self.loop.watch(self.connection, self.watched, events, self.go_on)
        self.watched = events


Conversation.watch = watch
