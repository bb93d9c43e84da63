"""A bar with Gemini and a model of its own: the own one answers where Gemini fails, and once the budgets are
used up, since it costs nothing."""

from dataclasses import replace

import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from bartender import brains
from bartender.brains.gemini import registration as gemini_registration
from bartender.brains.gemini.brain import GeminiProvider
from bartender.brains.gemini.clients import ClientPool as GeminiClients
from bartender.brains.gemini.config import GeminiCredentials
from bartender.brains.openai_compatible import registration as local_registration
from bartender.brains.openai_compatible.brain import OpenAICompatibleProvider
from bartender.brains.openai_compatible.clients import ClientPool as LocalClients
from bartender.brains.openai_compatible.config import ServerAddress
from bartender.conversation.events import TurnStarted
from bartender.conversation.turn import collect_events, take_turn
from bartender.costs import prices
from bartender.models.menu import Venue
from bartender.models.visits import Turn, Visit
from bartender.provider_status.badges import provider_badges
from maya_site.core.money import MICROCENTS_PER_CENT
from tests.bartender.local_model.conftest import LONG_DEADLINES
from tests.vendors.gemini import KEY, FunctionCall, ScriptedGemini, faults
from tests.vendors.openai_compatible import MODEL, Call, ScriptedChatServer
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def gemini_server():
    with ScriptedGemini() as server:
        yield server


@pytest.fixture(scope="module")
def local_server():
    with ScriptedChatServer() as server:
        yield server


@pytest.fixture(scope="module")
def clients():
    return GeminiClients(LONG_DEADLINES.connect_seconds), LocalClients(LONG_DEADLINES.connect_seconds)


class Bar:
    def __init__(self, gemini, local, clients):
        self.gemini, self.local = gemini, local
        self.cloud = GeminiProvider(
            credentials=GeminiCredentials(KEY, base_url=gemini.address),
            models=("gemini-3.8-flash",),
            timeouts=replace(LONG_DEADLINES, max_retries=0),
            client_pool=clients[0],
        )
        self.own = OpenAICompatibleProvider(
            address=ServerAddress(local.address),
            models=(MODEL,),
            timeouts=LONG_DEADLINES,
            client_pool=clients[1],
        )
        self.turns = 0

    def events(self, visit, said):
        self.turns += 1
        brain = brains.get_brain(visit)
        return async_to_sync(collect_events)(take_turn(visit, said, f"turn {self.turns}", brain))

    def say(self, visit, said):
        return self.events(visit, said)[-1]


@pytest.fixture
def both(menu, gemini_server, local_server, clients, monkeypatch, settings):
    gemini_server.forget()
    local_server.forget()
    settings.GEMINI_API_KEY, settings.GEMINI_BASE_URL = KEY, gemini_server.address
    settings.LLM_BASE_URL, settings.LLM_MODEL = local_server.address, MODEL
    bar = Bar(gemini_server, local_server, clients)
    monkeypatch.setattr(gemini_registration, "gemini", lambda: bar.cloud)
    monkeypatch.setattr(local_registration, "local_model", lambda: bar.own)
    return bar


@pytest.fixture
def own_alone(both, settings):
    settings.GEMINI_API_KEY = ""
    return both


def spend_all():
    Venue.objects.update(visit_budget_cents=1)
    Visit.objects.update(spent_microcents=MICROCENTS_PER_CENT)


def badge(visit):
    visit.refresh_from_db()
    return provider_badges(visit)[0].says


def test_gemini_answers_as_long_as_it_does(both, ada):
    assert both.say(ada, "Hello").brain_name == "gemini"
    assert both.local.turns == []


def test_where_gemini_fails_the_bars_own_model_answers_under_its_own_name(both, ada):
    both.gemini.always(faults.broken())
    both.local.play([Call("add_to_order", {"item": "IPA"})], ["[happy] One IPA, $6.00."])

    ended = both.say(ada, "An IPA, please")

    assert (ended.brain_name, ended.reply, ended.bill.units) == ("local", "One IPA, $6.00.", 1)
    assert Turn.objects.get().brain == "local"
    assert len(both.gemini.turns) == 1, "it is not asked again in this turn"


def test_what_gemini_did_is_not_done_again(both, ada):
    both.gemini.play([FunctionCall("add_to_order", {"item": "IPA"})], faults.broken())
    both.local.play(["[happy] One IPA, $6.00."])

    ended = both.say(ada, "An IPA, please")

    assert (ended.brain_name, ended.bill.units) == ("local", 1)
    assert [one["output"]["facts"]["item"] for one in both.local.turns[0].results] == ["IPA"]


def test_a_gemini_that_hangs_leaves_time_for_the_bars_own(both, ada):
    both.gemini.always(faults.mute())
    both.cloud.timeouts = replace(both.cloud.timeouts, first_text_seconds=20.5, next_provider_seconds=20.0)

    assert both.say(ada, "Hello").brain_name == "local"


def test_where_both_fail_the_rule_based_brain_pours(both, ada):
    both.gemini.always(faults.broken())
    both.local.always(faults.broken())

    ended = both.say(ada, "A martini, please")

    assert (ended.brain_name, ended.bill.units) == ("house", 1)


def test_a_gemini_that_keeps_failing_is_not_asked_first_any_more(both, ada):
    both.gemini.always(faults.broken())
    for _ in range(5):
        both.say(ada, "Hello")
    asked = len(both.gemini.turns)

    assert both.say(ada, "Hello").brain_name == "local"
    assert len(both.gemini.turns) == asked
    assert badge(ada) == "Local model · Gemini is not answering right now"
    assert Client().get("/healthz").json()["checks"]["brain"] == "degraded"


def test_what_gemini_refuses_to_talk_about_is_not_put_to_another(both, ada):
    both.gemini.always(faults.blocked())

    assert both.say(ada, "Something vile").brain_name == "house"
    assert both.local.turns == []


def test_once_the_budget_is_used_up_the_free_model_goes_on_and_says_so(both, ada):
    both.say(ada, "Hello")
    spend_all()

    events = both.events(ada, "Tell me a story")

    assert events[-1].brain_name == "local"
    assert len(both.gemini.turns) == 1
    (notice,) = [one.notice for one in events if isinstance(one, TurnStarted)]
    assert notice.startswith("The budget for my first language model is used up, so the bar’s own goes on.")
    assert badge(ada) == "Local model"


def test_a_voice_that_used_up_the_budget_does_not_switch_a_free_model_off(own_alone, ada, settings):
    settings.CARTESIA_API_KEY = "a key of the bar"
    spend_all()

    events = own_alone.events(ada, "Tell me a story")

    assert events[-1].brain_name == "local"
    assert [one.notice for one in events if isinstance(one, TurnStarted)] == [""]
    assert "one short sentence" not in own_alone.local.turns[0].notes
    ada.refresh_from_db()
    assert ada.budget_level == "house", "the voice is still chosen by the budget"
    assert badge(ada) == "Local model"


def test_a_local_model_that_has_a_price_is_held_to_the_budget(own_alone, ada, monkeypatch):
    row = f'models:\n  local/{MODEL}:\n    - {{from: 2026-01-01, input: "0.10", output: "0.40"}}\n'
    listed = {**prices.price_table()["models"], **prices.parse_prices(row)["models"]}
    monkeypatch.setattr(prices, "price_table", lambda: {"models": listed, "voices": {}})
    spend_all()

    assert own_alone.say(ada, "Hello").brain_name == "house"
    assert own_alone.local.turns == []


def test_both_are_warmed_up_at_the_start(both):
    brains.warm_up()

    wait_until(lambda: both.local.asked)
