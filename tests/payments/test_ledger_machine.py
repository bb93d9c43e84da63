"""Nobody thinks of every order of things: Hypothesis does, and the oracle knows what must come of each."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from bartender.menu.loader import load_menu
from tests.payments import evening
from tests.payments.state_machine import BarMachine

pytestmark = pytest.mark.django_db

CALM = settings(
    max_examples=12,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def test_one_evening_meets_every_rule():
    load_menu()
    evening.play()


@pytest.mark.slow
def test_whatever_happens_in_whatever_order_the_book_is_right():
    load_menu()
    run_state_machine_as_test(BarMachine, settings=CALM)
