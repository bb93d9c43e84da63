"""What is written stays written: the model says so, and the database enforces it on any statement."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction

from payments import append_only, invariants
from payments.models import Journal, LedgerEntry
from tests.payments.ledger_helpers import assert_ledger_consistent, make_tab, sell, snapshot_database

pytestmark = pytest.mark.django_db

TABLES = ("payments_journal", "payments_ledgerentry")
STATEMENTS = [
    "UPDATE payments_journal SET actor = 'nobody'",
    "UPDATE payments_journal SET created_at = created_at",
    "DELETE FROM payments_journal",
    "UPDATE payments_ledgerentry SET cents = 1",
    "UPDATE payments_ledgerentry SET reference = 'another'",
    "DELETE FROM payments_ledgerentry",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_database_refuses_to_rewrite_the_ledger(statement):
    sell(make_tab(), 2)
    before = snapshot_database()
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert snapshot_database() == before


def test_a_row_cannot_be_replaced_by_inserting_it_again():
    sell(make_tab(), 2)
    before = snapshot_database()
    upsert = "INSERT OR REPLACE INTO {table} SELECT * FROM {table}"
    if connection.vendor == "postgresql":
        upsert = "INSERT INTO {table} SELECT * FROM {table} ON CONFLICT (id) DO UPDATE SET id = excluded.id"
    for table in TABLES:
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(upsert.format(table=table))
    assert snapshot_database() == before


@pytest.mark.parametrize("model", [Journal, LedgerEntry])
def test_neither_the_model_nor_a_queryset_rewrites_it(model):
    sell(make_tab(), 2)
    row = model.objects.first()
    with pytest.raises(PermissionDenied, match="post a correction"):
        row.save()
    with pytest.raises(PermissionDenied):
        row.delete()
    for statement in (
        lambda: model.objects.update(tab=row.tab),
        lambda: model.objects.all()._raw_delete("default"),
        lambda: model.objects.bulk_update([row], ["tab"]),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            statement()


def test_a_trigger_that_is_gone_is_noticed_and_put_back():
    assert append_only.missing_triggers() == []
    with connection.cursor() as cursor:
        where = " ON payments_journal" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER payments_journal_no_update{where}")
    assert append_only.missing_triggers() == ["payments_journal_no_update"]
    assert [(one.invariant, one.description) for one in invariants.check_ledger_totals()] == [
        ("append_only_triggers_exist", "trigger payments_journal_no_update is missing")
    ]


@pytest.mark.django_db(transaction=True)
def test_every_migrate_puts_the_triggers_back_and_keeps_the_write_ahead_log():
    with connection.cursor() as cursor:
        where = " ON payments_ledgerentry" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER payments_ledgerentry_no_delete{where}")
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    assert append_only.missing_triggers() == []
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_the_book_is_in_order_after_all_this():
    sell(make_tab(), 2)
    assert assert_ledger_consistent()
