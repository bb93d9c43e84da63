"""Whatever staff do to a tab, in any order: undone, it is as it was, and the books are right."""

import random

import pytest

from bartender.models.menu import Venue
from bartender.models.visits import OrderLine
from bartender.permissions import STAFF_GROUP
from bartender.services import bills, orders, staff_actions, tickets, undo
from bartender.services.bar_settlement import BarPayment, settle_at_bar
from bartender.services.staff_actions import StaffActionRequest, submit_action
from payments import invariants
from payments.ledger import TipRule
from payments.models import Tab
from tests.bartender.staff_fixtures import create_staff_user
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context


@pytest.fixture
def sam(menu):
    return create_staff_user("sam", STAFF_GROUP)


def check_books():
    assert not list(invariants.check_tabs(Tab.objects.all()))
    assert not list(invariants.check_ledger_totals())


TAB_COLUMNS = (
    "status",
    "subtotal_cents",
    "discount_cents",
    "tax_cents",
    "service_cents",
    "tip_cents",
    "tip_bp",
    "tip_recipient",
    "paid_cents",
    "units",
)
LINE_COLUMNS = ("number", "quantity", "status", "comped", "comped_cents", "ticket__status")


def state_of_the_tab():
    lines = OrderLine.objects.order_by("number").values_list(*LINE_COLUMNS)
    return Tab.objects.values_list(*TAB_COLUMNS).get(), list(lines)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_done_and_undone_leaves_the_tab_as_it_was(ada, sam, seed):
    Venue.objects.update(tax_rate_bp=888, tax_rate_milli=8_875)
    chance, kim = random.Random(seed), create_staff_user("kim", STAFF_GROUP)
    for item in ("Negroni", "IPA", "Soda"):
        orders.add_line(ada, item, chance.randint(1, 3), [], make_context())
    bills.set_tip(ada, TipRule(basis_points=chance.choice([0, 1000, 1750]) or None), make_context())
    tickets.bump_ticket(tickets.fire_ticket(ada, make_context(), skip_hold=True), sam)
    for at in range(8):
        before, key = state_of_the_tab(), f"act-{seed}-{at}"
        done = do_something(ada, chance, (sam, kim), key)
        if done is not None and (done.kind == "tender" or chance.random() < 0.7):
            undo.undo_action(done, kim)
            assert state_of_the_tab() == before, f"{done.kind} was not undone"
        check_books()


def do_something(visit, chance, people, key):
    """One act of staff on the tab; None where there is nothing to do it on."""
    tab, (sam, kim) = Tab.objects.get(), people
    live = list(OrderLine.objects.filter(quantity__gt=0).order_by("pk"))
    bare = [line for line in live if not line.comped]
    match chance.choice(["comp", "void", "tender", "tip_for"]):
        case "comp" if left := [line for line in live if staff_actions.unpaid_cents(line)]:
            line = chance.choice(left)
            cents = chance.randint(1, staff_actions.unpaid_cents(line))
            wanted = StaffActionRequest("comp_line", tab, "kindness", line=line, cents=cents)
        case "void" if bare:
            line = chance.choice(bare)
            units = chance.randint(1, line.quantity)
            wanted = StaffActionRequest("void_line", tab, "mistake", line=line, units=units)
        case "tender" if tab.due_cents:
            tip = chance.choice([None, 0, 450])
            paid = BarPayment("cash", shown_cents=tab.due_cents, tip_cents=tip)
            return settle_at_bar(visit, tab, paid, sam, key)
        case "tip_for" if tab.tip_cents:
            wanted = StaffActionRequest(
                "tip_for", tab, "served", tip_recipient=chance.choice([None, sam, kim])
            )
        case _:
            return None
    return submit_action(wanted, sam, key)
