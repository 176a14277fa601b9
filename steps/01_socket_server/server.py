"""One thread, blocking calls. Serves one connection at a time.

Whatever the connection being served waits for, all the others wait for too. They are connected:
the kernel has shaken hands for us and keeps them in the backlog. Nobody reads what they sent.

Not here: any way for a second client to be served before the first has left.
"""

import socket
import time

from steps.http1 import END, Pause
from steps.launch import launch


def serve(listener):
    while listener.open:
        try:
            connection, exchange = listener.accept()  # waits
        except OSError:
            time.sleep(0.1)  # waits until there may be room again
        else:
            converse(connection, exchange)


def converse(connection, exchange):
    with connection:
        try:
            while data := connection.recv(65536):  # waits
                perform(exchange.receive(data), connection)
        except OSError:
            pass  # the peer left, or kept us waiting


def perform(parts, connection):
    for part in parts:
        if part is END:
            connection.shutdown(socket.SHUT_WR)
        elif isinstance(part, Pause):
            time.sleep(part.seconds)  # waits
        else:
            connection.sendall(part)  # waits


def main():
    launch(serve, port=8001)
