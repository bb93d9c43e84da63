"""How much a tab takes: twelve of a line, forty units, two thousand dollars, and the guest's play money."""

import pytest

from bartender.errors import WrongQuantity
from bartender.services import bills, orders
from payments import ledger
from payments.errors import BadAmount, LineLimit, OutOfPlayMoney, TabLimit, UnitLimit
from payments.ledger import Sale
from tests.cast import cause, serve_without_end
from tests.payments.book import a_tab, everything, in_order, now, paid, sell, tip

pytestmark = pytest.mark.django_db


def test_twelve_of_one_line_are_poured_and_the_thirteenth_is_not():
    tab = sell(a_tab(), 12, 1_00)
    with pytest.raises(LineLimit, match="12 of one drink"):
        sell(tab, 1, 1_00)
    assert now(tab).units == 12


def test_thirteen_at_once_are_refused_as_well():
    with pytest.raises(LineLimit):
        sell(a_tab(), 13, 1_00)


def test_a_line_that_was_drunk_down_to_eleven_takes_one_more():
    tab = sell(a_tab(), 12, 1_00)
    ledger.void(tab, [Sale("line", 1, 1_00)], cause())
    assert sell(tab, 1, 1_00).units == 12


def test_the_same_drink_asked_for_twice_is_one_line_to_the_limit(ada):
    serve_without_end()
    orders.add(ada, "IPA", 12, [], cause())
    before = everything()
    with pytest.raises(LineLimit):
        orders.add(ada, "i.p.a.", 1, [], cause())
    assert everything() == before


def test_the_same_drink_made_differently_is_another_line(ada):
    serve_without_end()
    orders.add(ada, "Whiskey", 12, ["neat"], cause())
    orders.add(ada, "Whiskey", 12, ["on the rocks"], cause())
    assert bills.bill_of(ada).units == 24


def test_forty_units_are_served_and_the_forty_first_is_not():
    tab = a_tab()
    for number in range(4):
        sell(tab, 10, 1_00, f"line {number}")
    with pytest.raises(UnitLimit, match="at most 40 drinks"):
        sell(tab, 1, 1_00, "one more")
    assert now(tab).units == 40


def test_a_tab_comes_to_two_thousand_dollars_and_not_a_cent_more():
    tab = sell(a_tab(play_money_cents=None), 10, 200_00)
    with pytest.raises(TabLimit, match=r"\$2,000\.00"):
        sell(tab, 1, 1, "a cent")
    assert now(tab).total_cents == 2_000_00


def test_the_limit_counts_tip_and_tax_too():
    tab = sell(a_tab(play_money_cents=None, tax_rate_bp=1_000), 10, 180_00)
    with pytest.raises(TabLimit):
        tip(tab, cents=20_01)
    assert tip(tab, cents=20_00).total_cents == 2_000_00


def test_play_money_is_spent_to_the_last_cent_and_no_further():
    tab = sell(a_tab(), 10, 100_00)
    assert ledger.play_balance(tab) == 0
    with pytest.raises(OutOfPlayMoney, match=r"\$0\.00 is left"):
        sell(tab, 1, 1, "a cent")
    assert now(tab).units == 10


def test_the_refusal_says_how_much_is_left():
    tab = sell(a_tab(), 9, 100_00)
    with pytest.raises(OutOfPlayMoney, match=r"\$100\.00 is left"):
        sell(tab, 1, 100_01, "dear")


def test_a_tip_is_paid_from_play_money_as_well():
    tab = sell(a_tab(), 9, 100_00)
    with pytest.raises(OutOfPlayMoney):
        tip(tab, cents=100_01)
    assert tip(tab, cents=100_00).tip_cents == 100_00


def test_play_money_is_the_visits_and_not_the_tabs():
    tab = paid(sell(a_tab("one visit"), 9, 100_00))
    again = a_tab("one visit")
    assert again.pk != tab.pk
    assert ledger.play_balance(again) == 100_00
    with pytest.raises(OutOfPlayMoney):
        sell(again, 1, 100_01)


def test_where_the_money_is_real_there_is_no_play_balance():
    tab = sell(a_tab(play_money_cents=None), 10, 150_00)
    assert ledger.play_balance(tab) is None
    assert tab.due_cents == 1_500_00


def test_taking_off_is_allowed_with_no_play_money_left():
    tab = sell(a_tab(), 10, 100_00)
    assert ledger.void(tab, [Sale("line", 10, 100_00)], cause()).tab.due_cents == 0


@pytest.mark.parametrize("quantity", [0, -1, -5, True, 1.0, "2", None, float("nan")])
def test_a_quantity_that_is_no_whole_number_from_one_is_refused(quantity):
    with pytest.raises(BadAmount):
        Sale("line", quantity, 1_00)


@pytest.mark.parametrize("cents", [0, -1, 1.5, True, "100", None])
def test_nothing_is_sold_for_nothing_or_for_a_fraction(cents):
    with pytest.raises(BadAmount):
        Sale("line", 1, cents)


@pytest.mark.parametrize("quantity", [0, -1, 13, 10**12, True, 1.5])
def test_an_absurd_order_leaves_no_trace(ada, quantity):
    before = everything()
    with pytest.raises((WrongQuantity, LineLimit)):
        orders.add(ada, "Negroni", quantity, [], cause())
    assert everything() == before


@pytest.mark.parametrize("quantity", [0, -1, True, 1.5])
def test_no_part_of_a_drink_is_removed_changed_or_swapped(ada, quantity):
    line = orders.add(ada, "Negroni", 2, [], cause())
    before = everything()
    for change in (
        lambda: orders.remove(ada, line, quantity, cause()),
        lambda: orders.set_quantity(ada, line, quantity, cause()),
        lambda: orders.replace(ada, line, "IPA", [], quantity, cause()),
    ):
        with pytest.raises(WrongQuantity):
            change()
    assert everything() == before


def test_an_operation_without_a_sale_is_no_operation():
    with pytest.raises(BadAmount):
        ledger.charge(a_tab(), [], cause())


def test_a_refused_operation_leaves_every_row_as_it_was():
    tab = sell(a_tab(line_cap=2), 2)
    before = everything()
    for refused in (
        lambda: sell(tab),
        lambda: ledger.void(tab, [Sale("line", 3, 10_00)], cause()),
        lambda: ledger.void(tab, [Sale("line", 1, 9_99)], cause()),
        lambda: ledger.void(tab, [Sale("other", 1, 10_00)], cause()),
        lambda: tip(tab, cents=500_01),
        lambda: ledger.reopen(tab, cause()),
        lambda: ledger.close_empty(tab, cause()),
    ):
        with pytest.raises((LineLimit, BadAmount)):
            refused()
        assert everything() == before
    assert in_order()


def test_one_line_named_twice_in_one_void_cannot_be_taken_off_twice():
    tab = sell(a_tab(), 2)
    with pytest.raises(BadAmount, match="not that much"):
        ledger.void(tab, [Sale("line", 2, 10_00), Sale("line", 1, 10_00)], cause())
    assert now(tab).units == 2


def test_what_one_guest_does_changes_no_row_of_another(ada, ben):
    orders.add(ben, "Martini", 1, [], cause())
    his = bills.bill_of(ben)
    orders.add(ada, "IPA", 2, [], cause())
    orders.clear(ada, cause())
    assert bills.bill_of(ben) == his
