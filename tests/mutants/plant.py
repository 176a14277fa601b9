"""Runs a step as `python -m` does, with one of the old bugs in it.

    PLANT="select with a timeout of 0" python -m tests.mutants.plant steps.03_select_loop --port 0

No file is changed: the changed text is run in the place of the file's. So nothing is left of it.
"""

import importlib.util
import os
import runpy
import sys
from pathlib import Path

from tests.mutants.catalogue import MUTANTS, Mutant
from tests.mutants.run import changed

WHICH = "PLANT"  # the environment variable that names the bug, as the catalogue does


def main() -> None:
    del sys.argv[0]
    known = {mutant.name: mutant for mutant in MUTANTS}
    if os.environ.get(WHICH) not in known or not sys.argv:
        sys.exit(f"usage: {WHICH}=BUG python -m tests.mutants.plant MODULE [options of the step]")
    plant(known[os.environ[WHICH]])
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def plant(mutant: Mutant) -> None:
    """Import the changed text under the file's name, before anybody imports the file."""
    name = mutant.file.removesuffix(".py").replace("/", ".")
    spec = importlib.util.find_spec(name)
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    text = changed(mutant, Path(spec.origin).read_text(encoding="utf-8"))
    exec(compile(text, spec.origin, "exec"), vars(module))


if __name__ == "__main__":
    main()
