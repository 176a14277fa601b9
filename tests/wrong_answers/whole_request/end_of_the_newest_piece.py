"""Looks for the end of the head in the newest piece only."""


def read_request(connection, buffer):
    piece = connection.recv(65536)
    data = piece
    while piece and b"\r\n\r\n" not in piece:
        piece = connection.recv(65536)
        data += piece
    if not piece:
        return None
    head, _, body = data.partition(b"\r\n\r\n")
    while len(body) < length_of(head):
        body += connection.recv(65536)
    return head, body
