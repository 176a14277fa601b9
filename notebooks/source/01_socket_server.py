# %% [markdown]
# # What happens to the second client?
#
# *Notebook 01. The outputs below come from our machine and give the answers away: choose Edit, then Clear Outputs of All Cells. Then run
# cell after cell with Shift+Enter. Allow about 40 minutes.*

# %% [markdown]
# The article says that Tornado is fast: it serves thousands of connections at once. To judge that, begin with **step 1** of five, the simplest server. Tornado is the fifth.
# What happens to the second client of the first?

# %%
import socket
import time
from statistics import median

from workbook import *

socket.setdefaulttimeout(10)  # no cell below waits for a server for longer than these seconds
about()

# %% [markdown]
# ## A server, asked by hand
#
# A **server** is a program that waits to be asked; a **client** is one that asks, like a browser. Between them is a
# **connection**: two streams of bytes, one each way. The end that a program holds is a **socket**: it reads from it and
# writes to it, much like a file. A server's address is a host, here `127.0.0.1`, this very machine, and a **port**: a
# number that tells the machine's programs apart.

# %%
server = serve(1)

# %% [markdown]
# This is step 1. It is a **process**, a running program of its own, and ends with this notebook. Usually it drops a client that is silent for five seconds;
# here that is switched off, so that you can take your time.
#
# Do not open its address in a browser: you will see why. If a cell ends with `TimeoutError`, run `server = serve(1)` and try again.

# %% [markdown]
# Ask it something in **HTTP**, the language of the web. `GET /` means: give me what is called `/`. Then come the version, and `Host`, a
# field that every request of that version must have. Each line ends with the two bytes `\r\n`, and an empty line ends this request. `recv(4096)`
# takes what has come back, at most 4096 bytes.

# %%
client = socket.create_connection(server.address)
client.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
print(client.recv(4096).decode())
client.close()

# %% [markdown]
# A message in HTTP is a **head**, one line and some fields, up to an empty line, and then perhaps a **body**. `Content-Length` says how
# many bytes of body there are.
#
# Here is the part of the server that waits:

# %%
show("steps/01_socket_server/server.py", "serve", "converse", "perform")

# %% [markdown]
# `accept` takes the next client, and with its connection comes an `exchange`, which knows HTTP: it is given the bytes that came and yields parts: bytes to send, a `Pause`, or `END`, when nothing more will be sent. `perform` does what each part says. (If there is no room for another connection, `accept` raises `OSError`, and `serve` tries again a little later.)

# %% [markdown]
# `recv` waits until bytes have come. When the other side, the *peer*, has closed, it returns `b""`, and the `while` ends. `sendall` waits until
# the **kernel**, the core of the operating system, has taken all, which may be long before the client reads it. (Jupyter calls the program that runs your cells a kernel, too: that one is never meant here.) A call that returns only when
# what it waits for has come **blocks**. These lines are marked `# waits`.

# %% [markdown]
# Seven words name what a server does, in all steps:
#
# | it | where |
# |---|---|
# | listens | in `listener`, before `serve` is called |
# | accepts | `listener.accept()` |
# | reads | `connection.recv` |
# | answers | `exchange.receive` |
# | pauses | `time.sleep` |
# | writes | `connection.sendall` |
# | closes | the end of `with connection` |
#
# Left out here: HTTP itself (`steps/http1.py`), and the listening socket and the deadlines (`steps/listener.py`).

# %% [markdown]
# ## The second client
#
# The first client connects and says nothing. The second connects and asks. What happens to the second?
#
# A wrong guess helps too: students who predicted a demonstration
# saw better what happened, whether they were right or not ([Miller and others, 2013](https://doi.org/10.1103/PhysRevSTPER.9.020113)).

# %%
predict(
    "01 the second client",
    ...,
    "it is refused",
    "it cannot connect before the first has left",
    "it is answered at once",
    "it is connected, and hears nothing until the first has left",
)

# %%
first = socket.create_connection(server.address)  # and says nothing
second = socket.create_connection(server.address)
second.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
second.settimeout(0.5)
try:
    early = second.recv(4096)
except TimeoutError:
    early = b""
print("Connected, has asked, and has heard in half a second:", early or "nothing")

