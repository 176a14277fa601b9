"""The benchmark: a client that counts right, words that follow from figures, and a clean end."""

import itertools
import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from benchmark import cli, client, crowd, run
from benchmark.answer import BadAnswer, parse
from benchmark.crowd import SPARE
from benchmark.hostile import HEAD
from benchmark.modes import MODES
from benchmark.poller import Poller, SelectorPoller
from benchmark.questions import POLITE
from benchmark.results import Results, Spread, Summary
from benchmark.scenarios import short, value
from harness import HarnessError

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parent.parent
BODY = b"Hello, world!\n"
COUNTED = b"HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n" + BODY
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"7\r\nHello, \r\n7;note=x\r\nworld!\n\r\n0\r\n\r\n"
)
UNTIL_CLOSE = b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n" + BODY
ASKED_TO_CLOSE = COUNTED.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n")


# Scripted servers: a function that is given a connection and does with it what it likes


@contextmanager
def scripted(converse, backlog=128, threads=True):
    """Serve each connection with `converse`, in a thread of its own or in turn; yields the port."""
    connections = []
    with socket.create_server(("127.0.0.1", 0), backlog=backlog) as listener:
        arguments = (listener, converse, connections, threads)
        thread = threading.Thread(target=accept, args=arguments, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            stop(listener, thread, connections)


def stop(listener, thread, connections):
    end(listener)
    while thread.is_alive():  # it may be in a conversation, and then in the next
        for connection in list(connections):
            end(connection)
        thread.join(0.01)
    for connection in connections:
        end(connection)


def end(connection):
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def accept(listener, converse, connections, threads):
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            connections.append(connection)
            talk = threading.Thread(target=guarded, args=(converse, connection), daemon=True)
            talk.start() if threads else talk.run()


def guarded(converse, connection):
    with connection, suppress(OSError):
        converse(connection)


def always(answer):
    def converse(connection):
        while connection.recv(65536):
            connection.sendall(answer)

    return converse


def once(answer):
    def converse(connection):
        connection.recv(65536)
        connection.sendall(answer)

    return converse


def bytewise(connection):
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while connection.recv(65536):
        for at in range(len(COUNTED)):
            connection.sendall(COUNTED[at : at + 1])


def mute(connection):
    while connection.recv(65536):
        pass


def hangs_up(connection):
    connection.recv(65536)


def load(
    kind="loop",
    connections=3,
    body="Hello, world!\n",
    warm=0.0,
    seconds=0.1,
    polite=0,
    rate=0,
    path="/",
):
    window = {"warm": warm, "seconds": seconds, "polite": polite, "rate": rate}
    return {"kind": kind, "path": path, "body": body, "connections": connections, **window}


@pytest.fixture(params=[Poller, SelectorPoller])
def measure(request, monkeypatch):
    """The client, in this process: with this system's poller, and with the one for all others."""
    monkeypatch.setattr(crowd, "Poller", request.param)

    def run(port, **options):
        plan = {"host": "127.0.0.1", "port": port, "pid": os.getpid()}
        return client.measure(plan, load(**options))

    return run


# The client counts right


@pytest.mark.parametrize(
    "converse",
    [
        pytest.param(always(COUNTED), id="counted"),
        pytest.param(always(CHUNKED), id="chunked"),
        pytest.param(bytewise, id="bytewise"),
        pytest.param(once(UNTIL_CLOSE), id="until-close"),
        pytest.param(once(ASKED_TO_CLOSE), id="closes-each-time"),
    ],
)
def test_every_whole_right_answer_counts_however_it_is_framed(measure, converse):
    with scripted(converse) as port:
        raw = measure(port)
    assert raw["served"] == raw["connected"] == 3
    assert raw["answers"] > 3
    assert raw["wrong"] == raw["refused"] == raw["lost"] == 0
    assert 0 < raw["latency"]["50"] <= raw["latency"]["99"] <= raw["longest_wait"]


def test_a_server_that_closes_is_asked_again_and_that_is_counted(measure):
    with scripted(once(ASKED_TO_CLOSE)) as port:
        raw = measure(port)
    assert raw["answers"] > 3
    assert 0 <= raw["answers"] - raw["reconnects"] <= 3


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(COUNTED.replace(b"Hello", b"HELLO"), id="other-body"),
        pytest.param(COUNTED.replace(b"200 OK", b"500 No"), id="other-status"),
        pytest.param(COUNTED + b"more", id="more-than-asked"),
        pytest.param(COUNTED.replace(b": 14", b": 13"), id="short-length"),
        pytest.param(b"hello there\r\n\r\n", id="no-http"),
    ],
)
def test_a_wrong_answer_is_counted_as_wrong_and_serves_nobody(measure, answer):
    with scripted(always(answer)) as port:
        raw = measure(port)
    assert raw["wrong"] > 3
    assert raw["served"] == raw["answers"] == 0
    assert raw["wrong_example"]


