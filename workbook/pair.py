"""A step in two processes that share one listening socket: python -m workbook.pair 3 --port 0

Whoever accepts a connection first has it. All else there is twice, the loop, the notes and the
clock, and neither process knows of the other's.
"""

import os
import signal
import sys
from importlib import import_module

from harness import STEPS
from steps.launch import LOOK, launch


def main() -> None:
    step = import_module(f"{STEPS[int(sys.argv.pop(1))].module}.server")

    def serve(listener):
        os.fork()  # from here on there are two of us, and both have the listener
        signal.setitimer(signal.ITIMER_REAL, LOOK, LOOK)  # a child inherits no timer
        step.serve(listener)

    launch(serve, port=0)


if __name__ == "__main__":
    main()
