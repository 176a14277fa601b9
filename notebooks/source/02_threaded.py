# %% [markdown]
# # What does a thread cost?
#
# *Notebook 02. The outputs below come from our machine and give the answers away: choose Edit, then Clear Outputs of All Cells. Allow about 40
# minutes.*
#
# In step 1 the one clerk stood with one client, and all the others waited. The remedy seems plain: a clerk for each. That is **step 2**. The article
# holds that one thread serves better. So what does a thread cost: in memory, in turns, in mistakes?

# %%
import socket
import sys
import time
from threading import Lock, Thread

from steps.app import fib
from steps.notes import Notes
from workbook import *

socket.setdefaulttimeout(10)  # no cell below waits for a server for longer than these seconds
about()

# %% [markdown]
# ## A clerk for each
#
# A **thread** is Python going from line to line. A program can have many, each on a line of its own. Here is all that changes from step 1 to
# step 2:

# %%
diff("steps/01_socket_server/server.py", "steps/02_threaded/server.py")

# %% [markdown]
# `Thread(...).start()` sends a new thread into `converse` and returns at once, so that this one goes back to `accept`. (A `daemon` does not keep
# the program alive. `Notes` and `Lock` come later.)
# As in notebook 01, the first client connects and says nothing, and the second asks:


# %%
GREETING = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"


def heard(client, seconds):
    """What a client hears within so many seconds."""
    client.settimeout(seconds)
    try:
        return client.recv(4096)
    except TimeoutError:
        return b""


# %%
server = serve(2)
first = socket.create_connection(server.address)  # and says nothing
second = socket.create_connection(server.address)
second.sendall(GREETING)
answer = heard(second, 5)
first.sendall(GREETING)
stayed = bool(heard(first, 5))
fact(answer and stayed, "The second is answered at once, and the first when it asks.")

# %% [markdown]
# Both are still connected, and silent. Where is the server now?

# %%
where(server)

# %% [markdown]
# Three threads. When the first client asks again, the server will go on with it where it stopped. Where does the server keep that place while the client is silent? Put a sentence in the place of the dots, in quotes.

# %%
predict("02 where it is kept", ...)

# %%
reveal(
    "02 where it is kept",
    "in its thread: a converse of its own stands in recv, and its names hold the rest",
)
first.close()
second.close()

# %% [markdown]
# The calls that a thread is in the middle of, and what their names stand for, are its **stack**. The waiting room has changed:
#
# | the room | the program |
# |---|---|
# | the clerk at the door | the main thread, in `accept` |
# | a desk and a clerk for each client | a thread for each connection |
# | what lies on a desk | its stack |

# %% [markdown]
# The eight clients of notebook 01 come to step 1, and then to step 2. A tenth of a second after the first, five are there, and each waits for something. How many threads does step 2 have then?

# %%
predict("02 threads that wait", ...)

# %%
stands = standing(1, 2)
all_wait = stands["steps"][1]["moments"][0]  # step 2, when all wait
reveal("02 threads that wait", len(all_wait["threads"]))

# %%
waits(stands)

# %% [markdown]
# Each row is a line that waits, a triangle is a thread, a disc a client; `handle(request)` makes the answer. In step 1 the one thread stands with one
# client, and the others are in the queue. In step 2 each client has a thread, on the line that waits for that client, and one more is at the door.
# On the right, the others are still on their own lines beside client 6's heavy work.

# %% [markdown]
# ## Do a hundred waits overlap?
#
# In notebook 01 two pauses overlapped in step 2. Now a hundred clients ask at one moment for a pause of 0.2 seconds. With one clerk that takes 20 seconds. After how many seconds has step 2 answered all of
# them?

# %%
predict("02 a hundred pauses", ...)


