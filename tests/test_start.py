"""start.py, without a set-up: what it says, and when it makes .venv again."""

import ast
import importlib.util
import os
import subprocess
import sys

import pytest

import start


def run_start(*arguments):
    command = [sys.executable, start.ROOT / "start.py", *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def test_an_unknown_command_is_answered_with_the_choices():
    ended = run_start("benhc")
    assert ended.returncode == 2
    assert ended.stderr == (
        "There is no command 'benhc': say bench, test, or nothing for the workbook.\n"
    )


def test_help_names_every_command():
    ended = run_start("--help")
    assert ended.returncode == 0
    assert all(f"start.py {command}" in ended.stdout for command in ("bench", "test"))


def test_this_machine_will_do():
    assert start.unsuitable() is None


def test_windows_is_sent_to_wsl(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    assert "WSL" in start.unsuitable()


def test_an_old_python_is_told_what_is_needed(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 13))
    assert start.unsuitable() == "This is Python 3.10: run start.py with Python 3.11 or newer."


def test_an_old_python_can_read_start_py():
    """It must get as far as the sentence: no syntax that is newer than Python 3.7."""
    ast.parse((start.ROOT / "start.py").read_text(), feature_version=(3, 7))


def test_a_missing_venv_is_named_with_its_package(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name != "ensurepip" or None)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"python{version}-venv" in start.unsuitable()


@pytest.mark.parametrize(
    ("last_words", "why"),
    [
        ("[Errno 28] No space left on device", "The disk is full"),
        ("NewConnectionError: Connection refused", "the network seems to be away"),
        ("ERROR: No matching distribution found", "The set-up failed"),
    ],
)
def test_a_failed_set_up_says_why_and_shows_the_last_words(last_words, why):
    said = start.explain(f"earlier\n\n\n\n\n{last_words}\n")
    assert why in said
    assert said.endswith(f"\n  {last_words}")
    assert "earlier" not in said


@pytest.fixture
def places(tmp_path, monkeypatch):
    """A .venv of our own that looks whole."""
    for name in ("VENV", "PYTHON", "STAMP", "REQUIREMENTS"):
        place = tmp_path / getattr(start, name).relative_to(start.ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        monkeypatch.setattr(start, name, place)
    start.REQUIREMENTS.write_text("tornado==6\n")
    start.PYTHON.symlink_to(sys.executable)
    start.STAMP.write_text(start.fingerprint())
    return tmp_path


@pytest.mark.usefixtures("places")
def test_nothing_is_made_again_when_nothing_changed(monkeypatch):
    monkeypatch.setattr(start, "run", None)
    start.set_up()


@pytest.mark.usefixtures("places")
def test_new_requirements_call_for_a_new_environment():
    start.REQUIREMENTS.write_text("tornado==7\n")
    assert not start.is_current()


@pytest.mark.usefixtures("places")
def test_another_python_calls_for_a_new_environment(monkeypatch):
    monkeypatch.setattr(sys, "version", "3.99")
    assert not start.is_current()


@pytest.mark.usefixtures("places")
def test_a_moved_checkout_calls_for_a_new_environment(monkeypatch):
    monkeypatch.setattr(start, "ROOT", start.ROOT / "elsewhere")
    assert not start.is_current()


@pytest.mark.usefixtures("places")
def test_a_python_that_is_gone_calls_for_a_new_environment():
    start.PYTHON.unlink()
    start.PYTHON.symlink_to("/nowhere/python")
    assert not start.is_current()


def test_an_interrupted_set_up_leaves_no_stamp(places, monkeypatch):
    def stop_at_pip(*command):
        if "pip" in command:
            raise KeyboardInterrupt
        subprocess.run([*command, "--without-pip"], check=True)

    start.REQUIREMENTS.write_text("tornado==7\n")
    monkeypatch.setattr(start, "run", stop_at_pip)
    with pytest.raises(KeyboardInterrupt):
        start.set_up()
    assert os.access(start.PYTHON, os.X_OK)
    assert not start.is_current()


def test_the_checkout_can_be_imported_from_anywhere(tmp_path):
    modules = "import harness, steps.http1"
    subprocess.run([start.PYTHON, "-c", modules], cwd=tmp_path, check=True)


def test_every_requirement_is_pinned_and_names_no_address():
    lines = (start.ROOT / "requirements.txt").read_text().splitlines()
    wanted = [line for line in lines if not line.startswith("#")]
    assert all(line.count("==") == 1 for line in wanted)
    assert not any("//" in line or line.startswith("-") for line in lines)
