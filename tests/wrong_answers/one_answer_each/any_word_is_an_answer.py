"""Leaves when anything was said, though 100 Continue is not the answer yet."""

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
                parts = list(exchange.receive(data))
                perform(parts, connection)
                if parts:
                    break
        except OSError:
            pass  # the peer left, or the listener shut the connection


def perform(parts, connection):
    for part in parts:
        if part is END:
            connection.shutdown(socket.SHUT_WR)
        elif isinstance(part, Pause):
            time.sleep(part.seconds)  # waits
        else:
            connection.sendall(part)  # waits


if __name__ == "__main__":
    launch(serve, port=8001)
