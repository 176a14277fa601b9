"""Reads a whole head, and takes for the body what happens to be there."""


def read_request(connection, buffer):
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return None
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    return head, body
