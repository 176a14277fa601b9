# %% [markdown]
# # What does Tornado add, and what does it cost?
#
# *Notebook 05. The outputs below come from our machine and give the answers away: choose Edit, then Clear Outputs of All Cells. Then run
# cell after cell with Shift+Enter. Allow about 40 minutes.*

# %% [markdown]
# You know a loop, the conversations in it, HTTP, and an application behind them: a few files that can be read in an evening. Tornado has the same layers.
# What is in its layers that is not in ours? What is in ours that is not in Tornado's? And what does it cost?

# %%
import asyncio
import socket
import time
from collections import Counter
from statistics import median

import tornado
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders, ResponseStartLine
from tornado.ioloop import IOLoop
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketHandler, websocket_connect

from workbook import *

# %%
socket.setdefaulttimeout(10)  # no cell below waits for a server for longer than these seconds
about()
print(f"Tornado {tornado.version}")

# %% [markdown]
# ## Where does Tornado wait?
#
# **Step 5** is Tornado, with the application of the other steps. In it, too, some loop waits for everybody. It is called `IOLoop`. What is it?

# %%
predict(
    "05 the loop",
    ...,
    "a loop of its own, like that of step 3",
    "asyncio's own, under another name",
)

# %% [markdown]
# A client asks step 5 for `/slow/1`, an answer that takes a second. In the middle of that pause, where does the server stand? This time we want to
# see Tornado's own calls too, and not only those in our files.

# %%
server = serve(5)
client = socket.create_connection(server.address)
client.sendall(b"GET /slow/1 HTTP/1.1\r\nHost: here\r\n\r\n")
time.sleep(0.3)
where(server, "tornado", "05_tornado")
client.close()

# %% [markdown]
# One client, and three tasks. One is `serve`, which waits to be told to stop. One is the connection's: `_server_request_loop` waits until the request is answered. One is the
# request's own: Tornado's `_execute` has called our `get`, which awaits the clock.
#
# As in step 4, a half-finished conversation is kept in suspended frames. But most of these are not ours, and no line of ours reads or writes a socket.

# %% [markdown]
# And the loop below all these tasks?

# %%
loop = IOLoop.current()
same = loop.asyncio_loop is asyncio.get_running_loop()
print(f"{type(loop).__name__} around {type(loop.asyncio_loop).__name__}")
reveal("05 the loop", 2 if same else 1)
fact(same, "Tornado's loop is the one that asyncio runs.")

# %%
show("tornado.platform.asyncio", "BaseAsyncIOLoop.start", "BaseAsyncIOLoop.add_handler")

# %% [markdown]
# `fd` is the number under which the operating system knows a socket; `add_reader` tells asyncio whom to call when it can be read. In
# step 3 that was `selector.register`.
#
# So Tornado waits as step 4 does, and step 4 as step 3. Whatever it adds, it is not another way to wait.

# %% [markdown]
# ## The same layers
#
# How many times as many lines of code has Tornado for the same layers? (Blank lines, comments and docstrings do not count.)

# %%
predict("05 times as many lines", ...)

# %%
step3 = "steps/03_select_loop/server.py"
http = ["tornado.http1connection", "tornado.httputil", "tornado.httpserver"]
layers = [
    ("who waits", [f"{step3}:Loop"], ["tornado.ioloop", "tornado.platform.asyncio"]),
    ("conversations", [f"{step3}:Conversation"], ["tornado.iostream"]),
    ("the door", ["steps/listener.py"], ["tornado.tcpserver", "tornado.netutil"]),
    ("HTTP", ["steps/http1.py", "steps/uri.py"], http),
    ("which code answers", ["steps/app.py:resource", "steps/app.py:view"], ["tornado.routing"]),
    ("requests, answers", ["steps/messages.py"], ["tornado.web"]),
]
for layer, ours, theirs in layers:
    print(f"{layer:19}{lines(*ours):4} {lines(*theirs):6}  {', '.join(theirs)}")

