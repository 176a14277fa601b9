"""One HTTP answer out of bytes, for the client's slow path: counted, chunked or up to the close.

`parse` returns an Answer, raises BadAnswer, or returns None for "need more" (RFC 9112, 6.3).
It starts again from the first byte each time: answers are small, and most never come here.
"""

from dataclasses import dataclass


class BadAnswer(Exception):
    """Bytes that are no HTTP answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    size: int  # of the whole answer on the wire
    stays: bool  # the connection takes another request


def parse(data: bytes, closed: bool = False) -> Answer | None:
    """The first answer in `data`; `closed` says that nothing more will come."""
    head, gap, rest = data.partition(b"\r\n\r\n")
    if not gap:
        return check_start(data)
    first, *lines = head.split(b"\r\n")
    version, status = status_line(first)
    fields = dict(field(line) for line in lines)
    framed = frame(fields, rest, closed)
    if framed is None:
        return None
    body, used = framed
    stays = not closed and keeps_alive(version, fields)
    return Answer(status, body, len(head) + len(gap) + used, stays)


def check_start(data: bytes) -> None:
    if not data.startswith(b"HTTP/1."[: len(data)]):
        raise BadAnswer(f"not HTTP: {data[:40]!r}")


def status_line(line: bytes) -> tuple[bytes, int]:
    version, _, rest = line.partition(b" ")
    if not version.startswith(b"HTTP/1.") or not rest[:3].isdigit():
        raise BadAnswer(f"not a status line: {line[:40]!r}")
    return version, int(rest[:3])


def field(line: bytes) -> tuple[bytes, bytes]:
    name, colon, value = line.partition(b":")
    if not colon:
        raise BadAnswer(f"not a field line: {line[:40]!r}")
    return name.lower(), value.strip()


def keeps_alive(version: bytes, fields: dict[bytes, bytes]) -> bool:
    wish = fields.get(b"connection", b"").lower()
    framed = b"content-length" in fields or b"transfer-encoding" in fields
    return framed and wish != b"close" and (version == b"HTTP/1.1" or wish == b"keep-alive")


def frame(fields: dict[bytes, bytes], rest: bytes, closed: bool) -> tuple[bytes, int] | None:
    """The body and how many bytes of `rest` it took."""
    if b"chunked" in fields.get(b"transfer-encoding", b"").lower():
        return dechunk(rest)
    if b"content-length" not in fields:
        return (rest, len(rest)) if closed else None
    length = number(fields[b"content-length"], 10)
    return (rest[:length], length) if len(rest) >= length else None


def dechunk(data: bytes) -> tuple[bytes, int] | None:
    body, at = b"", 0
    while (end := data.find(b"\r\n", at)) >= 0:
        length = number(data[at:end].partition(b";")[0].strip(), 16)
        at = end + 2 + length
        if length == 0:
            return (body, at + 2) if data[at : at + 2] == b"\r\n" else None  # no trailers here
        if len(data) < at + 2:
            return None
        body += data[end + 2 : at]
        at += 2
    return None


def number(digits: bytes, base: int) -> int:
    known = b"0123456789" if base == 10 else b"0123456789abcdefABCDEF"
    if not digits or digits.strip(known):  # int() alone would take +5, 0_5 and spaces
        raise BadAnswer(f"not a length: {digits[:40]!r}")
    return int(digits, base)
