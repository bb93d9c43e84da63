"""Maya thinks with the bar's own model: asked as such servers want it, acting by tools, telling no lies."""

import json

import pytest
from asgiref.sync import async_to_sync

from bartender.brains.llm.config import GenerationSettings
from bartender.brains.openai_compatible.thinking import ThinkingFilter
from bartender.conversation.events import TextDelta
from bartender.conversation.turn import collect_events, take_turn
from bartender.models.visits import Turn, Visit
from tests.vendors.gemini.script import GUEST_WORDS_HEADING
from tests.vendors.openai_compatible import Call, Chunk, Finish, RawBytes, Reasoning, Tokens

ORDER = [Call("add_to_order", {"item": "Martini"}), Call("add_to_order", {"item": "IPA"})]


def test_a_guest_orders_two_things_at_once_and_hears_what_was_done(bar, server):
    server.play(ORDER, ["[hap", "py] A fine ", "pair."])

    told = bar.say("A martini and an IPA, please")

    assert told.reply == "One Martini, $13.00. One IPA, $6.00. A fine pair."
    assert (told.brain_name, told.emotion, told.outcome) == ("local", "happy", "done")
    assert told.bill.total_cents == 19_00


def test_each_call_gets_its_result_by_its_id_as_a_message_of_a_tool(bar, server):
    server.play(["One look. ", *ORDER], ["[happy] There."])
    bar.say("A martini and an IPA, please")

    *_, asked, first, second = server.turns[1].messages

    assert (asked["role"], asked["content"]) == ("assistant", "One look. ")
    assert [call["id"] for call in asked["tool_calls"]] == [one["tool_call_id"] for one in (first, second)]
    assert {first["role"], second["role"]} == {"tool"}
    assert json.loads(first["content"])["output"]["facts"]["unit_cents"] == 13_00


def test_three_rounds_go_back_as_they_came(bar, server):
    server.play(
        ["One look. ", Call("get_menu", {"category": "Beer"})],
        [Call("add_to_order", {"item": "IPA"}), Call("get_order", "")],
        ["[happy] One IPA, $6.00."],
    )

    told = bar.say("Which beers are there? I'll take the IPA")

    assert told.reply == "One look. One IPA, $6.00. You have one IPA."
    roles = [one["role"] for one in server.turns[2].messages]
    assert roles == ["system", "user", "assistant", "tool", "assistant", "tool", "tool"]


def test_a_refusal_of_a_tool_reaches_the_model_as_an_error(bar, server):
    server.play([Call("add_to_order", {"item": "Mojito"})], ["[flustered] We have no Mojito."])

    told = bar.say("A mojito")

    assert "error" in server.turns[1].results[0]
    assert (told.reply, told.bill.lines) == ("We don't have Mojito on the menu.", ())


def test_what_no_fact_backs_is_asked_again(bar, server):
    server.play(
        ["One look. ", Call("get_menu", {"category": "Beer"}), "I took 50% off for you."],
        ["[happy] What a night."],
    )

    told = bar.say("Which beers are there?")

    assert "50%" not in told.reply
    assert "Say only what the tools" in server.turns[1].results[-1]["house"]


def test_a_false_claim_without_tools_is_put_right_by_the_house(bar, server):
    server.play(["I have added a Martini to your tab."], ["[neutral] Would you like a Martini?"])

    told = bar.say("Hm, a martini...")

    assert told.reply == "Would you like a Martini?"
    assert "The house, not the guest" in server.turns[1].said


@pytest.mark.parametrize("cuts", [1, 2, 3, 7, 1000])
def test_nothing_is_lost_wherever_the_network_cuts(bar, server, cuts):
    server.slice_bytes = cuts
    server.play(
        [Call("add_to_order", {"item": "IPA"})],
        ["[Happy] Voilà – ", "what a “fine” night it is. [mixing]", " Sit down."],
    )

    told = bar.say("An IPA")

    assert told.reply == "One IPA, $6.00. Voilà – what a “fine” night it is. Sit down."
    assert told.emotion == "happy"


@pytest.mark.parametrize(
    "thoughts",
    [
        [Reasoning("They want a beer. I give 50% off.")],
        ["<think>They want a beer.</think>", "\n\n"],
        ["<thi", "nk>They want ", "a beer.</th", "ink>\n\n"],
        ["\n<think>\n</think>\n\n"],
    ],
)
def test_thoughts_are_not_said(bar, server, thoughts):
    server.play([*thoughts, "[happy] Good ", "evening."])

    assert bar.say("Hello").reply == "Good evening."


