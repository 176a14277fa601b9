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
go. A body is taken from the same buffer as it comes. A reader that cannot go on yields MORE, and is
resumed when more is there. Malformed is a `Refusal`, which never leaves an exchange: it becomes the
last answer, after the good ones. There is one reading of where a message ends, or there is a 400;
two readings are how requests are smuggled past a proxy (RFC 9112, 11.2).

Not here: trailers and chunk extensions are checked and dropped, transfer codings other than
chunked are refused (501), and there is no upgrade, no tunnel, no compression and no range.
"""

import logging
import math
import re
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace
from email.utils import formatdate
from functools import lru_cache

from steps.messages import END, Pause, Refusal, Request, Response, Room, Timeouts, error_response
from steps.uri import check_host, parse_target

# Limits, in bytes
TARGET_LIMIT = 8 * 1024  # of a request target, else 414
# of a head, or of what a chunked body carries that is not body, else 431
HEAD_LIMIT = 32 * 1024
BODY_LIMIT = 10 * 1024 * 1024  # of a body, else 413
PART_LIMIT = 64 * 1024  # to send at a time
PIECE = 64 * 1024  # to receive at a time

FRAMING = {"content-length", "host", "transfer-encoding"}  # fields that a trailer may not have
NO_BODY = {100, 204, 304}  # statuses whose answers end with their head (RFC 9112, 6.3)

# RFC 9110, 5.5 and 5.6. The possessive ++ and *+ rule out backtracking.
TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"
VALUE = r"[\t\x20-\x7e\x80-\xff]*+"
QUOTED = r'"(?:[^"\\\x00-\x08\x0a-\x1f\x7f]|\\[\t\x20-\x7e\x80-\xff])*+"'
REQUEST_LINE = re.compile(rf"({TOKEN}) ([\x21-\x7e]++) HTTP/([0-9])\.([0-9])")
FIELD = re.compile(rf"({TOKEN}):({VALUE})")
EXTENSION = rf"[ \t]*+;[ \t]*+{TOKEN}(?:[ \t]*+=[ \t]*+(?:{TOKEN}|{QUOTED}))?"
# White space right behind a size is refused: RFC 9112, 7.1.1 allows it before an extension, but few
# servers read it, and a length is no place for two opinions.
CHUNK_LINE = re.compile(rf"([0-9A-Fa-f]{{1,20}})(?![ \t])((?:{EXTENSION})*+)\r\n")
NEVER_IN_A_HEAD = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|(?<!\r)\n|\r(?!\n|\Z)")

MORE = None  # yielded within, where a reader cannot go on without more bytes
Instruction = bytes | Pause | object  # END
Handle = Callable[[Request], Response]

logger = logging.getLogger(__name__)


# One connection's worth of HTTP


class Exchange:
    """Requests in, instructions out, for one connection.

    `deadline` (of the monotonic clock) is when the peer will have kept us waiting for too long; it
    is infinite while the peer waits for us. `sending` tells what we wait for: that it takes a part,
    or that it says something. `held` is how many bytes of a body are kept here: what all exchanges
    hold comes out of one `Room`. `closing`, once set, makes the next answer the last. `ended`: it
    was, and what the peer still says is thrown away.
    """

    __slots__ = (
        *("closing", "deadline", "ended", "held", "sending"),
        *("_buffer", "_handle", "_room", "_script", "_timeouts"),
    )

    def __init__(self, handle: Handle, timeouts: Timeouts, room: Room | None = None):
        self._handle = handle
        self._timeouts = timeouts
        self._room = room or Room()
        self._buffer = bytearray()  # what was received and not yet understood
        self._script = None  # between the first byte of a request and the end of its answer
        self.closing = self.ended = False
        self.held = 0
        self._wait(timeouts.idle)

    def receive(self, data: bytes) -> Iterator[Instruction]:
        """Take what the peer sent; yield what to do about it. Perform all before the next call.

        Raises ConnectionAbortedError where a stream breaks off: there is no honest end to it.
        """
        if self.ended:
            return  # what comes after the end is thrown away
        self._buffer += data
        self._script = self._script or self._converse()
        for part in self._script:
            if part is MORE:
                # Too late for the rest, but for a piece as large as may be: more was there in time.
                self.ended = time.monotonic() > self.deadline and len(data) < PIECE
                return
            yield part
        self._script = None

    def _converse(self) -> Iterator[Instruction | None]:
        """Read a request, answer it, and so on until nothing is left to read."""
        try:
            while self._buffer and not self.ended:
                request = None
                self._wait(self._timeouts.head)
                request = yield from take_head(self._buffer)
                if request.body is None:
                    request = yield from self._read_body(request)
                if not self.ended:
                    yield from self._say(request, self._ask(request))
                self._hold(0)
        except Refusal as refusal:
            response = error_response(refusal.status, str(refusal))
            yield from self._say(request or unread_request(self._buffer), response)
            self._buffer.clear()
            self._hold(0)
        self._wait(self._timeouts.idle)

    def _read_body(self, request: Request) -> Generator[Instruction | None, None, Request]:
        """The request with its body, unless the application answers without (RFC 9110, 10.1.1)."""
        body = bytearray()
        reader = body_reader(request, self._buffer, body)
        if expects_continue(request) and not self._buffer:
            response = self._ask(request)
            yield from self._say(request, response)
            if response.status != 100:
                return request
        self._wait(self._timeouts.body)
        for more in reader:
            self._hold(len(self._buffer) + len(body))
            yield more
        return replace(request, body=bytes(body))

    def _hold(self, size: int) -> None:
        """So many bytes of a body are kept now. Too many for all, and this request is refused."""
        self._room.left -= size - self.held
        self.held = size
        if size and self._room.left < 0:
            raise Refusal(503, "too many unfinished requests; come back later")

    def _ask(self, request: Request) -> Response:
        """The application's answer; its errors are ours, and become a 500."""
        self.deadline = math.inf  # now the peer waits for us
        try:
            return self._handle(request)
        except Exception:
            logger.exception("no answer to %s /%s", request.method, "/".join(request.path))
            return error_response(500, "the application failed; the server's log says how")

    def _say(self, request: Request, response: Response) -> Iterator[Instruction]:
        """One whole answer, and the end of the conversation where it is the last."""
        last = response.status != 100 and (self.closing or not can_go_on(request, response))
        try:
            for part in encode(request, response, last):
                if isinstance(part, Pause):
                    self.deadline = math.inf
                    yield part
                    continue
                for start in range(0, len(part), PART_LIMIT):
                    self._wait(self._timeouts.send)
                    self.sending = True
                    yield part[start : start + PART_LIMIT]
        except Exception as error:
            logger.exception("broke off the answer to /%s", "/".join(request.path))
            raise ConnectionAbortedError("the application failed in mid-stream") from error
        if last:
            self.ended = True
            yield END

    def _wait(self, seconds: float) -> None:
        self.sending = False
        self.deadline = time.monotonic() + seconds


