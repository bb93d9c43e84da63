"""The bar pays for a line by a person's word; and who hears of a change, and when."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from bartender.errors import AlreadyStarted
from bartender.services import bills, corrections, orders
from payments import checkout, invariants, ledger
from payments.errors import OperationNotAllowed, TabFrozen, TabLimit
from payments.ledger import OperationContext, Sale, TipRule
from payments.models import Tab
from payments.signals import payment_changed, tab_changed
from tests.guest_fixtures import make_context
from tests.payments.ledger_helpers import (
    add_tip,
    assert_ledger_consistent,
    make_tab,
    sell,
    settle_tab,
    snapshot_database,
)

pytestmark = pytest.mark.django_db


def kindness(
    reason: str = "The glass was cracked", actor: str = "staff:Dee", source: str = "admin"
) -> OperationContext:
    return OperationContext(make_context().key, actor=actor, source=source, reason=reason)


def test_a_comped_line_stays_a_sale_and_costs_nothing():
    tab = sell(sell(make_tab(), 2, 10_00, "cracked"), 1, 5_00, "whole")
    tab = ledger.comp(tab, "cracked", kindness()).tab
    assert (tab.subtotal_cents, tab.discount_cents, tab.net_cents, tab.due_cents) == (
        25_00,
        20_00,
        5_00,
        5_00,
    )
    assert assert_ledger_consistent()


def test_tax_and_a_percent_tip_follow_the_net_after_a_comp():
    tab = add_tip(sell(sell(make_tab(tax_rate_bp=1_000), 2, 10_00, "a"), 1, 5_00, "b"), bp=2_000)
    tab = ledger.comp(tab, "a", kindness()).tab
    assert (tab.tax_cents, tab.tip_cents, tab.due_cents) == (50, 1_00, 6_50)


@pytest.mark.parametrize(
    "why",
    [
        kindness(reason=""),
        kindness(reason="   "),
        kindness(actor="guest"),
        kindness(actor="house"),
        kindness(source="tool"),
    ],
)
def test_nobody_but_a_person_with_a_reason_gives_a_drink_away(why):
    tab = sell(make_tab(), 2)
    before = snapshot_database()
    with pytest.raises(OperationNotAllowed, match="person behind the bar"):
        ledger.comp(tab, "line", why)
    assert snapshot_database() == before


def test_a_line_is_comped_once_and_a_retry_is_the_first_answer():
    tab, why = sell(make_tab(), 2), kindness()
    first = ledger.comp(tab, "line", why)
    assert ledger.comp(tab, "line", why).journal == first.journal
    with pytest.raises(OperationNotAllowed, match="nothing left to comp"):
        ledger.comp(tab, "line", kindness())


def test_a_comp_makes_no_room_for_more_than_the_tab_holds():
    tab = sell(make_tab(cap_cents=30_00), 3)
    ledger.comp(tab, "line", kindness())
    with pytest.raises(TabLimit):
        sell(tab, 1, 1_00, "another")


def test_what_is_not_on_the_tab_is_not_comped():
    with pytest.raises(OperationNotAllowed):
        ledger.comp(sell(make_tab()), "another line", kindness())


def test_a_comped_line_is_neither_taken_off_nor_added_to():
    tab = sell(make_tab(), 2)
    ledger.comp(tab, "line", kindness())
    with pytest.raises(OperationNotAllowed, match="on the house"):
        ledger.void(tab, [Sale("line", 1, 10_00)], make_context())
    with pytest.raises(OperationNotAllowed, match="on the house"):
        sell(tab)


def test_no_comp_while_the_bill_is_out():
    tab = sell(make_tab(), 2)
    checkout.propose_payment(tab, make_context())
    with pytest.raises(TabFrozen):
        ledger.comp(tab, "line", kindness())


def test_staff_comp_a_line_and_one_more_of_it_is_a_line_of_its_own(ada):
    line = orders.add_line(ada, "Negroni", 1, [], make_context())
    line = corrections.comp_line(line, kindness())
    assert bills.bill_of(ada).due_cents == 0
    with pytest.raises(AlreadyStarted):
        orders.remove_line(ada, line, None, make_context())
    orders.set_quantity(ada, line, 2, make_context())
    assert [(row.quantity, row.cents) for row in bills.bill_of(ada).lines] == [(1, 0), (1, 11_00)]
    assert bills.bill_of(ada).due_cents == 11_00
    assert assert_ledger_consistent()


def test_listeners_hear_of_a_tab_after_the_commit_only(django_capture_on_commit_callbacks):
    heard = []

    def listen(**news):
        heard.append((news["tab_code"], news["visit_code"], news["version"]))

    tab_changed.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            tab = sell(make_tab())
            assert heard == []
        assert heard == [(tab.code, tab.visit_code, 1)]
    finally:
        tab_changed.disconnect(listen)


@pytest.mark.django_db(transaction=True)
def test_nobody_hears_of_money_that_was_rolled_back_or_only_repeated():
    heard = []

    def listen(**news):
        # On a second look the row is there: what is told is committed.
        assert Tab.objects.filter(code=news["tab_code"]).exists()
        assert not connection.in_atomic_block
        heard.append(news.get("version") or news["status"])

    signals = (tab_changed, payment_changed)
    for signal in signals:
        signal.connect(listen)
    try:
        tab, why = make_tab(), make_context()
        sell(tab, context=why)
        sell(tab, context=why)
        with transaction.atomic():
            ledger.set_tip(tab, TipRule(basis_points=1_000), make_context())
            checkout.propose_payment(tab, make_context())
            transaction.set_rollback(True)
        assert heard == [1]
        settle_tab(tab)
        assert heard == [1, 2, "created", "link_open", "succeeded", 3]
    finally:
        for signal in signals:
            signal.disconnect(listen)


@pytest.mark.django_db(transaction=True)
def test_a_listener_that_fails_undoes_nothing(caplog):
    def fail(**_):
        raise ZeroDivisionError

    tab_changed.connect(fail)
    try:
        assert sell(make_tab()).units == 1
    finally:
        tab_changed.disconnect(fail)
    assert Tab.objects.get().units == 1


def test_the_check_of_the_book_says_when_all_is_well(capsys):
    settle_tab(sell(make_tab(), 2))
    call_command("ledger_check")
    assert capsys.readouterr().out.startswith(
        "1 tabs: the book is in order.\nJournals in the chain: 3 by key "
    )


def test_the_check_of_the_book_names_the_tab_and_fails(capsys):
    sell(make_tab(), 1)
    tab = sell(make_tab(), 2)
    Tab.objects.filter(pk=tab.pk).update(subtotal_cents=19_99)
    with pytest.raises(CommandError, match="2 violations"):
        call_command("ledger_check")
    assert capsys.readouterr().out.splitlines() == [
        f"tab_columns_match_ledger tab {tab.code}: subtotal shows 1999, the ledger has 2000",
        f"tab_columns_match_ledger tab {tab.code}: due shows 1999, the ledger has 2000",
    ]
    with pytest.raises(CommandError):
        call_command("ledger_check", tab=tab.code[:8])


def test_the_check_of_one_tab_wants_a_tab():
    with pytest.raises(CommandError, match="No tab has a code"):
        call_command("ledger_check", tab="nowhere")


def test_a_payment_that_never_reached_the_book_is_found():
    tab = settle_tab(sell(make_tab(), 2))
    tab.payments.update(amount_cents=19_99)
    found = {
        violation.invariant
        for violation in (*invariants.check_tabs(Tab.objects.all()), *invariants.check_ledger_totals())
    }
    assert found == {
        "each_payment_is_booked_once",
        "money_accounts_match_payments_and_refunds",
    }
