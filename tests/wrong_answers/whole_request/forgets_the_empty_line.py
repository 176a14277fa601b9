"""Takes the four bytes of the empty line for the beginning of the body."""

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
    while b"\r\n\r\n" not in buffer:
        data = connection.recv(65536)
        if not data:
            return None
        buffer += data
    end = buffer.find(b"\r\n\r\n")
    head = bytes(buffer[:end])
    whole = end + length_of(head)
    while len(buffer) < whole:
        buffer += connection.recv(65536)
    body = bytes(buffer[end:whole])
    del buffer[:whole]
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
