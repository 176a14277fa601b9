"""Calls a generator function and takes that for having run it."""


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
    connection.setblocking(False)
    with connection:
        try:
            while True:
                yield READ, connection
                data = connection.recv(65536)
                if not data:
                    break
                perform(exchange.receive(data), connection)
        except OSError:
            pass


def perform(parts, connection):
    for part in parts:
        if part is END:
            connection.shutdown(socket.SHUT_WR)
        elif isinstance(part, Pause):
            yield PAUSE, part.seconds
        else:
            yield WRITE, connection
            connection.sendall(part)
