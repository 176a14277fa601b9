"""What is made of results: a comparison that names changes only, and a page that stands alone."""

import html.parser
import json
import random
import re
import subprocess
import sys

import pytest

from benchmark.compare import Row, chance_of_order, changed, orders_by_wins, rows
from benchmark.modes import MODES
from benchmark.plots import Scale
from benchmark.report import report
from benchmark.results import FORMAT, BadResults, Summary, load
from benchmark.table import remarks, verdict
from tests.test_benchmark import ROOT, bench

pytestmark = pytest.mark.long


# A run that never took place

KINDS = {"loop-1": "loop", "loop-100": "loop", "churn-100": "churn"}


def measured(server, step, number, key, work, **more):
    return {
        "server": server,
        "step": step,
        "round": number,
        "load": key,
        "kind": KINDS[key],
        "connections": 100,
        "served": 100,
        "connected": 100,
        "wrong": 0,
        "lost": 0,
        "refused": 0,
        "work": work,
        "answers": 100,
        "seconds": 1.0,
        "server_cpu": 0.5,
        "window": 1.0,
        "reconnects": 0,
        "client_share": 0.5,
        "before": None,
        "used": None,
        "longest_wait": 0.01,
        **more,
        "latency": {"50": 0.001, "99": 0.002, "100": 0.01},
    }


def a_run(seed, rounds=9, dearer=1.0, noise=0.08, machine=1.0):
    """Five servers, of which step 3 is so many times as dear as it was; the machine varies too."""
    chance = random.Random(seed)
    found = []
    for number in range(1, rounds + 1):
        for step in range(1, 6):
            weather = machine * chance.lognormvariate(0, 0.2)
            for key in KINDS:
                cost = dearer if step == 3 else 1
                work = 1000 * step * weather / cost * chance.lognormvariate(0, noise)
                floor = 50_000 * weather * chance.lognormvariate(0, noise)
                name = f"step {step}"
                beside = measured("canned", None, number, key, floor, beside=[name, key])
                found.append({**beside, "load": f"{KINDS[key]}-100"})
                found.append(measured(name, step, number, key, work))
    return {
        "format": FORMAT,
        "complete": True,
        "started": "2026-01-01T12:00:00",
        "failures": [],
        "options": {
            "mode": "default",
            "scenarios": ["hello", "churn"],
            "rounds": rounds,
            "servers": [{"name": f"step {n}", "title": f"model {n}"} for n in range(1, 6)],
        },
        "environment": {
            "machine": "m",
            "processor": "p",
            "cores": 2,
            "python": "CPython 3.11.7",
            "gil": True,
            "versions": {"tornado": "6.6.1"},
            "descriptors": {"hard": 20_000},
            "pinning": {"note": "a core each"},
        },
        "measurements": found,
    }


def named(before, after):
    return [row.server for row in changed(rows(before, after))]


# compare


def test_orders_are_counted_as_they_are():
    """Of two things and two there are six orders; in one of them the second two win all pairs."""
    assert orders_by_wins(2, 2) == [1, 1, 2, 1, 1]
    assert sum(orders_by_wins(9, 7)) == 11440


def test_the_chance_of_an_order_is_that_of_it_and_all_more_extreme_ones():
    assert chance_of_order([1, 2], [3, 4]) == 1 / 6
    assert chance_of_order([3, 4], [1, 2]) == 1
    assert chance_of_order([1, 3], [2, 4]) == 2 / 6


def test_the_same_code_is_named_in_at_most_one_of_twenty_comparisons():
    false = [named(a_run(seed), a_run(seed + 1000)) for seed in range(200)]
    assert sum(map(bool, false)) <= 10


def test_a_machine_that_became_slower_is_no_change_of_code():
    false = [named(a_run(seed), a_run(seed + 1000, machine=0.6)) for seed in range(50)]
    assert sum(map(bool, false)) <= 2