# %%
ours, theirs = (sum(lines(*layer[side]) for layer in layers) for side in (1, 2))
print(f"{ours} lines, and {theirs}.")
reveal("05 times as many lines", theirs / ours)
fact(theirs > 4 * ours, "For each layer of ours Tornado has one, and many times the code.")

# %% [markdown]
# What all the rest is for, the end of this notebook asks. Where the two do the same, they look alike. Here is what
# serves one connection: first step 4's, then Tornado's.

# %%
show("steps/04_asyncio/server.py", "converse")
show("tornado.http1connection", "HTTP1ServerConnection._server_request_loop")

# %% [markdown]
# A loop around one connection: read, have it answered, again. (`read_response` has its name from Tornado's client, which uses it too; here it reads a
# request.) Even `sleep(0)` is there, the turn for the others: step 4 has its own in `perform`.
#
# What reads and writes is further down. Here it is, step 3's and Tornado's.

# %%
show("steps/03_select_loop/server.py", "Conversation.receive")
show("tornado.iostream", "IOStream.read_from_fd", "IOStream.write_to_fd")

# %% [markdown]
# `recv`, `send`, and `BlockingIOError` where nothing has come after all. What was read and not used yet, and what was written and not sent, an
# `IOStream` keeps: it is Tornado's `Conversation`.
#
# And which code answers? First ours, then Tornado's.

# %%
show("steps/app.py", "view")
show("tornado.routing", "RuleRouter.find_handler")

# %% [markdown]
# Ours is a `match`. Tornado goes through a list of rules and takes the first that fits. A `match` is fixed when it is written; to a list, others can add.
# `workbook/front_door.py` adds a rule to the Jupyter server: that is how JupyterLab opens on this workbook.

# %% [markdown]
# ## Two things are called Tornado
#
# A **web server** speaks HTTP: it hands over requests and sends what it is told to. A **framework** helps to write what answers. Tornado is both, and you can
# have one without the other. `HTTPServer` takes any function: here is one, `greet`. `Greeting` is for the framework: a class for each thing, a Python method for each HTTP method.


# %%
def greet(request):
    body = b"Hello, world!\n"
    fields = HTTPHeaders({"Content-Length": str(len(body))})
    request.connection.write_headers(ResponseStartLine("", 200, "OK"), fields, body)
    request.connection.finish()


class Greeting(RequestHandler):
    def get(self):
        self.write("Hello, world!\n")


# %% [markdown]
# Both servers can live in this notebook, as one did in notebook 00.


# %%
at_home = []


def serve_here(application):
    """Start a server in this very process. Its port."""
    server = HTTPServer(application)
    doors = bind_sockets(0, "127.0.0.1")
    server.add_sockets(doors)
    at_home.append(server)
    return doors[0].getsockname()[1]


# %%
quiet = {"log_function": lambda handler: None}  # or each 404 would be reported below the cell
bare_port = serve_here(greet)
full_port = serve_here(Application([("/", Greeting)], **quiet))
print(await hear(bare_port, "GET /"))
print(await hear(full_port, "GET /"))

# %% [markdown]
# (`hear` asks in a thread, and returns all that comes back.) The server has sent what it was told to, and `Connection: close`, which is its own affair. The date, the type, the tag (a mark by which a client
# can ask later whether anything has changed) and `Server: TornadoServer` come from the framework.
#
# What does the bare one say to `DELETE /nothing`?

# %%
predict(
    "05 DELETE /nothing", ..., "200: Hello, world!", "404: it is not there", "405: not with DELETE"
)

# %%
first = {}
for question in ("GET /", "DELETE /", "GET /nothing", "DELETE /nothing"):
    told = [await hear(port, question) for port in (bare_port, full_port)]
    first[question] = [words.partition("\r\n")[0].removeprefix("HTTP/1.1 ") for words in told]
    print(f"{question:16}server: {first[question][0]:8} framework: {first[question][1]}")
reveal("05 DELETE /nothing", {"200": 1, "404": 2, "405": 3}[first["DELETE /nothing"][0][:3]])

# %% [markdown]
# To the server all requests are alike. What things there are, and what can be done with each, is the framework's affair.
#
# Step 5 keeps the two apart as well: `server.py` is about the server, `handlers.py` about the framework.

