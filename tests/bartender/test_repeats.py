"""What a model calls for twice is sold as often as the guest said it, and told with its number."""

import pytest
from asgiref.sync import async_to_sync

from bartender.brains.scripted import ScriptedBrain
from bartender.conversation.turn import MAX_ROUNDS, collect_events, take_turn
from bartender.dialogue.types import ToolCall
from bartender.menu.snapshot import current_menu
from bartender.services import orders
from bartender.tools.duplicate_calls import count_requested_units
from tests.guest_fixtures import make_context


def ended(visit, said, *rounds, client_id="one"):
    return async_to_sync(collect_events)(take_turn(visit, said, client_id, ScriptedBrain(*rounds)))[-1]


def add(item, quantity=1, *modifiers, id=""):
    return ToolCall("add_to_order", {"item": item, "quantity": quantity, "modifiers": list(modifiers)}, id)


def sold(told):
    return {row["item"]: row["quantity"] for row in told.bill.merged_lines()}


GIN = add("Gin")


@pytest.mark.parametrize(
    "said, units",
    [
        ("a gin", 1),
        ("I'll have a gin, please", 1),
        ("a gin for me, a gin for her", 2),
        ("a gin for me and one for her", 2),
        ("gin for me, gin for him", 2),
        ("three gins", 3),
        ("a gin, and the same for my friend", 2),
        ("I'm 30, a gin", 1),
        ("a gin, here's 50 dollars", 1),
        ("a gin and two negronis", 1),
        ("same again", 1),
        ("yes please", 1),
        ("Is the gin any good? I'd like a gin", 1),
    ],
)
@pytest.mark.parametrize(
    "rounds", [[[GIN] * 5, ["There."]], [[GIN], [GIN], [GIN], [GIN]]], ids=["at once", "again"]
)
def test_equal_calls_sell_what_the_guest_said(ada, said, units, rounds):
    told = ended(ada, said, *rounds)

    assert sold(told) == {"Gin": min(units, 4)}
    assert told.outcome == "done"


def test_a_model_that_calls_the_same_in_each_round_sells_once_and_says_so_once(ada):
    told = ended(ada, "a gin", *[["One Gin, $8.00. ", GIN] for _ in range(MAX_ROUNDS + 2)])

    assert sold(told) == {"Gin": 1}
    assert "more of them" not in told.reply


def test_what_was_sold_twice_is_told_as_two(ada):
    told = ended(ada, "a gin for me, a gin for her", [GIN, GIN], ["One Gin, $8.00."])

    assert sold(told) == {"Gin": 2}
    assert told.reply == "Two Gins at $8.00 each, $16.00."


def test_what_a_model_says_of_each_of_them_is_left_to_the_fact(ada):
    said = "A Gin for you, and a Gin for her."

    assert (
        ended(ada, "a gin for me, a gin for her", [GIN, GIN], [said]).reply
        == "Two Gins at $8.00 each, $16.00."
    )


def test_a_model_that_says_nothing_leaves_the_house_to_count(ada):
    assert (
        ended(ada, "a gin for me, a gin for her", [GIN, GIN], []).reply == "Two Gins at $8.00 each, $16.00."
    )


def test_a_number_that_was_not_said_is_told(ada):
    assert ended(ada, "gins", [add("Gin", 3)], ["Gin it is."]).reply == "Three Gins at $8.00 each, $24.00."
    said = "Three Gins it is."
    assert ended(ada, "gins", [add("Gin", 3)], [said], client_id="2").reply.startswith(
        "Three Gins at $8.00 each, $24.00. And some water"
    )


def test_where_the_words_do_not_say_how_many_the_guest_is_asked(ada):
    told = ended(ada, "same again", [GIN, GIN], ["Gladly."])

    assert sold(told) == {"Gin": 1}
    assert told.reply == "One Gin, $8.00. Gladly. One Gin so far. Did you want more of them?"


def test_the_answer_to_that_question_is_an_order_of_its_own(ada):
    ended(ada, "same again", [GIN, GIN], ["Gladly."])
    told = ended(ada, "yes, one more", [GIN], ["And another Gin."], client_id="2")

    assert sold(told) == {"Gin": 2}


