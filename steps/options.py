"""A step's command line, the same for all: how to listen, and how long to be patient."""

import argparse
import contextlib
import math
import re
import resource
import sys
from collections.abc import Callable

from steps.messages import Timeouts

PATIENCE = {  # option: seconds, what for
    "idle-timeout": (5, "until the first byte of a request"),
    "head-timeout": (5, "from there to the end of the head, in total"),
    "body-timeout": (10, "from there to the end of the body, in total"),
    "send-timeout": (5, "until a client has taken 64 KiB"),
    "grace": (5, "to finish answers after SIGTERM"),
}
FEW = 16  # descriptors: standard streams, a listener, a loop's own, and some connections


class Parser(argparse.ArgumentParser):
    """One sentence for a bad option, where argparse prints its usage too."""

    def error(self, message: str) -> None:
        self.exit(2, f"{self.prog}: {message} (--help lists the options)\n")


def read_options(module: str, port: int) -> argparse.Namespace:
    """What the command line says, with the four timeouts as one `timeouts`."""
    parser = Parser(prog=f"python -m {module.rpartition('.')[0]}")
    default = "default: %(default)s"
    count = whole(0, 2**31 - 1)
    parser.add_argument("--host", default="127.0.0.1", help=default)
    parser.add_argument("--port", type=whole(0, 65535), default=port, help=f"0: any; {default}")
    parser.add_argument("--backlog", type=count, default=4096, help=f"who may queue; {default}")
    for name, (limit, purpose) in PATIENCE.items():
        words = f"seconds {purpose}; 0: no end; {default}"
        parser.add_argument(f"--{name}", type=seconds, default=limit, metavar="S", help=words)
    most = descriptors_left()
    parser.add_argument("--max-connections", type=whole(1, 2**31), default=most, help=default)
    options = parser.parse_args()
    names = ("idle", "head", "body", "send")
    options.timeouts = Timeouts(**{name: getattr(options, f"{name}_timeout") for name in names})
    return options


def whole(least: int, most: int) -> Callable[[str], int]:
    def parse(words: str) -> int:
        if not (re.fullmatch("[0-9]{1,10}", words) and least <= int(words) <= most):
            raise argparse.ArgumentTypeError(f"{words[:20]!r} is not in {least} to {most}")
        return int(words)

    return parse


def seconds(words: str) -> float:
    """Seconds, 0 being never."""
    try:
        value = float(words)
    except ValueError:
        value = -1
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"{words!r} is no number of seconds, 0 or more")
    return value or math.inf


def descriptors_left() -> int:
    """How many connections the descriptor limit leaves room for, after raising it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # macOS may not allow all it promises
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    limit = soft if soft != resource.RLIM_INFINITY else 2**20
    if limit < FEW:
        sys.exit(f"a server needs {FEW} descriptors or more, and may have {limit}: see ulimit -n")
    return max(limit - 64, limit // 2)
