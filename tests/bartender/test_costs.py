"""A turn's cost is written down in whole numbers; a budget makes Maya brief before it makes her simple."""

from datetime import date, timedelta
from functools import partial

import pytest
import time_machine
from asgiref.sync import async_to_sync
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from bartender.brains.base import TextChunk
from bartender.brains.scripted import ScriptedBrain
from bartender.brains.status import LLMStatus
from bartender.conversation.events import TurnEnded, TurnStarted
from bartender.conversation.turn import collect_events, take_turn
from bartender.costs import budgets, prices
from bartender.dialogue.types import TokenUsage, ToolCall
from bartender.models.menu import Venue
from bartender.models.visits import Turn, Visit
from bartender.services.visits import open_visit
from maya_site.core.money import format_cost
from maya_site.ops.checks import check_settings
from tests.bartender.admin_forms import form_data
from tests.bartender.page_fixtures import guest_for_visit, visible_text
from tests.bartender.staff_fixtures import sam_client, tess_client
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context
from tests.html_text import compact_html
from tests.payments.concurrency import run_concurrently

FLASH = "gemini-3.8-flash"
TODAY = date(2026, 11, 25)
A_CENT = TokenUsage(FLASH, input=13_334)  # and a hair
DOLLAR = 100 * 1_000_000


@pytest.fixture
def costs(settings):
    """A house with something that costs money."""
    settings.CARTESIA_API_KEY = "a key of the house"


def dollars_counted(part):
    return REGISTRY.get_sample_value("maya_cost_dollars_total", {"part": part}) or 0.0


def turn(visit, *pieces, said="Good evening"):
    brain = ScriptedBrain([*pieces, "Good evening."])
    events = async_to_sync(collect_events)(take_turn(visit, said, make_context().key, brain))
    return brain, events


def ended(events):
    return next(event for event in events if isinstance(event, TurnEnded))


def notice(events):
    return next(event.notice for event in events if isinstance(event, TurnStarted))


def budget_level(visit):
    return turn(visit)[0].received[0][0].budget_level


def spend(visit, cents):
    turn(visit, *[A_CENT] * cents)


# --- prices ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "used, dollars",
    [
        (TokenUsage(FLASH, input=1_000_000), 0.75),
        (TokenUsage(FLASH, output=1_000_000), 3.75),
        (TokenUsage(FLASH, thoughts=1_000_000), 3.75),
        (TokenUsage(FLASH, input=1_000_000, cached=1_000_000), 0.075),
        (TokenUsage(FLASH, input=1_000_000, cached=600_000), 0.345),
        (TokenUsage("gemini-3.5-flash-lite", input=1_000_000, output=1_000_000), 2.80),
        (TokenUsage("models/gemini-3.8-flash-002", input=1_000_000), 0.75),
    ],
)
def test_a_million_tokens_cost_what_the_vendor_asks(used, dollars):
    assert prices.llm_cost_microcents([used], TODAY) == round(dollars * DOLLAR)


def test_a_price_changes_on_its_day_and_not_before():
    used = [TokenUsage(FLASH, input=1_000_000)]

    assert prices.llm_cost_microcents(used, date(2026, 12, 31)) == 75_000_000
    assert prices.llm_cost_microcents(used, date(2027, 1, 1)) == 150_000_000
    assert prices.llm_cost_microcents(used, date(2020, 1, 1)) == 75_000_000


def test_a_model_that_nobody_priced_costs_what_the_dearest_does():
    assert prices.price_of_model("gemini-9-ultra", TODAY) == prices.price_of_model(FLASH, TODAY)


def test_a_model_without_a_price_is_told_to_who_starts_the_house(settings):
    settings.GEMINI_MODEL_VERSION = "gemini-9-ultra"

    assert "maya_site.W004" in {found.id for found in check_settings()}


def test_the_models_that_the_house_is_set_to_have_prices(settings):
    assert prices.is_priced_model(settings.GEMINI_MODEL_VERSION)
    assert prices.is_priced_model(settings.GEMINI_FALLBACK_MODEL)


