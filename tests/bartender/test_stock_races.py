"""Tickets that are ready in the same moment: each takes once, and nothing of the stock is lost on the way."""

import time
from functools import partial

import pytest
from django.db import connection

from bartender.models.ingredients import Ingredient
from bartender.models.menu import MenuItem
from bartender.models.stock import StockMovement
from bartender.models.visits import OrderLine
from bartender.services import orders, stock, tickets
from bartender.services.visits import open_visit
from tests.bartender.staff_fixtures import sam_client
from tests.bartender.stock_helpers import count, left, send
from tests.form_browser import FormBrowser
from tests.guest_fixtures import make_context
from tests.payments.concurrency import refusal_messages, run_concurrently

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="set DATABASE_URL to a PostgreSQL server"),
]


def make_at_once(many, displays=1):
    count(gin=700)
    begun = [tickets.bump_ticket(send(open_visit(), "Gin")) for _guest in range(many)]
    presses = [
        partial(tickets.bump_ticket, ticket, None, 1) for ticket in begun for _display in range(displays)
    ]
    return run_concurrently(*presses)


def test_eight_tickets_on_two_displays_take_eight_measures(menu):
    answers = make_at_once(8, displays=2)

    assert refusal_messages(answers) == ["TicketAlreadyMoved"] * 8
    assert left("gin") == 700 - 8 * 44
    assert StockMovement.objects.filter(kind="use").count() == 8


def test_without_the_lock_measures_are_lost(menu, monkeypatch):
    """The control: this is what the row lock is for."""

    def read_unlocked(ingredients):
        rows = Ingredient.objects.filter(pk__in=ingredients).annotate(balance=stock.newest_balance())
        found = dict(rows.values_list("pk", "balance"))
        time.sleep(0.3)
        return found

    monkeypatch.setattr(stock, "_lock_balances", read_unlocked)
    make_at_once(6)
    assert left("gin") > 700 - 6 * 44


def test_of_fifty_guests_one_gets_the_last_of_the_bottle(menu):
    """Staff tap what the stock sign proposes; from there on the portions decide."""
    Ingredient.objects.filter(name="brandy").update(low_stock=100)
    count(brandy=60)
    window = FormBrowser(sam_client())
    window.open("/bar/")
    window.press_button("Brandy sell only 1 more")
    visits = [open_visit() for _guest in range(50)]
    for visit in visits:
        orders.add_line(visit, "Brandy", 1, [], make_context())

    answers = run_concurrently(*(partial(tickets.fire_ticket, visit, make_context()) for visit in visits))

    assert refusal_messages(answers) == ["TooFewPortions"] * 49
    assert OrderLine.objects.filter(name="Brandy", status="sent").count() == 1
    assert MenuItem.objects.get(name="Brandy").portions_left == 0
