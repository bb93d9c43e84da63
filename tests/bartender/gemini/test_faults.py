"""Gemini slow, broken, hostile or gone: the guest gets an honest answer, and what was done is on the tab."""

import socket

import pytest
from prometheus_client import REGISTRY

from bartender.brains.chain import NOT_HERE
from bartender.conversation.turn import CUT_SHORT
from tests.vendors.gemini import Ask, Cut, Eof, Finish, Refuse, Wait, faults
from tests.vendors.gemini.faults import cut, ends_early, fails_midway, garbage, stopped
from tests.waiting import until

AGAIN = ["[happy] Good evening."]
# What a second request may mend.
PASSING = {
    "429": faults.busy(),
    "429 with Retry-After": faults.busy(retry_after="0"),
    "429 with RetryInfo": faults.busy(retry_info="0.01s"),
    "500": faults.broken(),
    "503": faults.overloaded(),
    "502 with a page": faults.gateway(),
    "cut before a word": cut(),
    "cut in the first sentence": cut("Once upon "),
    "ends without a reason": ends_early("Once upon "),
    "an error in the stream": fails_midway("Once upon "),
    "no candidates": faults.nothing(),
    "no words": faults.no_words(),
    "a malformed call": stopped("MALFORMED_FUNCTION_CALL"),
    "a call that no tool may get": [Ask("add_to_order", {"item": "Martini"}), Finish("UNEXPECTED_TOOL_CALL")],
    "garbage": garbage(),
    "garbage in the first sentence": garbage("Once upon "),
    "no object": faults.nonsense(),
}
LASTING = {
    "recitation": stopped("RECITATION"),
    "too many thoughts": stopped("MAX_TOKENS"),
    "429 for a long time": faults.busy(retry_after="60"),
    "a wrong key": faults.bad_key(),
    "an unknown model": faults.unknown_model("x"),
    "forbidden": Refuse(403, faults.error(403, "Forbidden", "PERMISSION_DENIED")),
    "a bad request": faults.invalid("no"),
}


def failures(kind):
    told = {"provider": "gemini", "kind": kind}
    return REGISTRY.get_sample_value("maya_provider_failures_total", told) or 0


def the_house_poured(told):
    row = told.bill.merged()
    assert [(one["item"], one["quantity"]) for one in row] == [("Martini", 1)]
    assert (told.brain, told.outcome) == ("house", "done")
    assert "one martini at $13.00" in told.reply.lower()


@pytest.mark.parametrize("fault", PASSING)
def test_a_passing_fault_is_asked_again_and_the_guest_notices_nothing(bar, gemini, fault):
    gemini.play(PASSING[fault], AGAIN)

    told = bar.say("Hello")

    assert (told.reply, told.brain, told.outcome) == ("Good evening.", "gemini", "done")
    assert {one.model for one in gemini.turns} == {"gemini-3.8-flash"}
    assert told.bill.lines == ()


@pytest.mark.parametrize("fault", [*PASSING, *LASTING])
def test_a_fault_that_stays_lets_the_house_brain_pour(bar, gemini, fault):
    gemini.always({**PASSING, **LASTING}[fault])

    the_house_poured(bar.say("A martini, please"))
    assert len(gemini.turns) <= (6 if fault in PASSING else 2)


def test_a_wait_that_was_asked_for_is_kept_when_it_is_short(bar, gemini):
    gemini.play(faults.busy(retry_info="0.3s"), AGAIN)
    bar.say("Hello")

    first, second = gemini.turns
    assert second.at - first.at >= 0.3


@pytest.mark.parametrize("fault", [faults.never(), faults.mute(), faults.stalls("One "), [Wait(0.1)] * 600])
def test_a_model_that_keeps_silent_is_waited_for_once(bar, gemini, fault):
    gemini.always(fault)
    bar.hurry(first=0.5)

    the_house_poured(bar.say("A martini, please"))
    assert failures("timeout") >= 1
    assert len(gemini.turns) <= 2


def test_a_model_that_stalls_after_a_sentence_is_waited_for_no_longer_than_the_gap(bar, gemini):
    gemini.play(faults.stalls("Good evening, friend. The night is"))
    bar.hurry(gap=0.3)

    told = bar.say("Hello")

    assert told.reply == f"Good evening, friend. {CUT_SHORT}"


