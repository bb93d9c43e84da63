"""Who is answering: a model that keeps failing is left alone, asked behind the scenes, and comes back."""

import time

import pytest
from django.core.management import CommandError, call_command

from bartender import brains
from bartender.brains.breaker import Breaker
from bartender.brains.gemini.clients import Access
from bartender.honest import honest_words
from bartender.records.menu import Venue
from bartender.records.visits import Turn, Visit
from maya_site.lib.money import MICROCENTS
from maya_site.parts import parts
from tests.vendors.gemini import KEY, faults
from tests.waiting import until

FIRST, SECOND = "gemini-3.8-flash", "gemini-3.5-flash-lite"


def only(model, fault):
    """One model is down, for turns and for probes; the other is well."""
    return lambda asked: fault if asked.model == model else None


@pytest.fixture
def house(bar, monkeypatch):
    """The bar as its settings make it."""
    monkeypatch.setattr(brains, "gemini", lambda: bar.house)
    monkeypatch.setattr("bartender.brains.status.gemini", lambda: bar.house)
    monkeypatch.setattr("bartender.costs.budgets.configured", lambda: "gemini")
    for breaker in bar.house.breakers.values():
        breaker.rest = 3600.0
    return bar.house


def state():
    part = next(part for part in parts() if part.name == "brain")
    return part.state, honest_words(Visit())[0].says


def test_the_page_and_monitors_say_that_gemini_answers(house):
    assert state() == ("ok", "Gemini")


def test_without_a_key_the_house_brain_answers_and_says_so(house):
    house.access = Access()

    assert state() == ("ok", "House brain · no language model key")


def test_the_second_model_answers_while_the_first_is_away(bar, gemini, house):
    gemini.always(only(FIRST, faults.bad_key()))

    told = [bar.say("Hello") for _ in range(6)]

    assert {one.brain for one in told} == {"gemini"}
    assert Turn.objects.latest("id").uses[0]["model"] == SECOND
    assert [one.model for one in gemini.turns].count(FIRST) == 5
    assert state() == ("degraded", "Gemini · its second model for now")


def test_with_both_away_the_house_brain_answers_and_nobody_is_asked(bar, gemini, house):
    gemini.always(faults.bad_key())
    for _ in range(5):
        bar.say("Hello")
    asked = len(gemini.turns)

    told = bar.say("A martini, please")

    assert (told.brain, told.bill.units) == ("house", 1)
    assert len(gemini.turns) == asked
    assert state() == ("degraded", "House brain · Gemini does not answer just now")


def test_a_model_comes_back_by_a_probe_and_not_by_a_guest(bar, gemini, house):
    gemini.always(faults.broken())
    for _ in range(3):
        bar.say("Hello")
    assert not house.breakers[FIRST].closed

    for breaker in house.breakers.values():
        breaker.rest = 0.0
    gemini.forget()
    until(lambda: house.breakers[FIRST].closed)

    assert {one.method for one in gemini.asked} == {"GET"}
    assert bar.say("Hello").brain == "gemini"


def test_a_probe_that_fails_leaves_it_alone_for_longer():
    asked = []

    def probe():
        asked.append(1)
        return False

    breaker = Breaker("model", probe, failures=2, rest=0.0)
    breaker.failed()
    breaker.failed()

    until(lambda: not breaker.closed and len(asked) >= 2)

    assert not breaker.closed


def test_failures_that_lie_far_apart_or_are_none_of_its_own_close_nothing(bar, gemini, house):
    gemini.always(faults.blocked())
    for _ in range(6):
        bar.say("Hello")
    late = Breaker("model", probe=lambda: True, failures=2, within=0.0)
    late.failed()
    time.sleep(0.001)
    late.failed()

    assert house.breakers[FIRST].closed
    assert late.closed


def test_a_budget_that_runs_out_leaves_the_cheap_model_and_then_the_house_brain(bar, gemini, house):
    Venue.objects.update(visit_budget_cents=1)
    Visit.objects.update(spent_microcents=MICROCENTS * 8 // 10)
    bar.say("Hello")
    assert gemini.turns[0].model == SECOND
    assert "one short sentence" in gemini.turns[0].system

    Visit.objects.update(spent_microcents=MICROCENTS)
    told = bar.say("A martini, please")

    assert (told.brain, told.bill.units) == ("house", 1)
    assert len(gemini.turns) == 1


def test_a_deadline_that_a_busy_house_noticed_late_is_not_held_against_the_model(bar, gemini, house):
    gemini.always(faults.never())
    bar.hurry(first=0.2, least=0.0, late=-10.0)

    assert {bar.say("Hello").brain for _ in range(6)} == {"house"}
    assert house.breakers[FIRST].closed


def test_check_services_asks_over_the_network(bar, gemini, house, capsys):
    call_command("check_services")
    assert "Gemini, gemini-3.8-flash" in capsys.readouterr().out

    gemini.always(faults.bad_key())
    with pytest.raises(CommandError, match="does not answer: brain"):
        call_command("check_services")
    assert "the key is refused" in capsys.readouterr().out


def test_an_unknown_model_and_a_silent_address_are_named(bar, gemini, house):
    assert bar.at(gemini.address, models=("gemini-none",)).trouble("gemini-none") == "model"
    assert bar.at(gemini.address, key="wrong").trouble(FIRST) == "auth"
    gemini.always(faults.mute())
    bar.hurry(probe=0.3)
    assert house.trouble(FIRST) == "timeout"


def test_chat_says_what_is_missing_without_a_key(menu):
    with pytest.raises(CommandError, match="set GEMINI_API_KEY"):
        call_command("chat", brain="gemini", json=True)


def test_a_visit_thinks_with_what_the_settings_name_unless_another_is_asked_for(house, ada):
    assert brains.get_brain(ada).name == "gemini"
    assert brains.get_brain(ada, "house").name == "house"


def test_the_key_is_in_no_repr(house):
    assert KEY not in repr(house)
