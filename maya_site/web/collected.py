"""Whether the collected static files are those of the source tree. A stale copy is never served."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders


def digest() -> str:
    """Of every source file's place, size and time: reading them all would take longer than a start may."""
    listed = [
        f"{path} {stat.st_size} {stat.st_mtime_ns}"
        for finder in get_finders()
        for path, storage in finder.list([])
        for stat in [Path(storage.path(path)).stat()]
    ]
    return hashlib.sha256("\n".join(listed).encode()).hexdigest()


def _stamp() -> Path:
    return Path(settings.STATIC_ROOT).with_suffix(".digest")


def stamp(found: str) -> None:
    _stamp().write_text(found)
    in_use.cache_clear()


def is_current(found: str) -> bool:
    return Path(settings.STATIC_ROOT).is_dir() and _stamp().exists() and _stamp().read_text() == found


@cache
def in_use() -> bool:
    """Production serves what its image holds; elsewhere only a copy that is up to date counts."""
    if settings.DEBUG:
        return False
    return settings.PRODUCTION or is_current(digest())
