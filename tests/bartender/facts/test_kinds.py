"""Every kind of fact is complete, is said in both languages, and is kept in rows as it always was."""

from dataclasses import dataclass, replace
from typing import Any, get_args

import pytest
from asgiref.sync import async_to_sync
from django.utils.translation import override

from bartender.brains.rule_based.brain import RuleBasedBrain
from bartender.conversation.turn import collect_events, take_turn
from bartender.dialogue.types import ToolCall
from bartender.facts import (
    FACTS,
    Effect,
    Fact,
    Reply,
    UnknownFact,
    fact_from_dict,
    register_fact,
)
from bartender.facts.order import LineAdded, LineChanged, LineRemoved
from bartender.models.visits import Turn
from bartender.services import orders, responsible_service
from bartender.text.normalize import plain_text
from bartender.tools import REGISTRY, ToolRunner
from tests.bartender.facts.examples import EXAMPLES
from tests.guest_fixtures import make_context

pytestmark = pytest.mark.usefixtures("menu")
KINDS = sorted(FACTS)


def example(kind: str) -> Fact:
    return fact_from_dict({"kind": kind, **EXAMPLES[kind].row})


def ended(visit, text, client_id):
    return async_to_sync(collect_events)(take_turn(visit, text, client_id, RuleBasedBrain()))[-1]


def test_there_is_an_example_of_every_kind_and_of_no_other():
    assert set(EXAMPLES) == set(FACTS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_of_this_kind_is_read_and_written_as_it_always_was(kind):
    fact = example(kind)

    assert type(fact) is FACTS[kind]
    assert fact.to_dict() == {"kind": kind, **EXAMPLES[kind].row}


@pytest.mark.parametrize("kind", KINDS)
def test_what_happened_is_said_in_both_languages(kind):
    with override("en"):
        english = example(kind).sentence()
    with override("es"):
        spanish = example(kind).sentence()

    assert (english, spanish) == (EXAMPLES[kind].english, EXAMPLES[kind].spanish)
    assert english != spanish


@pytest.mark.parametrize("kind", KINDS)
def test_whoever_heard_the_sentence_knows_of_it(kind):
    with override("en"):
        fact = example(kind)
        assert fact.is_reported_in(Reply(plain_text(f"Certainly! {fact.sentence()} Cheers.")))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if FACTS[kind].must_report])
def test_whoever_heard_something_else_does_not_know_of_it(kind):
    with override("en"):
        assert not example(kind).is_reported_in(Reply(plain_text("Lovely weather we are having.")))


@pytest.mark.parametrize("kind", KINDS)
def test_every_decision_is_one_of_those_there_are(kind):
    fact = FACTS[kind]

    assert fact.effect in get_args(Effect)
    assert fact.phase in (None, "order_taking", "small_talk")
    assert fact.must_report or fact.effect == "reads"  # what was done is always told


def test_what_was_looked_up_is_told_but_the_menu_and_the_house_book():
    """A model may speak of those itself: the gate compares it with the menu and the passages."""
    untold = {kind for kind in KINDS if not FACTS[kind].must_report}

    assert untold == {"menu", "recommended", "recalled", "an_ai"}


COMPLETE: dict[str, Any] = {
    "kind": "smoke_break",
    "effect": "service",
    "phase": None,
    "must_report": True,
    "sentence": lambda fact: "Somebody is outside for a minute.",
}


@pytest.mark.parametrize("left_out", sorted(COMPLETE))
def test_a_kind_that_leaves_something_open_is_refused_by_name(left_out):
    parts = {name: value for name, value in COMPLETE.items() if name != left_out}

    with pytest.raises(TypeError, match=rf"SmokeBreak .*{left_out}"):
        register_fact(dataclass(frozen=True)(type("SmokeBreak", (Fact,), parts)))

    assert "smoke_break" not in FACTS


def test_a_kind_has_one_class():
    taken: type[Fact] = dataclass(frozen=True)(type("Another", (Fact,), COMPLETE | {"kind": "added"}))

    with pytest.raises(ValueError, match="'added' is the kind of LineAdded already"):
        register_fact(taken)


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"kind": "sung", "song": "Bella ciao"},
        {"kind": "added"},
        {"kind": "added", **EXAMPLES["added"].row, "quantity": "many"},
        {"kind": None},
        {"kind": ["added"]},
    ],
    ids=repr,
)
def test_a_row_of_a_kind_or_a_form_that_is_no_more_is_kept_and_nothing_is_said_of_it(row):
    fact = fact_from_dict(row)

    assert isinstance(fact, UnknownFact)
    assert (fact.sentence(), fact.to_dict()) == ("", row)


def test_a_field_that_a_row_has_and_its_class_has_no_more_does_no_harm():
    row = {"kind": "balance", "balance_cents": 5_00, "coins": 3}

    assert fact_from_dict(row).to_dict() == {"kind": "balance", "balance_cents": 5_00}


def test_a_guest_whose_last_turn_holds_a_kind_that_is_no_more_says_yes_to_the_bill(ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    ended(ada, "close me out", "1")
    turn = Turn.objects.get(client_id="1")
    turn.tool_calls = [{**turn.tool_calls[0], "facts": {"kind": "sung"}}, *turn.tool_calls]
    turn.save()

    told = ended(ada, "yes", "2")

    assert told.reply.startswith("Here is your link to pay $11.00.")


def test_a_refusal_that_carries_a_kind_of_its_own_is_a_refusal(ada):
    """A request for a person's word has a kind, too: that is not the fact's."""
    responsible_service.declare_allergies(ada, ["sulphites"])

    refused = ToolRunner(ada, "turn").run_calls([ToolCall("add_to_order", {"item": "Negroni"})])[0]

    row = refused.to_dict()["facts"]
    assert (row["kind"], row["error"]) == ("refused", "AllergyApprovalRequired")
    assert fact_from_dict(row) == refused.fact


def test_what_is_done_twice_alike_is_one_fact_and_what_differs_is_two():
    beer = example("added")
    assert isinstance(beer, LineAdded)
    eased = replace(beer, ease=True)

    assert eased.merged(beer) == replace(beer, quantity=4, cents=24_00, ease=True)
    assert beer.merged(replace(beer, item="Gin")) is None
    assert beer.merged(example("removed")) is None
    assert example("changed").merged(example("changed")) is None


def test_every_kind_that_a_tool_returns_is_within_what_the_tool_may_do():
    returned = {fact for spec in REGISTRY.values() for fact in spec.facts}

    assert {LineAdded, LineChanged, LineRemoved} <= returned
    assert all(fact.effect in ("reads", spec.permission) for spec in REGISTRY.values() for fact in spec.facts)