def test_speech_costs_by_the_character_and_the_local_voice_nothing():
    assert prices.speech_cost_microcents("cartesia", 1_000_000, TODAY) == 50 * DOLLAR
    assert prices.speech_cost_microcents("espeak", 1_000_000, TODAY) == 0


tokens = st.integers(0, 2_000_000)


@given(used=st.lists(st.builds(TokenUsage, st.just(FLASH), tokens, tokens, tokens, tokens), max_size=4))
def test_a_cost_is_a_whole_number_never_negative_and_the_sum_of_its_parts(used):
    cost = prices.llm_cost_microcents(used, TODAY)

    assert isinstance(cost, int)
    assert cost == sum(prices.llm_cost_microcents([one], TODAY) for one in used) >= 0


def test_less_than_a_cent_is_shown_as_such():
    assert [format_cost(one) for one in (0, 4_999, 5_000, 1_234_000, DOLLAR)] == [
        "$0.0000",
        "$0.0000",
        "$0.0001",
        "$0.0123",
        "$1.0000",
    ]


# --- what was spent ----------------------------------------------------------------------------------


def test_a_turn_and_its_visit_remember_what_they_cost(ada, costs):
    before = dollars_counted("thinking")
    turn(ada, TokenUsage(FLASH, 1_000, 50, 400, 20), TokenUsage("gemini-3.5-flash-lite", 100, 10))
    turn(ada, TokenUsage(FLASH, 1_000))

    first, second = ada.turns.all()
    assert (first.cost_microcents, second.cost_microcents) == (74_250 + 5_500, 75_000)
    ada.refresh_from_db()
    assert ada.spent_microcents == first.cost_microcents + second.cost_microcents
    assert dollars_counted("thinking") - before == pytest.approx(ada.spent_microcents / DOLLAR)


def test_a_turn_of_the_house_brain_costs_nothing(ada):
    turn(ada)

    assert ada.turns.get().cost_microcents == 0


def test_what_was_said_aloud_is_added_after_the_turn(ada, costs):
    turn(ada)
    said = ada.turns.get()
    budgets.record_speech_cost(said, "cartesia", 200)
    budgets.record_speech_cost(said, "espeak", 200)

    said.refresh_from_db()
    ada.refresh_from_db()
    assert (said.tts_characters, said.cost_microcents) == (200, 1_000_000)
    assert ada.spent_microcents == 1_000_000


@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_when_many_replies_end_at_once(ada):
    one = Turn.objects.create(visit=ada, client_id="one")

    run_concurrently(*[partial(budgets.record_speech_cost, one, "cartesia", 10) for _ in range(8)])

    one.refresh_from_db()
    ada.refresh_from_db()
    assert (one.tts_characters, one.cost_microcents, ada.spent_microcents) == (80, 400_000, 400_000)


def test_counting_costs_a_turn_one_query_more_and_a_free_house_none(ada, settings):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as asked:
            turn(ada)
        return len(asked)

    queries()
    free = queries()
    settings.CARTESIA_API_KEY = "a key of the house"

    assert queries() == free + 1


# --- the budget --------------------------------------------------------------------------------------


def test_a_visit_steps_down_and_still_orders(ada, costs):
    Venue.objects.update(visit_budget_cents=10)
    assert budget_level(ada) == "full"

    spend(ada, 7)
    brain, events = turn(ada)
    assert brain.received[0][0].budget_level == "shorter"
    assert "brief" in notice(events)
    assert notice(turn(ada)[1]) == ""  # said once

    spend(ada, 3)
    brain, events = turn(ada, ToolCall("add_to_order", {"item": "Martini"}), said="A martini")
    assert brain.received[0][0].budget_level == "house"
    assert "order, tip and pay as before" in notice(events)
    assert ended(events).bill.total_cents == 13_00


