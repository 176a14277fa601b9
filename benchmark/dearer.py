"""Runs a step that is dearer than it is: python -m benchmark.dearer steps.03_select_loop --port 0

After each request it burns a fifth of the CPU time that the step has used since the last. This is
for proof.py: a comparison that names no change may be right, or blind.
"""

import runpy
import sys
import time

import steps.listener
from steps.http1 import Exchange

SHARE = 0.2


class DearExchange(Exchange):
    """One that pays a surcharge."""

    __slots__ = ()
    paid = 0.0  # CPU seconds up to which all has been paid

    def receive(self, data):
        yield from super().receive(data)
        now = time.process_time()
        until = now + SHARE * (now - DearExchange.paid)
        while time.process_time() < until:
            pass
        DearExchange.paid = until


if __name__ == "__main__":
    del sys.argv[0]
    steps.listener.Exchange = DearExchange
    DearExchange.paid = time.process_time()
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
