"""Serves everybody, with a thread for each client: no longer one desk."""

import threading


def serve(listener):
    while listener.open:
        try:
            connection, exchange = listener.accept()  # waits
        except OSError:
            time.sleep(0.1)  # waits until there may be room again
        else:
            threading.Thread(target=converse, args=(connection, exchange), daemon=True).start()


def converse(connection, exchange):
    exchange.closing = True
    with connection:
        try:
            while data := connection.recv(65536):  # waits
                perform(exchange.receive(data), connection)
        except OSError:
            pass  # the peer left, or the listener shut the connection
