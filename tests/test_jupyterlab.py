"""The workbook as a learner meets it: in JupyterLab, in a browser."""

import os
import re
import sys

import pytest

from harness.guarded import Guarded, text_of
from harness.server import ROOT
from tests.browser import CHROMIUM, Browser, wait_for

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed: nothing drives JupyterLab"),
]
CELLS = "document.querySelectorAll('.jp-Notebook .jp-Cell').length"
LISTED = """[...document.querySelectorAll('.jp-DirListing-itemText')].some(
  one => one.textContent == 'steps')"""
NOTEBOOK = "[...window.jupyterapp.shell.widgets('main')].find(one => one.sessionContext)"
KERNEL = f"!!window.jupyterapp && !!{NOTEBOOK}?.sessionContext.session?.kernel"
RUN = f"""window.jupyterapp.shell.activateById({NOTEBOOK}.id);
window.jupyterapp.commands.execute('notebook:run-all-cells')"""
HARMLESS = (  # start.py's own log hides these two, which nobody can mend here
    "is not trusted",  # a notebook that somebody else has run; its figures are shown all the same
    "websocket_ping_timeout",  # Jupyter's own setting, which Tornado corrects
)
SCROLL = "document.querySelector('.jp-WindowedPanel-outer')"
# An error or a word on standard error; a figure that is not there; what is cut off at the side.
TROUBLES = """[...document.querySelectorAll('.jp-OutputArea-output')].filter(one =>
  one.dataset.mimeType == 'application/vnd.jupyter.stderr'
  || [...one.querySelectorAll('img')].some(image => image.complete && !image.naturalWidth)
  || one.scrollWidth > one.clientWidth + 1).map(one => one.textContent.slice(0, 200))"""


@pytest.fixture(params=["light", "dark"])
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


def scrolled(browser):
    """The page, screen by screen: only what is in sight is drawn."""
    height, seen = browser.run(f"{SCROLL}.scrollHeight"), 0
    while seen < height:
        browser.run(f"{SCROLL}.scrollTop = {seen}")
        browser.run("new Promise(done => setTimeout(done, 300))")
        yield
        seen, height = seen + 600, browser.run(f"{SCROLL}.scrollHeight")


def test_the_first_notebook_is_opened_and_runs_without_a_complaint(lab):
    child, theme = lab
    url = wait_for(lambda: re.search(r"http://127\S+token=\w+", log_of(child)))[0]
    with Browser(dark=theme == "dark") as browser:
        browser.open(url)
        browser.wait_for(f"{CELLS} > 5")
        browser.wait_for(LISTED)  # the repository is in the file browser
        browser.wait_for(KERNEL)
        assert browser.run(RUN), "a cell has failed"
        troubles = []
        for _ in scrolled(browser):
            troubles += browser.run(TROUBLES)
        assert not troubles
        assert browser.run("document.querySelectorAll('.Toastify__toast').length") == 0
        outside = [
            one for one in browser.requests if not one.startswith((url[:17], "data:", "blob:"))
        ]
        assert not outside, "everything here works offline"
        assert not browser.complaints
    warnings = re.findall(r"^\[[WE] .*", log_of(child), re.MULTILINE)
    unknown = [line for line in warnings if not any(words in line for words in HARMLESS)]
    assert not unknown, "a learner would worry"
