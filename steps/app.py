"""The application: a function from Request to Response.

It never waits for a client or a clock. Where an answer takes its time, the body is a stream with
a `Pause` in it, and the server that performs the stream decides how to wait. Routing is a `match`: it
reads as the table it is.

Not here: decorators, a registry of routes, classes of handlers. Step 5 shows what Tornado makes
of those.
"""

import hashlib
import json
from collections.abc import Callable
from itertools import chain, repeat
from pathlib import Path

from steps.bounds import Invalid, note_text, number, query, whole
from steps.messages import Pause, Request, Response, error_response
from steps.notes import Notes, in_portions, watch

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")
KNOWN_METHODS = {*METHODS, "PATCH", "TRACE"}  # 405 where others are 501 (RFC 9110, 9.1)
TEXT = {"Content-Type": "text/plain; charset=utf-8"}
JSON = {"Content-Type": "application/json"}
TYPES = {".html": "text/html; charset=utf-8", ".txt": TEXT["Content-Type"]}
BLOCK = b"x" * 65536  # what /big is made of

Action = Callable[[], Response]


# Routing


def handle(request: Request, notes: Notes) -> Response:
    """The answer to a request. While its body is yet to come: 100, or a final answer."""
    if request.method not in KNOWN_METHODS:
        return error_response(501, f"nothing here knows the method {request.method}")
    actions = resource(request, notes)
    if not actions:
        return error_response(404, "nothing is here")
    if request.method == "OPTIONS":
        return Response(204, headers=allow(actions))
    action = actions.get(request.method) or (request.method == "HEAD" and actions.get("GET"))
    if not action:
        return error_response(405, f"not for {request.method}", allow(actions))
    if request.body is None:
        return Response(100)
    try:
        return action()
    except Invalid as error:
        return error_response(400, str(error))


def resource(request: Request, notes: Notes) -> dict[str, Action]:
    """What can be done with the thing that the request names; nothing if there is no such thing."""
    match request.path:
        case ("echo",):
            return {"POST": lambda: echo(request)}
        case ("notes",):
            return {"GET": lambda: listing(notes), "POST": lambda: add(request, notes)}
        case ("notes", key) if note := notes.get(key):
            return {
                "GET": lambda: as_json(200, note),
                "PUT": lambda: replace(request, notes, note["id"]),
                "DELETE": lambda: delete(notes, note["id"]),
            }
        case ():  # OPTIONS *
            return dict.fromkeys(METHODS)
        case _ if get := view(request, notes):
            return {"GET": get}
    return {}


def view(request: Request, notes: Notes) -> Action | None:
    """What answers a GET of a thing that can only be looked at."""
    match request.path:
        case ("",):
            return lambda: text("Hello, world!\n")
        case ("hello",):
            return lambda: text(f"Hello, {query(request).get('name', 'world')}!\n")
        case ("slow", seconds):
            return lambda: slow(number(seconds, 0, 10))
        case ("ticks", count, seconds):
            return lambda: ticks(whole(count, 1, 1000), number(seconds, 0, 10))
        case ("fib", n):
            return lambda: answer_fib(whole(n, 0, 32))
        case ("big", size):
            return lambda: big(whole(size, 0, 64 * 1024 * 1024))
        case ("events",):
            return lambda: events(request, notes)
        case ("files", name) if name in FILES:
            return lambda: static(request, *FILES[name])


def allow(actions: dict[str, Action]) -> dict[str, str]:
    """The Allow field: HEAD wherever GET is, OPTIONS everywhere (RFC 9110, 10.2.1)."""
    methods = {*actions, "OPTIONS"} | ({"HEAD"} if "GET" in actions else set())
    return {"Allow": ", ".join(method for method in METHODS if method in methods)}


# Actions


def text(words: str) -> Response:
    return Response(200, words.encode(), TEXT)


def as_json(status: int, value: object, **headers: str) -> Response:
    return Response(status, f"{json.dumps(value)}\n".encode(), JSON | headers)


def listing(notes: Notes) -> Response:
    kept = notes.all()
    length = sum(map(len, in_portions(kept)))
    return Response(200, in_portions(kept), JSON, length)


def slow(seconds: float) -> Response:
    words = f"slept {seconds:g} s\n".encode()
    return Response(200, (Pause(seconds), words), TEXT, length=len(words))


def ticks(count: int, seconds: float) -> Response:
    parts = ((Pause(seconds), f"tick {n}\n".encode()) for n in range(1, count + 1))
    return Response(200, chain.from_iterable(parts), TEXT)


def answer_fib(n: int) -> Response:
    return text(f"fib({n}) = {fib(n)}\n")


def fib(n: int) -> int:
    """The slow recursive way: work that is not waiting."""
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def big(size: int) -> Response:
    parts = chain(repeat(BLOCK, size // len(BLOCK)), [BLOCK[: size % len(BLOCK)]])
    return Response(200, parts, TEXT, length=size)


def echo(request: Request) -> Response:
    kind = request.headers.get("content-type", "application/octet-stream")
    return Response(200, request.body, {"Content-Type": kind})


def add(request: Request, notes: Notes) -> Response:
    note = notes.add(note_text(request.body))
    if note is None:
        return error_response(409, f"there are {Notes.LIMIT} notes already; delete one first")
    return as_json(201, note, Location=f"/notes/{note['id']}")


def replace(request: Request, notes: Notes, key: int) -> Response:
    note = notes.replace(key, note_text(request.body))
    return as_json(200, note) if note else error_response(404, "deleted meanwhile")


def delete(notes: Notes, key: int) -> Response:
    return Response(204) if notes.delete(key) else error_response(404, "deleted meanwhile")


def events(request: Request, notes: Notes) -> Response:
    seconds = number(query(request).get("for", "30"), 0, 300)
    seen = notes.position(request.headers.get("last-event-id", ""))
    kind = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    return Response(200, watch(notes, seen, seconds), kind)


def static(request: Request, content: bytes, headers: dict[str, str]) -> Response:
    """A file, unless the client says it has it (RFC 9110, 13.1.2)."""
    known = request.headers.get("if-none-match", "")
    if known == "*" or headers["ETag"] in known:
        return Response(304, headers=headers)
    return Response(200, content, headers)


# What is kept in memory


def load_files(folder: Path) -> dict[str, tuple[bytes, dict[str, str]]]:
    """Content and fields of each file by its name, so that no request touches the disk."""
    files = {}
    for path in filter(Path.is_file, folder.iterdir()):
        content = path.read_bytes()
        tag = hashlib.sha256(content).hexdigest()[:16]
        kind = TYPES.get(path.suffix, "application/octet-stream")
        files[path.name] = content, {"Content-Type": kind, "ETag": f'"{tag}"'}
    return files


FILES = load_files(Path(__file__).parent / "files")
