"""The bar's terms in a story, and what a guest was served before it begins."""

from datetime import date

import pytest

from bartender.errors import AlcoholLimitReached
from bartender.menu.snapshot import mark_menu_changed
from bartender.models.responsible_service import Approval, ServingPolicy
from bartender.services import bills, orders, tickets
from tests.guest_fixtures import make_context


def terms(**named):
    ServingPolicy.objects.create(**{"valid_from": date(2026, 1, 1), **named})
    mark_menu_changed()


def record_served(visit, item, quantity, *modifiers):
    orders.add_line(visit, item, quantity, modifiers, make_context())
    tickets.fire_ticket(visit, make_context())


def units(visit):
    return bills.bill_of(visit).units


def request_refused_drink(visit, item, quantity):
    """Whoever asks for more than Maya may say. Returns the wish that waits for a person then."""
    with pytest.raises(AlcoholLimitReached, match="asked somebody behind the bar"):
        orders.add_line(visit, item, quantity, [], make_context())
    return Approval.objects.get(status="waiting")
