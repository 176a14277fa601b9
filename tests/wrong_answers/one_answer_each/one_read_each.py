"""Leaves after one read: a request that comes in two pieces is never answered."""


def converse(connection, exchange):
    with connection:
        try:
            if data := connection.recv(65536):  # waits
                perform(exchange.receive(data), connection)
        except OSError:
            pass  # the peer left, or the listener shut the connection
