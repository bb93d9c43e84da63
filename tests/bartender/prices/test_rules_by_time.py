"""When a rule holds, and what it makes of a price: by the venue's clock, in whole minor units."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from bartender.menu.price_rules import MenuPriceRule, next_change, rules_at
from bartender.menu.snapshot import current_menu, find_drink, mark_menu_changed, menu_for_orders
from bartender.models.menu import Venue
from bartender.models.price_rules import PriceRule
from tests.bartender.prices.happy_hour import add_rule, drink, forbid_alcohol_promotions, happy_hour


def rule(starts="17:00", ends="19:00", days=range(7), **fields):
    made: dict[str, Any] = {
        "id": 1,
        "name": "Happy hour",
        "weekdays": frozenset(days),
        "starts_at": time.fromisoformat(starts),
        "ends_at": time.fromisoformat(ends),
        "valid_from": None,
        "valid_until": None,
        "item_ids": frozenset({1}),
        "kind": "percent",
        "cents": None,
        "rate_milli": 20_000,
    } | fields
    return MenuPriceRule(**made)


def holds(one, moment, zone="UTC"):
    at = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone))
    return one.occurrence_at(at.astimezone(UTC), zone) is not None


@pytest.mark.parametrize(
    "made, moment, zone, expected",
    [
        (rule(), "2026-12-01T16:59:59.999999", "UTC", False),
        (rule(), "2026-12-01T17:00", "UTC", True),
        (rule(), "2026-12-01T18:59:59.999999", "UTC", True),
        (rule(), "2026-12-01T19:00", "UTC", False),
        # 17:30 in New York, which is 22:30 in UTC
        (rule(), "2026-12-01T17:30", "America/New_York", True),
        # across midnight: the night belongs to the day on which it began, a Friday
        (rule("22:00", "02:00", [4]), "2026-12-04T23:00", "Europe/Madrid", True),
        (rule("22:00", "02:00", [4]), "2026-12-05T01:59", "Europe/Madrid", True),
        (rule("22:00", "02:00", [4]), "2026-12-05T02:00", "Europe/Madrid", False),
        (rule("22:00", "02:00", [4]), "2026-12-04T01:00", "Europe/Madrid", False),
        (rule("22:00", "02:00", valid_until=date(2026, 12, 4)), "2026-12-05T01:00", "UTC", True),
        (rule("22:00", "02:00", valid_until=date(2026, 12, 4)), "2026-12-05T22:30", "UTC", False),
        (rule(valid_from=date(2026, 12, 2)), "2026-12-01T18:00", "UTC", False),
        (rule(valid_from=date(2026, 12, 2)), "2026-12-02T18:00", "UTC", True),
        (rule("12:00", "12:00", [1]), "2026-12-02T11:59", "UTC", True),  # the same time twice: a whole day
        (rule("12:00", "12:00", [1]), "2026-12-02T12:00", "UTC", False),
        # Berlin's clock goes from 02:00 to 03:00 in that night: the rule lasts an hour
        (rule("01:30", "03:30"), "2026-03-29T03:29", "Europe/Berlin", True),
        (rule("01:30", "03:30"), "2026-03-29T03:30", "Europe/Berlin", False),
    ],
)
def test_a_rule_holds_from_its_beginning_to_before_its_end(made, moment, zone, expected):
    assert holds(made, moment, zone) is expected


@given(
    st.times(),
    st.times(),
    st.sets(st.integers(0, 6), min_size=1),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),
)
def test_it_agrees_with_who_looks_at_day_and_clock(starts, ends, days, moment):
    """The oracle reads it off the clock on the wall, in a zone without summer time."""
    today, yesterday = moment.weekday() in days, (moment - timedelta(days=1)).weekday() in days
    if starts < ends:
        expected = today and starts <= moment.time() < ends
    else:
        expected = (today and moment.time() >= starts) or (yesterday and moment.time() < ends)
    found = rule(weekdays=frozenset(days), starts_at=starts, ends_at=ends)
    assert (found.occurrence_at(moment.replace(tzinfo=UTC), "UTC") is not None) == expected


@pytest.mark.parametrize(
    "kind, cents, rate, before, after",
    [
        ("percent", None, 20_000, 5_00, 4_00),
        ("percent", None, 33_333, 1_00, 67),
        ("percent", None, 50_000, 5, 2),  # 2.5 off is rounded half up, to 3
        ("percent", None, 12_500, 5_00, 4_37),  # 62.5 off is 63
        ("amount", 1_50, None, 5_00, 3_50),
        ("amount", 5_00, None, 5_00, None),  # what leaves nothing to pay is a comp's
        ("amount", 9_00, None, 5_00, None),
        ("fixed", 3_00, None, 5_00, 3_00),
        ("fixed", 6_00, None, 5_00, None),  # a rule never makes anything dearer
        ("percent", None, 1, 5_00, None),
    ],
)
def test_what_a_rule_makes_of_a_price(kind, cents, rate, before, after):
    assert rule(kind=kind, cents=cents, rate_milli=rate).price_cents(before) == after


@given(
    st.integers(1, 1_000_000),
    st.sampled_from(["percent", "amount", "fixed"]),
    st.integers(1, 99_999),
)
def test_no_rule_gives_a_price_of_nothing_or_above_the_menus(price, kind, size):
    how = {"cents": None, "rate_milli": size} if kind == "percent" else {"cents": size, "rate_milli": None}
    made = rule(kind=kind, **how).price_cents(price)
    assert made is None or (type(made) is int and 0 < made < price)


def test_the_next_change_is_the_nearest_beginning_or_end():
    late = rule("18:30", "20:00", id=2)
    six = datetime(2026, 12, 1, 18, tzinfo=UTC)
    assert next_change([rule(), late], six, "UTC") == six.replace(minute=30)
    assert next_change([rule()], six, "UTC") == six.replace(hour=19)
    assert next_change([rule(days=[0])], six, "UTC") == datetime(2026, 12, 7, 17, tzinfo=UTC)
    assert next_change([], six, "UTC") is None


def test_a_rule_that_goes_on_without_a_break_names_no_end():
    ((_rule, until),) = rules_at([rule("00:00", "00:00")], datetime(2026, 12, 1, 18, tzinfo=UTC), "UTC")
    assert until is None


@pytest.mark.parametrize(
    "fields", [{"kind": "percent", "cents": 1_00}, {"kind": "fixed", "cents": 0}, {"kind": "amount"}]
)
def test_the_database_refuses_a_rule_that_says_nothing_clear(menu, fields):
    with pytest.raises(IntegrityError, match=r"price_rule_says_how_much|CHECK"), transaction.atomic():
        PriceRule.objects.create(name="Odd", starts_at=time(17), ends_at=time(19), **fields)


def price_now(name):
    found = drink(name)
    return found.price_cents, found.reduction.rule if found.reduction else ""


def test_of_several_rules_the_guest_gets_the_lowest_price(menu, clock):
    happy_hour()
    add_rule("Tap Tuesday", items=["Tap Beer"], weekdays=[1], kind="amount", cents=2_00)
    add_rule("Dear hour", items=["Tap Beer"], kind="fixed", cents=9_00)
    assert price_now("Tap Beer") == (3_00, "Tap Tuesday")
    assert price_now("IPA") == (4_80, "Happy hour")
    assert price_now("Negroni") == (11_00, "")
    clock.at(18, day=2)
    assert price_now("Tap Beer") == (4_00, "Happy hour")


def test_prices_follow_the_clock_of_the_venue_and_only_of_it(menu, clock):
    happy_hour()
    Venue.objects.update(timezone="America/New_York")
    assert price_now("IPA") == (6_00, "")  # it is one in the afternoon there
    clock.at(22, 30)
    assert price_now("IPA") == (4_80, "Happy hour")


def test_a_rule_that_is_switched_off_ends_at_once_also_for_orders(menu, clock):
    happy_hour()
    PriceRule.objects.update(is_active=False)
    mark_menu_changed()
    assert price_now("IPA") == (6_00, "")
    assert find_drink(menu_for_orders(), "IPA").price_cents == 6_00


def test_where_the_law_forbids_it_alcohol_keeps_its_price(menu, clock):
    add_rule(categories=["Beer", "Non-alcoholic"])
    forbid_alcohol_promotions()
    assert price_now("IPA") == (6_00, "")
    assert price_now("Lemonade") == (1_60, "Happy hour")


def test_the_same_menu_at_the_same_hour_is_read_once(menu, clock, django_assert_num_queries):
    happy_hour()
    first = current_menu()
    clock.at(18, 30)
    with django_assert_num_queries(1):
        assert current_menu() is first
    clock.at(19)
    with django_assert_num_queries(1):
        assert current_menu().stamp != first.stamp
