"""What a client may send, and what a server must answer: HTTP/1.1 as a table.

A case is bytes on one connection and the answers they must get. `answers` has a set of allowed
statuses for each: RFC 9110 and RFC 9112 often leave a choice. Where the conversation can go on, a
last request is sent behind the case and must be answered 200: that shows that both sides agree
where the case ended. Where it cannot (`ends`), the same request is sent and must get nothing: an
answer to it would be a smuggled request.

Every server has `/` for GET and HEAD; cases that need more are marked with what they need, so that
a foreign server is asked only what it can know.

Where the RFC leaves a choice between answering and refusing, the table chooses refusing: what is
read in two ways by two programs is how requests are smuggled. In two places it is stricter than the
letter, as h11 is: it refuses an empty element in Transfer-Encoding, which RFC 9110, 5.6.1.2 would
pass over, and white space right behind the size of a chunk, which RFC 9112, 7.1.1 would remove
before an extension.
"""

from dataclasses import dataclass, field

LAST_WORD = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
KIB, MIB = 1024, 1024 * 1024


@dataclass(frozen=True)
class Case:
    section: str  # of RFC 9112, unless it says 9110 or 3986
    name: str
    sent: bytes
    answers: tuple[frozenset[int], ...]
    ends: bool
    needs: str = ""  # a route, or limits, that only our application has
    methods: tuple[str, ...] = field(default=("GET",))  # of the requests: HEAD has no body

    @property
    def id(self) -> str:
        return f"{self.section} {self.name}"


CASES: list[Case] = []


def fine(section: str, name: str, sent: bytes, *answers, needs="", methods=("GET",)) -> None:
    """The case is answered and the conversation goes on."""
    add(section, name, sent, answers or (200,), False, needs, methods)


def closes(section: str, name: str, sent: bytes, *answers, needs="", methods=("GET",)) -> None:
    """The case is answered, and the server ends the conversation."""
    add(section, name, sent, answers, True, needs, methods)


def bad(section: str, name: str, sent: bytes, *answers, needs="", methods=("GET",)) -> None:
    """The case is refused, with 400 unless told, and nothing behind it is read."""
    add(section, name, sent, answers or (400,), True, needs, methods)


def add(section, name, sent, answers, ends, needs, methods):
    allowed = tuple(frozenset({a} if isinstance(a, int) else a) for a in answers)
    CASES.append(Case(section, name, sent, allowed, ends, needs, methods))


def request(*fields: bytes, line=b"GET / HTTP/1.1", host=b"Host: a", body=b"") -> bytes:
    lines = [line, host, *fields] if host is not None else [line, *fields]
    return b"\r\n".join([*lines, b"", body])


def post(*fields: bytes, body: bytes = b"") -> bytes:
    return request(*fields, line=b"POST /echo HTTP/1.1", body=body)


def chunked(body: bytes, *fields: bytes) -> bytes:
    return post(b"Transfer-Encoding: chunked", *fields, body=body)


def target(words: bytes, method: bytes = b"GET") -> bytes:
    return request(line=method + b" " + words + b" HTTP/1.1")


# One case, one line, however long:
# fmt: off

# Request line

fine("3", "a plain GET", request())
fine("2.2", "an empty line before the request", b"\r\n" + request())
fine("2.2", "two empty lines before the request", b"\r\n\r\n" + request())
fine("9110 2.5", "a later minor version", request(line=b"GET / HTTP/1.2"))
fine("9110 2.5", "the last minor version", request(line=b"GET / HTTP/1.9"))
for name, line in {
    "no version": b"GET /",
    "no target": b"GET  HTTP/1.1",
    "no target and one space": b"GET HTTP/1.1",
    "the method alone": b"GET",
    "two spaces before the target": b"GET  / HTTP/1.1",
    "two spaces before the version": b"GET /  HTTP/1.1",
    "a tab before the target": b"GET\t/ HTTP/1.1",
    "a tab before the version": b"GET /\tHTTP/1.1",
    "a vertical tab before the version": b"GET /\x0bHTTP/1.1",
    "a form feed before the version": b"GET /\x0cHTTP/1.1",
    "a space before the method": b" GET / HTTP/1.1",
    "a space behind the version": b"GET / HTTP/1.1 ",
    "a space within the target": b"GET /a b HTTP/1.1",
    "a fourth word": b"GET / HTTP/1.1 x",
    "a version in lower case": b"GET / http/1.1",
    "a version in mixed case": b"GET / Http/1.1",
    "a version without minor": b"GET / HTTP/1",
    "a version with an empty minor": b"GET / HTTP/1.",
    "a version with an empty major": b"GET / HTTP/.1",
    "a version with two minor digits": b"GET / HTTP/1.10",
    "a version with two major digits": b"GET / HTTP/11.1",
    "a version with a comma": b"GET / HTTP/1,1",
    "a version with a sign": b"GET / HTTP/+1.1",
    "a space within the version": b"GET / HTTP/ 1.1",
    "a space before the version's slash": b"GET / HTTP /1.1",
    "another protocol": b"GET / HTTQ/1.1",
    "no protocol": b"GET / 1.1",
    "a NUL in the method": b"G\x00T / HTTP/1.1",
    "a NUL in the target": b"GET /\x00 HTTP/1.1",
    "a NUL in the version": b"GET / HTTP/1.1\x00",
    "a parenthesis in the method": b"GE(T / HTTP/1.1",
    "a colon in the method": b"GET: / HTTP/1.1",
    "a slash in the method": b"GE/T / HTTP/1.1",
    "a quote in the method": b'"GET" / HTTP/1.1',
    "a comma in the method": b"GET,POST / HTTP/1.1",
    "a byte above 127 in the method": b"G\xc9T / HTTP/1.1",
    "an empty method": b" / HTTP/1.1",
    "a version with three numbers": b"GET / HTTP/1.1.1",
    "a version with a leading zero": b"GET / HTTP/01.1",
    "a version with a letter": b"GET / HTTP/1.x",
    "an Arabic digit in the version": "GET / HTTP/1.\u0661".encode(),
    "an answer": b"HTTP/1.1 200 OK",
    "a request of SIP": b"OPTIONS sip:a SIP/2.0",
}.items():
    bad("3", name, request(line=line))
