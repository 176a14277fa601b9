"""A bug for step 2: one lock round every answer. The notes are safe, and so is all that may come."""

import threading

LOCK = threading.Lock()


def converse(connection, exchange):
    with connection:
        try:
            while data := connection.recv(65536):  # waits
                with LOCK:  # waits
                    perform(exchange.receive(data), connection)
        except OSError:
            pass  # the peer left, or listener.py shut the connection
