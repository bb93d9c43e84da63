"""Keeps a server's memory at what the database says: a thread that looks every second and loads aside."""

from __future__ import annotations

import logging
import threading
import time

from django.db import DatabaseError, close_old_connections

from rag.memory import MEMORY, HouseMemory
from rag.models import Knowledge

logger = logging.getLogger(__name__)

LOOK_EVERY = 1.0
# How long somebody else, the job that a change asks for, may take to build before we do it ourselves.
GRACE = 1.5
LONGEST_PAUSE = 60.0
PATIENCE = 5.0


class Keeper:
    """Started by the server after the bar is open: a start waits for no index."""

    def __init__(
        self, memory: HouseMemory = MEMORY, look_every: float = LOOK_EVERY, grace: float = GRACE
    ) -> None:
        self.memory, self.look_every, self.grace = memory, look_every, grace
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._waiting_for, self._make_at, self._failed = "", 0.0, 0

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
        stamp, now = Knowledge.here().stamp, time.monotonic()
        loaded = self.memory.loaded
        if loaded and loaded.manifest.stamp == stamp:
            self._waiting_for = ""
            return
        if stamp != self._waiting_for:
            self._waiting_for, self._make_at, self._failed = stamp, now + self.grace, 0
        make = now >= self._make_at
        if not self.memory.refresh(make=make) and make:
            self._failed += 1
            self._make_at = now + min(LONGEST_PAUSE, self.grace * 2**self._failed)


KEEPER = Keeper()
