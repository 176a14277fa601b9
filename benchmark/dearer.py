"""Runs a step that is dearer than it is: python -m benchmark.dearer steps.03_select_loop --port 0

Now and then, when bytes have come, it burns a fifth of the CPU time that the step has used since
the last time. (Not each time: to look at the clock would cost more than the fifth.) This is for
proof.py: a comparison that names no change may be right, or blind.
"""

import runpy
import sys
import time

import steps.listener
from steps.http1 import Exchange

SHARE = 0.2
EVERY = 32  # times that bytes have come


class DearExchange(Exchange):
    """One that pays a surcharge."""

    __slots__ = ()
    paid = 0.0  # CPU seconds up to which all has been paid
    received = 0

    def receive(self, data):
        DearExchange.received += 1
        if DearExchange.received % EVERY == 0:
            pay()
        return super().receive(data)


def pay() -> None:
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
