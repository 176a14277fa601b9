"""One thread per connection, blocking calls. Each client is waited for by a thread of its own.

The code of step 1, and what was one stack is now one stack per connection. The threads take turns
at running Python and may lose their turn anywhere, even within a line: what they share needs a lock.

Not here: a pool. It bounds the threads, and as many mute clients then stop the server.
"""

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
            try:
                threading.Thread(target=converse, args=(connection, exchange), daemon=True).start()
            except RuntimeError:
                connection.close()  # no thread is left for it: one client pays, not all


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
    launch(serve, port=8002, notes=Notes(threading.Lock()))
