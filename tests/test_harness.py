"""The harness, with servers of a few lines: they start, they stop, and nothing is left behind."""

import os
import resource
import shlex
import signal
import subprocess
import sys
import time

import psutil
import pytest

import harness.server
from harness import STEPS, HarnessError, Step, attach, start_command, start_step
from harness.guarded import GUARD

HEAD = """
import os, resource, signal, socket, subprocess, sys, time
from pathlib import Path
Path(__file__).with_name("pid").write_text(str(os.getpid()))
"""
LISTEN = """
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    listener.accept()[0].close()
"""
STUBBORN = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"
POLITE = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))"

PARENT = """
import sys
from harness import start_command
server = start_command(sys.argv[1])
print(server.process.pid, server.process.ppid(), flush=True)
sys.stdin.read()
"""

ANNOUNCER = """
import asyncio, os, sys, threading

async def outer():
    await inner()

async def inner():
    await asyncio.sleep(1000)

def pause():
    threading.Event().wait()

async def main():
    threading.Thread(target=pause, name="sleeper", daemon=True).start()
    task = asyncio.create_task(outer(), name="dreamer")
    await asyncio.sleep(0)
    print("in", os.getcwd(), file=sys.stderr)
    print("serving http://127.0.0.1:1234/", flush=True)
    await task

asyncio.run(main())
"""


@pytest.fixture
def template(tmp_path):
    """Write a script and return the command that runs it."""

    def write(*lines):
        script = tmp_path / "script.py"
        script.write_text("\n".join([HEAD, *lines]))
        return f"{shlex.join([sys.executable, str(script)])} {{port}}"

    return write


@pytest.fixture
def announcer(tmp_path, monkeypatch):
    """Put a step among the steps that says it is ready, and return how to start it."""
    (tmp_path / "announcer.py").write_text(ANNOUNCER)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(STEPS, 9, Step(9, "announcer", "It says so"))
    return lambda **how: start_step(9, env={"PYTHONPATH": str(tmp_path)}, **how)


@pytest.fixture
def nothing_left(tmp_path):
    """After the test, the server that was started is gone."""
    yield
    pid = int((tmp_path / "pid").read_text())
    assert gone(pid), f"process {pid} is still there"


def gone(pid):
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE  # whose parent has not looked
    except psutil.NoSuchProcess:
        return True


def wait_until(happens):
    deadline = time.monotonic() + 10
    while not happens():
        assert time.monotonic() < deadline, "it did not happen within 10 s"
        time.sleep(0.01)


@pytest.mark.usefixtures("nothing_left")
def test_a_command_is_ready_when_it_accepts_a_connection(template):
    with start_command(template("time.sleep(0.2)", LISTEN)) as server:
        assert server.alive()
        assert server.process.cmdline()[-1] == str(server.port)
        assert server.url == f"http://{server.host}:{server.port}/"
    assert not server.alive()


def test_a_step_runs_at_the_root_and_is_ready_when_it_says_so(announcer):
    with announcer() as server:
        assert (server.url, server.port) == ("http://127.0.0.1:1234/", 1234)
        assert server.stderr() == f"in {harness.server.ROOT}\n"


def test_an_unknown_step_is_named():
    with pytest.raises(HarnessError, match="no step 12: choose from 1 to 5"):
        start_step(12)


@pytest.mark.usefixtures("nothing_left")
def test_a_server_that_is_never_ready_is_given_up(template):
    with pytest.raises(HarnessError, match=r"not ready after 0\.5 s; its last words: thinking"):
        start_command(template("print('thinking', flush=True)", "time.sleep(1000)"), patience=0.5)


@pytest.mark.usefixtures("nothing_left")
def test_a_server_that_ends_early_says_its_last_words(template):
    with pytest.raises(HarnessError, match=r"ended with status 3 before .* last words: no luck"):
        start_command(template("print('no luck', file=sys.stderr)", "sys.exit(3)"))


@pytest.mark.usefixtures("nothing_left")
def test_a_signal_that_ended_a_server_is_named(template):
    with pytest.raises(HarnessError, match="ended by signal 9"):
        start_command(template("os.kill(os.getpid(), signal.SIGKILL)"))


@pytest.mark.usefixtures("nothing_left")
def test_an_interrupted_start_leaves_nothing(template, tmp_path, monkeypatch):
    def interrupt(host, port):
        wait_until((tmp_path / "pid").exists)
        raise KeyboardInterrupt

    monkeypatch.setattr(harness.server, "connects", interrupt)
    with pytest.raises(KeyboardInterrupt):
        start_command(template(LISTEN))


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        ("serve 8000", r"has no \{port\}"),
        ("no-such-command {port}", "no command 'no-such-command'"),
        ("serve '{port}", "cannot be read as a command"),
        ("/etc/passwd {port}", "no command '/etc/passwd'"),
    ],
)
def test_a_bad_command_is_explained(bad, complaint):
    with pytest.raises(HarnessError, match=complaint):
        start_command(bad)


def test_what_cannot_be_run_is_explained(tmp_path):
    script = tmp_path / "no-interpreter"
    script.write_text("hello")
    script.chmod(0o755)
    with pytest.raises(HarnessError, match="cannot be started: Exec format error"):
        start_command(f"{script} {{port}}")


