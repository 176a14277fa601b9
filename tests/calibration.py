"""The table of cases against servers that others trust: it must not be a table of our own habits.

    python -m tests.calibration        prints the agreement, section by section, as Markdown

h11 is asked as a protocol, with no server round it. Tornado, http.server and nginx serve / and
/echo, as their manuals show it; nginx only where it is installed. What our application alone has
(other routes, our limits) is left out. Agreement is no mark: where the RFC leaves a choice, the
table has ours.
"""

import argparse
import asyncio
import os
import shlex
import shutil
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import h11
from tornado.web import Application, RequestHandler

from harness import STEPS, start_command, start_step
from tests.answers import exchange_bytes, judge
from tests.cases import CASES, KIB, LAST_WORD, Case

COMMON = [case for case in CASES if case.needs in ("", "/echo")]
METHODS = {"/": ("GET", "HEAD"), "/echo": ("POST",)}


# What is compared


def h11_alone(case: Case) -> tuple[bytes, bool]:
    """What a server would answer that believes h11 in everything, and whether it would end."""
    connection, answers, request = h11.Connection(h11.SERVER), b"", None
    sent = case.sent + LAST_WORD
    pieces = [sent[start : start + 4 * KIB] for start in range(0, len(sent), 4 * KIB)]
    while True:
        try:
            event = connection.next_event()
        except h11.RemoteProtocolError as error:
            return answers + answer(error.error_status_hint), True
        match event:
            case h11.Request():
                request = event
            case h11.EndOfMessage():
                status = route(request.method.decode(), request.target.decode("latin-1"))
                response = h11.Response(status_code=status, headers=[("Content-Length", "0")])
                connection.send(response)
                connection.send(h11.EndOfMessage())
                answers += answer(status)
                if connection.our_state is not h11.DONE:
                    return answers, True
                connection.start_next_cycle()
            case h11.NEED_DATA if pieces:
                connection.receive_data(pieces.pop(0))
            case h11.NEED_DATA | h11.PAUSED | h11.ConnectionClosed():
                return answers, False


def answer(status: int) -> bytes:
    return b"HTTP/1.1 %d x\r\nContent-Length: 0\r\n\r\n" % status


def route(method: str, target: str) -> int:
    if target.lower().startswith("http://"):
        target = "/" + target[7:].partition("/")[2]
    known = METHODS.get(target.partition("?")[0])
    return 404 if known is None else 200 if method in known else 405


class Simple(BaseHTTPRequestHandler):
    """http.server as its documentation has it, and as it is found in the wild."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.reply(200 if self.path.partition("?")[0] == "/" else 404, b"Hello, world!\n")

    do_HEAD = do_GET

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.reply(200 if self.path == "/echo" else 404, body)

    def reply(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *words):
        pass


def serve_simple(port: int, folder: str) -> None:
    ThreadingHTTPServer.request_queue_size = 128
    ThreadingHTTPServer(("127.0.0.1", port), Simple).serve_forever()


def serve_tornado(port: int, folder: str) -> None:
    """Stock Tornado, with no setting changed."""

    class Greeting(RequestHandler):
        def get(self):
            self.write("Hello, world!\n")

        head = get

    class Echo(RequestHandler):
        def post(self):
            self.write(self.request.body)

    async def serve():
        Application([("/", Greeting), ("/echo", Echo)], log_function=len).listen(port)
        await asyncio.Event().wait()

    asyncio.run(serve())


NGINX = """\
daemon off; pid {folder}/pid; error_log stderr crit; worker_processes 1;
events {{ }}
http {{
  access_log off; client_body_temp_path {folder}; proxy_temp_path {folder};
  fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{ # it reads a whole request before it hands it on: only so does it look at a body
    listen 127.0.0.1:{port};
    location = / {{
      if ($request_method !~ ^(GET|HEAD)$) {{ return 405; }}
      proxy_pass http://unix:{folder}/answer;
    }}
    location = /echo {{
      if ($request_method != POST) {{ return 405; }}
      proxy_pass http://unix:{folder}/answer;
    }}
    location / {{ return 404; }}
  }}
  server {{ listen unix:{folder}/answer; location / {{ return 200 "x"; }} }}
}}
"""


def serve_nginx(port: int, folder: str) -> None:
    os.chmod(folder, 0o777)  # its worker is another user, where it is started as root
    configuration = Path(folder, "nginx.conf")
    configuration.write_text(NGINX.format(folder=folder, port=port))
    os.execvp("nginx", ["nginx", "-c", str(configuration)])


SERVED = {"Tornado, stock": serve_tornado, "http.server": serve_simple, "nginx": serve_nginx}


# The comparison


def agrees(case: Case, received: bytes, ended: bool) -> bool:
    try:
        judge(case, received, ended)
    except AssertionError:
        return False
    return True


def ask(server, case: Case) -> bool:
    return agrees(case, *exchange_bytes(server, case.sent + LAST_WORD, patience=1))


def compare() -> dict[str, dict[str, bool]]:
    """Whether each server agrees with each case, by its id."""
    verdicts = {"h11": {case.id: agrees(case, *h11_alone(case)) for case in COMMON}}
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(16))
        for name in SERVED:
            if name != "nginx" or shutil.which("nginx"):
                folder = stack.enter_context(tempfile.TemporaryDirectory())
                words = [sys.executable, "-m", __spec__.name, "--serve", name, "--folder", folder]
                server = stack.enter_context(start_command(f"{shlex.join(words)} --port {{port}}"))
                found = pool.map(partial(ask, server), COMMON)
                verdicts[name] = dict(zip([case.id for case in COMMON], found, strict=True))
        for number in STEPS:
            server = stack.enter_context(start_step(number))
            verdicts[f"step {number}"] = {case.id: ask(server, case) for case in COMMON}
    return verdicts


def print_table(verdicts: dict[str, dict[str, bool]]) -> None:
    cases = Counter(case.section for case in COMMON)
    print(f"| RFC 9112 unless it says other | cases | {' | '.join(verdicts)} |")
    print(f"| --- | {' | '.join(['--:'] * (len(verdicts) + 1))} |")
    for section in sorted(cases, key=order):
        shares = (
            sum(found[case.id] for case in COMMON if case.section == section)
            for found in verdicts.values()
        )
        print(f"| {section} | {cases[section]} | {' | '.join(map(str, shares))} |")
    totals = (sum(found.values()) for found in verdicts.values())
    print(f"| **all** | {len(COMMON)} | {' | '.join(map(str, totals))} |")


def order(section: str) -> list:
    """9110 9.3 before 9110 10.1."""
    rfc, _, numbers = section.rpartition(" ")
    return [rfc, *(f"{part:>3}" for part in numbers.split("."))]


def print_disagreements(verdicts: dict[str, dict[str, bool]], name: str) -> None:
    print(f"\n{name} answers otherwise in:")
    for case in COMMON:
        if not verdicts[name][case.id]:
            print(f"- {case.id}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.calibration")
    parser.add_argument("--list", metavar="NAME", help="list where h11, nginx, ... disagrees, too")
    parser.add_argument("--serve", choices=SERVED, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        SERVED[options.serve](options.port, options.folder)
    else:
        verdicts = compare()
        print_table(verdicts)
        if options.list:
            print_disagreements(verdicts, options.list)


if __name__ == "__main__":
    main()
