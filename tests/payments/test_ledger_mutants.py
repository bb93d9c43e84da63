"""Does the machine notice? Each seeded breakage is put in, and the machine must fall over it."""

import time

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from bartender.menu.loader import load_menu
from tests.payments import evening
from tests.payments.mutants import SEEDED, Mutant
from tests.payments.state_machine import BarMachine

pytestmark = pytest.mark.django_db

# The first failure is enough: nothing is made smaller, nothing is kept.
HUNT = settings(
    max_examples=100,
    stateful_step_count=30,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
SMOKE = ("tip added, not replaced", "no freeze", "received twice")


def hunted(mutant: Mutant) -> tuple[float, str]:
    """Seconds until it was caught, and by what; nothing where it got away."""
    load_menu()
    began = time.perf_counter()
    caught = ""
    try:
        with mutant.applied(), transaction.atomic():
            evening.play()
            run_state_machine_as_test(seed(2_000)(BarMachine), settings=HUNT)
    except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001 - however it falls, it is caught
        caught = f"{type(error).__name__}: {error}".splitlines()[0]
    return time.perf_counter() - began, caught


@pytest.mark.slow
@pytest.mark.parametrize("mutant", [one for one in SEEDED if one.name in SMOKE], ids=lambda one: one.name)
def test_the_machine_catches(mutant):
    assert hunted(mutant)[1]


@pytest.mark.slow
@pytest.mark.mutants
def test_no_mutant_gets_away(capsys, request):
    if "mutants" not in request.config.getoption("markexpr"):
        pytest.skip("takes minutes: ask for it with -m mutants")
    escaped = []
    with capsys.disabled():
        print(f"\n{'mutant':36} {'caught in':>9}  by")
        for mutant in SEEDED:
            seconds, caught = hunted(mutant)
            print(f"{mutant.name:36} {seconds:8.2f}s  {caught[:90] or 'NOT CAUGHT'}", flush=True)
            escaped += [] if caught else [mutant.name]
    assert escaped == []


def test_every_breakage_still_finds_its_line():
    for mutant in SEEDED:
        with mutant.applied():
            pass
