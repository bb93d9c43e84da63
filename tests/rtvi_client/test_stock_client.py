"""@pipecat-ai/client-js with @pipecat-ai/websocket-transport, as published, is a guest like any other."""

import pytest
from playwright.sync_api import sync_playwright

from tests.chromium import find_chromium
from tests.live_server import run_live_server
from tests.rtvi_client.client import BROWSER, MISSING, RtviClient, installed, serve_foreign_page

pytestmark = [
    pytest.mark.any_database,
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(not installed(), reason=MISSING),
]


def test_the_stock_client_orders_hears_the_answer_and_sees_the_standard_events(tmp_path):
    with (
        serve_foreign_page(tmp_path) as foreign,
        run_live_server(tmp_path, ALLOWED_ORIGINS=foreign) as bar,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=BROWSER)
        log = RtviClient(browser.new_page(), bar, foreign).play_evening()
        browser.close()

    first, order = [at for at, (name, _said) in enumerate(log) if name == "onBotLlmStarted"][:2]
    assert stock_order(log, "onConnected", "onBotReady", "onBotLlmStarted", "onBotLlmText")
    assert "an AI" in next(said["text"] for name, said in log[first:] if name == "onBotLlmText")
    assert stock_order(
        log[order:],
        "onBotLlmStarted",
        "onLLMFunctionCallStarted",
        "onBotLlmText",
        "onBotTtsStarted",
        "onBotStartedSpeaking",
        "onBotTtsText",
        "onBotTtsStopped",
        "onBotStoppedSpeaking",
        "onDisconnected",
    )
    tab = [said for name, said in log if name == "onServerMessage" and said["kind"] == "tab"][-1]
    assert [(line["item"], line["quantity"]) for line in tab["lines"]] == [("Old Fashioned", 2), ("IPA", 1)]
    assert "Old Fashioned" in "".join(said["text"] for name, said in log if name == "onBotLlmText")
    assert not [said for name, said in log if name in ("onError", "onMessageError")]


def stock_order(log, *names):
    """Each is heard, and first heard in this order."""
    first = [next(at for at, (name, _said) in enumerate(log) if name == wanted) for wanted in names]
    return first == sorted(first)
