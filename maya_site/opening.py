"""What an operator wants to know of a server that has just started: one line of the log, as fields."""

from __future__ import annotations

import logging
import os
import platform
import resource
import threading
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, close_old_connections

from maya_site.cgroup import usage
from maya_site.parts import parts

logger = logging.getLogger(__name__)

MB = 1024 * 1024
PATIENCE = 2.0


class Opening:
    """Beside the start: no guest waits until every part was asked."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._tell, name="maya-opening", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        if self._thread is not None:
            self._thread.join(PATIENCE)

    def _tell(self) -> None:
        try:
            logger.info("started", extra=diagnosis())
        except DatabaseError as trouble:  # it went away between two questions
            logger.warning("what is real could not be asked: %s", type(trouble).__name__)
        finally:
            close_old_connections()


def diagnosis() -> dict[str, str]:
    found = {part.name: f"{part.kind if part.answers else 'down'} ({part.says})" for part in parts()}
    return {**_process(), **_resources(), **found}


def _process() -> dict[str, str]:
    return {
        "environment": settings.PYTHON_ENV,
        "python": platform.python_version(),
        "pid": str(os.getpid()),
        "workers": str(settings.WORKERS),
    }


def _resources() -> dict[str, str]:
    limit = usage().memory_limit_bytes
    return {
        "memory_mb": str(resident_bytes() // MB),
        "memory_limit_mb": str(limit // MB) if limit else "none",
        "config_memory_mb": str(settings.MODAL_MEMORY_MB),
        "config_max_containers": str(settings.MODAL_MAX_CONTAINERS),
        "processors": str(_processors()),
    }


def _processors() -> int:
    """Those that this process may use, where the system tells."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def resident_bytes(status: Path = Path("/proc/self/statm")) -> int:
    """What this process holds; where the kernel does not say, the most that it ever held."""
    try:
        return int(status.read_text().split()[1]) * resource.getpagesize()
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if platform.system() == "Darwin" else most * 1024


OPENING = Opening()
