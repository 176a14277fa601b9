"""HTTP by hand: a client that sends any bytes at all, and reads answers strictly.

    client = Client(server, patience=10)
    answer = client.ask("GET", "/", "Connection: close")
    client.send(b"GET / HTTP/1.1\\r\\n")

Where the server does not do as it should, an `Unexpected` says what was sent, what came back and
what that usually means.
"""

import re
import socket
import struct
import time
from dataclasses import dataclass

STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9][0-9]) ([\t\x20-\x7e\x80-\xff]*)")
FIELD = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*")
CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}")
SHOWN = 160  # bytes of each direction in a failure message


class Unexpected(AssertionError):
    """The server did not do as it should."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. `framing` is how its end was known: counted, chunked, close or none."""

    status: int
    version: str
    headers: dict[str, str]  # names in lower case
    body: bytes
    framing: str


def request(
    method: str, target: str, *fields: str, version: str = "1.1", body: bytes = b""
) -> bytes:
    """A request; a body gets its Content-Length."""
    lines = [f"{method} {target} HTTP/{version}", "Host: workbook", *fields]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "\r\n"]).encode() + body


def chunked(*pieces: bytes) -> bytes:
    """A body in chunks, with the last."""
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in [*pieces, b""])


class Client:
    """One connection. Each receive waits for at most `patience` seconds in total.

    To a narrow one little can be sent at a time: small segments, and hardly a buffer.
    """

    def __init__(self, server, patience: float, narrow: bool = False):
        self.patience = patience
        self.first_sent, self.first_received = bytearray(), bytearray()
        self.sent = self.received = 0
        self._buffer = bytearray()
        self.socket = socket.socket()
        if narrow:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1000)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 512)
        self.socket.settimeout(patience)
        self.socket.connect((server.host, server.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # Saying

    def send(self, data: bytes) -> None:
        self.first_sent += data[: SHOWN - len(self.first_sent)]
        self.sent += len(data)
        self.socket.settimeout(self.patience)
        try:
            self.socket.sendall(data)
        except TimeoutError:
            self.fail("the server stopped reading, and sent no answer that would end the request")
        except OSError as error:
            self.fail(f"the connection was broken off while we were sending: {error.strerror}")

    def send_in_pieces(self, *pieces: bytes) -> None:
        """Give the server a chance to read each by itself; nothing depends on whether it does."""
        for piece in pieces:
            self.send(piece)
            time.sleep(0.0005)

    def half_close(self) -> None:
        self.socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self.socket.close()

    def reset(self) -> None:
        """Leave as a crashed client does: the server's next word meets a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    # Hearing

    def ask(self, method: str, target: str, *fields: str, **how) -> Answer:
        self.send(request(method, target, *fields, **how))
        return self.receive(method)

    def receive(self, method: str = "GET") -> Answer:
        """The next answer; an interim one (1xx) counts as one. HEAD's has no body."""
        deadline = self._deadline()
        lines = self._take_until(b"\r\n\r\n", deadline).split(b"\r\n")
        match = STATUS_LINE.fullmatch(lines[0])
        if not match:
            self.fail(
                f"no status line: {bytes(lines[0])[:80]!r}; perhaps the rest of another answer"
            )
        status, headers = int(match[2]), self._fields(lines[1:])
        framing = self._framing(method, status, headers)
        if framing == "counted":
            body = self._take(int(headers["content-length"]), deadline)
        elif framing == "chunked":
            body = b"".join(iter(lambda: self._take_chunk(deadline), b""))
        else:
            body = self.receive_end() if framing == "close" else b""
        return Answer(status, f"1.{match[1].decode()}", headers, body, framing)

    def receive_until(self, mark: bytes) -> bytes:
        """What comes, up to and with the mark."""
        return self._take_until(mark, self._deadline()) + mark

    def receive_end(self) -> bytes:
        """All that still comes before the server closes the connection, in good order."""
        deadline = self._deadline()
        while self._more(deadline, "the server keeps the connection open"):
            pass
        return self._take(len(self._buffer), deadline)

    def is_over(self) -> bool:
        """Whether the server has left, with or without a word, as soon as it has."""
        try:
            self.receive_end()
        except Unexpected as error:
            return isinstance(error.__context__, ConnectionError)
        return True

    def hears_nothing(self, seconds: float) -> bool:
        """Whether the connection stays open and silent for so long."""
        self.socket.settimeout(seconds)
        try:
            self.socket.recv(1, socket.MSG_PEEK)
        except TimeoutError:
            return True
        except OSError:
            pass  # reset: not silent either
        return False

    # Failing

    def fail(self, meaning: str) -> None:
        raise Unexpected(self.story(meaning))

    def story(self, meaning: str) -> str:
        """What was sent, what came back, and what that usually means."""
        return (
            f"\n  sent      {self._shown(self.first_sent, self.sent)}"
            f"\n  came back {self._shown(self.first_received, self.received)}"
            f"\n  {meaning}"
        )

    def _shown(self, data: bytearray, count: int) -> str:
        if not count:
            return "nothing"
        return f"{bytes(data)!r}{f' ... {count} bytes in all' if count > len(data) else ''}"

    # Reading

    def _deadline(self) -> float:
        return time.monotonic() + self.patience

    def _more(self, deadline: float, otherwise: str) -> bool:
        """Receive something; False at the end. Out of patience, fail with that explanation."""
        try:
            self.socket.settimeout(max(deadline - time.monotonic(), 0.001))
            data = self.socket.recv(256 * 1024)
        except TimeoutError:
            self.fail(f"{otherwise}, after {self.patience:g} s")
        except OSError as error:
            self.fail(f"the connection was reset, and what was under way is lost: {error.strerror}")
        self.first_received += data[: SHOWN - len(self.first_received)]
        self.received += len(data)
        self._buffer += data
        return bool(data)

    def _take_until(self, mark: bytes, deadline: float) -> bytes:
        seen = 0
        while (end := self._buffer.find(mark, max(0, seen - len(mark)))) < 0:
            seen = len(self._buffer)
            if not self._more(deadline, f"the server has not said all: no {mark[:20]!r} has come"):
                self.fail(f"the server closed the connection before {mark[:20]!r} had come")
        taken = bytes(self._buffer[:end])
        del self._buffer[: end + len(mark)]
        return taken

    def _take(self, count: int, deadline: float) -> bytes:
        while len(self._buffer) < count:
            here = f"{len(self._buffer)} of {count} bytes have come"
            if not self._more(deadline, f"the server has not said all: {here}"):
                self.fail(f"the server closed the connection in mid-answer: {here}")
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def _take_chunk(self, deadline: float) -> bytes:
        line = self._take_until(b"\r\n", deadline)
        if not CHUNK_SIZE.fullmatch(line):
            self.fail(f"a chunk begins with its size in hexadecimal digits, not with {line[:40]!r}")
        chunk = self._take(int(line, 16), deadline)
        if (end := self._take(2, deadline)) != b"\r\n":
            self.fail(f"a chunk's data is followed by CRLF, not by {end!r}: its size is wrong")
        return chunk

    def _fields(self, lines: list[bytes]) -> dict[str, str]:
        fields = {}
        for line in lines:
            match = FIELD.fullmatch(line)
            if not match:
                self.fail(f"{line!r} is no field line")
            name, value = match[1].decode().lower(), match[2].decode("latin-1")
            if name in fields:
                self.fail(f"the field {name} came twice")
            fields[name] = value
        return fields

    def _framing(self, method: str, status: int, headers: dict[str, str]) -> str:
        """How the end of the body is known (RFC 9112, 6.3)."""
        length, coding = headers.get("content-length"), headers.get("transfer-encoding")
        if length is not None and (
            coding or status < 200 or status == 204 or not length.isdecimal()
        ):
            self.fail(f"Content-Length: {length} may not stand here (RFC 9110, 8.6)")
        if method == "HEAD" or status < 200 or status in (204, 304):
            return "none"
        if coding:
            return (
                "chunked" if coding.lower() == "chunked" else self.fail(f"unknown coding {coding}")
            )
        return "close" if length is None else "counted"