def test_a_step_20_percent_dearer_is_named_in_nine_of_ten_comparisons():
    found = [named(a_run(seed), a_run(seed + 1000, dearer=1.2)) for seed in range(100)]
    assert sum(names == ["step 3"] for names in found) >= 90


def test_a_change_within_five_percent_counts_as_none():
    found = [
        named(a_run(seed, noise=0.005), a_run(seed + 9, noise=0.005, dearer=1.04))
        for seed in range(20)
    ]
    assert not any(found)


def test_many_tests_together_are_held_to_what_one_is():
    """Holm: five rows at 0.03 each are none, one at 0.019 is one, and then the next is easier."""

    class Fixed(Row):
        __slots__ = ("fixed",)
        chance = property(lambda self: self.before[0])

    def found(*chances):
        return len(changed([Fixed(str(n), [chance], []) for n, chance in enumerate(chances)]))

    assert found(0.03, 0.03, 0.03, 0.03, 0.03) == 0
    assert found(0.019, 0.5, 0.5, 0.5, 0.5) == 1
    assert found(0.019, 0.024, 0.5, 0.5, 0.5) == 2
    assert found(0.024, 0.024, 0.5, 0.5, 0.5) == 0


@pytest.fixture
def two_files(tmp_path):
    def write(before, after):
        paths = [tmp_path / "a.json", tmp_path / "b.json"]
        for path, data in zip(paths, (before, after), strict=True):
            path.write_text(json.dumps(data))
        return paths

    return write


def test_compare_says_what_changed_and_by_how_much(two_files):
    done = bench("compare", *two_files(a_run(1), a_run(2, dearer=1.5)))
    assert (done.returncode, done.stderr) == (0, "")
    cost = re.search(r"Beyond the noise: step 3 is (\d+)% dearer\.", done.stdout)
    assert 40 < int(cost[1]) < 60
    same = bench("compare", *two_files(a_run(1), a_run(2)))
    assert "Nothing changed beyond the noise." in same.stdout


def test_too_few_rounds_are_said_to_be_too_few(two_files):
    done = bench("compare", *two_files(a_run(1, rounds=4), a_run(2, rounds=4, dearer=9)))
    assert "Too few rounds to tell: 4 and 4." in done.stdout


def test_compare_says_what_else_is_not_the_same(two_files):
    other = a_run(2)
    other["environment"] |= {"python": "CPython 3.14.0", "versions": {"tornado": "6.7"}}
    other["options"]["scenarios"] = ["churn"]
    other["complete"] = False
    done = bench("compare", *two_files(a_run(1), other))
    assert "The two runs differ in python and versions:" in done.stdout
    assert "The two runs were not asked the same questions." in done.stdout
    assert "B is incomplete." in done.stdout


def test_compare_says_by_which_loads(two_files):
    done = bench("compare", *two_files(a_run(1), a_run(2)))
    assert "Compared by churn-100, loop-1 and loop-100." in done.stdout
    less = a_run(2)
    less["measurements"] = [raw for raw in less["measurements"] if raw["load"] == "loop-100"]
    done = bench("compare", *two_files(a_run(1), less))
    assert "Compared by loop-100." in done.stdout


# Files that cannot be used


