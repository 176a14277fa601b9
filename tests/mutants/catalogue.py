"""The bugs: each a small change of one file, with what is known of its history.

`old` must stand in the file exactly once. `step` is the one whose tests are run: a bug in the
protocol, which all share, is looked for in step 3. A bug that no test notices says so in `unseen`,
with why.
"""

from dataclasses import dataclass

STEP_1 = "steps/01_socket_server/server.py"
STEP_2 = "steps/02_threaded/server.py"
STEP_3 = "steps/03_select_loop/server.py"
STEP_4 = "steps/04_asyncio/server.py"
HTTP1 = "steps/http1.py"
LAUNCH = "steps/launch.py"
LISTENER = "steps/listener.py"
URI = "steps/uri.py"


@dataclass(frozen=True, slots=True)
class Mutant:
    name: str
    history: str
    step: int
    file: str
    old: str
    new: str
    unseen: str = ""


MUTANTS = (
    # Waiting
    Mutant(
        "always watching for writable",
        "the first bug of every event loop: a socket is writable nearly always, so select returns"
        " at once, for ever",
        3,
        STEP_3,
        "        if self.part is None:\n            events = READ\n",
        "        if self.part is None:\n            events = READ | WRITE\n",
    ),
    Mutant(
        "select with a timeout of 0",
        "polling, written by mistake: right answers from a core that never rests",
        3,
        STEP_3,
        "if self.timers else None",
        "if self.timers else 0",
    ),
    Mutant(
        "the unsent rest is forgotten",
        "send() may take a part of the bytes (W. R. Stevens, 1990, wrote writen() for it)",
        3,
        STEP_3,
        "                self.part = self.part[sent:]\n                return\n",
        "                pass\n",
    ),
    Mutant(
        "a blocking socket in the loop",
        "setblocking(False) is not inherited from the listener: accept() returns blocking sockets",
        3,
        STEP_3,
        "        connection.setblocking(False)\n",
        "        connection.setblocking(True)\n",
        unseen="Linux calls a socket writable when a third of its buffer is free, which is more than"
        " the 64 KiB of a part: send() finds room for all of it, and does not block",
    ),
    Mutant(
        "sleep in the loop",
        "the loop has one thread: who sleeps in a callback stops everybody",
        3,
        STEP_3,
        "            self.loop.call_after(self.part.seconds, self.go_on)",
        "            time.sleep(self.part.seconds)\n            self.advance()",
    ),
    Mutant(
        "time.sleep in a coroutine",
        "the first question about asyncio on every forum, and about Tornado before it",
        4,
        STEP_4,
        "await asyncio.sleep(part.seconds)",
        "__import__('time').sleep(part.seconds)",
    ),
    Mutant(
        "await instead of a task",
        "it reads the same, and serves one connection at a time",
        4,
        STEP_4,
        "tasks.create_task(converse(connection, exchange))",
        "await converse(connection, exchange)",
    ),
    Mutant(
        "no turn is given up",
        "an await whose work is done does not suspend (Trio gives one up at each; asyncio does not)",
        4,
        STEP_4,
        "            await asyncio.sleep(0)  # a turn for the others\n",
        "",
    ),
    Mutant(
        "no turn is given up for a body",
        "there is always more to read, so the read never suspends (Tornado gives one up here, too)",
        4,
        STEP_4,
        "        await asyncio.sleep(0)  # and where a long body comes, piece after piece\n",
        "        pass\n",
    ),
    Mutant(
        "a task that nobody keeps",
        "the loop refers to tasks weakly (bpo-44665): one may vanish in mid-conversation",
        4,
        STEP_4,
        "tasks.create_task(converse(connection, exchange))",
        "asyncio.ensure_future(converse(connection, exchange))",
    ),
    Mutant(
        "join behind start",
        "a thread for each connection, and one connection at a time",
        2,
        STEP_2,
        "threading.Thread(target=converse, args=(connection, exchange), daemon=True).start()",
        "thread = threading.Thread(target=converse, args=(connection, exchange), daemon=True)\n"
        "                thread.start()\n"
        "                thread.join()",
    ),
    Mutant(
        "a lock round every request",
        "thread-safe as a whole is one at a time as a whole: the Big Kernel Lock, Linux 2.0 to 2.6",
        2,
        STEP_2,
        "def converse(connection, exchange):\n    with connection:\n",
        "BIG = threading.Lock()\n\n\n"
        "def converse(connection, exchange):\n    with BIG, connection:\n",
    ),
    Mutant(
        "no lock round the notes",
        "a thread may lose its turn between reading a number and writing it",
        2,
        STEP_2,
        "notes=Notes(threading.Lock())",
        "notes=Notes()",
    ),
    # Listening and leaving
    Mutant(
        "a backlog of 5",
        "socketserver.request_queue_size is 5 to this day: the 6th of a crowd connects a second late",
        3,
        LISTENER,
        "self.listen(options.backlog)",
        "self.listen(5)",
    ),
    Mutant(
        "accept spins without descriptors",
        "the listener stays readable (libev's manual has a chapter on it; Tornado does it still)",
        3,
        STEP_3,
        "            self.watch(self.listener, READ, NOTHING, None)\n"
        "            self.call_after(0.1, self.open_door)  # there may be room again\n",
        "            pass\n",
    ),
    Mutant(
        "a connection is never closed",
        "a descriptor for each client that ever came, until there are none",
        3,
        STEP_3,
        "        self.connection.close()\n",
        "        self.loop.kept = [*getattr(self.loop, 'kept', []), self.connection]\n",
    ),
    Mutant(
        "close at once behind a refusal",
        "unread input turns close into a reset, which destroys the answer (RFC 9112, 9.6; Apache has"
        " lingering_close since 1997)",
        3,
        STEP_3,
        "            self.connection.shutdown(socket.SHUT_WR)\n",
        "            raise ConnectionError\n",
    ),
    Mutant(
        "a stop that does not wait",
        "daemon threads die with the main thread, in mid-answer",
        2,
        LAUNCH,
        "            listener.drain()\n",
        "",
    ),
    Mutant(
        "SIGTERM is ignored",
        "a handler that sets a flag does not end accept: it is retried (PEP 475)",
        2,
        LISTENER,
        "        shut(self, socket.SHUT_RDWR)\n        with contextlib.suppress(OSError):  # macOS",
        "        return\n        with contextlib.suppress(OSError):  # macOS",
    ),
    Mutant(
        "idle connections hold up the stop",
        "nobody asks keep-alive clients to leave: Node's server.close() waited for them until Node 19",
        3,
        LISTENER,
        "        shut(connection, socket.SHUT_RD)\n",
        "        pass\n",
    ),
    # Time
    Mutant(
        "the deadline starts again at every byte",
        "Slowloris, 2009: a byte a second is enough to be patient with for ever",
        3,
        HTTP1,
        "        self._buffer += data\n",
        "        self._buffer += data\n        self._wait(self._timeouts.head)\n",
    ),
    Mutant(
        "no deadline for a reader",
        "Sockstress, 2008: ask for much, read nothing, and hold the memory",
        3,
        HTTP1,
        "                    self._wait(self._timeouts.send)\n",
        "                    self.deadline = math.inf\n",
    ),
    Mutant(
        "two small sends",
        "Nagle's algorithm meets delayed acknowledgments: 40 ms an answer (http.server sends two)",
        3,
        HTTP1,
        "    for item in body:\n        if isinstance(item, Pause):\n",
        "    yield head\n    head = b''\n    for item in body:\n        if isinstance(item, Pause):\n",
    ),
    Mutant(
        "TCP_NODELAY is not set",
        "the same, for what cannot be one send: a stream of small parts",
        3,
        LISTENER,
        "        self.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)\n",
        "",
    ),
    # Reading
    Mutant(
        "one recv is one request",
        "it works on one's own machine, where a request comes in one piece",
        3,
        HTTP1,
        "        self._buffer += data\n",
        "        self._buffer[:] = data\n",
    ),
    Mutant(
        "pipelined requests wait for more bytes",
        "the second request lies in the buffer, and nobody looks until the socket is readable again",
        3,
        HTTP1,
        "            while self._buffer and not self.ended:\n",
        "            for _ in range(1):\n",
    ),
    Mutant(
        "Content-Length by int()",
        "int() takes +5, 0_5 and other scripts' digits (Tornado before 6.3.3: GHSA-qppv-j76h-2rpx)",
        3,
        HTTP1,
        "    if not (text.isascii() and text.isdigit()):\n",
        "    try:\n        text = str(abs(int(text)))\n    except ValueError:\n",
    ),
    Mutant(
        "a chunk's size by int()",
        "int(line, 16) takes 0x5 and +5 (Tornado before 6.3.3, aiohttp before 3.8.6)",
        3,
        HTTP1,
        "        match = CHUNK_LINE.fullmatch(line)\n        if not match:\n",
        "        match = re.fullmatch('([^;]*)((?:;.*)?)\\r\\n', line)\n"
        "        if not match or not match[1].replace('x', '').strip('+-_ ').isalnum():\n",
    ),
    Mutant(
        "Content-Length beside Transfer-Encoding",
        "the first smuggled requests: Linhart, Klein, Heled and Orrin, 2005",
        3,
        HTTP1,
        'if length is not None or request.version == "1.0":',
        'if request.version == "1.0":',
    ),
    Mutant(
        "chunked not last",
        "Transfer-Encoding: chunked, identity is chunked to one and not to the other",
        3,
        HTTP1,
        '    if codings.count("chunked") != 1 or codings[-1] != "chunked":\n'
        '        raise Refusal(400, "chunked comes last, and once (RFC 9112, 6.1)")\n'
        "    if len(codings) > 1:\n",
        '    if "chunked" not in codings:\n',
    ),
    Mutant(
        "two lengths, and the last wins",
        "a dict of fields that overwrites (what a dict does)",
        3,
        HTTP1,
        'elif name in ("host", "content-length"):',
        'elif name == "content-length":\n            fields[name] = value\n        elif name == "host":',
    ),
    Mutant(
        "the line end of a chunk is not looked at",
        "two bytes are skipped, whatever they are (h11 before 0.16: CVE-2025-43859)",
        3,
        HTTP1,
        '            if end != b"\\r\\n":\n',
        "            if False:\n",
    ),
    Mutant(
        "extensions and trailers without end",
        "bytes that no limit counts (Go's net/http before 1.21.5: CVE-2023-39326)",
        3,
        HTTP1,
        "    if (end or len(buffer)) > limit:\n",
        "    if len(buffer) > 2**20:\n",
    ),
    Mutant(
        "LF alone ends a line",
        "what a proxy takes for one field is two (waitress before 1.4: CVE-2019-16785)",
        3,
        HTTP1,
        '    line, *lines = text.split("\\r\\n")\n',
        '    line, *lines = text.replace("\\r\\n", "\\n").split("\\n")\n',
    ),
    Mutant(
        "folded lines are accepted",
        "RFC 2616 allowed them, RFC 7230 withdrew them in 2014: the proxy and the server disagree",
        3,
        HTTP1,
        '    line, *lines = text.split("\\r\\n")\n',
        '    line, *lines = re.sub("\\r\\n[ \\t]+", " ", text).split("\\r\\n")\n',
    ),
    Mutant(
        "white space before the colon",
        "Content-Length : 5 is a length to one and no field to another (Go: CVE-2019-16276)",
        3,
        HTTP1,
        'FIELD = re.compile(rf"({TOKEN}):({VALUE})")',
        'FIELD = re.compile(rf"({TOKEN})[ \\t]*:({VALUE})")',
    ),
    Mutant(
        "an unread body is the next request",
        "http.server reads no body unless do_POST does, and reads on where the body begins",
        3,
        HTTP1,
        '    body = None if length or "transfer-encoding" in headers else b""\n',
        '    body = None if length and method == "POST" else b""\n',
    ),
    Mutant(
        "one byte too many in a target",
        "off by one: < for <=",
        3,
        HTTP1,
        "        if len(target) > TARGET_LIMIT:\n",
        "        if len(target) > TARGET_LIMIT + 1:\n",
    ),
    Mutant(
        "one byte too many in a head",
        "off by one, the other limit",
        3,
        HTTP1,
        "    if end > HEAD_LIMIT:\n",
        "    if end >= HEAD_LIMIT:\n",
    ),
    Mutant(
        "escapes before segments",
        "/files/..%2f is decoded, then split: directory traversal (Apache 2.4.49: CVE-2021-41773)",
        3,
        URI,
        '[unquote(part, errors="strict") for part in (path or "/")[1:].split("/")]',
        'unquote(path or "/", errors="strict")[1:].split("/")',
    ),
    # Answering
    Mutant(
        "HEAD with a body",
        "the client takes the body for the next answer",
        3,
        HTTP1,
        'if request.method == "HEAD" or response.status in NO_BODY:',
        "if response.status in NO_BODY:",
    ),
    Mutant(
        "a refused HEAD with a body",
        "the same, where the head cannot be parsed",
        3,
        HTTP1,
        '    method = "HEAD" if buffer.lstrip(b"\\r\\n").startswith(b"HEAD ") else "?"\n',
        '    method = "?"\n',
    ),
    Mutant(
        "no Date",
        "an origin server with a clock must send it (RFC 9110, 6.6.1)",
        3,
        HTTP1,
        ", http_date(int(time.time()))]",
        "]",
    ),
    Mutant(
        "a length in characters",
        "len() of the words, not of their bytes: cut short from the first é on",
        3,
        HTTP1,
        "        body, length = [body], len(body)\n",
        "        body, length = [body], len(body.decode('utf-8', 'ignore'))\n",
    ),
    Mutant(
        "HTTP/1.0 is kept alive unasked",
        "the client waits for the end of the connection, and the server for a request",
        3,
        HTTP1,
        'return "close" not in options and (version == "1.1" or "keep-alive" in options)',
        'return "close" not in options',
    ),
    Mutant(
        "100-continue is never sent",
        "curl waits a second and sends all the same; others wait for ever",
        3,
        HTTP1,
        "        if expects_continue(request) and not self._buffer:\n",
        "        if expects_continue(request) and False:\n",
    ),
    Mutant(
        "close in a list is not seen",
        'the field is compared with "close" as a whole (Tornado does)',
        3,
        HTTP1,
        '.lower().split(",")]\n    return',
        '.lower().split(";")]\n    return',
    ),
)
