# %% [markdown]
# # What does `await` save?
#
# *Notebook 04. The outputs below come from our machine and give the answers away: choose Edit, then Clear Outputs of All Cells. Then run
# cell after cell with Shift+Enter. Allow about 40 minutes.*

# %% [markdown]
# In step 3 one thread serves everybody, and nobody may stand still in the middle of a conversation. So a class had to write down how far
# each had come. Step 4 has one thread too, and no such class. It reads like step 1, with `await` before each of the four waits.
#
# What does that save: time, or something else?

# %%
import asyncio
import contextlib
import gc
import importlib
import inspect
import socket
import time
import types

from steps.app import fib
from workbook import *

socket.setdefaulttimeout(10)  # no cell below waits for a server for longer than these seconds
about()

# %% [markdown]
# 100 clients ask as fast as they can. For each request that step 3 answers, how many does step 4 answer in as much time of the processor?
# You will measure it at the end.

# %%
predict("04 faster", ..., "two, or more", "about one", "a half, or fewer")

# %% [markdown]
# ## A function that stops in its middle
#
# A function with a `yield` in it is a **generator function**. Called, it returns a **generator**; `next` lets that run until it comes to
# a `yield`, and returns what stands there.


# %%
def visit(name):
    for place in ("door", "desk"):
        yield f"{name} waits at the {place}"


# %% [markdown]
# Two generators are made, `visit("Ada")` and `visit("Bob")`. `next` is called for Ada, then for Bob, then for Ada again. What does the last call return?

# %%
predict(
    "04 generator", ..., "Ada waits at the door", "Ada waits at the desk", "Bob waits at the desk"
)

# %%
ada, bob = visit("Ada"), visit("Bob")
print(next(ada))
print(next(bob))
last = next(ada)
print(last)
reveal("04 generator", 2 if last.endswith("desk") else 1)

# %% [markdown]
# Ada went on where she had stopped, and Bob stands where he stood. A call has variables and a line to which it has come: its **frame**. While an
# ordinary call waits, its frame keeps the thread. A generator's frame is put aside at `yield`, and taken up again at `next`:

# %%
for one in (ada, bob):
    print("line", one.gi_frame.f_lineno, one.gi_frame.f_locals)
places = [one.gi_frame.f_locals["place"] for one in (ada, bob)]
fact(places == ["desk", "door"], "Each has variables of its own, and keeps them while it stands.")

# %% [markdown]
# ## A loop that lets them go on
#
# So let a conversation stop in its middle, and say what it waits for: `yield READ, connection`. Somebody must hear that, wait for all of them at
# once, and call `next` for each whose wait is over. This is the loop of step 3, made for generators:

# %%
show("notebooks/exercises/generator_loop.py", "Loop", "serve")

# %% [markdown]
# In the waiting room: whoever stands at the desk goes on until something is missing, and says what. The clerk notes who waits for what, and turns to the
# next who can go on. That is `Loop.go_on`. All else that is known of a conversation stays in its generator.
#
# `yield from` runs a generator inside another: what that yields goes out to the loop, and what it returns is the value of `yield from`.

# %%
exercise("generator_loop")

# %%
check("generator_loop")

# %% [markdown]
# This is how we did it:

# %%
show(
    "notebooks/exercises/solutions/generator_loop.py",
    *("converse", "receive", "perform", "send"),
)

# %% [markdown]
# ## `yield` becomes `await`
#
# Python has a second kind of generator, made for this: the **coroutine**. `async def` defines the function that makes one, and `await` does what
# `yield from` does. It needs no asyncio; here you are the loop.


# %%
@types.coroutine  # what is awaited in the end: a generator that yields to the loop
def wait_for(what):
    return (yield what)  # its value is what the loop hands in


async def converse(name):
    print("It begins.")
    words = await wait_for("something to read")
    return f"{name} said {words}"


# %% [markdown]
# What does the call `converse("Ada")` alone run?

# %%
predict("04 a call", ..., "all of it", "what comes before the await", "nothing of it")

# %%
coroutine = converse("Ada")
called = inspect.getcoroutinestate(coroutine)
print(called)
coroutine.close()  # or Python would complain that nobody awaited it
reveal("04 a call", 3 if called == "CORO_CREATED" else 2)

# %% [markdown]
# The call only returns a coroutine, which has not begun. `send` is `next` with something to hand in. At first there is nothing, and the coroutine runs up to where it must wait. Then it is handed what it
# waited for.

