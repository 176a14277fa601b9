# %% [markdown]
# # So, is Tornado a web server?
#
# *Notebook 06, the last. The outputs below come from our machine and give the answers away: choose Edit, then Clear Outputs of All Cells. Then run
# cell after cell with Shift+Enter. Allow about 40 minutes.*

# %% [markdown]
# You have built what lies below Tornado, and taken it apart. Now you judge. Three things are still missing: all five servers measured side by side, an
# idea of what such numbers are worth, and a look at what a second server in front adds. Then you close the ledger, and build a server of
# your own.

# %%
import json
import shutil
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Timer
from timeit import repeat

import httpx

from workbook import *

socket.setdefaulttimeout(10)  # no cell below waits for a server for longer than these seconds
about()

# %% [markdown]
# ## The whole benchmark
#
# One command puts nine questions to all five servers, in turns, in six minutes or so. Choose File, New, Terminal, and let it run while you do
# something else; then go on here:
#
# ```
# python3 start.py bench
# ```
#
# Where there are no results yet, the next cell measures one short round of three questions. Before you look: will one step be best in every row?

# %%
results = bench()
winners(results)

# %% [markdown]
# Each row says who is best *at something*, and one round cannot tell a small lead from noise. Before you believe a row, look at how it was measured. `python3 start.py bench report FILE` makes a page of your results, with figures.

# %% [markdown]
# ## Does async make code faster?
#
# Step 2 gives each client a thread, step 4 a coroutine. Both read HTTP and answer with the same code. One client asks for a greeting, again and again. How many times as much of the processor's time does step 4 need for a greeting as step 2? Write a number.

# %%
predict("06 async", ...)


# %%
def micros(clients):
    """Microseconds of processor for a greeting, by step, with so many clients."""
    return {step: 1e6 / n for step, n in figure_of(results, f"cpu-{clients}").items()}


alone, many = micros(1), micros(100)
print("µs of processor for a greeting    1 client    100 clients")
for step in alone:
    print(f"step {step}{alone[step]:36.0f}{many[step]:15.0f}")
reveal("06 async", alone[4] / alone[2])

# %% [markdown]
# On our machine step 4 needs more, not less. To read a request and make an answer is the same work, with `await` and without. With one client, the server goes to sleep after each answer and is woken for the next
# question; that costs step 2 as well as step 4. With a hundred, somebody is nearly always ready. Nothing in this table becomes faster by `await` alone.

# %% [markdown]
# ## Is the best server the one with the most requests a second?
#
# A hundred clients ask again and again. Which servers answer more requests a second than Tornado, and leave somebody without a single answer?

# %%
predict("06 more for fewer", ..., "none", "step 1", "steps 1 and 2", "others")

# %%
served, hundred = (figure_of(results, key) for key in ("served-100", "rate-100"))
for step in served:
    times = hundred[step] / hundred[5]
    print(
        f"step {step}: {times:4.1f} times Tornado's requests/s, {served[step]:3.0f} of 100 served"
    )
unfair = [step for step in served if hundred[step] > hundred[5] and served[step] < 100]
reveal("06 more for fewer", {(): 1, (1,): 2, (1, 2): 3}.get(tuple(unfair), 4))
evidence(
    "fast", "step 3's requests/s, at 100 clients, × Tornado's", round(hundred[3] / hundred[5], 1)
)
evidence("fast", "served of 100 by step 1 and by Tornado", f"{served[1]:.0f} and {served[5]:.0f}")
fact(served[1] < served[5], "Requests a second count answers, and not the people who get them.")

# %% [markdown]
# Whether threads leave somebody out depends on the moment: run the benchmark's scenario `fair`, with a thousand clients, a few times.

# %% [markdown]
# ## What did the users see?
#
# Services promise a **p99**: of 100 requests, 99 are answered within so many milliseconds. It is measured in two ways. Here is the first, the **closed loop** (of question and answer; no server's loop is meant): a client asks again when it has its answer. So do `wrk` and `ab`, which many use, and so did those of the table above.