bad("2.2", "a request line ended by LF alone", b"GET / HTTP/1.1\nHost: a\r\n\r\n")
bad("2.2", "a head of LF alone", b"GET / HTTP/1.1\nHost: a\n\n")
bad("2.2", "a request line ended by CR alone", b"GET / HTTP/1.1\rHost: a\r\n\r\n")
bad("2.2", "a request line ended by CR CR LF", b"GET / HTTP/1.1\r\r\nHost: a\r\n\r\n")
bad("2.2", "a bare LF before the request", b"\n" + request())
bad("2.2", "a bare CR before the request", b"\r" + request())
bad("2.2", "CR CR LF before the request", b"\r\r\n" + request())
fine("2.2", "an empty line between two requests", request() + b"\r\n" + request(), 200, 200)
bad("2.2", "an empty line with a space before the request", b" \r\n" + request())
bad("2.2", "a TLS handshake", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64))
bad("3", "bytes that are no text", bytes(range(128, 256)) + b"\r\n\r\n")
bad("2.2", "the greeting of SOCKS", b"\x05\x02\x00\x01")
bad("2.2", "the banner of SSH", b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
for version in (b"HTTP/2.0", b"HTTP/3.0", b"HTTP/0.9", b"HTTP/9.9"):
    bad("9110 2.5", f"version {version.decode()}", request(line=b"GET / " + version), {505, 400})
bad("9110 2.5", "the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {505, 400})

# Methods

for method in (b"FOO", b"get", b"Get", b"GETX", b"G", b"!#$%&'*+-.^_`|~9", b"A" * 200):
    name = f"the method {method.decode()[:20]}"
    fine("9110 9.1", name, target(b"/", method), {501, 405}, methods=("FOO",))
fine("9110 9.1", "PATCH of what takes none", target(b"/", b"PATCH"), {405, 501})
fine("9110 9.1", "TRACE", target(b"/", b"TRACE"), {405, 501})
fine("9110 9.1", "DELETE of what takes none", target(b"/", b"DELETE"), {405, 501})
closes("9110 9.3.6", "CONNECT", target(b"a:80", b"CONNECT"), {400, 404, 405, 501})
fine("9110 9.3.2", "HEAD has no body", target(b"/", b"HEAD"), methods=("HEAD",))
fine("9110 9.3.2", "HEAD, then GET", target(b"/", b"HEAD") + request(), 200, 200, methods=("HEAD", "GET"))
fine("9110 9.3.2", "HEAD of nothing", target(b"/none", b"HEAD"), 404, methods=("HEAD",))
bad(
    "9110 9.3.2",
    "a HEAD that is refused has no body",
    request(b"Host: b", line=b"HEAD / HTTP/1.1"),
    methods=("HEAD",),
)
HEAD_LINE = b"HEAD / HTTP/1.1"
bad("9110 9.3.2", "a HEAD without Host has no body", request(line=HEAD_LINE, host=None), methods=("HEAD",))
bad("9110 9.3.2", "a HEAD with two framings has no body", request(b"Content-Length: 5", b"Transfer-Encoding: chunked", line=HEAD_LINE), methods=("HEAD",))
bad("9110 9.3.2", "a HEAD with a bad length has no body", request(b"Content-Length: x", line=HEAD_LINE), methods=("HEAD",))
bad("9110 9.3.2", "a HEAD with a target of 64 KiB has no body", target(b"/?" + b"x" * 64 * KIB, b"HEAD"), {400, 414, 431}, methods=("HEAD",))
bad("9110 9.3.2", "a HEAD that is too large has no body", request(b"X: " + b"x" * 64 * KIB, line=HEAD_LINE), {400, 431}, methods=("HEAD",))
bad("9110 9.3.2", "a HEAD with too large a body has no body", request(b"Content-Length: %d" % (10 * MIB + 1), line=HEAD_LINE), 413, needs="limits", methods=("HEAD",))
fine("9110 9.3.2", "a HEAD may have a body", request(b"Content-Length: 5", line=HEAD_LINE, body=b"hello"), methods=("HEAD",))
fine("9110 9.3.2", "HEAD of what takes none", target(b"/echo", b"HEAD"), 405, needs="/echo", methods=("HEAD",))
fine("9110 9.3.2", "HEAD of a whole URI", target(b"http://a/", b"HEAD"), methods=("HEAD",))
closes("9110 9.3.2", "HEAD of HTTP/1.0", request(line=b"HEAD / HTTP/1.0"), 200, methods=("HEAD",))
fine("9110 9.1", "POST of what takes none", request(b"Content-Length: 5", line=b"POST / HTTP/1.1", body=b"hello"), {405, 501})
fine("9110 9.1", "PUT of what takes none", request(b"Content-Length: 5", line=b"PUT / HTTP/1.1", body=b"hello"), {405, 501})
fine("9110 9.3.7", "OPTIONS with a body", request(b"Content-Length: 5", line=b"OPTIONS / HTTP/1.1", body=b"hello"), {200, 204}, needs="options")
closes("9110 9.3.7", "OPTIONS * of HTTP/1.0", request(line=b"OPTIONS * HTTP/1.0"), {200, 204}, needs="options")
fine("9110 9.3.7", "OPTIONS of a resource", target(b"/", b"OPTIONS"), {200, 204}, needs="options")
fine("9110 9.3.7", "OPTIONS *", target(b"*", b"OPTIONS"), {200, 204}, needs="options")

# Request target

fine("3.2.1", "an empty query", target(b"/?"))
fine("3.2.1", "a query of everything that may be in one", target(b"/?a=/?:@-._~!$&'()*+,;=%20"))
fine("3986 3.3", "everything that may be in a path", target(b"/-._~!$&'()*+,;=:@%20"), 404)
fine("3986 2.1", "percent-escapes in either case", target(b"/%c3%A9"), 404)
fine("3.2.1", "two slashes", target(b"//a"), 404)
fine("3.2.2", "a whole URI", target(b"http://a/"))
fine("3.2.2", "a whole URI in capitals", target(b"HTTP://A/"))
fine("3.2.2", "a whole URI with a port", target(b"http://a:80/"))
fine("3.2.2", "a whole URI with an empty port", target(b"http://a:/"))
fine("3.2.2", "a whole URI without a path", target(b"http://a"))
fine("3.2.2", "a whole URI without a path and with a query", target(b"http://a?x=1"))
fine("3.2.2", "a whole URI of an IPv6 address", target(b"http://[::1]:80/"))
fine("3.2.2", "a whole URI outranks Host", target(b"http://b/"))
fine("3.2.2", "a whole URI with a query", target(b"http://a/?x=1"))
fine("3.2.2", "a path that is not there in a whole URI", target(b"http://a/none"), 404)
closes("3.2.2", "a whole URI and HTTP/1.0 without Host", request(line=b"GET http://a/ HTTP/1.0", host=None), 200)
fine("3.2.1", "a path that looks like a whole URI", target(b"/http://a/"), 404)
fine("3.2.1", "a path with a colon and an at sign", target(b"/a:b@c"), 404)
fine("3.2.4", "OPTIONS of a whole URI without a path", target(b"http://a", b"OPTIONS"), {200, 204}, needs="options")
for words in (b"http://u@a", b"http://a:99999", b"http://[zz"):
    bad("3.2.4", f"OPTIONS of {words.decode()}", target(words, b"OPTIONS"))
for name, words in {
    "* for GET": b"*",
    "* with a query": b"*?x",
    "* twice": b"**",
    "* and a path": b"*/",
    "no leading slash": b"hello",
    "a query alone": b"?x",
    "dots alone": b"..",
    "a fragment": b"/#x",
    "a lone percent sign": b"/%",
    "half a percent-escape": b"/%4",
    "a percent-escape that is none": b"/%zz",
    "a percent-escape with a sign": b"/%+1",
    "a percent-escape of four digits": b"/%u0041",
    "a half percent-escape in the query": b"/?x=%4",
    "a quote": b'/"',
    "an angle bracket": b"/<",
    "a backslash": b"/\\",
    "a caret": b"/^",
    "a backtick": b"/`",
    "a brace": b"/{",
    "a bar": b"/|",
    "a square bracket": b"/[",
    "a quote in the query": b'/?"',
    "a byte above 127": b"/\xc3\xa9",
    "a byte above 127 in the query": b"/?\xff",
    "a DEL": b"/\x7f",
    "a control character": b"/\x01",
    "an escape that breaks off before the query": b"/%4?x",
    "a whole URI with a quote": b'http://a/"',
    "a whole URI with a half percent-escape": b"http://a/%4",
    "a whole URI with a space escaped in its host": b"http://a%zz/",
    "a whole URI with two ports": b"http://a:80:80/",
    "a whole URI with empty user information": b"http://@a/",
    "a whole URI with a backslash": b"http:\\\\a\\",
    "a whole URI without a host": b"http:///",
    "a whole URI with nothing": b"http://",
    "a whole URI with a port alone": b"http://:80/",
    "a whole URI with user information": b"http://u@a/",
    "a whole URI with a word for a port": b"http://a:x/",
    "a whole URI with a port out of range": b"http://a:99999/",
    "a whole URI with a broken IPv6 address": b"http://[::1/",
    "a whole URI with one slash": b"http:/a/",
    "a whole URI with a fragment": b"http://a/#x",
    "another scheme": b"ftp://a/",
    "a file": b"file:///etc/passwd",
    "a script": b"javascript:alert(1)",
}.items():
    bad("3.2", f"target: {name}", target(words))
bad("9110 7.4", "target: https without a secured connection", target(b"https://a/"), {421, 400})
bad("3.2.3", "a host and port for GET", target(b"a:80"))
for words in (b"/../etc/passwd", b"/files/../app.py", b"/files/..%2fapp.py", b"/files/%2e%2e/app.py"):
    fine("3986 6.2.2.3", f"no way out by {words.decode()}", target(words), {400, 403, 404})
fine("3986 2.1", "an escaped letter is the letter", target(b"/%68ello"), needs="/hello")
fine("3986 2.1", "an escaped slash is no slash", target(b"/slow%2f0"), {404, 400}, needs="/slow")

# Field lines

fine("5.1", "no space behind the colon", request(b"X:1"))
fine("5.1", "spaces and tabs round the value", request(b"X: \t 1 \t "))
fine("5.1", "an empty value", request(b"X:"))
fine("5.1", "a value of white space", request(b"X:  \t"))
fine("5.1", "a colon in the value", request(b"X: a:b"))
fine("5.1", "every token character in the name", request(b"!#$%&'*+-.^_`|~09azAZ: 1"))
fine("9110 5.1", "names in any case", request(b"X-A: 1", host=b"hOsT: a"))
fine("9110 5.5", "bytes above 127 in the value", request(b"X: caf\xc3\xa9 \xff"))
fine("9110 5.3", "a name said twice", request(b"X: 1", b"X: 2"))
fine("5", "a hundred field lines", request(*[b"X-%d: 1" % n for n in range(100)]))
fine("5.4", "a value of 8 KiB", request(b"X: " + b"x" * 8 * KIB))
fine("9110 5.5", "quotes, backslashes and commas in the value", request(b'X: "a\\"b", \\, ,'))
fine("5.1", "Content_Length is another field", request(b"Content_Length: 5"))
fine("9110 14.2", "a range may be passed over", request(b"Range: bytes=0-0"), {200, 206})
fine("9110 10.1.4", "TE says what may be answered", request(b"TE: trailers, deflate;q=0.5"))
fine("9110 13.1.2", "a condition that is not met", request(b'If-None-Match: "x"'))
fine("9110 13.1.2", "what a client has is not sent again", request(b"If-None-Match: *", line=b"GET /files/hello.txt HTTP/1.1"), 304, needs="/files")
fine("9110 13.1.2", "what a client has not is sent", request(b'If-None-Match: "x"', line=b"GET /files/hello.txt HTTP/1.1"), 200, needs="/files")
for name, line in {
    "a space before the colon": b"X : 1",
    "a tab before the colon": b"X\t: 1",
    "no colon": b"X",
    "an empty name": b": 1",
    "a space in the name": b"X Y: 1",
    "a folded line": b"X: 1\r\n 2",
    "a line folded with a tab": b"X: 1\r\n\t2",
    "a folded line that looks like a field": b"X: 1\r\n Y: 2",
    "a line of white space": b" ",
    "a NUL in the value": b"X: a\x00b",
    "a NUL in the name": b"X\x00: 1",
    "a DEL in the value": b"X: a\x7fb",
    "a BEL in the value": b"X: a\x07b",
    "a vertical tab in the value": b"X: a\x0bb",
    "a form feed before the value": b"X:\x0c1",
    "an escape in the value": b"X: a\x1bb",
    "a bare CR in the value": b"X: a\rb",
    "a bare CR before the value": b"X:\r1",
    "a bare CR that hides a field": b"X: a\rTransfer-Encoding: chunked",
    "a bare LF in the value": b"X: a\nb",
    "a bare LF that hides a field": b"X: a\nTransfer-Encoding: chunked",
    "a line ended by CR CR LF": b"X: a\r",
    "a byte above 127 in the name": b"X\xe9: 1",
    "a soft hyphen in the name": b"Content\xadLength: 5",
    "a DEL in the name": b"X\x7f: 1",
    "a tab in the name": b"X\tY: 1",
    "a carriage return in the name": b"X\rY: 1",
    "a line feed in the name": b"X\nY: 1",
    "a NUL before the value": b"X:\x001",
    "a NUL behind the value": b"X: 1\x00",
    "a line of a colon": b":",
    "a space before Content-Length's colon": b"Content-Length : 0",
    "a tab before Content-Length's colon": b"Content-Length\t: 0",
    "a folded Content-Length": b"Content-Length: 5\r\n 0",
    "a folded Transfer-Encoding": b"Transfer-Encoding:\r\n chunked",
    "a Transfer-Encoding with a folded end": b"Transfer-Encoding: chunked\r\n , identity",
    "a request line among the fields": b"GET / HTTP/1.1",
}.items():
    bad("5", f"field: {name}", request(line))
for character in b'"(),/;<=>?@[\\]{}':
    bad("9110 5.6.2", f"field: {chr(character)} in the name", request(b"X%cY: 1" % character))
bad("2.2", "white space before the first field", b"GET / HTTP/1.1\r\n Host: a\r\n\r\n")
bad("2.2", "a fold before the first field", b"GET / HTTP/1.1\r\n X: 1\r\nHost: a\r\n\r\n")
bad("2.2", "a head ended by LF LF", b"GET / HTTP/1.1\r\nHost: a\n\n")
bad("2.2", "a head ended by CR LF LF", b"GET / HTTP/1.1\r\nHost: a\r\n\n")
bad("2.2", "a head ended by LF CR LF", b"GET / HTTP/1.1\r\nHost: a\n\r\n")
bad("2.2", "a head ended by CR CR", b"GET / HTTP/1.1\r\nHost: a\r\r\n\r\n")

# Host

bad("3.2", "Host missing", request(host=None))
bad("3.2", "Host twice", request(b"Host: b"))
bad("3.2", "Host twice the same", request(b"Host: a"))
bad("3.2", "Host missing beside a whole URI", request(line=b"GET http://a/ HTTP/1.1", host=None))
bad("3.2", "Host malformed beside a whole URI", request(line=b"GET http://a/ HTTP/1.1", host=b"Host: a b"))
for value in (b"a", b"a.b-c_d", b"a:80", b"a:0000000080", b"a:", b"127.0.0.1:8001", b"[::1]", b"[::1]:80", b"[::ffff:1.2.3.4]", b"[v1.a:b]", b"a%2Db", b"", b"A.B.", b"a!$&'()*+;=~b"):
    fine("9110 7.2", f"Host: {value.decode()}", request(host=b"Host: " + value))
fine("9110 7.2", "Host between white space", request(host=b"Host:\t a \t"))
for value in (
    b"a:8x", b"a:-1", b"a:+80", b"a: 80", b"a:99999", b"a:0000099999", b"a:80:80", b"a b", b"a, b", b"a/", b"a/b",
    b"a?b", b"a#b", b"u@a", b"http://a", b"[::1", b"::1", b"[::g]", b"[1:2]", b"[]", b"a]", b"a\\b",
    b"a<b", b"a^b", b"a\xe9", b"%", b"%zz", b":80", b"\"a\"", b"a\tb", b"a|b", b"{a}", b"[::1]a", b"[::1]:x", b"[a", b"*:a", b"[v1]", b"[v.a]", b"[vg.a]", b"[v1.]",
):  # fmt: skip
    bad("3.2", f"Host: {value.decode('latin-1')}", request(host=b"Host: " + value))
closes("3.2", "HTTP/1.0 may leave Host out", request(line=b"GET / HTTP/1.0", host=None), 200)
bad("3.2", "HTTP/1.0 with Host twice", request(b"Host: b", line=b"GET / HTTP/1.0"))
bad("3.2", "HTTP/1.0 with Host malformed", request(line=b"GET / HTTP/1.0", host=b"Host: a b"))
bad("3.2", "a space before Host's colon", request(host=b"Host : a"))

# Content-Length

fine("6.2", "a body of 5 bytes", post(b"Content-Length: 5", body=b"hello"), needs="/echo")
fine("6.2", "an empty body", post(b"Content-Length: 0"), needs="/echo")
fine("6.2", "no length is no body", post(), needs="/echo")
fine("9110 8.6", "a length of twenty digits", post(b"Content-Length: %020d" % 5, body=b"hello"), needs="/echo")
bad("9110 8.6", "Content-Length: a thousand zeros and 5", post(b"Content-Length: " + b"0" * 1000 + b"5", body=b"hello"), {400, 413})
fine("9110 8.6", "a length with leading zeros", post(b"Content-Length: 005", body=b"hello"), needs="/echo")
fine("9110 8.6", "white space round the length", post(b"Content-Length: \t5 ", body=b"hello"), needs="/echo")
fine("9110 9.3.1", "a body on GET is no request", request(b"Content-Length: 37", body=b"GET /none HTTP/1.1\r\nHost: smuggled\r\n\r\n"[:37]))
for name, value in {
    "a plus sign": b"+5",
    "a minus sign": b"-5",
    "an underscore": b"0_5",
    "a space within": b"5 5",
    "a letter": b"5x",
    "hexadecimal": b"0x5",
    "a point": b"5.0",
    "an exponent": b"5e0",
    "nothing": b"",
    "a list of the same": b"5, 5",
    "a list of others": b"5, 6",
    "a list with an empty end": b"5,",
    "a semicolon": b"5;",
    "quotes": b'"5"',
    "a superscript digit": b"\xb2",
    "a full-width digit": "\uff15".encode(),
    "an Arabic digit": "\u0665".encode(),
    "a vertical tab": b"\x0b5",
    "a no-break space": b"\xa05",
    "a minus sign and zero": b"-0",
    "a plus sign and zero": b"+0",
    "two signs": b"--5",
    "a NUL": b"5\x00",
    "a form feed": b"\x0c5",
    "an empty start of a list": b",5",
    "a list with a length and a word": b"5, x",
    "infinity": b"inf",
    "a percent-escape": b"%35",
}.items():
    bad("6.3", f"Content-Length: {name}", post(b"Content-Length: " + value, body=b"hello"))
bad("6.3", "Content-Length twice", post(b"Content-Length: 5", b"Content-Length: 6", body=b"hello!"))
bad("6.3", "Content-Length twice the same", post(b"Content-Length: 5", b"Content-Length: 5", body=b"hello"))
bad("6.3", "Content-Length twice, one of them empty", post(b"Content-Length: 5", b"Content-Length:", body=b"hello"))
bad("6.3", "Content-Length three times", post(b"Content-Length: 5", b"Content-Length: 5", b"Content-Length: 4", body=b"hello"))
closes("6.2", "a byte more than the length belongs to the next request", post(b"Content-Length: 5", body=b"hello!"), 200, {400, 405, 501}, needs="/echo")
closes("6.2", "a byte less than the length is taken from the next request", post(b"Content-Length: 6", body=b"hello"), 200, {400, 405, 501}, needs="/echo")
bad("6.3", "Content-Length twice in other cases", post(b"Content-Length: 5", b"content-length: 0", body=b"hello"))
for name, digits in {"2 to the 63": b"%d" % 2**63, "2 to the 64 and 5": b"%d" % (2**64 + 5), "5000 digits": b"9" * 5000}.items():
    bad("9110 8.6", f"Content-Length: {name}", post(b"Content-Length: " + digits, body=b"hello"), {400, 413})
bad("9110 8.6", "Content-Length: negative and HTTP/1.0", request(b"Content-Length: -1", line=b"POST /echo HTTP/1.0"))
bad("9110 15.5.14", "a body too large by its length", post(b"Content-Length: %d" % (10 * MIB + 1)), 413, needs="/echo")
fine("9110 15.5.14", "a body as large as may be", post(b"Content-Length: %d" % (10 * MIB), body=bytes(10 * MIB)), needs="limits")

# Transfer-Encoding

HELLO = b"5\r\nhello\r\n0\r\n\r\n"
fine("7.1", "a chunked body", chunked(HELLO), needs="/echo")
fine("7.1", "an empty chunked body", chunked(b"0\r\n\r\n"), needs="/echo")
fine("7.1", "two chunks", chunked(b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"), needs="/echo")
fine("7.1", "a chunk of sixteen", chunked(b"10\r\n0123456789abcdef\r\n0\r\n\r\n"), needs="/echo")
fine("7.1", "a size in capitals", chunked(b"A\r\n0123456789\r\n0\r\n\r\n"), needs="/echo")
fine("7.1", "a size of twenty digits", chunked(b"%020x\r\nhello\r\n0\r\n\r\n" % 5), needs="/echo")
fine("7.1", "a size with leading zeros", chunked(b"0005\r\nhello\r\n000\r\n\r\n"), needs="/echo")
fine("7.1", "a chunk that looks like the last", chunked(b"5\r\n0\r\n\r\n\r\n0\r\n\r\n"), needs="/echo")
fine("7.1.1", "an extension", chunked(b"5;a\r\nhello\r\n0\r\n\r\n"), needs="/echo")
fine("7.1.1", "an extension with a value", chunked(b"5;a=b\r\nhello\r\n0;c\r\n\r\n"), needs="/echo")
fine("7.1.1", "an extension with a quoted value", chunked(b'5;a="b;c\\"d"\r\nhello\r\n0\r\n\r\n'), needs="/echo")
fine("7.1.1", "an extension between white space", chunked(b"5; a = b\r\nhello\r\n0\r\n\r\n"), needs="/echo")
fine("7.1.1", "two extensions with white space between them", chunked(b"5;a=b \t;c\r\nhello\r\n0\r\n\r\n"), needs="/echo")
fine("7.1.2", "a trailer", chunked(b"5\r\nhello\r\n0\r\nX: 1\r\n\r\n"), needs="/echo")
bad("9110 6.5.1", "a trailer that would be a length", chunked(b"5\r\nhello\r\n0\r\nContent-Length: 99\r\n\r\n"), needs="/echo")
fine("7.1.2", "two trailers", chunked(b"5\r\nhello\r\n0\r\nX: 1\r\nY: 2\r\n\r\n"), needs="/echo")
fine("7.1.2", "a trailer without a value", chunked(b"5\r\nhello\r\n0\r\nX:\r\n\r\n"), needs="/echo")
bad("9110 6.5.1", "a trailer that would be a coding", chunked(b"5\r\nhello\r\n0\r\nTransfer-Encoding: gzip\r\n\r\n"), needs="/echo")
bad("9110 6.5.1", "a trailer that would be a second Host", chunked(b"5\r\nhello\r\n0\r\nHost: b\r\n\r\n"), needs="/echo")
fine("7.1.2", "a trailer that would end the conversation", chunked(b"5\r\nhello\r\n0\r\nConnection: close\r\n\r\n"), needs="/echo")
fine("7.1.1", "two extensions", chunked(b"5;a;b=c\r\nhello\r\n0\r\n\r\n"), needs="/echo")
fine("7.1.1", "an extension with nothing in quotes", chunked(b'5;a=""\r\nhello\r\n0\r\n\r\n'), needs="/echo")
fine("7.1.1", "an extension of the last chunk", chunked(b"5\r\nhello\r\n0;a=b\r\n\r\n"), needs="/echo")
fine("7.1", "a chunked body on GET is no request", request(b"Transfer-Encoding: chunked", body=HELLO))
fine("7.1", "bytes of every value in a chunk", chunked(b"100\r\n" + bytes(range(256)) + b"\r\n0\r\n\r\n"), needs="/echo")
fine("7.1", "a thousand chunks of one byte", chunked(b"1\r\nx\r\n" * 1000 + b"0\r\n\r\n"), needs="/echo")
fine("7", "the coding's name in capitals", post(b"Transfer-Encoding: CHUNKED", body=HELLO), needs="/echo")
fine("7", "white space round the coding", post(b"Transfer-Encoding: \tchunked ", body=HELLO), needs="/echo")
bad("6.1", "Content-Length, then Transfer-Encoding", post(b"Content-Length: 5", b"Transfer-Encoding: chunked", body=HELLO))
bad("6.1", "Transfer-Encoding, then Content-Length", post(b"Transfer-Encoding: chunked", b"Content-Length: 15", body=HELLO))
bad("6.1", "Transfer-Encoding and a length of 0", chunked(HELLO, b"Content-Length: 0"))
bad("6.1", "HTTP/1.0 and Transfer-Encoding", request(b"Transfer-Encoding: chunked", line=b"POST /echo HTTP/1.0", body=HELLO))
bad("6.1", "HTTP/1.0, keep-alive and Transfer-Encoding", request(b"Connection: keep-alive", b"Transfer-Encoding: chunked", line=b"POST /echo HTTP/1.0", body=HELLO))
for name, value in {
    "chunked twice": b"chunked, chunked",
    "chunked not last": b"chunked, gzip",
    "chunked not last but identity": b"chunked, identity",
    "identity": b"identity",
    "gzip alone": b"gzip",
    "gzip, then chunked": b"gzip, chunked",
    "identity, then chunked": b"identity, chunked",
    "an empty element first": b", chunked",
    "an empty element last": b"chunked,",
    "nothing": b"",
    "a word before": b"xchunked",
    "a word behind": b"chunkedx",
    "a parameter": b"chunked;q=1",
    "quotes": b'"chunked"',
    "a vertical tab": b"\x0bchunked",
    "a form feed": b"\x0cchunked",
    "a quoted list": b'"chunked, gzip"',
    "an unknown coding, then chunked": b"x, chunked",
    "chunked, then a parameter": b"chunked ;a=b",
    "a NUL behind": b"chunked\x00",
    "a no-break space": b"\xa0chunked",
    "a space within": b"chun ked",
    "a semicolon": b"chunked;",
}.items():
    bad("6.1", f"Transfer-Encoding: {name}", post(b"Transfer-Encoding: " + value, body=HELLO), {400, 501})
bad("6.1", "Transfer-Encoding twice", post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", body=HELLO), {400, 501})
bad("6.1", "Transfer-Encoding twice, identity last", post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity", body=HELLO), {400, 501})
bad("6.1", "Transfer-Encoding twice, the first empty", post(b"Transfer-Encoding:", b"Transfer-Encoding: chunked", body=HELLO), {400, 501})
bad("6.1", "Transfer-Encoding twice, the last unknown", post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: x", body=HELLO), {400, 501})
bad("6.1", "Transfer-Encoding and two lengths", chunked(HELLO, b"Content-Length: 5", b"Content-Length: 5"))
bad("6.1", "Transfer-Encoding and a length that is none", chunked(HELLO, b"Content-Length: x"))
bad("6.1", "an unknown coding and a length", post(b"Transfer-Encoding: x", b"Content-Length: 5", body=b"hello"), {400, 501})
bad("6.1", "HTTP/1.0, Content-Length and Transfer-Encoding", request(b"Content-Length: 5", b"Transfer-Encoding: chunked", line=b"POST /echo HTTP/1.0", body=HELLO))
bad("6.1", "Transfer-Encoding twice, identity first", post(b"Transfer-Encoding: identity", b"Transfer-Encoding: chunked", body=HELLO), {400, 501})
bad("5.1", "Transfer-Encoding with a space before its colon", post(b"Transfer-Encoding : chunked", body=HELLO))
bad("5.2", "Transfer-Encoding in a folded line", post(b"X: 1\r\n Transfer-Encoding: chunked", b"Content-Length: 5", body=b"hello"))
bad("6.1", "Transfer_Encoding is another field", post(b"Transfer_Encoding: chunked", body=HELLO), 200, {400, 501}, needs="/echo")

# Chunks

for name, body in {
    "a plus sign": b"+5\r\nhello\r\n0\r\n\r\n",
    "a minus sign": b"-5\r\nhello\r\n0\r\n\r\n",
    "0x": b"0x5\r\nhello\r\n0\r\n\r\n",
    "an underscore": b"0_5\r\nhello\r\n0\r\n\r\n",
    "a space before it": b" 5\r\nhello\r\n0\r\n\r\n",
    "a space behind it": b"5 \r\nhello\r\n0\r\n\r\n",
    "a tab behind it": b"5\t\r\nhello\r\n0\r\n\r\n",
    "a space before an extension": b"5 ;a\r\nhello\r\n0\r\n\r\n",
    "nothing": b"\r\nhello\r\n0\r\n\r\n",
    "a letter that is no digit": b"g\r\nhello\r\n0\r\n\r\n",
    "a point": b"5.0\r\nhello\r\n0\r\n\r\n",
    "a full-width digit": "\uff15\r\nhello\r\n0\r\n\r\n".encode(),
    "a bare LF": b"5\nhello\r\n0\r\n\r\n",
    "a bare CR": b"5\rhello\r\n0\r\n\r\n",
    "a NUL": b"5\x00\r\nhello\r\n0\r\n\r\n",
    "a comma": b"5,a\r\nhello\r\n0\r\n\r\n",
    "quotes": b'"5"\r\nhello\r\n0\r\n\r\n',
    "an h behind it": b"5h\r\nhello\r\n0\r\n\r\n",
    "a minus sign before the last": b"5\r\nhello\r\n-0\r\n\r\n",
    "an empty line before the last": b"5\r\nhello\r\n\r\n0\r\n\r\n",
    "CR CR LF": b"5\r\r\nhello\r\n0\r\n\r\n",
    "a request line instead": b"GET / HTTP/1.1\r\n\r\n",
}.items():
    bad("7.1", f"chunk size: {name}", chunked(body))
bad("7.1", "chunk size: 2 to the 64 and 5", chunked(b"10000000000000005\r\nhello\r\n0\r\n\r\n"), {400, 413})
bad("7.1", "chunk size: all sixteen digits F", chunked(b"FFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n"), {400, 413})
bad("7.1", "chunk size: a thousand zeros and 5", chunked(b"0" * 1000 + b"5\r\nhello\r\n0\r\n\r\n"), {400, 413, 431})
for name, body in {
    "data longer than the size": b"4\r\nhello\r\n0\r\n\r\n",
    "data shorter than the size": b"6\r\nhello\r\n0\r\n\r\n",
    "data without its line end": b"5\r\nhello0\r\n\r\n",
    "data ended by LF alone": b"5\r\nhello\n0\r\n\r\n",
    "data ended by CR alone": b"5\r\nhello\r0\r\n\r\n",
    "data ended by two other bytes": b"5\r\nhelloXX0\r\n\r\n",
    "data ended by LF CR": b"5\r\nhello\n\r0\r\n\r\n",
    "data behind the last": b"0\r\nhello\r\n\r\n",
}.items():
    bad("7.1", f"chunk: {name}", chunked(body))
for name, extension in {
    "no name": b";",
    "two semicolons": b";;a",
    "a value without a name": b";=b",
    "an equals sign without a value": b";a=",
    "a space in the name": b";a b",
    "an open quote": b';a="b',
    "a NUL": b";a=\x00",
    "a bare CR": b";a\rb",
    "a bare LF": b";a\nb",
    "a bare LF in quotes": b';a="\n"',
    "a CR at the end": b";a\r",
    "a CR in quotes": b';a="\r"',
    "a DEL in quotes": b';a="\x7f"',
    "a NUL behind a backslash": b';a="\\\x00"',
    "bytes behind the quotes": b';a="b"c',
    "a byte above 127 in the name": b";\xe9",
    "a comma": b";a,b",
}.items():
    bad("7.1.1", f"chunk extension: {name}", chunked(b"5" + extension + b"\r\nhello\r\n0\r\n\r\n"))
bad("7.1.1", "chunk extension: 64 KiB", chunked(b"5;" + b"a" * 64 * KIB + b"\r\nhello\r\n0\r\n\r\n"), {400, 413, 431})
bad("7.1.1", "chunk extension: 10,000 of 8 bytes", chunked(b"1;a=bcdef\r\nx\r\n" * 10_000 + b"0\r\n\r\n"), {400, 413, 431})
bad("9110 15.5.14", "a body too large by one chunk", chunked(b"A00001\r\n"), 413, needs="limits")
bad("9110 15.5.14", "a body too large by two chunks", chunked(b"5\r\nhello\r\nA00000\r\n"), 413, needs="limits")
for name, trailer in {
    "no colon": b"X",
    "a space before the colon": b"X : 1",
    "a fold": b"X: 1\r\n 2",
    "an empty name": b": 1",
    "a NUL": b"X: \x00",
    "a bare LF": b"X: 1\nY: 2",
    "a bare CR": b"X: 1\rY: 2",
    "a fold at once": b" X: 1",
    "a DEL": b"X: \x7f",
    "a space in the name": b"X Y: 1",
    "a byte above 127 in the name": b"\xe9: 1",
    "a request line": b"GET / HTTP/1.1",
}.items():
    bad("7.1.2", f"trailer: {name}", chunked(b"5\r\nhello\r\n0\r\n" + trailer + b"\r\n\r\n"))
bad("7.1.2", "trailer: ended by LF alone", chunked(b"5\r\nhello\r\n0\r\nX: 1\n\r\n"))
bad("7.1.2", "trailer: 64 KiB", chunked(b"0\r\nX: " + b"a" * 64 * KIB + b"\r\n\r\n"), {400, 413, 431})
bad("7.1.2", "trailer: 20,000 lines", chunked(b"0\r\n" + b"X: 1\r\n" * 20_000 + b"\r\n"), {400, 413, 431})
bad("7.1", "the last chunk ended by LF alone", chunked(b"5\r\nhello\r\n0\n\n"))

# Connections

fine("9.3.2", "three requests in one send", request() * 3, 200, 200, 200)
fine("9.3", "keep-alive said aloud", request(b"Connection: keep-alive"))
fine("9110 7.6.1", "a connection option that nobody knows", request(b"Connection: x-unknown"))
fine("9110 7.6.1", "no connection option", request(b"Connection:"))
fine("9110 5.6.1.2", "empty elements among the connection options", request(b"Connection: , keep-alive, ,"))
fine("9110 7.6.1", "options that only begin or end like close", request(b"Connection: closed, xclose, close-soon"))
fine("9110 7.6.1", "close in quotes is no close", request(b'Connection: "close"'))
fine("9110 7.6.1", "close in another field", request(b"X-Connection: close", b"Keep-Alive: close"))
closes("9110 5.6.1.2", "close among empty elements", request(b"Connection: ,, close,"), 200)
closes("9.3", "keep-alive and close", request(b"Connection: keep-alive, close"), 200)
closes("9.3", "close and keep-alive", request(b"Connection: close, keep-alive"), 200)
closes("9.3", "close, then keep-alive in a second line", request(b"Connection: close", b"Connection: keep-alive"), 200)
closes("9110 7.6.1", "close between tabs", request(b"Connection: keep-alive\t,\tclose\t"), 200)
closes("9.6", "close behind a body", post(b"Connection: close", b"Content-Length: 5", body=b"hello"), 200, needs="/echo")
closes("9.6", "close of a resource that is not there", request(b"Connection: close", line=b"GET /none HTTP/1.1"), 404)
fine("9110 7.8", "an upgrade may be passed over", request(b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="))
fine("9110 7.8", "an upgrade to HTTP/2 may be passed over", request(b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"))
fine("9110 7.8", "an upgrade with a body", post(b"Connection: Upgrade", b"Upgrade: h2c", b"Content-Length: 5", body=b"hello"), needs="/echo")
closes("9.6", "close", request(b"Connection: close"), 200)
closes("9110 7.6.1", "close in capitals", request(b"Connection: CLOSE"), 200)
closes("9110 7.6.1", "close in a list", request(b"Connection: x-unknown , close"), 200)
closes("9110 7.6.1", "close in a second line", request(b"Connection: x-unknown", b"Connection: close"), 200)
closes("9.3", "HTTP/1.0 is closed unless told", request(line=b"GET / HTTP/1.0"), 200)
fine("9.3", "HTTP/1.0 with keep-alive", request(b"Connection: keep-alive", line=b"GET / HTTP/1.0"))
fine("9.3", "HTTP/1.0 with keep-alive in capitals", request(b"Connection: Keep-Alive", line=b"GET / HTTP/1.0"))
fine("9.3", "HTTP/1.0 with keep-alive in a list", request(b"Connection: x-unknown, keep-alive", line=b"GET / HTTP/1.0"))
fine("9.3", "HTTP/1.0 with keep-alive and a body", request(b"Connection: keep-alive", b"Content-Length: 5", line=b"POST /echo HTTP/1.0", body=b"hello"), needs="/echo")
closes("9.3", "HTTP/1.0 with another word", request(b"Connection: keepalive", line=b"GET / HTTP/1.0"), 200)
closes("9.3", "HTTP/1.0 with Keep-Alive alone", request(b"Keep-Alive: timeout=5", line=b"GET / HTTP/1.0"), 200)
closes("C.2.2", "HTTP/1.0 with Proxy-Connection", request(b"Proxy-Connection: keep-alive", line=b"GET / HTTP/1.0"), 200)
closes("9.3", "HTTP/1.0 and then nothing", request(line=b"GET / HTTP/1.0") + request(), 200)
closes("9.3", "HTTP/1.0 with keep-alive and close", request(b"Connection: keep-alive, close", line=b"GET / HTTP/1.0"), 200)
bad("9.3.2", "good answers before a bad request are not lost", request() * 2 + b"BAD\r\n\r\n", 200, 200, 400)
bad("9.3", "a body for a resource that is not there is no request", request(b"Content-Length: 5", line=b"POST /none HTTP/1.1", body=b"hello") + b"BAD\r\n\r\n", 404, 400)
fine("9.3", "a body for a resource that is not there is read", request(b"Content-Length: 5", line=b"POST /none HTTP/1.1", body=b"hello"), 404)
fine("9.3", "a chunked body for a resource that is not there is read", request(b"Transfer-Encoding: chunked", line=b"POST /none HTTP/1.1", body=HELLO), 404)
closes("9.6", "nothing is read behind close", request(b"Connection: close") + request(), 200)
MIXED = (
    request()
    + post(b"Content-Length: 5", body=b"hello")
    + chunked(HELLO)
    + target(b"/none")
    + target(b"/", b"HEAD")
    + post()
)
fine("9.3.2", "a mixture in one send", MIXED, 200, 200, 200, 404, 200, 200, needs="/echo", methods=("GET", "POST", "POST", "GET", "HEAD", "POST"))
bad("9.3.2", "a mixture, then a bad request", MIXED + request(b"Host: b"), 200, 200, 200, 404, 200, 200, 400, needs="/echo", methods=("GET", "POST", "POST", "GET", "HEAD", "POST"))
bad("9.3.2", "a bad request behind a body", post(b"Content-Length: 5", body=b"hello") + request(b"Host: b"), 200, 400, needs="/echo")
bad("9.3.2", "a bad request behind a chunked body", chunked(HELLO) + request(b"Host: b"), 200, 400, needs="/echo")
fine("9.3.2", "forty requests in one send", request() * 40, *[200] * 40)

# Expect

fine("9110 10.1.1", "Expect with its body in the same send", post(b"Expect: 100-continue", b"Content-Length: 5", body=b"hello"), 200, needs="/echo")
fine("9110 10.1.1", "Expect in capitals", post(b"Expect: 100-CONTINUE", b"Content-Length: 5", body=b"hello"), 200, needs="/echo")
fine("9110 10.1.1", "Expect without a body", request(b"Expect: 100-continue"))
fine("9110 10.1.1", "Expect with a length of 0", post(b"Expect: 100-continue", b"Content-Length: 0"), needs="/echo")
fine("9110 10.1.1", "Expect with a chunked body in the same send", chunked(HELLO, b"Expect: 100-continue"), needs="/echo")
fine("9110 10.1.1", "Expect for a resource that is not there", request(b"Expect: 100-continue", b"Content-Length: 5", line=b"POST /none HTTP/1.1", body=b"hello"), 404)
bad("9110 10.1.1", "Expect and a bad length", post(b"Expect: 100-continue", b"Content-Length: x"))
bad("9110 10.1.1", "Expect and too large a body", post(b"Expect: 100-continue", b"Content-Length: %d" % (10 * MIB + 1)), 413, needs="limits")
bad("9110 10.1.1", "an expectation that nobody knows", post(b"Expect: tea", b"Content-Length: 5", body=b"hello"), 417, needs="/echo")
closes("9110 10.1.1", "HTTP/1.0 cannot expect", request(b"Expect: 100-continue", b"Content-Length: 5", line=b"POST /echo HTTP/1.0", body=b"hello"), 200, needs="/echo")

# Limits

fine("3", "a target of 8,000 bytes", target(b"/?" + b"x" * 7998))
bad("3", "a target of 64 KiB", target(b"/?" + b"x" * 64 * KIB), 414)
fine("3", "a target as large as may be", target(b"/?" + b"x" * (8 * KIB - 2)), needs="limits")
bad("3", "a target one byte too large", target(b"/?" + b"x" * (8 * KIB - 1)), 414, needs="limits")
FILL = 32 * KIB - len(request(b"X: ")) + len(b"\r\n\r\n")
fine("9110 5.4", "a head as large as may be", request(b"X: " + b"x" * FILL), needs="limits")
bad("9110 5.4", "a head one byte too large", request(b"X: " + b"x" * (FILL + 1)), 431, needs="limits")
bad("9110 5.4", "a field line of 64 KiB", request(b"X: " + b"x" * 64 * KIB), {431, 400})
bad("9110 5.4", "a name of 64 KiB", request(b"x" * 64 * KIB + b": 1"), {431, 400})
bad("9110 5.4", "20,000 field lines", request(*[b"X: 1"] * 20_000), {431, 400})
bad("3", "a method of 64 KiB", target(b"/", b"A" * 64 * KIB), {400, 414, 431, 501})
