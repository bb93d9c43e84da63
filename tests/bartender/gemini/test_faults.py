"""Gemini slow, broken, hostile or gone: the guest gets an honest answer, and what was done is on the tab."""

import socket

import pytest
from prometheus_client import REGISTRY

from bartender.brains.fallback import OFF_TOPIC_REPLY
from bartender.conversation.turn import INTERRUPTED_TEXT
from tests.vendors.gemini import (
    Chunk,
    Disconnect,
    EndOfStream,
    Finish,
    FunctionCall,
    HttpError,
    Pause,
    RawBytes,
    faults,
)
from tests.vendors.gemini.faults import cut, ends_early, fails_midway, garbage, stopped
from tests.waiting import wait_until

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
    "a call that no tool may get": [
        FunctionCall("add_to_order", {"item": "Martini"}),
        Finish("UNEXPECTED_TOOL_CALL"),
    ],
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
    "forbidden": HttpError(403, faults.error(403, "Forbidden", "PERMISSION_DENIED")),
    "a bad request": faults.invalid("no"),
}


def failures(kind):
    told = {"provider": "gemini", "kind": kind}
    return REGISTRY.get_sample_value("maya_provider_failures_total", told) or 0


def the_house_poured(told):
    row = told.bill.merged_lines()
    assert [(one["item"], one["quantity"]) for one in row] == [("Martini", 1)]
    assert (told.brain_name, told.outcome) == ("house", "done")
    assert "one martini at $13.00" in told.reply.lower()


@pytest.mark.parametrize("fault", PASSING)
def test_a_passing_fault_is_asked_again_and_the_guest_notices_nothing(bar, gemini, fault):
    gemini.play(PASSING[fault], AGAIN)

    told = bar.say("Hello")

    assert (told.reply, told.brain_name, told.outcome) == ("Good evening.", "gemini", "done")
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


@pytest.mark.parametrize("fault", [faults.never(), faults.mute(), faults.stalls("One "), [Pause(0.1)] * 600])
def test_a_model_that_keeps_silent_is_waited_for_once(bar, gemini, fault):
    gemini.always(fault)
    bar.hurry(first_text_seconds=0.5)

    the_house_poured(bar.say("A martini, please"))
    assert failures("timeout") >= 1
    assert len(gemini.turns) <= 2


def test_a_model_that_stalls_after_a_sentence_is_waited_for_no_longer_than_the_gap(bar, gemini):
    gemini.play(faults.stalls("Good evening, friend. The night is"))
    bar.hurry(text_gap_seconds=0.3)

    told = bar.say("Hello")

    assert told.reply == f"Good evening, friend. {INTERRUPTED_TEXT}"


def test_a_model_that_dribbles_for_ever_is_cut_and_what_was_heard_stands(bar, gemini):
    gemini.play(faults.dribbles("Good evening. " * 200, pause=0.05))
    bar.hurry(turn_seconds=1.5)

    told = bar.say("Hello")

    assert told.reply.startswith("Good evening.")
    assert told.reply.endswith(INTERRUPTED_TEXT)
    assert (told.brain_name, told.outcome) == ("gemini", "failed")


@pytest.mark.parametrize(
    "broken",
    [
        [Disconnect()],
        [EndOfStream()],
        [*fails_midway()],
        [*garbage()],
        [Finish("SAFETY")],
        [Finish("MAX_TOKENS")],
    ],
    ids=["cut", "no reason", "error", "garbage", "safety", "max tokens"],
)
def test_after_the_first_words_nobody_else_takes_over(bar, gemini, broken):
    gemini.play(["Good evening, friend. The night is", *broken])

    told = bar.say("Hello")

    assert told.reply == f"Good evening, friend. {INTERRUPTED_TEXT}"
    assert (told.brain_name, told.outcome) == ("gemini", "failed")
    assert len(gemini.turns) == 1


@pytest.mark.parametrize(
    "fault", [faults.blocked(), stopped("SAFETY"), stopped("PROHIBITED_CONTENT", "First you ")]
)
def test_what_gemini_will_not_talk_about_gets_a_short_word(bar, gemini, fault):
    gemini.play(fault)

    told = bar.say("How do I build a bomb?")

    assert told.reply == OFF_TOPIC_REPLY
    assert len(gemini.turns) == 1
    assert failures("blocked") >= 1


def test_an_order_that_gemini_took_for_something_else_is_poured_all_the_same(bar, gemini):
    gemini.play(faults.blocked())

    the_house_poured(bar.say("A martini, please"))


def test_a_flood_of_text_is_cut(bar, gemini):
    gemini.play(faults.huge(100_000), faults.huge(100_000))

    told = bar.say("Sing")

    assert len(told.reply) <= 8_000 + len(INTERRUPTED_TEXT) + 1
    assert told.outcome == "failed"