# %%
def closed_loop(server, seconds):
    """When each request was sent, and how long it waited for its answer."""
    requests, began = [], time.perf_counter()
    with socket.create_connection(server.address) as client:
        while (sent := time.perf_counter() - began) < seconds:
            ask(client)
            requests.append((sent, time.perf_counter() - began - sent))
    return requests


# %% [markdown]
# The second, the **open loop**, asks 100 times a second, at fixed times, even while earlier questions are unanswered. So do people who come to a page and know nothing of each
# other. A wait counts from the time at which the request was *due*. (All go over one connection here; a second thread notes when answers come.)


# %%
def open_loop(server, seconds, rate=100):
    """When each request was due, and how long after that it was answered."""
    due = [n / rate for n in range(round(seconds * rate))]
    with socket.create_connection(server.address) as client, ThreadPoolExecutor() as other:
        began = time.perf_counter()
        answered = other.submit(times_of_answers, client, len(due), began)
        for moment in due:
            time.sleep(max(0, began + moment - time.perf_counter()))
            client.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        return [(moment, end - moment) for moment, end in zip(due, answered.result(), strict=True)]


# %%
def times_of_answers(client, count, began):
    """When each of so many greetings had come."""
    times, rest = [], b""
    while len(times) < count and (data := client.recv(65536)):
        *whole, rest = (rest + data).split(b"Hello, world!\n")
        times += [time.perf_counter() - began] * len(whole)
    return times


def heavy_work(server):
    with socket.create_connection(server.address) as client:
        ask(client, "/fib/32")


# %% [markdown]
# Each asks Tornado for greetings, for a second and a half. After half a second somebody else asks once for `/fib/32`, and Tornado stands still. You know that from notebook 05. Whose p99 shows it?

# %%
predict("06 p99", ..., "both", "the closed loop's", "the open loop's", "neither")

# %%
tornado = serve(5)


def beside_heavy_work(way):
    somebody = Timer(0.5, heavy_work, [tornado])
    somebody.start()
    requests = way(tornado, seconds=1.5)
    somebody.join()
    return requests


closed, opened = map(beside_heavy_work, (closed_loop, open_loop))
standstill(closed, opened)


