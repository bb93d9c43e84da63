"""The tip is a gift that replaces the one before; tax is rounded half up, once for the whole tab."""

import pytest

from bartender.errors import NothingToTip
from bartender.services import bills, orders
from maya_site.core.money import apply_rate_bp, format_money, format_percent
from payments import ledger
from payments.errors import OperationNotAllowed, TabClosed
from payments.ledger import Sale, TipRule
from payments.models import LedgerEntry
from tests.guest_fixtures import make_context
from tests.payments.ledger_helpers import (
    add_tip,
    assert_ledger_consistent,
    latest_tab,
    make_tab,
    payment_card_of,
    reload_tab,
    sell,
    settle_tab,
)

pytestmark = pytest.mark.django_db


def test_a_second_tip_replaces_the_first():
    tab = sell(make_tab(), 2)
    add_tip(tab, bp=2_000)
    assert add_tip(tab, bp=1_000).tip_cents == 2_00


def test_an_amount_replaces_a_percentage_and_a_percentage_an_amount():
    tab = sell(make_tab(), 2)
    assert add_tip(tab, bp=2_000).tip_cents == 4_00
    assert add_tip(tab, cents=5_00).tip_cents == 5_00
    assert add_tip(tab, bp=1_500).tip_cents == 3_00
    assert assert_ledger_consistent()


def test_a_percent_tip_follows_the_tab_up_and_down():
    tab = add_tip(sell(make_tab(), 2), bp=2_000)
    assert sell(tab, 1, 10_00, "another").tip_cents == 6_00
    assert ledger.void(tab, [Sale("line", 2, 10_00)], make_context()).tab.tip_cents == 2_00


def test_an_amount_stays_what_it_is_while_the_tab_grows():
    tab = add_tip(sell(make_tab(), 2), cents=3_00)
    assert sell(tab, 5, 10_00, "another").tip_cents == 3_00


def test_a_tip_is_taken_back_with_zero():
    tab = add_tip(sell(make_tab(), 2), bp=2_000)
    tab = add_tip(tab, cents=0)
    assert (tab.tip_cents, tab.tip_bp, tab.due_cents) == (0, None, 20_00)


def test_the_tip_counts_on_the_net_without_tax():
    tab = add_tip(sell(make_tab(tax_rate_bp=1_000), 1), bp=2_000)
    assert (tab.tax_cents, tab.tip_cents, tab.total_cents) == (1_00, 2_00, 13_00)


def test_a_hundred_percent_is_the_most():
    assert add_tip(sell(make_tab(), 1), bp=10_000).tip_cents == 10_00
    with pytest.raises(OperationNotAllowed, match="0 and 100 percent"):
        TipRule(basis_points=10_001)


def test_a_percentage_may_pass_the_amount_that_a_guest_may_name():
    tab = sell(make_tab(tip_cap_cents=5_00), 1)
    with pytest.raises(OperationNotAllowed, match="kinder than we can accept"):
        add_tip(tab, cents=5_01)
    assert add_tip(tab, cents=5_00).tip_cents == 5_00
    assert add_tip(tab, bp=10_000).tip_cents == 10_00
    assert sell(tab, 1, 10_00, "another").tip_cents == 20_00
    assert assert_ledger_consistent()


@pytest.mark.parametrize(
    "bad",
    [
        {"basis_points": -1},
        {"basis_points": 1.5},
        {"basis_points": True},
        {"cents": -1},
        {"cents": 1.0},
        {"cents": "5"},
    ],
)
def test_a_tip_is_a_whole_number_and_never_negative(bad):
    with pytest.raises(OperationNotAllowed):
        TipRule(**bad)


def test_nobody_tips_on_an_empty_tab(ada):
    with pytest.raises(NothingToTip):
        bills.set_tip(ada, TipRule(cents=5_00), make_context())


def test_the_tip_is_changed_while_the_bill_is_out_and_the_bill_comes_back_with_it(ada):
    orders.add_line(ada, "Negroni", 2, [], make_context())
    first = bills.request_bill(ada, make_context())
    again = bills.set_tip(ada, TipRule(basis_points=2_000), make_context())
    assert again.status == "closing"
    assert (payment_card_of(first).amount_cents, payment_card_of(again).amount_cents) == (22_00, 26_40)
    assert payment_card_of(again).nonce != payment_card_of(first).nonce
    assert assert_ledger_consistent()


def test_a_settled_tab_takes_no_tip(ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    tab = settle_tab(latest_tab(ada))
    with pytest.raises(TabClosed):
        bills.set_tip(ada, TipRule(cents=1_00), make_context())
    assert reload_tab(tab).tip_cents == 0


@pytest.mark.parametrize(
    "cents,rate,owed",
    [(10_00, 825, 83), (50, 100, 1), (49, 100, 0), (150, 100, 2), (149, 100, 1), (0, 825, 0), (1, 10_000, 1)],
)
def test_a_share_is_rounded_half_up(cents, rate, owed):
    assert apply_rate_bp(cents, rate) == owed


def test_tax_is_rounded_once_for_the_tab_and_not_for_each_line():
    # Line by line 0.5 cents would be rounded up three times, to 3; the tab owes 1.5, which is 2.
    tab = make_tab(tax_rate_bp=100)
    for number in range(3):
        tab = sell(tab, 1, 50, f"line {number}")
    assert tab.tax_cents == 2


def test_the_tax_of_what_is_taken_off_comes_off_in_full():
    tab = sell(make_tab(tax_rate_bp=825), 3, 3_33)
    tab = ledger.void(tab, [Sale("line", 3, 3_33)], make_context()).tab
    assert (tab.tax_cents, tab.due_cents) == (0, 0)
    assert sum(entry.cents for entry in LedgerEntry.objects.filter(tab=tab, account="tax")) == 0


def test_the_tax_rate_is_the_one_of_the_tabs_opening(ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    from bartender.models.menu import Venue

    Venue.objects.update(tax_rate_bp=1_000)
    orders.add_line(ada, "IPA", 1, [], make_context())
    assert bills.bill_of(ada).tax_cents == 0
    settle_tab(latest_tab(ada))
    orders.add_line(ada, "IPA", 1, [], make_context())
    assert bills.bill_of(ada).tax_cents == 60


def test_money_is_written_as_people_read_it():
    assert [format_money(cents) for cents in (0, 5, 13_00, -2_50, 1_234_56)] == [
        "$0.00",
        "$0.05",
        "$13.00",
        "-$2.50",
        "$1,234.56",
    ]
    assert [format_percent(rate) for rate in (2_000, 1_250, 825, 0)] == ["20%", "12.5%", "8.25%", "0%"]
