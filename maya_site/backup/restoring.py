"""The way back: into an empty place only, with every hash compared, and the book checked at the end."""

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

from maya_site.backup import rows, store
from maya_site.backup.errors import CannotRestore
from maya_site.backup.making import FORMAT, places
from payments import audit
from payments.models import Tab

Say = Callable[[str], None]
# Where any of these has a row, somebody works here.
TAKEN_BY = ("bartender_visit", "payments_tab", "auth_user")


@dataclass(frozen=True)
class Restored:
    name: str
    made_at: str
    rows: int
    files: int
    tabs: int


def restore(name: str, source: str = "", identity: str = "", say: Say = lambda text: None) -> Restored:
    """`identity` is the secret half of the key that the backup was sealed for. Raises CannotRestore; then the
    database is as empty as before."""
    kept = store.store_at(source)
    if name == "latest":
        found = store.names(kept)
        if not found:
            raise CannotRestore("There is no backup in that store.")
        name = found[-1]
    with tempfile.TemporaryDirectory(prefix="maya-restore-") as folder:
        file = Path(folder) / "archive"
        store.fetch(kept, name, file)
        return _restored(name, _opened(file, name, identity), Path(folder), say)


def _opened(file: Path, name: str, identity: str) -> Path:
    if not name.endswith(".age"):
        return file
    if not identity:
        raise CannotRestore(f"{name} is sealed: give the secret key with --identity FILE.")
    plain = file.with_suffix(".plain")
    try:
        pyrage.decrypt_file(str(file), str(plain), [pyrage.x25519.Identity.from_str(identity.strip())])
    except (pyrage.DecryptError, pyrage.IdentityError) as error:
        raise CannotRestore(f"{name} does not open with that key.") from error
    return plain


def _restored(name: str, file: Path, folder: Path, say: Say) -> Restored:
    unpacked = folder / "unpacked"
    try:
        with gzip.open(file) as packed, tarfile.open(fileobj=packed) as tar:
            tar.extractall(unpacked, filter="data")
            while packed.read(1 << 20):  # to the very end, where the sum of all bytes stands
                pass
        manifest = json.loads((unpacked / "manifest.json").read_bytes())
    except (OSError, EOFError, tarfile.TarError, ValueError, KeyError) as error:
        raise CannotRestore(f"{name} is damaged: {str(error).splitlines()[0][:120]}") from error
    _check_whole(name, unpacked, manifest)
    apps = _empty_and_of_its_time(manifest)
    count = _load(apps, unpacked, manifest, say)
    call_command("migrate", verbosity=0, interactive=False)
    files = _put_files(unpacked, manifest)
    return Restored(name, manifest["made_at"], count, files, _book_in_order(name))


def _check_whole(name: str, unpacked: Path, manifest: dict[str, Any]) -> None:
    if manifest.get("format") != FORMAT:
        raise CannotRestore(
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
            raise CannotRestore(f"{name} is damaged: {inside} is not what its manifest says.")


def _is_whole(path: Path, expected: str) -> bool:
    """A name that leads out of its folder is nobody's of ours."""
    inside = ".." not in path.parts and path.is_file()
    return inside and hashlib.sha256(path.read_bytes()).hexdigest() == expected


def _empty_and_of_its_time(manifest: dict[str, Any]) -> Apps:
    """The schema as it was when the backup was made; its models. What is newer is migrated afterwards."""
    wanted = {(app, name) for app, name in manifest["migrations"]}
    loader = MigrationLoader(connection)
    unknown = wanted - set(loader.disk_migrations)
    if unknown:
        app, migration = min(unknown)
        raise CannotRestore(
            f"That backup is newer than this release: it knows {app}.{migration}. Deploy that first."
        )
    if loader.applied_migrations:
        _refuse_a_taken_place()
    tips = _tips(loader, wanted)
    for app, migration in tips:
        call_command("migrate", app, migration, verbosity=0, interactive=False)
    return MigrationLoader(connection).project_state(tips).apps


def _tips(loader: MigrationLoader, wanted: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """The newest migrations among those wanted: nothing else that is wanted comes after them in their app."""
    inner = {
        parent
        for key in wanted
        for parent in loader.disk_migrations[key].dependencies
        if parent in wanted and parent[0] == key[0]
    }
    return sorted(wanted - inner)


def _refuse_a_taken_place() -> None:
    there = set(connection.introspection.table_names())
    for table in TAKEN_BY:
        if table not in there:
            continue
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {table})")  # noqa: S608 - our names
            if cursor.fetchone()[0]:
                raise CannotRestore("This database is in use: a backup is restored into an empty one only.")


@transaction.atomic
def _load(apps: Apps, unpacked: Path, manifest: dict[str, Any], say: Say) -> int:
    """One transaction: what does not compare in the end was never there."""
    models, count = rows.tables(apps), 0
    by_table = {model._meta.db_table: model for model in models}
    with _constraints_wait():
        for model in models:  # what a migration seeds is in the backup, too
            model._base_manager.using(DEFAULT_DB_ALIAS).all()._raw_delete(DEFAULT_DB_ALIAS)
        try:
            for table in manifest["tables"]:
                with (unpacked / "tables" / f"{table['name']}.jsonl").open("rb") as file:
                    count += rows.read(by_table[table["name"]], DEFAULT_DB_ALIAS, file)
                say(f"{table['name']}: {table['rows']}")
        except (DatabaseError, KeyError, ValueError) as error:
            raise CannotRestore(
                f"A table could not be read back: {str(error).splitlines()[0][:160]}"
            ) from error
    rows.go_on_counting(models, DEFAULT_DB_ALIAS)
    for table in manifest["tables"]:
        now = rows.write(by_table[table["name"]], DEFAULT_DB_ALIAS)
        if (now.rows, now.sha256) != (table["rows"], table["sha256"]):
            raise CannotRestore(f"{table['name']} is not what it was: {now.rows} rows of {table['rows']}.")
    return count


def _constraints_wait() -> AbstractContextManager[Any]:
    """Rows come back in the order of their tables' names, not of who points at whom."""
    if connection.vendor == "sqlite":
        return connection.constraint_checks_disabled()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return nullcontext()


def _put_files(unpacked: Path, manifest: dict[str, Any]) -> int:
    targets = places()
    for inside in manifest["files"]:
        _, place, path = inside.split("/", 2)
        if place in targets:
            target = targets[place] / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((unpacked / inside).read_bytes())
    return len(manifest["files"])


def _book_in_order(name: str) -> int:
    tabs = Tab.objects.all()
    found = [*audit.check_tabs(tabs), *audit.check_book()]
    if found:
        raise CannotRestore(
            f"{name} was restored, but its book is not in order: {found[0]}. See ledger_check."
        )
    return tabs.count()
