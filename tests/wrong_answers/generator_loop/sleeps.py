"""Yields for sockets, and sleeps through the pauses itself."""


def serve(listener, loop):
    listener.setblocking(False)
    while listener.open:
        yield READ, listener
        try:
            connection, exchange = listener.accept()
        except OSError:
            yield PAUSE, 0.1
        else:
            loop.go_on(converse(connection, exchange))


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
            time.sleep(part.seconds)
        else:
            while part:
                yield WRITE, connection
                part = part[connection.send(part) :]
