"""Step 2, to change: a thread for each connection, however many there are. Make it eight at most."""

import socket
import threading
import time

from steps.launch import launch
from steps.messages import END, Pause
from steps.notes import Notes


def serve(listener):
    while listener.open:
        try:
            connection, exchange = listener.accept()  # waits
        except OSError:
            time.sleep(0.1)  # waits until there may be room again
        else:
            threading.Thread(target=converse, args=(connection, exchange), daemon=True).start()


def converse(connection, exchange):
    with connection:
        try:
            while data := connection.recv(65536):  # waits
                perform(exchange.receive(data), connection)
        except OSError:
            pass  # the peer left, or listener.py shut the connection


def perform(parts, connection):
    for part in parts:
        if part is END:
            connection.shutdown(socket.SHUT_WR)
        elif isinstance(part, Pause):
            time.sleep(part.seconds)  # waits
        else:
            connection.sendall(part)  # waits


if __name__ == "__main__":
    launch(serve, port=8002, notes=Notes(threading.Lock()))
