"""Calls a generator function and takes that for having run it."""


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