def test_the_model_hears_that_it_was_not_done_again(ada):
    maya = ScriptedBrain([GIN, GIN], ["There."])
    async_to_sync(collect_events)(take_turn(ada, "a gin", "one", maya))
    first, second = maya.received[1][1][0]

    assert first.ok
    assert not second.ok
    assert second.text == "One Gin: that is on your tab already."


def test_two_of_one_drink_made_differently_are_both_poured(ada):
    told = ended(
        ada,
        "two gins, one neat and one on the rocks",
        [add("Gin", 1, "neat"), add("Gin", 1, "on the rocks")],
        [],
    )

    assert told.bill.units == 2
    assert told.reply == "One Gin (neat), $8.00. One Gin (on the rocks), $8.00."


def test_a_drink_added_plain_and_then_as_it_was_asked_for_is_one_drink(ada):
    assert sold(ended(ada, "a dry martini", [add("Martini")], [add("Martini", 1, "dry")], [])) == {
        "Martini": 1
    }


def test_a_model_that_takes_its_own_mistake_back_may_mend_it(ada):
    wrong = [add("Martini"), ToolCall("remove_from_order", {"line": 1}), add("Martini", 1, "dry")]

    assert sold(ended(ada, "a dry martini", wrong, ["One dry Martini."])) == {"Martini": 1}


@pytest.mark.parametrize("id", ["fc_1", ""])
def test_the_same_call_under_the_same_id_is_one_whatever_was_said(ada, id):
    told = ended(ada, "two gins, please", [add("Gin", 1, id=id)], [add("Gin", 1, id=id)], ["There."])

    assert sold(told) == {"Gin": 1 if id else 2}


def test_other_ids_are_other_calls(ada):
    assert sold(ended(ada, "two gins", [add("Gin", id="a"), add("Gin", id="b")], [])) == {"Gin": 2}


@pytest.mark.parametrize("said, units", [("make it two", 1), ("two gins", 2), ("four gins", 4)])
def test_a_line_that_grows_with_each_round_grows_as_far_as_was_said(ada, said, units):
    grow = [[ToolCall("change_order_line", {"line": 1, "quantity": number})] for number in (2, 3, 4)]

    assert sold(ended(ada, said, [GIN], *grow)) == {"Gin": units}


def test_a_line_is_taken_off_once(ada):
    orders.add_line(ada, "IPA", 5, [], make_context())
    drop = ToolCall("remove_from_order", {"line": 1, "quantity": 1})

    assert sold(ended(ada, "drop an IPA", [drop, drop], [drop], ["Done."])) == {"IPA": 4}


def test_a_swap_is_made_once(ada):
    orders.add_line(ada, "IPA", 5, [], make_context())
    swap = ToolCall("change_order_line", {"line": 1, "item": "Gin", "units": 1})

    assert sold(ended(ada, "swap an IPA for a gin", [swap, swap], [swap], [])) == {"IPA": 4, "Gin": 1}


def test_a_call_that_was_refused_may_be_made_again(ada):
    told = ended(ada, "a gin neat", [add("Gin", 1, "dirty")], [add("Gin", 1, "neat")], [])

    assert sold(told) == {"Gin": 1}


def test_in_spanish_too(ada):
    ada.language = "es"
    ada.save()

    assert sold(ended(ada, "una ginebra para mí y una ginebra para ella", [GIN, GIN], [])) == {"Gin": 2}
    assert sold(ended(ada, "ponme una ginebra", [GIN, GIN], [], client_id="2")) == {"Gin": 3}


@pytest.mark.parametrize(
    "said, surely, at_most",
    [
        ("a gin", 1, 1),
        ("a gin for me, a gin for her", 2, None),
        ("a gin for me and one for her", 2, None),
        ("gin, gin and gin", 1, 3),
        ("another round", 0, None),
        ("a gin for each of us", 1, None),
        ("", 0, None),
    ],
)
def test_what_the_words_account_for(db, said, surely, at_most):
    assert count_requested_units(said, "Gin", current_menu()) == (surely, at_most)
