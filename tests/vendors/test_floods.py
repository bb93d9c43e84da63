"""Every vendor may break and send without end: no kit of theirs reads on, and each is told as broken."""

import asyncio
import json
import threading
import tracemalloc
import zlib
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.utils import timezone
from websockets.sync.server import serve

from bartender.speech.stt.base import MicrophoneStream
from bartender.speech.stt.cartesia import CartesiaSTT
from bartender.speech.tts.cartesia import engine, probe
from bartender.speech.tts.cartesia.context import SynthesisOptions
from bartender.speech.tts.cartesia.engine import CartesiaTTS
from bartender.speech.tts.text_stream import Phrase, TextStream
from maya_site.core.errors import ProviderDown, ProviderError, ProviderUnclear
from maya_site.core.response_limits import CHUNK_BYTES, ResponseLimits, ResponseMeter, ResponseTooLarge
from payments.providers.base import PaymentLinkRequest
from payments.providers.stripe.api import StripeProvider, http_client_for, stripe_client_for
from payments.providers.stripe.mcp import StripeMCPProvider
from rag.providers.gemini.embedder import GeminiEmbedder
from tests.vendors.flood import MB, flood

pytestmark = pytest.mark.any_database

WORD = b"x" * (64 << 10)
KEY = "sk_test_flood"


@pytest.fixture(autouse=True)
def stripes(settings):
    settings.STRIPE_SECRET_KEY = KEY
    settings.TILL_READ_SECONDS = 5.0
    yield
    stripe_client_for.cache_clear()
    http_client_for.cache_clear()


def ask():
    return PaymentLinkRequest(
        payment_code="p1",
        tab_code="t1",
        amount_cents=1100,
        tip_cents=0,
        currency="USD",
        idempotency_key="k1",
        success_url="http://127.0.0.1/",
        cancel_url="http://127.0.0.1/",
        created_at=timezone.now(),
        expires_at=timezone.now() + timedelta(hours=1),
    )


@contextmanager
def little_memory(most=40 * MB):
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < most
    finally:
        tracemalloc.stop()


def test_stripe_is_read_no_further(settings):
    with flood(WORD) as server, little_memory():
        settings.STRIPE_API_BASE = server.address
        with pytest.raises(ProviderDown):
            StripeProvider().fetch_status("cs_1")
        with pytest.raises(ProviderUnclear):  # it may have made the link: nobody could read the answer
            StripeProvider().create_link(ask())
    assert server.sent < 79 * MB * 2


def test_stripe_is_not_unfolded(settings):
    bomb = zlib.compress(b"x" * (60 * MB))
    with flood(bomb, len(bomb), content_encoding="deflate") as server, little_memory(60 * MB + 1):
        settings.STRIPE_API_BASE = server.address
        with pytest.raises(ProviderDown):
            StripeProvider().fetch_status("cs_1")


@pytest.mark.parametrize("kind", ["application/json", "text/event-stream"])
def test_the_mcp_server_is_read_no_further(settings, kind):
    piece = WORD if kind == "application/json" else b"data: " + WORD
    with flood(piece, kind=kind) as server, little_memory():
        settings.STRIPE_MCP_URL = f"{server.address}/mcp"
        with pytest.raises(ProviderError):
            StripeMCPProvider().fetch_status("plink_1")


def test_embeddings_are_read_no_further(settings):
    with flood(WORD) as server, little_memory(60 * MB):
        settings.GEMINI_API_KEY, settings.GEMINI_BASE_URL = KEY, server.address
        with pytest.raises(ProviderDown):
            GeminiEmbedder(max_attempts=1).embed_queries(["a dog"])


def test_embeddings_that_make_no_sense_are_told_as_broken(settings):
    with flood(b'{"embeddings": [{"values": "dog"}]}', 1) as server:
        settings.GEMINI_API_KEY, settings.GEMINI_BASE_URL = KEY, server.address
        with pytest.raises(ProviderError):
            GeminiEmbedder(max_attempts=1).embed_queries(["a dog"])


