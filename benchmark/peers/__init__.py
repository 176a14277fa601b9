"""Servers of the world beside ours: the same greeting, the same pause, and each its own way to wait.

    python -m benchmark --peers

Each is run as it comes, in one worker where it has workers, without a log. Those of the standard
library are always there; `pip install -r benchmark/peers/requirements.txt` adds the others, and
nginx takes part where the machine has it. What is missing is said.
"""

import shlex
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

from benchmark.run import Contender

PYTHON = shlex.quote(sys.executable)


@dataclass(frozen=True, slots=True)
class Peer:
    name: str
    waits: str  # its strategy, as the table shows it
    words: str  # what follows `python -m`, but for the port
    needs: str = ""  # a package
    there: Callable[[str], object] = find_spec

    @property
    def command(self) -> str:
        return f"{PYTHON} -m {self.words.format(port='{port}')}"

    def is_there(self) -> bool:
        return not self.needs or bool(self.there(self.needs))


def listen(module: str, app: str, more: str = "") -> str:
    return f"{module} --host 127.0.0.1 --port {{port}} {more} benchmark.peers.{app}:app"


ASGI = "--no-access-log --log-level warning"
PEERS = (
    Peer("http.server", "one at a time", "benchmark.peers.stdlib one {port}"),
    Peer("Threading HTTP", "thread for each", "benchmark.peers.stdlib many {port}"),
    Peer(
        "waitress",
        "loop, 4 threads",
        "waitress --listen 127.0.0.1:{port} benchmark.peers.wsgi:app",
        "waitress",
    ),
    Peer(
        "gunicorn",
        "one at a time",
        "gunicorn -b 127.0.0.1:{port} benchmark.peers.wsgi:app",
        "gunicorn",
    ),
    Peer("aiohttp", "asyncio", "benchmark.peers.with_aiohttp {port}", "aiohttp"),
    Peer("Tornado, bare", "asyncio", "benchmark.peers.with_tornado server {port}", "tornado"),
    Peer("uvicorn", "asyncio, ASGI", listen("uvicorn", "asgi", ASGI), "uvicorn"),
    Peer("granian", "Rust loop, ASGI", listen("granian --interface asgi", "asgi"), "granian"),
    Peer("nginx", "loop in C", "benchmark.peers.with_nginx {port}", "nginx", shutil.which),
)


def peers() -> tuple[list[Contender], list[str]]:
    """Those that are there, ready to take part; and the names of those that are not."""
    there = [Contender(one.name, one.waits, command=one.command) for one in PEERS if one.is_there()]
    return there, [one.name for one in PEERS if not one.is_there()]