BAD = {
    "no such file": (None, "cannot be read (No such file or directory)"),
    "no JSON": ("{broken", "is broken: it is no JSON"),
    "a list": ("[]", "has no results of this benchmark"),
    "something else": ('{"a": 1}', "has no results of this benchmark"),
    "another version": ('{"format": 1}', "is of another version (format 1, and this is 2)"),
    "a part": ('{"format": 2}', "is broken: parts of it are missing"),
    "nothing measured": (json.dumps({**a_run(1), "measurements": []}), "has no measurements"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_file_that_cannot_be_used_is_explained_in_a_sentence(tmp_path, what):
    path, (content, words) = tmp_path / "bad.json", BAD[what]
    if content is not None:
        path.write_text(content)
    with pytest.raises(BadResults, match=re.escape(words)):
        load(path)
    for command in (["report", path], ["compare", path, path]):
        done = bench(*command)
        assert done.returncode == 2
        assert words in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert done.stdout == ""


@pytest.mark.parametrize("command", [["report"], ["compare", "a.json"], ["report", "a", "--fast"]])
def test_a_command_that_lacks_its_file_says_so(command):
    done = bench(*command)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_measurements_that_lack_something_are_no_traceback(two_files):
    broken = a_run(1)
    del broken["measurements"][3]["round"]
    path, _ = two_files(broken, broken)
    for command in (["report", path], ["compare", path, path], ["publish", "--table", path]):
        done = bench(*command)
        assert done.returncode == 2
        assert "broken" in done.stderr
        assert "Traceback" not in done.stderr


# report


class Page(html.parser.HTMLParser):
    """What a page would fetch, and its tags in their order."""

    def __init__(self, text):
        super().__init__()
        self.fetched, self.tags, self.ids, self.links = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.tags.append(tag)
        self.ids += filter(None, [values.get("id")])
        self.fetched += filter(None, map(values.get, ("src", "srcset", "data", "poster")))
        self.links += filter(None, [values.get("href")])


@pytest.fixture(scope="module")
def page():
    return report(a_run(1))


def test_the_page_stands_alone(page):
    seen = Page(page)
    assert "script" not in seen.tags
    assert seen.fetched == []
    assert [link for link in seen.links if not link.startswith("#")] == ["data:,"]
    assert not re.search(r"url\(\s*[^#)]", page), "a style may point into the page only"
    assert "@import" not in page
    assert len(seen.ids) == len(set(seen.ids))


def test_each_question_has_its_sentence_then_its_figure_then_its_table(page):
    _, *parts = re.split(r"<section id=", page)
    assert [part.split(">")[0] for part in parts[:2]] == ["hello", "churn"]
    for part in parts[:2]:
        places = [part.index(word) for word in ("class=verdict", "<figure", "<table")]
        assert places == sorted(places)


def test_each_drawing_says_in_words_what_it_shows(page):
    drawings = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(drawings) == 6, "three figures, each for two widths"
    for drawing in drawings:
        words = re.search(r"<desc>(.+?)</desc>", drawing)[1]
        assert all(f"step {number}: " in words for number in range(1, 6))


def test_a_dot_that_does_not_speak_for_all_is_hollow():
    """The server that answers one client fastest must not look like the fastest."""
    assert 'class="hollow"' not in report(a_run(1))
    data = a_run(1)
    for raw in data["measurements"]:
        if raw["server"] == "step 1" and raw["load"] == "loop-100":
            raw["served"] = 1
    assert report(data).count('class="hollow"') == 4, "two figures, each for two widths"


def test_a_dot_for_each_client_shows_who_was_served():
    data = a_run(1)
    data["options"]["scenarios"] = ["fair"]
    assert "Each client of a thousand" not in report(data), "nothing of that was measured"
    for raw in [raw for raw in data["measurements"] if raw["load"] == "loop-100" and raw["step"]]:
        crowd = {
            "load": "loop-1000",
            "connections": 1000,
            "served": 3,
            "served_by": "111" + "0" * 997,
        }
        data["measurements"].append({**raw, **crowd})
    page = report(data)
    assert (
        page.index("class=verdict")
        < page.index("Each client of a thousand")
        < page.index("<td>3</td>")
    )
    assert "served 3 of 1,000" in page
    for theme, ink in (("light", "#1F2328"), ("dark", "#F0F3F6")):
        drawing = page.split(f"<div class={theme}><svg")[1]
        assert ink in drawing.partition("</svg>")[0], "each theme has a drawing of its own"


def test_names_that_are_not_ours_are_escaped():
    data = a_run(1)
    data["options"]["servers"][0]["title"] = "<script>alert(1)</script>"
    data["failures"] = ["<b>tired</b>"]
    assert "<script>" not in report(data)
    assert "&lt;b&gt;tired" in report(data)


def test_an_incomplete_run_is_said_to_be_so(page):
    words = "This run is incomplete"
    assert words not in page
    assert words in report({**a_run(1), "complete": False})


def test_report_writes_beside_the_results_or_says_why_not(two_files, tmp_path):
    path, _ = two_files(a_run(1), a_run(1))
    done = bench("report", path)
    assert done.returncode == 0
    assert (tmp_path / "a.html").read_text() == report(a_run(1))
    done = bench("report", path, "--out", "/proc/nowhere/a.html")
    assert done.returncode == 2
    assert "cannot write /proc/nowhere/a.html" in done.stderr


@pytest.mark.parametrize("numbers", [[1, 1000], [0, 3], [5, 5], [0, 0], [0.1, 0.3]])
def test_a_scale_has_its_ends_in_order_and_marks_within(numbers):
    scale = Scale.of(numbers, 10, 200)
    assert 10 <= scale.at(min(numbers)) <= scale.at(max(numbers)) <= 200
    assert scale.ticks()
    assert all(10 <= scale.at(tick) <= 200.1 for tick in scale.ticks())


# The nine questions


@pytest.mark.parametrize("mode", MODES)
def test_every_figure_that_is_asked_for_is_there(mode):
    for scenario in MODES[mode].scenarios().values():
        keys = [figure.key for figure in scenario.figures]
        assert len(keys) == len(set(keys))
        wanted = {scenario.prize.key}
        for picture in scenario.pictures:
            wanted |= set(getattr(picture, "points", {}).values()) or {picture.key}
        assert wanted <= set(keys)
        assert {figure.load for figure in scenario.figures} <= {one.key for one in scenario.loads}


def test_a_server_without_the_routes_gets_dashes_and_the_run_goes_on(tmp_path):
    """The library's file server knows no /ticks and no /fib; it has `GET /`."""
    out = tmp_path / "out.json"
    command = f"{sys.executable} -m http.server -b 127.0.0.1 -d {tmp_path} {{port}}"
    arguments = ["--steps", "", "--server", command, "--rounds", "1", "--out", out]
    done = bench(*arguments, "--scenarios", "ticks,fib,slow")
    assert (done.returncode, done.stderr) == (0, "")
    for key in ("ticks-100", "heavy-1", "burst-10"):
        assert f"other 1, {key}: no right answer, so a dash (for instance " in done.stdout
    summaries = json.loads(out.read_text())["summaries"]
    assert [summaries[name]["other 1"] for name in ("ticks", "fib", "slow")] == [{}, {}, {}]
    assert done.stdout.count("nobody") == 3
    assert "no server has such a stream" in done.stdout.lower()
    page = subprocess.run([sys.executable, "-m", "benchmark", "report", str(out)], cwd=ROOT)
    assert page.returncode == 0


# The README's table


def test_the_readmes_table_is_made_of_a_run(tmp_path):
    out = tmp_path / "out.json"
    arguments = ["--quick", "--rounds", "1", "--steps", "1,3", "--out", out]
    assert bench(*arguments).returncode == 0
    kept = json.loads(out.read_text())["measurements"]
    beside = [raw["beside"] for raw in kept if raw["server"] == "canned"]
    assert beside == [["step 1", "loop-100"], ["step 3", "loop-100"]], "the floor, just before"
    done = bench("publish", "--table", out)
    assert (done.returncode, done.stderr) == (0, "")
    first, *_, one, three = done.stdout.splitlines()
    assert first.startswith("| step | requests/s at 100 clients, x Tornado | served of 100 |")
    assert one.startswith("| 1 socket server | - | 1 | 1 |"), (
        "no Tornado to compare with, one served"
    )
    assert re.fullmatch(r"\| 3 select loop \| - \| 100 \| 1,000 \| [\d.]+ \| 1\.[\d]+ \|", three)
    assert bench("publish", "--table", tmp_path / "none.json").returncode == 2


# Who is best at what


def summary_of(name, data):
    return Summary(MODES["default"].scenarios()[name], ["step 3", "step 4"], data)


def beats(step, number, share):
    return {
        **measured(f"step {step}", step, number, "loop-1", 1),
        "load": "heavy-1",
        "kind": "heavy",
        "gap": share * 0.2,
        "longest_wait": 0.2,
        "beats": 100,
    }


def test_the_winner_is_named_with_its_figure_and_ties_are_said():
    def of(*shares):
        return [
            beats(step, n, share[n])
            for step, share in zip((3, 4), shares, strict=True)
            for n in (0, 1)
        ]

    assert verdict(summary_of("fib", of((1.0, 1.1), (0.1, 0.2)))) == (
        "step 4",
        "0.15 of its time nobody else is answered",
    )
    best, _ = verdict(summary_of("fib", of((0.2, 0.3), (0.1, 0.25))))
    assert best == "step 4 and step 3 tie"
    assert verdict(summary_of("fib", [])) == ("nobody", "")


def test_who_stops_everybody_is_told_from_who_does_not():
    made = summary_of("fib", [beats(3, 1, 1.0), beats(4, 1, 0.1)])
    assert made.scenario.finding(made) == (
        "while one heavy request runs, step 3 answers nobody else; "
        "step 4 leaves gaps of at most 20.0 ms."
    )


def offered(step, rate, p99, served=100, unanswered=0):
    return {
        **measured(f"step {step}", step, 1, "loop-1", 1),
        "load": f"rate-{rate}",
        "kind": "rate",
        "served": served,
        "unanswered": unanswered,
        "answers": rate,
        "latency": {"50": p99, "99": p99},
    }


def test_a_rate_is_kept_only_if_every_client_is_served():
    rates = (1000, 2000, 4000)
    made = summary_of(
        "rate",
        [offered(3, rate, 0.005) for rate in rates[:2]]
        + [offered(3, 4000, 0.2), offered(3, 8000, 0.01)]
        + [offered(4, rate, 0.001, served=1) for rate in rates],
    )
    assert made.scenario.finding(made) == (
        "99 of 100 users wait at most 50 ms: with step 3 up to 2,000/s, "
        "with step 4 at none of these rates."
    )


def test_what_is_unanswered_makes_the_percentile_a_lower_bound():
    some = summary_of(
        "rate", [offered(3, 1000, 0.2, unanswered=20), offered(4, 1000, 0.2, unanswered=5)]
    )
    assert some["step 3", "p99-1000"].at_least
    assert not some["step 4", "p99-1000"].at_least


@pytest.mark.parametrize("how", ["wrong", "lost"])
def test_a_rate_is_not_kept_by_failing_fast(how):
    made = summary_of("rate", [offered(3, 1000, 0.001) | {how: 20}, offered(4, 1000, 0.1 / 3)])
    assert made.scenario.finding(made) == (
        "99 of 100 users wait at most 50 ms: with step 4 up to 1,000/s, "
        "with step 3 at none of these rates."
    )


def paused(step, **more):
    return {**measured(f"step {step}", step, 1, "loop-1", 1), "load": "burst-10", **more}


def test_pauses_of_which_some_never_ended_do_not_overlap():
    good = paused(3, kind="burst", connections=10, served=10, seconds=0.11)
    made = summary_of("slow", [good, {**good, "server": "step 4", "served": 1}])
    assert made.scenario.finding(made) == "10 pauses at once take less than two with step 3."


def test_a_wait_that_the_window_ended_was_at_least_so_long():
    crowd = {"load": "loop-100", "latency": {"50": 0.001, "100": 0.002}}
    ended = measured("step 3", 3, 1, "loop-100", 1) | crowd | {"longest_wait": 0.002}
    cut = ended | {"server": "step 4", "longest_wait": 0.9}
    made = summary_of("fair", [ended, cut])
    assert not made["step 3", "wait-100"].at_least
    assert made["step 4", "wait-100"].at_least


def test_heavy_work_that_never_ends_is_said_not_to():
    made = summary_of("fib", [beats(3, 1, 0.1), beats(4, 1, 5) | {"served": 0}])
    assert made["step 4", "gap"].at_least
    assert made.scenario.finding(made).endswith("; step 4 did not finish it in time.")


# What the reader should know before believing the figures


def said_of(*measurements):
    data = a_run(1) | {"measurements": list(measurements)}
    return list(remarks(data, {"step 3": "select loop"}))


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        ({"lost": 7}, "step 3, loop-100: 7 requests were not answered"),
        ({"refused": 7}, "step 3, loop-100: 7 clients were refused a connection."),
        ({"wrong": 7, "wrong_example": "status 500"}, "7 wrong (for instance status 500)"),
        ({"connected": 7}, "step 3, loop-100: only 7 of 100 clients connected."),
        ({"client_share": 0.95}, "step 3, loop-100: client-bound (0.95 of a core)"),
        ({"reconnects": 7}, "step 3 closed after an answer: the client had to reconnect 7 times."),
        ({"reconnects": 9, "lost": 2}, "the client had to reconnect 7 times."),
        ({"round": 1}, "One round: how much another would differ"),
        ({"round": 2}, "Medians over rounds"),
        ({}, "The load client used at most 0.50 of a core (step 3, loop-100)."),
        ({}, "CPython 3.11.7, 2 cores (a core each), at most 20,000 descriptors a process."),
    ],
)
def test_what_should_be_known_is_said(seen, words):
    found = said_of(measured("step 3", 3, 1, "loop-100", 1) | seen)
    assert any(words in remark for remark in found)