# %% [markdown]
# Where is the server meanwhile? A running step can be asked: it prints the calls that it is in the middle of.

# %%
where(server)

# %% [markdown]
# Now the first client leaves.

# %%
first.close()
second.settimeout(5)
late = second.recv(4096)
second.close()
reveal("01 the second client", 3 if early else 4)
fact(late.startswith(b"HTTP/1.1 200 OK"), "The second client is answered when the first has left.")

# %% [markdown]
# The server had nothing to do, and the second client waited all the same. Why? Put your own sentence in the place of the dots, in quotes.

# %%
predict("01 why it waits", ...)

# %%
reveal("01 why it waits", "the one thread stands in one client's recv, and there is no other")

# %% [markdown]
# There is one `converse`, and it stood in `recv`. The first client was accepted first, so the server waited for it first. When it left, `recv`
# returned `b""`, `converse` ended, and `accept` took the second client, whose question had been there all the time.


# %% [markdown]
# Picture a waiting room. It comes back in every notebook:
#
# | the room | the program |
# |---|---|
# | the door | the **listening** socket: no end of a connection, but where new ones come from |
# | those who queue inside the door | connections that nobody has accepted yet |
# | the one desk, and its clerk | the **thread**: Python going from line to line |
# | whoever stands at the desk | the connection that `converse` is about |
# | the clock on the wall | pauses and deadlines |

# %% [markdown]
# ## Who lets a client in?
#
# The second client was *connected* while the server stood elsewhere. So what does it take to be connected?
#
# A program begins to listen with `backlog=5`, and never calls `accept`. Ten clients connect at one moment. How many are connected a fifth of a
# second later, and can send?

# %%
predict("01 connected without accept", ..., "none", "five or six", "all ten", "another number")


# %%
def can_send(client):
    try:
        return client.send(b"hello") == 5
    except OSError:  # not connected
        return False


listener = socket.create_server(("127.0.0.1", 0), backlog=5)  # port 0: any that is free
clients = [socket.socket() for _ in range(10)]
for client in clients:
    client.setblocking(False)  # from now on its calls return at once, done or not
    client.connect_ex(listener.getsockname())

# %%
time.sleep(0.2)
connected = sum(map(can_send, clients))
for each in [*clients, listener]:
    each.close()
print(f"{connected} of 10 are connected and have sent, and nobody has accepted them.")
fact(
    0 < connected < 10, "Connected is not accepted: the kernel lets in as many as its queue holds."
)
reveal("01 connected without accept", {5: 2, 6: 2}.get(connected, 4))

# %% [markdown]
# It was the kernel that let them in, not the program. It keeps those who have come in a queue until the program calls `accept`. How many it may
# keep, the program says when it begins to listen: that is the **backlog**. (Linux takes one more.)

# %% [markdown]
# Is it then the limit on how many clients a server can have?
#
# A hundred clients come, one after the other, to a listener with a backlog of 5. This time the program accepts each. How many can
# be there at the same time?

# %%
predict("01 backlog of 5, a hundred clients", ..., "five or six", "all hundred")

# %%
listener = socket.create_server(("127.0.0.1", 0), backlog=5)
pairs = []
for _ in range(100):
    client = socket.create_connection(listener.getsockname())
    connection, _ = listener.accept()  # a plain socket's accept gives the client's address, too
    pairs += [client, connection]
inside = len(pairs) // 2
for each in [*pairs, listener]:
    each.close()
print(f"{inside} connections are open at the same time.")
reveal("01 backlog of 5, a hundred clients", 2 if inside == 100 else 1)
fact(inside == 100, "The backlog limits only how many wait to be accepted.")

# %% [markdown]
# ## What does one read return?
#
# A client calls `sendall` twice, with `one` and with `two`. A moment later the program at the other end calls `recv(4096)`. What does
# it get here, most likely?

# %%
predict("01 two sends", ..., "b'one'", "b'onetwo'", "nothing, until the client closes")

# %%
listener = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(listener.getsockname())
connection, _ = listener.accept()
client.sendall(b"one")
client.sendall(b"two")
time.sleep(0.1)
received = connection.recv(4096)
client.sendall(b"a longer message")
pieces = [connection.recv(3), connection.recv(3)]
print(received, *pieces)