# Reading a head


def take_head(buffer: bytearray) -> Generator[None, None, Request]:
    """Take a whole head from the buffer and parse it; a refused head is left there."""
    start, end, known = 0, -1, 0
    while end < 0:
        while buffer.startswith(b"\r\n", start):
            start += 2  # empty lines before a request are passed over (RFC 9112, 2.2)
        end = buffer.find(b"\r\n\r\n", max(start, known - 3))
        if end < 0:
            refuse_early(buffer, max(start, known - 1))
            check_size(buffer, start, len(buffer) - 3)  # there it may end yet
            known = len(buffer)
            yield MORE
    try:
        check_size(buffer, start, end)
        request = parse_head(buffer[start:end].decode("latin-1"))
    except Refusal:
        refuse_early(buffer[:end], start)  # one reason, however the bytes came
        raise
    del buffer[: end + 4]
    return request


def check_size(buffer: bytearray, start: int, end: int) -> None:
    """Two limits in one place, decided before the line, or the head, is complete."""
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
        raise Refusal(400, "a head has no bare CR or LF, nor any other control (RFC 9112, 2.2)")


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
    length = parse_length(headers.get("content-length", "0"))
    body = None if length or "transfer-encoding" in headers else b""
    return Request(method, path, query, headers, version, persists(headers, version), body)


def persists(headers: Mapping[str, str], version: str) -> bool:
    """Whether the client means to go on after this request (RFC 9112, 9.3)."""
    options = [option.strip(" \t") for option in headers.get("connection", "").lower().split(",")]
    return "close" not in options and (version == "1.1" or "keep-alive" in options)


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


def expects_continue(request: Request) -> bool:
    """Whether the client waits for 100 before it sends the body (RFC 9110, 10.1.1)."""
    expectation = request.headers.get("expect")
    if expectation is None or request.version == "1.0":
        return False
    if expectation.lower() != "100-continue":
        raise Refusal(417, "the one expectation that is met here is 100-continue")
    return True


def unread_request(buffer: bytearray) -> Request:
    """What can be told of a request whose head was refused: HEAD wants no body even then."""
    method = "HEAD" if buffer.lstrip(b"\r\n").startswith(b"HEAD ") else "?"
    return Request(method, (), "", {}, "1.1", False, b"")


# Reading a body


