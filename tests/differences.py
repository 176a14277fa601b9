"""Where stock Tornado answers otherwise than the table of cases, and which line of it does so.

    python -m tests.differences        prints the list as Markdown

Each difference is a strict expected failure of step 5: a release of Tornado that mends one fails
the run until it is struck from here. What RFC 9110 or RFC 9112 leaves to a server is marked so:
there Tornado chose otherwise than we did. The rest no setting of Tornado's changes, and a proxy in
front of it does.
"""

from dataclasses import dataclass

from tests.cases import CASES, Case

STEP = 5


@dataclass(frozen=True, slots=True)
class Difference:
    source: str  # module and function of tornado 6.6
    words: str  # what it does
    cases: tuple[str, ...]  # their ids, or how some begin, then a star
    allowed: str = ""  # where the RFC leaves the choice

    @property
    def reason(self) -> str:
        return f"{self.source}: {self.words}" + (f" ({self.allowed})" if self.allowed else "")

    def find(self) -> list[Case]:
        return [case for pattern in self.cases for case in matching(pattern)]


def matching(pattern: str) -> list[Case]:
    """The cases that a pattern names. A pattern that names none is a mistake."""
    if pattern.endswith("*"):
        found = [case for case in CASES if case.id.startswith(pattern[:-1])]
    else:
        found = [case for case in CASES if case.id == pattern]
    if not found:
        raise LookupError(f"no case is called {pattern!r}: is it gone, or has it another name?")
    return found


