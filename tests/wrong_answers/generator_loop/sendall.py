"""Yields where it reads and where it pauses, and writes as in step 1."""


def converse(connection, exchange):
    with connection:
        try:
            yield READ, connection
            while data := connection.recv(65536):
                yield from perform(exchange.receive(data), connection)
                yield READ, connection
        except OSError:
            pass


def perform(parts, connection):
    for part in parts:
        if part is END:
            connection.shutdown(socket.SHUT_WR)
        elif isinstance(part, Pause):
            yield PAUSE, part.seconds
        else:
            connection.sendall(part)
