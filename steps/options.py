"""A step's command line, the same for all: how to listen, and how long to be patient."""

import argparse
import contextlib
import math
import resource
from collections.abc import Callable
from functools import partial

from steps.http1 import Timeouts


class Parser(argparse.ArgumentParser):
    """One sentence for a bad option, where argparse prints its usage too."""

    def error(self, message: str) -> None:
        self.exit(2, f"{self.prog}: {message} (--help lists the options)\n")


def read_options(module: str, port: int) -> argparse.Namespace:
    """A step's options, the same for all: how to listen, and how long to be patient."""
    parser = Parser(prog=f"python -m {module.rpartition('.')[0]}")
    add = partial(parser.add_argument, metavar="N")
    add("--host", default="127.0.0.1", metavar="ADDRESS", help="default: %(default)s")
    add(
        "--port",
        type=whole(0, 65535),
        default=port,
        help="0 takes any free one; default: %(default)s",
    )
    add(
        "--backlog",
        type=whole(0, 2**31 - 1),
        default=4096,
        help="connections that may wait to be accepted",
    )
    add("--head-timeout", type=seconds, default=5, help="seconds for a head, in total; 0: no end")
    add("--body-timeout", type=seconds, default=10, help="seconds for a body, in total")
    add("--send-timeout", type=seconds, default=5, help="seconds for a client to take 64 KiB")
    add("--idle-timeout", type=seconds, default=5, help="seconds between two requests")
    add("--grace", type=seconds, default=5, help="seconds to finish answers after SIGTERM")
    add("--max-connections", type=whole(1, 2**31 - 1), default=room(), help="default: %(default)s")
    options = parser.parse_args()
    names = ("idle", "head", "body", "send")
    options.timeouts = Timeouts(**{name: getattr(options, f"{name}_timeout") for name in names})
    return options


def whole(least: int, most: int) -> Callable[[str], int]:
    def parse(words: str) -> int:
        if not (words.isascii() and words.isdigit() and least <= int(words[:20]) <= most):
            raise argparse.ArgumentTypeError(f"{words!r} is no whole number in {least} to {most}")
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


def room() -> int:
    """How many connections the descriptor limit leaves room for, after raising it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):  # macOS may not allow all it promises
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    limit = soft if soft != resource.RLIM_INFINITY else 2**20
    return max(limit - 64, limit // 2)
