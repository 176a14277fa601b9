"""Closes after one answer that promised to go on: the client finds a dead connection."""


def converse(connection, exchange):
    with connection:
        try:
            while data := connection.recv(65536):  # waits
                parts = list(exchange.receive(data))
                perform(parts, connection)
                if parts and not parts[0].startswith(b"HTTP/1.1 100 "):
                    break
        except OSError:
            pass  # the peer left, or the listener shut the connection
