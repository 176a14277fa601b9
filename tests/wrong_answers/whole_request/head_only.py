"""Reads a whole head, and takes for the body what happens to be there."""

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
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return None
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    return head, body


def length_of(head):
    """How many bytes of a body follow this head."""
    found = re.search(rb"(?i)\r\nContent-Length: *([0-9]+)", head)
    return int(found[1]) if found else 0


def answer(head, body):
    words = body if head.startswith(b"POST /echo ") else b"Hello, world!\n"
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(words), words)


if __name__ == "__main__":
    serve(int(sys.argv[-1]))
