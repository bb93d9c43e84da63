"""Somebody who has the database and not the key: what they can do to the ledger, by SQL, as its superuser.

Each makes the tab's own columns fit what they did where they can, so that its sums do not give them away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from django.db import connection

from payments import append_only
from payments.models import Journal, Tab

Execute = Callable[..., Any]


@contextmanager
def superuser() -> Iterator[Execute]:
    """SQL that the ledger's triggers do not see: they are back afterwards. On PostgreSQL foreign keys are not
    looked at either; SQLite looks at them when the transaction ends."""
    with connection.cursor() as cursor:
        editor: Any = SimpleNamespace(connection=connection, execute=cursor.execute)
        append_only.drop_triggers(editor)
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor.execute
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = DEFAULT")
        append_only.create_triggers(editor)


def alter_amount(tab: Tab) -> None:
    """Two drinks for a dollar less each, in each row that says so."""
    with superuser() as execute:
        execute(
            "UPDATE payments_ledgerentry SET cents = cents + 100 * quantity, unit_cents = unit_cents - 100 "
            "WHERE journal_id = %s AND account = 'sales'",
            [_journal(tab, 1)],
        )
        execute(
            "UPDATE payments_ledgerentry SET cents = cents - 100 * %s "
            "WHERE journal_id = %s AND account = 'receivable'",
            [tab.entries.get(journal__version=1, account="sales").quantity, _journal(tab, 1)],
        )


def alter_account(tab: Tab) -> None:
    with superuser() as execute:
        execute(
            "UPDATE payments_ledgerentry SET account = 'clearing' WHERE tab_id = %s AND account = 'drawer'",
            [tab.pk],
        )


def alter_time(tab: Tab) -> None:
    with superuser() as execute:
        execute(
            "UPDATE payments_journal SET created_at = %s WHERE id = %s",
            [tab.opened_at.replace(year=2020), _journal(tab, 2)],
        )


def alter_reason(tab: Tab) -> None:
    with superuser() as execute:
        execute("UPDATE payments_journal SET reason = 'as agreed' WHERE id = %s", [_journal(tab, 3)])


def forge_journal(tab: Tab, link: str | None = "copied") -> None:
    """One more sale at the end, in the form of the first, with a link that looks like one."""
    mac = (tab.chain_head or "0" * 64)[::-1] if link else None
    with superuser() as execute:
        execute(
            "INSERT INTO payments_journal (tab_id, version, kind, key, fingerprint, actor, source, turn,"
            " reason, created_at, chain_mac, chain_key)"
            " SELECT tab_id, %s, kind, 'forged', fingerprint, actor, source, turn, reason, created_at, %s,"
            " chain_key FROM payments_journal WHERE id = %s",
            [tab.version + 1, mac, _journal(tab, 1)],
        )
        forged = Journal.objects.get(tab=tab, version=tab.version + 1)
        execute(
            "INSERT INTO payments_ledgerentry (journal_id, tab_id, account, cents, reference, part, quantity,"
            " unit_cents) SELECT %s, tab_id, account, cents, reference, part, quantity, unit_cents"
            " FROM payments_ledgerentry WHERE journal_id = %s",
            [forged.pk, _journal(tab, 1)],
        )
        execute(
            "UPDATE payments_tab SET version = version + 1, chain_head = coalesce(%s, chain_head)"
            " WHERE id = %s",
            [mac, tab.pk],
        )


def forge_unlinked_journal(tab: Tab) -> None:
    forge_journal(tab, link=None)


def forge_entries(tab: Tab) -> None:
    """Two that balance, on a journal that is there."""
    with superuser() as execute:
        for account, cents in (("tips", -500), ("receivable", 500)):
            execute(
                "INSERT INTO payments_ledgerentry (journal_id, tab_id, account, cents, reference, part,"
                " quantity, unit_cents) VALUES (%s, %s, %s, %s, '', '', 0, 0)",
                [_journal(tab, 2), tab.pk, account, cents],
            )


def remove_entries(tab: Tab) -> None:
    with superuser() as execute:
        execute("DELETE FROM payments_ledgerentry WHERE journal_id = %s", [_journal(tab, 3)])


def remove_in_the_middle(tab: Tab) -> None:
    with superuser() as execute:
        _remove(execute, tab, 2)


def remove_and_renumber(tab: Tab) -> None:
    """The versions have no gap afterwards."""
    with superuser() as execute:
        _remove(execute, tab, 2)
        for version in range(3, tab.version + 1):
            execute(
                "UPDATE payments_journal SET version = version - 1 WHERE tab_id = %s AND version = %s",
                [tab.pk, version],
            )
        execute("UPDATE payments_tab SET version = version - 1 WHERE id = %s", [tab.pk])


def cut_tail(tab: Tab) -> None:
    """The last journal, and the tab as it was before: the chain agrees with itself."""
    before = Journal.objects.get(tab=tab, version=tab.version - 1)
    with superuser() as execute:
        _remove(execute, tab, tab.version)
        execute(
            "UPDATE payments_tab SET version = version - 1, chain_head = %s WHERE id = %s",
            [before.chain_mac, tab.pk],
        )


def reorder(tab: Tab) -> None:
    with superuser() as execute:
        for version, other in ((2, 9_999), (3, 2), (9_999, 3)):
            execute(
                "UPDATE payments_journal SET version = %s WHERE tab_id = %s AND version = %s",
                [other, tab.pk, version],
            )


def swap_rows(tab: Tab) -> None:
    """Their contents stay, their keys are swapped: what reads by key reads them in another order."""
    one, other = _journal(tab, 2), _journal(tab, 3)
    with superuser() as execute:
        for before, after in ((one, -1), (other, one), (-1, other)):
            for table, column in (
                ("payments_journal", "id"),
                ("payments_ledgerentry", "journal_id"),
                ("payments_zjournal", "journal_id"),
                ("payments_document", "journal_id"),
            ):
                execute(f"UPDATE {table} SET {column} = %s WHERE {column} = %s", [after, before])


def swap_between_tabs(tab: Tab) -> None:
    """The first journal of this tab and of the next, with their entries."""
    other = Tab.objects.filter(pk__gt=tab.pk, currency=tab.currency).order_by("pk").first()
    assert other
    mine, theirs = _journal(tab, 1), _journal(other, 1)
    with superuser() as execute:
        execute("UPDATE payments_journal SET version = 9999 WHERE id = %s", [mine])
        execute("UPDATE payments_journal SET tab_id = %s WHERE id = %s", [tab.pk, theirs])
        execute("UPDATE payments_journal SET tab_id = %s, version = 1 WHERE id = %s", [other.pk, mine])
        execute("UPDATE payments_ledgerentry SET tab_id = %s WHERE journal_id = %s", [tab.pk, theirs])
        execute("UPDATE payments_ledgerentry SET tab_id = %s WHERE journal_id = %s", [other.pk, mine])


def _journal(tab: Tab, version: int) -> int:
    return Journal.objects.get(tab=tab, version=version).pk


def _remove(execute: Execute, tab: Tab, version: int) -> None:
    journal = _journal(tab, version)
    for table in ("payments_ledgerentry", "payments_zjournal", "payments_document"):
        execute(f"DELETE FROM {table} WHERE journal_id = %s", [journal])
    execute("DELETE FROM payments_journal WHERE id = %s", [journal])
