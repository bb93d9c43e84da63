"""How much a tab takes: twelve of a line, forty units, two thousand dollars, and the guest's play money."""

import pytest

from bartender.errors import WrongQuantity
from bartender.services import bills, orders
from payments import ledger
from payments.errors import LineLimit, OperationNotAllowed, OutOfPlayMoney, TabLimit, UnitLimit
from payments.ledger import Sale
from tests.guest_fixtures import lift_alcohol_limits, make_context
from tests.payments.ledger_helpers import (
    add_tip,
    assert_ledger_consistent,
    make_tab,
    reload_tab,
    sell,
    settle_tab,
    snapshot_database,
)

pytestmark = pytest.mark.django_db


def test_twelve_of_one_line_are_poured_and_the_thirteenth_is_not():
    tab = sell(make_tab(), 12, 1_00)
    with pytest.raises(LineLimit, match="12 of one drink"):
        sell(tab, 1, 1_00)
    assert reload_tab(tab).units == 12


def test_thirteen_at_once_are_refused_as_well():
    with pytest.raises(LineLimit):
        sell(make_tab(), 13, 1_00)


def test_a_line_that_was_drunk_down_to_eleven_takes_one_more():
    tab = sell(make_tab(), 12, 1_00)
    ledger.void(tab, [Sale("line", 1, 1_00)], make_context())
    assert sell(tab, 1, 1_00).units == 12


def test_the_same_drink_asked_for_twice_is_one_line_to_the_limit(ada):
    lift_alcohol_limits()
    orders.add_line(ada, "IPA", 12, [], make_context())
    before = snapshot_database()
    with pytest.raises(LineLimit):
        orders.add_line(ada, "i.p.a.", 1, [], make_context())
    assert snapshot_database() == before


def test_the_same_drink_made_differently_is_another_line(ada):
    lift_alcohol_limits()
    orders.add_line(ada, "Whiskey", 12, ["neat"], make_context())
    orders.add_line(ada, "Whiskey", 12, ["on the rocks"], make_context())
    assert bills.bill_of(ada).units == 24


def test_forty_units_are_served_and_the_forty_first_is_not():
    tab = make_tab()
    for number in range(4):
        sell(tab, 10, 1_00, f"line {number}")
    with pytest.raises(UnitLimit, match="at most 40 drinks"):
        sell(tab, 1, 1_00, "one more")
    assert reload_tab(tab).units == 40


def test_a_tab_comes_to_two_thousand_dollars_and_not_a_cent_more():
    tab = sell(make_tab(play_money_cents=None), 10, 200_00)
    with pytest.raises(TabLimit, match=r"\$2,000\.00"):
        sell(tab, 1, 1, "a cent")
    assert reload_tab(tab).total_cents == 2_000_00


def test_the_limit_counts_tip_and_tax_too():
    tab = sell(make_tab(play_money_cents=None, tax_rate_bp=1_000), 10, 180_00)
    with pytest.raises(TabLimit):
        add_tip(tab, cents=20_01)
    assert add_tip(tab, cents=20_00).total_cents == 2_000_00


def test_play_money_is_spent_to_the_last_cent_and_no_further():
    tab = sell(make_tab(), 10, 100_00)
    assert ledger.play_money_balance_cents(tab) == 0
    with pytest.raises(OutOfPlayMoney, match=r"\$0\.00 is left"):
        sell(tab, 1, 1, "a cent")
    assert reload_tab(tab).units == 10


def test_the_refusal_says_how_much_is_left():
    tab = sell(make_tab(), 9, 100_00)
    with pytest.raises(OutOfPlayMoney, match=r"\$100\.00 is left"):
        sell(tab, 1, 100_01, "dear")


def test_a_tip_is_paid_from_play_money_as_well():
    tab = sell(make_tab(), 9, 100_00)
    with pytest.raises(OutOfPlayMoney):
        add_tip(tab, cents=100_01)
    assert add_tip(tab, cents=100_00).tip_cents == 100_00


