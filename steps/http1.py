"""HTTP/1.1 without I/O: bytes in, a script of what to do about them out.

An `Exchange` is one connection's worth of HTTP. It is given the bytes a peer sent and yields
instructions, in order:

    bytes            send them: never more than 64 KiB, so that a deadline for each part is a
                     floor under the reader's speed
    Pause(seconds)   wait
    END              all is said: close our half, go on receiving until the peer closes its half

The interim 100, an answer, a stream, a refusal and the careful close are all just instructions.
The exchange itself never waits. It only says, in `deadline`, until when the peer may keep us
waiting, whatever for.

How it reads. The bytes of a head are kept until the empty line that ends it, then parsed in one
go. A body is taken from the same buffer as it comes. Incomplete is None: "come back with more".
Malformed is a `Refusal`, which never leaves this module: it becomes the last answer, after the
good ones. There is one reading of where a message ends, or there is a 400; two readings are how
requests are smuggled past a proxy (RFC 9112, 11.2).

Not here: trailers and chunk extensions are checked and dropped, transfer codings other than
chunked are refused (501), and there is no upgrade, no tunnel, no compression and no range.
"""

import ipaddress
import logging
import math
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import unquote

TARGET_LIMIT = 8 * 1024  # bytes of request target, else 414
HEAD_LIMIT = 32 * 1024  # bytes of head, or of what a chunked body carries that is not body, else 431
BODY_LIMIT = 10 * 1024 * 1024  # bytes of body, else 413
PART_LIMIT = 64 * 1024  # bytes to send at a time

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
REASONS = {status.value: status.phrase for status in HTTPStatus}
NO_BODY = {204, 304}  # statuses whose answers end with their head (RFC 9112, 6.3)

# RFC 9110, 5.5 and 5.6; RFC 3986, appendix A. The possessive ++ and *+ rule out backtracking.
TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"
VALUE = r"[\t\x20-\x7e\x80-\xff]*+"
QUOTED = r'"(?:[^"\\\x00-\x08\x0a-\x1f\x7f]|\\[\t\x20-\x7e\x80-\xff])*+"'
SAFE = r"A-Za-z0-9\-._~!$&'()*+,;="  # unreserved and sub-delims
ESCAPE = r"%[0-9A-Fa-f]{2}"
PATH = rf"/(?:[{SAFE}:@/]++|{ESCAPE})*+"
QUERY = rf"(?:[{SAFE}:@/?]++|{ESCAPE})*+"

REQUEST_LINE = re.compile(rf"({TOKEN}) ([\x21-\x7e]++) HTTP/([0-9])\.([0-9])")
FIELD = re.compile(rf"({TOKEN}):({VALUE})")
TARGET = re.compile(rf"(?:([A-Za-z][A-Za-z0-9+.\-]*+)://([^/?]*+))?({PATH})?(?:\?({QUERY}))?")
AUTHORITY = re.compile(rf"(\[[0-9A-Fa-f:.]++\]|(?:[{SAFE}]++|{ESCAPE})*+)(?::([0-9]*+))?")
EXTENSION = rf"[ \t]*+;[ \t]*+{TOKEN}(?:[ \t]*+=[ \t]*+(?:{TOKEN}|{QUOTED}))?"
CHUNK_LINE = re.compile(rf"([0-9A-Fa-f]{{1,16}})((?:{EXTENSION})*+)\r\n")
NEVER_IN_A_HEAD = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|(?<!\r)\n|\r(?!\n|\Z)")

logger = logging.getLogger(__name__)


# What passes between a server, the protocol and the application


@dataclass(frozen=True, slots=True)
class Pause:
    """An instruction: wait so many seconds before the next one."""

    seconds: float


END = object()  # an instruction: close our half and go on receiving
Instruction = bytes | Pause | object


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the application sees it (RFC 9110, 3.4)."""

    method: str
    path: tuple[str, ...]  # decoded segments: /notes/7 is ("notes", "7"), the target * is ()
    query: str  # as it came, percent-escapes and all
    headers: Mapping[str, str]  # names in lower case, repeated lines joined by ", "
    version: str  # "1.0", or "1.1" for that and everything later
    keep_alive: bool
    body: bytes | None  # None while a client waits to be told whether to send it


@dataclass(frozen=True, slots=True)
class Response:
    """An answer. A body is bytes, or an iterable of bytes and pauses: a stream."""

    status: int
    body: bytes | Iterable[bytes | Pause] = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None  # of a stream, in bytes, where it is known before


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds that a peer may keep us waiting, in total, for each thing; math.inf is for ever."""

    idle: float = 5  # for the first byte of a request, or to leave when all is said
    head: float = 5  # from that byte to the end of the head
    body: float = 10  # from there to the end of the body
    send: float = 5  # to take one part


