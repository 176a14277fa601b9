"""The Python floor: the same bytes for whatever comes, on one poller, with nothing parsed.

    python -m benchmark.canned PORT

Not a web server: two requests in one segment get one answer. It shows how many answers a poll and
two system calls can give in Python on this machine; results are measured against it.
"""

import socket
import sys

from benchmark.poller import READ, Poller

ANSWER = (
    b"HTTP/1.1 200 OK\r\n"
    b"Date: Sat, 01 Jan 2000 00:00:00 GMT\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"Content-Length: 14\r\n"
    b"Connection: keep-alive\r\n"  # ab, which speaks HTTP/1.0, has to be told
    b"\r\n"
    b"Hello, world!\n"
)


def serve(port: int) -> None:
    listener = socket.create_server(("127.0.0.1", port), backlog=4096)
    connections = {}
    poller = Poller()
    poller.register(listener.fileno(), READ)
    while True:
        for fd, _ in poller.poll():
            if fd == listener.fileno():
                connection = welcome(listener)
                connections[connection.fileno()] = connection
                poller.register(connection.fileno(), READ)
            elif not answered(connections[fd]):
                poller.unregister(fd)
                connections.pop(fd).close()


def welcome(listener: socket.socket) -> socket.socket:
    connection, _ = listener.accept()
    connection.setblocking(False)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def answered(connection: socket.socket) -> bool:
    try:
        return bool(connection.recv(65536)) and connection.send(ANSWER) > 0
    except OSError:
        return False  # the peer left


if __name__ == "__main__":
    try:
        serve(int(sys.argv[1]))
    except KeyboardInterrupt:
        pass
