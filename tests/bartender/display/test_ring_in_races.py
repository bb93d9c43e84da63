"""Wet fingers: the same press many times at one moment is one tab and one line."""

from functools import partial

import pytest

from bartender.models.visits import OrderLine, Visit
from bartender.services import bar_tabs, orders
from payments.models import Tab
from tests.bartender.staff_fixtures import create_staff_user
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.payments.concurrency import run_concurrently

pytestmark = [pytest.mark.django_db(transaction=True)]
FINGERS, ROUNDS = 6, 3


def ring_at_once(visit, sam, form_id):
    press = partial(bar_tabs.ring_in, visit, "Negroni", 1, [], "no orange", sam, form_id)
    return run_concurrently(*[press] * FINGERS)


def test_a_form_pressed_six_times_at_once_is_one_tab_and_one_line(menu):
    sam = create_staff_user("sam")
    for number in range(ROUNDS):
        opened = run_concurrently(*[partial(bar_tabs.open_bar_tab, sam, "Bo", f"form-{number}")] * FINGERS)
        (code,) = {visit.code for visit in opened}
        answers = ring_at_once(opened[0], sam, f"form-{number}")

        assert {line.pk for line in answers} == {OrderLine.objects.get(visit__code=code).pk}
        assert Tab.objects.get(visit_code=code).due_cents == 1100
    assert Visit.objects.count() == ROUNDS


def test_two_people_who_ring_in_at_once_are_two_lines(menu):
    sam, mo = create_staff_user("sam"), create_staff_user("mo")
    visit = bar_tabs.open_bar_tab(sam, "Bo", "form-0")
    run_concurrently(
        *[
            partial(bar_tabs.ring_in, visit, "Negroni", 1, [], "", person, "the-same-id")
            for person in (sam, mo)
        ]
    )

    by = OrderLine.objects.order_by("rung_in_by__username").values_list("rung_in_by__username", flat=True)
    assert list(by) == ["mo", "sam"]
    assert Tab.objects.get().due_cents == 2200


def test_without_the_forms_id_every_finger_counts_so_the_test_above_can_see_it(menu, monkeypatch):
    """Positive control: each press gets a cause of its own, as if the form had no id."""
    sam = create_staff_user("sam")
    visit = bar_tabs.open_bar_tab(sam, "Bo", "form-0")
    causes = iter(range(1000))
    real = orders.add_line

    def forgetful(visit, item, quantity, modifiers, op, details):
        return real(visit, item, quantity, modifiers, op.with_key_suffix(str(next(causes))), details=details)

    monkeypatch.setattr(orders, "add_line", forgetful)
    ring_at_once(visit, sam, "form-0")

    assert OrderLine.objects.count() == FINGERS