def test_a_model_that_dribbles_for_ever_is_cut_and_what_was_heard_stands(bar, gemini):
    gemini.play(faults.dribbles("Good evening. " * 200, pause=0.05))
    bar.hurry(total=1.5)

    told = bar.say("Hello")

    assert told.reply.startswith("Good evening.")
    assert told.reply.endswith(CUT_SHORT)
    assert (told.brain, told.outcome) == ("gemini", "failed")


@pytest.mark.parametrize(
    "broken",
    [[Cut()], [Eof()], [*fails_midway()], [*garbage()], [Finish("SAFETY")], [Finish("MAX_TOKENS")]],
    ids=["cut", "no reason", "error", "garbage", "safety", "max tokens"],
)
def test_after_the_first_words_nobody_else_takes_over(bar, gemini, broken):
    gemini.play(["Good evening, friend. The night is", *broken])

    told = bar.say("Hello")

    assert told.reply == f"Good evening, friend. {CUT_SHORT}"
    assert (told.brain, told.outcome) == ("gemini", "failed")
    assert len(gemini.turns) == 1


@pytest.mark.parametrize(
    "fault", [faults.blocked(), stopped("SAFETY"), stopped("PROHIBITED_CONTENT", "First you ")]
)
def test_what_gemini_will_not_talk_about_gets_a_short_word(bar, gemini, fault):
    gemini.play(fault)

    told = bar.say("How do I build a bomb?")

    assert told.reply == NOT_HERE
    assert len(gemini.turns) == 1
    assert failures("blocked") >= 1


def test_an_order_that_gemini_took_for_something_else_is_poured_all_the_same(bar, gemini):
    gemini.play(faults.blocked())

    the_house_poured(bar.say("A martini, please"))


def test_a_flood_of_text_is_cut(bar, gemini):
    gemini.play(faults.huge(), faults.huge())

    told = bar.say("Sing")

    assert len(told.reply) <= 8_000 + len(CUT_SHORT) + 1
    assert told.outcome == "failed"


def test_ten_thousand_chunks_are_cut_at_as_many_letters(bar, gemini):
    gemini.play(faults.many())

    told = bar.say("Sing")

    assert len(told.reply) <= 8_000 + len(CUT_SHORT) + 1
    until(lambda: gemini.turns[0].ended in ("gone", "whole"))


@pytest.mark.parametrize(
    "args",
    [
        {"item": "Martini", "quantity": float("nan")},
        {"item": "Martini", "quantity": float("inf")},
        {"item": "Martini\x00", "note\ud800": "x\x00"},
        {"item": "x" * 100_000},
        {"item": ["Martini"] * 50},
        None,
    ],
)
def test_arguments_that_make_no_sense_are_refused_and_written_down(bar, gemini, args):
    gemini.play([Ask("add_to_order", args)], ["[flustered] That did not work."])

    told = bar.say("A martini")

    assert told.bill.lines == ()
    assert told.tools[0]["ok"] is False
    assert told.reply == "That did not work."


def test_tools_that_ran_are_not_run_again_and_the_house_says_what_was_done(bar, gemini):
    gemini.play([Ask("add_to_order", {"item": "Negroni", "quantity": 2})])
    gemini.always(faults.broken())

    told = bar.say("Two negronis, please")

    assert told.bill.units == 2
    assert told.brain == "house"
    assert "two Negronis" in told.reply


def test_after_tools_that_only_looked_the_house_begins_anew(bar, gemini):
    gemini.play([Ask("get_menu")])
    gemini.always(faults.broken())

    the_house_poured(bar.say("A martini, please"))


def test_words_before_the_tools_and_a_break_after_them_end_with_the_facts(bar, gemini):
    gemini.play(["One moment. ", Ask("add_to_order", {"item": "IPA"})], cut("Lovely. Here is "))

    told = bar.say("An IPA")

    assert told.bill.units == 1
    assert "IPA" in told.reply
    assert told.reply.startswith("One moment. Lovely.")
    assert told.reply.endswith(CUT_SHORT)


def test_nobody_at_the_address_is_no_reason_to_wait(bar):
    with socket.create_server(("127.0.0.1", 0)) as door:
        address = f"http://127.0.0.1:{door.getsockname()[1]}"
    bar.house = bar.at(address)

    the_house_poured(bar.say("A martini, please"))
    assert failures("network") >= 1


def test_a_door_that_is_never_opened_is_left_after_the_time_to_connect(bar):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as door, socket.socket() as before:
        before.connect(door.getsockname())
        bar.house = bar.at(f"http://127.0.0.1:{door.getsockname()[1]}")
        bar.hurry(first=1.0)

        the_house_poured(bar.say("A martini, please"))
