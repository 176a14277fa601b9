"""Yields for sockets, and sleeps through the pauses itself."""


def perform(parts, connection):
    for part in parts:
        if part is END:
            connection.shutdown(socket.SHUT_WR)
        elif isinstance(part, Pause):
            time.sleep(part.seconds)
        else:
            while part:
                yield WRITE, connection
                part = part[connection.send(part) :]