# %%
def pause_at_once(server, count):
    """Seconds until so many clients have an answer that takes 0.2 s, asked for together."""
    clients = [socket.create_connection(server.address) for _ in range(count)]
    began = time.perf_counter()
    for client in clients:
        client.sendall(b"GET /slow/0.2 HTTP/1.1\r\nHost: here\r\n\r\n")
    for client in clients:
        client.recv(4096)
        client.close()
    return time.perf_counter() - began


single, hundred = pause_at_once(server, 1), pause_at_once(server, 100)
reveal("02 a hundred pauses", hundred)
fact(hundred < 4 * single, "A hundred pauses overlap.")

# %% [markdown]
# ## What does a waiting thread cost?
#
# A thread needs room for its stack; Linux sets aside 8 MiB for each, unless told otherwise. (A MiB is 1024 times 1024 bytes.) **Virtual** memory is
# all the addresses that are set aside; **resident** is what really lies in the machine's memory.
#
# A thousand clients ask once, stay, and say nothing. By how much does step 2's resident memory grow?

# %%
predict(
    "02 a thousand threads",
    ...,
    "8,000 MiB: a stack for each",
    "about 800 MiB",
    "less than 100 MiB",
)

# %%
two, three = hold(2, 1000), hold(3, 1000)
for step, held in ((2, two), (3, three)):
    print(
        f"Step {step}, {held['connections']:,} clients more: {held['threads']:,} threads,",
        f"{held['resident'] / 1024:.1f} MiB resident, {held['virtual'] / 1024:,.0f} virtual,",
        f"{held['cpu']:.3f} s of work",
    )

# %%
grown = two["resident"] / 1024
reveal("02 a thousand threads", 3 if grown < 100 else 2 if grown < 2000 else 1)
fact(two["threads"] >= two["connections"], "Step 2 has a thread for each client that is there.")
fact(two["resident"] > 3 * three["resident"], "One thread for all needs much less memory still.")

# %% [markdown]
# The 8 MiB are addresses. The kernel finds memory for them only where a thread writes, and one that waits has written little. A thousand
# of them take some memory and hardly any computing: they do not kill a server.
#
# For ten thousand, and all five steps: `python3 start.py bench --full --scenarios idle`.

# %% [markdown]
# ## Do threads work side by side?
#
# Waiting is cheap. Now work: `fib` computes a number, the slow way, and waits for nobody. (A **core** is a part of the machine that computes. Most have several, and they work at the same time.) Twice in turn takes a certain time. What do two threads
# take, one `fib` each?

# %%
predict("02 two threads at work", ..., "about half of that", "about as long")


# %%
def in_turn():
    fib(28)
    fib(28)


def in_threads():
    pair = [Thread(target=fib, args=(28,)) for _ in range(2)]
    for thread in pair:
        thread.start()
    for thread in pair:
        thread.join()  # waits for its end


# %%
def seconds(work):
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


turns = min(seconds(in_turn) for _ in range(5))
threads = min(seconds(in_threads) for _ in range(5))
print(f"In turn {turns:.3f} s, in two threads {threads:.3f} s.")
reveal("02 two threads at work", 1 if threads < 0.7 * turns else 2)
if gil():
    fact(threads > 0.7 * turns, "Two threads take about as long as one after the other.")
else:
    print("This Python has no GIL (see below): with two cores, its threads work side by side.")

# %% [markdown]
# A **lock** is held by one thread at a time; others who want it wait. Python, as most have it, has one around itself: the **global interpreter
# lock**, or GIL. Only the thread that holds it runs. A thread that is about to wait, in `recv` or `sleep`, lets go of it first. So waits overlap, and work
# does not.

# %% [markdown]
# All clerks share one pen, and whoever waits lays it down. (Since 3.13 there is also a *free-threaded* Python, without a GIL. It answers differently.)

# %% [markdown]
# ## Who gets the pen?
#
# Here are the eight clients of notebook 01 again. The sixth asks for heavy work: 0.2 seconds or more of computing. Beside step 2 stands step 3, one
# thread for all. Add up how long all eight wait for their turn: where is it more?