def body_reader(request: Request, buffer: bytearray, body: bytearray) -> Iterator[None]:
    """What moves the body that this head announces out of the buffer (RFC 9112, 6.3)."""
    coding = request.headers.get("transfer-encoding")
    length = request.headers.get("content-length")
    if coding is None:
        return counted(buffer, body, parse_length(length))
    if length is not None or request.version == "1.0":
        raise Refusal(400, "Transfer-Encoding excludes Content-Length and HTTP/1.0 (RFC 9112, 6.1)")
    codings = [name.strip(" \t").lower() for name in coding.split(",")]
    if codings.count("chunked") != 1 or codings[-1] != "chunked":
        raise Refusal(400, "chunked comes last, and once (RFC 9112, 6.1)")
    if len(codings) > 1:
        raise Refusal(501, "the one transfer coding that is understood here is chunked")
    return chunked(buffer, body)


def parse_length(text: str) -> int:
    """A Content-Length in bytes: ASCII digits and nothing else (RFC 9110, 8.6)."""
    if not (text.isascii() and text.isdigit()):
        raise Refusal(400, "Content-Length is a number in decimal digits (RFC 9110, 8.6)")
    if len(text) > 20 or int(text) > BODY_LIMIT:
        raise Refusal(413, f"a body has at most {BODY_LIMIT} bytes here")
    return int(text)


def counted(buffer: bytearray, body: bytearray, length: int) -> Iterator[None]:
    """A body, or a part of one, whose length was given before it."""
    while len(buffer) < length:
        yield MORE
    body += buffer[:length]
    del buffer[:length]


def chunked(buffer: bytearray, body: bytearray) -> Iterator[None]:
    """A body in pieces, each with its size before it (RFC 9112, 7.1).

    Extensions and trailers are checked, bounded and dropped.
    """
    size, limit = None, HEAD_LIMIT  # what is left for extensions and trailers
    while size != 0:
        line = yield from take_line(buffer, limit)
        match = CHUNK_LINE.fullmatch(line)
        if not match:
            raise Refusal(400, "a chunk begins with its size in hexadecimal digits (RFC 9112, 7.1)")
        size = int(match[1], 16)
        limit -= len(match[2])
        if len(body) + size > BODY_LIMIT:
            raise Refusal(413, f"a body has at most {BODY_LIMIT} bytes here")
        if size:
            end = bytearray()
            yield from counted(buffer, body, size)
            yield from counted(buffer, end, 2)
            if end != b"\r\n":
                raise Refusal(400, "a chunk ends with CRLF where its size says (RFC 9112, 7.1)")
    yield from trailers(buffer, limit)


def trailers(buffer: bytearray, limit: int) -> Iterator[None]:
    """The fields behind the last chunk, and the empty line that ends them (RFC 9112, 7.1.2)."""
    while line := (yield from take_line(buffer, limit)).removesuffix("\r\n"):
        if not FIELD.fullmatch(line):
            raise Refusal(400, field_fault(line))
        if line.partition(":")[0].lower() in FRAMING:
            raise Refusal(400, "a trailer cannot say where a message ends (RFC 9110, 6.5.1)")
        limit -= len(line)


def take_line(buffer: bytearray, limit: int) -> Generator[None, None, str]:
    """Take a line with its end from the buffer."""
    while not (end := buffer.find(b"\n") + 1) and len(buffer) <= limit:
        yield MORE
    if (end or len(buffer)) > limit:
        raise Refusal(431, f"extensions and trailers have at most {HEAD_LIMIT} bytes here")
    line = buffer[:end].decode("latin-1")
    del buffer[:end]
    return line


# Writing an answer


def can_go_on(request: Request, response: Response) -> bool:
    """Whether another request may follow: both sides agree where this one and its answer end."""
    if not request.keep_alive or request.body is None:
        return False
    has_length = isinstance(response.body, bytes) or response.length is not None
    return has_length or request.version == "1.1"


def encode(request: Request, response: Response, last: bool) -> Iterator[bytes | Pause]:
    """The answer as instructions. The head goes with the first bytes: one packet, not two."""
    body, length = response.body, response.length
    if isinstance(body, bytes):
        body, length = [body], len(body)
    head = encode_head(request, response, length, last)
    if request.method == "HEAD" or response.status in NO_BODY:
        body, length = [], 0
    in_chunks = length is None and request.version == "1.1"
    for item in body:
        if isinstance(item, Pause):
            yield item
        elif item:  # an empty chunk would be the last
            yield head + (b"%x\r\n%b\r\n" % (len(item), item) if in_chunks else item)
            head = b""
    if head or in_chunks:
        yield head + (b"0\r\n\r\n" if in_chunks else b"")


def encode_head(request: Request, response: Response, length: int | None, last: bool) -> bytes:
    """Status line and fields, to the empty line."""
    lines = [f"HTTP/1.1 {response.status} {response.reason}", http_date(int(time.time()))]
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


@lru_cache(maxsize=1)
def http_date(second: int) -> str:
    """The Date field, made once a second (RFC 9110, 6.6.1)."""
    return f"Date: {formatdate(second, usegmt=True)}"
