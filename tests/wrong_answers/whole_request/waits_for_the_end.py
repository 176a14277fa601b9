"""Reads until the client has left. The client waits for its answer, and does not leave."""


def read_request(connection, buffer):
    while data := connection.recv(65536):
        buffer += data
    if not buffer:
        return None
    head, _, body = bytes(buffer).partition(b"\r\n\r\n")
    buffer.clear()
    return head, body