# %%
predict(
    "02 waiting for a turn",
    ...,
    "step 2: many clerks, one pen",
    "step 3: one clerk",
    "about the same",
)

# %%
data = eight(2, 3)
many, alone = (step["shown"] / 1000 for step in data["steps"])
print(f"All eight waited for their turn: {many:.2f} s in step 2, {alone:.2f} s in step 3.")
print(f"Whoever has the pen hands it over after {1000 * sys.getswitchinterval():g} ms, if asked.")
reveal("02 waiting for a turn", 1 if many > 1.2 * alone else 2 if alone > 1.2 * many else 3)
fact(many < alone, "Beside heavy work, the others wait less if each has a thread.")

# %%
timelines(data)

# %% [markdown]
# Striped is, as before, who was ready while somebody else had the turn. Beside the black bar of step 2 the stripes are narrow: some milliseconds,
# and the pen is handed over. In step 3 they last until the bar ends. Threads deal out heavy work in slices, and a loop does not: a point for threads.

# %% [markdown]
# ## And if all want it?
#
# A thousand clients now ask for a greeting again as soon as they have one, for a second. Nobody pauses, nobody is slow. How many of the 1,000
# does step 2 serve at least once?

# %%
predict("02 served of 1,000", ...)

# %%
crowds = [crowd(step, clients=1000) for step in (2, 3)]
served, others = (each["served"] for each in crowds)
reveal("02 served of 1,000", served)
accepted = crowds[0]["used"]["threads"] - 1
print(f"At the end step 2 had {accepted:,} threads beside the one that accepts.")
if gil():
    fact(served < others, f"Step 2 served {served:,}. Step 3 served {others:,}.")

# %%
fairness(crowds)

# %% [markdown]
# The dots stand in order of arrival. Those who came last were never served, nor even accepted: there are no threads for them. The clerk at the door needs the pen too. It is
# one of hundreds who ask for it, and each time it accepts somebody, there is one more.
#
# No line of the program says whose turn is next. That is up to the kernel.

# %% [markdown]
# ## What threads share
#
# Each thread has its own stack. All else they have in common: what is outside of functions, and the objects that they all use.
#
# Four threads add 1 to the same number, a million times each: with `plain`, then with `called`. What comes out?


# %%
def one():
    return 1


def plain(times):
    global total
    for _ in range(times):
        total += 1


def called(times):
    global total
    for _ in range(times):
        total += one()


# %%
predict(
    "02 four million",
    ...,
    "4,000,000 both times",
    "4,000,000 with plain, less with called",
    "less both times",
)