# %% [markdown]
# ## Who takes how much?
#
# The first measure needs no clock: how many calls of functions does one greeting take? In ours, but for the loop and its conversation:

# %%
exchange = conversation()
with calls("steps") as counted:
    list(exchange.receive(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"))
print(f"{counted.total()} calls: {dict(counted)}")

# %% [markdown]
# And in Tornado, all of it? Write a number.

# %%
predict("05 calls", ...)


# %%
def greetings(port):
    """Ask 50 times on one connection."""
    with socket.create_connection(("127.0.0.1", port)) as client:
        for _ in range(50):
            ask(client)


found = []
for port in (bare_port, full_port):
    with calls("tornado") as counted:
        await asyncio.to_thread(greetings, port)
    found.append({module: round(n / 50) for module, n in counted.items() if n >= 50})

# %%
server_alone, framework_too = found
print(f"{'calls for one greeting':26}{'bare':>4}{'full':>5}")
for module in sorted(framework_too, key=framework_too.get, reverse=True):
    print(f"{module:26}{server_alone.get(module, 0):4}{framework_too[module]:5}")
few, many = sum(server_alone.values()), sum(framework_too.values())
print(f"{'all':26}{few:4}{many:5}")
reveal("05 calls", many)
fact(counted.total() > 0 and many > few, "The framework comes on top of the server.")

# %% [markdown]
# On our machine three of five calls are the server's. But a call may be short or long.
#
# So now with a clock. Three servers, each in a process of its own, are asked for a greeting again and again: step 3, Tornado's server with a function, and the same with a
# `RequestHandler`. What counts is the processor's time for one answer.
#
# Tornado will need more than step 3. Whose is most of the difference?

# %%
predict("05 whose cost", ..., "the server's", "about half each", "the framework's")

# %%
peer = "benchmark.peers.with_tornado"
step3_cost, server_cost, full_cost = cost(3, f"{peer} server", f"{peer} framework")
for name, price in [
    ("step 3", step3_cost),
    ("Tornado's server", server_cost),
    ("... and framework", full_cost),
]:
    print(f"{name:18}{price:5.0f} µs  {'█' * round(price / 4)}")

# %%
share = (server_cost - step3_cost) / (full_cost - step3_cost)
print(f"Of what Tornado needs more than step 3, the server needs {share:.0%}.")
reveal("05 whose cost", 1 if share > 0.6 else 2 if share > 0.4 else 3)
fact(
    1.5 * step3_cost < server_cost < full_cost,
    "Step 3 needs least, Tornado's server more, its framework more again.",
)
times = " and ".join(f"{price / step3_cost:.1f}" for price in (server_cost, full_cost))
evidence("fast", "a greeting, × step 3: Tornado's server, with its framework", times)

# %% [markdown]
# So step 3 is several times as fast on a greeting. We come back to that.

# %% [markdown]
# ## A cell that freezes a server
#
# Our two servers run in this notebook's loop. Now a cell sleeps for a second, with `time.sleep`, and a client asks for a greeting meanwhile. How many seconds does
# it wait?

# %%
predict("05 a cell that sleeps", ..., "about 0: Tornado does not block", "about 1")


# %%
def waited(port):
    """Seconds until a greeting is there."""
    began = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port)) as client:
        ask(client)
    return time.perf_counter() - began


# %%
asked = loop.run_in_executor(None, waited, full_port)  # in a thread, from now on
time.sleep(1)
frozen = await asked
asked = loop.run_in_executor(None, waited, full_port)
await asyncio.sleep(1)
free = await asked
print(f"time.sleep(1): {frozen:.3f} s. await asyncio.sleep(1): {free:.3f} s.")
reveal("05 a cell that sleeps", 2 if frozen > 0.5 else 1)
fact(frozen > 0.7 and frozen > 2 * free, "A cell that does not await stops every handler.")

# %% [markdown]
# There is one thread, and the cell had it. A cell that sorts a long list does the same to the servers here.
#
# Remember the eight clients, one of whom asks for heavy work. In step 3 everybody else waited meanwhile. And in step 5?

