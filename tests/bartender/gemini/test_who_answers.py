"""Who is answering: a model that keeps failing is left alone, asked behind the scenes, and comes back."""

import time

import pytest
from django.core.management import CommandError, call_command

from bartender import brains
from bartender.brains.circuit_breaker import CircuitBreaker
from bartender.brains.gemini import registration
from bartender.models.menu import Venue
from bartender.models.visits import Turn, Visit
from bartender.provider_status.badges import provider_badges
from maya_site.core.money import MICROCENTS_PER_CENT
from maya_site.ops.components import check_components
from tests.vendors.gemini import KEY, faults
from tests.waiting import wait_until

FIRST, SECOND = "gemini-3.8-flash", "gemini-3.5-flash-lite"


def only(model, fault):
    """One model is down, for turns and for probes; the other is well."""
    return lambda asked: fault if asked.model == model else None


@pytest.fixture
def venue_model(bar, monkeypatch, settings):
    """The bar as its settings make it."""
    settings.GEMINI_API_KEY = KEY
    monkeypatch.setattr(registration, "gemini", lambda: bar.venue_model)
    for breaker in bar.venue_model.circuit_breakers.values():
        breaker.cooldown_seconds = 3600.0
    return bar.venue_model


def state():
    part = next(part for part in check_components() if part.name == "brain")
    return part.state, provider_badges(Visit())[0].says


def test_the_page_and_monitors_say_that_gemini_answers(venue_model):
    assert state() == ("ok", "Gemini")


def test_without_a_key_the_house_brain_answers_and_says_so(venue_model, settings):
    settings.GEMINI_API_KEY = ""

    assert state() == ("ok", "Built-in answers · no language model key")


def test_the_second_model_answers_while_the_first_is_away(bar, gemini, venue_model):
    gemini.always(only(FIRST, faults.bad_key()))

    told = [bar.say("Hello") for _ in range(6)]

    assert {one.brain_name for one in told} == {"gemini"}
    assert Turn.objects.latest("id").token_usage[0]["model"] == SECOND
    assert [one.model for one in gemini.turns].count(FIRST) == 5
    assert state() == ("degraded", "Gemini · its second model for now")


def test_with_both_away_the_house_brain_answers_and_nobody_is_asked(bar, gemini, venue_model):
    gemini.always(faults.bad_key())
    for _ in range(5):
        bar.say("Hello")
    asked = len(gemini.turns)

    told = bar.say("A martini, please")

    assert (told.brain_name, told.bill.units) == ("house", 1)
    assert len(gemini.turns) == asked
    assert state() == ("degraded", "Built-in answers · Gemini is not answering right now")


def test_a_model_comes_back_by_a_probe_and_not_by_a_guest(bar, gemini, venue_model):
    gemini.always(faults.broken())
    for _ in range(3):
        bar.say("Hello")
    assert not venue_model.circuit_breakers[FIRST].is_closed

    for breaker in venue_model.circuit_breakers.values():
        breaker.cooldown_seconds = 0.0
    gemini.forget()
    wait_until(lambda: venue_model.circuit_breakers[FIRST].is_closed)

    assert {one.method for one in gemini.asked} == {"GET"}
    assert bar.say("Hello").brain_name == "gemini"


def test_a_probe_that_fails_leaves_it_alone_for_longer():
    asked = []

    def probe():
        asked.append(1)
        return False

    breaker = CircuitBreaker("model", probe, failure_threshold=2, cooldown_seconds=0.0)
    breaker.record_failure()
    breaker.record_failure()

    wait_until(lambda: not breaker.is_closed and len(asked) >= 2)

    assert not breaker.is_closed


def test_failures_that_lie_far_apart_or_are_none_of_its_own_close_nothing(bar, gemini, venue_model):
    gemini.always(faults.blocked())
    for _ in range(6):
        bar.say("Hello")
    late = CircuitBreaker("model", probe=lambda: True, failure_threshold=2, window_seconds=0.0)
    late.record_failure()
    time.sleep(0.001)
    late.record_failure()

    assert venue_model.circuit_breakers[FIRST].is_closed
    assert late.is_closed


def test_a_budget_that_runs_out_leaves_the_cheap_model_and_then_the_house_brain(bar, gemini, venue_model):
    Venue.objects.update(visit_budget_cents=1)
    Visit.objects.update(spent_microcents=MICROCENTS_PER_CENT * 8 // 10)
    bar.say("Hello")
    assert gemini.turns[0].model == SECOND
    assert "one short sentence" in gemini.turns[0].notes

    Visit.objects.update(spent_microcents=MICROCENTS_PER_CENT)
    told = bar.say("A martini, please")

    assert (told.brain_name, told.bill.units) == ("house", 1)
    assert len(gemini.turns) == 1


def test_a_deadline_that_a_busy_house_noticed_late_is_not_held_against_the_model(bar, gemini, venue_model):
    gemini.always(faults.never())
    bar.hurry(first_text_seconds=0.2, min_attempt_seconds=0.0, late_tolerance_seconds=-10.0)

    assert {bar.say("Hello").brain_name for _ in range(6)} == {"house"}
    assert venue_model.circuit_breakers[FIRST].is_closed


@pytest.mark.usefixtures("jobs_in_the_server")
def test_check_services_asks_over_the_network(bar, gemini, venue_model, capsys):
    call_command("check_services")
    assert "Gemini, gemini-3.8-flash" in capsys.readouterr().out

    gemini.always(faults.bad_key())
    with pytest.raises(CommandError, match="does not answer: brain"):
        call_command("check_services")
    assert "the key is refused" in capsys.readouterr().out


def test_an_unknown_model_and_a_silent_address_are_named(bar, gemini, venue_model):
    assert bar.at(gemini.address, models=("gemini-none",)).probe_failure("gemini-none") == "model"
    assert bar.at(gemini.address, key="wrong").probe_failure(FIRST) == "auth"
    gemini.always(faults.mute())
    bar.hurry(probe_seconds=0.3)
    assert venue_model.probe_failure(FIRST) == "timeout"


def test_chat_says_what_is_missing_without_a_key(menu):
    with pytest.raises(CommandError, match="set GEMINI_API_KEY"):
        call_command("chat", brain="gemini", json=True)


def test_a_visit_thinks_with_what_the_settings_name_unless_another_is_asked_for(venue_model, ada):
    assert brains.get_brain(ada).name == "gemini"
    assert brains.get_brain(ada, "house").name == "house"


def test_the_key_is_in_no_repr(venue_model):
    assert KEY not in repr(venue_model)
