"""What JupyterLab opens first: the first notebook, with the whole repository in its file browser.

An extension of the Jupyter server, which is a Tornado server: a route is all it takes.
"""

from jupyter_server.utils import url_path_join
from tornado.web import RedirectHandler

from harness.server import ROOT


def _load_jupyter_server_extension(server) -> None:
    base = server.web_app.settings["base_url"]
    first = min(
        (ROOT / "notebooks" / "source").glob("*.py")
    ).stem  # a learner's copies are none of it
    page = url_path_join(base, f"lab/tree/notebooks/{first}.ipynb?file-browser-path=/")
    redirect = (
        RedirectHandler,
        {"url": page, "permanent": False},
    )  # what is asked (a token) goes along
    server.web_app.add_handlers(".*$", [(url_path_join(base, "workbook"), *redirect)])


def _jupyter_server_extension_points() -> list[dict]:
    return [{"module": "workbook.front_door"}]