class Refusal(Exception):
    """What a peer sent is not a request that we serve; the status says why."""

    def __init__(self, status: int, reason: str):
        super().__init__(reason)
        self.status = status


# One connection's worth of HTTP


class Exchange:
    """Requests in, instructions out, for one connection.

    `deadline` (of the monotonic clock) is when the peer will have kept us waiting for too long; it
    is infinite while the peer waits for us. `closing`, once set, makes the next answer the last.
    """

    __slots__ = (
        "_body",
        "_buffer",
        "_handle",
        "_request",
        "_timeouts",
        "closing",
        "deadline",
        "ended",
        "waiting",
    )

    def __init__(self, handle: Callable[[Request], Response], timeouts: Timeouts):
        self._handle = handle
        self._timeouts = timeouts
        self._buffer = bytearray()
        self._request = None  # whose head is here and whose body is not
        self._body = None  # what reads that body
        self.closing = False
        self.ended = False
        self._wait_for("idle")

    def receive(self, data: bytes) -> Iterator[Instruction]:
        """Take what the peer sent; yield what to do about it. Perform all before the next call.

        Raises ConnectionAbortedError where a stream breaks off: there is no honest end to it.
        """
        if self.ended:
            return  # what comes after the end is thrown away
        if self.waiting == "idle":
            self._wait_for("head")
        known = len(self._buffer)
        self._buffer += data
        try:
            while (request := self._next_request(known)) and not self.ended:
                yield from self._answer(request)
                known = 0
        except Refusal as refusal:
            response = error_response(refusal.status, str(refusal))
            yield from self._say(self._request or refused_request(self._buffer), response)

    def _next_request(self, known: int) -> Request | None:
        """The next request that the application can answer, or None for "come back with more"."""
        if self._request is None:
            request = take_head(self._buffer, known)
            if request is None or request.body is not None:
                return request
            self._request = request
            self._body = body_reader(request)
            self._wait_for("body")
            if expects_continue(request) and not self._buffer:
                return request
        body = self._body.take(self._buffer)
        if body is None:
            return None
        request, self._request, self._body = self._request, None, None
        return replace(request, body=body)

    def _answer(self, request: Request) -> Iterator[Instruction]:
        self.deadline = math.inf  # now the peer waits for us
        try:
            response = self._handle(request)
        except Exception:
            logger.exception("no answer to %s /%s", request.method, "/".join(request.path))
            response = error_response(500, "the application failed; the server's log says how")
        if response.status == 100:
            yield from self._send(CONTINUE)
            self._wait_for("body")
        else:
            yield from self._say(request, response)

    def _say(self, request: Request, response: Response) -> Iterator[Instruction]:
        """One whole answer, and the end of the conversation where it is the last."""
        last = self.closing or not can_go_on(request, response)
        try:
            for part in encode(request, response, last):
                if isinstance(part, Pause):
                    self.deadline = math.inf
                    yield part
                else:
                    yield from self._send(part)
        except Exception as error:
            logger.exception("broke off the answer to %s /%s", request.method, "/".join(request.path))
            raise ConnectionAbortedError("the application failed in mid-stream") from error
        if last:
            self.ended = True
            self._wait_for("idle")
            yield END
        else:
            self._wait_for("head" if self._buffer else "idle")

    def _send(self, data: bytes) -> Iterator[bytes]:
        for start in range(0, len(data), PART_LIMIT):
            self._wait_for("send")
            yield data[start : start + PART_LIMIT]

    def _wait_for(self, what: str) -> None:
        self.waiting = what
        self.deadline = time.monotonic() + getattr(self._timeouts, what)


# Reading a head


def take_head(buffer: bytearray, known: int = 0) -> Request | None:
    """Take a whole head from the buffer and parse it; None if its end has not come yet.

    The first `known` bytes have been looked at before. Raises Refusal, and then takes nothing.
    """
    start = 0
    while buffer.startswith(b"\r\n", start):
        start += 2  # empty lines before a request are passed over (RFC 9112, 2.2)
    end = buffer.find(b"\r\n\r\n", max(start, known - 3))
    complete = end >= 0
    check_size(buffer, start, end if complete else len(buffer))
    if not complete:
        refuse_early(buffer, max(start, known - 1))
        return None
    request = parse_head(buffer[start:end].decode("latin-1"))
    del buffer[: end + 4]
    return request


