"""Makes a backup while the bar serves: all rows as of one moment, and the files beside the database."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyrage
from django.apps import apps
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from maya_site.ops.backup import row_format, storage
from maya_site.ops.backup.errors import BackupError
from payments import chain
from payments.models import Tab

FORMAT_VERSION = 1
SNAPSHOT_ALIAS = "snapshot"
ProgressLogger = Callable[[str], None]


@dataclass(frozen=True)
class BackupResult:
    name: str
    size_bytes: int
    row_count: int
    file_count: int
    deleted_names: tuple[str, ...] = ()


def create_backup(
    destination: str = "", retention_days: int | None = None, log_progress: ProgressLogger = lambda text: None
) -> BackupResult:
    """Makes an archive and uploads it whole. Then deletes backups older than `retention_days`. Raises
    BackupError."""
    store, now = storage.open_store(destination), timezone.now()
    with tempfile.TemporaryDirectory(prefix="maya-backup-") as folder:
        archive = Path(folder) / "archive"
        counts = _write_archive(archive, Path(folder), now, log_progress)
        sealed = _encrypt(archive)
        name = _backup_name(store, now, sealed != archive)
        storage.upload(store, sealed, name)
        size = sealed.stat().st_size
    days = settings.BACKUP_KEEP_DAYS if retention_days is None else retention_days
    return BackupResult(name, size, *counts, tuple(storage.delete_old_backups(store, days, now)))


def _backup_name(backup_store: Any, now: datetime, is_encrypted: bool) -> str:
    """Two in one second do not overwrite each other."""
    taken = {name.split(".")[0] for name in storage.list_backups(backup_store)}
    stem = f"maya-{now.strftime(storage.TIMESTAMP_FORMAT)}"
    free = next(one for one in (stem, *(f"{stem}-{number}" for number in range(1, 1000))) if one not in taken)
    return f"{free}.tar.gz{'.age' if is_encrypted else ''}"


def _write_archive(
    archive: Path, folder: Path, now: datetime, log_progress: ProgressLogger
) -> tuple[int, int]:
    with gzip.open(archive, "wb", compresslevel=6) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        with open_snapshot(folder) as using:
            tables = list(_write_tables(tar, folder, log_progress, using))
            anchor = chain_anchor(using)
        files = dict(_write_files(tar))
        manifest = {
            "format": FORMAT_VERSION,
            "created_at": now.isoformat(),
            "vendor": connection.vendor,
            "migrations": sorted(MigrationRecorder(connection).applied_migrations()),
            "tables": [asdict(table) for table in tables],
            "files": files,
            "chain": anchor,
        }
        _add_bytes(tar, "manifest.json", json.dumps(manifest, indent=1).encode())
    return sum(table.rows for table in tables), len(files)


def _write_tables(
    tar: tarfile.TarFile, folder: Path, log_progress: ProgressLogger, using: str
) -> Iterator[row_format.TableDigest]:
    for model in row_format.backup_models(apps):
        with (folder / "table").open("w+b") as file:
            table = row_format.write_table(model, using, file)
            size = file.tell()
            file.seek(0)
            _add_member(tar, f"tables/{table.name}.jsonl", size, file)
        log_progress(f"{table.name}: {table.rows}")
        yield table


def chain_anchor(using: str) -> dict[str, Any]:
    """How far the ledger's chain was: the heads of all tabs under one keyed hash, which nobody who alters a
    backup can make anew."""
    key = chain.current_key_id()
    return {"key": key, "heads": seal_heads(using, key)}


def seal_heads(using: str, key: str) -> str:
    """Raises UnknownChainKey."""
    tabs = Tab.objects.using(using).order_by("pk").values_list("code", "version", "chain_head")
    heads = chain.digest(f"{code} {version} {head or ''}" for code, version, head in tabs.iterator())
    return chain.seal(key, "backup", heads)


@contextmanager
def open_snapshot(folder: Path) -> Iterator[str]:
    """All rows as of this moment, through a connection of its own: guests go on ordering meanwhile."""
    here = connections[DEFAULT_DB_ALIAS].settings_dict
    own: dict[str, Any] = {**here, "OPTIONS": {**here["OPTIONS"]}}
    if connection.vendor == "sqlite":
        own["NAME"] = str(_copy_sqlite(str(here["NAME"]), folder / "copy.sqlite3"))
    else:
        own["OPTIONS"].pop("pool", None)
    connections.databases[SNAPSHOT_ALIAS] = own
    try:
        with transaction.atomic(using=SNAPSHOT_ALIAS):
            if connection.vendor == "postgresql":
                with connections[SNAPSHOT_ALIAS].cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield SNAPSHOT_ALIAS
    finally:
        connections[SNAPSHOT_ALIAS].close()
        del connections[SNAPSHOT_ALIAS]
        del connections.databases[SNAPSHOT_ALIAS]


def _copy_sqlite(name: str, to: Path) -> Path:
    """SQLite's own online backup: whole and of one moment, while others write."""
    source, target = sqlite3.connect(f"file:{name}?mode=ro", uri=True), sqlite3.connect(to)
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()
    return to


def backup_folders() -> dict[str, Path]:
    """Folders beside the database that belong to a backup, by their names in the archive."""
    found = {"memory": settings.MEMORY_DIR}
    return found | ({"media": Path(settings.MEDIA_ROOT)} if settings.MEDIA_ROOT else {})


def _write_files(tar: tarfile.TarFile) -> Iterator[tuple[str, str]]:
    for name, folder in backup_folders().items():
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            try:
                content = path.read_bytes() if path.is_file() and not path.is_symlink() else None
            except FileNotFoundError:
                continue  # an index that was swapped for a newer one meanwhile
            if content is not None:
                inside = f"files/{name}/{path.relative_to(folder).as_posix()}"
                _add_bytes(tar, inside, content)
                yield inside, hashlib.sha256(content).hexdigest()


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    _add_member(tar, name, len(content), io.BytesIO(content))


def _add_member(tar: tarfile.TarFile, name: str, size: int, file: Any) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    tar.addfile(info, file)


def is_usable_recipient(text: str) -> bool:
    try:
        pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        return False
    return True


def _encrypt(archive: Path) -> Path:
    """For whoever has the other half of the key: who reads the store, or this server, reads no backup."""
    if not settings.BACKUP_RECIPIENT:
        return archive
    try:
        recipient = pyrage.x25519.Recipient.from_str(settings.BACKUP_RECIPIENT)
    except pyrage.RecipientError as error:
        raise BackupError("BACKUP_RECIPIENT is no age public key: it begins with age1.") from error
    sealed = archive.with_suffix(".age")
    pyrage.encrypt_file(str(archive), str(sealed), [recipient])
    archive.unlink()
    return sealed
