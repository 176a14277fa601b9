"""Runs a step that is dearer than it is: python -m benchmark.dearer steps.03_select_loop --port 0

Now and then, when bytes have come, it burns a share of the CPU time that the step has used since
the last time: with what this file costs itself, a fifth in all. (Not each time: to look at the
clock would cost more than that.) This is for proof.py: a comparison that names no change may be
right, or blind.
"""

import runpy
import sys
import time

import steps.listener
from steps.http1 import Exchange

SHARE = 0.16  # 0 makes a step 3 % dearer, 0.2 made it 25 %
EVERY = 32  # times that bytes have come


class DearExchange(Exchange):
    """One that pays a surcharge."""

    __slots__ = ()

    def receive(self, data):
        SURCHARGE.meet()
        return super().receive(data)


class Surcharge:
    """Its state is no class attribute: to set one makes all uses of the class slower."""

    def __init__(self):
        self.paid = time.process_time()  # CPU seconds up to which all has been paid
        self.received = 0

    def meet(self):
        self.received += 1
        if self.received % EVERY == 0:
            self.pay()

    def pay(self):
        now = time.process_time()
        until = now + SHARE * (now - self.paid)
        while time.process_time() < until:
            pass
        self.paid = until


SURCHARGE = Surcharge()

if __name__ == "__main__":
    del sys.argv[0]
    steps.listener.Exchange = DearExchange
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
