"""SQLite serves a bar too: one writer at a time, who waits for its turn instead of failing."""

import pytest
from django.db import connection

from bartender.services import bills, orders
from bartender.services.visits import open_visit
from maya_site.core.db import enable_wal
from payments.models import Journal
from tests.guest_fixtures import make_context
from tests.payments.concurrency import refusal_messages, run_concurrently
from tests.payments.ledger_helpers import assert_ledger_consistent

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="this is about SQLite's file"),
]


def test_forty_threads_order_at_once_and_nobody_finds_the_database_locked(menu):
    ada, ben = open_visit(), open_visit()
    works = [
        lambda n=number: orders.add_line(
            (ada, ben)[n % 2], "Water", 1, ["no ice"] if n % 4 > 1 else [], make_context()
        )
        for number in range(40)
    ]
    answers = run_concurrently(*works)
    assert refusal_messages(answers) == []
    assert (bills.bill_of(ada).units, bills.bill_of(ben).units) == (20, 20)
    assert Journal.objects.count() == 40
    assert assert_ledger_consistent()


def test_the_file_keeps_a_write_ahead_log_from_its_first_migrate_on():
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        enable_wal()
        assert "journal_mode" not in str(connection.settings_dict["OPTIONS"])
