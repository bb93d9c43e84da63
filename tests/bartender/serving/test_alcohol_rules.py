"""The decision table of alcohol: what was served and what is wanted, in standard drinks of 14 g."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartender.serving.rules import Limits, Standing, Verdict, judge, may_be_poured

GRAMS = 14
SERVE, WATER, STAFF, FREE, ASK, REFUSE = (
    Verdict.SERVE,
    Verdict.WATER,
    Verdict.STAFF,
    Verdict.ALCOHOL_FREE,
    Verdict.ASK_AGE,
    Verdict.REFUSE,
)


def limits(age_check="none"):
    return Limits(180, Decimal(4 * GRAMS), Decimal(16 * GRAMS), Decimal(24 * GRAMS), age_check, 21)


# served, wanted, age state, age check, allowed by a person, verdict
TABLE = [
    # a guest who has had nothing yet
    (0, 0, "unknown", "none", False, SERVE),
    (0, 1, "unknown", "none", False, SERVE),
    (0, 2, "unknown", "none", False, SERVE),
    (0, 3.9, "unknown", "none", False, SERVE),
    (0, 4, "unknown", "none", False, WATER),
    (0, 12, "unknown", "none", False, WATER),
    (0, 16, "unknown", "none", False, WATER),
    (0, 16.1, "unknown", "none", False, WATER),
    (0, 40, "unknown", "none", False, WATER),
    (0, 40, "unknown", "none", True, WATER),
    # at the soft limit
    (3, 0.9, "unknown", "none", False, SERVE),
    (3, 1, "unknown", "none", False, WATER),
    (3.9, 0.1, "unknown", "none", False, WATER),
    (4, 0, "unknown", "none", False, SERVE),
    (4, 1, "unknown", "none", False, WATER),
    (10, 2, "unknown", "none", False, WATER),
    # where a person decides
    (15, 1, "unknown", "none", False, WATER),
    (15.9, 9, "unknown", "none", False, WATER),
    (16, 0.1, "unknown", "none", False, STAFF),
    (16, 1, "unknown", "none", False, STAFF),
    (16, 1, "unknown", "none", True, WATER),
    (20, 2, "unknown", "none", False, STAFF),
    (20, 2, "unknown", "none", True, WATER),
    (23.9, 1, "unknown", "none", True, WATER),
    # beyond it nobody's yes helps
    (24, 1, "unknown", "none", False, FREE),
    (24, 1, "unknown", "none", True, FREE),
    (24, 0.1, "checked", "staff", True, FREE),
    (30, 5, "declared", "declared", True, FREE),
    (24, 0, "unknown", "none", False, SERVE),
    (99, 0, "refused", "staff", False, SERVE),
    # the house asks for the guest's own word
    (0, 1, "unknown", "declared", False, ASK),
    (0, 0, "unknown", "declared", False, SERVE),
    (5, 1, "unknown", "declared", False, ASK),
    (16, 1, "unknown", "declared", False, ASK),
    (24, 1, "unknown", "declared", False, ASK),
    (0, 1, "unknown", "declared", True, ASK),
    (0, 1, "declared", "declared", False, SERVE),
    (0, 1, "checked", "declared", False, SERVE),
    (3, 1, "declared", "declared", False, WATER),
    (16, 1, "declared", "declared", False, STAFF),
    (16, 1, "checked", "declared", True, WATER),
    # the house wants a person to look: the tab takes the drink, the ticket waits
    (0, 1, "unknown", "staff", False, SERVE),
    (0, 1, "declared", "staff", False, SERVE),
    (0, 1, "checked", "staff", False, SERVE),
    (4, 1, "unknown", "staff", False, WATER),
    (16, 1, "checked", "staff", False, STAFF),
    # somebody under age, or whom a person has refused
    (0, 1, "refused", "none", False, REFUSE),
    (0, 1, "refused", "none", True, REFUSE),
    (0, 1, "refused", "declared", False, REFUSE),
    (0, 1, "refused", "declared", True, REFUSE),
    (0, 1, "refused", "staff", False, REFUSE),
    (0, 1, "refused", "staff", True, REFUSE),
    (24, 1, "refused", "none", False, REFUSE),
    (0, 0, "refused", "none", False, SERVE),
    (0, 0, "refused", "declared", False, SERVE),
    # having shown an ID lifts no limit
    (3, 1, "checked", "none", False, WATER),
    (16, 1, "checked", "none", False, STAFF),
    (24, 1, "checked", "none", False, FREE),
    # halves and doubles
    (3.5, 0.5, "unknown", "none", False, WATER),
    (2, 1.98, "unknown", "none", False, SERVE),
    (2.1, 1.98, "unknown", "none", False, WATER),
    (14.1, 1.98, "unknown", "none", False, WATER),
]


def test_the_table_is_long_enough_to_mean_something():
    assert len(TABLE) >= 60
    assert {row[-1] for row in TABLE} == set(Verdict)


@pytest.mark.parametrize("taken, wanted, age, check, allowed, verdict", TABLE)
def test_what_is_served(taken, wanted, age, check, allowed, verdict):
    standing = Standing(Decimal(str(taken)) * GRAMS, age_state=age, allowed=allowed)

    assert judge(standing, Decimal(str(wanted)) * GRAMS, limits(check)) is verdict


@pytest.mark.parametrize(
    "served, waiting, wanted, verdict",
    [
        (0, 2, 1, SERVE),
        (0, 3, 1, WATER),
        (2, 1, 1, WATER),
        (0, 30, 1, WATER),  # a table's first round is on the tab; people will see whom it is for
        (16, 0, 1, STAFF),
        (16, 5, 1, STAFF),
        (24, 5, 1, FREE),
    ],
)
def test_what_waits_on_the_tab_asks_for_water_and_what_was_served_for_a_person(
    served, waiting, wanted, verdict
):
    standing = Standing(Decimal(served) * GRAMS, Decimal(waiting) * GRAMS)

    assert judge(standing, Decimal(wanted) * GRAMS, limits()) is verdict


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
    ],
)
def test_when_a_ticket_may_go_out(age, check, grams, poured):
    assert may_be_poured(age, Decimal(grams), limits(check)) is poured


ORDER = [SERVE, WATER, STAFF, FREE]


@given(
    taken=st.decimals(0, 500, places=1),
    more=st.decimals(0, 100, places=1),
    wanted=st.decimals("0.1", 100, places=1),
    allowed=st.booleans(),
)
def test_having_had_more_never_makes_the_house_more_generous(taken, more, wanted, allowed):
    before = judge(Standing(taken, allowed=allowed), wanted, limits())
    after = judge(Standing(taken + more, allowed=allowed), wanted, limits())

    assert ORDER.index(after) >= ORDER.index(before)
