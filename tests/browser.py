"""A real browser, driven over its DevTools protocol: Chromium, where it is installed.

    with Browser() as browser:
        browser.open("http://127.0.0.1:8001/")
        browser.run("document.title")

The protocol is JSON over WebSocket, and Tornado has a client for that.
"""

import asyncio
import copy
import itertools
import json
import re
import shutil
import tempfile
import time
from typing import Self

import httpx
from tornado.websocket import websocket_connect

from harness.guarded import Guarded, text_of

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
FLAGS = [
    "--headless=new",
    "--no-sandbox",  # or it does not start as root, in CI
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
]
SCREEN = {"width": 1400, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
PATIENCE = 60  # seconds: it only detects a hang


class Browser:
    """One page. `requests` are the addresses that it asked for, `complaints` its console's errors."""

    def __init__(self, dark: bool = False):
        self.dark = dark
        self.requests, self.complaints = [], []
        self.numbers = itertools.count(1)

    def __enter__(self) -> Self:
        self.loop = asyncio.new_event_loop()
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.child = Guarded(
            [CHROMIUM, *FLAGS, f"--user-data-dir={self.profile.name}", "about:blank"]
        )
        try:
            self.prepare(self.ask_browser("GET", "list"))
        except BaseException:
            self.leave()
            raise
        return self

    def tab(self) -> Self:
        """Another tab of the same browser, which ends with it."""
        tab = copy.copy(self)
        tab.requests, tab.complaints = [], []
        tab.prepare([self.ask_browser("PUT", "new")])
        return tab

    def prepare(self, pages: list[dict]) -> None:
        """Give orders to the first of these pages."""
        page = next(page for page in pages if page["type"] == "page")
        self.socket = self.loop.run_until_complete(self.connect(page["webSocketDebuggerUrl"]))
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", **SCREEN)
        theme = {"name": "prefers-color-scheme", "value": "dark" if self.dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[theme])

    def __exit__(self, *exception: object) -> None:
        self.leave()

    def leave(self) -> None:
        self.child.end(0)
        self.loop.close()
        self.profile.cleanup()

    async def connect(self, address: str):
        return await websocket_connect(address, max_message_size=2**27)

    def ask_browser(self, method: str, what: str) -> list | dict:
        """What the browser itself says of its pages, each with the address where it takes orders."""
        found = wait_for(lambda: re.search(r"ws://([0-9.:]+)/", text_of(self.child.stderr)))
        return httpx.request(method, f"http://{found[1]}/json/{what}", trust_env=False).json()

    def call(self, method: str, **parameters: object) -> dict:
        return self.loop.run_until_complete(
            asyncio.wait_for(self.ask(method, parameters), PATIENCE)
        )

    async def ask(self, method: str, parameters: dict) -> dict:
        number = next(self.numbers)
        await self.socket.write_message(
            json.dumps({"id": number, "method": method, "params": parameters})
        )
        while (message := json.loads(await self.socket.read_message())).get("id") != number:
            self.note(message.get("method"), message.get("params", {}))
        assert "error" not in message, f"{method}: {message['error']}"
        return message["result"]

    def note(self, event: str, details: dict) -> None:
        if event == "Network.requestWillBeSent":
            self.requests.append(details["request"]["url"])
        elif event == "Runtime.exceptionThrown":
            self.complaints.append(details["exceptionDetails"]["text"])
        elif event == "Runtime.consoleAPICalled" and details["type"] in ("error", "assert"):
            self.complaints.append(str(details["args"][:1]))
        elif event == "Log.entryAdded" and details["entry"]["level"] == "error":
            self.complaints.append(details["entry"]["text"])

    def open(self, url: str) -> None:
        self.call("Page.navigate", url=url)

    def run(self, script: str) -> object:
        """The value of an expression; a promise's, when it is there."""
        how = {"returnByValue": True, "awaitPromise": True}
        result = self.call("Runtime.evaluate", expression=script, **how)
        assert "exceptionDetails" not in result, f"{script}: {result['exceptionDetails']}"
        return result["result"].get("value")

    def wait_for(self, script: str, patience: float = PATIENCE) -> object:
        return wait_for(lambda: self.run(script), patience, script)


def wait_for(happens, patience: float = PATIENCE, what: object = "it"):
    give_up = time.monotonic() + patience
    while not (result := happens()):
        assert time.monotonic() < give_up, f"it did not happen within {patience} s: {what}"
        time.sleep(0.05)
    return result