def check_size(buffer: bytearray, start: int, end: int) -> None:
    """Three limits in one place, decided before the line, or the head, is complete."""
    if end - start > TARGET_LIMIT:
        line = buffer[start:end].partition(b"\r\n")[0]
        target = line.partition(b" ")[2].partition(b" ")[0]
        if len(target) > TARGET_LIMIT:
            raise Refusal(414, f"a request target has at most {TARGET_LIMIT} bytes here")
    if end > HEAD_LIMIT:
        raise Refusal(431, f"a head has at most {HEAD_LIMIT} bytes here")


def refuse_early(buffer: bytearray, start: int) -> None:
    """Refuse what no further byte could turn into a head, rather than wait for its end."""
    if NEVER_IN_A_HEAD.search(buffer, start):
        raise Refusal(400, "a head has no bare CR, bare LF or other control character (RFC 9112, 2.2)")


def parse_head(text: str) -> Request:
    """Parse a head, without the empty line that ends it (RFC 9112, 3 and 5)."""
    line, *lines = text.split("\r\n")
    match = REQUEST_LINE.fullmatch(line)
    if not match:
        raise Refusal(400, "a request line is: method, one space, target, one space, HTTP/1.1")
    method, target, major, minor = match.groups()
    if major != "1":
        raise Refusal(505, "HTTP/1.0 and HTTP/1.1 are spoken here")
    version = "1.0" if minor == "0" else "1.1"  # a later minor is understood as 1.1 (RFC 9110, 2.5)
    headers = parse_fields(lines)
    path, query = parse_target(method, target)
    check_host(headers, version)
    options = [option.strip(" \t") for option in headers.get("connection", "").lower().split(",")]
    keep_alive = "close" not in options and (version == "1.1" or "keep-alive" in options)
    body = None if "content-length" in headers or "transfer-encoding" in headers else b""
    return Request(method, path, query, headers, version, keep_alive, body)


def parse_fields(lines: list[str]) -> dict[str, str]:
    """Field lines as a dict, names in lower case (RFC 9112, 5; RFC 9110, 5.3)."""
    fields = {}
    for line in lines:
        match = FIELD.fullmatch(line)
        if not match:
            raise Refusal(400, field_fault(line))
        name, value = match[1].lower(), match[2].strip(" \t")
        if name not in fields:
            fields[name] = value
        elif name in ("host", "content-length"):
            raise Refusal(400, f"{name} may be said once (RFC 9112, 3.2 and 6.3)")
        else:
            fields[name] += ", " + value
    return fields


def field_fault(line: str) -> str:
    """Why this is not a field line."""
    name, colon, _ = line.partition(":")
    if line[:1] in (" ", "\t"):
        return "a field line may not begin with white space (obs-fold: RFC 9112, 5.2)"
    if colon and name != name.rstrip(" \t"):
        return "no white space is allowed before the colon of a field line (RFC 9112, 5.1)"
    return "a field line is: name, colon, value, without control characters (RFC 9112, 5)"


def parse_target(method: str, target: str) -> tuple[tuple[str, ...], str]:
    """The path's segments, decoded, and the query as it came (RFC 9112, 3.2)."""
    if method == "CONNECT":
        raise Refusal(501, "this server is no proxy, and opens no tunnel")
    if target == "*" and method == "OPTIONS":
        return (), ""
    match = TARGET.fullmatch(target)
    if not match or not (match[1] or match[3]):
        raise Refusal(400, "a request target is a path, or a whole http URI (RFC 9112, 3.2)")
    scheme, authority, path, query = match.groups()
    if scheme:
        check_authority(scheme.lower(), authority)
        if method == "OPTIONS" and path is None and query is None:
            return (), ""  # RFC 9112, 3.2.4
    try:
        segments = tuple(unquote(part, errors="strict") for part in (path or "/")[1:].split("/"))
    except UnicodeDecodeError:
        raise Refusal(400, "the percent-escapes of a path are UTF-8 here") from None
    return segments, query or ""


