"""The decision table of alcohol: what was served and what is wanted, in standard drinks of 14 g."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartender.menu.alcohol import ServingLimits
from bartender.safety.serving_rules import AlcoholIntake, ServingVerdict, can_be_poured, decide_serving

GRAMS = 14
SERVE, WATER, STAFF, FREE, ASK, REFUSE = (
    ServingVerdict.SERVE,
    ServingVerdict.SERVE_WITH_WATER,
    ServingVerdict.NEEDS_STAFF,
    ServingVerdict.ALCOHOL_FREE,
    ServingVerdict.NEEDS_AGE_CHECK,
    ServingVerdict.REFUSE,
)


def limits(age_check="none"):
    return ServingLimits(180, Decimal(4 * GRAMS), Decimal(16 * GRAMS), Decimal(24 * GRAMS), age_check, 21)


# served, wanted, age state, age check, how far a person said yes (None: nobody did), verdict.
# The order itself counts against every limit: what is asked for was no safer for being asked for at once. So
# twelve at once is a person's to allow, as the twelfth of twelve one after the other always was.
TABLE = [
    # a guest who has had nothing yet
    (0, 0, "unknown", "none", None, SERVE),
    (0, 1, "unknown", "none", None, SERVE),
    (0, 2, "unknown", "none", None, SERVE),
    (0, 3.9, "unknown", "none", None, SERVE),
    (0, 4, "unknown", "none", None, WATER),
    (0, 12, "unknown", "none", None, WATER),
    (0, 16, "unknown", "none", None, WATER),
    (0, 16.1, "unknown", "none", None, STAFF),
    (0, 40, "unknown", "none", None, STAFF),
    (0, 40, "unknown", "none", 0, STAFF),  # a yes to something smaller goes as far as the limit
    (0, 24, "unknown", "none", 0, WATER),
    (0, 40, "unknown", "none", 40, WATER),  # a round for a table: a person saw whom it is for
    (0, 41, "unknown", "none", 40, STAFF),
    # at the soft limit
    (3, 0.9, "unknown", "none", None, SERVE),
    (3, 1, "unknown", "none", None, WATER),
    (3.9, 0.1, "unknown", "none", None, WATER),
    (4, 0, "unknown", "none", None, SERVE),
    (4, 1, "unknown", "none", None, WATER),
    (10, 2, "unknown", "none", None, WATER),
    # where a person decides
    (15, 1, "unknown", "none", None, WATER),
    (15.9, 0.2, "unknown", "none", None, STAFF),
    (15.9, 9, "unknown", "none", None, STAFF),
    (16, 0.1, "unknown", "none", None, STAFF),
    (16, 1, "unknown", "none", None, STAFF),
    (16, 1, "unknown", "none", 0, WATER),
    (20, 2, "unknown", "none", None, STAFF),
    (20, 2, "unknown", "none", 0, WATER),
    (23.9, 0.1, "unknown", "none", 0, WATER),
    (23.9, 1, "unknown", "none", 0, STAFF),
    (23.9, 1, "unknown", "none", 24.9, WATER),
    # beyond it nobody's yes helps
    (24, 1, "unknown", "none", None, FREE),
    (24, 1, "unknown", "none", 0, FREE),
    (24, 1, "unknown", "none", 40, FREE),
    (24, 0.1, "checked", "staff", 0, FREE),
    (30, 5, "declared", "declared", 0, FREE),
    (24, 0, "unknown", "none", None, SERVE),
    (99, 0, "refused", "staff", None, SERVE),
    # the bar asks for the guest's own word
    (0, 1, "unknown", "declared", None, ASK),
    (0, 0, "unknown", "declared", None, SERVE),
    (5, 1, "unknown", "declared", None, ASK),
    (16, 1, "unknown", "declared", None, ASK),
    (24, 1, "unknown", "declared", None, ASK),
    (0, 1, "unknown", "declared", 0, ASK),
    (0, 1, "declared", "declared", None, SERVE),
    (0, 1, "checked", "declared", None, SERVE),
    (3, 1, "declared", "declared", None, WATER),
    (16, 1, "declared", "declared", None, STAFF),
    (16, 1, "checked", "declared", 0, WATER),
    # the bar wants a person to look: the tab takes the drink, the ticket waits
    (0, 1, "unknown", "staff", None, SERVE),
    (0, 1, "declared", "staff", None, SERVE),
    (0, 1, "checked", "staff", None, SERVE),
    (4, 1, "unknown", "staff", None, WATER),
    (16, 1, "checked", "staff", None, STAFF),
    # somebody under age, or whom a person has refused
    (0, 1, "refused", "none", None, REFUSE),
    (0, 1, "refused", "none", 0, REFUSE),
    (0, 1, "refused", "declared", None, REFUSE),
    (0, 1, "refused", "declared", 0, REFUSE),
    (0, 1, "refused", "staff", None, REFUSE),
    (0, 1, "refused", "staff", 0, REFUSE),
    (24, 1, "refused", "none", None, REFUSE),
    (0, 0, "refused", "none", None, SERVE),
    (0, 0, "refused", "declared", None, SERVE),
    # having shown an ID lifts no limit
    (3, 1, "checked", "none", None, WATER),
    (16, 1, "checked", "none", None, STAFF),
    (24, 1, "checked", "none", None, FREE),
    # halves and doubles
    (3.5, 0.5, "unknown", "none", None, WATER),
    (2, 1.98, "unknown", "none", None, SERVE),
    (2.1, 1.98, "unknown", "none", None, WATER),
    (14.1, 1.98, "unknown", "none", None, STAFF),
    # nobody knows how strong it is: never taken for nothing
    (0, None, "unknown", "none", None, STAFF),
    (0, None, "unknown", "none", 0, WATER),
    (0, None, "unknown", "declared", None, ASK),
    (0, None, "declared", "declared", None, STAFF),
    (0, None, "refused", "none", None, REFUSE),
    (0, None, "refused", "none", 0, REFUSE),
    (24, None, "unknown", "none", None, FREE),
    (24, None, "unknown", "none", 0, FREE),
]


def drinks(number):
    return None if number is None else Decimal(str(number)) * GRAMS


def test_the_table_is_long_enough_to_mean_something():
    assert len(TABLE) >= 60
    assert {row[-1] for row in TABLE} == set(ServingVerdict)


@pytest.mark.parametrize("taken, wanted, age, check, allowed, verdict", TABLE)
def test_what_is_served(taken, wanted, age, check, allowed, verdict):
    standing = AlcoholIntake(drinks(taken), age_state=age, approved_grams=drinks(allowed))

    assert decide_serving(standing, drinks(wanted), limits(check)) is verdict


@pytest.mark.parametrize(
    "served, waiting, wanted, verdict",
    [
        (0, 2, 1, SERVE),
        (0, 3, 1, WATER),
        (2, 1, 1, WATER),
        (0, 15, 1, WATER),
        (0, 30, 1, STAFF),  # what waits is as good as drunk: a table's first round is a person's to see
        (8, 8, 1, STAFF),
        (16, 0, 1, STAFF),
        (16, 5, 1, STAFF),
        (24, 5, 1, FREE),
    ],
)
def test_what_waits_on_the_tab_counts_as_what_was_served_does(served, waiting, wanted, verdict):
    standing = AlcoholIntake(drinks(served), drinks(waiting))

    assert decide_serving(standing, drinks(wanted), limits()) is verdict


def test_after_a_drink_of_unknown_strength_a_person_decides_on_the_next(menu):
    assert decide_serving(AlcoholIntake(has_unknown_strength=True), drinks(1), limits()) is STAFF
    assert (
        decide_serving(
            AlcoholIntake(has_unknown_strength=True, approved_grams=drinks(1)), drinks(1), limits()
        )
        is WATER
    )
    assert decide_serving(AlcoholIntake(has_unknown_strength=True), drinks(0), limits()) is SERVE


@pytest.mark.parametrize(
    "age, check, grams, poured",
    [
        ("unknown", "none", 14, True),
        ("unknown", "declared", 14, True),  # it would not be on the tab
        ("unknown", "staff", 14, False),
        ("declared", "staff", 14, False),
        ("checked", "staff", 14, True),
        ("refused", "none", 14, False),
        ("refused", "staff", 14, False),
        ("refused", "staff", 0, True),
        ("unknown", "staff", 0, True),
        ("unknown", "none", None, True),
        ("unknown", "staff", None, False),
        ("refused", "none", None, False),
    ],
)
def test_when_a_ticket_may_go_out(age, check, grams, poured):
    assert can_be_poured(age, None if grams is None else Decimal(grams), limits(check)) is poured


ORDER = [SERVE, WATER, STAFF, FREE]


@given(
    taken=st.decimals(0, 500, places=1),
    more=st.decimals(0, 100, places=1),
    wanted=st.decimals("0.1", 100, places=1),
    allowed=st.none() | st.decimals(0, 700, places=1),
)
def test_having_had_more_never_makes_the_house_more_generous(taken, more, wanted, allowed):
    before = decide_serving(AlcoholIntake(taken, approved_grams=allowed), wanted, limits())
    after = decide_serving(AlcoholIntake(taken + more, approved_grams=allowed), wanted, limits())

    assert ORDER.index(after) >= ORDER.index(before)
