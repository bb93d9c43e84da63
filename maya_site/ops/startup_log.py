"""One line of the log, as fields, with what an operator wants to know of a server that has just started."""

from __future__ import annotations

import logging
import os
import platform
import resource
import threading
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, close_old_connections

from maya_site.core.release import VERSION
from maya_site.ops.cgroup import read_usage
from maya_site.ops.components import check_components, check_worker_live

logger = logging.getLogger(__name__)

BYTES_PER_MB = 1024 * 1024
STOP_TIMEOUT_SECONDS = 2.0


class StartupLog:
    """Writes the line from a thread of its own, so that no guest waits until every part was asked."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._log_diagnostics, name="maya-opening", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        if self._thread is not None:
            self._thread.join(STOP_TIMEOUT_SECONDS)

    def _log_diagnostics(self) -> None:
        try:
            logger.info("started", extra=collect_diagnostics())
            if (worker := check_worker_live()) and not worker.is_available:
                logger.error("NO WORKER: %s", worker.detail)
        except DatabaseError as error:  # it went away between two questions
            logger.warning("what is real could not be asked: %s", type(error).__name__)
        finally:
            close_old_connections()


def collect_diagnostics() -> dict[str, str]:
    found = {
        part.name: f"{part.kind if part.is_available else 'down'} ({part.detail})"
        for part in check_components()
    }
    return {**_process_info(), **_resource_info(), **found}


def _process_info() -> dict[str, str]:
    return {
        "version": VERSION,
        "commit": settings.MAYA_COMMIT,
        "environment": settings.PYTHON_ENV,
        "python": platform.python_version(),
        "pid": str(os.getpid()),
        "workers": str(settings.WORKERS),
    }


def _resource_info() -> dict[str, str]:
    limit = read_usage().memory_limit_bytes
    return {
        "memory_mb": str(resident_bytes() // BYTES_PER_MB),
        "memory_limit_mb": str(limit // BYTES_PER_MB) if limit else "none",
        "config_memory_mb": str(settings.MODAL_MEMORY_MB),
        "config_max_containers": str(settings.MODAL_MAX_CONTAINERS),
        "processors": str(_cpu_count()),
    }


def _cpu_count() -> int:
    """Those that this process may use, where the system tells."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def resident_bytes(status: Path = Path("/proc/self/statm")) -> int:
    """Memory of this process in bytes; if the kernel does not say, the most that it ever had."""
    try:
        return int(status.read_text().split()[1]) * resource.getpagesize()
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if platform.system() == "Darwin" else most * 1024


STARTUP_LOG = StartupLog()
