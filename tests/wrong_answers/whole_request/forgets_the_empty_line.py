"""Takes the four bytes of the empty line for the beginning of the body."""


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