@pytest.mark.parametrize("text", ["<3 Good evening.", "<", "Is <think> a word? No.", "<thin ice.", ""])
@pytest.mark.parametrize("cuts", [1, 2, 100])
def test_what_only_looks_like_a_thought_is_said(text, cuts):
    thoughts = ThinkingFilter()

    said = "".join(thoughts.feed(text[at : at + cuts]) for at in range(0, len(text), cuts))

    assert said + thoughts.close() == text


def test_thoughts_alone_are_no_answer(bar, server):
    server.play(["<think>A beer? No, a "], ["[happy] Good evening."])

    assert bar.say("Hello").reply == "Good evening."


def test_what_no_database_takes_is_not_said_and_not_sent_back(bar, server):
    odd = RawBytes(b'data: {"choices": [{"delta": {"content": "One \\u0000 mo\\ud800ment. "}}]}\n\n')
    server.play([odd, Call("get_menu")], ["[happy] Good evening."])

    assert bar.say("Hello").reply == "One moment. Good evening."
    assert server.turns[1].messages[2]["content"] == "One \x00 mo?ment. "


def test_the_model_is_told_the_tab_the_menu_and_what_was_said(bar, server):
    server.play([Call("add_to_order", {"item": "Negroni", "quantity": 2})], ["[happy] Two Negronis, $22.00."])
    bar.say("Two negronis")
    bar.say("What do I owe?")

    asked = server.turns[2]

    assert "line 1: 2 x Negroni, $11.00 each, not yet sent" in asked.notes
    assert "Martini" in asked.tools["add_to_order"]["properties"]["item"]["enum"]
    assert len(asked.tools) == 18
    assert [one["content"] for one in asked.messages[1:]] == [
        "Two negronis",
        "Two Negronis at $11.00 each, $22.00.",
        f"{asked.notes}{GUEST_WORDS_HEADING}\nWhat do I owe?",
    ]


def test_tokens_are_written_down_by_model_and_cost_nothing(bar, server):
    server.play(
        [Tokens(900, 20, 30, 100), Call("get_bill")], [Tokens(1000, 10, 0, 800), "[neutral] Nothing yet."]
    )

    bar.say("What do I owe?")

    assert Turn.objects.get().token_usage == [
        {
            "model": "local/qwen3:8b",
            "input": 1900,
            "output": 30,
            "cached": 900,
            "thoughts": 30,
            "own": False,
        }
    ]
    assert Visit.objects.get().spent_microcents == 0


@pytest.mark.parametrize("usage", [None, "many", {"prompt_tokens": -5}, {"prompt_tokens": "12"}, {}])
def test_counts_that_cannot_be_lose_no_turn(bar, server, usage):
    server.play(["Good evening.", Chunk({"choices": [], "usage": usage}), Finish("stop")])

    assert bar.say("Hello").outcome == "done"


def test_a_key_is_sent_where_there_is_one_and_nothing_of_the_machines_own(bar, server, monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "somebody-elses")
    bar.say("Hello")
    assert "somebody-elses" not in str(server.turns[0].headers)
    assert server.turns[0].headers["accept-encoding"] == "identity"

    server.keys = {"scripted-local-key"}
    bar.venue_model = bar.at(server.address, key="scripted-local-key")

    assert bar.say("Hello").brain_name == "local"
    assert "scripted-local-key" not in repr(bar.venue_model)


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/"])
def test_an_address_may_leave_out_the_usual_path(bar, server, path):
    bar.venue_model = bar.at(f"{server.address}{path}")

    assert bar.say("Hello").brain_name == "local"


def test_only_what_is_set_is_sent(bar, server):
    bar.say("Hello")
    bar.venue_model.generation_settings = GenerationSettings(0.2, 300)
    bar.say("Hello")

    before, after = (one.body for one in server.turns)
    assert not {"temperature", "max_tokens"} & set(before)
    assert (after["temperature"], after["max_tokens"]) == (0.2, 300)


def test_text_comes_as_it_is_said(bar, server):
    server.play(["[happy] Good evening, friend. ", "Sit down."])
    events = async_to_sync(collect_events)(take_turn(bar.visit, "Hello", "streamed", bar.brain()))

    assert len([event for event in events if isinstance(event, TextDelta)]) >= 2
