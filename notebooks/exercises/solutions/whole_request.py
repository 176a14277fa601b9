"""Worked solution: a request is what its head says, however many `recv` it takes.

The buffer belongs to the connection, not to the request: what came behind one request stays there
for the next.
"""

import re
import socket
import sys


def serve(port):
    with socket.create_server(("127.0.0.1", port)) as listener:
        while True:
            connection, _ = listener.accept()
            with connection:
                converse(connection)


def converse(connection):
    try:
        buffer = bytearray()  # what has come and was not used yet
        while request := read_request(connection, buffer):
            connection.sendall(answer(*request))
    except OSError:
        pass  # the client has left


def read_request(connection, buffer):
    """The head and the body of the next request; None when the client has left."""
    while (end := buffer.find(b"\r\n\r\n")) < 0:
        if not receive(connection, buffer):
            return None
    head = bytes(buffer[:end])
    end += 4
    whole = end + length_of(head)
    while len(buffer) < whole:
        if not receive(connection, buffer):
            return None
    body = bytes(buffer[end:whole])
    del buffer[:whole]
    return head, body


def receive(connection, buffer):
    """Wait for more; False when the client has left."""
    data = connection.recv(65536)
    buffer += data
    return bool(data)


def length_of(head):
    """How many bytes of a body follow this head."""
    found = re.search(rb"(?i)\r\nContent-Length: *([0-9]+)", head)
    return int(found[1]) if found else 0


def answer(head, body):
    words = body if head.startswith(b"POST /echo ") else b"Hello, world!\n"
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(words), words)


if __name__ == "__main__":
    serve(int(sys.argv[-1]))
