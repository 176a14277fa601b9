"""A class on one Linux machine: each student has a copy of the workbook, all have the same packages.

docs/teaching.md says how it is started and what it needs. Who may come in is yours to say: without
more, everybody who has an account on this machine.
"""

import os
from pathlib import Path

STUDENT = Path(__file__).with_name("student.sh")
CORES = sorted(os.sched_getaffinity(0))
PAIRS = [CORES[n : n + 2] for n in range(0, len(CORES) - 1, 2)] or [CORES]


def give_cores(spawner):
    """Two for each student, shared by as few as can be: loads are measured on the first two."""
    pair = ",".join(map(str, PAIRS[spawner.user.id % len(PAIRS)]))
    spawner.cmd = ["taskset", "--cpu-list", pair, str(STUDENT)]


c = get_config()  # noqa: F821
c.Spawner.pre_spawn_hook = give_cores
c.Spawner.notebook_dir = "~/workbook"
c.Spawner.default_url = "/workbook"  # see workbook/front_door.py
c.Spawner.environment = {"WORKBOOK_SIZE": "small"}  # they share the cores
c.Authenticator.allow_all = True
