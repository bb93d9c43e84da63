"""A vendor of voices that the bar has never heard of, and the adapter that somebody might write for it: the
steps of “How to add a provider”, and nothing else. A phrase sounds as long as it has letters."""

from __future__ import annotations

import asyncio
import json
import threading
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from django.conf import settings

from bartender.speech.tts.base import (
    AudioChunk,
    SpeechEvent,
    SpeechUsage,
    TTSEngine,
    TTSProviderSpec,
    WordStart,
)
from bartender.speech.tts.text_stream import TextStream
from maya_site.core.errors import ProviderDown, ProviderRejected
from maya_site.core.providers import OwnKeySupport

NAME = "tone"
KEY, GUEST_KEY = "tone-key-of-the-venue", "tone-key-of-ada"
BYTES_PER_LETTER = 480  # ten milliseconds
TIMEOUT_SECONDS = 3.0


class ScriptedTone:
    """The vendor, on loopback: it knows two keys, says that it is well, and makes sound of text."""

    def __init__(self) -> None:
        self.spoken: list[tuple[str, str]] = []  # key, text
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                key = self.headers.get("X-Key", "")
                text = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"]
                known = key in (KEY, GUEST_KEY)
                if known and text:
                    vendor.spoken.append((key, text))
                self.send_response(200 if known else 401)
                self.end_headers()
                self.wfile.write(b"\x00\x10" * (BYTES_PER_LETTER // 2 * len(text)) if known else b"")

            def log_message(self, format: str, *values: Any) -> None:
                """Tells nobody."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> ScriptedTone:
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _setting(name: str) -> str:
    """A test makes them: maya_site/settings.py has never heard of this vendor."""
    return str(getattr(settings, name))


def _say(key: str, text: str) -> bytes:
    body, headers = json.dumps({"text": text}).encode(), {"X-Key": key}
    request = urllib.request.Request(_setting("TONE_URL"), body, headers)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as refused:
        refused.close()
        raise ProviderRejected(NAME, f"answers with {refused.code}", "auth") from None
    except OSError:
        raise ProviderDown(NAME, "does not answer") from None


class ToneTTS:
    name = NAME
    display_name = "Tone"
    is_cooling_down = False

    def __init__(self, key: str, *, own_key: bool = False) -> None:
        self._key, self._own_key = key, own_key

    async def warm_up(self) -> None:
        """Nothing takes time."""

    async def synthesize(self, script: TextStream) -> AsyncIterator[SpeechEvent]:
        milliseconds = 0.0
        async for phrase in script.iter_phrases():
            pcm = await asyncio.to_thread(_say, self._key, phrase.text)
            yield SpeechUsage(NAME, len(phrase.text), self._own_key)
            yield WordStart(phrase.first_word, milliseconds)
            yield AudioChunk(pcm)
            milliseconds += len(pcm) / 48

    def retire(self) -> None:
        """It holds nothing."""

    async def close(self) -> None:
        """It holds nothing."""


def _build() -> TTSEngine:
    return ToneTTS(_setting("TONE_KEY"))


def _build_with_own_key(key: str) -> TTSEngine:
    return ToneTTS(key, own_key=True)


def _probe() -> str:
    _say(_setting("TONE_KEY"), "")
    return "Tone, a sine"


def _check_own_key(key: str, timeout_seconds: float) -> str:
    try:
        _say(key, "")
    except (ProviderDown, ProviderRejected) as error:
        return error.kind
    return ""


SPEC = TTSProviderSpec(
    name=NAME,
    display_name="Tone",
    build=_build,
    settings=("TONE_KEY", "TONE_URL"),
    enabled_by=("TONE_KEY",),
    url_settings=("TONE_URL",),
    probe=_probe,
    prices=Path(__file__).with_name("tone_prices.yaml"),
    own_key=OwnKeySupport(check=_check_own_key, build=_build_with_own_key),
)
