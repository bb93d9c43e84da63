"""Where backups are kept: a folder, a mounted volume, or an S3-compatible store."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import obstore
from django.conf import settings
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store

from maya_site.ops.backup.errors import BackupError

NAME_PATTERN = re.compile(r"^maya-(\d{8}T\d{6}Z)(?:-\d+)?\.tar\.gz(?:\.age)?$")
TIMESTAMP_FORMAT = "%Y%m%dT%H%M%SZ"
MIN_BACKUPS = 3


def open_store(location: str = "") -> ObjectStore:
    """`location` is a folder or s3://bucket/prefix. Empty: BACKUP_STORE."""
    location = location or settings.BACKUP_STORE
    if "://" not in location:
        folder = Path(location).expanduser()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return LocalStore(folder)
    if not location.startswith("s3://"):
        raise BackupError(f"A store is a folder or s3://bucket/prefix, not {location}.")
    bucket, _, prefix = location.removeprefix("s3://").partition("/")
    endpoint = settings.BACKUP_ENDPOINT
    return S3Store(
        bucket,
        prefix=prefix or None,
        config={
            "access_key_id": settings.BACKUP_ACCESS_KEY,
            "secret_access_key": settings.BACKUP_SECRET_KEY,
            "region": settings.BACKUP_REGION,
            **({"endpoint": endpoint} if endpoint else {}),
        },
        client_options={"allow_http": endpoint.startswith("http://"), "timeout": "60s"},
    )


@contextmanager
def store_errors() -> Iterator[None]:
    """Turns the failure of a store into one sentence."""
    try:
        yield
    except (BaseError, OSError) as error:
        message = str(error).strip().splitlines()[0][:200]
        raise BackupError(f"The store of backups does not answer: {message}") from error


def list_backups(store: ObjectStore) -> list[str]:
    """Names of backups, oldest first."""
    with store_errors():
        found = [row["path"] for batch in obstore.list(store) for row in batch]
    return sorted(name for name in found if NAME_PATTERN.match(name))


def backup_time(name: str) -> datetime:
    match = NAME_PATTERN.match(name)
    if not match:
        raise BackupError(f"{name} is not the name of a backup.")
    return datetime.strptime(match.group(1), TIMESTAMP_FORMAT).replace(tzinfo=UTC)


def upload(store: ObjectStore, file: Path, name: str) -> None:
    with store_errors(), file.open("rb") as source:
        obstore.put(store, name, source)


def download(store: ObjectStore, name: str, to: Path) -> None:
    with store_errors(), to.open("wb") as target:
        for chunk in obstore.get(store, name).stream():
            target.write(chunk)


def delete_old_backups(store: ObjectStore, days: int, now: datetime) -> list[str]:
    """Deletes backups older than `days`, except for the newest three. Returns their names."""
    found = list_backups(store)
    old = [name for name in found[:-MIN_BACKUPS] if backup_time(name) < now - timedelta(days=days)]
    with store_errors():
        for name in old:
            obstore.delete(store, name)
    return old
