"""Restores a backup into an unused database, compares every hash and checks the ledger."""

from __future__ import annotations

import gzip
import hashlib
import json
import tarfile
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyrage
from django.apps.registry import Apps
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from obstore.store import ObjectStore

from maya_site.ops.backup import row_format, storage
from maya_site.ops.backup.create import FORMAT_VERSION, backup_folders, seal_heads
from maya_site.ops.backup.errors import RestoreError
from payments import chain, invariants
from payments.models import Tab

ProgressLogger = Callable[[str], None]
# Where any of these has a row, somebody works here.
TABLES_OF_A_USED_DATABASE = ("bartender_visit", "payments_tab", "auth_user")


@dataclass(frozen=True)
class RestoreResult:
    name: str
    created_at: str
    row_count: int
    file_count: int
    tab_count: int
    is_chain_proven: bool


def restore_backup(
    name: str, source: str = "", identity: str = "", log_progress: ProgressLogger = lambda text: None
) -> RestoreResult:
    """Restores the backup `name`, or the latest one. `identity` is the secret age key that the backup was
    encrypted for. Raises RestoreError; then the database is as empty as before."""
    store = storage.open_store(source)
    name = choose_backup(store, name)
    with tempfile.TemporaryDirectory(prefix="maya-restore-") as folder:
        file = Path(folder) / "archive"
        storage.download(store, name, file)
        return _restore_archive(name, decrypt(file, name, identity), Path(folder), log_progress)


def choose_backup(store: ObjectStore, name: str) -> str:
    """The name itself, or that of the latest one. Raises RestoreError."""
    if name != "latest":
        return name
    found = storage.list_backups(store)
    if not found:
        raise RestoreError("There is no backup in that store.")
    return found[-1]


def decrypt(file: Path, name: str, identity: str) -> Path:
    """The archive as it was packed. Raises RestoreError without the right key."""
    if not name.endswith(".age"):
        return file
    if not identity:
        raise RestoreError(f"{name} is sealed: give the secret key with --identity FILE.")
    plain = file.with_suffix(".plain")
    try:
        pyrage.decrypt_file(str(file), str(plain), [pyrage.x25519.Identity.from_str(identity.strip())])
    except (pyrage.DecryptError, pyrage.IdentityError) as error:
        raise RestoreError(f"{name} does not open with that key.") from error
    return plain


def _restore_archive(name: str, file: Path, folder: Path, log_progress: ProgressLogger) -> RestoreResult:
    unpacked = folder / "unpacked"
    try:
        with gzip.open(file) as packed, tarfile.open(fileobj=packed) as tar:
            tar.extractall(unpacked, filter="data")
            while packed.read(1 << 20):  # to the very end, where the sum of all bytes stands
                pass
        manifest = json.loads((unpacked / "manifest.json").read_bytes())
    except (OSError, EOFError, tarfile.TarError, ValueError, KeyError) as error:
        raise RestoreError(f"{name} is damaged: {str(error).splitlines()[0][:120]}") from error
    _verify_hashes(name, unpacked, manifest)
    apps = _migrate_to_backup_schema(manifest)
    count = _load_tables(apps, unpacked, manifest, log_progress)
    call_command("migrate", verbosity=0, interactive=False)
    files = _restore_files(unpacked, manifest)
    tabs = _verify_ledger(name)
    return RestoreResult(name, manifest["created_at"], count, files, tabs, _verify_chain(name, manifest))


def _verify_hashes(name: str, unpacked: Path, manifest: dict[str, Any]) -> None:
    if manifest.get("format") != FORMAT_VERSION:
        raise RestoreError(
            f"{name} was made by another kind of Maya: its format is {manifest.get('format')}."
        )
    hashes = {f"tables/{one['name']}.jsonl": one["sha256"] for one in manifest["tables"]} | manifest["files"]
    for inside, expected in hashes.items():
        path = unpacked / inside
        if (
            ".." in path.parts
            or not path.is_file()
            or hashlib.sha256(path.read_bytes()).hexdigest() != expected
        ):
            raise RestoreError(f"{name} is damaged: {inside} is not what its manifest says.")


