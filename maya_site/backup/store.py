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

from maya_site.backup.errors import CannotBackUp

NAME = re.compile(r"^maya-(\d{8}T\d{6}Z)(?:-\d+)?\.tar\.gz(?:\.age)?$")
STAMP = "%Y%m%dT%H%M%SZ"
ALWAYS_KEPT = 3


def store_at(place: str = "") -> ObjectStore:
    """`place` is a folder or s3://bucket/prefix; empty: the setting's."""
    place = place or settings.BACKUP_STORE
    if "://" not in place:
        folder = Path(place).expanduser()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return LocalStore(folder)
    if not place.startswith("s3://"):
        raise CannotBackUp(f"A store is a folder or s3://bucket/prefix, not {place}.")
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
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
def answering() -> Iterator[None]:
    """A store that does not answer is one sentence."""
    try:
        yield
    except (BaseError, OSError) as error:
        told = str(error).strip().splitlines()[0][:200]
        raise CannotBackUp(f"The store of backups does not answer: {told}") from error


def names(store: ObjectStore) -> list[str]:
    """Oldest first."""
    with answering():
        found = [row["path"] for batch in obstore.list(store) for row in batch]
    return sorted(name for name in found if NAME.match(name))


def made_at(name: str) -> datetime:
    match = NAME.match(name)
    if not match:
        raise CannotBackUp(f"{name} is not the name of a backup.")
    return datetime.strptime(match.group(1), STAMP).replace(tzinfo=UTC)


def keep(store: ObjectStore, file: Path, name: str) -> None:
    with answering(), file.open("rb") as source:
        obstore.put(store, name, source)


def fetch(store: ObjectStore, name: str, to: Path) -> None:
    with answering(), to.open("wb") as target:
        for chunk in obstore.get(store, name).stream():
            target.write(chunk)


def forget_old(store: ObjectStore, days: int, now: datetime) -> list[str]:
    """Those that are older than `days`; the newest few stay however old they are."""
    found = names(store)
    old = [name for name in found[:-ALWAYS_KEPT] if made_at(name) < now - timedelta(days=days)]
    with answering():
        for name in old:
            obstore.delete(store, name)
    return old
