"""A class on one machine: each student has a copy of the workbook, all have the same packages.

docs/teaching.md says how it is started and what it needs. Who may come in, and how, is yours to say:
without more, everybody who has an account on this machine.
"""

from pathlib import Path

c = get_config()  # noqa: F821

c.Spawner.cmd = [str(Path(__file__).with_name("student.sh"))]
c.Spawner.notebook_dir = "~/workbook"
c.Spawner.default_url = "/workbook"  # see workbook/front_door.py
c.Spawner.environment = {"WORKBOOK_SIZE": "small"}  # they share the cores
c.Authenticator.allow_all = True
