"""The map of waits: where a running server stands, and what its source says of it.

A step runs under `harness.dump`, idle, busy, full and stopping, and is asked where its threads and
tasks stand. All must stand on lines that are marked `# waits`, and all marks must be met: a mark
that nobody ever waits on is a lie, and so is a wait without a mark.
"""

import ast
import contextlib
import functools
import io
import re
import signal
import socket
import time
import tokenize
from pathlib import Path

import psutil
import pytest

from harness import STEPS, stacks, start_step
from harness.server import ROOT

NEVER = [f"--{name}-timeout=0" for name in ("idle", "head", "body", "send")]
HEAD = b"HTTP/1.1\r\nHost: a\r\n"
TAB = b"GET /live " + HEAD + b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
TAB += b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
CLIENTS = {  # who keeps a server waiting, and with what
    "silent": b"",
    "in mid-head": b"GET / " + HEAD,
    "in mid-body": b"POST /echo " + HEAD + b"Content-Length: 5\r\n\r\nhel",
    "idle between requests": b"GET / " + HEAD + b"\r\n",
    "not reading": b"GET /big/30000000 " + HEAD + b"\r\n",
    "watching": b"GET /events?for=2 " + HEAD + b"\r\n",
    "in a pause": b"GET /slow/2 " + HEAD + b"\r\n",
    "in a tab": TAB,
    "in a tab, not reading": TAB + b"\x81\x81\0\0\0\0x" * 5000,  # each is answered
}
CALLS = {  # what the marked lines of each step call, as its README says
    1: {"accept", "recv", "sleep", "sendall"},
    2: {"accept", "recv", "sleep", "sendall"},
    3: {"select"},
    4: {"sock_accept", "sock_recv", "sleep", "sock_sendall", "TaskGroup"},
}
TOO_SHORT = {5: {"close_all_connections"}}  # waits that are over before anybody can look
NAMES = {step.number: step.module.removeprefix("steps.") for step in STEPS.values()}


# What the source says


@functools.cache
def marked(file):
    """The lines of a file that say `# waits`: a statement on many lines is one, by all of them."""
    lines, first, mark = {}, None, False
    source = (ROOT / Path(file)).read_text(encoding="utf-8")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            mark = mark or token.string.startswith("# waits")
        elif token.type == tokenize.NEWLINE:
            if mark:
                lines |= dict.fromkeys(range(first, token.start[0] + 1), first)
            first, mark = None, False
        elif first is None and token.string.strip():
            first = token.start[0]
    return lines


def calls(file):
    """What each marked line of a file calls, by its number."""
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    firsts = {number: lines[number - 1] for number in marked(file).values()}
    return {number: (re.findall(r"(\w+)\(", line) or [line])[0] for number, line in firsts.items()}


def files_of(number):
    """A step's own files."""
    files = (ROOT / "steps" / NAMES[number]).glob("*.py")
    return [str(file.relative_to(ROOT)) for file in files if file.stem != "__main__"]


def calls_of(number):
    """What the marked lines of a step call, by (file, number)."""
    return {(file, line): call for file in files_of(number) for line, call in calls(file).items()}


# Where a server stands


def in_steps(stack):
    """The part of a stack that is in steps/, as (file, line)."""
    folder = ROOT / "steps"
    return [
        (str(file.relative_to(ROOT)), line) for file, line, _ in stack if folder in file.parents
    ]


def runs_a_loop(stack):
    """Whether this thread is in asyncio's own select: who waits in steps/ are its tasks."""
    return any(file.match("asyncio/base_events.py") for file, *_ in stack)


def is_parked(name, stack):
    """Whether a thread or a task stands on a marked line, or nowhere in steps/ at all."""
    ours = in_steps(stack)
    if name.startswith("thread") and runs_a_loop(stack):
        return True
    if not ours:
        return name.startswith("task") and any("tornado" in file.parts for file, *_ in stack)
    file, line = ours[-1]
    return line in marked(file)


def watch(server, moments=8):
    """What is seen at some moments: the marked lines it stands on, and who stands elsewhere.

    Who is on the way from one wait to the next is looked at again.
    """
    seen, astray = set(), {}
    for _ in range(moments):
        for _ in range(50):
            where = stacks(server)
            moving = {name: stack for name, stack in where.items() if not is_parked(name, stack)}
            if not moving:
                break
        astray |= {name: in_steps(stack) or stack[-3:] for name, stack in moving.items()}
        lines = {line for stack in where.values() for line in in_steps(stack)}
        seen |= {(file, marked(file)[line]) for file, line in lines if line in marked(file)}
        time.sleep(0.02)
    return seen, astray


