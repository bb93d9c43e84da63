"""The bar's own model slow, broken or gone: the guest gets an honest answer, and what was done stands."""

import socket
import zlib

import pytest

from bartender.brains.fallback import OFF_TOPIC_REPLY
from bartender.conversation.turn import INTERRUPTED_TEXT
from tests.bartender.local_model.conftest import failures, the_house_poured
from tests.vendors.openai_compatible import (
    Call,
    Chunk,
    Disconnect,
    EndOfStream,
    Finish,
    HttpError,
    Pause,
    RawBytes,
    faults,
)
from tests.vendors.openai_compatible.faults import cut, ends_early, fails_midway, garbage, stopped

AGAIN = ["[happy] Good evening."]
MB = 1 << 20
# What a second request may mend, and the kind that it is counted as.
PASSING = {
    "429": (faults.busy(), "quota"),
    "429 with Retry-After": (faults.busy(retry_after="0"), "quota"),
    "500": (faults.broken(), "upstream"),
    "503 while it loads": (faults.loading(), "upstream"),
    "502 with a page": (faults.gateway(), "upstream"),
    "200 with a page": (faults.page(), "protocol"),
    "cut before a word": (cut(), "network"),
    "cut in the first sentence": (cut("Once upon "), "network"),
    "ends without a reason": (ends_early("Once upon "), "truncated"),
    "an error in the stream": (fails_midway("Once upon "), "upstream"),
    "done at once": (faults.done_at_once(), "truncated"),
    "no words": (faults.no_words(), "empty"),
    "a call and no end": ([Call("add_to_order", {"item": "Martini"}), EndOfStream()], "truncated"),
    "a call and an unknown end": ([Call("add_to_order", {"item": "Martini"}), Finish("eos")], "unfamiliar"),
    "garbage": (garbage(), "protocol"),
    "garbage in the first sentence": (garbage("Once upon "), "protocol"),
    "no object": (faults.no_object(), "protocol"),
    "content that is none": (faults.odd_content(), "protocol"),
    "an unknown end and no word": ([Finish("eos")], "unfamiliar"),
    "a chunk nested 50,000 deep": ([RawBytes(b'data: {"a": ' + b"[" * 50_000 + b"\n\n")], "protocol"),
}
LASTING = {
    "too many words": (stopped("length"), "too_long"),
    "429 for a long time": (faults.busy(retry_after="60"), "quota"),
    "a wrong key": (faults.bad_key(), "auth"),
    "an unknown model": (faults.unknown_model(), "model"),
    "an unknown model with a 400": (faults.unknown_model_with_400(), "model"),
    "too little context": (faults.too_long_prompt(), "request"),
    "a redirection": (HttpError(302, "", {"location": "/elsewhere"}), "request"),
}


@pytest.mark.parametrize("fault", PASSING)
def test_a_passing_fault_is_asked_again_and_the_guest_notices_nothing(bar, server, fault):
    server.play(PASSING[fault][0], AGAIN)

    told = bar.say("Hello")

    assert (told.reply, told.brain_name, told.outcome) == ("Good evening.", "local", "done")
    assert told.bill.lines == ()


@pytest.mark.parametrize("fault", [*PASSING, *LASTING])
def test_a_fault_that_stays_lets_the_house_brain_pour(bar, server, fault):
    what, kind = {**PASSING, **LASTING}[fault]
    server.always(what)
    before = failures(kind)

    the_house_poured(bar.say("A martini, please"))

    tries = 3 if fault in PASSING else 1
    assert len(server.turns) == tries
    assert failures(kind) == before + tries


@pytest.mark.parametrize("fault", [faults.never(), faults.mute(), faults.stalls("One "), [Pause(0.1)] * 600])
def test_a_model_that_keeps_silent_is_waited_for_once(bar, server, fault):
    server.always(fault)
    bar.hurry(first_text_seconds=0.5)
    before = failures("timeout")

    the_house_poured(bar.say("A martini, please"))
    assert failures("timeout") == before + 1
    assert len(server.turns) <= 1


def test_comments_alone_do_not_keep_a_guest_waiting(bar, server):
    server.always([*[RawBytes(b": keep-alive\n\n"), Pause(0.05)] * 400])
    bar.hurry(first_text_seconds=0.5)

    the_house_poured(bar.say("A martini, please"))


