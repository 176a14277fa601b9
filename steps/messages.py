"""What passes between a server, the protocol and the application.

Instructions: bytes to send, a `Pause`, `END`. What the application is asked and answers: `Request`,
`Response`. What bounds an exchange: `Timeouts`, `Room`. And `Refusal`, which a reader of HTTP raises.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

HELD_LIMIT = 256 * 1024 * 1024  # bytes of the unfinished bodies of all exchanges, else 503
REASONS = {status.value: status.phrase for status in HTTPStatus}


@dataclass(frozen=True, slots=True)
class Pause:
    """An instruction: wait so many seconds before the next one."""

    seconds: float


END = object()  # an instruction: close our half and go on receiving


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

    @property
    def reason(self) -> str:
        return REASONS[self.status]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds that a peer may keep us waiting, in total, for each thing; math.inf is for ever."""

    idle: float = 5  # for the first byte of a request, or to leave when all is said
    head: float = 5  # from that byte to the end of the head
    body: float = 10  # from there to the end of the body
    send: float = 5  # to take one part


@dataclass(slots=True)
class Room:
    """Bytes that may still be kept of unfinished bodies, for all exchanges together.

    An estimate. A connection that breaks off does not give back what it held, and threads change
    it without a lock: whoever knows all exchanges (`Listener.look`) sets it right now and then.
    """

    left: int = HELD_LIMIT


class Refusal(Exception):
    """What a peer sent is not a request that we serve; the status says why."""

    def __init__(self, status: int, reason: str):
        super().__init__(reason)
        self.status = status


def error_response(status: int, reason: str, headers: Mapping[str, str] | None = None) -> Response:
    """A refusal in words."""
    body = f"{status} {REASONS[status]}: {reason}\n".encode()
    return Response(status, body, {"Content-Type": "text/plain; charset=utf-8", **(headers or {})})
