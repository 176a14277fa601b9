"""What a class is run with: the files for Binder, and those for a JupyterHub."""

import os
import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest
from traitlets.config.loader import PyFileConfigLoader

from harness.server import ROOT
from workbook import front_door

BINDER = ROOT / ".binder"
HUB = ROOT / "docs" / "jupyterhub"
linux = pytest.mark.skipif(sys.platform != "linux", reason="the Hub's settings are for Linux")
TELL = """import os, steps.http1
print(steps.http1.__file__, os.environ["JUPYTER_CONFIG_PATH"])"""


def test_binder_installs_what_everybody_installs():
    lines = (BINDER / "requirements.txt").read_text().splitlines()
    [wanted] = [line for line in lines if not line.startswith("#")]
    assert (BINDER / wanted.removeprefix("-r ")).resolve() == ROOT / "requirements.txt"


def test_what_binder_starts_finds_the_workbook_and_its_settings(tmp_path):
    command = [BINDER / "start", sys.executable, "-S", "-c", TELL]  # -S: without .venv's packages
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    code, settings = said.split()
    assert code == str(ROOT / "steps" / "http1.py")
    assert settings.split(os.pathsep)[0] == str(ROOT / "workbook" / "jupyter")


# JupyterHub


def settings():
    return PyFileConfigLoader("jupyterhub_config.py", path=str(HUB)).load_config().Spawner


def command_for(student):
    """What the Hub starts for the student of this number."""
    spawner = SimpleNamespace(user=SimpleNamespace(id=student))
    settings().pre_spawn_hook(spawner)
    return spawner.cmd


@linux
def test_a_hub_opens_the_front_door_under_each_students_address():
    routes = []
    application = SimpleNamespace(
        settings={"base_url": "/user/ada/"}, add_handlers=lambda _, added: routes.extend(added)
    )
    front_door._load_jupyter_server_extension(SimpleNamespace(web_app=application))
    [(door, _, where)] = routes
    assert door == f"/user/ada{settings().default_url}"
    page = where["url"].removeprefix("/user/ada/lab/tree/").partition("?")[0]
    assert (ROOT / page).is_file()


@linux
@pytest.mark.parametrize(
    ("cores", "expected"),
    [([0], {"0"}), ([0, 1], {"0,1"}), ([2, 3, 5, 7, 8], {"2,3", "5,7"})],
)
def test_students_are_spread_over_pairs_of_cores(monkeypatch, cores, expected):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(cores))
    pairs = {command_for(student)[2] for student in range(1, 5)}
    assert pairs == expected


@pytest.fixture
def visit(tmp_path):
    """A student comes, in a class whose server only prints with what it is started."""
    teachers, home = tmp_path / "class", tmp_path / "home"
    *pinned, script = command_for(1)
    script = os.path.relpath(script, ROOT)
    for file in (script, ".binder/start", "workbook/__init__.py"):
        (teachers / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, teachers / file)
    for folder in (".venv/bin", "work", "results", "notebooks/work"):
        (teachers / folder).mkdir(parents=True)
    server = teachers / ".venv" / "bin" / "jupyterhub-singleuser"
    server.write_text('#!/bin/sh\necho "$PYTHONPATH" "$@"\n')
    server.chmod(0o755)
    home.mkdir()

    def once():
        command, env = [*pinned, teachers / script, "--port=0"], {**os.environ, "HOME": str(home)}
        env.pop("PYTHONPATH", None)
        said = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
        return home / "workbook", said.stdout.split()

    return once


@linux
def test_a_student_works_in_a_copy_that_has_nothing_of_the_teachers_own(visit):
    copy, said = visit()
    assert said == [str(copy), "--port=0"]
    assert (copy / "workbook" / "__init__.py").is_file()
    assert (copy / "notebooks" / "work").is_dir(), "only the one at the top is the teacher's own"
    assert not any((copy / own).exists() for own in (".venv", "work", "results"))


@linux
def test_a_students_copy_is_made_once(visit):
    copy, _ = visit()
    (copy / "workbook" / "__init__.py").write_text("changed")
    before = sorted(copy.rglob("*"))
    visit()
    assert sorted(copy.rglob("*")) == before
    assert (copy / "workbook" / "__init__.py").read_text() == "changed"
