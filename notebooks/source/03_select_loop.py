# %% [markdown]
# # How can one thread wait for everyone?
#
# *Notebook 03. The outputs below come from our machine and give the answers away: choose Edit, then Clear Outputs of All Cells. Then run
# cell after cell with Shift+Enter. Allow about 40 minutes.*

# %% [markdown]
# A thread that waits for one client hears no other. So step 2 gave each client a thread of its own. The article says that Tornado
# needs only one, and that it scales *because its input and output do not block*.
#
# How can one thread wait for everyone? This notebook builds **step 3**, the loop below Tornado.

# %%
import itertools
import resource
import select
import selectors
import socket
import threading
import time
import timeit
from statistics import median

from workbook import *

socket.setdefaulttimeout(10)  # no cell below waits for a server for longer than these seconds
about()

# %% [markdown]
# ## Asking everybody in turn
#
# After `setblocking(False)`, a call that would have to wait does not: it raises `BlockingIOError`. So one thread can ask ten sockets, one after the
# other, round and round.
#
# Ten clients are connected. Half a second from now, the seventh says hello. (`socketpair` makes both ends of a connection at once.)


# %%
def ten_clients():
    """Our ends of ten connections, and theirs."""
    pairs = [socket.socketpair() for _ in range(10)]
    threading.Timer(0.5, pairs[6][1].send, [b"hello"]).start()  # calls send in half a second
    return [our for our, _ in pairs], [their for _, their in pairs]


# %% [markdown]
# How often do we ask in vain, until we hear it?

# %%
predict(
    "03 asked in vain", ..., "about ten times", "some hundreds of times", "more than 10,000 times"
)

# %%
ours, theirs = ten_clients()
for each in ours:
    each.setblocking(False)
in_vain, cpu = 0, time.thread_time()
for each in itertools.cycle(ours):
    try:
        heard = each.recv(100)
        break
    except BlockingIOError:
        in_vain += 1
asking = time.thread_time() - cpu

# %%
print(f"{heard} after {in_vain:,} calls in vain. They took {asking:.3f} CPU seconds.")
reveal("03 asked in vain", 1 if in_vain < 100 else 2 if in_vain < 10_000 else 3)

# %% [markdown]
# A **CPU second** is a second in which a core works for us. Nobody's silence held up anybody, and input did not block. But a core was busy all
# the time, to find out that nothing had happened.
#
# The kernel knows when something comes. It can be asked to tell.

# %% [markdown]
# ## One wait for all
#
# `select.select` takes a list of sockets. It returns when one of them can be read, and says which.

# %%
ours, theirs = ten_clients()
cpu = time.thread_time()
ready, _, _ = select.select(ours, [], [])  # the other two lists are for writing, and for errors
heard = ready[0].recv(100)
waiting = time.thread_time() - cpu
print(f"{heard} after one wait. It took {waiting:.6f} CPU seconds.")
fact(waiting < asking / 10, "One wait for all costs next to nothing beside asking all in turn.")

# %% [markdown]
# ## How many can select wait for?
#
# The kernel gives every file and socket that a program has open a number, its **descriptor**: the lowest that is free.
#
# A program opens one socket after the other, and hands all that it has to `select.select`. How far does it come?

# %%
predict("03 select", ..., "as far as it may open sockets", "to about a thousand")

# %%
sockets, error = [], None
try:
    while len(sockets) < 2000:
        sockets.append(socket.socket())
        select.select(sockets, [], [], 0)  # 0 seconds: look, and do not wait
except (ValueError, OSError) as raised:
    error = raised
last = sockets[-1].fileno()
for each in sockets:
    each.close()
print(f"{len(sockets)} sockets. The last has descriptor {last}: {error!r}")

# %%
if isinstance(error, ValueError):
    reveal("03 select", 2)
    fact(last >= 1024, "Descriptors below 1024 are all that `select` can wait for.")
else:
    print("Here a program may open too few sockets: the end of select is not to be seen.")

# %% [markdown]
# `select` knows its sockets by a row of 1024 bits, one for each descriptor. A server that uses it ends at about a thousand clients, however
# large the machine.
#
# There are others without that end: `poll` nearly everywhere, `epoll` on Linux, `kqueue` on macOS. Python's module `selectors` gives all of them
# one form: `register` a socket, then `select()`. `DefaultSelector` is the best that the system has.

# %% [markdown]
# Of 2,000 sockets 1,999 are silent, and one can be read. How long does one wait of `poll` take, beside `epoll` or `kqueue`?

