"""Every row of the table of money's faults; `python -m tests.drills.fault_table` prints what happened."""

import pytest

from tests.payments.fault_rows import ROWS

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.id} {row.fault}")
def test_the_fault_ends_as_it_must(row, menu, stripe, settings):
    settings.PRODUCTION = True  # no simulated till to fall back on
    assert row.action(stripe)
