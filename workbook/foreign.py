"""Servers that are no step of their own: a command's, nginx before a server, a step twice."""

import contextlib
import os
import re
import shlex
import shutil
import sys
from pathlib import Path

from harness import HarnessError, Server, start_command
from harness.server import ROOT
from workbook.servers import PATIENT, keep
from workbook.settings import work

PYTHON = shlex.quote(sys.executable)
CONFIGURATION = """daemon off;
master_process off;
pid "{place}/pid";
error_log "{place}/errors";
events {{ worker_connections 4096; }}
http {{
  access_log off;
  keepalive_requests 1000000;
  client_body_temp_path "{place}/body";
  proxy_temp_path "{place}/proxy";
  fastcgi_temp_path "{place}/fastcgi";
  uwsgi_temp_path "{place}/uwsgi";
  scgi_temp_path "{place}/scgi";
  default_type text/plain;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{
      proxy_pass http://127.0.0.1:{behind};
      proxy_http_version 1.0;              # a connection for each request, and then it closes
      proxy_set_header Connection close;
    }}
    location /files/ {{ root "{steps}"; }}
  }}
}}
"""


def start(name: str, command: str) -> Server:
    """Start any server by its command, with {port} in it. It ends with the notebook, or when another
    of the same name is started."""
    with contextlib.chdir(ROOT):  # as in a terminal that JupyterLab opens
        return keep(name, lambda: start_command(command), name)


def front(server: Server) -> Server | None:
    """nginx before a server: it passes on what it is asked, but for /files/, which it serves itself.
    None where this machine has no nginx, or one that does not start."""
    if not shutil.which("nginx"):
        print("nginx is not on this machine.")
        return None
    name = f"nginx before {server.name}"
    place = shlex.quote(str(work() / re.sub(r"\W+", "-", name)[:40]))
    try:
        return start(
            name,
            f"{PYTHON} -m workbook.foreign {{port}} {server.port} {place}",
        )
    except HarnessError as error:
        print(f"nginx does not start here: {error}.")
        return None


def pair(step: int) -> Server:
    """A step in two processes, on one port (pair.py)."""
    options = " ".join(PATIENT)
    return start(
        f"step {step}, twice,", f"{PYTHON} -m workbook.pair {step} --port {{port}} {options}"
    )


def main(port: str, behind: str, folder: str) -> None:
    """Become nginx. What it writes is in the folder, among the learner's files."""
    place = Path(folder)
    place.mkdir(exist_ok=True)
    path = place / "nginx.conf"
    words = {"place": place, "port": port, "behind": behind, "steps": ROOT / "steps"}
    path.write_text(CONFIGURATION.format(**words))
    os.execvp("nginx", ["nginx", "-e", str(place / "errors"), "-c", str(path)])


if __name__ == "__main__":
    main(*sys.argv[1:])
