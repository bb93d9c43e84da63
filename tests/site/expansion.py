"""Whether the release before still runs on the new schema: during a deployment both run on it, and after a
rollback the old one does.

A migration expands: of what it adds, old code need not know. What takes something away comes a release later,
when nothing that runs needs it, and its migration says so: `contracts = "nothing reads it since 1.4"`.

    python -m tests.site.expansion      the lines for RELEASED, at a release
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from django.db import models
from django.db.migrations import Migration, operations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.db.models.fields import NOT_PROVIDED

# The last migrations of the release that runs.
RELEASED = {
    "bartender": "0001_initial",
    "payments": "0002_append_only_triggers",
    "rag": "0001_initial",
    "tasks": "0001_initial",
}

DESTRUCTIVE_OPERATIONS = (
    operations.RemoveField,
    operations.DeleteModel,
    operations.RenameField,
    operations.RenameModel,
    operations.AlterModelTable,
)
CONSTRAINT_OPERATIONS = (operations.AddConstraint, operations.AlterUniqueTogether)
OPAQUE_OPERATIONS = (operations.RunSQL, operations.SeparateDatabaseAndState)


def contracting_migrations(released: dict[str, str]) -> list[str]:
    loader = MigrationLoader(None)
    before = {key for each in released.items() for key in loader.graph.forwards_plan(each)}
    found = []
    for key in sorted(set(loader.graph.nodes) - before):
        if key[0] in released:
            migration = loader.graph.nodes[key]
            state = loader.project_state(key, at_end=False)
            found += [f"{key[0]}.{key[1]}: {why}" for why in undeclared_breaks(migration, state)]
    return found


def undeclared_breaks(migration: Migration, state: ProjectState) -> list[str]:
    """On what old code would trip; nothing where the migration says why it will not."""
    found = []
    for operation in migration.operations:
        why = _break_reason(operation, state, migration.app_label)
        found += [f"{operation.describe()}: {why}"] if why else []
        operation.state_forwards(migration.app_label, state)
    return [] if getattr(migration, "contracts", "").strip() else found


def _break_reason(operation: Any, state: ProjectState, app: str) -> str:
    match operation:
        case operations.AddField(field=field):
            unknown = field.null or field.many_to_many or field.db_default is not NOT_PROVIDED
            return "" if unknown else "old code writes rows without it: give it db_default, or null=True"
        case operations.AlterField(field=field):
            key = (app, operation.model_name_lower)
            return " and ".join(_narrowings(state.models[key].fields[operation.name], field))
    if isinstance(operation, DESTRUCTIVE_OPERATIONS):
        return "old code still asks for it"
    if isinstance(operation, CONSTRAINT_OPERATIONS):
        return "it may refuse what old code writes"
    return "nobody can see what it does" if isinstance(operation, OPAQUE_OPERATIONS) else ""


def _narrowings(old: models.Field[Any, Any], new: models.Field[Any, Any]) -> Iterator[str]:
    if old.null and not new.null:
        yield "old code may leave it empty"
    if new.unique and not old.unique:
        yield "it may refuse what old code writes"
    if old.get_internal_type() != new.get_internal_type():
        yield "old code knows it as another type"
    if new.max_length and (not old.max_length or new.max_length < old.max_length):
        yield "old code may write more into it"


def main() -> None:
    for app, name in MigrationLoader(None).graph.leaf_nodes():
        if app in RELEASED:
            print(f'    "{app}": "{name}",')


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maya_site.settings")
    import django

    django.setup()
    main()
