"""An application that fails costs its client the answer, and nobody else anything."""

import sys
import textwrap

import pytest

from harness import STEPS, start_command
from tests.http_client import Client, request

BROKEN = textwrap.dedent("""
    import importlib, sys
    import steps.listener
    from steps.messages import Pause, Response

    def stream():
        yield b"so far so good"
        yield Pause(0.01)
        raise RuntimeError("broken in mid-stream")

    def handle(request, notes):
        match request.path:
            case ("fails",):
                raise OSError("broken")
            case ("stream",):
                return Response(200, stream())
        return Response(200, b"well")

    steps.listener.handle = handle
    importlib.import_module(sys.argv.pop(1) + ".server").main()
""")


@pytest.fixture(scope="module", params=[1, 2, 3, 4], ids=lambda number: f"step {number}")
def broken(request, tmp_path_factory):
    program = tmp_path_factory.mktemp("broken") / "broken.py"
    program.write_text(BROKEN)
    command = f"{sys.executable} {program} {STEPS[request.param].module} --port {{port}}"
    with start_command(command) as server:
        yield server


def test_an_error_before_the_answer_is_a_500_and_the_conversation_goes_on(broken):
    with Client(broken, patience=5) as client:
        assert client.ask("GET", "/fails").status == 500
        assert client.ask("GET", "/").body == b"well"


def test_an_error_in_mid_stream_breaks_the_stream_off_and_nothing_else(broken):
    with Client(broken, patience=5) as client:
        client.send(request("GET", "/stream"))
        received = client.receive_end()
    assert b"so far so good" in received, f"the part before the error is missing: {received!r}"
    assert not received.endswith(b"0\r\n\r\n"), "a broken stream was ended as if it were whole"
    with Client(broken, patience=5) as client:
        assert client.ask("GET", "/").body == b"well"
