"""Makes the notebooks from their text: python -m workbook build [NAME ...]

notebooks/source/NAME.py (jupytext's percent format) is what is edited; notebooks/NAME.ipynb is made
from it, run once on this machine, and keeps what that run printed and drew, so that it can be read
without being run. There a figure is a PNG: GitHub does not show an SVG in a notebook.
"""

import base64
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import jupytext
import nbformat
import resvg_py
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from harness import HarnessError
from harness.server import ROOT
from workbook.settings import machine

NOTEBOOKS = ROOT / "notebooks"
SOURCES = NOTEBOOKS / "source"
LETTERS = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><text y="15">{}</text></svg>'
)
FONTS = ("Liberation Sans", "Arial", "Helvetica", "DejaVu Sans")
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
TIMEOUT = 120  # seconds for a cell


def names() -> list[str]:
    return sorted(path.stem for path in SOURCES.glob("*.py"))


def build(name: str) -> Path:
    """Make one notebook. Raises HarnessError in a sentence where it cannot be made."""
    font = choose_font()
    notebook = run(read_source(name), WORKBOOK_SIZE="")
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            rasterize(output, font)
    path = NOTEBOOKS / f"{name}.ipynb"
    nbformat.write(notebook, path)
    return path


def read_source(name: str) -> nbformat.NotebookNode:
    """A notebook without outputs, its cells numbered, so that a diff of two shows what changed."""
    notebook = jupytext.read(SOURCES / f"{name}.py", fmt="py:percent")
    notebook.metadata = {"kernelspec": KERNEL}
    for number, cell in enumerate(notebook.cells):
        cell.id, cell.metadata = f"cell-{number:02}", {}
    return notebook


def run(notebook: nbformat.NotebookNode, **environment: str) -> nbformat.NotebookNode:
    """Run all cells, as a new learner would: nothing predicted, nothing changed."""
    where = {"metadata": {"path": NOTEBOOKS}}
    with tempfile.TemporaryDirectory() as work:
        try:
            client = NotebookClient(notebook, timeout=TIMEOUT, resources=where)
            client.execute(env={**os.environ, "WORKBOOK_DIR": work, **environment})
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            raise HarnessError(f"a cell fails: {error}") from None
        for data in texts(notebook):  # a learner's files are in work/
            data["text/markdown"] = data["text/markdown"].replace(str(Path(work).resolve()), "work")
    for cell in notebook.cells:  # the time of day would be in every diff, and is nobody's question
        cell.metadata.pop("execution", None)
    notebook.metadata["reference_run"] = machine()
    return notebook


def texts(notebook: nbformat.NotebookNode) -> Iterator[dict]:
    """The outputs that are Markdown."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if "text/markdown" in output.get("data", ()):
                yield output.data


# Figures


def rasterize(output: dict, font: str) -> None:
    """Put a PNG, twice as fine, in the place of an SVG."""
    data = output.get("data", {})
    if svg := data.pop("image/svg+xml", None):
        png = bytes(resvg_py.svg_to_bytes(svg_string=wide_only(svg, font), zoom=2))
        data["image/png"] = base64.b64encode(png).decode()
        width = float(re.search(r'width="([0-9.]+)"', svg)[1])
        output["metadata"] = {"image/png": {"width": round(width), "alt": data["text/plain"]}}


def wide_only(svg: str, font: str) -> str:
    """Without the rules for narrow screens, in a font that is here. Code keeps its own."""
    svg = re.sub(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*\s*\}", "", svg)
    return re.sub(r"font-family:(?![^;}]*monospace)[^;}]*", f"font-family:'{font}'", svg)


def choose_font() -> str:
    """The first of those whose letters are as wide as the figures expect that this machine has."""
    blank = bytes(resvg_py.svg_to_bytes(svg_string=LETTERS.format("")))
    for font in FONTS:
        drawn = resvg_py.svg_to_bytes(svg_string=LETTERS.format("words"), font_family=font)
        if bytes(drawn) != blank:
            return font
    raise HarnessError(f"there is no font for the figures here: install one of {', '.join(FONTS)}")