def test_an_answer_that_turns_wrong_after_many_right_ones_is_noticed(measure):
    def converse(connection):
        for number in itertools.count():
            connection.recv(65536)
            connection.sendall(COUNTED if number < 200 else COUNTED.replace(b"Hello", b"Jello"))

    with scripted(converse) as port:
        raw = measure(port, connections=1, seconds=0.3)
    assert raw["answers"] == 200
    assert raw["wrong"] > 0


def test_a_mute_server_serves_nobody_and_the_wait_is_the_whole_window(measure):
    with scripted(mute) as port:
        raw = measure(port)
    assert raw["served"] == raw["answers"] == 0
    assert raw["connected"] == raw["unanswered"] == 3
    assert raw["longest_wait"] >= 0.1


def test_clients_that_wait_behind_one_are_present_and_not_served(measure):
    turn = threading.Lock()

    def one_at_a_time(connection):
        with turn:
            always(COUNTED)(connection)

    with scripted(one_at_a_time) as port:
        raw = measure(port, connections=5)
    assert (raw["connected"], raw["served"], raw["unanswered"]) == (5, 1, 5)
    assert raw["latency"]["50"] < raw["longest_wait"]


def test_a_client_keeps_its_identity_when_it_has_to_reconnect(measure):
    started = itertools.count()

    def only_the_first_two(connection):
        if next(started) >= 2:
            mute(connection)
        once(ASKED_TO_CLOSE)(connection)

    with scripted(only_the_first_two) as port:
        raw = measure(port, connections=4)
    assert raw["served"] == 2


def test_answers_before_the_window_do_not_count(measure):
    def only_the_first(connection):
        connection.recv(65536)
        connection.sendall(COUNTED)
        mute(connection)

    with scripted(only_the_first) as port:
        raw = measure(port, warm=0.1)
    assert raw["served"] == raw["answers"] == 0
    assert raw["unanswered"] == 3


def test_a_server_that_hangs_up_loses_answers_and_is_not_called_wrong(measure):
    with scripted(hangs_up) as port:
        raw = measure(port)
    assert raw["lost"] > 0
    assert raw["served"] == raw["wrong"] == 0


def test_refused_clients_are_not_served_and_do_not_hold_up_the_run(measure):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    before = time.monotonic()
    raw = measure(port, seconds=5)
    assert raw["refused"] == 3
    assert raw["served"] == raw["connected"] == 0
    assert time.monotonic() - before < 5, "with nobody left to wait for, the window may close"


def test_a_server_that_is_not_ours_sets_its_own_pattern(measure):
    with scripted(always(COUNTED.replace(b"Hello", b"HELLO"))) as port:
        raw = measure(port, body=None)
    assert raw["served"] == 3
    assert raw["wrong"] == 0


def test_a_burst_asks_each_client_once_and_ends_with_the_last_answer(measure):
    with scripted(always(COUNTED)) as port:
        raw = measure(port, kind="burst", connections=20, seconds=5)
    assert raw["answers"] == raw["served"] == 20
    assert raw["seconds"] < 5