@pytest.mark.usefixtures("nothing_left")
def test_stop_returns_the_exit_status_as_often_as_it_is_asked(template):
    server = start_command(template(POLITE, LISTEN))
    assert [server.stop(), server.stop(), server.kill()] == [7, 7, 7]


@pytest.mark.usefixtures("nothing_left")
def test_kill_waits_for_nothing(template):
    server = start_command(template(STUBBORN, LISTEN))
    asked = time.monotonic()
    assert server.kill() == -signal.SIGKILL
    assert time.monotonic() - asked < 4, "a default patience of 5 s, or so"


@pytest.mark.usefixtures("nothing_left")
def test_a_server_that_ignores_SIGTERM_is_killed_and_reported(template):
    server = start_command(template(STUBBORN, LISTEN))
    with pytest.raises(HarnessError, match=r"still there 0\.2 s after SIGTERM"):
        server.stop(patience=0.2)
    assert server.status == -signal.SIGKILL


@pytest.mark.usefixtures("nothing_left")
def test_a_server_that_dies_by_itself_is_noticed(template):
    with start_command(template(LISTEN)) as server:
        server.process.kill()
        wait_until(lambda: not server.alive())
    assert server.status == -signal.SIGKILL


CHILD = """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(subprocess.Popen(["sleep", "1000"]).pid, file=sys.stderr, flush=True)
signal.signal(signal.SIGTERM, signal.SIG_DFL)
"""


def test_a_child_that_a_server_leaves_behind_is_killed(template):
    with start_command(template(CHILD, LISTEN)) as server:
        child = int(server.stderr())
    wait_until(lambda: gone(child))


def test_stderr_can_be_read_while_it_runs_and_afterwards(template):
    with start_command(template("print('héllo', file=sys.stderr, flush=True)", LISTEN)) as server:
        assert server.stderr() == "héllo\n"
    assert server.stderr() == "héllo\n"


@pytest.fixture
def low_limit():
    """This process has fewer descriptors than it might have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("low_limit")
def test_descriptors_are_lowered_for_good_or_raised_to_the_most(template):
    tell = "print(*resource.getrlimit(resource.RLIMIT_NOFILE), file=sys.stderr, flush=True)"
    with start_command(template(tell, LISTEN), descriptors=50) as server:
        assert server.stderr().split() == ["50", "50"]
    with start_command(template(tell, LISTEN)) as server:
        soft, hard = server.stderr().split()
        assert soft == hard or soft == "10240"  # what macOS gives


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system pins no process")
def test_a_server_can_be_pinned_to_a_core(template):
    core = max(os.sched_getaffinity(0))
    with start_command(template(LISTEN), cpu=core) as server:
        assert server.process.cpu_affinity() == [core]


def test_a_server_that_somebody_else_runs_is_left_alone(template):
    with start_command(template(LISTEN)) as theirs:
        with attach(theirs.url) as server:
            assert server.process is None
            assert server.port == theirs.port
        assert theirs.alive()
    assert not server.alive()


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("http://127.0.0.1:1/", "nothing listens"),
        ("127.0.0.1:8000", "is not an address like"),
        ("http://127.0.0.1:port/", "is not an address"),
    ],
)
def test_a_bad_address_is_explained(url, complaint):
    with pytest.raises(HarnessError, match=complaint):
        attach(url)


@pytest.fixture
def parent(template):
    """Another process, with a process group of its own, that has started a stubborn server."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, template(STUBBORN, LISTEN)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        yield process
        process.kill()


@pytest.mark.usefixtures("nothing_left")
def test_even_a_stubborn_server_does_not_survive_a_parent_that_is_killed(parent):
    family = [int(pid) for pid in parent.stdout.readline().split()]
    assert not any(map(gone, family))
    parent.kill()
    wait_until(lambda: all(map(gone, family)))


def test_an_interrupt_from_the_terminal_reaches_neither_server_nor_guard(parent):
    family = [int(pid) for pid in parent.stdout.readline().split()]
    assert parent.pid not in map(os.getpgid, family)
    assert parent.pid not in map(os.getsid, family)


def test_SIGTERM_to_the_guard_ends_the_server_first(template):
    with start_command(template(POLITE, LISTEN)) as server:
        os.kill(server.process.ppid(), signal.SIGTERM)
        wait_until(lambda: not server.alive())
    assert server.status == 7


def test_a_dump_shows_where_every_thread_and_task_stands(announcer):
    with announcer(runner="harness.dump") as server:
        server.process.send_signal(signal.SIGUSR1)
        wait_until(lambda: "end of dump" in server.stderr())
    sleeper = server.stderr().partition("thread sleeper\n")[2]
    assert "announcer.py:11 pause" in sleeper
    dreamer = server.stderr().partition("task dreamer")[2].splitlines()
    assert [line.rpartition("/")[2] for line in dreamer[1:3]] == [
        "announcer.py:5 outer",
        "announcer.py:8 inner",
    ]


def test_a_server_does_not_survive_an_asker_who_left_while_it_started(tmp_path):
    """The guard finds nobody to report to, and its standard input closed."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-c", "import time; time.sleep(60)", str(tmp_path)]
    guard = [sys.executable, "-I", "-S", str(GUARD), str(writing), "", "", *command]
    subprocess.run(guard, stdin=subprocess.DEVNULL, pass_fds=[writing], timeout=10, check=False)
    os.close(writing)
    left = [p.pid for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"] == command]
    assert not left, f"the server is still there: {left}"
