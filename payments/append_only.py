"""Triggers that make the ledger's tables append-only, on both databases that Maya runs on."""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TABLES = ("payments_journal", "payments_ledgerentry")
EVENTS = ("UPDATE", "DELETE")
REFUSAL = "the ledger is append-only"


def _name(table: str, event: str) -> str:
    return f"{table}_no_{event.lower()}"


def create(schema_editor: BaseDatabaseSchemaEditor) -> None:
    postgres = schema_editor.connection.vendor == "postgresql"
    if postgres:
        schema_editor.execute(
            "CREATE OR REPLACE FUNCTION maya_append_only() RETURNS trigger AS $$ BEGIN "
            f"RAISE EXCEPTION '{REFUSAL}'; END $$ LANGUAGE plpgsql"
        )
    does = "FOR EACH ROW EXECUTE FUNCTION maya_append_only()"
    if not postgres:
        does = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    for table in TABLES:
        for event in EVENTS:
            schema_editor.execute(f"CREATE TRIGGER {_name(table, event)} BEFORE {event} ON {table} {does}")


def drop(schema_editor: BaseDatabaseSchemaEditor) -> None:
    postgres = schema_editor.connection.vendor == "postgresql"
    for table in TABLES:
        for event in EVENTS:
            where = f" ON {table}" if postgres else ""
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {_name(table, event)}{where}")
