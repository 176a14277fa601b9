# %% [markdown]
# # What happens to the second client?
#
# *Notebook 01. Run a cell with Shift+Enter, from top to bottom; it takes about 40 minutes to think along.*
#
# The article "Is Tornado a web server?" praises a server that holds thousands of connections at once. To judge
# that, you need to know what it is like without. So here is a server that serves **one client at a time**.
# What happens to the second one?

# %%
import socket
import time
from statistics import median

from workbook import *

about()

# %% [markdown]
# ## A server, asked by hand
#
# A **server** is a program that waits to be asked; a **client** is one that asks, like a browser. Between them is a
# **connection**: two streams of bytes, one each way. The end that a program holds is a **socket**. It reads from it and
# writes to it, much like a file. A server's address is a host, here `127.0.0.1`, this very machine, and a **port**: a
# number that tells its programs apart.

# %%
server = serve(1)

# %% [markdown]
# This is step 1, a process of its own. It ends with this notebook. Its deadlines are off, so that you can take your
# time: as it comes, it would throw out a client that is silent for five seconds.
#
# Ask it something in **HTTP**, the language of the web: lines of text, each ended by the two bytes `\r\n`, then an empty
# line.

# %%
client = socket.create_connection(server.address)
client.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
print(client.recv(4096).decode())
client.close()

# %% [markdown]
# That is all of it: some lines about the answer, an empty line, the answer. `ask(client)` does the same from now on, and
# returns the first line.
#
# Now the whole server, but for HTTP itself. Seven words name what it does, here and in all later steps: it
# **listens**; then, client by client, **accepts**, **reads**, **answers**, **pauses**, **writes** and **closes**.

# %%
show("steps/01_socket_server/server.py", "serve", "converse", "perform")

# %% [markdown]
# `accept` takes the next client. `recv` takes what it has sent, and waits if that is nothing yet.
# `exchange.receive` is HTTP: it is given bytes and yields what to do about them, and `perform` does it.
#
# Some lines **wait** for somebody else: a client, or a clock. Each is marked `# waits`, and no other line waits.

# %% [markdown]
# Picture a waiting room. It is the same in all notebooks:
#
# | the room | the program |
# |---|---|
# | the door | the listening socket |
# | those who sit and wait | connections |
# | the one desk, and its clerk | the **thread**: Python going from line to line |
# | the clock on the wall | pauses and deadlines |

# %% [markdown]
# ## The second client
#
# The first client connects and says nothing. The second connects and asks. What happens to the second?
#
# Put the number of your guess in the place of the three dots. Wrong guesses help too: people who guess before they
# see are better at seeing what happens (Miller and others, 2013).

# %%
predict(
    "01 the second client",
    ...,
    "it is refused",
    "it is answered at once",
    "it is connected, and hears nothing until the first has left",
)

# %%
first = socket.create_connection(server.address)  # and says nothing
second = socket.create_connection(server.address)
second.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
second.settimeout(0.5)
try:
    print("The second client hears:", second.recv(4096))
except TimeoutError:
    print("The second client is connected, has asked, and has heard nothing for half a second.")

# %% [markdown]
# Where is the server meanwhile? It can be asked: a signal makes it print the calls that it is in the middle of.

# %%
where(server)

# %% [markdown]
# It stands in `recv`, in front of the *first* client. The second one's question has arrived at this machine, but the
# program has not even accepted it. Now the first client leaves.

# %%
first.close()
second.settimeout(5)
heard = second.recv(4096).decode().partition("\r\n")[0]
second.close()
reveal("01 the second client", 3)
fact(heard == "HTTP/1.1 200 OK", "The second client is answered when the first has left.")

# %% [markdown]
# The server had nothing to do, and the second client waited all the same. Why? Say it in one sentence, in quotes.

# %%
predict("01 why it waits", ...)

# %%
reveal("01 why it waits", "the one thread stands in one client's recv, and nobody else reads")

# %% [markdown]
# ## Connected is not accepted
#
# The second client was *connected* while the server stood elsewhere. So who let it in? The **kernel**, the core of the
# operating system. It shakes hands for the program and keeps those who came in a queue, the **backlog**. `accept` takes
# one out.
#
# Suppose that a program listens with a backlog of 5 and never calls `accept`. Ten clients come. How many are connected,
# and can send?

# %%
predict("01 connected without accept", ..., "none", "some of the ten", "all ten")


# %%
def can_send(client):
    try:
        return client.send(b"hello") == 5
    except OSError:  # not connected
        return False


listener = socket.create_server(("127.0.0.1", 0), backlog=5)  # port 0: any that is free
clients = [socket.socket() for _ in range(10)]
for client in clients:
    client.setblocking(False)  # begin to connect, and do not wait for it
    client.connect_ex(listener.getsockname())

# %%
time.sleep(0.2)
connected = sum(map(can_send, clients))
for each in [*clients, listener]:
    each.close()