def test_a_brief_turn_is_shown_less_of_the_past(ada, costs):
    for _ in range(6):
        turn(ada)
    assert len(turn(ada)[0].received[0][0].history) == 12

    spend(ada, 40)

    assert len(turn(ada)[0].received[0][0].history) == 2 * budgets.SHORTER_HISTORY_TURNS


def test_the_budget_of_the_day_is_everybodys_and_is_new_on_the_next(ada, ben, costs):
    Venue.objects.update(day_budget_cents=10)
    spend(ada, 10)

    assert budget_level(ben) == "house"
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
        assert budget_level(ben) == "full"


def test_a_budget_of_nothing_is_nothing_and_a_free_house_has_no_budget(ada, settings):
    Venue.objects.update(visit_budget_cents=0)
    assert budget_level(ada) == "full"

    settings.CARTESIA_API_KEY = "a key of the house"
    assert budget_level(ada) == "house"


@pytest.mark.django_db(transaction=True)
def test_two_turns_at_once_pass_a_budget_by_one_of_them_at_most(ada, costs):
    Venue.objects.update(visit_budget_cents=2)

    class Obeys(ScriptedBrain):
        async def reply(self, scene, rounds):
            if scene.budget_level != "house":
                yield A_CENT
            yield TextChunk("Good evening.")

    def talk():
        visit = Visit.objects.get(pk=ada.pk)
        for _ in range(6):
            async_to_sync(collect_events)(take_turn(visit, "Hello", make_context().key, Obeys()))

    run_concurrently(talk, talk)

    ada.refresh_from_db()
    assert 2_000_000 <= ada.spent_microcents < 3_001_000


def test_the_page_says_that_the_budget_is_used_up(ada, costs, monkeypatch):
    monkeypatch.setattr(
        "bartender.provider_status.badges.current_llm_status",
        lambda: LLMStatus("big", "big", "Gemini", "Gemini"),
    )
    Venue.objects.update(visit_budget_cents=10)
    assert "Gemini" in guest_for_visit(ada).open_page()

    spend(ada, 8)
    turn(ada)
    assert "Gemini · brief, to save" in guest_for_visit(ada).open_page()

    spend(ada, 2)
    turn(ada)
    assert "Built-in answers · the language model’s budget is used up" in guest_for_visit(ada).open_page()


# --- for staff ---------------------------------------------------------------------------------------


def test_staff_see_what_a_turn_a_visit_and_the_evening_cost(ada, costs):
    Venue.objects.update(visit_budget_cents=10)
    turn(ada, TokenUsage(FLASH, 100_000, 900, 0, 100))
    turn(ada)
    staff = sam_client()

    assert "100000 / 1000" in staff.get("/admin/bartender/turn/").text
    assert "$0.0788" in staff.get("/admin/bartender/turn/").text
    assert "$0.0788" in staff.get("/admin/bartender/visit/").text
    page = compact_html(staff.get(f"/admin/bartender/visit/{ada.pk}/change/").text)
    assert "100000 / 1000 tokens, $0.0788" in page
    assert "The budget allows short answers only" in page
    evening = visible_text(staff.get("/admin/").text)
    assert "Thinking and speaking $0.0788 of $20.00 for the day" in evening


def test_the_first_page_says_when_the_day_is_spent(ada, costs):
    Venue.objects.update(day_budget_cents=10)
    spend(ada, 10)

    assert "the house brain answers" in visible_text(sam_client().get("/admin/").text)


def test_a_manager_sets_the_budgets_in_dollars(menu):
    boss, place = tess_client(), "/admin/bartender/venue/1/change/"
    form = form_data(boss.get(place)) | {"visit_budget_cents": "1.25", "day_budget_cents": "0.00"}

    assert boss.post(place, form).status_code == 302
    assert (Venue.current().visit_budget_cents, Venue.current().day_budget_cents) == (125, 0)


def test_another_visit_has_a_budget_of_its_own(ada, costs):
    Venue.objects.update(visit_budget_cents=10)
    spend(ada, 10)

    assert (budget_level(ada), budget_level(open_visit())) == ("house", "full")
