"""Reads a whole stream of answers, from a server or from the protocol alone, and judges it."""

import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, repeat

HEAD = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9]{2}) [^\r\n]*\r\n((?:[!-9;-~]+:[^\r\n]*\r\n)*)\r\n")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    fields: dict[str, str]  # names in lower case
    body: bytes
    last: bool = False  # it says that the connection ends with it (RFC 9112, 9.3)


def judge(case, received: bytes, ended: bool, may_close: bool = False) -> None:
    """AssertionError with what was sent, what came back, and what that usually means.

    Any server may close after any answer, if it says so. Ours go on where they can; of a foreign
    server that closes (`may_close`) nothing is expected behind its last answer.
    """
    story = f"\n  sent     {case.sent[:300]!r}\n  received {received[:300]!r}\n  RFC      {case.section}"
    try:
        answers = read_answers(received, case.methods)
    except ValueError as error:
        raise AssertionError(f"{error}{story}") from None
    statuses = [answer.status for answer in answers]
    expected = [*case.answers, *([] if case.ends else [{200}])]
    if may_close:
        last = next((n for n, answer in enumerate(answers, 1) if answer.last), len(expected))
        del expected[last:]
    for status, allowed in zip(statuses, expected, strict=False):
        assert status in allowed, f"expected one of {sorted(allowed)}, got {statuses}{story}"
    smuggled = ": bytes behind the end were read as a request" * (len(statuses) > len(expected))
    assert len(statuses) == len(expected), (
        f"{len(expected)} answers expected, got {statuses}{smuggled}{story}"
    )
    assert ended, f"the server did not end the conversation{story}"


def read_answers(data: bytes, methods: Sequence[str] = ()) -> list[Answer]:
    """All final answers in the data, in order. Raises ValueError where the data is no answer.

    `methods` are those of the requests: an answer to HEAD has no body. What is not named is GET.
    """
    answers, asked = [], chain(methods, repeat("GET"))
    while data:
        head = HEAD.match(data)
        if not head:
            raise ValueError(f"this is no answer: {data[:80]!r}")
        status, fields, data = int(head[2]), read_fields(head[3]), data[head.end() :]
        if status < 200:
            continue
        body = b""
        if next(asked) != "HEAD" and status not in (204, 304):
            body, data = read_body(fields, data)
        options = fields.get("connection", "").lower()
        last = "close" in options or (head[1] == b"0" and "keep-alive" not in options)
        answers.append(Answer(status, fields, body, last))
    return answers


def read_fields(lines: bytes) -> dict[str, str]:
    pairs = (line.split(":", 1) for line in lines.decode("latin-1").split("\r\n")[:-1])
    return {name.lower(): value.strip() for name, value in pairs}


def read_body(fields: dict[str, str], data: bytes) -> tuple[bytes, bytes]:
    if "chunked" in fields.get("transfer-encoding", ""):
        return read_chunks(data)
    length = int(fields.get("content-length", len(data)))
    if length > len(data):
        raise ValueError(f"{length} bytes of body were promised, and {len(data)} came")
    return data[:length], data[length:]


def read_chunks(data: bytes) -> tuple[bytes, bytes]:
    body = b""
    while True:
        size, _, data = data.partition(b"\r\n")
        length = int(size, 16)
        chunk, end, data = data[:length], data[length : length + 2], data[length + 2 :]
        if end != b"\r\n":
            raise ValueError(f"a chunk of {length} bytes is not followed by CRLF")
        if not length:
            return body, data
        body += chunk


def exchange_bytes(server, sent: bytes, patience: float) -> tuple[bytes, bool]:
    """All that comes back for these bytes, and whether the server ended it within patience."""
    received = b""
    with socket.create_connection((server.host, server.port), timeout=patience) as connection:
        try:
            connection.sendall(sent)
        except OSError:
            pass  # the server may refuse before it has read all
        try:
            while data := connection.recv(65536):
                received += data
        except TimeoutError:
            return received, False
        except OSError:
            pass  # a reset ends it too
    return received, True