# %%
predict("05 heavy work", ..., "the others wait as long", "they hardly wait")

# %%
data = eight(3, 5)
ours, theirs = (step["waiting"]["median"] for step in data["steps"])
reveal("05 heavy work", 1 if theirs > ours / 2 else 2)

# %%
timelines(data)

# %% [markdown]
# Twice the same picture. Beside the black bar everybody who has something to do is striped: a framework does not take work elsewhere by itself. A *handler* that computes stops all other handlers, and in this notebook the cells too.

# %% [markdown]
# A tenth of a second after the first came, five of the eight are there, and all wait. Where do they stand: on lines of our handlers, or inside Tornado?

# %%
predict("05 lines", ..., "on ours", "inside Tornado", "some here, some there")

# %%
stands = standing(5)
all_wait = stands["steps"][0]["moments"][0]
inside = {place == "library" for place, _ in all_wait["clients"].values()}
reveal("05 lines", {(False,): 1, (True,): 2}.get(tuple(inside), 3))

# %%
waits(stands)

# %% [markdown]
# Whoever is in the middle of an answer stands on an `await` of our handlers. Whoever has still to ask stands inside Tornado: to accept, to read and to close are no lines of ours.

# %% [markdown]
# ## The four methods
#
# The article says that `RequestHandler` makes GET, POST, PUT and DELETE easy. Try it. What a handler has:
#
# | in a handler | it is |
# |---|---|
# | `self.request.body` | the body that came, as bytes |
# | `self.write(...)` | adds to the answer: text, or a dict, which becomes JSON |
# | `self.set_status(201)`, `self.set_header(name, value)` | status and fields of the answer |
# | `raise HTTPError(404)` | ends the answer with that status (from `tornado.web`) |

# %%
exercise("four_methods")

# %%
check("four_methods")

# %% [markdown]
# How much code is it? Our application is `app.py`, with a `match`; the same for Tornado is `handlers.py`, with classes.

# %%
handlers = "steps/05_tornado/handlers.py"
names = ("resource", "listing", "add", "replace", "delete")
ours = lines(*(f"steps/app.py:{name}" for name in names))
theirs = lines(f"{handlers}:NoteList", f"{handlers}:Note")
print(
    f"The notes: {ours} lines with match (six are for other things), {theirs} with RequestHandler."
)
print(f"The whole application: {lines('steps/app.py')}, and {lines(handlers)}.")
print(f"Of these, {lines(f'{handlers}:Handler')} give all handlers what Tornado's do not have.")
evidence(
    "handlers",
    "lines for the notes: match (six for other things), RequestHandler",
    f"{ours}, {theirs}",
)

# %% [markdown]
# Not fewer lines. What you were given: 405 for a method that you did not write, and 404 for a path that you did not name. What you were not given:

# %%
head, _, _ = (await hear(full_port, "HEAD /")).partition("\r\n\r\n")
print(head)
fact(" 405 " in head and "Allow:" not in head, "HEAD is no method unless you write it.")

# %% [markdown]
# HEAD asks for the head of an answer alone: a server that answers GET has to answer that, too. And a 405 has to say in a field `Allow` what is allowed (RFC 9110, the standard of HTTP, 9.1 and 15.5.6).
# In `handlers.py` both are written by hand.

# %% [markdown]
# ## Who is told, and who must look?
#
# `/events` is an answer that goes on, and tells each change of the notes. In steps 1 to 4 it looks for changes every 50 ms, with a `Pause` in between. Somebody changes a note, many times. How many
# milliseconds later, at the median, does a client that watches hear of it in step 3?

# %%
predict("05 how late", ...)

# %%
looks, is_told = serve(3), serve(5)
late = [1000 * median(lateness(server)) for server in (looks, is_told)]
share = [100 * watching(server) for server in (looks, is_told)]
print(f"step 3: {late[0]:4.1f} ms late; 200 who watch take {share[0]:.1f} % of a core")
print(f"step 5: {late[1]:4.1f} ms late; 200 who watch take {share[1]:.1f} % of a core")
reveal("05 how late", round(late[0]))
fact(late[0] > 2 * late[1], "Whoever is told knows sooner than whoever must look.")
evidence("real_time", "ms until a change is told: step 3, step 5", f"{late[0]:.0f}, {late[1]:.1f}")

