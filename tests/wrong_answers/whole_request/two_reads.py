"""Hopes that two reads are a message, where one was not."""


def read_request(connection, buffer):
    data = connection.recv(65536)
    if data and b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    if not data:
        return None
    head, _, body = data.partition(b"\r\n\r\n")
    if len(body) < length_of(head):
        body += connection.recv(65536)
    return head, body[: length_of(head)]
