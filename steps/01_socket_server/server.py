"""One thread, blocking calls. Serves one connection at a time.

Whatever the connection being served waits for, all the others wait for too. They are connected:
the kernel has shaken hands for us and keeps them in the backlog. Nobody reads what they sent.

HTTP itself is in http1.py. An exchange is given the bytes that came and yields parts: bytes to
send, a Pause, or END (close our half). It yields them one by one, and works out the next when it
is asked for it. It never waits: this file does. Who is too late is shut out by listener.py.

Not here: any way for a second client to be served before the first has left.
"""

import socket
import time

from steps.launch import launch
from steps.messages import END, Pause


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
            pass  # the peer left, or listener.py shut the connection


def perform(parts, connection):
    for part in parts:
        if part is END:
            connection.shutdown(socket.SHUT_WR)  # our stream alone: closing both could lose it
        elif isinstance(part, Pause):
            time.sleep(part.seconds)  # waits
        else:
            connection.sendall(part)  # waits


def main():
    launch(serve, port=8001)