def test_of_a_load_without_trouble_nothing_is_said():
    found = said_of(measured("step 3", 3, 1, "loop-100", 1))
    assert not [remark for remark in found if remark.startswith("step 3")]


def test_the_ceiling_and_the_noise_are_those_of_canned_bytes():
    floor = [measured("canned", None, n, "loop-100", work) for n, work in ((1, 90), (2, 110))]
    ceiling, noise = (remark for remark in said_of(*floor) if " here: " in remark)
    assert "canned bytes give this client 100 requests/s at 100 (the client at 0.50" in ceiling
    assert "by 0% in requests/s and by 10% per CPU second" in noise


def test_a_figure_of_one_round_is_said_to_be_one():
    one, two = [beats(3, 1, 0.1)], [beats(3, 1, 0.1), beats(3, 2, 0.1)]
    assert verdict(summary_of("fib", one))[1].endswith("is answered, in one round")
    assert verdict(summary_of("fib", two))[1].endswith("is answered")


def test_what_keep_alive_saves_is_taken_within_a_round():
    data = [
        measured("step 3", 3, n, key, 1, answers=answers)
        for n, answers in ((1, 300), (2, 600))
        for key in ("loop-100",)
    ]
    data += [
        measured("step 3", 3, n, "churn-100", 1, answers=answers)
        for n, answers in ((1, 100), (2, 300))
    ]
    made = summary_of("churn", data)
    assert (made["step 3", "saves"].low, made["step 3", "saves"].high) == (2, 3)


def test_what_took_at_least_so_long_did_not_take_the_least():
    """A server that serves one client of a hundred, and that one fast, wins nothing."""
    good, bad = offered(3, 16000, 0.005), offered(4, 16000, 0.001, served=1)
    assert verdict(summary_of("rate", [good, bad]))[0] == "step 3"


def test_who_serves_all_only_if_each_leaves_is_named():
    def of(step, staying):
        return [
            measured(f"step {step}", step, 1, "loop-100", 1, served=staying),
            measured(f"step {step}", step, 1, "churn-100", 1),
        ]

    made = summary_of("churn", of(3, 1) + of(4, 100))
    assert "; step 3 serves all 100 clients if each leaves, and not if they stay." in (
        made.scenario.finding(made)
    )
    all_stay = summary_of("churn", of(4, 100))
    assert "if each leaves" not in all_stay.scenario.finding(all_stay)
