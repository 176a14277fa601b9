# %% [markdown]
# # Is Tornado a web server?
#
# *Notebook 00. The outputs below come from our machine and give the answers away: choose Edit, then Clear Outputs of All Cells. Then run cell after cell with
# Shift+Enter. Allow about 30 minutes.*

# %% [markdown]
# So asks an article about Tornado, a library for web servers in Python, and makes seven claims. Nothing of that is taken on trust here: you will
# read every layer that lies below Tornado, measure, and decide. In this notebook you run the article's program, talk to a server by hand, and write down what you believe now.

# %%
import asyncio
import socket

import tornado.httpserver
import tornado.netutil
import tornado.web

from workbook import *

socket.setdefaulttimeout(10)  # no cell below waits for a server for longer than these seconds
about()

# %% [markdown]
# ## The ledger
#
# Here are the claims. The table is your **ledger**. It is kept in the folder `work/`, and filled from notebook to notebook: what you predict, what
# your machine measures, and at the end your verdict.
#
# Two words come again and again: a **connection** is two streams of bytes between two programs, one each way; a **thread** is Python going from
# line to line.

# %%
ledger()

# %% [markdown]
# Some of its words:
#
# | word | what it means |
# |---|---|
# | Apache, nginx | web servers that many put in front of a program like ours |
# | block | a call blocks if it returns only when what it waits for has come |
# | coroutine | a function that can stop in its middle, at an `await`, and go on later |
# | real time | what happens is told at once, and not when it is asked for |
# | scale | serve many more clients, for little more memory and work |
# | asyncio | the loop for coroutines that comes with Python |
# | GET, POST, PUT, DELETE | what a request may ask: give, add, replace, remove |

# %% [markdown]
# ## The article's program
#
# It is meant to answer a browser with a greeting. `Main` says what to answer, `Application` which address is whose:
#
# ```python
# import tornado.web
#
# class Main(tornado.web.RequestHandler):
#     def get(self):
#         self.write("Hello, world")
#
# application = tornado.Application([(r"/", Main)])
# ```
# What happens when you run it? Put the number of your guess in the place of the three dots, and run the cell. The next one shows what came of it.

# %%
predict(
    "00 the article's program",
    ...,
    "it serves",
    "it runs, serves nobody, and ends",
    "it ends with an error",
)


# %%
class Main(tornado.web.RequestHandler):
    def get(self):
        self.write("Hello, world")


error = None
try:
    application = tornado.Application([(r"/", Main)])
except AttributeError as raised:
    error = raised
print(error)
reveal("00 the article's program", 3 if error else 2)

# %% [markdown]
# The class is called `tornado.web.Application`. With only that mended, the program would end at once and serve nobody, for two things are missing.
#
# Nobody **listens**: no line asks the operating system for a **port**, the number under which others find a program on its machine.
#
# And nobody waits. A server must stay until somebody comes. That is the work of a **loop**, which the article never starts.

# %% [markdown]
# ## Mended
#
# The article wants port 8888. Jupyter takes that one for itself, so it may be in use; port 0 means any that is free.
#
# A **socket** is what a program holds to listen at a port, or to talk. `bind_sockets` opens those that listen, our doors; `add_sockets` hands them
# to the server. The loop is there already: it is the one that runs these cells.

# %%
application = tornado.web.Application([(r"/", Main)])
try:
    doors = tornado.netutil.bind_sockets(8888, "127.0.0.1")
except OSError as taken:
    print(f"Port 8888: {taken.strerror}.")
    doors = tornado.netutil.bind_sockets(0, "127.0.0.1")
server = tornado.httpserver.HTTPServer(application)
server.add_sockets(doors)
port = doors[0].getsockname()[1]
print(f"It serves at http://127.0.0.1:{port}/")

# %% [markdown]
# ## HTTP by hand
#
# A browser that asks for that address opens a connection and sends lines of text in **HTTP**, the language of the web: first what it wants, then
# **fields**, each a name and a value. `Connection: close` asks the server to close after its answer. Each line ends with the two bytes `\r\n`; an
# empty line ends the question. You can type that yourself.

# %% [markdown]
# The cell below asks in a thread of its own, while this notebook's loop goes on. (`await` lets it; notebook 04 says how.) The server lives in this
# very notebook: if the cell stood and waited here, nobody would be there to answer.


# %%
def talk(port, question):
    """All that the server at this port says to this question, until it closes."""
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(question)
        return client.makefile("rb").read().decode()


question = b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"
answer = await asyncio.to_thread(talk, port, question)
print(answer)

# %% [markdown]
# `GET /` asks for what is called `/`. The answer has a **head**, up to the empty line: a status, where 200 means that all is well, and fields. Then comes
# its **body**.
#
# What does the server make of something that is not HTTP at all?

# %%
predict(
    "00 no HTTP",
    ...,
    "it answers all the same",
    "it says what is wrong",
    "it says nothing and leaves",
)

# %%
nonsense = await asyncio.to_thread(talk, port, b"Good morning! Is this the web?\r\n\r\n")
status = nonsense.partition("\r\n")[0]
print(status or "not a word")
reveal("00 no HTTP", 1 if " 200 " in status else 2 if status else 3)

# %% [markdown]
# A status that begins with 4 says: the mistake is yours.

# %% [markdown]
# ## Who serves this notebook?
#
# You read this in a browser, so some server sent it to you. A server may say in its answer what it is, in the field `Server`. Ours did,
# above. What will the one behind this notebook say?

# %%
predict("00 who serves this", ..., "nginx", "Apache", "Tornado", "it does not say")


# %%
question = b"GET /api HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
answers = [await asyncio.to_thread(talk, place, question) for place in jupyter_ports()]
lines = "\r\n".join(answers).split("\r\n")
named = {line for line in lines if line.startswith("Server:")}
if answers:
    print("It says:", *named)
    reveal("00 who serves this", 3 if "Tornado" in str(named) else 4)
else:
    print("No Jupyter server can be asked here. Where one can, this cell asks it.")

# %% [markdown]
# JupyterLab comes from a Jupyter server, and that is a Tornado program. It holds a connection to your browser, and others to the program that runs these
# cells. So Tornado is a web server of some kind. What is it worth, and what is it
# made of?

# %% [markdown]
# ## What do you believe now?
#
# Give each claim a verdict: 1, it holds; 2, it holds under conditions; 3, it does not. You cannot know yet. At the end you will see your guesses beside your
# figures.


# %%
believe(
    simple=...,
    fast=...,
    scalable=...,
    real_time=...,
    one_thread=...,
    coroutines=...,
    handlers=...,
)

# %% [markdown]
# ## What comes now
#
# To judge Tornado, build what is below it. Five servers answer the same requests. The first four differ in one thing: how they wait. The fifth is Tornado.
#
# | step | how it waits |
# |---|---|
# | 1 | one thread, in calls that block |
# | 2 | a thread for each client |
# | 3 | one thread, in a loop |
# | 4 | one thread, in Python's own loop, with coroutines |
# | 5 | as Tornado does |
#
# The next notebook asks of the first: what happens to the second client?

# %%
server.stop()
fact(not children(), "No process is left: our server lived in this one, and its door is shut.")
