"""Sends once, on a socket that does not block, and takes it for done."""


def perform(parts, connection):
    for part in parts:
        if part is END:
            connection.shutdown(socket.SHUT_WR)
        elif isinstance(part, Pause):
            yield PAUSE, part.seconds
        else:
            connection.send(part)
