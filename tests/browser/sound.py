"""A scripted bar at the other end of the page's socket, and an ear at the end of the browser's sound."""

import json
import math
import struct
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, WebSocketRoute

RATE = 24_000
# Whatever is connected to the loudspeaker is also connected to an analyser, which our code knows nothing of.
LISTEN = """
const connect = AudioNode.prototype.connect;
globalThis.loudest = () => {
  if (!globalThis.ear) return 0;
  const samples = new Float32Array(ear.fftSize);
  ear.getFloatTimeDomainData(samples);
  return Math.max(...samples.map(Math.abs));
};
AudioNode.prototype.connect = function (to, ...others) {
  if (to instanceof AudioDestinationNode) {
    globalThis.ear = new AnalyserNode(this.context, { fftSize: 2048 });
    connect.call(this, globalThis.ear);
  }
  return connect.call(this, to, ...others);
};
"""


def tone(ms: int, hertz: float = 220.0, rate: int = RATE) -> bytes:
    count = rate * ms // 1000
    samples = (int(12_000 * math.sin(2 * math.pi * hertz * at / rate)) for at in range(count))
    return struct.pack(f"<{count}h", *samples)


class ScriptedBar:
    """Says what a test tells it to, and keeps what the page said."""

    def __init__(self, page: Page, *, voice: bool = True) -> None:
        self.said: list[dict[str, Any]] = []
        self.sound = bytearray()
        self.voice = voice
        self.line: WebSocketRoute
        page.route_web_socket("**/ws/voice/", self._take)
        page.add_init_script(LISTEN)

    def _take(self, line: WebSocketRoute) -> None:
        self.line = line
        line.on_message(self._hear)

    def _hear(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            self.sound += message
            return
        heard = json.loads(message)
        self.said.append(heard)
        if heard["type"] == "client-ready":
            self.tell("bot-ready", {"version": "2.1.0", "about": {}})
            self.news("history", turns=[])
        elif heard["type"] == "client-message" and heard["data"]["t"] != "played":
            self._answer(heard)

    def _answer(self, heard: dict[str, Any]) -> None:
        wish = heard["data"]
        if wish["t"] == "set-voice" and wish["d"]["on"] and not self.voice:
            self.tell("error-response", {"error": "I have no voice here."}, heard["id"])
        else:
            self.tell("server-response", {"t": wish["t"], "d": {"ok": True, **wish["d"]}}, heard["id"])

    def tell(self, type: str, data: dict[str, Any] | None = None, id: str = "bar") -> None:
        self.line.send(json.dumps({"label": "rtvi-ai", "type": type, "id": id, "data": data or {}}))

    def news(self, kind: str, **said: Any) -> None:
        self.tell("server-message", {"kind": kind, **said})

    def speak(self, turn: str, words: str, ms: int = 1_500, *, end: bool = True) -> None:
        """As the bar does it: sound well ahead of the ear, each word with the moment it is said at."""
        self.tell("bot-tts-started", id=turn)
        self.tell("bot-started-speaking", id=turn)
        sound, cut = tone(ms), 100 * RATE * 2 // 1000
        said = words.split()
        for number, word in enumerate(said):
            at = number * ms / len(said)
            self.tell("bot-tts-text", {"text": word, "written": word, "at_ms": at}, turn)
        for at in range(0, len(sound), cut):
            self.line.send(sound[at : at + cut])
        if end:
            self.tell("bot-tts-stopped", id=turn)

    def all(self, t: str) -> list[dict[str, Any]]:
        wishes = (one["data"] for one in self.said if one["type"] == "client-message")
        return [wish["d"] for wish in wishes if wish["t"] == t]


def until_loud(page: Page, loud: bool = True) -> None:
    until(page, lambda: (page.evaluate("loudest()") > 0.05) is loud, f"{loud=}")


def until(page: Page, fits: Callable[[], bool], what: str = "it") -> None:
    """The policy of the page forbids to wait inside of it."""
    for _ in range(200):
        if fits():
            return
        page.wait_for_timeout(40)
    raise AssertionError(f"{what} never came true")
