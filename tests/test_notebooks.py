"""The notebooks: they are what their text says, they run, and nothing of them is left behind."""

import copy
import os
import re
import signal
import time

import nbformat
import psutil
import pytest
from jupyter_client.manager import start_new_kernel

import workbook
from tests.browser import CHROMIUM
from workbook import exercises, source
from workbook.build import NOTEBOOKS, names, read_source, run

notebooks = pytest.mark.parametrize("name", names())
SERVE = "from workbook import *; server = serve(1); print(server.process.pid)"
PATIENCE = 30  # seconds: it only detects a hang


def made(name):
    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)


def outputs(notebook):
    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", ()):
            yield number, output


def troubles(notebook):
    """Errors, and what was written to standard error."""
    return [
        (number, output.get("text") or output.get("evalue"))
        for number, output in outputs(notebook)
        if output.output_type == "error" or output.get("name") == "stderr"
    ]


@notebooks
def test_a_notebook_is_what_its_text_says(name):
    text = [(cell.cell_type, cell.source) for cell in read_source(name).cells]
    cells = [(cell.cell_type, cell.source) for cell in made(name).cells]
    assert cells == text, f"run: python -m workbook build {name}"


@notebooks
def test_a_notebook_can_be_read_without_running_it(name):
    notebook = made(name)
    assert not troubles(notebook)
    assert notebook.metadata.reference_run, "it says on which machine it was run"
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1)), "every cell was run, from top to bottom"


SHOWS = ("show(", "exercise(")  # cells whose output depends on the repository alone


@notebooks
def test_what_a_notebook_shows_of_the_files_is_what_they_are(name, tmp_path, monkeypatch):
    """The outputs of a reference run go stale when a file changes."""
    monkeypatch.setenv("WORKBOOK_DIR", str(tmp_path))
    said = []
    for module in (source, exercises):
        monkeypatch.setattr(module, "say", said.append)
    stored = []
    for cell in made(name).cells:
        if cell.source.startswith(SHOWS):
            exec(cell.source, vars(workbook).copy())
            stored += [output.data["text/markdown"] for output in cell.outputs]
    assert stored == [words.replace(str(tmp_path), "work") for words in said], (
        f"run: python -m workbook build {name}"
    )


DRAWS = re.compile(r"^(fairness|live|standstill|timelines|waits)\(", re.MULTILINE)


@notebooks
def test_every_figure_is_an_image_that_github_shows_and_has_words(name):
    figures = [
        (number, output)
        for number, output in outputs(made(name))
        if any(kind.startswith("image/") for kind in output.get("data", ()))
    ]
    drawn = [cell for cell in made(name).cells if DRAWS.search(cell.source)]
    assert len(figures) >= len(drawn)
    for number, figure in figures:
        assert "image/svg+xml" not in figure.data
        assert figure.metadata["image/png"]["alt"] == figure.data["text/plain"]
        words = [
            output.data["text/markdown"]
            for where, output in outputs(made(name))
            if where == number and "text/markdown" in output.get("data", ())
        ]
        assert any("The figure in words" in one for one in words)


@notebooks
def test_a_notebook_keeps_to_its_shape(name):
    notebook = read_source(name)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.source.count("\n") < 15, f"a long cell:\n{cell.source}"
        else:
            prose = [line for line in cell.source.splitlines() if not line.startswith("|")]
            words = len([word for word in " ".join(prose).split() if word.strip("-#*")])
            assert words <= 80, f"{words} words:\n{cell.source}"


@pytest.mark.long
@pytest.mark.skipif(bool(CHROMIUM), reason="JupyterLab runs it: test_jupyterlab.py")
@notebooks
def test_a_notebook_runs(name):
    assert not troubles(run(read_source(name), WORKBOOK_SIZE="small"))


@pytest.mark.course
@notebooks
def test_a_notebook_runs_twice_in_one_kernel(name):
    """As somebody runs it who says Run All again."""
    notebook = read_source(name)
    notebook.cells += copy.deepcopy(notebook.cells)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
    assert not troubles(run(notebook, WORKBOOK_SIZE="small"))


# What is left of a kernel


@pytest.fixture
def kernel():
    manager, client = start_new_kernel()
    yield manager, client
    client.stop_channels()
    if manager.has_kernel:
        manager.shutdown_kernel(now=True)


def started_server(client):
    """A step's server that a kernel has started, and its guard."""
    said = []
    reply = client.execute_interactive(
        SERVE,
        timeout=PATIENCE,
        output_hook=lambda message: said.append(message["content"].get("text", "")),
    )
    assert reply["content"]["status"] == "ok", reply["content"]
    server = psutil.Process(int("".join(said).split()[-1]))
    return server, server.parent()


def kill(manager):
    os.kill(manager.provisioner.pid, signal.SIGKILL)


ENDS = {
    "restart": lambda manager: manager.restart_kernel(now=True),
    "shutdown": lambda manager: manager.shutdown_kernel(),
    "kill -9": kill,
}


@pytest.mark.long
@pytest.mark.parametrize("end", ENDS)
def test_no_server_outlives_its_kernel(kernel, end):
    manager, client = kernel
    left = started_server(client)
    ENDS[end](manager)
    _, alive = psutil.wait_procs(left, timeout=PATIENCE)
    assert not alive, f"after {end} these are left: {alive}"


@pytest.mark.long
def test_an_interrupt_stops_the_cell_and_not_the_server(kernel):
    manager, client = kernel
    server, guard = started_server(client)
    client.execute("import time; time.sleep(60)")
    while client.get_iopub_msg(timeout=PATIENCE)["msg_type"] != "execute_input":
        pass
    time.sleep(0.5)  # until it sleeps: before that, nothing is there to be interrupted
    manager.interrupt_kernel()
    assert client.get_shell_msg(timeout=PATIENCE)["content"]["ename"] == "KeyboardInterrupt"
    reply = client.execute_interactive(
        "ask(__import__('socket').create_connection(server.address))"
    )
    assert reply["content"]["status"] == "ok", "the server does not answer any more"
    assert server.is_running()
    manager.shutdown_kernel()
    _, alive = psutil.wait_procs([server, guard], timeout=PATIENCE)
    assert not alive