# %%
show("steps/05_tornado/handlers.py", "NoteList.post", "Events.get")

# %% [markdown]
# To look costs something even when nothing changes: on our machine, about twice as much of a core.
#
# `changed` is a `Condition`: `notify_all` wakes all who wait for it. (After 0.9 seconds without a change comes a comment, so that the server notices who has left.)
#
# It is not Tornado that makes this possible; asyncio has a `Condition` too. But our application never waits, it can only ask for a `Pause`. A handler may
# `await` anything.

# %% [markdown]
# ## Both ways
#
# Events go one way. A **WebSocket** begins as a request in HTTP; then the connection carries messages, in both directions, whenever a side has something to say. Steps 1 to 4 have
# none. In Tornado it is a handler:


# %%
there = set()


class Chat(WebSocketHandler):
    def open(self):
        there.add(self)

    def on_message(self, words):
        for each in there:
            each.write_message(words)

    def on_close(self):
        there.discard(self)


# %% [markdown]
# One client joins by hand. It asks for an **upgrade**: let us go on in another language.

# %%
chat_port = serve_here(Application([("/chat", Chat)], **quiet))
upgrade = ["GET /chat HTTP/1.1", "Host: here", "Connection: Upgrade", "Upgrade: websocket"]
upgrade += ["Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {'A' * 22}==", "\r\n"]
guest = socket.create_connection(("127.0.0.1", chat_port))
guest.sendall("\r\n".join(upgrade).encode())
head = await asyncio.to_thread(guest.recv, 4096)
print(head.decode())

# %% [markdown]
# 101: from now on this is not HTTP any more. A second client comes, Tornado's own, and says `hello` to all. How many bytes reach our guest?

# %%
predict("05 a word", ...)

# %%
speaker = await websocket_connect(f"ws://127.0.0.1:{chat_port}/chat")
await speaker.write_message("hello")
came = await asyncio.to_thread(guest.recv, 4096)
print("The guest:", came)
print("The speaker:", await speaker.read_message())
reveal("05 a word", len(came))
fact(came == b"\x81\x05hello", "In front of a short message are two bytes: what it is, how long.")
speaker.close()
guest.close()

# %% [markdown]
# `\x81`: a whole message, of text. `\x05`: of five bytes. No fields, and nobody had asked for it.
#
# Step 5 has a page of its own that uses one, `steps/05_tornado/live.py`. Open it in two tabs, and change a note in one of them:

# %%
print(f"{is_told.url}live")

# %% [markdown]
# ## Is what it costs wasted?
#
# For a greeting Tornado needs several times what step 3 needs. What for?

# %%
predict(
    "05 what for",
    ...,
    "it refuses more of what is wrong in HTTP",
    "it can do more, which a greeting does not ask for",
    "for nothing that can be counted",
)

# %% [markdown]
# What the suite found is in `docs/capabilities.md`. Here is where steps 3 and 5 differ. ✓: all tests pass; ✗: none does; 3/4: so many; –: does not apply.

# %%
marks, reasons = capabilities()
for what, (_, _, step_3, _, step_5) in marks.items():
    if step_3 != step_5:
        print(f"{what:56}{step_3:4}{step_5:>8}")

# %% [markdown]
# Step 5 changes little in Tornado, so most of these are Tornado's own ways. In short: Tornado takes for an address much that is none, leaves without a word where ours say what is wrong, and refuses rare forms that are allowed. Here are the most frequent reasons, with the tests that fail for each and the place in its source:

# %%
for step, count, why in reasons:
    if step == 5 and count >= 8:
        print(f"{count:3}  {why}\n")