# %%
predict(
    "03 poll", ..., "about as long", "two or three times as long", "more than five times as long"
)


# %%
def one_wait(kind, count):
    """Microseconds that a wait takes when one of so many sockets can be read."""
    pairs = [socket.socketpair() for _ in range(count // 2)]
    with kind() as selector:
        for each in itertools.chain(*pairs):
            selector.register(each, selectors.EVENT_READ)
        pairs[0][0].send(b"hello")
        took = median(timeit.repeat(selector.select, number=1, repeat=50))
    for each in itertools.chain(*pairs):
        each.close()
    return 1e6 * took


# %%
limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)  # so many descriptors a program may have
default, costs = selectors.DefaultSelector, {}
for count in (20, 200, min(2000, limit // 2)):
    poll, best = one_wait(selectors.PollSelector, count), one_wait(default, count)
    costs[f"{count:,} sockets"] = {"poll, µs": poll, f"{default.__name__}, µs": best}
table(costs)

# %%
times = poll / best  # with the most sockets
reveal("03 poll", 1 if times < 1.5 else 2 if times < 5 else 3)
fact(times > 3, f"A wait for {count:,} sockets costs poll {times:.0f} times as much.")
evidence("scalable", f"a wait for {count:,} sockets: poll's time over {default.__name__}'s", times)

# %% [markdown]
# | call | the sockets are |
# |---|---|
# | `select` | handed over at each wait, up to descriptor 1023 |
# | `poll` | handed over at each wait |
# | `epoll`, `kqueue` | told to the kernel once, and kept there |
#
# What is handed over, the kernel goes through each time. In a list that it keeps, it marks who is ready as soon as something comes. Then a wait costs
# what is *ready*, not what is *there*.

# %% [markdown]
# ## Step 3: one loop
#
# Here is the heart of step 3. Where does it wait?

# %%
show("steps/03_select_loop/server.py", "serve", "Loop.turn")

# %% [markdown]
# On one line, for all. Every socket was registered together with a function to call when it is ready, a **callback**: `key.data`. `timers` are the pauses; `heapq` keeps the one that ends first in front. `turn` may wait until that one ends, and no longer. With no pause, it may wait for ever: `None`.
#
# A callback does a little and returns. What it may never do is wait.

# %% [markdown]
# The waiting room again:
#
# | the room | step 3 |
# |---|---|
# | the one desk, and its clerk | the one thread |
# | the clerk calls: who can go on? | `selector.select` |
# | whoever can comes to the desk for a moment, and sits down again | a callback |
# | those who sit and wait | a `Conversation` each |
# | the clock on the wall | `timers` |

# %% [markdown]
# A hundred clients connect to step 3, and all stay. Then they ask, the last to come first:

# %%
server = serve(3)
clients = [socket.create_connection(server.address) for _ in range(100)]
served = sum(ask(client) == "HTTP/1.1 200 OK" for client in reversed(clients))
threads = server.process.num_threads()
print(f"{served} of 100 answered. Threads: {threads}.")
fact(served == 100 and threads == 1, "One thread is not one client at a time.")
evidence("one_thread", "clients of 100 that one thread served, step 3", served)

# %% [markdown]
# They are all still there, and silent. How much of a core's time does the loop use in this second?

# %%
predict("03 a loop at rest", ..., "all of one: it goes round and round", "a tenth", "hardly any")

# %%
share = cpu_share(server, seconds=1)
where(server)
for client in clients:
    client.close()
print(f"It used {share:.3f} of a core.")
reveal("03 a loop at rest", 1 if share > 0.5 else 2 if share > 0.05 else 3)
fact(share < 0.1, "A loop that waits does not spin.")
evidence("scalable", "of a core, step 3 with 100 idle clients", share)

# %% [markdown]
# It stands in `select`, and may wait for ever, for no pause is running. (Four times a second a clock interrupts it, to look for deadlines that are
# over. On Linux `strace -p` shows both; `serve` printed the number of the process.)

# %% [markdown]
# ## What does send take?
#
# Reading was one half. A client asks for 50 MB and reads nothing. Our socket does not block. What does one `send` of it all do?

# %%
predict(
    "03 fifty megabytes",
    ...,
    "it takes all: the kernel keeps it until the client reads",
    "it takes some, and says how much",
    "it takes nothing, and raises BlockingIOError",
)

# %%
listener = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(listener.getsockname())
connection, _ = listener.accept()
connection.setblocking(False)
answer = b"x" * 50_000_000
try:
    sent = connection.send(answer)
except BlockingIOError:
    sent = 0
print(f"{sent:,} of {len(answer):,} bytes")
for each in (client, connection, listener):
    each.close()
reveal("03 fifty megabytes", 1 if sent == len(answer) else 2 if sent else 3)
fact(0 < sent < len(answer), "`send` takes what there is room for, and says how much that was.")

# %% [markdown]
# (`sendall` of a blocking socket does that too, and waits between.) A loop may not wait there. It keeps the rest, and goes on when the
# selector says that the connection can be *written* again. In step 3:

# %%
show("steps/03_select_loop/server.py", "Conversation.perform")

# %% [markdown]
# `part` is what is to be done now: bytes to write, a pause, or `END`. `self.part[sent:]` is the rest.

# %% [markdown]
# ## The loop, turned by hand
#
# Here is step 3's loop in this very notebook. No thread turns it; you do. A client connects.

# %%
loop = by_hand()
client = socket.create_connection(loop.listener.getsockname())
state(loop)

# %% [markdown]
# Connected is not accepted. One turn:

# %%
loop.turn()
state(loop)

# %% [markdown]
# For `select`, a listener can be read when somebody stands in its queue. So the loop accepted, and now there is a `Conversation`. There is no `part` to do, and no `script`, the generator that yields the parts. So it waits for the client: READ is watched. The client sends half of a request.

# %%
client.sendall(b"GET /slow/0.5 HTTP/1.1\r\nHo")
loop.turn()
state(loop)

# %% [markdown]
# No part came of it: the exchange keeps those bytes until the rest comes. It will be a request for a pause of half a second. What will be watched
# after the next turn?

# %%
predict("03 watched in a pause", ..., "READ", "WRITE", "nothing")

# %%
client.sendall(b"st: here\r\n\r\n")
loop.turn()
state(loop)
keys = loop.selector.get_map().values()  # all that is registered
watched = [key.events for key in keys if key.fileobj is not loop.listener]
fact(not watched, "In a pause nothing is watched.")
reveal("03 watched in a pause", watched[0] if watched else 3)  # READ is 1, WRITE is 2
began = time.perf_counter()
loop.turn()
print(f"The next turn waited {time.perf_counter() - began:.2f} s, until the pause was over.")

# %% [markdown]
# No client can end a pause; a timer does. `script` had stopped after this part, and was asked for the next.

# %%
state(loop)

# %% [markdown]
# The answer is the next part, and WRITE is watched. It is written in the next turn: **one part a turn**, so that a long answer does not keep
# the rest waiting.

# %%
loop.turn()
print(client.recv(4096).decode().splitlines()[0])
client.close()
loop.turn()
state(loop)

# %% [markdown]
# The client left, so the connection could be read, `recv` returned `b""`, and the conversation is gone. (`ConnectionError` is an `OSError`, so `go_on` calls `leave`.) Here is what you have seen happen:

# %%
show(
    "steps/03_select_loop/server.py",
    "Conversation.go_on",
    "Conversation.receive",
    "Conversation.advance",
)

# %% [markdown]
# | it | in step 3 |
# |---|---|
# | accepts | `Loop.accept` |
# | reads | `Conversation.receive` |
# | answers | `exchange.receive`, as before |
# | pauses | `Loop.call_after`, a timer |
# | writes | `Conversation.perform` |
# | closes | `Conversation.leave` |
#
# Each does what can be done now and returns. `Conversation.watch` then tells the loop what to wait for; that one will be yours.

# %% [markdown]
# ## Where did the state go?
#
# Four clients come to step 2, and each is left in the middle of something. (`narrow` connects so that little can be sent at a time.)

# %%
HABITS = {
    "says nothing": b"",
    "has said half": b"GET /hello?na",
    "is in a pause": b"GET /slow/10 HTTP/1.1\r\nHost: here\r\n\r\n",
    "does not read": b"GET /big/50000000 HTTP/1.1\r\nHost: here\r\n\r\n",
}


# %%
def visit(address, after_each=lambda: None):
    """The four, when each has connected and said what it says."""
    clients = []
    for words in HABITS.values():
        clients.append(narrow(address))
        after_each()
        if words:
            clients[-1].sendall(words)
            after_each()
    return clients


# %%
threads = serve(2)
clients = visit(threads.address)
time.sleep(0.3)
where(threads)
for client in clients:
    client.close()

# %% [markdown]
# How far each has come is *where its thread stands*: the line, and the calls above it. Four stacks, and what their variables hold.
#
# In step 3 there is one thread, and it may stand in none of these places. Here are the same four in the loop that you turn: once after each
# thing that they do, and then until nothing can go on.

# %%
clients = visit(loop.listener.getsockname(), after_each=loop.turn)
while loop.selector.select(0.1):
    loop.turn()
state(loop, *HABITS)

# %% [markdown]
# Compare the two, client by client. What has become of the four stacks? Your own sentence, in quotes:

# %%
predict("03 where the state is", ...)

# %%
reveal(
    "03 where the state is",
    "in an object for each connection: what is to be done, what is left of it, what is waited for",
)

# %% [markdown]
# These are the real objects, with what they hold now. What in step 2 is a place in the code, step 3 has written down:
#
# | in step 2 a thread stands in | here `part` is | and `watched` is |
# |---|---|---|
# | `recv` | none | READ |
# | `sendall` | bytes, or what is left of them | WRITE |
# | `sleep` | a `Pause` | nothing, but a timer runs |
#
# That is the whole trick. Its price: every conversation is cut into callbacks, and what they must remember is written down by hand.

# %%
for each in [*clients, *loop.listener.inside, loop.listener, loop.selector]:
    each.close()

# %% [markdown]
# The eight clients of notebook 01 come to steps 2 and 3. The sixth wants heavy work. Where does step 3's one thread stand then?

# %%
predict("03 the thread", ..., "on its one line that waits", "with client 6, at its heavy work")

# %%
stands = standing(2, 3)
heavy = stands["steps"][1]["moments"][1]  # step 3, amid the heavy work
_, client = heavy["threads"][0]  # where its one thread stands, and with whom
reveal("03 the thread", 2 if client == "6" else 1)

# %%
waits(stands)

# %% [markdown]
# Step 3 waits for all its clients on one line, and its thread stands there too. On the right, client 6 wants heavy work. In step 2 each of the others
# still has a thread on its line, which soon gets a turn. In step 3 the only thread has left the line for `handle(request)`. All who are marked as
# waiting their turn must wait until it is back.

# %% [markdown]
# ## Put it together
#
# Your turn. The table of `part` and `watched` says what `watch` must do, and `turn` you have seen.

# %%
exercise("the_loop")

# %%
check("the_loop")

# %% [markdown]
# From step 2 to step 3:

# %%
diff("steps/02_threaded/server.py", "steps/03_select_loop/server.py")

# %% [markdown]
# In step 2 `accept`, `recv`, `sleep` and `sendall` wait. In step 3 only `select` does. Most of what is new does what, in step 2, the stack did for us.

# %% [markdown]
# ## Three sick servers
#
# A, B and C are step 3, each with one old bug. A benchmark lets a hundred clients ask for greetings, and tells how many were
# served, and the requests per second.
#
# How many of the three do these two numbers give away? Say that a server is given away if it leaves a client unserved, or has less than half the
# rate of the sound one.

# %%
predict("03 given away", ..., "none", "one", "two", "all three")


# %%
def rate_of(seen):
    return seen["requests/s"]


servers = {"sound": serve(3), "A": planted("A"), "B": planted("B"), "C": planted("C")}
usual = {name: max(busy(one), busy(one), key=rate_of) for name, one in servers.items()}
table(usual)


# %%
def looks_sick(name):
    seen = usual[name]
    return seen["served of 100"] < 100 or rate_of(seen) < rate_of(usual["sound"]) / 2


reveal("03 given away", 1 + sum(map(looks_sick, "ABC")))

# %% [markdown]
# Now ask something else. How much of a core is used while nobody asks? Does a large answer arrive whole where little can be sent at a time? How long do two clients wait that ask for a pause at the same moment, as a multiple of one pause?

# %%
unusual = {name: idle(server) | large(server) | pauses(server) for name, server in servers.items()}
table(unusual)

# %% [markdown]
# Which server has which bug? When you know, you also know which of these four is in none of them:

# %%
predict(
    "03 the bug in none",
    ...,
    "it looks and does not wait: a timeout of 0",
    "it watches for WRITE, too, while it listens",
    "it forgets what `send` did not take",
    "it calls `time.sleep` for a pause",
)

# %%
sound, a, b, c = unusual.values()
empty, spinning = "of a core, nobody there", "of a core, one idle client"
arrived, overlap = "bytes of 1,000,000", "two pauses take"
fact(a[arrived] < sound[arrived], "A forgets what send did not take.")
fact(b[spinning] > 0.1 > sound[spinning], "B watches for WRITE: one idle client keeps it busy.")
fact(c[overlap] > 1.5 * sound[overlap], "C sleeps: pauses add up.")
fact(max(a[empty], b[empty], c[empty]) < 0.1, "None of them is busy with nobody there.")
reveal("03 the bug in none", 1)

# %% [markdown]
# A connection can be written nearly always, so in B `select` returns at once, for ever. (With a timeout of 0, a core would be busy even with nobody there.) All of B's answers are right, and under load there is something to do anyway. Only the processor of an *idle* server gives it away.
#
# Each bug shows in one measure. No measure shows all three.

# %% [markdown]
# ## Work
#
# In step 3 waits overlap. Now one client asks for heavy work: computing, for a fraction of a second. Meanwhile somebody asks for a greeting every
# hundredth of a second. How many times as long as in step 2 is the longest silence between two answers in step 3?

# %%
predict(
    "03 the longest silence",
    ...,
    "about as long: it is another client's work",
    "two or three times as long",
    "more than four times as long",
)

# %%
beats = {f"step {step}": heartbeat(serve(step)) for step in (2, 3)}
table(beats)
silence, work = "longest silence, ms", "heavy work, ms"
threads, loop = beats["step 2"], beats["step 3"]
times = loop[silence] / threads[silence]
reveal("03 the longest silence", 1 if times < 1.5 else 2 if times < 4 else 3)
fact(loop[silence] > 0.75 * loop[work], "In step 3 nobody is answered while one computes.")
fact(threads[silence] < 0.5 * threads[work], "In step 2 the others are.")
evidence("one_thread", "longest silence during work: step 3, as a multiple of step 2", times)

# %% [markdown]
# The thread that computes is the one that would have answered. In step 2 there are others, and Python gives them a turn in between. A loop
# interrupts nobody.
#
# The eight clients of notebook 01 again, in steps 1 and 3. The sixth asks for heavy work. Add up how long all eight wait for
# their turn. What percentage of step 1's sum is left in step 3?

# %%
predict("03 waiting for a turn", ...)

# %%
data = eight(1, 3)
first, third = (step["shown"] for step in data["steps"])  # ms, all eight together
reveal("03 waiting for a turn", 100 * third / first)

# %%
timelines(data)

# %% [markdown]
# Striped is when a client was ready and the server was not. In step 1 that is most of the picture. In step 3 it is only where the black bar
# is: while the heavy work is done, whoever has something to say waits for it.

# %% [markdown]
# ## What do we know now about the article's claims?
#
# **It scales, because its input and output do not block.** Not blocking alone is the very first loop of this notebook, and it burned a core for ten
# clients. What scales is one wait for all, and a kernel that keeps the list. And a thread that does not wait for a client may still compute for one.

# %% [markdown]
# **One thread serves better than a thread for each connection.** One thread served all of a hundred, and at rest it cost hardly anything. It also stood
# still for as long as one client's work took, and step 2 did not. Ask what the clients do: wait, or compute?

# %%
ledger()

# %% [markdown]
# ## Do you still know?
#
# Three questions about notebook 02. In step 2, a hundred pauses asked for together take little longer than one. Two `fib` in two threads take as long as in turn. Both times there is a thread for each. Why the difference?
#
# <details><summary>Answer</summary>
#
# A thread that waits needs no turn, so waits overlap. To run Python a thread needs the GIL, which one thread at a time can have. (Without a GIL, work
# overlaps too.)
#
# </details>

# %% [markdown]
# Linux sets aside 8 MiB for the stack of a thread. Why do 10,000 idle threads not need 80 GB?
#
# <details><summary>Answer</summary>
#
# Those 8 MiB are addresses that it may use, *virtual* memory. *Resident* is only what has been used, and a thread that waits has used little.
#
# </details>

# %% [markdown]
# A pool has eight threads. Eight clients connect and say nothing. What happens to the ninth, and would sixteen threads mend it?
#
# <details><summary>Answer</summary>
#
# The kernel lets it in, and nobody answers it, for each thread stands in `recv`. With sixteen it takes sixteen mute clients. A deadline helps little, for they can come again. What mends it is one wait for all: then a silent client keeps no
# thread.
#
# </details>

# %% [markdown]
# In step 3 the state of a conversation is written down by hand. Can Python keep it, as it did in step 1, without a thread for each? The next notebook asks
# what `await` saves.

# %%
stop()
fact(not children(), "No server is left: every process that this notebook started has ended.")