# %%
for each in (client, connection, listener):
    each.close()
reveal("01 two sends", 2 if received == b"onetwo" else 1)
fact(
    b"onetwo".startswith(received),
    "The bytes come in order. Where a send ended, nobody knows any more.",
)

# %% [markdown]
# A connection carries bytes, not messages: two sends can be one read, and one send can be many. So a server must find out itself
# where a request ends. (Our clients by hand take one `recv` for one answer. That is a mistake, and it works only because these answers
# are tiny and come from this machine.)
#
# `steps/http1.py` finds the end, for steps 1 to 4, without any socket. Here it is, fed by hand:

# %%
exchange = conversation()
for piece in (b"GET / HTT", b"P/1.1\r\nHost: here\r", b"\n\r\nGET /hel"):
    print(piece, "->", list(exchange.receive(piece)))
piece = b"lo?name=Ada HTTP/1.1\r\nHost: here\r\n\r\n"
print(piece, "->", list(exchange.receive(piece)))

# %% [markdown]
# Nothing, nothing, a whole answer; and what had come of the next request was kept until its rest came.
#
# Your turn. Click on the file's name below, change the file, save it, and run `check`: it runs a few tests, most of them from the suite that
# judges all steps. To begin again, delete the file and run the cell that asks for it.

# %%
exercise("whole_request")

# %%
check("whole_request")

# %% [markdown]
# ## A test for several clients
#
# Somebody writes a test for "this server can talk to several clients". It opens three connections. Then it takes them in turn: it asks on
# one, waits for the answer, and closes it. The test passes if three answers come, each within half a second.
#
# (`ask(client)` sends the request from above and returns the first line of the answer.) Will step 1 pass?

# %%
predict("01 three answers", ..., "yes", "no")


# %%
def three_answers(server, order, close=True):
    """How many of three connections, opened one after the other, are answered in half a second."""
    trio = [socket.create_connection(server.address, timeout=0.5) for _ in range(3)]
    answers = 0
    for n in order:
        try:
            answers += ask(trio[n]) == "HTTP/1.1 200 OK"
        except TimeoutError:
            pass
        if close:
            trio[n].close()
    for client in trio:
        client.close()
    return answers


# %%
opening = three_answers(server, [0, 1, 2])
reverse = three_answers(server, [2, 1, 0])
kept = three_answers(server, [0, 1, 2], close=False)
print(f"In the order of opening: {opening} of 3. In reverse: {reverse}. Without closing: {kept}.")
reveal("01 three answers", 1 if opening == 3 else 2)
fact(opening == 3, "Each closed before the next is asked, a server of one client at a time passes.")
fact(reverse == kept == 1, "Asked in reverse, or kept open, only one client is answered in time.")

# %% [markdown]
# In reverse, the server stands in `recv` for the first connection, on which the client asks last: the other two run out of patience, and then the
# first is answered. A test that passes for a server that can *not* do it tests nothing.
#
# Here is another server, step 2. It has a thread for each client, and is the next notebook's.

# %%
threads = serve(2)

# %% [markdown]
# **By hand.** `/slow/3` is an answer that takes three seconds. Open it at step 2's address in two tabs, one right after the
# other. When does the second get its answer? Then try `/slow/3?x=1` in one and `/slow/3?x=2` in the other.
#
# <details><summary>What we saw</summary>In our browser (Chromium) the second came after six seconds in the first try, and after three in the second: asked twice for one address, the *browser* waits for its
# first answer. Two tabs tested the browser.</details>


# %%
def two_pauses(server):
    """Seconds until two clients have an answer that takes 0.3 s, asked for together."""
    question = b"GET /slow/0.3 HTTP/1.1\r\nHost: here\r\n\r\n"
    began = time.perf_counter()
    pair = [socket.create_connection(server.address) for _ in range(2)]
    for client in pair:
        client.sendall(question)
    for client in pair:
        client.recv(4096)
        client.close()
    return time.perf_counter() - began


# %%
one_desk, many_desks = two_pauses(server), two_pauses(threads)
print(f"Two pauses of 0.3 s took {one_desk:.2f} s in step 1, and {many_desks:.2f} s in step 2.")
fact(one_desk > 1.5 * many_desks, "In step 1 pauses add up. In step 2 they overlap.")

