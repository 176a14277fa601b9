"""The steps' command lines: what goes wrong is said in one sentence, without a traceback."""

import signal
import socket
import subprocess
import sys

import pytest

from harness import STEPS, attach
from harness.server import ROOT
from tests.http_client import Client

pytestmark = pytest.mark.capability("a bad start is explained in a sentence")

BAD = {
    "--port 70000": "port",
    "--host 203.0.113.1": "203.0.113.1",
    "--no-such-option": "--no-such-option",
}
ALSO_BAD = {
    "--port -1": "port",
    "--port eighty": "port",
    "--port": "port",
    "--host no.such.host.invalid": "no.such.host.invalid",
    "--head-timeout -1": "head-timeout",
    "--head-timeout nan": "head-timeout",
    "--head-timeout inf": "head-timeout",
    "--idle-timeout soon": "idle-timeout",
    "--max-connections -5": "max-connections",
    "--backlog many": "backlog",
    "8000": "8000",
}


@pytest.fixture
def command(target):
    if not target.step:
        pytest.skip("this server has a command line of its own")
    return [sys.executable, "-m", STEPS[target.step].module]


def run(command, *options):
    try:
        return subprocess.run(
            [*command, *options], cwd=ROOT, capture_output=True, text=True, timeout=5
        )
    except subprocess.TimeoutExpired as error:
        pytest.fail(f"it runs all the same, and has said {error.stdout!r}")


def assert_one_sentence(ended, word):
    said = f"exit status {ended.returncode}, standard error:\n{ended.stderr}"
    assert ended.returncode not in (0, None), said
    assert ended.returncode > 0, said
    assert "Traceback" not in ended.stderr, said
    assert ended.stderr.count("\n") == 1, f"it is one line; {said}"
    assert word in ended.stderr, f"it names what is wrong; {said}"
    assert ended.stdout == "", "standard output is for the one line that means ready"


@pytest.mark.parametrize(
    ("options", "word"),
    [*BAD.items(), *(pytest.param(*bad, marks=pytest.mark.long) for bad in ALSO_BAD.items())],
)
def test_a_bad_option_is_explained_in_a_sentence(command, options, word):
    assert_one_sentence(run(command, "--port", "0", *options.split()), word)


def test_a_taken_port_is_explained_in_a_sentence(command):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert_one_sentence(run(command, "--port", port), port)


def test_too_few_descriptors_are_explained_in_a_sentence(command):
    limited = [sys.executable, "-c", FEW_DESCRIPTORS, *command]
    assert_one_sentence(run(limited, "--port", "0"), "descriptors")


FEW_DESCRIPTORS = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (6, 6))
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_help_names_every_option(command):
    ended = run(command, "--help")
    assert (ended.returncode, ended.stderr) == (0, "")
    names = ["host", "port", "backlog", "grace", "max-connections"]
    for name in [*names, "head-timeout", "body-timeout", "send-timeout", "idle-timeout"]:
        assert f"--{name}" in ended.stdout


def test_ready_is_the_one_line_on_standard_output(command, patience):
    with subprocess.Popen(
        [*command, "--port", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            line = server.stdout.readline()
            assert line.startswith("serving http://127.0.0.1:")
            with Client(attach(line.split()[1]), patience) as client:
                assert client.ask("GET", "/nothing", "Connection: close").status == 404
            server.send_signal(signal.SIGTERM)
            assert server.communicate(timeout=patience) == ("", "")
            assert server.returncode == 0
        finally:
            server.kill()


def test_steps_1_to_4_need_nothing_but_python(command, target):
    if target.step == 5:
        pytest.skip("Tornado is what this step is about")
    python, *rest = command
    ended = run([python, "-I", "-S", "-c", BARE, *rest[1:]])
    assert ended.returncode == 0, ended.stderr


BARE = """
import runpy, sys
sys.path.insert(0, ".")
module = sys.argv[1]
sys.argv[1:] = ["--help"]
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""
