"""The runner of a server without a broker: one thread that drains, and keeps the time."""

from __future__ import annotations

import logging
import threading

from django.db import DatabaseError, close_old_connections

from maya_site.jobs.drain import drain
from maya_site.jobs.nudge import WOKEN, celery_drains
from maya_site.jobs.outbox import enqueue_periodic

logger = logging.getLogger(__name__)

SWEEP_EVERY = 5.0
PATIENCE = 5.0


class Runner:
    """Started by the server, so that neither a command nor a test drains behind somebody's back."""

    def __init__(self, sweep_every: float = SWEEP_EVERY) -> None:
        self.sweep_every = sweep_every
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """With a broker, Celery's worker and beat do this work."""
        if celery_drains() or self.running:
            return
        self._stopped.clear()
        self._thread = threading.Thread(target=self._work, name="maya-jobs", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Waits for the job at hand. One that takes longer than our patience is left to its lease."""
        self._stopped.set()
        WOKEN.set()
        if self._thread is not None:
            self._thread.join(PATIENCE)
            self._thread = None

    def _work(self) -> None:
        while not self._stopped.is_set():
            WOKEN.clear()
            self._sweep()
            WOKEN.wait(self.sweep_every)

    def _sweep(self) -> None:
        close_old_connections()
        try:
            enqueue_periodic()
            while drain(1) and not self._stopped.is_set():
                continue
        except DatabaseError as trouble:
            logger.warning("jobs wait for the database: %s", type(trouble).__name__)
        finally:
            close_old_connections()


RUNNER = Runner()
