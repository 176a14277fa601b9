"""The workbook as a learner meets it: in JupyterLab, in a browser."""

import json
import os
import re
import subprocess
import sys

import pytest

from harness.guarded import Guarded, text_of
from harness.server import ROOT
from tests.browser import CHROMIUM, Browser, wait_for
from workbook.build import names
from workbook.ledger import CLAIMS

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed: nothing drives JupyterLab"),
]
LISTED = """[...document.querySelectorAll('.jp-DirListing-itemText')].some(
  one => one.textContent == 'steps')"""
NOTEBOOK = """[...window.jupyterapp.shell.widgets('main')].find(
  one => one.context?.path == 'notebooks/NAME.ipynb')"""
OPEN = "window.jupyterapp.commands.execute('docmanager:open', {path: 'notebooks/NAME.ipynb'}) && 0"
KERNEL = f"!!window.jupyterapp && !!{NOTEBOOK}?.sessionContext.session?.kernel"
CELLS = f"{NOTEBOOK}.content.widgets.length > 5"
RUN = f"""window.jupyterapp.shell.activateById({NOTEBOOK}.id);
window.jupyterapp.commands.execute('notebook:run-all-cells')"""
CLOSE = f"{NOTEBOOK}.sessionContext.shutdown().then(() => {NOTEBOOK}.dispose())"
HARMLESS = (  # start.py's own log hides these two, which nobody can mend here
    "is not trusted",  # a notebook that somebody else has run; its figures are shown all the same
    "websocket_ping_timeout",  # Jupyter's own setting, which Tornado corrects
)
SCROLL = f"{NOTEBOOK}.node.querySelector('.jp-WindowedPanel-outer')"
# An error or a word on standard error; a figure that is not there; what is cut off at the side.
TROUBLES = """[...document.querySelectorAll('.jp-OutputArea-output')].filter(one =>
  one.dataset.mimeType == 'application/vnd.jupyter.stderr'
  || [...one.querySelectorAll('img')].some(image => image.complete && !image.naturalWidth)
  || one.scrollWidth > one.clientWidth + 1).map(one => one.textContent.slice(0, 200))"""


@pytest.fixture(params=["light", pytest.param("dark", marks=pytest.mark.course)])
def lab(request, tmp_path):
    """The address of a JupyterLab as start.py opens it, with small loads and nobody's settings."""
    settings = tmp_path / "settings" / "@jupyterlab"
    (settings / "apputils-extension").mkdir(parents=True)
    (settings / "docmanager-extension").mkdir()
    theme = f'{{"theme": "JupyterLab {request.param.title()}"}}'
    (settings / "apputils-extension" / "themes.jupyterlab-settings").write_text(theme)
    never_saved = '{"autosave": false}'  # this notebook is the repository's
    (settings / "docmanager-extension" / "plugin.jupyterlab-settings").write_text(never_saved)
    env = {
        "JUPYTERLAB_SETTINGS_DIR": str(settings.parent),
        "JUPYTERLAB_WORKSPACES_DIR": str(tmp_path / "workspaces"),
        "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
        "JUPYTER_DATA_DIR": str(tmp_path / "data"),
        "WORKBOOK_DIR": str(tmp_path / "work"),
        "WORKBOOK_SIZE": "small",
    }
    options = ["--no-browser", "--ServerApp.port=0", "--LabApp.expose_app_in_browser=True"]
    options += ["--Application.log_level=WARN"]  # start.py's own is quieter: nothing may hide here
    options += ["--allow-root"] if os.geteuid() == 0 else []
    child = Guarded([sys.executable, "start.py", "workbook", *options], cwd=ROOT, env=env)
    try:
        yield child, request.param
    finally:
        child.end(10)


def log_of(child):
    return text_of(child.stdout) + text_of(child.stderr)


def test_a_learner_runs_one_notebook_after_the_other_without_a_complaint(lab, tmp_path):
    child, theme = lab
    before = changed_files()
    url = wait_for(lambda: re.search(r"http://127\S+token=\w+", log_of(child)))[0]
    with Browser(dark=theme == "dark") as browser:
        browser.open(url)
        browser.wait_for(KERNEL.replace("NAME", names()[0]))  # it is open already
        browser.wait_for(LISTED)  # the repository is in the file browser
        for name in names():
            assert not run_in(browser, name), name
        assert browser.run("document.querySelectorAll('.Toastify__toast').length") == 0
        outside = [
            one for one in browser.requests if not one.startswith((url[:17], "data:", "blob:"))
        ]
        assert not outside, "everything here works offline"
        assert not browser.complaints
    warnings = re.findall(r"^\[[WE] .*", log_of(child), re.MULTILINE)
    unknown = [line for line in warnings if not any(words in line for words in HARMLESS)]
    assert not unknown, "a learner would worry"
    assert changed_files() == before, "what a learner does is kept in work/"
    kept = json.loads((tmp_path / "work" / "predictions.json").read_text())
    assert {name for name in CLAIMS if kept.get(f"claim {name}", {}).get("evidence")} == {*CLAIMS}


def run_in(browser, name):
    """Open a notebook, run all of it and close it: what a learner would take for trouble."""

    def do(script):
        return browser.run(script.replace("NAME", name))

    do(OPEN)
    browser.wait_for(KERNEL.replace("NAME", name))
    browser.wait_for(CELLS.replace("NAME", name))
    assert do(RUN), f"a cell of {name} has failed"
    troubles = []
    for _ in scrolled(do):
        troubles += do(TROUBLES)
    do(CLOSE)
    return troubles


def scrolled(do):
    """The page, screen by screen: only what is in sight is drawn."""
    height, seen = do(f"{SCROLL}.scrollHeight"), 0
    while seen < height:
        do(f"{SCROLL}.scrollTop = {seen}")
        do("new Promise(done => setTimeout(done, 100))")
        yield
        seen, height = seen + 600, do(f"{SCROLL}.scrollHeight")


def changed_files():
    """What git says that is not as it was committed; nothing where this is no clone."""
    asked = ["git", "status", "--porcelain"]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, text=True).stdout