def test_held_connections_are_those_that_were_answered_and_stayed(measure):
    started = itertools.count()

    def every_third_one_stays(connection):
        (always(COUNTED), once(COUNTED), hangs_up)[next(started) % 3](connection)

    with scripted(every_third_one_stays) as port:
        raw = measure(port, kind="hold", connections=30)
    assert raw["served"] == 20
    assert raw["held"] == 10


# Polite clients among hostile ones

BESET = {"kind": "mute", "connections": 6, "seconds": 0.3, "polite": 4}


def heard_by(answer_to_big=COUNTED):
    """A server for scripted() that answers whole heads, and what each connection said to it."""
    said = []

    def converse(connection):
        said.append(b"")
        mine, done = len(said) - 1, 0
        while data := connection.recv(65536):
            said[mine] += data
            for head in said[mine][done:].split(b"\r\n\r\n")[:-1]:
                done += len(head) + 4
                connection.sendall(answer_to_big if b" /big" in head else COUNTED)

    return converse, said


def test_one_mute_client_silences_a_server_that_serves_one_at_a_time(measure):
    converse, said = heard_by()
    with scripted(converse, threads=False) as port:
        raw = measure(port, **{**BESET, "connections": 1})
    assert raw["served"] == raw["answers"] == 0
    assert raw["came"] == raw["unanswered"] == 4, "they are connected, and still wait"
    assert raw["longest_wait"] >= 0.3
    assert said[1] == b"", "the first in line says nothing (before it came a question for /big)"


def test_a_server_with_a_thread_for_each_answers_the_polite_among_the_mute(measure):
    with scripted(heard_by()[0]) as port:
        raw = measure(port, **BESET)
    assert raw["served"] == raw["came"] == 4
    assert raw["answers"] > 4, "one of them asks again and again"
    assert raw["wrong"] == raw["lost"] == raw["reconnects"] == 0
    assert raw["latency"]["100"] < raw["seconds"]
    assert raw["unanswered"] == 0, "the end of the window cuts no wait short"


def test_only_connections_that_the_server_took_were_let_in(measure):
    for threads, expected in ((True, 6), (False, 1)):
        with scripted(heard_by()[0], threads=threads) as port:
            raw = measure(port, **BESET)
        assert raw["connected"] == 6, "the kernel shakes hands for a server that never looks"
        assert raw["let_in"] in (expected, None), "None: not on Linux"


def test_one_thrown_out_is_not_let_in(measure):
    def throws_out_who_says_nothing(connection):
        connection.settimeout(0.05)
        always(COUNTED)(connection)

    with scripted(throws_out_who_says_nothing) as port:
        raw = measure(port, **{**BESET, "connections": 1})
    assert raw["connected"] == 1
    assert raw["let_in"] in (0, None)


def test_a_third_drips_a_third_says_nothing_and_a_third_asks_for_much(measure):
    converse, said = heard_by()
    with scripted(converse) as port:
        raw = measure(port, **BESET)
    hostile = sorted(words for words in said if not words.startswith((b"GET /big/1 ", b"GET / H")))
    much = b"GET /big/30000000 HTTP/1.1\r\n"
    assert [words[: len(much)] for words in hostile if b"big" in words] == [much, much]
    rest = [words for words in hostile if b"big" not in words]
    assert [len(words) for words in rest[:2]] == [0, 0]
    assert [HEAD.startswith(words) for words in rest[2:]] == [True, True]
    assert all(2 <= len(words) <= 4 for words in rest[2:]), "a byte every 0.1 s, for 0.3 s"
    assert raw["has_big"] is True


def test_where_there_is_no_big_nobody_asks_for_it_twice(measure):
    converse, said = heard_by(COUNTED.replace(b"200 OK", b"404 No"))
    with scripted(converse) as port:
        raw = measure(port, **BESET)
    assert raw["has_big"] is False
    assert sum(b"/big" in words for words in said) == 1
    assert raw["connected"] == 6
    assert raw["served"] == 4


