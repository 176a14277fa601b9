"""The greeting and the pause with nginx: python -m benchmark.peers.with_nginx PORT

nginx greets by itself. It has no pause: what it waits for in life is a server behind it, so that is
what it waits for here, and step 4 does the pausing.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import start_step

CONFIGURATION = """
daemon off;
worker_processes 1;
worker_rlimit_nofile 20000;
pid {place}/pid;
error_log {place}/errors;
events {{ worker_connections 16384; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  default_type "text/plain; charset=utf-8";
  client_body_temp_path {place}/a;
  proxy_temp_path {place}/b;
  fastcgi_temp_path {place}/c;
  uwsgi_temp_path {place}/d;
  scgi_temp_path {place}/e;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location = / {{ return 200 "Hello, world!\\n"; }}
    location /slow/ {{ proxy_pass http://127.0.0.1:{behind}; }}
  }}
}}
"""


def main(port: str) -> None:
    place = Path(tempfile.gettempdir(), f"benchmark-nginx-{os.getuid()}")  # one, for every run
    place.mkdir(exist_ok=True)
    with start_step(4) as behind:
        path = place / "nginx.conf"
        path.write_text(CONFIGURATION.format(place=place, port=port, behind=behind.port))
        subprocess.run(["nginx", "-e", str(place / "errors"), "-c", str(path)])


if __name__ == "__main__":
    main(sys.argv[1])
