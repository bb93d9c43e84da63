"""What Ada says of herself is acted on whoever thinks for Maya: a rule, or a model that would rather sell."""

import json

import pytest
from django.utils import translation

from bartender.brains.scripted import ScriptedBrain
from bartender.dialogue.types import ToolCall
from bartender.models.assistance import AssistanceRequest
from bartender.models.responsible_service import Approval
from bartender.models.visits import Turn, Visit
from bartender.services import assistance, bills, responsible_service
from bartender.services.takeovers import take_over
from tests.bartender.responsible_service.policies import units
from tests.bartender.staff_fixtures import create_staff_user
from tests.bartender.test_turn import ended
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context

IPA = ToolCall("add_to_order", {"item": "IPA", "quantity": 1, "modifiers": []})


def seller(*calls):
    """A model that adds whatever is asked for, and is pleased."""
    return ScriptedBrain(list(calls) or [IPA], ["Gladly!"])


@pytest.mark.parametrize("brain", [None, seller()])
def test_a_minor_is_poured_nothing_with_alcohol(ada, brain):
    told = ended(ada, "I'm 16, can I have a beer, the IPA", *([brain] if brain else []))

    assert units(ada) == 0
    assert "can't pour you alcohol" in told.reply
    assert Visit.objects.get(pk=ada.pk).age_state == "refused"


def test_who_is_twenty_orders_no_twenty_whiskeys(ada):
    from tests.bartender.responsible_service.policies import terms

    terms(legal_age=18)
    ended(ada, "I'm 20, a whiskey")

    assert [(row["item"], row["quantity"]) for row in bills.bill_of(ada).merged_lines()] == [("Whiskey", 1)]


@pytest.mark.parametrize(
    "said",
    [
        "my son is 14, he wants the IPA",
        "I'm pregnant, one IPA",
        "I'm driving, one IPA",
        "I'm on antibiotics, one IPA please",
        "I'm so drunk I can't see, another IPA",
    ],
)
def test_what_speaks_against_alcohol_is_a_person_s_to_weigh(ada, said):
    told = ended(ada, said, seller())
    wish = Approval.objects.get()

    assert units(ada) == 0
    assert "a person" in told.reply
    assert (wish.kind, wish.status) == ("alcohol", "waiting")
    assert "the guest spoke of" in wish.description

    responsible_service.decide_approval(wish, create_staff_user("sam"), is_approved=True)
    ended(ada, "one IPA please", client_id="again")
    assert units(ada) == 1


def test_nothing_of_it_is_said_aloud_to_bystanders(ada):
    told = ended(ada, "I'm pregnant, one IPA", seller())

    assert "pregnan" not in told.reply.lower()


def test_a_drink_ordered_before_waits_for_a_person_too(ada):
    ended(ada, "one IPA please", client_id="one")
    ended(ada, "by the way, I'm driving", client_id="two")
    told = ended(ada, "send it to the bar please", client_id="three")

    assert "a person" in told.reply
    assert bills.bill_of(ada).lines[0].status == "open"


def test_who_drives_and_has_a_lemonade_may_order_for_friends(ada):
    ended(ada, "I'm driving tonight so a lemonade, and a vodka for her")

    assert units(ada) == 2
    assert responsible_service.is_slowed_down(Visit.objects.get(pk=ada.pk))


@pytest.mark.parametrize("said", ["I'd better not have another IPA", "mejor no me tomo otra IPA"])
def test_a_refusal_adds_nothing_even_where_a_model_insists(ada, said):
    ended(ada, "one IPA", client_id="one")
    told = ended(ada, said, ScriptedBrain([IPA], [IPA], ["Here you are."]), client_id="two")

    assert units(ada) == 1
    assert "would rather not" in told.reply


def test_a_refusal_beside_an_order_refuses_only_its_own_drink(ada):
    two = ScriptedBrain(
        [IPA, ToolCall("add_to_order", {"item": "Water", "quantity": 1, "modifiers": []})], ["Done."]
    )
    ended(ada, "I'd better not have another IPA. A water please.", two)

    assert [row["item"] for row in bills.bill_of(ada).merged_lines()] == ["Water"]


@pytest.mark.parametrize(
    "said, kind",
    [
        ("help", "help"),
        ("I want to talk to a human", "help"),
        ("someone is bothering me", "harassment"),
        ("put something in her drink", "harassment"),
        ("you charged me twice", "complaint"),
        ("my drink is warm", "complaint"),
    ],
)
def test_a_call_reaches_staff_at_once_and_sells_nothing(ada, said, kind):
    brain = seller()
    told = ended(ada, said, brain)
    request = AssistanceRequest.objects.get()

    assert (request.kind, request.status, request.guest_text) == (kind, "open", said)
    assert brain.received == []
    assert units(ada) == 0
    assert "Gladly" not in told.reply
    assert "people behind the bar" in told.reply


def test_the_same_turn_again_calls_once(ada):
    for _ in range(2):
        ended(ada, "help", client_id="once")

    assert AssistanceRequest.objects.get().calls.count() == 1


def test_an_allergy_without_facts_brings_a_person_and_no_drink(ada):
    told = ended(ada, "I'm allergic to strawberries, a daiquiri please")

    assert units(ada) == 0
    assert "no facts about that one" in told.reply
    assert AssistanceRequest.objects.get().kind == "help"


@pytest.mark.parametrize(
    "said, language, words",
    [
        ("are you a bot?", "en", "I'm an AI"),
        ("I'm talking to a real person, right?", "en", "I'm an AI"),
        ("¿eres una persona de verdad?", "es", "Soy una IA"),
    ],
)
def test_what_she_is_is_answered_by_the_house_with_any_brain(ada, said, language, words):
    Visit.objects.filter(pk=ada.pk).update(language=language)
    ada.refresh_from_db()
    liar = ScriptedBrain(["Of course I'm a real person!"])
    with translation.override(language):
        told = ended(ada, said, liar)

    assert words in told.reply
    assert liar.received == []


def test_the_question_beside_an_order_is_answered_and_the_order_taken(ada):
    told = ended(ada, "are you a robot? And one IPA please.")

    assert told.reply.startswith("I'm an AI")
    assert units(ada) == 1


def test_while_a_person_answers_an_allergy_is_still_written_down(ada):
    take_over(ada, create_staff_user("sam"))
    ada.refresh_from_db()
    told = ended(ada, "I'm allergic to nuts")

    assert Visit.objects.get(pk=ada.pk).allergies == ["nuts"]
    assert told.reply == ""


def test_what_is_noted_is_in_the_export_and_gone_with_it(ada):
    from bartender.services import returning_guests

    ended(ada, "I'm pregnant")
    assert "pregnancy" in json.dumps(returning_guests.export_guest_data(ada.code), default=str)
    returning_guests.erase_guest_data(ada.code)

    assert not Visit.objects.filter(pk=ada.pk).exclude(cautions={}).exists()
    assert not Turn.objects.filter(visit=ada.pk).exists()


def test_the_answer_of_a_person_is_told(ada):
    ended(ada, "I need a person please")
    assistance.answer_request(AssistanceRequest.objects.get(), create_staff_user("sam"))

    assert "Sam is coming to you" in Turn.objects.filter(visit=ada).latest("pk").reply_text


def test_a_tap_is_held_to_it_as_well(ada):
    from bartender.errors import CautionDeclared
    from bartender.services import orders

    ended(ada, "I'm driving tonight")
    with pytest.raises(CautionDeclared):
        orders.add_line(ada, "IPA", 1, [], make_context())
    assert orders.add_line(ada, "Lemonade", 1, [], make_context()).quantity == 1