def test_newcomers_leave_room_for_each_other(measure):
    """Six hostile clients, one regular and one more is all that this server has workers for."""
    workers, converse = threading.Semaphore(8), heard_by()[0]

    def one_of_eight(connection):
        with workers:
            converse(connection)

    with scripted(one_of_eight) as port:
        raw = measure(port, **BESET)
    assert raw["served"] == 4


def test_where_descriptors_run_out_fewer_are_hostile_and_the_polite_still_come(
    measure, monkeypatch
):
    few = SPARE + 5
    monkeypatch.setattr("benchmark.crowd.resource.getrlimit", lambda _: (few, few))
    with scripted(heard_by()[0]) as port:
        raw = measure(port, **BESET)
    assert raw["connected"] == 5
    assert raw["served"] == raw["came"] == 4


def test_a_server_that_has_gone_leaves_the_polite_refused_and_the_window_ends(measure):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    raw = measure(port, **BESET)
    assert raw["refused"] == raw["came"] == 4
    assert raw["served"] == raw["connected"] == 0
    assert raw["longest_wait"] is None


def test_the_client_ends_when_its_input_closes():
    plan = {"host": "127.0.0.1", "port": 1, "pid": None, "cpu": None}
    with scripted(always(COUNTED)) as port:
        plan |= {"port": port, "loads": [load(seconds=60)]}
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmark.client"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )
        with process:
            process.stdin.write(json.dumps(plan).encode() + b"\n")
            process.stdin.close()
            try:
                assert process.wait(10) == 1
            finally:
                process.kill()


# One answer out of bytes


@pytest.mark.parametrize("wire", [COUNTED, CHUNKED])
def test_an_answer_is_none_until_it_is_whole(wire):
    assert [parse(wire[:end]) for end in range(len(wire))] == [None] * len(wire)
    answer = parse(wire)
    assert (answer.status, answer.body, answer.size, answer.stays) == (200, BODY, len(wire), True)


def test_a_body_without_a_length_ends_with_the_connection():
    assert parse(UNTIL_CLOSE) is None
    assert parse(UNTIL_CLOSE, closed=True).body == BODY


@pytest.mark.parametrize("length", [b"+14", b"1_4", b"-1", b"", b"0x0e"])
def test_a_length_is_digits_and_nothing_else(length):
    with pytest.raises(BadAnswer, match="not a length"):
        parse(COUNTED.replace(b"14", length))


# Words follow from figures


def spread(*numbers):
    return Spread.of([(number, False) for number in numbers])


def test_a_spread_is_the_median_and_its_ends():
    assert spread(5.0, 1.0, 3.0) == Spread(3.0, 1.0, 5.0, 3)
    assert Spread.of([]) is None


def test_servers_tie_when_their_ranges_overlap():
    assert spread(1, 2, 3).ties(spread(3, 4, 5))
    assert not spread(1, 2, 3).ties(spread(4, 5, 6))


def test_a_median_is_a_lower_bound_only_if_a_cut_round_decided_it():
    assert Spread.of([(5.0, True), (5.0, True), (1.0, False)]).at_least
    assert not Spread.of([(5.0, True), (1.0, False), (1.0, False)]).at_least


def test_numbers_are_shown_with_three_digits_or_so():
    assert [short(n) for n in (0.123, 12.34, 123.4, 1234.5, 45678.0, 10001)] == [
        *("0.12", "12.3", "123", "1,234", "45.7k", "10,001")
    ]


def loop_of(step, number, count, rate, served, p50=1e-3):
    return {
        "server": f"step {step}",
        "step": step,
        "round": number,
        "load": f"loop-{count}",
        "connections": count,
        "served": served,
        "answers": rate,
        "wrong": 0,
        "seconds": 1.0,
        "server_cpu": 0.5,
        "used": None,
        "latency": {"50": p50, "99": p50, "100": p50},
        "longest_wait": 1.0,
    }


