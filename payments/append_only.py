"""Triggers that make the ledger's tables append-only, on both databases that Maya runs on."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# What makes a row unique: SQLite's "INSERT OR REPLACE" deletes by it without asking a DELETE trigger.
APPEND_ONLY_TABLES = {
    "payments_journal": "id = NEW.id OR (tab_id = NEW.tab_id AND (key = NEW.key OR version = NEW.version))",
    "payments_ledgerentry": "id = NEW.id",
    "payments_taxterms": "id = NEW.id OR digest = NEW.digest",
    "payments_document": (
        "id = NEW.id OR journal_id = NEW.journal_id OR (series = NEW.series AND number = NEW.number)"
    ),
    "payments_zreport": "id = NEW.id OR number = NEW.number OR business_date = NEW.business_date",
    "payments_zjournal": "id = NEW.id OR journal_id = NEW.journal_id",
    "payments_drawerentry": "id = NEW.id OR key = NEW.key",
    "payments_zdrawerentry": "id = NEW.id OR entry_id = NEW.entry_id",
    "bartender_stockmovement": "id = NEW.id OR key = NEW.key",
    "payments_chainadoption": "id = NEW.id OR (tab_id IS NEW.tab_id AND first = NEW.first)",
    "payments_chainstart": "id = NEW.id OR number = NEW.number",
    "payments_sealedhead": "id = NEW.id OR (report_id = NEW.report_id AND tab_id = NEW.tab_id)",
}
TRIGGER_EVENTS = ("UPDATE", "DELETE")
REFUSAL_MESSAGE = "the ledger is append-only"


class AppendOnly(models.Model):
    """Rows that are written once. The database refuses UPDATE and DELETE by trigger; this model refuses them
    earlier."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise PermissionDenied("The ledger is append-only: post a correction instead.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise PermissionDenied("The ledger is append-only: post a correction instead.")


def _trigger_name(table: str, event: str) -> str:
    return f"{table}_no_{event.lower()}"


def _existing_tables(schema_editor: BaseDatabaseSchemaEditor) -> list[str]:
    """Migrations come one after the other: not every table is there yet when the first ones want triggers."""
    found = schema_editor.connection.introspection.table_names()
    return [table for table in APPEND_ONLY_TABLES if table in found]


def create_triggers(schema_editor: BaseDatabaseSchemaEditor) -> None:
    drop_triggers(schema_editor)
    postgres = schema_editor.connection.vendor == "postgresql"
    if postgres:
        schema_editor.execute(
            "CREATE OR REPLACE FUNCTION maya_append_only() RETURNS trigger AS $$ BEGIN "
            f"RAISE EXCEPTION '{REFUSAL_MESSAGE}'; END $$ LANGUAGE plpgsql"
        )
    does = "FOR EACH ROW EXECUTE FUNCTION maya_append_only()"
    if not postgres:
        does = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL_MESSAGE}'); END"
    for table in _existing_tables(schema_editor):
        for event in TRIGGER_EVENTS:
            schema_editor.execute(
                f"CREATE TRIGGER {_trigger_name(table, event)} BEFORE {event} ON {table} {does}"
            )
    if not postgres:
        _create_replace_triggers(schema_editor)


def _create_replace_triggers(schema_editor: BaseDatabaseSchemaEditor) -> None:
    for table in _existing_tables(schema_editor):
        same = APPEND_ONLY_TABLES[table]
        there = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - both are our own words
        schema_editor.execute(
            f"CREATE TRIGGER {_trigger_name(table, 'replace')} BEFORE INSERT ON {table} WHEN {there} "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL_MESSAGE}'); END"
        )


def drop_triggers(schema_editor: BaseDatabaseSchemaEditor) -> None:
    postgres = schema_editor.connection.vendor == "postgresql"
    for table in _existing_tables(schema_editor):
        for event in (*TRIGGER_EVENTS, "REPLACE"):
            where = f" ON {table}" if postgres else ""
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {_trigger_name(table, event)}{where}")


def missing_triggers() -> list[str]:
    """Triggers that should be there and are not, or are switched off."""
    postgres = connection.vendor == "postgresql"
    listed = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if postgres:
        listed = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
    events = TRIGGER_EVENTS if postgres else (*TRIGGER_EVENTS, "REPLACE")
    with connection.cursor() as cursor:
        cursor.execute(listed)
        found = {name for (name,) in cursor.fetchall()}
    return sorted({_trigger_name(table, event) for table in APPEND_ONLY_TABLES for event in events} - found)


def restore_triggers(**_: Any) -> None:
    """After every migrate: SQLite drops a table's triggers whenever a migration remakes the table."""
    if missing_triggers() and set(APPEND_ONLY_TABLES) <= set(connection.introspection.table_names()):
        with connection.schema_editor() as schema_editor:
            create_triggers(schema_editor)
