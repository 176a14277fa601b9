"""Starts and stops any server for tests, benchmark and workbook; the only place that does.

    with start_step(3, "--idle-timeout", "0") as server:
        httpx.get(server.url)

No server survives the process that started it, however that process ends.
"""

from harness.guarded import HarnessError
from harness.server import STEPS, Server, Step, attach, start_command, start_step
from harness.stacks import Frame, stacks

__all__ = [
    "STEPS",
    "Frame",
    "HarnessError",
    "Server",
    "Step",
    "attach",
    "stacks",
    "start_command",
    "start_step",
]
