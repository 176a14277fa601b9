"""A small server that takes what one `recv` returns for a whole request. Mend `read_request`.

It answers POST /echo with the request's body, and everything else with a greeting. It reads only
as much of HTTP as it needs: a head ends with an empty line, and Content-Length says how many bytes
of a body follow.
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
    data = connection.recv(65536)
    if not data:
        return None
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