def visit(server, sent):
    """A client that keeps a server waiting: connected, and all that it says is sent."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1000)
    client.connect((server.host, server.port))
    client.sendall(sent)
    return client


def watch_with(server, clients):
    with contextlib.ExitStack() as stack:
        for name in clients:
            stack.enter_context(visit(server, CLIENTS[name]))
        return watch(server)


def watch_running(number):
    names = [name for name in CLIENTS if number == 5 or "tab" not in name]
    crowds = [[name] for name in names] if number == 1 else [names]  # it serves one at a time
    with start_step(number, *NEVER, runner="harness.dump") as server:
        for clients in [[], *crowds]:
            yield watch_with(server, clients)
        server.kill()
    if number < 5:
        with start_step(number, *NEVER, runner="harness.dump") as server:
            no_more_descriptors(server)
            for clients in [["silent"], []]:  # one may have its descriptor already
                yield watch_with(server, clients)


def no_more_descriptors(server):
    if not hasattr(psutil, "RLIMIT_NOFILE"):
        pytest.skip("only Linux can take descriptors away from a process that runs")
    _, hard = server.process.rlimit(psutil.RLIMIT_NOFILE)
    server.process.rlimit(psutil.RLIMIT_NOFILE, (1, hard))


def watch_stopping(number):
    """Asked to stop, with one answer under way."""
    with start_step(number, runner="harness.dump") as server:
        client = visit(server, CLIENTS["in a pause"])
        watch(server)
        server.process.send_signal(signal.SIGTERM)
        yield watch(server)
        client.close()
        server.kill()


def pytest_generate_tests(metafunc):
    """The steps that the command line chooses."""
    if "running" in metafunc.fixturenames or "stopping" in metafunc.fixturenames:
        steps = [target.step for target in metafunc.config.targets if target.step]
        metafunc.parametrize("number", steps, ids=NAMES.get, scope="module")


@pytest.fixture(scope="module")
def running(number):
    return list(watch_running(number))


@pytest.fixture(scope="module")
def stopping(number):
    return list(watch_stopping(number))


# Tests


def test_a_server_waits_on_marked_lines_and_nowhere_else(running):
    astray = [moving for _, moving in running if moving]
    assert not astray, f"not on a line that says `# waits`: {astray}"


@pytest.mark.long
def test_a_server_that_stops_waits_on_marked_lines_too(number, stopping):
    astray = [moving for _, moving in stopping if moving]
    assert not astray, f"not on a line that says `# waits`: {astray}"


@pytest.mark.long
def test_every_mark_is_met(number, running, stopping):
    met = set().union(*(seen for seen, _ in running + stopping))
    unmet = {line: call for line, call in calls_of(number).items() if line not in met}
    assert set(unmet.values()) == TOO_SHORT.get(number, set()), f"nobody waits there: {unmet}"


@pytest.mark.capability("whoever waits costs no CPU, whoever left costs nothing")
def test_a_server_that_nobody_visits_uses_no_CPU(start, process):
    child = process(start())
    before = sum(child.cpu_times()[:2])
    time.sleep(0.5)  # what is measured is this time
    share = (sum(child.cpu_times()[:2]) - before) / 0.5
    assert share < 0.2, f"nobody is there, and the server used {share:.0%} of a core"


@pytest.mark.parametrize("number", CALLS)
def test_the_marked_lines_are_those_that_the_readme_names(number):
    assert set(calls_of(number).values()) == CALLS[number]


@pytest.mark.parametrize("file", ["steps/http1.py", "steps/app.py"])
def test_the_protocol_and_the_application_cannot_wait(file):
    waiting = {"socket", "asyncio", "selectors", "threading", "select", "signal", "subprocess"}
    assert not imported(file) & waiting
    assert not marked(file)
    assert ".sleep(" not in (ROOT / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("number", STEPS)
def test_no_step_imports_another_step(number):
    shared = {"steps", *(path.stem for path in (ROOT / "steps").glob("*.py"))}
    named = {name for file in files_of(number) for name in imported(file, whole=True)}
    modules = {name for name in named if name.startswith("steps")}
    assert {name.split(".")[1] for name in modules} <= shared, f"it imports {modules}"


def imported(file, whole=False):
    """The names of the modules that a file imports."""
    names = set()
    for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            names |= {f"{module}.{alias.name}" for alias in node.names}
    return names if whole else {name.split(".")[0] for name in names}
