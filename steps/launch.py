"""What steps 1 to 4 share: to start, and to stop when they are told to. Step 5 is announced so too.

Not here: Windows, which has neither setitimer nor these signals.
"""

import signal
import socket
import sys
from argparse import Namespace
from collections.abc import Callable

from steps.listener import Listener
from steps.notes import Notes
from steps.options import read_options

LOOK = 0.25  # seconds between two looks at the clock


def launch(serve: Callable[[Listener], None], port: int, notes: Notes | None = None) -> None:
    """Serve until SIGTERM or SIGINT, as the command line says."""
    options = read_options(serve.__module__, port)
    try:
        listener = Listener(options, notes or Notes())
    except (OSError, UnicodeError) as error:
        refuse_to_start(options, error)
    with listener:
        signal.signal(signal.SIGALRM, listener.look)
        signal.signal(signal.SIGTERM, listener.stop)
        signal.signal(signal.SIGINT, listener.stop)
        try:
            signal.setitimer(signal.ITIMER_REAL, LOOK, LOOK)
            announce(listener)
            serve(listener)
            listener.drain()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)  # with no handler left, it would kill us


def announce(listener: socket.socket) -> None:
    """The one line on standard output: it means ready."""
    host, port = listener.getsockname()[:2]
    try:
        print(f"serving http://{f'[{host}]' if ':' in host else host}:{port}/", flush=True)
    except OSError as error:
        sys.exit(f"cannot say on standard output that the server is ready: {error.strerror}")


def refuse_to_start(options: Namespace, error: OSError | UnicodeError) -> None:
    reason = error.strerror if isinstance(error, OSError) else "that is no name of a host"
    why = f"cannot serve on {options.host!a}, port {options.port}: {reason}"
    sys.exit(f"{why}. Choose another with --host and --port; port 0 takes any that is free.")