DIFFERENCES = (
    Difference(
        "http1connection._read_message_inner",
        "a head ends where the regular expression \\r?\\n\\r?\\n says, and HTTPHeaders.parse_line"
        " takes LF alone for the end of a line. Tornado 6.7 will not",
        (
            "2.2 a request line ended by LF alone",
            "2.2 a head of LF alone",
            "2.2 a bare LF before the request",
            "2.2 a head ended by LF LF",
            "2.2 a head ended by CR LF LF",
            "2.2 a head ended by LF CR LF",
        ),
        "RFC 9112, 2.2: a recipient MAY",
    ),
    Difference(
        "http1connection._read_message_inner",
        "two empty lines are a whole head to the same regular expression, one without a request",
        ("2.2 two empty lines before the request",),
        "RFC 9112, 2.2 asks for one to be passed over",
    ),
    Difference(
        "http1connection._parse_headers",
        'lstrip("\\r\\n") and rstrip("\\r") throw away any CR before and behind the request line',
        (
            "2.2 a bare CR before the request",
            "2.2 CR CR LF before the request",
            "2.2 a request line ended by CR CR LF",
        ),
    ),
    Difference(
        "http1connection._can_keep_alive",
        'persists where the version is "HTTP/1.1" and no other, and closes without saying so',
        ("9110 2.5 a later minor version", "9110 2.5 the last minor version"),
        "RFC 9112, 9.3: any server may close",
    ),
    Difference(
        "http1connection._can_keep_alive",
        'compares the whole Connection field with "close", and finds it in no list',
        (
            "9110 7.6.1 close in a list",
            "9110 7.6.1 close in a second line",
            "9110 7.6.1 close between tabs",
            "9110 5.6.1.2 close among empty elements",
            "9.3 keep-alive and close",
            "9.3 close*",
        ),
    ),
    Difference(
        "http1connection._can_keep_alive",
        'compares the whole Connection field with "keep-alive" too',
        ("9.3 HTTP/1.0 with keep-alive in a list",),
        "RFC 9112, 9.3: any server may close",
    ),
    Difference(
        "httputil.HTTPServerRequest",
        "path is all before the question mark, so a whole URI is a path that is not there",
        (
            "3.2.2 a whole URI*",
            "3.2.4 OPTIONS of a whole URI without a path",
            "9110 9.3.2 HEAD of a whole URI",
        ),
    ),
    Difference(
        "httputil._ABNF.request_target",
        "takes any visible characters and any byte above 127 for a target; what is no URI is a"
        " path that is not there",
        (
            "3.2 target: * twice",
            "3.2 target: * and a path",
            "3.2 target: no leading slash",
            "3.2 target: a query alone",
            "3.2 target: dots alone",
            "3.2 target: a fragment",
            "3.2 target: a lone percent sign",
            "3.2 target: half a percent-escape",
            "3.2 target: a half percent-escape in the query",
            "3.2 target: a percent-escape*",
            "3.2 target: an escape that breaks off before the query",
            "3.2 target: a quote*",
            "3.2 target: an angle bracket",
            "3.2 target: a backslash",
            "3.2 target: a caret",
            "3.2 target: a backtick",
            "3.2 target: a brace",
            "3.2 target: a bar",
            "3.2 target: a square bracket",
            "3.2 target: a byte above 127*",
            "3.2 target: a whole URI*",
            "3.2 target: another scheme",
            "3.2 target: a file",
            "3.2 target: a script",
            "3.2.3 a host and port for GET",
            "3.2.4 OPTIONS of http://*",
        ),
        "RFC 9112, 3.2: a server SHOULD answer 400",
    ),
    Difference(
        "httputil._ABNF.request_target",
        "takes an https URI on a connection that is not secured for such a path too",
        ("9110 7.4 target: https without a secured connection",),
        "RFC 9110, 7.4 asks that it be rejected, which 404 does",
    ),
    Difference(
        "routing.PathMatches",
        "matches * as it does any path, so that GET * finds our handler for OPTIONS *: 405",
        ("3.2 target: * for GET", "3.2 target: * with a query"),
        "RFC 9112, 3.2: a server SHOULD answer 400",
    ),
    Difference(
        "routing.PathMatches",
        "matches the path as it came and unescapes only what the groups of the pattern catch",
        ("3986 2.1 an escaped letter is the letter",),
        "RFC 3986, 6.2.2.2: escapes should be normalised",
    ),
    Difference(
        "web.RequestHandler._execute",
        "refuses CONNECT with 405 as it does any method, and reads on: what a client sends early"
        " into its tunnel is read as a request",
        ("9110 9.3.6 CONNECT",),
        "RFC 9110, 9.3.6 does not ask for a close",
    ),
    Difference(
        "httputil._ABNF.uri_host",
        "lets brackets and colons stand anywhere in Host, so any port and any address is one",
        (
            "3.2 Host: a:8x",
            "3.2 Host: a:-1",
            "3.2 Host: a:+80",
            "3.2 Host: a:99999",
            "3.2 Host: a:0000099999",
            "3.2 Host: a:80:80",
            "3.2 Host: [*",
            "3.2 Host: ::1",
            "3.2 Host: a]",
            "3.2 Host: :80",
            "3.2 Host: *:a",
        ),
    ),
    Difference(
        "http1connection.parse_int",
        "takes a length of any number of digits",
        ("9110 8.6 Content-Length: a thousand zeros and 5",),
        "RFC 9110, 8.6 sets no limit",
    ),
    Difference(
        "http1connection._read_body",
        "takes a list of equal lengths for one",
        ("6.3 Content-Length: a list of the same", "6.3 Content-Length twice the same"),
        "RFC 9110, 8.6: a recipient MAY",
    ),
    Difference(
        "http1connection._read_body and _read_chunked_body",
        "say by HTTPInputError that a body is too large, which is answered 400",
        (
            "9110 15.5.14 a body too large*",
            "9110 9.3.2 a HEAD with too large a body has no body",
            "9110 10.1.1 Expect and too large a body",
        ),
        "RFC 9110, 15.5.14 defines 413 and does not demand it",
    ),
    Difference(
        "http1connection._read_chunked_body",
        "the whole line before a chunk must be hexadecimal digits: an extension is answered 400",
        ("7.1.1 an extension*", "7.1.1 two extensions*"),
    ),
    Difference(
        "http1connection._read_chunked_body",
        "the last chunk must be followed by an empty line: a trailer is answered 400",
        ("7.1.2 a trailer*", "7.1.2 two trailers"),
    ),
    Difference(
        "http1connection._read_body",
        "does not look at the version: HTTP/1.0 may send chunks, and with keep-alive go on",
        ("6.1 HTTP/1.0 and Transfer-Encoding", "6.1 HTTP/1.0, keep-alive and Transfer-Encoding"),
    ),
    Difference(
        "http1connection._read_message_inner",
        "knows Expect: 100-continue, and passes over any other expectation",
        ("9110 10.1.1 an expectation that nobody knows",),
        "RFC 9110, 10.1.1: a server MAY answer 417",
    ),
    Difference(
        "http1connection._server_request_loop",
        "takes UnsatisfiableReadError, a head over max_header_size or a chunk's line over 64"
        " bytes, for a client that left: it closes without a word",
        (
            "3 a target of 64 KiB",
            "3 a method of 64 KiB",
            "9110 5.4 a field line of 64 KiB",
            "9110 5.4 a name of 64 KiB",
            "9110 5.4 20,000 field lines",
            "9110 5.4 a head one byte too large",
            "9110 9.3.2 a HEAD with a target of 64 KiB has no body",
            "9110 9.3.2 a HEAD that is too large has no body",
            "7.1 chunk size: a thousand zeros and 5",
            "7.1.1 chunk extension: 64 KiB",
        ),
    ),
    Difference(
        "http1connection.finish",
        "closes after an answer only where the body was not read: after our 414 it reads on",
        ("3 a target one byte too large",),
        "RFC 9110, 15.5.15 does not ask for a close",
    ),
)


def find_differences() -> dict[str, Difference]:
    """Which difference a case shows, by the case's id. A case that shows two is a mistake."""
    shown = {}
    for difference in DIFFERENCES:
        for case in difference.find():
            if case.id in shown:
                raise LookupError(f"two differences name the case {case.id!r}")
            shown[case.id] = difference
    return shown


def count() -> str:
    """In one sentence, how much there is of it."""
    shown = find_differences()
    choices = sum(bool(difference.allowed) for difference in shown.values())
    return (
        f"step {STEP} differs from the table in {len(shown)} of {len(CASES)} cases, for"
        f" {len(DIFFERENCES)} reasons; in {choices} of them the RFC leaves the choice"
    )


def main() -> None:
    print(f"Here {count()}.\n")
    for difference in DIFFERENCES:
        found = difference.find()
        print(f"- {difference.reason}. {len(found)}, such as: {found[0].id}")


if __name__ == "__main__":
    main()
