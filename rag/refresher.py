"""Keeps a server's index at what the database says: a thread that looks every second and loads aside."""

from __future__ import annotations

import logging
import math
import subprocess
import sys
import threading
import time

from django.conf import settings
from django.db import DatabaseError, close_old_connections

from rag.memory import MEMORY, ProcessMemory
from rag.models import Knowledge
from rag.providers import slow_store_kinds

logger = logging.getLogger(__name__)

POLL_INTERVAL_SECONDS = 1.0
# How long somebody else, the job that a change asks for, may take to build before we do it ourselves.
BUILD_GRACE_SECONDS = 1.5
QUIET_SECONDS = 20.0
MAX_BACKOFF_SECONDS = 60.0
STOP_TIMEOUT_SECONDS = 5.0


class IndexRefresher:
    """Started after the server is open, so that a start waits for no index."""

    def __init__(
        self,
        memory: ProcessMemory = MEMORY,
        poll_interval_seconds: float = POLL_INTERVAL_SECONDS,
        build_grace_seconds: float = BUILD_GRACE_SECONDS,
        quiet_seconds: float = QUIET_SECONDS,
    ) -> None:
        self.memory, self.poll_interval_seconds, self.build_grace_seconds = (
            memory,
            poll_interval_seconds,
            build_grace_seconds,
        )
        self._stop_event = threading.Event()
        self._thread: threading.Thread | None = None
        self._awaited_stamp, self._build_at, self._failed_builds = "", 0.0, 0
        self.quiet_seconds = quiet_seconds
        self._quiet_stamp, self._add_at = "", math.inf
        self._add_process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        if self.is_running:
            return
        self._stop_event.clear()
        self._thread = threading.Thread(target=self._run, name="maya-memory", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop_event.set()
        if self._thread is not None:
            self._thread.join(STOP_TIMEOUT_SECONDS)
            self._thread = None
        if self._add_process is not None and self._add_process.poll() is None:
            self._add_process.terminate()
            self._add_process.wait()

    def _run(self) -> None:
        while not self._stop_event.wait(self.poll_interval_seconds):
            close_old_connections()
            try:
                self.refresh_if_stale()
            except DatabaseError as error:
                logger.warning("the memory waits for the database: %s", type(error).__name__)
            finally:
                close_old_connections()

    def refresh_if_stale(self) -> None:
        knowledge, now = Knowledge.get_current(), time.monotonic()
        stamp = knowledge.version
        if self.memory.is_latest(knowledge):
            self._awaited_stamp = ""
            self._add_slow_stores(stamp, now)
            return
        if stamp != self._awaited_stamp:
            self._awaited_stamp, self._build_at, self._failed_builds = (
                stamp,
                now + self.build_grace_seconds,
                0,
            )
        make = now >= self._build_at
        if not self.memory.refresh(build_if_missing=make) and make:
            self._failed_builds += 1
            self._build_at = now + min(MAX_BACKOFF_SECONDS, self.build_grace_seconds * 2**self._failed_builds)

    def _add_slow_stores(self, stamp: str, now: float) -> None:
        """Once nothing has changed for a while, once for each state, and in a process of its own: it would
        hold up every thread of this one. One at a time: the index in use is another one then."""
        loaded = self.memory.loaded
        if stamp != self._quiet_stamp:
            self._quiet_stamp, self._add_at = stamp, now + self.quiet_seconds
        missing = [kind for kind in slow_store_kinds() if loaded and kind not in loaded.manifest.stores]
        if (
            missing
            and now >= self._add_at
            and (self._add_process is None or self._add_process.poll() is not None)
        ):
            self._add_at = math.inf
            self._add_process = start_adding_store(missing[0])


def start_adding_store(kind: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "build_memory", f"--{kind}"]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


INDEX_REFRESHER = IndexRefresher()
