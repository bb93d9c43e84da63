"""Says whether the collected static files are those of the source tree. A stale copy is never served."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders

from maya_site.edge import bundles


def source_digest() -> str:
    """A digest of every source file's path, size and time, and of what joins them. Reading the files would
    take longer than a start may."""
    sources = [
        (path, Path(storage.path(path))) for finder in get_finders() for path, storage in finder.list([])
    ]
    listed = [
        f"{path} {stat.st_size} {stat.st_mtime_ns}"
        for path, file in [*sources, ("", Path(bundles.__file__))]
        for stat in [file.stat()]
    ]
    return hashlib.sha256("\n".join(listed).encode()).hexdigest()


def _digest_path() -> Path:
    return Path(settings.STATIC_ROOT).with_suffix(".digest")


def write_digest(digest: str) -> None:
    _digest_path().write_text(digest)
    is_in_use.cache_clear()


def is_current(digest: str) -> bool:
    return (
        Path(settings.STATIC_ROOT).is_dir()
        and _digest_path().exists()
        and _digest_path().read_text() == digest
    )


@cache
def is_in_use() -> bool:
    """Whether collected files are served: always in production, elsewhere only if they are current, never
    with DEBUG."""
    if settings.DEBUG:
        return False
    return settings.PRODUCTION or is_current(source_digest())