print(f"{connected} of 10 are connected and have sent, and nobody has accepted them.")
reveal("01 connected without accept", 2)
fact(
    0 < connected < 10, "Connected is not accepted: the kernel lets in as many as its queue holds."
)

# %% [markdown]
# Linux lets in one more than the backlog; other systems count otherwise. The rest knock again, later and later.
#
# So is the backlog the limit on how many clients a server can have? This time somebody calls `accept`.

# %%
predict("01 backlog of 5, a hundred clients", ..., "5 or 6 can be there", "all hundred can")

# %%
listener = socket.create_server(("127.0.0.1", 0), backlog=5)
pairs = []
for _ in range(100):
    client = socket.create_connection(listener.getsockname())
    connection, _ = listener.accept()
    pairs += [client, connection]
inside = len(pairs) // 2
for each in [*pairs, listener]:
    each.close()
reveal("01 backlog of 5, a hundred clients", 2)
fact(
    inside == 100, "A backlog of 5 and 100 clients: it limits who is not accepted yet, and no more."
)

# %% [markdown]
# ## One read is not one message
#
# A client calls `sendall` twice, with `one` and with `two`. The server calls `recv(4096)` a moment later. What does it get?

# %%
predict("01 two sends", ..., "b'one'", "b'onetwo'", "an error")

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
reveal("01 two sends", 2)
fact(received == b"onetwo", "Two sends can be one read. A connection carries bytes, not messages.")

# %% [markdown]
# And one send can be many reads. So a server must find out itself where a request ends. In this book
# `steps/http1.py` does, for all steps, and it needs no socket for that. Here it is, fed by hand, with a request and a half:

# %%
from functools import partial

from steps.app import handle
from steps.http1 import Exchange
from steps.messages import Timeouts
from steps.notes import Notes

exchange = Exchange(partial(handle, notes=Notes()), Timeouts())
for piece in (b"GET / HTT", b"P/1.1\r\nHost: here\r", b"\n\r\nGET /hel"):
    print(piece, "->", list(exchange.receive(piece)))

# %% [markdown]
# Nothing, nothing, and then a whole answer. The beginning of the next request is kept for later.
#
# Your turn. The file below opens beside this notebook. Change it there, save it, and run `check`: it runs part of the test
# suite that all steps must pass.

# %%
exercise("whole_request")

# %%
check("whole_request")

# %% [markdown]
# ## Three answers prove nothing
#
# You want to show that a server can talk to several clients at once. You open three connections, ask on each, and get three
# answers. Step 1 serves one at a time. Will it pass?

# %%
predict("01 three in opening order", ..., "yes", "no")


# %%
def three_answers(server, order):
    trio = [socket.create_connection(server.address) for _ in range(3)]
    answers = 0
    for n in order:
        trio[n].settimeout(0.5)
        try:
            ask(trio[n])
            answers += 1
        except TimeoutError:
            pass
        trio[n].close()
    return answers


# %%
opening, reverse = three_answers(server, [0, 1, 2]), three_answers(server, [2, 1, 0])
print(f"In the order of opening: {opening} of 3 answered. In reverse: {reverse} of 3.")
reveal("01 three in opening order", 1)
fact(opening == 3, "Asked in the order in which they came, a queue looks like three conversations.")
fact(reverse < 3, "Asked in reverse, it does not. The order of the test decided what it could see.")

# %% [markdown]
# A test that passes for a server that can *not* do it tests nothing. Now by hand, in a browser. Here is a second server,
# step 2: it has a thread for each client, and is the next notebook's. Keep both addresses.

# %%
threads = serve(2)

# %% [markdown]
# **By hand.** Open `/slow/3` at step 2's address in two tabs, one right after the other, and count seconds. Then the same with
# `/slow/3?x=1` and `/slow/3?x=2`. In most browsers the first takes six seconds and the second three: asked twice for
# the same address, the *browser* waits for its first answer, hoping to use it for both. Two tabs tested the browser.
#
# So let us use clients that hope for nothing.


# %%
def two_pauses(server):
    """Seconds until two clients have an answer that takes 0.3 s, asked for together."""
    ask_and_leave = b"GET /slow/0.3 HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"
    began = time.perf_counter()
    pair = [socket.create_connection(server.address) for _ in range(2)]
    for client in pair:
        client.sendall(ask_and_leave)
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
# A client asks step 1 for `/slow/1`, an answer after a pause of a second. It leaves at once. Then a second client
# asks for a greeting. How many seconds does the second one wait?

# %%
predict(
    "01 waiting for nobody", ..., "about 0: the server sees that the client has left", "about 1"
)

# %%
leaver = socket.create_connection(server.address)
leaver.sendall(b"GET /slow/1 HTTP/1.1\r\nHost: here\r\n\r\n")
leaver.close()
began = time.perf_counter()
with socket.create_connection(server.address) as second:
    time.sleep(0.2)
    where(server)
    ask(second)