# %%
coroutine = converse("Ada")
print("It waits for", coroutine.send(None))
print("Meanwhile its frame keeps", coroutine.cr_frame.f_locals)
try:
    coroutine.send("hello")
except StopIteration as end:
    print("It has ended, and returned:", end.value)

# %% [markdown]
# Step 4 is your conversation with `await`, on a loop that somebody else has written: **asyncio**, which comes with Python.

# %%
show("steps/04_asyncio/server.py", "serve", "converse", "perform")

# %% [markdown]
# | step 1 waits in | your generator says | step 4 says |
# |---|---|---|
# | `listener.accept()` | `yield READ, listener` | `await loop.sock_accept(listener)` |
# | `connection.recv(65536)` | `yield READ, connection` | `await loop.sock_recv(connection, 65536)` |
# | `time.sleep(seconds)` | `yield PAUSE, seconds` | `await asyncio.sleep(seconds)` |
# | `connection.sendall(part)` | `yield WRITE, connection`, again and again | `await loop.sock_sendall(connection, part)` |
# | | `loop.go_on(converse(...))` | `tasks.create_task(converse(...))` |
#
# A **task** is a coroutine that the loop lets go on, whenever what it awaits has come. `async with` is a `with` that may wait: a `TaskGroup` waits at its end for all its tasks.

# %% [markdown]
# What has changed from step 1 to step 4? The four waits are in the same places:

# %%
diff("steps/01_socket_server/server.py", "steps/04_asyncio/server.py")

# %% [markdown]
# And from step 3 to step 4, which wait in the same way? `Conversation` and `Loop` are gone.

# %%
diff("steps/03_select_loop/server.py", "steps/04_asyncio/server.py")

# %% [markdown]
# `Conversation` kept what is to be done, and how far that has come. Where is it now? Take step 4's own `converse`, give it half a request, and
# look into its frame. (This notebook runs in an asyncio loop itself: a cell may `await`.)

# %%
step4 = importlib.import_module("steps.04_asyncio.server")
client, connection = socket.socketpair()  # both ends of a connection
connection.setblocking(False)
task = asyncio.create_task(step4.converse(connection, conversation()))
client.sendall(b"GET / HTTP/1.1\r\nHo")
await asyncio.sleep(0.1)
frame = task.get_coro().cr_frame
kept = frame.f_locals["data"]
print(f"It stands in line {frame.f_lineno} and keeps {', '.join(frame.f_locals)}.")
print("data is", kept)

# %%
client.sendall(b"st: here\r\n\r\n")
await asyncio.sleep(0.1)
answer = client.recv(4096)
client.close()
await task  # until it has ended
print(answer.decode())
fact(kept.endswith(b"Ho") and b" 200 " in answer, "A suspended frame kept half a request.")

# %% [markdown]
# And who waits, and where? The eight clients again, on steps 3 and 4. A tenth of a second after the first came, all who are there wait, in step 4 each at an `await` of its own. And its one thread?

# %%
predict("04 the thread", ..., "on the line of one client", "with none of them")

# %%
stands = standing(3, 4)
all_wait = stands["steps"][1]["moments"][0]  # step 4, when all wait
_, client = all_wait["threads"][0]  # where its one thread stands, and with whom
reveal("04 the thread", 1 if client else 2)

# %%
waits(stands)

# %% [markdown]
# Each client stands again on the line that waits for it, as in step 2, but suspended. On the left the thread is with none of them, but in asyncio's own `select`. On
# the right it is with client 6, and nobody else goes on, as in step 3.

# %% [markdown]
# ## What stops the others?
#
# A task should run every 10 ms, like a heartbeat. Beside it, in the same loop, a *request* takes 0.3 seconds. How long is the longest time between two
# beats, if the request sleeps with `time.sleep`? And with `await asyncio.sleep`?

# %%
gaps = ("about 10 ms: the request waits, the others go on", "about 300 ms: all stop")
predict("04 time.sleep", ..., *gaps)
predict("04 asyncio.sleep", ..., *gaps)


# %%
async def longest_gap(request):
    """Seconds that a request took, and the longest time between two beats meanwhile."""
    began = beat = time.perf_counter()
    task = asyncio.create_task(request)
    longest = 0
    while not task.done():
        await asyncio.sleep(0.01)
        now = time.perf_counter()
        longest, beat = max(longest, now - beat), now
    print(f"took {now - began:.2f} s, longest gap {1000 * longest:4.0f} ms: {request.__name__}")
    return now - began, longest


