"""A real till in any order of things, and whether the machine that plays it would notice.

`python -m pytest tests/payments/test_till_machine.py -m mutants -n 0 -s` prints who was caught, and by what.
"""

import logging
import time

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.payments.provider_mutants import AT_THE_TILL
from tests.payments.provider_state_machine import ProviderMachine, run_step_sequences

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

CALM = settings(
    max_examples=8,
    stateful_step_count=20,
    derandomize=True,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
# The first failure is enough: nothing is made smaller, nothing is kept.
HUNT = settings(
    CALM,
    max_examples=60,
    stateful_step_count=30,
    database=None,
    phases=[Phase.generate],
    report_multiple_bugs=False,
)
SMOKE = ("trust_event", "settle_without_look", "cash beside an open link", "shares beside the whole bill")


@pytest.fixture
def bar(menu, stripe, settings):
    """In production, so that there is no simulated till to fall back on."""
    settings.PRODUCTION = True
    logging.disable(logging.CRITICAL)
    yield type("TillBarHere", (ProviderMachine,), {"stripe": stripe})
    logging.disable(logging.NOTSET)


def hunted(mutant, bar):
    """Seconds until it was caught, and by what; nothing where it got away."""
    began, caught, bar.first = time.perf_counter(), "", ""
    try:
        with mutant.applied():
            run_step_sequences(bar, 8)
            run_state_machine_as_test(seed(4_000)(bar), settings=HUNT)
    except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - however it falls, it is caught
        caught = bar.first or f"{type(error).__name__}: {error}".splitlines()[0]
    return time.perf_counter() - began, caught


def test_one_of_each_rare_evening(bar):
    run_step_sequences(bar, 2)


def test_whatever_till_table_and_staff_do_in_whatever_order_nobody_pays_twice(bar):
    run_state_machine_as_test(bar, settings=CALM)


@pytest.mark.parametrize(
    "mutant", [one for one in AT_THE_TILL if one.name in SMOKE], ids=lambda one: one.name
)
def test_the_machine_catches(mutant, bar):
    assert hunted(mutant, bar)[1]


@pytest.mark.mutants
def test_no_mutant_gets_away(bar, capsys, request):
    if "mutants" not in request.config.getoption("markexpr"):
        pytest.skip("takes minutes: ask for it with -m mutants")
    escaped = []
    with capsys.disabled():
        print(f"\n{'mutant':36} {'caught in':>9}  by")
        for mutant in AT_THE_TILL:
            seconds, caught = hunted(mutant, bar)
            print(f"{mutant.name:36} {seconds:8.2f}s  {caught[:90] or 'NOT CAUGHT'}", flush=True)
            escaped += [] if caught else [mutant.name]
    assert escaped == []


def test_every_breakage_still_finds_its_line():
    for mutant in AT_THE_TILL:
        with mutant.applied():
            pass
