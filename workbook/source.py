"""Code shown from the files, so that a notebook cannot say anything else than they do."""

import ast
from pathlib import Path

from harness.server import ROOT
from workbook.settings import fenced, say, work


def show(file: str, *names: str) -> None:
    """Show functions or classes of a file, with a link to it; a method as "Class.method"."""
    path = locate(file)
    if not path.is_file():
        raise LookupError(f"there is no file {file}")
    source = path.read_text(encoding="utf-8")
    tree, lines = ast.parse(source), source.splitlines()
    parts = ["\n".join(lines[slice(*span_of(tree, name, file))]) for name in names]
    code = "\n\n\n".join(parts)
    say(f"{link(path)}\n\n{fenced(code, 'python')}")


def span_of(tree: ast.AST, name: str, file: str) -> tuple[int, int]:
    """The lines of a definition, its decorators included, as a slice takes them."""
    for part in name.split("."):
        named = [node for node in tree.body if getattr(node, "name", None) == part]
        if not named:
            raise LookupError(f"there is no {name} in {file}")
        tree = named[0]
    first = min([tree.lineno, *(one.lineno for one in tree.decorator_list)])
    return first - 1, tree.end_lineno


def locate(file: str) -> Path:
    """A path from the repository's root; work/ may be elsewhere. LookupError for any other place."""
    folder = work() if file.startswith("work/") else ROOT
    found = (folder / file.removeprefix("work/")).resolve()
    if not found.is_relative_to(folder) or found == folder:
        raise LookupError(f"{file!r} is no file of this workbook")
    return found


def link(path: Path) -> str:
    """A file's name; where a notebook can reach it, a link that opens it beside the notebook."""
    if path.is_relative_to(ROOT):
        name = path.relative_to(ROOT).as_posix()
        return f"[{name}](../{name})"
    return f"`{path}`"
