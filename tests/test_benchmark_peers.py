"""Servers of the world answer as ours do; the client is held against wrk; a proof that can fail."""

import re
import shutil
import time

import httpx
import psutil
import pytest

from benchmark import calibrate, dearer, proof
from benchmark.peers import PEERS, peers
from benchmark.proof import Dear
from benchmark.run import FLOOR, Cores
from benchmark.scenarios import GREETING
from tests.test_benchmark import bench

pytestmark = pytest.mark.long

THERE = {contender.name: contender for contender in peers()[0]}


@pytest.mark.parametrize("name", [peer.name for peer in PEERS])
def test_a_peer_greets_and_pauses_as_the_steps_do(name):
    if name not in THERE:
        pytest.skip(f"{name} is not installed")
    with THERE[name].started((), None) as server:
        assert httpx.get(server.url).text == GREETING
        before = time.monotonic()
        assert httpx.get(f"{server.url}slow/0.3").text == "slept 0.3 s\n"
        assert time.monotonic() - before >= 0.3
        assert httpx.get(f"{server.url}fib/9").status_code in (400, 404)


@pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not on this machine")
def test_the_server_behind_nginx_leaves_with_it():
    before = set(psutil.Process().children(recursive=True))
    with THERE["nginx"].started((), None) as server:
        family = server.process.children(recursive=True)
        assert any("steps.04_asyncio" in " ".join(one.cmdline()) for one in family)
    assert psutil.wait_procs(family, timeout=10)[1] == []
    assert set(psutil.Process().children(recursive=True)) <= before


def test_what_is_missing_is_said_and_the_standard_library_is_always_there(monkeypatch):
    monkeypatch.setattr("benchmark.peers.Peer.there", property(lambda _: lambda needs: None))
    there, missing = peers()
    assert [one.name for one in there] == ["http.server", "Threading HTTP"]
    bare = "Tornado, bare"
    assert missing == ["waitress", "gunicorn", "aiohttp", bare, "uvicorn", "granian", "nginx"]


def test_peers_are_measured_beside_the_steps(tmp_path):
    out = tmp_path / "out.json"
    arguments = ["--quick", "--rounds", "1", "--scenarios", "slow", "--steps", "3", "--peers"]
    done = bench(*arguments, "--out", out)
    assert done.returncode == 0
    row = re.search(r"http\.server +([\d.]+) ", done.stdout)
    assert float(row[1]) > 5, "one at a time: its pauses queue"
    assert "one at a time" in done.stdout, "how it waits stands below its name"


# Calibration


def test_calibrate_says_the_ratio_to_another_tool(monkeypatch, capsys):
    monkeypatch.setattr(calibrate, "SECONDS", 0.1)
    monkeypatch.setattr(calibrate, "other_tool", lambda: ("half", lambda server, count: 1000.0))
    monkeypatch.setattr(calibrate, "interrupt_once", lambda: None)
    monkeypatch.setattr(Cores, "settle", lambda self: None)
    assert calibrate.main(["--rounds", "1"]) == 0
    rows = re.findall(
        r"^ +([\d,]+) +(\S+) +1,000 +([\d.]+) ", capsys.readouterr().out, re.MULTILINE
    )
    assert [count for count, *_ in rows] == ["10", "100", "1,000"]
    for _, ours, ratio in rows:
        assert float(ratio) > 1, "canned bytes give more than a thousand"
        assert ours.endswith("k") or "," in ours


@pytest.mark.parametrize("name", ["wrk", "ab"])
def test_the_other_tools_words_are_understood(name, monkeypatch):
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed")
    monkeypatch.setattr(calibrate, "SECONDS", 1)
    with FLOOR.started((), None) as server:
        assert getattr(calibrate, name)(server, 10) > 100


def test_without_wrk_and_ab_it_says_what_is_missing(tmp_path):
    done = bench("calibrate", env={"PATH": str(tmp_path)})
    assert done.returncode == 2
    assert done.stderr == (
        "Nothing was measured: neither wrk nor ab is on this machine: install one of them.\n"
    )


# A step made dearer


def test_a_step_made_dearer_pays_its_share_of_what_it_used():
    surcharge = dearer.Surcharge()
    start = surcharge.paid
    while time.process_time() < start + 0.05:
        pass
    for _ in range(dearer.EVERY):
        surcharge.meet()
    assert 0.05 * (1 + 0.9 * dearer.SHARE) < time.process_time() - start < 0.07


def test_a_step_made_dearer_serves_as_it_did():
    with Dear("step 3", "", 3).started((), None) as server:
        assert httpx.get(server.url).text == GREETING


def test_the_proof_tells_pairs_and_counts_those_that_are_right(monkeypatch, capsys):
    runs = []

    def measured(cores, servers, options):
        runs.append(any(isinstance(one, Dear) for one in servers))
        return len(runs)

    monkeypatch.setattr(proof, "measured", measured)
    monkeypatch.setattr(proof, "interrupt_once", lambda: None)
    monkeypatch.setattr(Cores, "settle", lambda self: None)
    monkeypatch.setattr(proof, "rows", lambda first, second: second)
    monkeypatch.setattr(proof, "changed", lambda second: [] if second % 3 == 2 else [ROW])
    assert proof.main(["--pairs", "2"]) == 0
    assert runs == [False, False, True] * 2
    said = capsys.readouterr().out
    assert "same code: right in 2 of 2 pairs" in said
    assert "one dearer: right in 2 of 2 pairs" in said


class Named:
    server, change = "step 3", 1 / 1.2


ROW = Named()
