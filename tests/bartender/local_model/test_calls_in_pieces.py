"""Servers of all makes send tool calls in their own way: the guest gets what the model asked for, once."""

import pytest

from tests.vendors.openai_compatible import Call, CallsTogether, Chunk, Finish, RawBytes

MARTINI, IPA = {"item": "Martini"}, {"item": "IPA"}


def poured(told):
    return sorted((one["item"], one["quantity"]) for one in told.bill.merged_lines())


def delta(*calls, finish=None):
    return Chunk({"choices": [{"delta": {"tool_calls": list(calls)}, "finish_reason": finish}]})


def function(name=None, arguments=None, **more):
    told = {"name": name, "arguments": arguments}
    return more | {"function": {key: value for key, value in told.items() if value is not None}}


WAYS = {
    "a letter at a time": [
        Call("add_to_order", MARTINI, piece_chars=1),
        Call("add_to_order", IPA, piece_chars=1),
    ],
    "whole": [Call("add_to_order", MARTINI, piece_chars=0), Call("add_to_order", IPA, piece_chars=0)],
    "together": [CallsTogether([Call("add_to_order", MARTINI), Call("add_to_order", IPA)])],
    "together and all numbered 0": [
        CallsTogether([Call("add_to_order", MARTINI, index=0), Call("add_to_order", IPA, index=0)])
    ],
    "all numbered 0 and without ids": [
        Call("add_to_order", MARTINI, id=None, index=0, piece_chars=0),
        Call("add_to_order", IPA, id=None, index=0, piece_chars=0),
    ],
    "without numbers": [Call("add_to_order", MARTINI, index=None), Call("add_to_order", IPA, index=None)],
    "without numbers and ids": [
        Call("add_to_order", MARTINI, index=None, id=None),
        Call("add_to_order", IPA, index=None, id=None),
    ],
    "with numbers and without ids": [
        Call("add_to_order", MARTINI, id=None),
        Call("add_to_order", IPA, id=None),
    ],
    "by turns": [
        delta(function("add_to_order", '{"item":', index=0, id="a")),
        delta(function("add_to_order", '{"item":', index=1, id="b")),
        delta(function(None, ' "Martini"}', index=0), function(None, ' "IPA"}', index=1)),
    ],
    "with the id in each piece": [
        delta(function("add_to_order", '{"item":', id="a")),
        delta(function(None, ' "Martini"}', id="a")),
        delta(function("add_to_order", '{"item":', id="b")),
        delta(function(None, ' "IPA"}', id="b")),
    ],
    "with the name in each piece": [
        delta(function("add_to_order", '{"item":', index=0, id="a")),
        delta(function("add_to_order", ' "Martini"}', index=0, id="a")),
        delta(function("add_to_order", '{"item":', index=1, id="b")),
        delta(function("add_to_order", ' "IPA"}', index=1, id="b")),
    ],
    "with the name in pieces": [
        delta(function("add_to", "", index=0, id="a")),
        delta(function("_order", '{"item": "Martini"}', index=0)),
        delta(function("add_to_order", '{"item": "IPA"}', index=1, id="b")),
    ],
    "as objects": [
        delta(
            function("add_to_order", MARTINI, index=0, id="a"), function("add_to_order", IPA, index=1, id="b")
        )
    ],
    "with the last piece in the chunk that ends": [
        delta(function("add_to_order", '{"item": "Martini"}', index=0, id="a")),
        delta(function("add_to_order", '{"item": "IPA"}', index=1, id="b"), finish="tool_calls"),
    ],
}


@pytest.mark.parametrize("way", WAYS)
def test_both_drinks_are_poured_once(bar, server, way):
    server.play(WAYS[way], ["[happy] A Martini and an IPA."])

    told = bar.say("A martini and an IPA, please")

    assert poured(told) == [("IPA", 1), ("Martini", 1)]
    assert told.brain_name == "local"
    assert len(server.turns[1].results) == 2


@pytest.mark.parametrize("reason", ["stop", "tool_calls"])
def test_calls_are_carried_out_for_both_reasons_to_stop(bar, server, reason):
    server.play([Call("add_to_order", IPA), Finish(reason)], ["[happy] One IPA, $6.00."])

    assert poured(bar.say("An IPA")) == [("IPA", 1)]


MALFORMED = {
    "cut": '{"item": "Marti',
    "a list": '["Martini"]',
    "words": "one martini",
    "a number that is none": '{"item": "Martini", "quantity": NaN}',
    "quoted twice": '"{\\"item\\": \\"Martini\\"}"',
    "nested 900 deep": '{"item": ' + "[" * 900 + "]" * 900 + "}",
    "nested 50,000 deep": '{"item": ' + "[" * 50_000 + "]" * 50_000 + "}",
}


@pytest.mark.parametrize("arguments", MALFORMED)
def test_arguments_that_are_no_json_are_told_to_the_model_which_may_try_again(bar, server, arguments):
    server.play(
        [Call("add_to_order", MALFORMED[arguments], piece_chars=2_000)],
        [Call("add_to_order", MARTINI)],
        ["[happy] One Martini, $13.00."],
    )

    told = bar.say("A martini, please")

    assert server.turns[1].results == [
        {"error": "Not done: the arguments are no JSON object. Send the call again."}
    ]
    assert (told.brain_name, told.outcome, poured(told)) == ("local", "done", [("Martini", 1)])


def test_a_malformed_call_of_a_tool_that_needs_nothing_does_nothing(bar, server):
    server.play([Call("add_to_order", IPA)], ["[happy] One IPA, $6.00."])
    bar.say("An IPA")
    server.play([Call("clear_order", '{"sure": ')], ["[flustered] Shall I?"])

    assert poured(bar.say("Hm, what do I have?")) == [("IPA", 1)]


ODD = {
    "no function": [delta({"index": 0, "id": "a"})],
    "no name": [delta({"index": 0, "id": "a", "function": {"arguments": "{}"}})],
    "a name that is none": [delta({"index": 0, "id": "a", "function": {"name": 7, "arguments": "{}"}})],
    "half a letter": [
        RawBytes(
            b'data: {"choices": [{"delta": {"tool_calls": [{"index": 0, "id": "\\ud800", '
            b'"function": {"name": "a\\ud800", "arguments": "{\\"\\ud800\\": 1}"}}]}}]}\n\n'
        )
    ],
    "an unknown tool": [Call("call_a_taxi")],
}


@pytest.mark.parametrize("odd", ODD)
def test_a_call_that_makes_no_sense_is_refused_and_the_model_goes_on(bar, server, odd):
    server.play(ODD[odd] + [Finish("tool_calls")], ["[flustered] That did not work."])

    told = bar.say("A martini")

    assert "error" in server.turns[1].results[0]
    assert (told.reply, told.brain_name, told.bill.lines) == ("That did not work.", "local", ())
