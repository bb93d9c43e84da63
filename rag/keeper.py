"""Keeps a server's memory at what the database says: a thread that looks every second and loads aside."""

from __future__ import annotations

import logging
import math
import subprocess
import sys
import threading
import time

from django.conf import settings
from django.db import DatabaseError, close_old_connections

from rag.memory import MEMORY, HouseMemory
from rag.models import Knowledge
from rag.providers import store_kinds

logger = logging.getLogger(__name__)

LOOK_EVERY = 1.0
# How long somebody else, the job that a change asks for, may take to build before we do it ourselves.
GRACE = 1.5
QUIET = 20.0
LONGEST_PAUSE = 60.0
PATIENCE = 5.0


class Keeper:
    """Started by the server after the bar is open: a start waits for no index."""

    def __init__(
        self,
        memory: HouseMemory = MEMORY,
        look_every: float = LOOK_EVERY,
        grace: float = GRACE,
        quiet: float = QUIET,
    ) -> None:
        self.memory, self.look_every, self.grace = memory, look_every, grace
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._waiting_for, self._make_at, self._failed = "", 0.0, 0
        self.quiet = quiet
        self._quiet_stamp, self._add_at = "", math.inf
        self._adding: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        if self.running:
            return
        self._stopped.clear()
        self._thread = threading.Thread(target=self._work, name="maya-memory", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(PATIENCE)
            self._thread = None
        if self._adding is not None and self._adding.poll() is None:
            self._adding.terminate()
            self._adding.wait()

    def _work(self) -> None:
        while not self._stopped.wait(self.look_every):
            close_old_connections()
            try:
                self.look()
            except DatabaseError as trouble:
                logger.warning("the memory waits for the database: %s", type(trouble).__name__)
            finally:
                close_old_connections()

    def look(self) -> None:
        knowledge, now = Knowledge.here(), time.monotonic()
        stamp = knowledge.stamp
        if self.memory.is_latest(knowledge):
            self._waiting_for = ""
            self._add_slow_stores(stamp, now)
            return
        if stamp != self._waiting_for:
            self._waiting_for, self._make_at, self._failed = stamp, now + self.grace, 0
        make = now >= self._make_at
        if not self.memory.refresh(make=make) and make:
            self._failed += 1
            self._make_at = now + min(LONGEST_PAUSE, self.grace * 2**self._failed)

    def _add_slow_stores(self, stamp: str, now: float) -> None:
        """Once nothing has changed for a while, once for each state, and in a process of its own: Memvid
        would hold up every thread of this one."""
        loaded = self.memory.loaded
        if stamp != self._quiet_stamp:
            self._quiet_stamp, self._add_at = stamp, now + self.quiet
        wanted = "memvid" in store_kinds() and loaded and "memvid" not in loaded.manifest.stores
        if wanted and now >= self._add_at and (self._adding is None or self._adding.poll() is not None):
            self._add_at = math.inf
            self._adding = add_in_the_background()


def add_in_the_background() -> subprocess.Popen[bytes]:
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "build_memory", "--memvid"]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


KEEPER = Keeper()