def _migrate_to_backup_schema(manifest: dict[str, Any]) -> Apps:
    """The schema as it was when the backup was made; its models. What is newer is migrated afterwards."""
    wanted = {(app, name) for app, name in manifest["migrations"]}
    loader = MigrationLoader(connection)
    unknown = wanted - set(loader.disk_migrations)
    if unknown:
        app, migration = min(unknown)
        raise RestoreError(
            f"That backup is newer than this release: it knows {app}.{migration}. Deploy that first."
        )
    if loader.applied_migrations:
        _require_unused_database()
    tips = _latest_migrations(loader, wanted)
    for app, migration in tips:
        call_command("migrate", app, migration, verbosity=0, interactive=False)
    return MigrationLoader(connection).project_state(tips).apps


def _latest_migrations(loader: MigrationLoader, wanted: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """The newest migrations among those wanted: nothing else that is wanted comes after them in their app."""
    inner = {
        parent
        for key in wanted
        for parent in loader.disk_migrations[key].dependencies
        if parent in wanted and parent[0] == key[0]
    }
    return sorted(wanted - inner)


def _require_unused_database() -> None:
    there = set(connection.introspection.table_names())
    for table in TABLES_OF_A_USED_DATABASE:
        if table not in there:
            continue
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {table})")  # noqa: S608 - our names
            if cursor.fetchone()[0]:
                raise RestoreError("This database is in use: a backup is restored into an empty one only.")


@transaction.atomic
def _load_tables(apps: Apps, unpacked: Path, manifest: dict[str, Any], log_progress: ProgressLogger) -> int:
    """One transaction: what does not compare in the end was never there."""
    models, count = row_format.backup_models(apps), 0
    by_table = {model._meta.db_table: model for model in models}
    with _defer_constraints():
        for model in models:  # what a migration seeds is in the backup, too
            model._base_manager.using(DEFAULT_DB_ALIAS).all()._raw_delete(DEFAULT_DB_ALIAS)
        try:
            for table in manifest["tables"]:
                with (unpacked / "tables" / f"{table['name']}.jsonl").open("rb") as file:
                    count += row_format.load_table(by_table[table["name"]], DEFAULT_DB_ALIAS, file)
                log_progress(f"{table['name']}: {table['rows']}")
        except (DatabaseError, KeyError, ValueError) as error:
            raise RestoreError(
                f"A table could not be read back: {str(error).splitlines()[0][:160]}"
            ) from error
    row_format.reset_sequences(models, DEFAULT_DB_ALIAS)
    for table in manifest["tables"]:
        now = row_format.write_table(by_table[table["name"]], DEFAULT_DB_ALIAS)
        if (now.rows, now.sha256) != (table["rows"], table["sha256"]):
            raise RestoreError(f"{table['name']} is not what it was: {now.rows} rows of {table['rows']}.")
    return count


def _defer_constraints() -> AbstractContextManager[Any]:
    """Rows come back in the order of their tables' names, not of who points at whom."""
    if connection.vendor == "sqlite":
        return connection.constraint_checks_disabled()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return nullcontext()


def _restore_files(unpacked: Path, manifest: dict[str, Any]) -> int:
    targets = backup_folders()
    for inside in manifest["files"]:
        _, place, path = inside.split("/", 2)
        if place in targets:
            target = targets[place] / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((unpacked / inside).read_bytes())
    return len(manifest["files"])


def _verify_chain(name: str, manifest: dict[str, Any]) -> bool:
    """Whether the tabs' heads are those of the bar that made the backup. False where it had no chain, or this
    one does not have its key."""
    anchor = manifest.get("chain")
    if anchor is None or not chain.is_known_key(anchor["key"]):
        return False
    if seal_heads(DEFAULT_DB_ALIAS, anchor["key"]) != anchor["heads"]:
        raise RestoreError(
            f"{name} was restored, but it was altered after it was made: the heads of its tabs are not those "
            "of its manifest. See deploy/runbooks/ledger-tampering.md."
        )
    return True


def _verify_ledger(name: str) -> int:
    """What only the key of another bar can prove is not held against the backup."""
    tabs = Tab.objects.all()
    violations = [*invariants.check_tabs(tabs), *invariants.check_ledger_totals()]
    found = [one for one in violations if not one.is_about_unknown_key]
    if found:
        raise RestoreError(
            f"{name} was restored, but its book is not in order: {found[0]}. See ledger_check."
        )
    return tabs.count()
