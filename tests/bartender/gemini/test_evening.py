"""Maya thinks with Gemini: she is asked as the API wants it, acts by tools, and says what is so."""

import json

import pytest

from bartender.brains.llm.tool_declarations import tool_declarations
from bartender.conversation.events import TextDelta
from bartender.menu.snapshot import current_menu, set_available
from bartender.models.menu import MenuItem
from bartender.models.visits import Turn
from tests.vendors.gemini import FunctionCall, SignedText, Thought, Tokens

ORDER = [
    FunctionCall("add_to_order", {"item": "Martini"}),
    FunctionCall("add_to_order", {"item": "IPA"}, id=None),
]


def text_deltas(events):
    return [event.text for event in events if isinstance(event, TextDelta)]


def test_a_guest_orders_two_things_at_once_and_hears_what_was_done(bar, gemini):
    gemini.play([Thought("Two of them."), *ORDER], ["[hap", "py] A fine ", "pair."])

    told = bar.say("A martini and an IPA, please")

    assert told.reply == "One Martini, $13.00. One IPA, $6.00. A fine pair."
    assert (told.brain_name, told.emotion, told.outcome) == ("gemini", "happy", "done")
    assert told.bill.total_cents == 19_00


def test_each_call_is_answered_by_its_id_or_without_one_where_the_api_gave_none(bar, gemini):
    gemini.play(ORDER, ["[happy] There."])
    bar.say("A martini and an IPA, please")

    first, second = gemini.turns[1].results

    assert (first["name"], second["name"]) == ("add_to_order", "add_to_order")
    assert first["id"]
    assert "id" not in second
    assert first["response"]["output"]["facts"]["unit_cents"] == 13_00


def test_three_rounds_carry_every_signature_back(bar, gemini):
    gemini.play(
        [SignedText("One look. "), FunctionCall("get_menu", {"category": "Beer"})],
        [FunctionCall("add_to_order", {"item": "IPA"}), FunctionCall("get_order")],
        ["[happy] One IPA, $6.00."],
    )

    told = bar.say("Which beers are there? I'll take the IPA")

    assert told.reply == "One look. One IPA, $6.00. You have one IPA."
    made = [part for one in gemini.turns[2].contents for part in one["parts"] if "thoughtSignature" in part]
    assert len(made) == 3


def test_a_refusal_of_a_tool_reaches_the_model_as_an_error(bar, gemini):
    gemini.play([FunctionCall("add_to_order", {"item": "Mojito"})], ["[flustered] We have no Mojito."])

    told = bar.say("A mojito")

    assert "error" in gemini.turns[1].results[0]["response"]
    assert told.reply == "We don't have Mojito on the menu."
    assert told.bill.lines == ()


def test_what_no_fact_backs_is_asked_again_with_the_signatures_in_place(bar, gemini):
    gemini.play(
        [SignedText("One look. "), FunctionCall("get_menu", {"category": "Beer"}), "I took 50% off for you."],
        ["[happy] What a night."],
    )

    told = bar.say("Which beers are there?")

    assert "50%" not in told.reply
    assert "Say only what the tools" in json.dumps(gemini.turns[1].results[-1])


def test_a_false_claim_without_tools_is_put_right_by_the_house(bar, gemini):
    gemini.play(["I have added a Martini to your tab."], ["[neutral] Would you like a Martini?"])

    told = bar.say("Hm, a martini...")

    assert told.reply == "Would you like a Martini?"
    assert "The house, not the guest" in gemini.turns[1].said


def test_a_model_that_shows_no_mood_looks_like_what_it_did(bar, gemini):
    gemini.play(["Good evening."], [FunctionCall("add_to_order", {"item": "IPA"})], ["One IPA."])

    assert bar.say("Hello").emotion == "neutral"
    assert bar.say("An IPA").emotion == "happy"


@pytest.mark.parametrize("cuts", [1, 2, 3, 5, 8, 100])
def test_the_mood_is_never_shown_wherever_the_stream_is_cut(bar, gemini, cuts):
    text = "[Happy] Welcome, friend. [mixing]  Sit down [at the bar] and rest."
    gemini.play([text[at : at + cuts] for at in range(0, len(text), cuts)])

    told = bar.say("Hello")

    assert told.reply == "Welcome, friend. Sit down [at the bar] and rest."
    assert told.emotion == "happy"


def test_thoughts_and_what_no_database_takes_are_not_said(bar, gemini):
    gemini.play([Thought("Secret."), "Good\x00 eve\ud800ning."])

    assert bar.say("Hello").reply == "Good evening."


def test_a_sold_out_drink_is_no_choice_at_the_very_next_turn(bar, gemini):
    bar.say("Hello")
    set_available(list(MenuItem.objects.filter(name="IPA").values_list("pk", flat=True)), available=False)
    bar.say("And now?")

    before, after = (one.tools["add_to_order"]["properties"]["item"]["enum"] for one in gemini.turns)
    assert "IPA" in before
    assert "IPA" not in after
    assert "IPA: Beer; SOLD OUT" in gemini.turns[1].system


def test_the_model_is_told_the_tab_and_what_was_said(bar, gemini):
    gemini.play(
        [FunctionCall("add_to_order", {"item": "Negroni", "quantity": 2})], ["[happy] Two Negronis, $22.00."]
    )
    bar.say("Two negronis")
    bar.say("What do I owe?")

    asked = gemini.turns[2]

    assert "line 1: 2 x Negroni, $11.00 each, not yet sent" in asked.notes
    assert [one["parts"][-1]["text"] for one in asked.contents] == [
        "Two negronis",
        "Two Negronis at $11.00 each, $22.00.",
        "What do I owe?",
    ]


def test_the_tools_have_no_price_tab_or_guest_and_no_choice_that_is_empty(menu):
    fields = json.dumps(tool_declarations(current_menu()))

    assert len(tool_declarations(menu)) == 18
    assert '"enum": []' not in fields
    for secret in ("price", "visit", "tab_id", "unit_cents", "null"):
        assert f'"{secret}"' not in fields


def test_the_turn_writes_down_the_model_and_its_tokens_by_round(bar, gemini):
    gemini.play(
        [Tokens(900, 20, 30, 100), FunctionCall("get_bill")],
        [Tokens(1000, 10, 0, 800), "[neutral] Nothing yet."],
    )

    bar.say("What do I owe?")

    assert Turn.objects.get().token_usage == [
        {
            "model": "gemini-3.8-flash",
            "input": 1900,
            "output": 30,
            "cached": 900,
            "thoughts": 30,
            "own": False,
        }
    ]


def test_the_same_call_in_two_chunks_is_one_call(bar, gemini):
    call = FunctionCall("add_to_order", {"item": "Gin"}, id="fc_same")
    gemini.play([call, "One moment. ", call], ["[happy] One Gin, $8.00."])

    told = bar.say("Two gins, please")

    assert told.bill.units == 1
    assert len(gemini.turns[1].results) == 1  # and Gemini takes the answer


def test_equal_calls_side_by_side_are_as_many_as_were_asked_for(bar, gemini):
    twice = [FunctionCall("add_to_order", {"item": "Gin"}, id=None)] * 2
    gemini.play(twice, ["[happy] Enjoy your Gin."], twice, ["[happy] Enjoy your Gin."])

    assert bar.say("A gin, please").bill.units == 1
    told = bar.say("A gin for me, a gin for her")

    assert told.bill.units == 3
    assert told.reply == "Two Gins at $8.00 each, $16.00."
