"""What Maya says of prices is true at that minute, and what a model says of them must be."""

import pytest
from django.utils.translation import override

from bartender.claim_gate.evidence import build_evidence
from bartender.claim_gate.gate import ClaimGate
from bartender.menu.snapshot import current_menu
from bartender.services import orders
from bartender.services.bills import bill_of
from tests.bartender.agents.fixtures import call, open_door, pair_agent
from tests.bartender.prices.happy_hour import add_rule, forbid_alcohol_promotions, happy_hour
from tests.guest_fixtures import make_context
from tests.rag.test_conversation import say

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "question, answer",
    [
        ("how much is a lager?", "A Classic Brew is $4.00. Happy hour until 19:00; otherwise $5.00."),
        ("how much is a negroni?", "A Negroni is $11.00."),
        (
            "what's on happy hour?",
            "Happy hour until 19:00: Tap Beer $4.00 instead of $5.00, "
            "Classic Brew $4.00 instead of $5.00 and IPA $4.80 instead of $6.00.",
        ),
        ("is the IPA on happy hour?", "Happy hour until 19:00: IPA $4.80 instead of $6.00."),
        ("is there a happy hour?", "Happy hour until 19:00: Tap Beer"),
        ("do you have any deals?", "Happy hour until 19:00: Tap Beer"),
        ("is the negroni on happy hour?", "A Negroni is $11.00 now."),
    ],
)
def test_during_happy_hour(ada, clock, question, answer):
    happy_hour()
    ended = say(ada, question)
    assert ended.reply.startswith(answer)
    assert not ended.bill.lines


@pytest.mark.parametrize(
    "question, answer",
    [
        ("how much is a lager?", "A Classic Brew is $5.00."),
        (
            "what's on happy hour?",
            "Nothing costs less than the menu says at the moment. Happy hour is on Wednesday "
            "from 17:00 to 19:00: Tap Beer $4.00, Classic Brew $4.00 and IPA $4.80.",
        ),
        (
            "is the IPA on happy hour?",
            "An IPA is $6.00 now. Happy hour is on Wednesday from 17:00 to 19:00: IPA $4.80.",
        ),
    ],
)
def test_after_it(ada, clock, question, answer):
    happy_hour()
    clock.at(19)
    assert say(ada, question).reply == answer


def test_before_it_and_by_the_name_that_the_rule_has(ada, clock):
    add_rule("Early Bird", categories=["Beer"])
    clock.at(15)
    assert (
        "Early Bird is today from 17:00 to 19:00: Tap Beer $4.00" in say(ada, "when is the early bird?").reply
    )


def test_a_bar_without_rules_says_so(ada):
    told = say(ada, "what's on happy hour?").reply
    assert told == "There is no happy hour here: a drink costs the same at every hour."


def test_where_the_law_forbids_it_none_is_promised(ada, clock):
    happy_hour()
    forbid_alcohol_promotions()
    clock.at(15)
    assert say(ada, "what's on happy hour?").reply == "Nothing costs less than the menu says at the moment."


def test_in_spanish(ada, clock):
    happy_hour()
    ada.language = "es"
    ada.save()
    with override("es"):
        told = say(ada, "¿qué hay en la happy hour?").reply
    assert "Happy hour hasta las 19:00: Tap Beer $4.00 en lugar de $5.00" in told


def passes(visit, sentence):
    gate = ClaimGate(build_evidence(current_menu(), bill_of(visit)), is_llm_text=True)
    return [*gate.feed(sentence), *gate.close()] == [sentence]


@pytest.mark.parametrize(
    "sentence, inside, outside",
    [
        ("The IPA is $4.80.", True, False),
        ("The IPA is $6.00.", False, True),
        ("The IPA is $4.80, Happy hour until 19:00.", True, False),
        ("The IPA is $4.80, Happy hour until 23:00.", False, False),
        ("The Negroni is $8.00, Happy hour until 19:00.", False, False),
        ("The Negroni is $11.00, Happy hour until 19:00.", False, False),
        ("Two IPAs are $9.60.", True, False),
    ],
)
def test_a_models_sentence_leaves_if_its_price_is_true_now(ada, clock, sentence, inside, outside):
    happy_hour()
    assert passes(ada, sentence) is inside
    clock.at(19)
    assert passes(ada, sentence) is outside


@pytest.mark.parametrize(
    "sentence, passing",
    [
        ("An IPA is $4.80.", False),
        ("We have the IPA for $4.80.", False),
        ("Another IPA would be $4.80.", False),
        ("The IPA is on your tab at $4.80.", True),
        ("An IPA is $6.00.", True),
    ],
)
def test_the_price_of_a_line_is_not_the_menus_once_its_rule_is_over(ada, clock, sentence, passing):
    happy_hour()
    for item in ("IPA", "Negroni"):
        orders.add_line(ada, item, 1, [], make_context())
    clock.at(21)
    assert passes(ada, sentence) is passing


def test_an_agent_reads_the_price_its_rule_and_its_end(ada, clock):
    happy_hour()
    open_door()
    (row,) = call(pair_agent(ada), "search_menu", text="IPA")["drinks"]
    assert (row["price"], row["price_without_rule"]) == ("$4.80", "$6.00")
    assert (row["price_rule"], row["price_until"]) == ("Happy hour", "2026-12-01T19:00:00+00:00")