# %%
def p99(requests):
    """Milliseconds: 99 of 100 waited no longer."""
    return 1000 * sorted(wait for _, wait in requests)[(99 * len(requests) - 1) // 100]


calm, true = p99(closed), p99(opened)
print(f"p99, closed loop: {calm:.2f} ms. p99, open loop: {true:.0f} ms.")
reveal("06 p99", 3 if true > 5 * calm else 2 if calm > 5 * true else 1 if calm > 50 else 4)
evidence("scalable", "p99 ms beside heavy work, closed and open loop", f"{calm:.2f} and {true:.0f}")
fact(true > 5 * calm, "What was not asked was not timed: a closed loop hides a standstill.")

# %% [markdown]
# While the server stood still, the closed loop asked nothing: one late answer among thousands. In the open loop everybody who was due came, and
# waited. A closed loop is good for comparing servers. A promise to users needs an open one: the benchmark's scenario `rate`.

# %% [markdown]
# ## What is measured, the server or the client?
#
# Our tests ask with `httpx`, a library for clients. Step 3 is asked for a greeting with `httpx.get`, and over a socket by hand. How many times as long does
# `httpx.get` take?

# %%
predict("06 httpx.get", ...)


# %%
def microseconds(act, count):
    """What it takes, the best of three times."""
    return 1e6 * min(repeat(act, number=count, repeat=3)) / count


# %%
quick = serve(3)
local = {"trust_env": False}  # no proxy that this machine may be told to use
tls = httpx.create_ssl_context()
with httpx.Client(**local) as kept, socket.create_connection(quick.address) as raw:
    costs = {
        "httpx.get": microseconds(lambda: httpx.get(quick.url, **local), 4),
        "with TLS settings made before": microseconds(
            lambda: httpx.get(quick.url, verify=tls, **local), 20
        ),
        "an httpx.Client, kept": microseconds(lambda: kept.get(quick.url), 100),
        "a socket by hand": microseconds(lambda: ask(raw), 100),
    }

# %%
for what, price in costs.items():
    print(f"{what:30}{price:9,.0f} µs a request")
times = costs["httpx.get"] / costs["a socket by hand"]
reveal("06 httpx.get", times)
fact(times > 5, "Most of that time is the client's, and no server could shorten it.")

# %% [markdown]
# `httpx.get` makes a whole client for each request, and above all what it would need to encrypt (**TLS**), which is not even used here. That is no fault: it is made to be
# right and pleasant, not to press a server. Whoever measures servers with it measures httpx. So the benchmark has a client of its own, on bare sockets.

# %% [markdown]
# ## Whose number is it?
#
# Two programs take part, and each runs on a **core**, one of the machine's processors. Keep step 3 to one core, and the client first to the same, then to
# another. There is one client. When does it get more answers a second?

# %%
predict("06 cores", ..., "a core each", "the same core", "about the same")

# %%
rates = {}
if len(cores()) > 1:
    first, second, *_ = cores()
    quick.process.cpu_affinity([first])
    for place, core in (("the same core", first), ("a core each", second)):
        for clients in (1, 100):
            rates[place, clients] = load(quick, clients, seconds=0.3, core=core)["per_second"]
            print(f"{place:13}  {clients:3} at a time  {rates[place, clients]:7,} requests/s")
    times = rates["a core each", 1] / rates["the same core", 1]
    reveal("06 cores", 1 if times > 1.25 else 2 if times < 0.8 else 3)
else:
    print("Here a program cannot be kept to a core, or there is only one.")

# %% [markdown]
# A single client and its server never work at the same moment: one always waits for the other. To hand over on one core may be quicker than to wake another;
# on our machine it was, by far. A hundred clients always have something to do for both.
#
# So a number belongs to the server, the client, the machine and the load. "10,000 requests a second" alone says nothing.

# %% [markdown]
# ## Does real time mean fast?
#
# `/ticks/5/0.1` is five ticks, one each tenth of a second. First ten subscribers ask for it, then a thousand; after a second we stop. You have seen what Tornado needs for
# a greeting, in millionths of a second. By how many thousandths is the median tick of the thousand late?

# %%
predict("06 ticks", ...)

# %%
servers, late = {step: serve(step) for step in (3, 5)}, {}
for subscribers in (10, 1000):
    for step, server in servers.items():
        found = load(server, subscribers, seconds=1, path="/ticks/5/0.1", kind="ticks")
        late[step, subscribers] = median = 1000 * found["late"]["50"]
        complete = f"{found['served']:5,} of {subscribers:5,} complete"
        print(f"step {step}: {complete}, median {median:5.1f} ms late")

# %%
reveal("06 ticks", late[5, 1000])
evidence(
    "real_time",
    "ms late, Tornado's ticks for 10 and for 1,000",
    f"{late[5, 10]:.1f} and {late[5, 1000]:.0f}",
)
fact(
    late[5, 1000] > 3 * late[5, 10], "The same server, as fast as before, and its ticks are later."
)

# %% [markdown]
# Real time means *in time*, and nobody here promises it. A tick is late by all the work that is due before it, and here that of a thousand is due at once. A faster server is less late, as step 3 shows. But how late depends on how many there are, and no speed is a promise.

# %% [markdown]
# ## What does a server in front add?
#
# The article says that no Apache or nginx is needed. Many put one in front all the same: clients talk to it, and it asks the server behind, as a client
# would. That is called a **reverse proxy**. Here is nginx, where this machine has it, in front of step 1, our worst.

# %%
worst, quick, tornado = serve(1), serve(3), serve(5)
before = front(worst)

# %% [markdown]
# A first client is silent, or does not read, or asks for a pause. Does a second one get its greeting within 0.3 s? With which of the three does nginx help?

# %%
predict(
    "06 in front",
    ...,
    "none: behind it is still step 1",
    "the silent client, and the one that does not read",
    "the pause as well",
)


# %%
def second_client(server, words):
    """Whether a second client is answered soon, when the first has said these words."""
    with (
        socket.create_connection(server.address) as first,
        socket.create_connection(server.address, timeout=0.3) as second,
    ):
        first.sendall(words)
        time.sleep(0.05)
        try:
            return ask(second).endswith("200 OK")
        except TimeoutError:
            return False


# %%
FIRST = {
    "is silent": b"",
    "does not read 30 MB": b"GET /big/30000000 HTTP/1.1\r\nHost: here\r\n\r\n",
    "asks for a pause": b"GET /slow/0.5 HTTP/1.1\r\nHost: here\r\n\r\n",
}
three = {"step 1": worst, "nginx, step 1": before, "Tornado": tornado}
three = {name: server for name, server in three.items() if server}  # nginx may not be here
heard = {
    (what, name): second_client(server, words)
    for name, server in three.items()
    for what, words in FIRST.items()
}
print("the first ...        ", *(f"{name:>14}" for name in three))
for what in FIRST:
    print(f"{what:22}", *(f"{'answered' if heard[what, n] else 'waits':>14}" for n in three))

# %%
fact(not any(heard[what, "step 1"] for what in FIRST), "Step 1 waits for its one client.")
fact(all(heard[what, "Tornado"] for what in FIRST), "Tornado waits for no single client.")
if before:
    healed = [heard[what, "nginx, step 1"] for what in FIRST]
    reveal("06 in front", {(True, True, False): 2, (True, True, True): 3}.get(tuple(healed), 1))
    fact(healed == [True, True, False], "nginx waits for the clients. The pause is not theirs.")

# %% [markdown]
# And the hundred clients who ask again and again, of whom step 1 served one? How many does it serve behind nginx?

# %%
predict("06 served behind nginx", ...)

# %%
crowds = {name: load(server)["served"] for name, server in three.items()}
for name, count in crowds.items():
    print(f"{name:14} served {count:3} of 100")
if before:
    reveal("06 served behind nginx", crowds["nginx, step 1"])
    both = f"{crowds['step 1']} and {crowds['nginx, step 1']}"
    evidence("simple", "served of 100 by step 1, and behind nginx", both)
    fact(crowds["step 1"] < crowds["nginx, step 1"], "Nobody keeps step 1 for long any more.")

# %% [markdown]
# nginx waits in one loop, as step 3 does. It reads a request to its end before it asks step 1, takes the answer as fast as it comes, and keeps it for a client that
# does not read. So step 1 sees only quick clients, which ask once and leave. (No nginx here? On our machine step 1 served 1 of 100 alone, and 100 behind nginx.)

# %% [markdown]
# Why can nginx not take over the pause? Put your own sentence in the place of the dots.

# %%
predict("06 the pause", ...)

# %%
reveal(
    "06 the pause",
    "step 1's only thread sleeps, and nothing in front can wake it or stand in for it",
)

# %% [markdown]
# So whoever waits for clients well, Tornado for instance, needs nobody in front for *that*. What else might one be for? A file is asked for by a hundred clients. nginx sends
# it itself. How many times as many a second as Tornado?

# %%
predict("06 files", ...)

# %%
senders = {"nginx": before, "step 3": quick, "Tornado": tornado}
files = {
    name: load(server, path="/files/hello.txt")["per_second"]
    for name, server in senders.items()
    if server
}
for name, count in files.items():
    print(f"{name:8} {count:7,} files a second")
if before:
    times = files["nginx"] / files["Tornado"]
    reveal("06 files", times)
    evidence("simple", "files a second, nginx's, × Tornado's", round(times, 1))
    fact(times > 1.5, "nginx sends this file more often in a second.")

# %% [markdown]
# Tornado opens the file anew for each request; step 3 keeps its files in memory.
#
# And who refuses what nobody should have to read? Three requests go to Tornado, and to nginx in front of Tornado: a field of 40 KB, a body of 100
# MB, a version of HTTP that does not exist. How many of the three do the two answer differently?

# %%
predict("06 refusals", ...)


# %%
def status(server, words):
    """The first line of the answer; empty if there is none."""
    with socket.create_connection(server.address) as client:
        try:
            client.sendall(words)
            return client.recv(4096).decode("latin-1").partition("\r\n")[0]
        except OSError:  # broken off
            return ""


# %%
REFUSED = {
    "a field of 40 KB": b"GET / HTTP/1.1\r\nHost: here\r\nX: " + 40_000 * b"x" + b"\r\n\r\n",
    "a body of 100 MB": b"POST /echo HTTP/1.1\r\nHost: here\r\nContent-Length: 100000000\r\n\r\n",
    "a version to come": b"GET / HTTP/9.0\r\nHost: here\r\n\r\n",
}
guards = {"Tornado": tornado, "nginx": front(tornado)}
said = {
    (what, name): status(server, words)
    for what, words in REFUSED.items()
    for name, server in guards.items()
    if server
}

# %%
for (what, name), line in said.items():
    print(f"{what:18} {name:8} {line or 'closes without a word'}")
if guards["nginx"]:
    reveal("06 refusals", sum(said[what, "Tornado"] != said[what, "nginx"] for what in REFUSED))

# %% [markdown]
# Tornado leaves once without a word, and has one status, 400, for the rest. nginx always answers, and tells a large body and a strange version apart.
#
# All that a server in front may be for:
#
# | for | measured here? |
# |---|---|
# | slow and silent clients | yes: Tornado needs no help |
# | files | yes |
# | refusals in words | yes |
# | TLS | no: Tornado has it, our steps do not |
# | HTTP/2 | no: Tornado does not speak it |
# | several processes behind one address | the next section, without nginx |
# | answers kept, compressed, logged, counted | no |
# | a new version without a refused client | no |

# %% [markdown]
# ## Two processes on one port
#
# A loop has one desk and one clerk, and uses one core. Can there be two? `os.fork` doubles a process: two go on from the same line. What it had open, both have, the listening socket too.

# %%
show("workbook/pair.py", "main")

# %% [markdown]
# A client writes a note, and then has `/fib/32` computed on the same connection. Meanwhile a second client comes and asks for all notes. What does
# it get from two processes?

# %%
predict(
    "06 two processes",
    ...,
    "nothing, until the heavy work is done",
    "the note, at once",
    "no note, at once",
)


# %%
def visit(server):
    """What notes a second client sees beside a first one's heavy work, and after how many seconds."""
    with socket.create_connection(server.address) as first:
        first.sendall(b"POST /notes HTTP/1.1\r\nHost: here\r\nContent-Length: 14\r\n\r\n")
        first.sendall(json.dumps({"text": "me"}).encode())
        first.recv(4096)
        first.sendall(b"GET /fib/32 HTTP/1.1\r\nHost: here\r\n\r\n")
        time.sleep(0.03)
        began = time.perf_counter()
        with socket.create_connection(server.address) as second:
            second.sendall(b"GET /notes HTTP/1.1\r\nHost: here\r\n\r\n")
            answer = second.recv(4096)
        return json.loads(answer.partition(b"\r\n\r\n")[2]), time.perf_counter() - began


# %%
(known, waited), (unknown, soon) = visit(quick), visit(pair(3))
print(f"One process:   {known} after {1000 * waited:.0f} ms")
print(f"Two processes: {unknown} after {1000 * soon:.0f} ms")
reveal("06 two processes", 1 if soon > waited / 2 else 2 if unknown else 3)
evidence(
    "scalable",
    "ms beside heavy work, one process and two",
    f"{1000 * waited:.0f} and {1000 * soon:.0f}",
)
fact(soon < waited / 2, "Heavy work in one process does not stop the other.")
fact(known and not unknown, "And neither knows what the other was told.")

# %% [markdown]
# Two clerks, each with notes of its own: what all must know has to be kept by somebody else, a database for instance. That is the price of a second process. A language whose threads compute side by side needs no second process, and pays with locks, as step 2 did.
#
# How many more greetings two processes answer is not measured here: that takes a core for each of them, and a third for the clients.

# %% [markdown]
# ## The ledger closes
#
# Your verdict on each claim: its number, and in words under which conditions, for instance `fast=(2, "where ...")`. Look at your figures first. *Nothing yet* under *measured here* means that the notebooks under *tested in* were not run here; for the first claim perhaps only that this machine has no nginx.

# %%
conclude(
    simple=...,
    fast=...,
    scalable=...,
    real_time=...,
    one_thread=...,
    coroutines=...,
    handlers=...,
)

# %%
save_ledger()

# %% [markdown]
# So, is Tornado a web server?
#
# <details><summary>Our answer</summary>
#
# Yes, and two other things. It is a server: it listens, accepts, reads, answers, pauses, writes and closes, and no client that only waits can stop it. It is a
# framework, at the price that you measured. And it is a loop to build on, asyncio's own. Most of what the article says of Tornado is true of every such loop, under
# conditions.
#
# </details>

# %% [markdown]
# ## Three questions about notebook 05
#
# Answer before you unfold.
#
# **1.** A Tornado handler computes for a second. Who waits, and how long?
#
# <details><summary>Answer</summary>
#
# Everybody, for that second: one thread runs all handlers, and a handler gives up its turn only at an `await` that has to wait. Heavy work belongs in another thread or process, and the handler awaits that.
#
# </details>

# %% [markdown]
# **2.** Tornado and step 3 wait in the same way, and yet step 3 answers many more greetings. Where does Tornado's time go?
#
# <details><summary>Answer</summary>
#
# Into work, not into waiting. Part of it is the server's: a stream, a request, its fields. The rest is the framework's: routing, a handler, an ETag. On our machine each took about half. As soon as a handler has work of its own, all that counts for little.
#
# </details>

# %% [markdown]
# **3.** Steps 1 to 4 look at the notes every 50 ms to tell whoever watches them. What does step 5 do instead, and what does that save?
#
# <details><summary>Answer</summary>
#
# Whoever watches waits for a condition, and whoever changes a note wakes them. That saves up to 50 ms for each change, and the looks at which nothing has changed.
#
# </details>

# %% [markdown]
# ## A server of your own
#
# The last exercise: write a server, in any language, with any strategy for waiting. The tests and the benchmark take it as they take the five. All they need is a
# command with `{port}` in it. In a terminal:
#
# ```
# python3 start.py test --server 'COMMAND {port}'
# python3 start.py bench --quick --peers --server 'COMMAND {port}'
# ```

# %% [markdown]
# The first tells what it can do; the second puts its figures beside the five steps' and those of servers that the world uses (`--peers`).
#
# Answer `GET /` first. Then let the tests lead: with `-k WORDS --tb=short` some of them say what was sent, what came back and what that usually means.

# %% [markdown]
# <details><summary>A strategy that is not in the five steps?</summary>
#
# A process for each connection. Some processes that all accept. A pool of threads. A loop, and threads for heavy work only. A language whose threads are cheap, or
# run at the same moment.
#
# </details>

# %% [markdown]
# A worked example, in JavaScript: [own_server/server.mjs](exercises/own_server/server.mjs), fewer than a hundred lines for Node. It waits as step 3 does, and Node reads
# the HTTP. This is what some of the tests say of it, where `node` is installed:

# %%
NODE = "node notebooks/exercises/own_server/server.mjs {port}"
SOME = [
    "tests/test_contract.py::test_the_body_is_right_to_the_byte",
    "tests/test_contract.py::test_ticks_arrive_one_by_one",
    "tests/test_contract.py::test_a_note_lives_and_dies",
    "tests/test_concurrency.py::test_a_silent_client_does_not_stop_the_others",
    "tests/test_concurrency.py::test_eight_pauses_take_less_than_two",
]
judge(NODE, *SOME)

# %% [markdown]
# FAIL: it has no notes. Its speed stands beside two of the five here. The run is short: compare these three with each other, and not with the
# tables above.

# %%
rivals = {"step 3": quick, "Tornado": tornado}
if shutil.which("node"):
    rivals["Node"] = start("Node", NODE)
for name, server in rivals.items():
    found = load(server)
    print(f"{name:8}{found['per_second']:7,} requests/s, {found['served']} of 100 served")

# %% [markdown]
# And yours? Put your command in the place of the dots.

# %%
mine = ...  # in quotes, with {port} in it
if mine is not ...:
    judge(mine)

# %%
stop()
fact(not children(), "No server is left: every process that this notebook started has ended.")