chosen = sum(count for step, count, why in reasons if step == 5 and "(RFC" in why)
failed = sum(count for step, count, _ in reasons if step == 5)
print(
    f"{failed} tests fail in step 5. In {chosen} of them, the RFC recommends or permits, and does not demand."
)

# %% [markdown]
# Read that with care: the tests are ours, and our parser was written to pass them. Most of it is strictness. Ours refuse what Tornado lets pass, which matters where another server
# stands in front and reads the same bytes differently.
#
# And now what none of the table's tests asks for. All of this is in Tornado, and nothing of it in steps 1 to 4:

# %%
places = {
    "TLS, the S of https": ["tornado.iostream:SSLIOStream"],
    "WebSocket": ["tornado.websocket"],
    "pieces of files": ["tornado.web:StaticFileHandler"],
    "compression": ["tornado.web:GZipContentEncoding"],
    "forms and uploads": ["tornado.httputil:parse_multipart_form_data"],
    "signed cookies": ["tornado.web:create_signed_value", "tornado.web:decode_signed_value"],
    "templates for pages": ["tornado.template"],
    "sign-in elsewhere": ["tornado.auth"],
    "other languages": ["tornado.locale"],
    "a client for HTTP": ["tornado.httpclient", "tornado.simple_httpclient"],
    "several processes": ["tornado.process"],
}
for what, where_it_is in places.items():
    print(f"{what:22}{lines(*where_it_is):5} lines in {', '.join(where_it_is)}")

# %% [markdown]
# Ask both a few questions. Which of the two knows what to say?

# %%
questions = {
    "five bytes of a file": ("GET /files/hello.txt", "Range: bytes=0-4"),
    "a field of 40,000 bytes": ("GET /", f"X: {'x' * 40_000}"),
    "a greeting, if it is new": ("GET /", "If-None-Match: *"),
    "a target that is none": ("GET /{}",),
}
told = {}
for what, question in questions.items():
    heard = [await hear(server.port, *question) for server in (looks, is_told)]
    told[what] = [words[9:].partition("\r\n")[0] or "not a word" for words in heard]
    print(f"{what:25}step 3: {told[what][0]:35} step 5: {told[what][1]}")

# %%
stricter = [what for what, row in marks.items() if row[4] == "✓" and row[2] not in "✓–"]
reveal("05 what for", 1 if stricter else 2)
fact(not stricter, "Step 5 passes no row of the table that step 3 fails.")
fact(
    "206" in told["five bytes of a file"][1],
    "But it can send a piece of a file, which step 3 cannot.",
)

# %% [markdown]
# Is it waste? For a greeting, mostly: a handler, a task and a tag for fourteen bytes. Templates, cookies and sign-in take no part in one. You pay
# for Tornado's long way from bytes to handler and back, whether you need it or not. It does not buy strictness: of that, ours has more, for less.

# %% [markdown]
# ## Break it: which number gives it away?
#
# A handler sends 64 MB, a piece at a time. `write` only takes note of a piece; `await self.flush()` waits until it is on its way. Somebody forgets that `await`. A client
# asks, and begins to read a moment later. Which number shows that something is wrong?

# %%
predict(
    "05 which number",
    ...,
    "the bytes that arrive",
    "how far the handler is before anybody reads",
    "neither: all is sent, sooner or later",
)

# %%
piece = b"x" * 2**20
taken = Counter()


class Careful(RequestHandler):
    async def get(self):
        for _ in range(64):
            self.write(piece)
            await self.flush()
            taken["with"] += 1


# %%
class Careless(RequestHandler):
    def get(self):
        for _ in range(64):
            self.write(piece)
            self.flush()
            taken["without"] += 1


both = Application([("/with", Careful), ("/without", Careless)], **quiet)
big_port = serve_here(both)


# %%
def read_all(client):
    """Megabytes that come until the server closes."""
    return sum(map(len, iter(lambda: client.recv(2**18), b""))) / 2**20


async def read_late(path):
    """Pieces that the handler had handed over before anybody read one; and megabytes that came then."""
    with socket.create_connection(("127.0.0.1", big_port)) as client:
        taken[path] = 0
        client.sendall(f"GET /{path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n".encode())
        await asyncio.sleep(0.3)
        return taken[path], await asyncio.to_thread(read_all, client)