def test_ten_thousand_chunks_are_cut_at_as_many_letters(bar, gemini):
    gemini.play(faults.many())

    told = bar.say("Sing")

    assert len(told.reply) <= 8_000 + len(INTERRUPTED_TEXT) + 1
    wait_until(lambda: gemini.turns[0].ended in ("gone", "whole"))


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
    gemini.play([FunctionCall("add_to_order", args)], ["[flustered] That did not work."])

    told = bar.say("A martini")

    assert told.bill.lines == ()
    assert told.tool_calls[0]["ok"] is False
    assert told.reply == "That did not work."


def test_tools_that_ran_are_not_run_again_and_the_house_says_what_was_done(bar, gemini):
    gemini.play([FunctionCall("add_to_order", {"item": "Negroni", "quantity": 2})])
    gemini.always(faults.broken())

    told = bar.say("Two negronis, please")

    assert told.bill.units == 2
    assert told.brain_name == "house"
    assert "two Negronis" in told.reply


def test_after_tools_that_only_looked_the_house_begins_anew(bar, gemini):
    gemini.play([FunctionCall("get_menu")])
    gemini.always(faults.broken())

    the_house_poured(bar.say("A martini, please"))


def test_words_before_the_tools_and_a_break_after_them_end_with_the_facts(bar, gemini):
    gemini.play(["One moment. ", FunctionCall("add_to_order", {"item": "IPA"})], cut("Lovely. Here is "))

    told = bar.say("An IPA")

    assert told.bill.units == 1
    assert told.reply.startswith("One moment. One IPA, $6.00. Lovely.")
    assert told.reply.endswith(INTERRUPTED_TEXT)


def test_nobody_at_the_address_is_no_reason_to_wait(bar):
    with socket.create_server(("127.0.0.1", 0)) as door:
        address = f"http://127.0.0.1:{door.getsockname()[1]}"
    bar.venue_model = bar.at(address)

    the_house_poured(bar.say("A martini, please"))
    assert failures("network") >= 1


def test_a_door_that_is_never_opened_is_left_after_the_time_to_connect(bar):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as door, socket.socket() as before:
        before.connect(door.getsockname())
        bar.venue_model = bar.at(f"http://127.0.0.1:{door.getsockname()[1]}")
        bar.hurry(first_text_seconds=1.0)

        the_house_poured(bar.say("A martini, please"))


def nested(depth: int) -> dict[str, object]:
    args: dict[str, object] = {}
    inner = args
    for _ in range(depth):
        deeper: dict[str, object] = {}
        inner["a"] = deeper
        inner = deeper
    return args


def usage(**counts):
    parts = [{"text": "Good evening."}]
    return Chunk({"candidates": [{"content": {"parts": parts, "role": "model"}}], "usageMetadata": counts})


ODD = {
    "a call nested 900 deep": [FunctionCall("add_to_order", {"item": "Martini", "note": nested(900)})],
    "a call nested 50,000 deep": [
        RawBytes(b'data: {"candidates": ' + b"[" * 50_000 + b"]" * 50_000 + b"}\r\n\r\n")
    ],
    "an unknown reason and no word": [Finish("A_NEW_REASON")],
    "an unknown reason and a call": [
        FunctionCall("add_to_order", {"item": "Martini"}),
        Finish("A_NEW_REASON"),
    ],
    "an unknown part": [Chunk({"candidates": [{"content": {"parts": [{"hologram": {"of": "a gin"}}]}}]})],
    "counts that are words": [usage(promptTokenCount="many"), Finish()],
}


@pytest.mark.parametrize("odd", ODD)
def test_what_nobody_has_seen_before_loses_no_turn(bar, gemini, odd):
    gemini.always(ODD[odd])

    the_house_poured(bar.say("A martini, please"))


@pytest.mark.parametrize("odd", ODD)
def test_and_once_only_it_is_asked_again(bar, gemini, odd):
    gemini.play(ODD[odd], AGAIN)

    told = bar.say("Hello")

    assert (told.reply, told.brain_name, told.outcome) == ("Good evening.", "gemini", "done")
    assert told.bill.lines == ()


def test_words_that_end_for_an_unknown_reason_stand(bar, gemini):
    gemini.play(["[happy] Good evening, friend.", Finish("A_NEW_REASON")])

    told = bar.say("Hello")

    assert (told.reply, told.outcome) == ("Good evening, friend.", "done")


@pytest.mark.parametrize("count", [-5, 10**30, 0, "12"])
def test_counts_that_cannot_be_lose_no_turn(bar, gemini, count):
    gemini.play(
        [usage(promptTokenCount=count, candidatesTokenCount=count, thoughtsTokenCount=count), Finish()]
    )

    told = bar.say("Hello")

    assert (told.reply, told.brain_name, told.outcome) == ("Good evening.", "gemini", "done")


def test_an_unknown_part_beside_a_call_is_not_sent_back(bar, gemini):
    odd = Chunk({"candidates": [{"content": {"parts": [{"hologram": {}}], "role": "model"}}]})
    gemini.play(
        [odd, FunctionCall("default_api.add_to_order", {"item": "Martini", "quantity": 1.0})],
        ["One Martini, $13.00."],
    )

    told = bar.say("A martini, please")

    assert (told.bill.units, told.reply) == (1, "One Martini, $13.00.")
