"""Set up and start, with nothing but Python 3.11 or newer.

python3 start.py             the workbook, in JupyterLab (workbook ... passes options on to it)
python3 start.py bench ...   the benchmark (bench --help says more)
python3 start.py test ...    the tests; --all is the long form, with the linter first

The first run makes .venv and installs requirements.txt there, in under a minute. Later runs start
at once, until that file or the Python changes.
"""

import hashlib
import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
REQUIREMENTS = ROOT / "requirements.txt"
SETTINGS = ROOT / "workbook" / "jupyter"  # of JupyterLab: what it opens, and no news
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "stamp"


def main(arguments):
    command = arguments[0] if arguments else "workbook"
    if command in ("-h", "--help"):
        return print(__doc__.strip())
    if command not in COMMANDS:
        say(f"There is no command {command!r}: say bench, test, or nothing for the workbook.")
        sys.exit(2)
    trouble = unsuitable()
    if trouble:
        sys.exit(trouble)
    set_up()
    return COMMANDS[command](arguments[1:])


def unsuitable():
    """What is wrong with this machine, as a sentence, or None."""
    version = "{}.{}".format(*sys.version_info)
    if sys.platform == "win32":
        return "This needs Linux or macOS: on Windows, run it inside WSL (wsl --install)."
    if sys.version_info < (3, 11):
        return f"This is Python {version}: run start.py with Python 3.11 or newer."
    if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        return f"This Python lacks venv: on Debian or Ubuntu, apt install python{version}-venv."
    return None


def set_up():
    """Make .venv unless it is there, whole, and made for these requirements and this Python."""
    import fcntl  # not on Windows

    if is_current():
        return
    with REQUIREMENTS.open("r+b") as lock:  # NFS locks only what may be written
        fcntl.flock(lock, fcntl.LOCK_EX)  # a second start waits here, and finds the work done
        if not is_current():
            make()


def is_current():
    return os.access(PYTHON, os.X_OK) and STAMP.is_file() and STAMP.read_text() == fingerprint()


def fingerprint():
    made_for = REQUIREMENTS.read_text(), sys.version, str(ROOT)  # its path is written into .venv
    return hashlib.sha256("\n".join(made_for).encode()).hexdigest()


def make():
    began = time.monotonic()
    say("Setting up, once, in under a minute: making .venv ...")
    base = getattr(sys, "_base_executable", sys.executable)  # start.py may run in that very .venv
    run(base, "-m", "venv", "--clear", VENV)
    say("installing what requirements.txt names ...")
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    run(*pip, "--no-compile", "--only-binary", ":all:", "--requirement", REQUIREMENTS)
    [packages] = VENV.glob("lib/python*/site-packages")
    (packages / "workbook.pth").write_text(f"{ROOT}\n")  # importable from any directory
    STAMP.write_text(fingerprint())  # last, so that an interrupted set-up is made again
    say(f"done in {time.monotonic() - began:.0f} s.")


def run(*command):
    ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if ended.returncode:
        sys.exit(explain(ended.stdout))


def explain(output):
    """Why the set-up failed, as a sentence, and the last that was said about it."""
    why = "The set-up failed"
    if "No space left on device" in output:
        why = "The disk is full (.venv takes 300 MB)"
    elif "Connection" in output or "timed out" in output:
        why = "The packages cannot be fetched: the network seems to be away"
    lines = [f"  {line}" for line in output.splitlines() if not line.startswith("WARNING")]
    return "\n".join([f"{why}; mend it and run the same command again. Last words:", *lines[-3:]])


def workbook(arguments):
    """JupyterLab, which SETTINGS tell what to open."""
    others = os.environ.get("JUPYTER_CONFIG_PATH")
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, [str(SETTINGS), others]))
    opens = f"--ServerApp.root_dir={ROOT}", "--LabApp.default_url=/workbook"  # see front_door.py
    become("-m", "jupyterlab", *opens, *arguments)


def bench(arguments):
    become("-m", "benchmark", *arguments)


def test(arguments):
    os.chdir(ROOT)
    if "--all" in arguments:
        lint()
    become("-m", "pytest", "-c", ROOT / "pyproject.toml", *arguments)


def lint():
    for check in (["check"], ["format", "--check"]):
        if subprocess.call([PYTHON, "-m", "ruff", *check, "--quiet"]):
            sys.exit("ruff is not content: ruff check --fix and ruff format mend most of it.")


def become(*arguments):
    """Give this process to the Python of .venv: signals and the exit status are then its own."""
    os.execv(PYTHON, [str(word) for word in (PYTHON, *arguments)])


def say(sentence):
    print(sentence, file=sys.stderr, flush=True)


COMMANDS = {"workbook": workbook, "bench": bench, "test": test}

if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        say("\nInterrupted: run the same command again to go on.")
        sys.exit(130)
