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


@pytest.fixture
def settings():
    return PyFileConfigLoader("jupyterhub_config.py", path=str(HUB)).load_config()


def test_a_hub_opens_the_front_door_under_each_students_address(settings):
    routes = []
    application = SimpleNamespace(
        settings={"base_url": "/user/ada/"}, add_handlers=lambda _, added: routes.extend(added)
    )
    front_door._load_jupyter_server_extension(SimpleNamespace(web_app=application))
    [(door, _, where)] = routes
    assert door == f"/user/ada{settings.Spawner.default_url}"
    page = where["url"].removeprefix("/user/ada/lab/tree/").partition("?")[0]
    assert (ROOT / page).is_file()


@pytest.fixture
def visit(tmp_path, settings):
    """What a student's server prints of itself, in a class where it is only a script."""
    teachers, home = tmp_path / "class", tmp_path / "home"
    [script] = settings.Spawner.cmd
    for file in (script, BINDER / "start", ROOT / "workbook" / "__init__.py"):
        copy = teachers / os.path.relpath(file, ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    for folder in (".venv/bin", "work", "results", "notebooks/work"):
        (teachers / folder).mkdir(parents=True)
    server = teachers / ".venv" / "bin" / "jupyterhub-singleuser"
    server.write_text('#!/bin/sh\necho "$PYTHONPATH" "$@"\n')
    server.chmod(0o755)
    home.mkdir()

    def once():
        command = [teachers / os.path.relpath(script, ROOT), "--port=0"]
        env = {"HOME": str(home), "PATH": os.environ["PATH"]}
        said = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
        return home / "workbook", said.stdout.split()

    return once


def test_a_student_works_in_a_copy_that_has_nothing_of_the_teachers_own(visit):
    copy, said = visit()
    assert said == [str(copy), "--port=0"]
    assert (copy / "workbook" / "__init__.py").is_file()
    assert (copy / "notebooks" / "work").is_dir(), "only the one at the top is the teacher's own"
    assert not any((copy / own).exists() for own in (".venv", "work", "results"))


def test_a_students_copy_is_never_overwritten(visit):
    copy, _ = visit()
    (copy / "workbook" / "__init__.py").write_text("changed")
    visit()
    assert (copy / "workbook" / "__init__.py").read_text() == "changed"