def check_authority(scheme: str, authority: str) -> None:
    """Refuse a URI that is not ours to answer (RFC 9110, 4.2 and 7.4)."""
    if scheme == "https":
        raise Refusal(421, "https asks for a secured connection, and this is none")
    if scheme != "http" or authority.startswith(":") or not is_authority(authority or "@"):
        raise Refusal(400, "a whole URI is http://host/path, without user information")


def check_host(headers: Mapping[str, str], version: str) -> None:
    """Exactly one valid Host, which HTTP/1.0 alone may leave out (RFC 9112, 3.2)."""
    host = headers.get("host")
    if host is None and version == "1.1":
        raise Refusal(400, "HTTP/1.1 asks for a Host field (RFC 9112, 3.2)")
    if host and not is_authority(host):
        raise Refusal(400, "Host is a name or an address, perhaps with a port (RFC 9110, 7.2)")


def is_authority(text: str) -> bool:
    """Whether this is host [ ":" port ] (RFC 3986, 3.2.2)."""
    match = AUTHORITY.fullmatch(text)
    if not match or int((match[2] or "0")[:6]) > 65535:
        return False
    if not match[1].startswith("["):
        return True
    try:
        return bool(ipaddress.IPv6Address(match[1][1:-1]))
    except ValueError:
        return False


def expects_continue(request: Request) -> bool:
    """Whether the client waits for 100 before it sends the body (RFC 9110, 10.1.1)."""
    expectation = request.headers.get("expect")
    if expectation is None or request.version == "1.0":
        return False
    if expectation.lower() != "100-continue":
        raise Refusal(417, "the one expectation that is met here is 100-continue")
    return True


def refused_request(buffer: bytearray) -> Request:
    """What can be told of a request whose head was refused: HEAD wants no body even then."""
    method = "HEAD" if buffer.lstrip(b"\r\n").startswith(b"HEAD ") else "?"
    return Request(method, (), "", {}, "1.1", False, b"")


# Reading a body


def body_reader(request: Request) -> "Counted | Chunked":
    """What reads the body that this head announces (RFC 9112, 6.3)."""
    coding = request.headers.get("transfer-encoding")
    length = request.headers.get("content-length")
    if coding is None:
        return Counted(parse_length(length))
    if length is not None:
        raise Refusal(400, "Content-Length and Transfer-Encoding contradict each other (RFC 9112, 6.1)")
    if request.version == "1.0":
        raise Refusal(400, "HTTP/1.0 has no Transfer-Encoding (RFC 9112, 6.1)")
    codings = [name.strip(" \t").lower() for name in coding.split(",")]
    if codings.count("chunked") != 1 or codings[-1] != "chunked":
        raise Refusal(400, "chunked comes last, and once (RFC 9112, 6.1)")
    if len(codings) > 1:
        raise Refusal(501, "the one transfer coding that is understood here is chunked")
    return Chunked()


def parse_length(text: str) -> int:
    """A Content-Length in bytes: ASCII digits and nothing else (RFC 9110, 8.6)."""
    if not re.fullmatch("[0-9]+", text):
        raise Refusal(400, "Content-Length is a number in decimal digits (RFC 9110, 8.6)")
    digits = text.lstrip("0") or "0"
    if len(digits) > 15 or int(digits) > BODY_LIMIT:
        raise Refusal(413, f"a body has at most {BODY_LIMIT} bytes here")
    return int(digits)


class Counted:
    """A body whose length was given before it."""

    def __init__(self, length: int):
        self.length = length

    def take(self, buffer: bytearray) -> bytes | None:
        """Take the body from the buffer; None if it is not whole yet."""
        if len(buffer) < self.length:
            return None
        body = bytes(buffer[: self.length])
        del buffer[: self.length]
        return body


