"""Making a backup while the bar serves: all rows as of one moment, and the files beside the database."""

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

from maya_site.backup import rows, store
from maya_site.backup.errors import CannotBackUp

FORMAT = 1
SNAPSHOT = "snapshot"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Made:
    name: str
    bytes: int
    rows: int
    files: int
    forgotten: tuple[str, ...] = ()


def make(to: str = "", keep_days: int | None = None, say: Say = lambda text: None) -> Made:
    """Raises CannotBackUp. Nothing is in the store before all of it is."""
    kept, now = store.store_at(to), timezone.now()
    with tempfile.TemporaryDirectory(prefix="maya-backup-") as folder:
        archive = Path(folder) / "archive"
        counts = _archive(archive, Path(folder), now, say)
        sealed = _sealed(archive)
        name = _name(kept, now, sealed != archive)
        store.keep(kept, sealed, name)
        size = sealed.stat().st_size
    days = settings.BACKUP_KEEP_DAYS if keep_days is None else keep_days
    return Made(name, size, *counts, tuple(store.forget_old(kept, days, now)))


def _name(kept: Any, now: datetime, sealed: bool) -> str:
    """Two in one second do not overwrite each other."""
    taken = {name.split(".")[0] for name in store.names(kept)}
    stem = f"maya-{now.strftime(store.STAMP)}"
    free = next(one for one in (stem, *(f"{stem}-{number}" for number in range(1, 1000))) if one not in taken)
    return f"{free}.tar.gz{'.age' if sealed else ''}"


def _archive(archive: Path, folder: Path, now: datetime, say: Say) -> tuple[int, int]:
    with gzip.open(archive, "wb", compresslevel=6) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        tables = list(_tables(tar, folder, say))
        files = dict(_files(tar))
        manifest = {
            "format": FORMAT,
            "made_at": now.isoformat(),
            "vendor": connection.vendor,
            "migrations": sorted(MigrationRecorder(connection).applied_migrations()),
            "tables": [asdict(table) for table in tables],
            "files": files,
        }
        _add(tar, "manifest.json", json.dumps(manifest, indent=1).encode())
    return sum(table.rows for table in tables), len(files)


def _tables(tar: tarfile.TarFile, folder: Path, say: Say) -> Iterator[rows.Table]:
    with snapshot(folder) as using:
        for model in rows.tables(apps):
            with (folder / "table").open("w+b") as file:
                table = rows.write(model, using, file)
                size = file.tell()
                file.seek(0)
                _member(tar, f"tables/{table.name}.jsonl", size, file)
            say(f"{table.name}: {table.rows}")
            yield table


@contextmanager
def snapshot(folder: Path) -> Iterator[str]:
    """All rows as of this moment, through a connection of its own: guests go on ordering meanwhile."""
    here = connections[DEFAULT_DB_ALIAS].settings_dict
    own: dict[str, Any] = {**here, "OPTIONS": {**here["OPTIONS"]}}
    if connection.vendor == "sqlite":
        own["NAME"] = str(_copied(str(here["NAME"]), folder / "copy.sqlite3"))
    else:
        own["OPTIONS"].pop("pool", None)
    connections.databases[SNAPSHOT] = own
    try:
        with transaction.atomic(using=SNAPSHOT):
            if connection.vendor == "postgresql":
                with connections[SNAPSHOT].cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield SNAPSHOT
    finally:
        connections[SNAPSHOT].close()
        del connections[SNAPSHOT]
        del connections.databases[SNAPSHOT]


def _copied(name: str, to: Path) -> Path:
    """SQLite's own online backup: whole and of one moment, while others write."""
    source, target = sqlite3.connect(f"file:{name}?mode=ro", uri=True), sqlite3.connect(to)
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()
    return to


def places() -> dict[str, Path]:
    """Folders beside the database that belong to a backup, by their names in it."""
    found = {"memory": settings.MEMORY_DIR}
    return found | ({"media": Path(settings.MEDIA_ROOT)} if settings.MEDIA_ROOT else {})


def _files(tar: tarfile.TarFile) -> Iterator[tuple[str, str]]:
    for name, folder in places().items():
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            try:
                content = path.read_bytes() if path.is_file() and not path.is_symlink() else None
            except FileNotFoundError:
                continue  # an index that was swapped for a newer one meanwhile
            if content is not None:
                inside = f"files/{name}/{path.relative_to(folder).as_posix()}"
                _add(tar, inside, content)
                yield inside, hashlib.sha256(content).hexdigest()


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    _member(tar, name, len(content), io.BytesIO(content))


def _member(tar: tarfile.TarFile, name: str, size: int, file: Any) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    tar.addfile(info, file)


def _sealed(archive: Path) -> Path:
    """For whoever has the other half of the key: who reads the store, or this server, reads no backup."""
    if not settings.BACKUP_RECIPIENT:
        return archive
    try:
        recipient = pyrage.x25519.Recipient.from_str(settings.BACKUP_RECIPIENT)
    except pyrage.RecipientError as error:
        raise CannotBackUp("BACKUP_RECIPIENT is no age public key: it begins with age1.") from error
    sealed = archive.with_suffix(".age")
    pyrage.encrypt_file(str(archive), str(sealed), [recipient])
    archive.unlink()
    return sealed
