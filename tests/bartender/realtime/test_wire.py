"""What may come over the wire, and what is turned away before anything looks at it."""

import json

import pytest

from bartender.realtime import protocol
from bartender.realtime.protocol import MalformedMessage, UnknownMessageType, decode_message
from bartender.services.bills import Bill


def envelope(type="send-text", id="a-1", data=None, label="rtvi-ai", **more):
    return json.dumps({"label": label, "type": type, "id": id, "data": data, **more})


def client_message(t, **d):
    return envelope("client-message", data={"t": t, "d": d})


def test_words_are_read_with_their_id_and_without_the_space_around_them():
    words = decode_message(envelope(data={"content": "  two IPAs  ", "options": {"run_immediately": True}}))

    assert isinstance(words, protocol.SendText)
    assert (words.id, words.content, words.interrupts) == ("a-1", "two IPAs", True)


def test_words_that_may_wait_do_not_interrupt():
    words = decode_message(envelope(data={"content": "later", "options": {"run_immediately": False}}))

    assert isinstance(words, protocol.SendText)
    assert not words.interrupts


def test_what_a_client_adds_of_its_own_is_ignored():
    ready = decode_message(
        envelope("client-ready", data={"version": "2.1.0", "about": {"library": "x"}}, extra=1)
    )

    assert isinstance(ready, protocol.ClientReady)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "[]",
        "null",
        "1",
        '"text"',
        "{}",
        "{",
        "NaN",
        '{"label": "rtvi-ai"}',
        envelope(label="other"),
        envelope(id=""),
        envelope(id=7),
        envelope(id="x" * 65),
        envelope(id="not an id"),
        envelope(id=None),
        envelope(data=[]),
        envelope(data="text"),
        envelope(type=None, data={}),
        envelope(type=7),
        envelope(type=["send-text"]),
        envelope(data={}),
        envelope(data={"content": ""}),
        envelope(data={"content": "   "}),
        envelope(data={"content": 7}),
        envelope(data={"content": "x" * 4_001}),
        envelope(data={"content": "a\x00b"}),
        envelope(data={"content": "\ud800"}),
        envelope(data={"content": "hi", "options": {"run_immediately": "yes"}}),
        envelope(data={"content": "hi"}).replace('"hi"', "NaN"),
        envelope("client-message", data={}),
        envelope("client-message", data={"t": 7}),
        envelope("client-message", data={"t": "pay", "d": [1]}),
        client_message("tap-item"),
        client_message("tap-item", item=""),
        client_message("tap-item", item="Martini", quantity="2"),
        client_message("tap-item", item="Martini", quantity=True),
        client_message("tap-item", item="Martini", quantity=2.5),
        client_message("tap-item", item="Martini", quantity=10**12),
        client_message("tap-item", item="Martini", modifiers="dry"),
        client_message("tap-item", item="Martini", modifiers=["dry"] * 13),
        client_message("set-tip"),
        client_message("set-tip", percent=10, cents=10),
        client_message("set-tip", percent=-1),
        client_message("set-tip", percent=True),
        client_message("set-tip", cents=1.5),
        client_message("set-tip", percent=10).replace("10}", "1e999}"),
        client_message("set-tip", cents=1).replace("1}", "9" * 5_000 + "}"),
        client_message("pay", nonce="short"),
        client_message("pay", nonce=7),
        client_message("remove-line"),
        client_message("remove-line", number=0),
        client_message("remove-line", number="1"),
        client_message("set-voice", on="yes"),
        "[" * 4_000,
        '{"a":' * 1_000,
        envelope(data={"content": "hi", "more": [[[[[[[[[[1]]]]]]]]]]}),
        envelope(data={"content": "é" * 4_100}),
        "x" * (protocol.MAX_MESSAGE_BYTES + 1),
    ],
)
def test_what_is_not_a_message_is_refused_in_words(text):
    with pytest.raises(MalformedMessage) as refused:
        decode_message(text)

    assert len(str(refused.value)) > 10
    assert "Traceback" not in str(refused.value)


def test_the_limit_of_a_text_message_is_named_and_exact():
    frame = envelope(data={"content": "hi", "pad": ""})
    fits = frame.replace('"pad": ""', f'"pad": "{"x" * (protocol.MAX_MESSAGE_BYTES - len(frame))}"')

    assert isinstance(decode_message(fits), protocol.SendText)
    with pytest.raises(MalformedMessage, match="8 KB"):
        decode_message(fits + " ")


def test_four_thousand_characters_are_heard_and_one_more_is_not():
    assert isinstance(decode_message(envelope(data={"content": "x" * 4_000})), protocol.SendText)
    with pytest.raises(MalformedMessage, match="4000"):
        decode_message(envelope(data={"content": "x" * 4_001}))


def test_a_refusal_carries_the_id_but_nothing_of_what_was_sent():
    with pytest.raises(MalformedMessage) as refused:
        decode_message(client_message("tap-item", item="Martini", quantity="my secret"))

    assert refused.value.id == "a-1"
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("text", [envelope("raw-audio", data={}), client_message("self-destruct")])
def test_a_whole_message_of_an_unknown_kind_is_not_called_garbled(text):
    with pytest.raises(UnknownMessageType) as refused:
        decode_message(text)

    assert refused.value.id == "a-1"


def test_the_tab_holds_what_the_page_and_its_forms_show():
    told = protocol.tab_message(Bill(balance_cents=100_000))

    assert told["kind"] == "tab"
    assert told["order"] == told["lines"] == []
    assert told["payment"] is None
    assert set(told["tab"]) == {
        "status",
        "subtotal_cents",
        "tax_cents",
        "tip_cents",
        "total_cents",
        "paid_cents",
        "balance_cents",
    }
    assert {"tip_bp", "due_cents", "version"} <= set(told)