# %%
async def blocking():
    time.sleep(0.3)


async def awaiting():
    await asyncio.sleep(0.3)


_, blocked = await longest_gap(blocking())
_, free = await longest_gap(awaiting())
reveal("04 time.sleep", 2 if blocked > 0.15 else 1)
reveal("04 asyncio.sleep", 2 if free > 0.15 else 1)
fact(blocked > 0.25, "time.sleep in a coroutine stops all of them.")
fact(free < blocked / 2, "await stops the one that waits, and nobody else.")

# %% [markdown]
# `time.sleep` knows nothing of the loop. It stops the thread, and there is only that one. A coroutine stops alone only where it awaits something
# that tells the loop.
#
# And a request that does not wait, but computes? Three ways to do it: as it is; in a thread of its own; in slices, with a turn for the
# others between two of them.

# %%
predict(
    "04 heavy work",
    ...,
    "with all three the beat goes on: each is a coroutine",
    "in a thread and in slices it goes on",
    "only in a thread",
    "with none",
)


# %%
async def inline():
    return fib(33)


async def in_a_thread():
    return await asyncio.to_thread(fib, 33)


async def in_slices(n=33):
    if n < 20:
        await asyncio.sleep(0)  # a turn for the others
        return fib(n)
    return await in_slices(n - 1) + await in_slices(n - 2)


# %%
beats = [await longest_gap(request()) for request in (inline, in_a_thread, in_slices)]
goes_on = [gap < took / 2 for took, gap in beats]
reveal("04 heavy work", 1 if goes_on[0] else 2 if all(goes_on[1:]) else 3 if goes_on[1] else 4)
fact(goes_on == [False, True, True], "async tames no heavy work. A thread does, and so do slices.")

# %% [markdown]
# The thread shares Python with the loop, so the beats come a few milliseconds late. (Without a GIL they need not.) Slices need no thread, but
# somebody must cut them. Step 4 does neither.

# %% [markdown]
# ## Does every `await` give the others a turn?
#
# Task a writes an `a` three times, and after each awaits `nothing()`, a coroutine without an `await` of its own. Task b is ready
# all the while, to write one `b`. In which order do they write?

# %%
predict("04 order", ..., "a b a a", "a a a b", "it varies from run to run")


# %%
async def nothing():
    pass


async def order(rest):
    """What is written, if a rests like this."""

    async def write(letter, times):
        for _ in range(times):
            written.append(letter)
            await rest()

    written = []
    await asyncio.gather(write("a", 3), write("b", 1))  # as tasks, until both have ended
    return " ".join(written)


# %%
plain, turns = await order(nothing), await order(lambda: asyncio.sleep(0))
print(f"await nothing(): {plain}\nawait asyncio.sleep(0): {turns}")
reveal("04 order", {"a b a a": 1, "a a a b": 2}.get(plain, 3))
fact((plain, turns) == ("a a a b", "a b a a"), "await gives up the turn only if it has to wait.")

# %% [markdown]
# `await` hands out to the loop what `nothing` yields, and `nothing` yields nothing. It is the same with `sock_recv` when bytes are there, and with
# `sock_sendall` when there is room. `sleep(0)` does yield.
#
# So `sleep(0)` stands twice in step 4's `perform`: after each part that went, and where there is none. For a long body comes in many pieces, and only the last has an answer.

# %% [markdown]
# ## Break it: which number gives it away?
#
# Here is `perform` without these lines. Two clients talk without end: question after question, and they wait for no answer. A third comes with one
# question. The two go on for a second.

# %%
show("notebooks/bugs/no_turn.py", "perform")

# %%
predict(
    "04 which number",
    ...,
    "fewer answers for the two who talk",
    "the third waits longer",
    "both",
    "neither",
)


# %%
def third(server):
    """Seconds that a newcomer waits beside two who talk; MB of answers that the two have heard."""
    with talkers(server, 2) as two, socket.create_connection(server.address) as newcomer:
        began = time.perf_counter()
        ask(newcomer)
        waited = time.perf_counter() - began
    return waited, two.heard / 1e6


# %%
polite, greedy = third(serve(4)), third(serve_bug(4, "no_turn"))
for name, (waited, heard) in (("step 4", polite), ("without sleep(0)", greedy)):
    print(f"{name:16}  the third waited {1000 * waited:6.1f} ms, the two heard {heard:.1f} MB")
