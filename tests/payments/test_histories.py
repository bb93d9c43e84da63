"""A few of the drill's evenings; the thousand are `python -m tests.drills.money_histories --count 1000`."""

import pytest

from tests.payments.conftest import SECRET
from tests.payments.histories import Story, cleared, wrongs

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.mark.parametrize("seed", ["7:3", "7:11"])
def test_whatever_goes_wrong_on_the_way_nobody_pays_twice_and_no_payment_is_lost(
    menu, stripe, settings, seed
):
    settings.PRODUCTION = True  # no simulated till to fall back on
    story = Story(seed, stripe, SECRET)
    story.play(16)
    story.calms_down()
    assert wrongs(story) == []
    assert cleared() == stripe.books.balance