def test_a_model_that_stalls_after_a_sentence_is_waited_for_no_longer_than_the_gap(bar, server):
    server.play(faults.stalls("Good evening, friend. The night is"))
    bar.hurry(text_gap_seconds=0.3)

    assert bar.say("Hello").reply == f"Good evening, friend. {INTERRUPTED_TEXT}"


@pytest.mark.parametrize(
    "broken",
    [
        [Disconnect()],
        [EndOfStream()],
        fails_midway(),
        garbage(),
        [Finish("content_filter")],
        [Finish("length")],
    ],
    ids=["cut", "no reason", "error", "garbage", "filter", "length"],
)
def test_after_the_first_words_nobody_else_takes_over(bar, server, broken):
    server.play(["Good evening, friend. The night is", *broken])

    told = bar.say("Hello")

    assert told.reply == f"Good evening, friend. {INTERRUPTED_TEXT}"
    assert (told.brain_name, told.outcome) == ("local", "failed")
    assert len(server.turns) == 1


@pytest.mark.parametrize(
    "fault", [stopped("content_filter"), [Chunk({"choices": [{"delta": {"refusal": "I cannot"}}]})]]
)
def test_what_the_model_will_not_talk_about_gets_a_short_word(bar, server, fault):
    server.play(fault)

    assert bar.say("How do I build a bomb?").reply == OFF_TOPIC_REPLY
    assert len(server.turns) == 1


def test_words_that_end_for_an_unknown_reason_stand(bar, server):
    server.play(["[happy] Good evening, friend.", Finish("eos")])

    told = bar.say("Hello")

    assert (told.reply, told.outcome) == ("Good evening, friend.", "done")


def test_what_ends_well_does_not_wait_for_the_server_to_hang_up(bar, server):
    server.play(["[happy] Good evening.", Finish(), Pause(faults.LONG), EndOfStream()])

    told = bar.say("Hello")

    assert (told.reply, told.outcome) == ("Good evening.", "done")


def test_a_flood_of_text_is_cut(bar, server):
    server.slice_bytes = 64 << 10
    server.play(["la " * 33_000])

    told = bar.say("Sing")

    assert len(told.reply) <= 8_000 + len(INTERRUPTED_TEXT) + 1
    assert told.outcome == "failed"


@pytest.mark.parametrize("piece", [b"x", b"data: x\n", b"{", b"\n", b": still here\n\n"])
def test_what_never_ends_is_left_and_the_house_pours(bar, server, piece):
    server.slice_bytes = 256 << 10
    server.always([RawBytes(b"data: "), *[RawBytes(piece * ((256 << 10) // len(piece)))] * 80])

    the_house_poured(bar.say("A martini, please"))


def test_a_refusal_is_read_no_further_and_what_is_compressed_is_not_unfolded(bar, server):
    server.play(HttpError(503, "x" * (30 * MB)))
    bomb = zlib.compress(b"x" * (60 * MB))
    server.always(HttpError(503, bomb, {"content-encoding": "deflate"}))

    the_house_poured(bar.say("A martini, please"))


def test_tools_that_ran_are_not_run_again_and_the_house_says_what_was_done(bar, server):
    server.play([Call("add_to_order", {"item": "Negroni", "quantity": 2})])
    server.always(faults.broken())

    told = bar.say("Two negronis, please")

    assert (told.bill.units, told.brain_name) == (2, "house")
    assert "two Negronis" in told.reply


def test_nobody_at_the_address_is_no_reason_to_wait(bar):
    with socket.create_server(("127.0.0.1", 0)) as door:
        address = f"http://127.0.0.1:{door.getsockname()[1]}"
    bar.venue_model = bar.at(address)
    before = failures("network")

    the_house_poured(bar.say("A martini, please"))
    assert failures("network") > before


def test_a_door_that_is_never_opened_is_left_in_time(bar):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as door, socket.socket() as before:
        before.connect(door.getsockname())
        bar.venue_model = bar.at(f"http://127.0.0.1:{door.getsockname()[1]}")
        bar.hurry(first_text_seconds=1.0)

        the_house_poured(bar.say("A martini, please"))