class Chunked:
    """A body that comes in pieces, each with its size before it (RFC 9112, 7.1).

    Extensions and trailers are checked, bounded and dropped.
    """

    def __init__(self):
        self.body = bytearray()
        self.expected = "size"  # then data, line_end, size ..., trailers, nothing
        self.left = 0  # bytes of the present chunk still to come
        self.extras = 0  # bytes of extensions and trailers so far

    def take(self, buffer: bytearray) -> bytes | None:
        """Take what is here from the buffer; the body once it is whole, else None."""
        while self.expected != "nothing":
            if not getattr(self, "_" + self.expected)(buffer):
                return None
        return bytes(self.body)

    # Each of these takes one thing, says what comes next, and is False while that thing is not
    # whole.

    def _size(self, buffer: bytearray) -> bool:
        line = self._line(buffer)
        if line is None:
            return False
        match = CHUNK_LINE.fullmatch(line)
        if not match:
            raise Refusal(400, "a chunk begins with its size in hexadecimal digits (RFC 9112, 7.1)")
        self._bound(match[2])
        self.left = int(match[1], 16)
        if len(self.body) + self.left > BODY_LIMIT:
            raise Refusal(413, f"a body has at most {BODY_LIMIT} bytes here")
        self.expected = "data" if self.left else "trailers"
        return True

    def _data(self, buffer: bytearray) -> bool:
        piece = buffer[: self.left]
        del buffer[: self.left]
        self.body += piece
        self.left -= len(piece)
        if not self.left:
            self.expected = "line_end"
        return not self.left

    def _line_end(self, buffer: bytearray) -> bool:
        if not b"\r\n".startswith(buffer[:2]):
            raise Refusal(400, "a chunk ends with CRLF where its size says (RFC 9112, 7.1)")
        if len(buffer) < 2:
            return False
        del buffer[:2]
        self.expected = "size"
        return True

    def _trailers(self, buffer: bytearray) -> bool:
        line = self._line(buffer)
        if line is None:
            return False
        if line == "\r\n":
            self.expected = "nothing"
        elif not line.endswith("\r\n") or not FIELD.fullmatch(line[:-2]):
            raise Refusal(400, field_fault(line))
        self._bound(line)
        return True

    def _line(self, buffer: bytearray) -> str | None:
        end = buffer.find(b"\n") + 1
        if not end:
            self._bound(buffer, taken=False)
            return None
        line = buffer[:end].decode("latin-1")
        del buffer[:end]
        return line

    def _bound(self, extra: str | bytearray, taken: bool = True) -> None:
        if self.extras + len(extra) > HEAD_LIMIT:
            raise Refusal(431, f"extensions and trailers have at most {HEAD_LIMIT} bytes here")
        if taken:
            self.extras += len(extra)


# Writing an answer


def error_response(status: int, reason: str, headers: Mapping[str, str] | None = None) -> Response:
    """A refusal in words."""
    body = f"{status} {REASONS[status]}: {reason}\n".encode()
    return Response(status, body, {"Content-Type": "text/plain; charset=utf-8", **(headers or {})})


def can_go_on(request: Request, response: Response) -> bool:
    """Whether another request may follow: both sides agree where this one and its answer end."""
    if not request.keep_alive or request.body is None:
        return False
    counted = isinstance(response.body, bytes) or response.length is not None
    return counted or request.version == "1.1"


def encode(request: Request, response: Response, last: bool) -> Iterator[bytes | Pause]:
    """The answer as instructions (RFC 9112, 2.1 and 6)."""
    body, length = response.body, response.length
    if isinstance(body, bytes):
        length = len(body)
    chunked = length is None and request.version == "1.1"
    head = encode_head(request, response, length, last)
    if request.method == "HEAD" or response.status in NO_BODY:
        yield head
    elif isinstance(body, bytes):
        yield head + body
    else:
        yield from encode_stream(head, body, chunked)


def encode_head(request: Request, response: Response, length: int | None, last: bool) -> bytes:
    """Status line and fields, to the empty line."""
    lines = [f"HTTP/1.1 {response.status} {REASONS[response.status]}", http_date(int(time.time()))]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    if response.status not in NO_BODY:
        if length is not None:
            lines.append(f"Content-Length: {length}")
        elif request.version == "1.1":
            lines.append("Transfer-Encoding: chunked")
    if last:
        lines.append("Connection: close")
    elif request.version == "1.0":
        lines.append("Connection: keep-alive")
    return "\r\n".join([*lines, "\r\n"]).encode("latin-1")


def encode_stream(
    head: bytes, body: Iterable[bytes | Pause], chunked: bool
) -> Iterator[bytes | Pause]:
    """A stream's parts as they come. The head goes with the first: one packet, not two."""
    for item in body:
        if isinstance(item, Pause):
            yield item
        elif item:  # an empty chunk would be the last
            yield head + (b"%x\r\n%b\r\n" % (len(item), item) if chunked else item)
            head = b""
    if head or chunked:
        yield head + (b"0\r\n\r\n" if chunked else b"")


@lru_cache(maxsize=1)
def http_date(second: int) -> str:
    """The Date field, made once a second (RFC 9110, 6.6.1)."""
    return f"Date: {formatdate(second, usegmt=True)}"