seen = greedy[1] < polite[1] / 2, greedy[0] > 2 * polite[0]  # fewer, longer
choices = {(True, False): 1, (False, True): 2, (True, True): 3, (False, False): 4}
reveal("04 which number", choices[seen])
fact(greedy[0] > 5 * polite[0], "Without a turn given up, two shut out the third.")

# %% [markdown]
# Count answers, and nothing seems wrong. The two conversations always had something to do, so there was no wait in which the loop could have
# looked at the door.

# %% [markdown]
# ## No threads, no races?
#
# Four tasks, one thread. Each adds one to `total`, a thousand times: it reads, awaits, and writes. What is `total` in the end?
#
# (`nullcontext` does nothing; it stands where a lock will.)

# %%
predict("04 total", ...)


# %%
async def add(lock):
    global total
    for _ in range(1000):
        async with lock:
            seen = total
            await asyncio.sleep(0)
            total = seen + 1


async def four(lock):
    global total
    total = 0
    await asyncio.gather(*(add(lock) for _ in range(4)))
    return total


# %%
bare, locked = await four(contextlib.nullcontext()), await four(asyncio.Lock())
print(f"{bare} with no lock, {locked} with asyncio.Lock()")
reveal("04 total", bare)
fact(bare < locked == 4000, "A race needs no threads: an await in the middle is enough.")

# %% [markdown]
# All four read the same number before the first of them writes. An `asyncio.Lock` lets one in at a time.
#
# In step 2 a thread could lose its turn on any line. A task loses it at an `await`, and you can see those. So there is a remedy that threads do not
# have: read and write with no `await` in between.


# %%
async def add_at_once():
    global total
    for _ in range(1000):
        seen = total
        total = seen + 1
        await asyncio.sleep(0)


total = 0
await asyncio.gather(*(add_at_once() for _ in range(4)))
fact(total == 4000, "Nobody can come in between where there is no await.")

# %% [markdown]
# That is why the notes have a lock in step 2 and none in step 4.

# %% [markdown]
# ## Who keeps a task?
#
# A comment in step 4 warns that a task which nobody keeps may vanish. We make three kinds, ten of each, and Python clears away what nobody can
# reach any more. The first wait for something that nobody else knows of, and we keep none of them; the second sleep, and we keep none; the third are like
# the first, and kept. Which vanish?

# %%
predict(
    "04 tasks that vanish",
    ...,
    "none: they have not ended",
    "the first and the second",
    "only the first",
)


# %%
async def wait_for_ever():
    await loop.create_future()  # a future: something that will come


words, loop = [], asyncio.get_running_loop()
loop.set_exception_handler(lambda _, context: words.append(context["message"]))
for _ in range(10):
    loop.create_task(wait_for_ever(), name="nobody's")
    loop.create_task(asyncio.sleep(3600), name="nobody's, asleep")
kept = {loop.create_task(wait_for_ever(), name="kept") for _ in range(10)}
await asyncio.sleep(0)  # they begin
gc.collect()
loop.set_exception_handler(None)

# %%
left = [task.get_name() for task in asyncio.all_tasks()]
counts = {name: left.count(name) for name in ("nobody's", "nobody's, asleep", "kept")}
print(counts, "asyncio said:", *words[:1])
fact(list(counts.values()) == [0, 10, 10], "The loop does not keep a task for its own sake.")
reveal("04 tasks that vanish", 3)
for task in asyncio.all_tasks():
    if task.get_name() in counts:
        task.cancel()

# %% [markdown]
# The future knew the task, and the task knew the future. Nobody else knew either. Whoever waits for a clock or a socket is lucky: the loop keeps those. So a program with this bug may run well for a long time.
#
# Step 4's `TaskGroup` keeps its tasks, and waits for them at its end.

# %% [markdown]
# ## Two more ways to write it
#
# asyncio offers more than `sock_recv`. **Streams** are a reader, which reads ahead, and a writer, which sends what it can at once and keeps the rest.

# %%
exercise("streams")

# %%
check("streams")

# %% [markdown]
# Below streams there is a third way, a **Protocol**: asyncio calls a method when something has come. Its `transport` is the connection: it reads, sends,
# and keeps what the kernel does not take. This one is to be read. What does it remind you of?

# %%
show("notebooks/exercises/worked/protocol.py", "Conversation")

# %%
predict("04 protocol", ...)