def test_a_look_at_cartesia_is_read_no_further():
    with flood(WORD) as server, little_memory():
        assert probe.probe_voice("key", "voice", server.address) == "does not answer"


# --- on the line --------------------------------------------------------------------------------------


@contextmanager
def on_the_line(say):
    """A WebSocket server; `say` is what it does with each connection."""
    server = serve(say, "127.0.0.1", 0, max_size=None)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.socket.getsockname()[1]}"
    finally:
        server.shutdown()
        thread.join()


def context_of(line):
    return json.loads(line.recv())["context_id"]


def giant(line):
    line.send(json.dumps({"type": "chunk", "context_id": context_of(line), "data": "A" * (30 * MB)}))


def deep(line):
    line.send('{"context_id": ' + "[" * 100_000 + "]" * 100_000 + "}")
    line.recv()


def listed(line):
    line.send(json.dumps({"type": "chunk", "context_id": [context_of(line)], "data": ""}))
    line.recv()


def without_end(line):
    id = context_of(line)
    for _ in range(2_000):
        line.send(json.dumps({"type": "other", "context_id": id, "data": "A" * (64 << 10)}))


@pytest.mark.parametrize("say", [giant, deep, listed, without_end])
async def test_cartesias_voice_is_heard_no_further(monkeypatch, say):
    monkeypatch.setattr(engine, "RETRY_DELAY_SECONDS", 0.0)

    def talks(line):
        try:
            say(line)
            line.recv()
        except Exception:  # noqa: BLE001  whoever has had enough hangs up
            return

    with on_the_line(talks) as address, little_memory(200 * MB):
        maya = CartesiaTTS("key", SynthesisOptions("sonic", "voice", 1.0, 1.0), address)
        script = TextStream()
        script.add(Phrase(0, ("Good", "evening.")))
        script.close()
        with pytest.raises(ProviderError):
            async with asyncio.timeout(30):
                _ = [heard async for heard in maya.synthesize(script)]
        await maya.close()


async def test_cartesias_ears_are_listened_to_no_further():
    def hears(line):
        try:
            line.send(json.dumps({"type": "connected", "request_id": "r"}))
            line.send(json.dumps({"type": "turn.start", "request_id": "r", "transcript": "x" * MB}))
            line.recv()
        except Exception:  # noqa: BLE001  whoever has had enough hangs up
            return

    with on_the_line(hears) as address:
        ears = CartesiaSTT("key", "ink", address, reconnect_delays_seconds=())
        with pytest.raises(ProviderDown):
            async with asyncio.timeout(30):
                _ = [told async for told in ears.transcribe_stream(MicrophoneStream(), [])]


# --- the counter --------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", [b"\n\n", b"\r\n\r\n", b"\r\r"])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1_000, CHUNK_BYTES, CHUNK_BYTES * 3])
def test_an_event_ends_at_an_empty_line_wherever_the_stream_is_cut(end, size):
    whole = (b"data: " + b"x" * 900 + end) * 100
    meter = ResponseMeter(ResponseLimits(max_body_bytes=len(whole), max_event_bytes=2_000))
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]

    assert b"".join(part for piece in pieces for part in meter.split_chunks(piece)) == whole


@pytest.mark.parametrize(
    "bounds",
    [
        ResponseLimits(max_body_bytes=50_000),
        ResponseLimits(max_body_bytes=1 << 30, max_event_bytes=50_000),
        ResponseLimits(max_body_bytes=1 << 30, max_event_bytes=1 << 30, max_event_containers=9),
    ],
)
@pytest.mark.parametrize("size", [1, 1_000, 1 << 20])
def test_what_passes_a_bound_is_read_no_further(bounds, size):
    whole = b"[x" * 100_000
    meter = ResponseMeter(bounds)

    with pytest.raises(ResponseTooLarge):
        _ = [part for at in range(0, len(whole), size) for part in meter.split_chunks(whole[at : at + size])]