waited = time.perf_counter() - began
reveal("01 waiting for nobody", 2)
fact(waited > 0.7, "The server slept to the end of its pause, for a client that was not there.")

# %% [markdown]
# A program learns that somebody has left when it reads from that socket, or writes to it. This one does neither while it
# sleeps. The kernel knew; nobody asked it.

# %% [markdown]
# ## Is keep-alive only about speed?
#
# In HTTP/1.1 a connection stays open after an answer, for the next question: **keep-alive**. What does that save?

# %%
count = 50 if small() else 500
began = time.perf_counter()
with socket.create_connection(server.address) as client:
    for _ in range(count):
        ask(client)
kept = (time.perf_counter() - began) / count
began = time.perf_counter()
for _ in range(count):
    with socket.create_connection(server.address) as client:
        ask(client)
fresh = (time.perf_counter() - began) / count
print(f"{1000 * kept:.2f} ms a request on one connection, {1000 * fresh:.2f} ms on a new one each.")

# %% [markdown]
# A good bargain, it seems. Now 100 polite clients keep their connections and ask for a greeting, again and again, for a
# second. Each gives way to nobody, since it does not know of the others. How many of the 100 does step 1 serve at least
# once? Write a number.

# %%
predict("01 served of 100", ...)

# %%
crowds = [crowd(step, clients=100, seconds=0.3 if small() else 1.0) for step in (1, 3)]
served = crowds[0]["served"]
reveal("01 served of 100", served)
others = crowds[1]["served"]
fact(served < others, f"Of 100 clients, step 1 served {served}. Step 3, a loop, served {others}.")

# %%
fairness(crowds)

# %% [markdown]
# The first client that was accepted asks again before anyone else can be. Whoever is never served is in no average:
# **a median asks only those who were answered.** Step 3, a loop, serves all, and its median is worse: everyone waits a
# little while the others have their turn.
#
# Keep-alive is about *who keeps the desk*. Let us change that.

# %%
exercise("one_answer_each")

# %%
check("one_answer_each")

# %% [markdown]
# This is what you have changed so far:

# %%
diff("notebooks/exercises/one_answer_each.py", "work/one_answer_each.py")

# %% [markdown]
# ## Eight clients, eye to eye
#
# Eight clients now come within a fifth of a second, each with its own wish: a greeting, a pause, a slow reader, heavy
# work. None wants more than 0.4 seconds of the server. When is the last one done, in seconds, in step 1?

# %%
predict("01 the last of eight", ...)

# %%
data = eight(1, 2)
reveal("01 the last of eight", data["steps"][0]["done"] / 1000)

# %%
timelines(data)

# %% [markdown]
# Every row is a client, from left to right in time. Striped is the time in which it was ready to go on and the server was busy
# with somebody else. In step 1 that is nearly all there is, and most of it is *waiting for somebody else's wait*.

# %% [markdown]
# ## Break it: which measure notices?
#
# Old tutorials write `listen(5)`. Our steps have a backlog of 4096. A server with 5 gets 20 clients at one moment, while it is in a
# pause of 0.3 s. Which of these shows that something is wrong?

# %%
predict(
    "01 which measure notices",
    ...,
    "the share of clients that are answered",
    "the median time to answer a client that is connected",
    "the time that it takes to connect",
)


# %%
def visits(backlog):
    server = serve(1, "--backlog", str(backlog))
    with socket.create_connection(server.address) as sleeper:
        sleeper.sendall(b"GET /slow/0.3 HTTP/1.1\r\nHost: here\r\n\r\n")
    connecting, answering = zip(*rush(server, 20), strict=True)
    print(
        f"backlog {backlog}: {len(answering)} of 20 answered, half of them within"
        f" {median(answering):.3f} s of being connected; the slowest connected after"
        f" {max(connecting):.2f} s\n"
    )
    return max(connecting)


# %%
roomy, tight = visits(4096), visits(5)
reveal("01 which measure notices", 3)

# %% [markdown]
# With 5, all are answered, and those who are connected are answered *sooner*: fewer of them wait inside. The others stood
# before the door. The kernel dropped their knock without a word, and a client knocks again after a whole second. A
# benchmark that starts its watch when it is connected cannot see them.

# %% [markdown]
# ## What do we know now about the article's claims?
#
# "**Simple, no Apache or nginx needed.**" A web server is a page of code and a parser, and it answers a browser.
#
# "**Fast.**" Step 1 has the best median you will see in this book. It served one client.
#
# "**Thousands of connections at once.**" *Connected* is what the kernel does. A server's share begins with `accept`, and
# how many are *served* is another number. Ask which is meant.

# %% [markdown]
# The next notebook gives each client a thread of its own. What does one cost?

# %%
stop()
fact(not children(), "No server is left: every process that this notebook started has ended.")
