"""A few of the drill's evenings; the thousand are `python -m tests.drills.money_histories --count 1000`."""

import pytest

from tests.payments.conftest import SECRET
from tests.payments.histories import SimulatedHistory, clearing_balance_cents, find_violations

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def evening(menu, stripe, settings):
    """A whole evening of a seed, at rest."""
    settings.PRODUCTION = True  # no simulated till to fall back on

    def play(seed, steps=24):
        story = SimulatedHistory(seed, stripe, SECRET)
        story.play(steps)
        story.run_until_settled()
        return story

    return play


@pytest.mark.parametrize("seed", ["7:0", "7:7", "7:11"])
def test_whatever_goes_wrong_on_the_way_nobody_pays_twice_and_no_payment_is_lost(evening, seed):
    story = evening(seed)
    assert find_violations(story) == []
    assert clearing_balance_cents() == story.stripe.books.balance


def test_the_judge_of_these_evenings_would_see_it(evening, stripe):
    """Control: the same evening against books of Stripe's in which something else stands."""
    story = evening("7:7")
    assert find_violations(story) == []
    paid = next(one for one in stripe.books.of("payment_intent") if one["status"] == "succeeded")
    given = stripe.books.of("refund")[0]

    paid["amount"] += 1
    assert [one.split(":")[0] for one in find_violations(story)] == ["unheard"]
    paid["amount"] -= 1
    twin = stripe.books.objects["pi_twin"] = {**paid, "id": "pi_twin"}
    assert [one.split(":")[0] for one in find_violations(story)] == ["charged twice"]
    twin["metadata"] = {**paid["metadata"], "maya_payment": "nobody"}
    assert [one.split(":")[0] for one in find_violations(story)] == ["lost"]
    del stripe.books.objects["pi_twin"], stripe.books.objects[given["id"]]
    assert [one.split()[0] for one in find_violations(story)] == ["refund"]
