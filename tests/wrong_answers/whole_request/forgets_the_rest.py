"""Reads whole requests, and throws away what came behind one."""


def read_request(connection, buffer):
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return None
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    while len(body) < length_of(head):
        body += connection.recv(65536)
    return head, body[: length_of(head)]
