"""The terminal: one line in, one JSON object out; and a conversation for people."""

import io
import json
import sys

import pytest
from django.core.management import CommandError, call_command

LINES = "two old fashioneds and an IPA, please\n\n20 % on top\nclose me out\nyes\nça va? 🍸\n"


@pytest.fixture
def chat(menu, monkeypatch, capsys):
    def run(text, **options):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text), encoding="ascii"))
        call_command("chat", **options)
        return capsys.readouterr().out

    return run


def test_each_line_is_a_turn_and_each_turn_is_a_line(chat):
    told = [json.loads(line) for line in chat(LINES.encode(), json=True).splitlines()]

    assert len(told) == 6
    assert set(told[0]) == {
        "reply",
        "emotion",
        "phase",
        "brain",
        "tools",
        "order",
        "tab",
        "elapsed_ms",
    }
    assert told[0]["tools"][0] == {
        "name": "add_to_order",
        "arguments": {"item": "Old Fashioned", "quantity": 2, "modifiers": []},
        "ok": True,
    }
    assert told[0]["order"][0] == {
        "item": "Old Fashioned",
        "quantity": 2,
        "modifiers": [],
        "unit_price_cents": 12_00,
        "status": "open",
    }
    assert told[1]["tab"] == told[0]["tab"]
    assert told[2]["tab"] == {
        "status": "open",
        "subtotal_cents": 30_00,
        "tax_cents": 0,
        "tip_cents": 6_00,
        "total_cents": 36_00,
        "paid_cents": 0,
        "balance_cents": 964_00,
    }
    assert [one["tab"]["status"] for one in told[3:]] == ["closing", "closing", "closing"]
    assert all(one["reply"] for one in told)


def test_bytes_that_are_no_text_are_a_turn_too(chat):
    assert len(chat(b"\xff\xfe two IPAs\nhello\n", json=True).splitlines()) == 2


def test_a_brain_that_is_not_here_is_refused_with_one_sentence(menu):
    with pytest.raises(CommandError, match="house"):
        call_command("chat", json=True, brain="gemini")


def test_a_person_orders_pays_and_leaves(menu, monkeypatch, capsys):
    said = iter(["a negroni", "close me out", "yes", "/pay", "/bye"])
    monkeypatch.setattr("builtins.input", lambda _: next(said))

    call_command("chat")

    assert "Paid $11.00 at the simulated till" in capsys.readouterr().out


def test_many_guests_in_one_process_each_in_their_own_language(chat):
    said = "two IPAs\n/new es\nponme un ron, por favor\n/new\nwhat's on my tab?\n/new fr\n/new en\n"

    ada, *spaniard, new, ben, no_command, last = map(json.loads, chat(said.encode(), json=True).splitlines())

    assert ada["order"][0]["item"] == "IPA"
    assert spaniard[0] == new == last == {"new": True}
    assert "un Rum a $7.00" in spaniard[1]["reply"]
    assert ben["order"] == []
    assert "nothing on your tab" in ben["reply"]
    assert no_command["order"] == []
    assert no_command["reply"]


def test_at_the_terminal_another_guest_sits_down(menu, monkeypatch, capsys):
    said = iter(["a negroni", "/new es", "la cuenta", "/bye"])
    monkeypatch.setattr("builtins.input", lambda _: next(said))

    call_command("chat")

    told = capsys.readouterr().out
    assert "an AI" in told.splitlines()[0]
    assert "Another guest sits down." in told
    assert "Aún no hay nada que pagar." in told