def test_play_money_is_the_visits_and_not_the_tabs():
    tab = settle_tab(sell(make_tab("one visit"), 9, 100_00))
    again = make_tab("one visit")
    assert again.pk != tab.pk
    assert ledger.play_money_balance_cents(again) == 100_00
    with pytest.raises(OutOfPlayMoney):
        sell(again, 1, 100_01)


def test_where_the_money_is_real_there_is_no_play_balance():
    tab = sell(make_tab(play_money_cents=None), 10, 150_00)
    assert ledger.play_money_balance_cents(tab) is None
    assert tab.due_cents == 1_500_00


def test_taking_off_is_allowed_with_no_play_money_left():
    tab = sell(make_tab(), 10, 100_00)
    assert ledger.void(tab, [Sale("line", 10, 100_00)], make_context()).tab.due_cents == 0


@pytest.mark.parametrize("quantity", [0, -1, -5, True, 1.0, "2", None, float("nan")])
def test_a_quantity_that_is_no_whole_number_from_one_is_refused(quantity):
    with pytest.raises(OperationNotAllowed):
        Sale("line", quantity, 1_00)


@pytest.mark.parametrize("cents", [0, -1, 1.5, True, "100", None])
def test_nothing_is_sold_for_nothing_or_for_a_fraction(cents):
    with pytest.raises(OperationNotAllowed):
        Sale("line", 1, cents)


@pytest.mark.parametrize("quantity", [0, -1, 13, 10**12, True, 1.5])
def test_an_absurd_order_leaves_no_trace(ada, quantity):
    before = snapshot_database()
    with pytest.raises((WrongQuantity, LineLimit)):
        orders.add_line(ada, "Negroni", quantity, [], make_context())
    assert snapshot_database() == before


@pytest.mark.parametrize("quantity", [0, -1, True, 1.5])
def test_no_part_of_a_drink_is_removed_changed_or_swapped(ada, quantity):
    line = orders.add_line(ada, "Negroni", 2, [], make_context())
    before = snapshot_database()
    for change in (
        lambda: orders.remove_line(ada, line, quantity, make_context()),
        lambda: orders.set_quantity(ada, line, quantity, make_context()),
        lambda: orders.replace_line(ada, line, "IPA", [], quantity, make_context()),
    ):
        with pytest.raises(WrongQuantity):
            change()
    assert snapshot_database() == before


def test_an_operation_without_a_sale_is_no_operation():
    with pytest.raises(OperationNotAllowed):
        ledger.charge(make_tab(), [], make_context())


def test_a_refused_operation_leaves_every_row_as_it_was():
    tab = sell(make_tab(line_cap=2), 2)
    before = snapshot_database()
    for refused in (
        lambda: sell(tab),
        lambda: ledger.void(tab, [Sale("line", 3, 10_00)], make_context()),
        lambda: ledger.void(tab, [Sale("line", 1, 9_99)], make_context()),
        lambda: ledger.void(tab, [Sale("other", 1, 10_00)], make_context()),
        lambda: add_tip(tab, cents=500_01),
        lambda: ledger.reopen(tab, make_context()),
        lambda: ledger.close_empty_tab(tab, make_context()),
    ):
        with pytest.raises((LineLimit, OperationNotAllowed)):
            refused()
        assert snapshot_database() == before
    assert assert_ledger_consistent()


def test_one_line_named_twice_in_one_void_cannot_be_taken_off_twice():
    tab = sell(make_tab(), 2)
    with pytest.raises(OperationNotAllowed, match="not that much"):
        ledger.void(tab, [Sale("line", 2, 10_00), Sale("line", 1, 10_00)], make_context())
    assert reload_tab(tab).units == 2


def test_what_one_guest_does_changes_no_row_of_another(ada, ben):
    orders.add_line(ben, "Martini", 1, [], make_context())
    his = bills.bill_of(ben)
    orders.add_line(ada, "IPA", 2, [], make_context())
    orders.clear_lines(ada, make_context())
    assert bills.bill_of(ben) == his