# %% [markdown]
# ## Does the server know that a client has left?
#
# A client asks step 1 for `/slow/1`, an answer that takes a second, and leaves at once. Then a second client asks for a greeting. How many
# seconds does the second one wait?

# %%
predict(
    "01 waiting for nobody", ..., "about 0: the server sees that the client has left", "about 1"
)

# %%
leaver = socket.create_connection(server.address)
leaver.sendall(b"GET /slow/1 HTTP/1.1\r\nHost: here\r\n\r\n")
leaver.close()
with socket.create_connection(server.address) as second:
    began = time.perf_counter()
    second.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
    time.sleep(0.2)
    where(server)
    second.recv(4096)
waited = time.perf_counter() - began
print(f"The second client waited {waited:.2f} s.")
reveal("01 waiting for nobody", 2 if waited > 0.5 else 1)
fact(waited > 0.7, "The server slept to the end of its pause, for a client that was not there.")

# %% [markdown]
# A program notices only when it uses the socket: a read returns `b""`, for nothing more will come, or fails. This program uses none while it
# sleeps. The kernel had been told; nobody asked it.

# %% [markdown]
# ## Is keep-alive only about speed?
#
# In HTTP/1.1 a connection stays open after an answer, for the next question. That is called **keep-alive**. A client that asks for the last
# time says `Connection: close`.
#
# How many times as long does a request take if it needs a new connection first? Write a number; within a fifth counts as right.

# %%
predict("01 a new connection", ...)

# %%
count = 200
began = time.perf_counter()
with socket.create_connection(server.address) as client:
    for _ in range(count):
        ask(client)
open_already = (time.perf_counter() - began) / count
began = time.perf_counter()
for _ in range(count):
    with socket.create_connection(server.address) as client:
        ask(client)
new = (time.perf_counter() - began) / count
print(
    f"{1e6 * open_already:.0f} µs a request on an open connection, {1e6 * new:.0f} µs on a new one."
)
reveal("01 a new connection", new / open_already)

# %% [markdown]
# Across a network a new connection costs a journey to the server and back, too. So clients keep theirs.
#
# Now 100 of them come, and each asks for a greeting again as soon as it has its answer, for a second. How many of the 100 does step 1 serve at
# least once? (Beside it we measure step 3, one thread that talks to all its clients in turn.)

# %%
predict("01 served of 100", ...)

# %%
crowds = [crowd(step, clients=100) for step in (1, 3)]
served, others = (each["served"] for each in crowds)
reveal("01 served of 100", served)
fact(served < others, f"Of 100 clients, step 1 served {served}. Step 3, a loop, served {others}.")

# %%
fairness(crowds)

# %% [markdown]
# Half of all answers took less than the **median**, half took more. Step 1's is the better one, and that of one client: it kept its connection, so
# `converse` did not end and nobody else was accepted. A client that is never answered is in no median. Step 3 let everybody wait a little, and served all.

# %% [markdown]
# Keep-alive is about *who keeps the desk*. (A browser keeps its connection too. That is why you were not to open one on step 1.)

# %%
exercise("one_answer_each")

# %%
check("one_answer_each")

# %% [markdown]
# This is what you have changed so far:

# %%
diff("notebooks/exercises/one_answer_each.py", "work/one_answer_each.py")

# %% [markdown]
# ## Eight clients, side by side
#
# | client | comes at | and takes, alone |
# |---|--:|---|
# | three greetings | 0 s | 0.24 s, nearly all of it the client's pauses between its questions |
# | a pause | 0.01 s | 0.25 s |
# | six ticks | 0.02 s | 0.36 s: an answer in six pieces, a pause before each |
# | silent, then asks | 0.03 s | 0.2 s |
# | reads slowly | 0.04 s | about 0.3 s for a large answer |
# | heavy work | 0.11 s | 0.2 to 0.3 s of computing |
# | a greeting | 0.16 s | next to nothing |
# | a pause | 0.2 s | 0.1 s |
#
# They are served in the order in which they come. In step 1, how many seconds after the first one's arrival is the last one done?

# %%
predict("01 the last of eight", ...)

# %%
data = eight(1)
reveal("01 the last of eight", data["steps"][0]["done"] / 1000)