# %%
def by_four(work, times):
    """Four threads do this work, so many times each."""
    threads = [Thread(target=work, args=(times,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


totals = []
for work in (plain, called):
    total = 0
    by_four(work, 1_000_000)
    totals.append(total)

# %%
print(f"plain: {totals[0]:,}, called: {totals[1]:,}")
reveal("02 four million", 1 + sum(total < 4_000_000 for total in totals))

# %% [markdown]
# `total += 1` is three things: read, add, write. A thread that loses the pen after reading later writes back an old number, and what others added meanwhile is gone. That is a **race**: what comes out depends on whose turn it is.
#
# A Python with a GIL lets go of it only at certain places. From 3.10 on none is inside `total += 1`, and a call is one. Nothing [promises
# that](https://docs.python.org/3/faq/library.html#what-kinds-of-global-value-mutation-are-thread-safe).

# %% [markdown]
# "I tried it, and saw no race" was true of `plain`. Then somebody moved the 1 into a function.
#
# To see it not now and then but every time, take the turn away at the worst moment. Here are reading and writing on lines of their own:


# %%
def add_one():
    global total
    seen = total
    total = seen + 1


# %% [markdown]
# `cut_in` stops a thread in front of a line, as a debugger would, lets another run, and then goes on. Two threads call `add_one`. The first is
# stopped in front of `total = seen + 1`. The total was 0; what is it in the end?

# %%
predict("02 one and one", ...)

# %%
total = 0
cut_in(add_one, "total = seen + 1", add_one)
reveal("02 one and one", total)
fact(total == 1, "Both read 0, and both wrote 1.")

# %% [markdown]
# ## The notes without their lock
#
# So much for numbers. Clients can also leave notes with our servers, with `POST /notes`. One object of the class `Notes` keeps them, for all clients. This is how it adds one:

# %%
show("steps/notes.py", "Notes.add", "Notes._record")

# %% [markdown]
# `with self._lock` waits for the lock, holds it, and lets go at the end. Step 2 says `Notes(threading.Lock())`. The other steps have `Notes()`, where
# that line does nothing: only one thread is ever there.
#
# Suppose step 2 had forgotten it. A test is quickly written: four threads add 250 notes each, without a lock.


# %%
def add_notes(times):
    for _ in range(times):
        notes.add("a note")


notes = Notes()
by_four(add_notes, 250)
print(f"{len(notes.all()):,} of 1,000 notes are there.")

# %% [markdown]
# Is the lock needless, then? One client adds `milk`. In front of `return self._record(...)` it loses its turn, and another adds `bread`.
# What do the notes hold in the end?

# %%
predict("02 milk and bread", ..., "milk and bread", "milk alone", "bread alone", "nothing")


# %%
def milk_and_bread(notes):
    told = cut_in(lambda: notes.add("milk"), "return self._record", lambda: notes.add("bread"))
    print("The clients were told:", *told)
    print("The notes are:        ", *notes.all())
    return [note["text"] for note in notes.all()]


# %%
kept = milk_and_bread(Notes())
reveal("02 milk and bread", {"milk bread": 1, "milk": 2, "bread": 3}.get(" ".join(kept), 4))
fact(kept == ["milk"], "Both clients have number 2, nobody saw an error, and the bread is gone.")

# %% [markdown]
# Both counted before either wrote. So number 1 was never given, both took 2, and milk, which wrote last, replaced the bread.

# %%
kept = milk_and_bread(Notes(Lock()))
fact(kept == ["milk", "bread"], "With the lock, the second waited until the first was done.")

# %% [markdown]
# Wrong programs with threads mostly work, and so they pass their tests. (A Python with a GIL happens not to let go in front of that line. Without a GIL there is no such luck.) What two threads share must be known, and locked, by whoever writes the program. That is the most expensive part of a thread.

# %% [markdown]
# ## Eight clerks
#
# Step 2 has a thread for each connection that the system allows, which may be thousands. Many servers keep a fixed number.

# %%
exercise("pool")

# %%
check("pool")

# %% [markdown]
# Now the threads are bounded. Eight clients connect to the pool and say nothing. A ninth asks for a greeting. When is it answered?

# %%
predict(
    "02 the ninth client",
    ...,
    "at once: whoever says nothing needs no thread",
    "when one of the eight has asked, and been answered",
    "when one of the eight has left",
)

# %%
pool = serve_exercise("pool")
mute = [socket.create_connection(pool.address) for _ in range(8)]
ninth = socket.create_connection(pool.address)
ninth.sendall(GREETING)
early = heard(ninth, 0.5)
mute[0].sendall(GREETING)
heard(mute[0], 5)
between = heard(ninth, 0.5)
mute[0].close()
late = heard(ninth, 5)
for client in [*mute, ninth]:
    client.close()
reveal("02 the ninth client", 1 if early else 2 if between else 3)
fact(late and not (early or between), "Eight who stay stop a pool of eight threads.")

# %% [markdown]
# Whoever bounds the threads bounds the clients: a thread belongs to its client until that one leaves, mute or not. A deadline helps little, for the mute can come again.
#
# So: a thread for each and no bound, or a bound and eight clients that stop you. The way out is to keep a conversation *without* a thread. That
# is step 3.

# %% [markdown]
# ## Break it: which number gives it away?
#
# Races are feared, so somebody plays safe and puts a lock round every answer, one for all threads:

# %%
show("notebooks/bugs/one_lock_for_all.py", "converse")

# %%
predict(
    "02 which number",
    ...,
    "clients answered, of 50 that ask once",
    "whether a client is answered while another is mute",
    "how long ten pauses take, as a multiple of one",
    "none of these",
)


# %%
def numbers(server):
    """Clients answered of 50; answered beside a mute one; ten pauses' time over one's."""
    answered = len(rush(server, 50))  # as in notebook 01
    with (
        socket.create_connection(server.address),  # mute
        socket.create_connection(server.address) as client,
    ):
        client.sendall(GREETING)
        beside = bool(heard(client, 5))
    return answered, beside, round(pause_at_once(server, 10) / pause_at_once(server, 1), 1)


# %%
safe, sound = numbers(serve_bug(2, "one_lock_for_all")), numbers(server)
print("of 50, beside a mute one, ten pauses:", *sound)
print("with one lock for all:               ", *safe)
changed = [safe[0] != sound[0], safe[1] != sound[1], safe[2] > 3 * sound[2]]
reveal("02 which number", changed.index(True) + 1 if any(changed) else 4)
fact(changed == [False, False, True], "Only the pauses show it: they do not overlap any more.")

# %% [markdown]
# A thread for each, and one at a time all the same: whoever pauses inside the lock holds up all who are to be answered. Hold a lock for a few
# lines, and never while you wait.

# %% [markdown]
# ## In a sentence
#
# You have seen three prices. What does a thread cost?

# %%
predict("02 what a thread costs", ...)

# %%
reveal(
    "02 what a thread costs",
    "some KiB while it waits; fairness when many run; a lock for all that it shares",
)

# %% [markdown]
# ## What do we know now about the article's claims?

# %%
evidence(
    "one_thread",
    "1,000 silent clients, a thread each or one for all",
    f"{two['resident'] / 1024:.1f} or {three['resident'] / 1024:.1f} MiB",
)
evidence("one_thread", "served of 1,000 that keep asking", f"{served:,} or {others:,}")
evidence("one_thread", "waiting for a turn beside heavy work", f"{many:.2f} or {alone:.2f} s")
evidence("fast", "connections held at once, a thread each", f"{two['connections']:,}")
ledger()

# %% [markdown]
# **One thread better than a thread for each.** It needs less memory, is fairer to a crowd, and needs no locks as long as it does not wait between reading and writing. Beside heavy work it is worse. *Better*
# needs a load to be better at.
#
# **Fast: thousands of connections.** Threads can hold a thousand clients that wait. Whether they serve a thousand that ask is another number.

# %% [markdown]
# ## Do you still know?
#
# Three questions about notebook 01. Ten clients come to a program with a backlog of 5, which never calls `accept`. Who lets some of them in, and
# does the program know?
#
# <details><summary>Answer</summary>
#
# The kernel. It lets in as many as its queue holds. The program learns of a client when it calls `accept`.
#
# </details>

# %% [markdown]
# A client sends two requests with one `sendall`. How many `recv` does the server need to read them?
#
# <details><summary>Answer</summary>
#
# Nobody can say: one, two, or many. A connection carries bytes, and where a request ends it says itself.
#
# </details>

# %% [markdown]
# Of two servers under the same crowd, one has the better median. Which is the better server?
#
# <details><summary>Answer</summary>
#
# That does not follow. Step 1 had the better median, and served 1 of 100: a client that is never answered is in no median.
#
# </details>

# %% [markdown]
# One thread that serves all must never wait for one of them. How can it wait for everyone? That is the next notebook.

# %%
stop()
fact(not children(), "No server is left: every process that this notebook started has ended.")
