"""The stock RTVI client in a real browser, connected to a bar. What it hears of an evening is a log."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.browser.sound import LISTEN, until, until_loud
from tests.chromium import ARGUMENTS

HERE = Path(__file__).parent
ESBUILD = HERE / "node_modules" / ".bin" / "esbuild"
MISSING = (
    "The stock client is not here. Where npm is reachable: (cd tests/rtvi_client && npm ci --ignore-scripts)"
)
# It cannot say goodbye without a microphone, be it one that nobody speaks into.
BROWSER = [*ARGUMENTS, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
HTML = "<!doctype html><title>A stock client</title><button>Come in</button><script src=client.js></script>"

Log = list[tuple[str, Any]]


def installed() -> bool:
    return ESBUILD.exists()


class QuietFileHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_said: object) -> None:
        """Nobody reads it."""


@contextmanager
def serve_foreign_page(folder: Path) -> Iterator[str]:
    """The address of a page of somebody else's, on the bar's host and another port."""
    command: list[str | Path] = [
        ESBUILD,
        HERE / "client.mjs",
        "--bundle",
        f"--outfile={folder}/client.js",
        "--log-level=error",
    ]
    subprocess.run(command, check=True, cwd=HERE)
    (folder / "index.html").write_text(HTML)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietFileHandler, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


class RtviClient:
    """A guest with the stock client. The visit's cookie is the bar's host's, whichever the port."""

    def __init__(self, page: Page, bar: str, foreign: str) -> None:
        self.page = page
        self.stream = bar.replace("http", "ws", 1) + "/ws/voice/"
        page.goto(f"{bar}/")  # as any guest: this opens a visit
        page.add_init_script(LISTEN)
        page.goto(foreign)
        page.click("button")  # browsers let sound out after a gesture only

    def connect(self) -> None:
        self.page.evaluate("address => stock.connect(address)", self.stream)

    def say(self, text: str) -> None:
        self.page.evaluate("text => stock.client.sendText(text)", text)

    def send_client_message(self, t: str, d: dict[str, Any]) -> Any:
        return self.page.evaluate("([t, d]) => stock.client.sendClientRequest(t, d)", [t, d])

    @property
    def log(self) -> Log:
        return [(name, said) for name, said in self.page.evaluate("stock.log")]

    def events_named(self, name: str) -> list[Any]:
        return [said for heard, said in self.log if heard == name]

    def play_evening(self) -> Log:
        """Connect, order, hear the answer, tap, and go."""
        self.connect()
        until_loud(self.page)
        until(
            self.page, lambda: len(self.events_named("onBotStoppedSpeaking")) == 1, "the end of the greeting"
        )
        self.say("two old fashioneds, please")
        until(self.page, lambda: len(self.events_named("onBotStoppedSpeaking")) == 2, "the end of the answer")
        self.send_client_message("tap-item", {"item": "IPA", "quantity": 1})
        until(self.page, lambda: len(self.tabs()[-1]["lines"]) == 2, "the tap on the tab")
        self.page.evaluate("stock.client.disconnect()")
        until(self.page, lambda: bool(self.events_named("onDisconnected")), "the goodbye")
        return self.log

    def tabs(self) -> list[Any]:
        return [news for news in self.events_named("onServerMessage") if news["kind"] == "tab"] or [
            {"lines": []}
        ]