def summary(name, measurements):
    servers = dict.fromkeys(raw["server"] for raw in measurements)
    return Summary(MODES["quick"].scenarios()[name], servers, measurements)


def rounds_of(step, rates, served=100, **more):
    return [loop_of(step, n, 100, rate, served, **more) for n, rate in enumerate(rates, 1)]


def test_a_ratio_is_taken_within_a_round():
    made = summary("hello", rounds_of(3, [800, 100, 900]) + rounds_of(5, [100, 10, 100]))
    assert made["step 3", "x-100"] == Spread(9.0, 8.0, 10.0, 3)


def test_the_fastest_is_sought_among_those_that_answered_everybody():
    made = summary("hello", rounds_of(1, [9000] * 3, served=1) + rounds_of(3, [800] * 3))
    assert "step 3 is the fastest" in made.scenario.finding(made)


def test_a_difference_within_the_spread_is_called_a_tie():
    close = summary("hello", rounds_of(3, [800, 900, 990]) + rounds_of(4, [700, 850, 880]))
    apart = summary("hello", rounds_of(3, [800, 900, 990]) + rounds_of(4, [700, 750, 780]))
    assert "step 4 cannot be told from it" in close.scenario.finding(close)
    assert "cannot be told" not in apart.scenario.finding(apart)


def test_a_fine_median_that_hides_unserved_clients_is_exposed():
    trapped = summary("fair", rounds_of(1, [900] * 3, served=1, p50=1e-4) + rounds_of(3, [800] * 3))
    assert "p50 of 0.10 ms, yet served 1 of 100 clients" in trapped.scenario.finding(trapped)
    nearly = rounds_of(2, [900], served=100, p50=1e-4) + rounds_of(2, [900], served=99, p50=1e-4)
    honest = summary("fair", nearly + rounds_of(3, [800] * 3))
    assert "yet served" not in honest.scenario.finding(honest)


def beset(step, served, slowest, connections=(1, 500), waiting=0.0):
    """One round's measurements for each number of mute clients."""
    return [
        {
            **loop_of(step, 1, count, 1, served, p50=slowest),
            "load": f"mute-{asked}",
            "window": 1.0,
            "connected": count,
            "let_in": count,
            "latency": {"50": slowest, "100": slowest},
            "longest_wait": max(waiting, slowest or 0),
        }
        for asked, count in zip((1, 500), connections, strict=True)
    ]


def finding(measurements):
    made = summary("silent", measurements)
    return made.scenario.finding(made)


STOPPED = beset(1, 0, None, waiting=1.001)


def test_who_is_stopped_by_one_mute_client_is_named_and_who_is_not():
    words = finding(STOPPED + beset(2, POLITE, 0.012) + beset(3, POLITE, 0.034))
    assert words == (
        "one mute client stops step 1; step 2 and step 3 answer within 34.0 ms "
        "while 500 drip, say nothing or do not read."
    )


def test_a_server_that_only_many_stop_or_that_keeps_some_waiting_is_not_said_to_answer():
    pool = beset(2, POLITE, 0.01)[:1] + beset(2, 0, None, waiting=1.0)[1:]
    assert "500 stop step 2" in finding(pool)
    assert "with 500, step 3 kept polite clients waiting" in finding(beset(3, POLITE - 1, 0.01))
    assert "with 500, step 3 kept polite clients waiting" in finding(
        beset(3, POLITE, 0.01, waiting=0.9)
    )
    assert "answer" not in finding(STOPPED)


def test_fewer_mute_clients_than_asked_for_are_never_called_so_many():
    words = finding(beset(3, POLITE, 0.01) + beset(4, POLITE, 0.01, connections=(1, 190)))
    assert "while at least 190 of 500 drip" in words


def test_an_answer_that_never_came_took_at_least_the_window():
    made = summary("silent", STOPPED)
    assert made["step 1", "served-1"].median == 0
    assert value(made["step 1", "slowest-1"]) == "≥ 1,001"
    refused = [{**raw, "longest_wait": None} for raw in STOPPED]
    assert value(summary("silent", refused)["step 1", "slowest-1"]) == "≥ 1,000"