# %%
reveal(
    "04 protocol",
    "of step 3: callbacks, and an object that writes down how far a conversation has come",
)

# %% [markdown]
# `pause_writing` is called when the transport keeps enough: in streams, that is when `drain` waits. No coroutine is needed here. One would have
# saved writing `script` and `full` down.

# %% [markdown]
# ## Eight clients, side by side
#
# The eight of the notebooks before, on step 3 and on step 4. In step 3 they wait for their turn beside client 6's heavy work. How many times as
# long do all eight wait in step 4? Write a number.

# %%
predict("04 waiting for a turn", ...)

# %%
data = eight(3, 4)
ours, theirs = (step["shown"] for step in data["steps"])
reveal("04 waiting for a turn", theirs / ours)

# %%
timelines(data)

# %% [markdown]
# Row by row the same: pauses overlap, and while one computes, all who are ready wait. asyncio's loop waits as yours does.

# %% [markdown]
# ## Does it save time?
#
# You have seen one way to wait, and five ways to write it down. A hundred clients ask each, again and again, for a second: how many answers does a
# second of the processor's time give? (To measure your own file, put `work/` and its name there.)

# %%
forms = {
    "objects: step 3": 3,
    "generators": "notebooks/exercises/solutions/generator_loop.py",
    "coroutines: step 4": 4,
    "streams": "notebooks/exercises/solutions/streams.py",
    "a Protocol": "notebooks/exercises/worked/protocol.py",
}
crowds = {name: crowd(server, clients=100) for name, server in forms.items()}

# %%
objects, coroutines = crowds["objects: step 3"]["work"], crowds["coroutines: step 4"]["work"]
for name, one in crowds.items():
    print(f"{name:20} {one['work'] / objects:4.2f} for one of step 3's, {one['served']} served")
ratio = coroutines / objects
reveal("04 faster", 1 if ratio > 1.9 else 3 if ratio < 0.55 else 2)
fact(all(one["served"] == 100 for one in crowds.values()), "All five serve all hundred.")
fact(ratio < 1.5, "With coroutines, step 4 does not answer half as much again.")

# %% [markdown]
# It does not: on our machine step 4 answered fewer than step 3, and so did the other three. All five wait in the same way, and serve everybody. The
# slowest, our Protocol, has no coroutines.

# %% [markdown]
# ## What do we know now about the article's claims?

# %%
inside, outside = (f"{1000 * gap:.0f}" for _, gap in beats[:2])
evidence("coroutines", "requests by step 4 for one by step 3, which has no coroutines", ratio)
evidence("real_time", "longest gap, heavy work in the loop or off it", f"{inside} or {outside} ms")
ledger()

# %% [markdown]
# **Coroutines on asyncio are what does it.** Step 3 has neither, the generators no asyncio, and the Protocol's conversations are no coroutines. All
# wait in the same way, and serve as many. What does it is to wait for all at once. `await` saves writing down how far each has come: your time,
# not the server's.

# %% [markdown]
# **Fit for real time.** A loop is on time as long as every turn is short. One line that blocks or computes makes everybody late, and `async` in front
# of it changes nothing.

# %% [markdown]
# ## Do you still know?
#
# Three questions about notebook 03. A server like step 3 has one idle client and uses a whole core. All its answers are right. What is wrong, most
# likely?
#
# <details><summary>Answer</summary>
#
# It does not wait. Either it calls `select` with a timeout of 0, or it watches for WRITE with nothing to say: there is nearly always room, so `select`
# returns at once. Only the CPU of an idle server tells.
#
# </details>

# %% [markdown]
# `send` was given 64 KiB and returned 20,000. Where are the other bytes, and what does step 3 do about them?
#
# <details><summary>Answer</summary>
#
# Still with the program: the kernel had room for 20,000. `Conversation.part` keeps the rest, and the loop watches for WRITE until there is room again.
#
# </details>

# %% [markdown]
# Step 3 talks to 1000 clients, and one asks for `/fib/32`. What do the other 999 get meanwhile? Why does `select` not help?
#
# <details><summary>Answer</summary>
#
# Nothing. `select` tells who can go on, and all can. But the one thread is in `fib`, and comes back to `select` only when that is done. Waits overlap,
# work does not.
#
# </details>

# %% [markdown]
# The next notebook leaves all this to Tornado. What does it add, and what does it cost?

# %%
stop()
fact(not children(), "No server is left: every process that this notebook started has ended.")
