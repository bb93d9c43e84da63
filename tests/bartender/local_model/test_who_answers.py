"""Who is answering: the bar's own model by its own name, to guests, staff and monitors."""

import io
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils.translation import override

from bartender import brains
from bartender.brains.gemini import registration as gemini_registration
from bartender.brains.openai_compatible import registration
from bartender.costs import prices
from bartender.dialogue.types import TokenUsage
from bartender.models.visits import Visit
from bartender.provider_status.badges import provider_badges
from maya_site.ops.components import check_components
from tests.vendors.openai_compatible import MODEL, Call, HttpError, faults
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def venue_model(bar, monkeypatch, settings):
    """The bar as its settings make it."""
    settings.LLM_BASE_URL, settings.LLM_MODEL = bar.server.address, MODEL
    monkeypatch.setattr(registration, "local_model", lambda: bar.venue_model)
    bar.venue_model.circuit_breakers[MODEL].cooldown_seconds = 3600.0
    return bar.venue_model


def state():
    part = next(part for part in check_components() if part.name == "brain")
    return part.state, part.detail, provider_badges(Visit())[0].says


def test_the_page_and_monitors_name_the_local_model(venue_model):
    assert state() == ("ok", "Local model, qwen3:8b", "Local model")
    assert Client().get("/healthz").json()["checks"]["brain"] == "ok"
    with override("es"):
        assert provider_badges(Visit())[0].says == "Modelo local"


def test_a_visit_thinks_with_it_under_its_own_name(venue_model, ada):
    assert brains.get_brain(ada).name == "local"
    assert brains.get_brain(ada, "local").name == "local"
    assert "local" in brains.brain_names()


def test_chat_tells_its_name_with_each_answer(venue_model, server, monkeypatch, capsys):
    server.play([Call("add_to_order", {"item": "IPA"})], ["[happy] One IPA, $6.00."])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"An IPA, please\n")))

    call_command("chat", json=True)

    told = json.loads(capsys.readouterr().out)
    assert (told["brain"], told["reply"]) == ("local", "One IPA, $6.00.")
    assert told["order"][0]["item"] == "IPA"


def test_gemini_leads_where_both_are_set(venue_model, ada, settings):
    settings.GEMINI_API_KEY = "key"

    assert brains.get_brain(ada).name == "gemini"
    assert gemini_registration.SPEC.is_configured
    assert state()[2] == "Gemini"


def test_without_an_address_chat_says_what_is_missing(menu):
    with pytest.raises(CommandError, match="Local model is not set up: set LLM_BASE_URL"):
        call_command("chat", brain="local", json=True)


def test_a_model_that_keeps_failing_is_left_alone_and_comes_back_by_a_probe(bar, server, venue_model):
    server.always(faults.broken())
    for _ in range(2):
        bar.say("Hello")
    asked = len(server.turns)

    assert bar.say("Hello").brain_name == "house"
    assert len(server.turns) == asked
    assert state()[0] == "degraded"
    assert state()[2] == "Built-in answers · Local model is not answering right now"

    venue_model.circuit_breakers[MODEL].cooldown_seconds = 0.0
    server.forget()
    wait_until(lambda: venue_model.circuit_breakers[MODEL].is_closed)

    assert server.turns == []  # by a probe, and by no guest
    assert bar.say("Hello").brain_name == "local"


@pytest.mark.usefixtures("jobs_in_the_server")
def test_check_services_asks_over_the_network(bar, server, venue_model, capsys):
    call_command("check_services")
    assert "Local model, qwen3:8b" in capsys.readouterr().out

    server.always(faults.broken())
    with pytest.raises(CommandError, match="does not answer: brain"):
        call_command("check_services")
    assert "does not answer (upstream)" in capsys.readouterr().out


@pytest.mark.parametrize(
    "fault, kind",
    [
        (faults.unknown_model(), "model"),
        (faults.bad_key(), "auth"),
        (faults.loading(), "upstream"),
        (faults.page(), "protocol"),
        (HttpError(200, "[]"), "protocol"),
        (HttpError(200, '{"choices": '), "protocol"),
        (faults.mute(), "timeout"),
    ],
)
def test_what_is_wrong_is_named(bar, server, venue_model, fault, kind):
    server.always(fault)
    if kind == "timeout":
        bar.hurry(probe_seconds=0.3)

    assert venue_model.probe_failure(MODEL) == kind


def test_nobody_at_the_address_is_named(bar):
    assert bar.at("http://127.0.0.1:9").probe_failure(MODEL) == "network"


def test_the_model_is_asked_for_a_word_at_the_start_so_that_it_is_loaded(bar, server, venue_model):
    venue_model.warm_up()

    wait_until(lambda: server.asked)
    assert server.asked[0].body["max_tokens"] == 1


def test_it_costs_nothing_whatever_its_name_unless_a_price_is_listed(monkeypatch):
    some = TokenUsage("local/gemini-3.8-flash", 1_000_000, 1_000_000)
    day = date(2026, 12, 1)
    assert prices.llm_cost_microcents([some], day) == 0

    row = 'models:\n  local/gemini-3.8-flash:\n    - {from: 2026-12-01, input: "0.10", output: "0.40"}\n'
    listed = {**prices.price_table()["models"], **prices.parse_prices(row)["models"]}
    monkeypatch.setattr(prices, "price_table", lambda: {"models": listed, "voices": {}})

    assert prices.llm_cost_microcents([some], day) == 50_000_000  # half a dollar


@pytest.mark.slow
@pytest.mark.parametrize("address, loaded", [("", False), ("http://127.0.0.1:9", True)])
def test_the_kit_is_loaded_only_where_there_is_an_address(address, loaded):
    """And then on the thread that makes the first client, beside the start."""
    script = (
        "import django, sys; django.setup()\n"
        "from bartender import brains\n"
        "brains.brain_names(); brains.default_brain_name()\n"
        "assert 'openai' not in sys.modules\n"
        "brains.warm_up()\n"
        "import threading\n"
        "[one.join() for one in threading.enumerate() if one.name.startswith('warm')]\n"
        "print('openai' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={"DJANGO_SETTINGS_MODULE": "maya_site.settings", "ENV_FILE": "/dev/null"}
        | {"LLM_BASE_URL": address, "LLM_MODEL": "x", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == str(loaded)