def test_a_server_without_the_route_gets_no_figure():
    raw = {**loop_of(3, 1, 100, 0, served=0), "wrong": 7}
    assert summary("hello", [raw])["step 3", "rate-100"] is None


# The command line


def bench(*arguments, **options):
    command = [sys.executable, "-m", "benchmark", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, **options)


SHORT = ("--quick", "--rounds", "1", "--scenarios", "slow", "--steps")


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        ([], list(MODES["default"].scenarios())),
        (["--quick"], ["hello", "fair", "slow"]),
        (["--full"], list(MODES["full"].scenarios())),
        (["--quick", "--scenarios", "silent"], ["silent"]),
    ],
)
def test_a_quick_run_leaves_out_what_takes_long_unless_asked(monkeypatch, arguments, asked):
    monkeypatch.setattr(cli, "interrupt_once", lambda: None)
    monkeypatch.setattr(cli, "bench", lambda options: options.scenarios)
    assert cli.main(arguments) == asked


def test_mute_clients_stop_step_1_and_its_deadlines_do_not_come_to_its_rescue(tmp_path):
    arguments = ["--quick", "--rounds", "1", "--scenarios", "silent", "--steps", "1"]
    done = bench(*arguments, "--out", tmp_path / "out.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert "One mute client stops step 1." in done.stdout
    kept = json.loads((tmp_path / "out.json").read_text())["summaries"]["silent"]["step 1"]
    assert [kept[key]["high"] for key in ("served-1", "served-500", "connected-500")] == [0, 0, 500]
    for load in MODES["quick"].scenarios()["silent"].loads:
        never = dict(zip(load.options[::2], load.options[1::2], strict=True))
        assert never == {f"--{name}-timeout": "0" for name in ("head", "idle", "send", "body")}


def test_a_run_leaves_its_results_in_a_file_and_its_tables_in_the_terminal(tmp_path):
    out = tmp_path / "deep" / "out.json"
    done = bench(*SHORT, "3", "--out", out)
    assert (done.returncode, done.stderr) == (0, "")
    assert "10 pauses at once take less than two with step 3" in done.stdout
    results = json.loads(out.read_text())
    assert results["format"] == 2
    assert results["complete"] is True
    assert [raw["load"] for raw in results["measurements"]] == ["burst-10"]
    kept = summary("slow", results["measurements"])
    assert {"slow": kept.as_json()} == results["summaries"]
    assert os.listdir(out.parent) == ["out.json"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--steps", "7"], "there is no step 7: choose from 1, 2, 3, 4, 5"),
        (["--steps", "x"], "there is no step x"),
        (["--steps", ""], "there is nothing to measure"),
        (["--scenarios", "hallo"], "there is no scenario hallo: choose from hello, fair"),
        (["--rounds", "0"], "0 is no number of rounds"),
        (["--fast"], "unrecognized arguments: --fast"),
        (["--quick", "--full"], "not allowed with"),
        (["walk"], "invalid choice: 'walk'"),
        (["--steps", "3", "--server", "cat"], "write {port} where the port goes"),
        (["--steps", "3", "--server", "no-such-command {port}"], "no command 'no-such-command'"),
        (["--steps", "3", "--server", "false {port}"], "before it was ready"),
        (["--steps", "3", "--out", "/proc/nowhere/out.json"], "cannot write"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_nothing_is_measured(arguments, words):
    before = set(ROOT.glob("results/*"))
    done = bench(*arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
    assert set(ROOT.glob("results/*")) == before


def test_results_that_are_there_are_not_overwritten(tmp_path):
    out = tmp_path / "out.json"
    out.write_text("precious")
    done = bench(*SHORT, "3", "--out", out)
    assert done.returncode == 2
    assert done.stderr == (
        f"Nothing was measured: {out} exists: give --out another name, or remove it.\n"
    )
    assert out.read_text() == "precious"


DIES = """
import socket, sys
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    while True:
        connection, _ = listener.accept()
        if connection.recv(65536):
            sys.exit("I am tired")
"""


def test_a_server_that_dies_drops_out_and_the_others_go_on(tmp_path):
    script, out = tmp_path / "dies.py", tmp_path / "out.json"
    script.write_text(DIES)
    command = f"{sys.executable} {script} {{port}}"
    done = bench(*SHORT, "3", "--rounds", "2", "--server", command, "--out", out)
    assert done.returncode == 1
    assert "ended in the middle of 10 pauses at once; start it by hand" in done.stderr
    assert "I am tired" in done.stderr
    assert "Traceback" not in done.stderr
    results = json.loads(out.read_text())
    assert results["complete"] is False
    assert [raw["server"] for raw in results["measurements"]] == ["step 3", "step 3"]


def test_where_nothing_was_measured_the_status_is_2(tmp_path):
    script, out = tmp_path / "dies.py", tmp_path / "out.json"
    script.write_text(DIES)
    done = bench(*SHORT, "", "--server", f"{sys.executable} {script} {{port}}", "--out", out)
    assert done.returncode == 2
    assert "I am tired" in done.stderr
    assert "Nothing was measured." in done.stdout
    assert not out.exists()


def test_a_floor_that_dies_ends_the_run_and_is_named(tmp_path, monkeypatch):
    """Without it nothing can be compared, and no other server is to blame."""
    script = tmp_path / "dies.py"
    script.write_text(DIES)
    command = f"{sys.executable} {script} {{port}}"
    monkeypatch.setattr(run, "FLOOR", run.Contender("canned", "fixed bytes", command=command))
    servers, loads = run.contenders([3], []), [MODES["quick"].loop(100, 0.1)]
    results = Results(tmp_path / "out.json", {}, {})
    with pytest.raises(HarnessError, match=r"dies\.py .* ended in the middle of 100 at a time"):
        run.run(results, run.Cores(None, None), servers, loads, lambda *_: None)
    assert results.measurements == []


def test_server_and_client_do_not_share_a_core_if_that_can_be_helped(tmp_path, monkeypatch):
    def chosen(*siblings):
        for cpu, others in enumerate(siblings):
            (tmp_path / str(cpu)).write_text(others)
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(len(siblings))))
        cores = run.Cores.choose()
        return cores.server, cores.client, cores.note

    monkeypatch.setattr(run, "TOPOLOGY", f"{tmp_path}/{{}}")
    assert chosen("0-1", "0-1", "2-3", "2-3") == (0, 2, "a core each")
    assert chosen("0", "1") == (0, 1, "a core each")
    assert chosen("0-1", "0-1") == (0, 1, "two threads of one core")
    assert chosen("0") == (None, None, "not pinned: they may share")


def test_each_round_begins_with_another_server(tmp_path, monkeypatch):
    visited = []
    monkeypatch.setattr(run.Visit, "make", lambda self, _: visited.append(self.contender.step))
    load = replace(MODES["quick"].burst(10), rounds=3)
    results = Results(tmp_path / "out.json", {}, {})
    run.run(results, run.Cores(None, None), run.contenders([1, 2], []), [load], None)
    assert visited == [1, 2, 2, 1, 1, 2]


@contextmanager
def running_bench(out):
    """A long run, stopped where step 3 is measured and step 4 is at it; and all its processes."""
    arguments = ["--steps", "3,4", "--scenarios", "slow", "--rounds", "99", "--out", str(out)]
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "benchmark", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        start_new_session=True,  # a process group, as a terminal makes one
    )
    with process:
        while "step 4" not in process.stdout.readline():
            pass
        yield process, psutil.Process(process.pid).children(recursive=True)


def test_ctrl_c_keeps_what_was_measured_and_leaves_no_process(tmp_path):
    out = tmp_path / "out.json"
    with running_bench(out) as (process, family):
        os.killpg(process.pid, signal.SIGINT)
        words = process.communicate(timeout=20)[1]
    assert len(family) >= 3, "a guard, a server and a load client"
    assert psutil.wait_procs(family, timeout=10)[1] == []
    assert process.returncode == 130
    assert words == "Interrupted: run the same command again for the rest.\n"
    results = json.loads(out.read_text())
    assert results["complete"] is False
    assert results["measurements"][0]["server"] == "step 3"


def test_a_kill_leaves_no_process_and_a_file_that_can_be_read(tmp_path):
    out = tmp_path / "out.json"
    with running_bench(out) as (process, family):
        process.kill()
        process.communicate(timeout=20)
    assert psutil.wait_procs(family, timeout=10)[1] == []
    results = json.loads(out.read_text())
    assert results["complete"] is False
    assert results["measurements"][0]["server"] == "step 3"


# What may go wrong on the way


def limited(limit, to):
    """What a child does first: have less of something."""
    return lambda: resource.setrlimit(limit, (to, to))


def test_too_few_descriptors_are_said_and_no_count_is_silently_lowered(tmp_path):
    out = tmp_path / "out.json"
    arguments = ["--quick", "--rounds", "1", "--steps", "3", "--scenarios", "fair", "--out", out]
    done = bench(*arguments, preexec_fn=limited(resource.RLIMIT_NOFILE, 300))
    assert (done.returncode, done.stderr) == (0, "")
    said = re.search(r"step 3, loop-1000: only (\d+) of 1,000 clients connected", done.stdout)
    assert 200 < int(said[1]) < 300
    assert "at most 300 descriptors a process" in done.stdout
    assert "no server served all of 1,000 clients" in done.stdout
    assert all(one["used"] for one in json.loads(out.read_text())["measurements"]), (
        "to look at the server takes descriptors too"
    )


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no way to be given one core")
def test_with_one_core_only_it_works_and_says_that_they_share_it(tmp_path):
    out = tmp_path / "out.json"
    one = min(os.sched_getaffinity(0))
    done = bench(*SHORT, "3", "--out", out, preexec_fn=lambda: os.sched_setaffinity(0, {one}))
    assert (done.returncode, done.stderr) == (0, "")
    assert "not pinned: they may share" in done.stdout
    assert json.loads(out.read_text())["environment"]["pinning"]["server"] is None


@pytest.mark.parametrize("room", [100, 3000])
def test_a_full_disk_is_one_sentence_and_what_was_saved_can_be_read(tmp_path, room):
    """A limit on the size of files fails a write in the middle, as a full disk does."""
    out = tmp_path / "out.json"
    arguments = [*SHORT, "3", "--rounds", "9", "--out", out]
    done = bench(*arguments, preexec_fn=limited(resource.RLIMIT_FSIZE, room))
    assert "Traceback" not in done.stderr
    assert "File too large" in done.stderr
    if room == 100:
        assert done.returncode == 2
        assert os.listdir(tmp_path) == []
        return
    assert done.returncode == 1
    results = json.loads(out.read_text())
    assert results["complete"] is False
    assert results["measurements"], "of the rounds before"
    assert "incomplete, and marked so" in done.stdout


@pytest.mark.parametrize("after", [0.2, 0.4, 0.7, 1.1, 1.6])
def test_ctrl_c_at_any_moment_is_one_sentence(tmp_path, after):
    out = tmp_path / "out.json"
    command = [sys.executable, "-m", "benchmark", *SHORT, "3,4", "--rounds", "2", "--out", str(out)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, start_new_session=True, **pipes) as process:
        time.sleep(after)  # no event to wait for: it is any moment that is meant
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        words = process.communicate(timeout=20)[1]
    assert (process.returncode, words.count("\n")) in ((130, 1), (0, 0)), words
    assert "Traceback" not in words
    if out.exists():
        assert json.loads(out.read_text())["complete"] is (process.returncode == 0)
