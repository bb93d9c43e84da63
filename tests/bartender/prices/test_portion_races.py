"""Fifty guests send for the last portion in the same moment: one is sold."""

import time
from functools import partial

import pytest
from django.db import connection

from bartender.models.menu import MenuItem
from bartender.models.visits import OrderLine
from bartender.services import orders, portions, tickets
from bartender.services.visits import open_visit
from tests.bartender.prices.happy_hour import drink
from tests.guest_fixtures import make_context
from tests.payments.concurrency import refusal_messages, run_concurrently

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="set DATABASE_URL to a PostgreSQL server"),
]


def send_for_the_last_one(guests):
    portions.set_portions(drink("Lemonade").id, 1)
    visits = [open_visit() for _ in range(guests)]
    for visit in visits:
        orders.add_line(visit, "Lemonade", 1, [], make_context())
    return run_concurrently(*(partial(tickets.fire_ticket, visit, make_context()) for visit in visits))


def sold():
    return OrderLine.objects.filter(name="Lemonade", status="sent").count()


def test_of_fifty_guests_one_gets_it_and_the_others_are_told(menu):
    answers = send_for_the_last_one(50)
    assert refusal_messages(answers) == ["TooFewPortions"] * 49
    assert (sold(), MenuItem.objects.get(name="Lemonade").portions_left) == (1, 0)


def test_without_the_lock_it_is_sold_more_than_once(menu, monkeypatch):
    """The control: this is what the row lock is for."""

    def read_unlocked(items):
        rows = list(MenuItem.objects.filter(pk__in=items, portions_left__isnull=False))
        time.sleep(0.3)
        return [(row, row.portions_left) for row in rows]

    monkeypatch.setattr(portions, "_lock_items", read_unlocked)
    send_for_the_last_one(8)
    assert sold() > 1