# %%
careful, careless = await read_late("with"), await read_late("without")
for name, (pieces, megabytes) in (("with await", careful), ("without", careless)):
    print(
        f"{name:12}{pieces:2} of 64 pieces handed over before one was read; {megabytes:.1f} MB came"
    )
reveal("05 which number", 2 if careless[0] > 2 * careful[0] else 3)
fact(int(careful[1]) == int(careless[1]) == 64, "Every byte arrives, with await and without.")
fact(careless[0] == 64 > 2 * careful[0], "Without, all was handed over at once, for nobody.")

# %% [markdown]
# The kernel takes a few MB for a client. The rest lies in Tornado's `IOStream`, in the server's memory, until the client reads. Status and bytes are right, and a client that reads on sees no difference. In steps 1 to 4 an application cannot forget that: it hands out parts, and the server asks for the next when one is sent.

# %% [markdown]
# ## Then why does anybody use Tornado?
#
# On a greeting step 3 is several times as fast. Now both have to work for an answer, for about a thousandth of a second: `/fib/20`. How many times as much of the processor does step 5
# need for it?

# %%
predict("05 with work", ...)

# %%
ours, theirs = cost(3, 5, path="/fib/20", answer="fib(20) = 6765\n")
print(f"/fib/20: step 3 {ours:.0f} µs, step 5 {theirs:.0f} µs")
reveal("05 with work", theirs / ours)
fact(
    theirs / ours < full_cost / step3_cost / 1.5,
    "The more an answer takes, the less Tornado matters.",
)
evidence("fast", "an answer with work in it, × step 3: step 5", f"{theirs / ours:.1f}")

# %% [markdown]
# So why use it? Put your own sentence in the place of the dots.

# %%
predict("05 why use it", ...)

# %%
reveal(
    "05 why use it",
    "it costs some time more for each request, and saves you writing and mending all of that list",
)

# %% [markdown]
# Tornado takes some time more for each request, and took about as much more for `/fib/20` as for a greeting. The longer an answer takes, with work or
# with waiting for a database, the less that counts. For that time you get the list above, and others who mend it. Ours you mend yourself.
#
# Where a server says little, very often, that is a bad bargain.

# %% [markdown]
# ## What do we know now about the article's claims?
#
# **RequestHandler makes the four methods easy.** Those four, yes. Not in fewer lines, and without HEAD and `Allow`.
#
# **Fast.** Not beside a bare loop. With work to do, the difference fades.
#
# **Fit for real time.** A change is told at once, unless some handler computes: then nobody is told anything.

# %%
ledger()

# %% [markdown]
# **Is Tornado a web server?** It has one in it, and a framework, and you have seen where they part.

# %% [markdown]
# ## Do you still know?
#
# Three questions about notebook 04. A coroutine calls `time.sleep(0.3)`, and fifty others have something to do. Who waits?
#
# <details><summary>Answer</summary>
#
# All of them. `time.sleep` knows nothing of the loop: it stops the thread, and the loop runs in that thread. Only at an `await` that must wait does a coroutine give up its turn.
#
# </details>

# %% [markdown]
# A coroutine awaits three others in a row, none of which has anything to wait for. How often do the other tasks have a turn meanwhile?
#
# <details><summary>Answer</summary>
#
# Never. `await` runs what it is given, and suspends only where that suspends. So step 4 has `await asyncio.sleep(0)` after each part and each piece of a body, and Tornado after each request.
#
# </details>

# %% [markdown]
# Four tasks each read a number, await something, and write the number plus one. There is one thread. Can a count be lost?
#
# <details><summary>Answer</summary>
#
# Yes, nearly all can. Between reading and writing the others had a turn, and read the same number. No thread is needed for a race, only an `await` in the wrong place.
#
# </details>

# %% [markdown]
# The last notebook measures all five, and closes the ledger.

# %%
for server in at_home:
    server.stop()
stop()
fact(not children(), "No process is left, and the servers in this one have closed their doors.")