# %%
timelines(data)

# %% [markdown]
# A row is a client, and time goes from left to right. Striped is when it had come, or was ready to go on, and the server stood with somebody
# else: most of what there is in step 1. Only the black bar is work. Everything else that they waited for was somebody's pause or slowness.

# %% [markdown]
# (Dotted: the kernel has all of the answer, and the client has not read it yet.)

# %% [markdown]
# So you can watch them, here they come to step 1 once more, three times as slow. Watch who waits for whom.

# %%
live(1)

# %% [markdown]
# A bar grows for as long as what it stands for goes on. This run is for looking: whoever draws takes a share of the same machine.

# %% [markdown]
# ## Break it: which number gives it away?
#
# Old tutorials write `listen(5)`; our steps ask for 4096. Ten clients come to step 1 at one moment, while it is in a pause of 0.3 seconds for
# somebody who has left. We start step 1 twice, with a backlog of 4096 and with one of 5. (`rush` sends the ten, and times each: until connected, then until answered.)
#
# Which number shows that something is wrong with the second?

# %%
predict(
    "01 which number",
    ...,
    "clients without an answer",
    "the median time from being connected to the answer",
    "the time until the last client is connected",
    "none of these",
)


# %%
def visits(backlog):
    """Clients not answered; median seconds to an answer; seconds until the last was connected."""
    server = serve(1, "--backlog", str(backlog))
    with socket.create_connection(server.address) as leaver:
        leaver.sendall(b"GET /slow/0.3 HTTP/1.1\r\nHost: here\r\n\r\n")
    connecting, answering = zip(*rush(server, 10), strict=True)
    return 10 - len(answering), median(answering), max(connecting)


# %%
roomy, tight = visits(4096), visits(5)
for backlog, (missing, middle, last) in ((4096, roomy), (5, tight)):
    print(
        f"{backlog:4}: {missing} not answered, median {middle:.3f} s, last connected {last:.3f} s"
    )
worse = [after > before + 0.1 for before, after in zip(roomy, tight, strict=True)]
reveal("01 which number", worse.index(True) + 1 if any(worse) else 4)
fact(roomy[0] == tight[0] == 0, "Everybody is answered, whatever the backlog.")

# %% [markdown]
# With 5, everybody is answered, and once connected no later than with 4096. But some stood before the door. The queue was full, so the kernel dropped
# their request to connect without a word, and the clients' side tried again only a second later. A benchmark that starts its watch when a
# client is connected sees nothing of that.

# %%
server = serve(1)  # the usual one, should you go back to a cell above

# %% [markdown]
# ## What do we know now about the article's claims?
#
# What you measured goes into the **ledger** of notebook 00, beside what you predicted there.

# %%
evidence("fast", "served of 100 by step 1, and by step 3", f"{served} and {others}")
evidence("fast", "connected, of 10, when nobody accepts", connected)
ledger()

# %% [markdown]
# **Fast.** Of 100 clients step 1 served one, and had a better median than step 3, which served all.
#
# **Thousands of connections at once.** *Connected* is what the kernel does. A server's share begins with `accept`, and how many are *served* is
# another number. Ask which is meant.

# %% [markdown]
# **Simple.** Not judged yet. You have seen the lines on which step 1 waits for its clients; what else it needs is in the other files of `steps/`.

# %% [markdown]
# ## Do you still know?
#
# Three questions about notebook 00. With the class's name mended, the article's program would still serve nobody. Which two things are missing?
#
# <details><summary>Answer</summary>
#
# A line that listens at a port, and a loop that waits for those who come.
#
# </details>

# %% [markdown]
# Where does a request in HTTP end, if it has no body?
#
# <details><summary>Answer</summary>
#
# Behind the empty line: two times `\r\n`.
#
# </details>

# %% [markdown]
# A notebook and the server that runs in it: why was the client in a thread of its own?
#
# <details><summary>Answer</summary>
#
# The server lives in the loop that runs the cells. Had the cell stood and waited for the answer, nobody would have been there to give it.
#
# </details>

# %% [markdown]
# The next notebook gives each client a thread of its own. What does one cost?

# %%
stop()
fact(not children(), "No server is left: every process that this notebook started has ended.")
