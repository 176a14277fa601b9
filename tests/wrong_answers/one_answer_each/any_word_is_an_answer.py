"""Leaves when anything was said, though 100 Continue is not the answer yet."""


def converse(connection, exchange):
    with connection:
        try:
            while data := connection.recv(65536):  # waits
                parts = list(exchange.receive(data))
                perform(parts, connection)
                if parts:
                    break
        except OSError:
            pass  # the peer left, or the listener shut the connection
