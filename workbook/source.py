"""Code shown from the files, so that a notebook cannot say anything else than they do."""

import ast
from importlib.util import find_spec
from pathlib import Path

from harness.server import ROOT
from workbook.settings import fenced, say, work


def show(file: str, *names: str) -> None:
    """Show functions or classes of a file, with a link to it; a method as "Class.method".

    A file is a path in the repository, or an installed module: "tornado.web".
    """
    heading, parts = read_parts(file, *names)
    code = "\n\n\n".join(parts)
    say(f"{heading}\n\n{fenced(code, 'python')}")


def read_parts(file: str, *names: str) -> tuple[str, list[str]]:
    """What a file is called, and the source of these definitions in it; without names, all of it."""
    heading, path = find(file)
    if not path.is_file():
        raise LookupError(f"there is no file {file}")
    source = path.read_text(encoding="utf-8")
    tree, lines = ast.parse(source), source.splitlines()
    parts = ["\n".join(lines[slice(*span_of(tree, name, file))]) for name in names]
    return heading, parts or [source]


def find(file: str) -> tuple[str, Path]:
    """Heading and path of a file, or of an installed module."""
    if file.endswith(".py") or "/" in file:
        path = locate(file)
        return link(path), path
    module = find_spec(file)
    if not module or not module.has_location:
        raise LookupError(f"there is no module {file}")
    path = Path(module.origin)
    return f"`{'/'.join(path.parts[-1 - file.count('.') :])}`", path


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
