"""The worker of a server without a broker: one thread that runs due tasks and enqueues periodic ones."""

from __future__ import annotations

import logging
import threading

from django.db import DatabaseError, close_old_connections

from maya_site.tasks.enqueue import enqueue_due_periodic_tasks
from maya_site.tasks.wakeup import WAKE_EVENT, celery_runs_tasks
from maya_site.tasks.worker import run_due_tasks

logger = logging.getLogger(__name__)

SWEEP_INTERVAL_SECONDS = 5.0
STOP_TIMEOUT_SECONDS = 5.0


class InProcessWorker:
    """Runs only in a server that started it, so commands and tests run no tasks by surprise."""

    def __init__(self, sweep_interval_seconds: float = SWEEP_INTERVAL_SECONDS) -> None:
        self.sweep_interval_seconds = sweep_interval_seconds
        self._stop_event = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Starts the thread, unless Celery's worker and beat do this work."""
        if celery_runs_tasks() or self.is_running:
            return
        self._stop_event.clear()
        self._thread = threading.Thread(target=self._run, name="maya-jobs", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Waits for the task that runs. If it takes too long, its lease runs out and another worker runs it
        again."""
        self._stop_event.set()
        WAKE_EVENT.set()
        if self._thread is not None:
            self._thread.join(STOP_TIMEOUT_SECONDS)
            self._thread = None

    def _run(self) -> None:
        while not self._stop_event.is_set():
            WAKE_EVENT.clear()
            self._sweep()
            WAKE_EVENT.wait(self.sweep_interval_seconds)

    def _sweep(self) -> None:
        close_old_connections()
        try:
            enqueue_due_periodic_tasks()
            while run_due_tasks(1) and not self._stop_event.is_set():
                continue
        except DatabaseError as error:
            logger.warning("jobs wait for the database: %s", type(error).__name__)
        finally:
            close_old_connections()


IN_PROCESS_WORKER = InProcessWorker()
