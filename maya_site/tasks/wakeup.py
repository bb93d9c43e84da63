"""Tells a worker that there is something to do. Only a hint: a lost one costs time, never a task."""

from __future__ import annotations

import logging
import threading
import time
from functools import cached_property
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from celery import Celery

logger = logging.getLogger(__name__)

RUN_DUE_TASKS = CELERY_QUEUE = "maya.drain"
BROKER_TIMEOUTS = {
    "socket_connect_timeout": 0.5,
    "socket_timeout": 0.5,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}
BROKER_RETRY_SECONDS = 10.0
# What this process's own runner, if it has one, waits for.
WAKE_EVENT = threading.Event()


class CeleryBroker:
    """Tells Celery to run due tasks. A broker that is away is not asked again at every commit."""

    def __init__(self) -> None:
        self.unavailable_until = 0.0

    @cached_property
    def celery_app(self) -> Celery:
        """Enough of Celery to send one message. The workers' own app is in maya_site.celery."""
        from celery import Celery

        app = Celery("maya-sender", broker=settings.REDIS_URL, set_as_current=False)
        app.conf.update(broker_transport_options=BROKER_TIMEOUTS, task_default_queue=CELERY_QUEUE)
        return app

    def notify_workers(self) -> bool:
        from kombu.exceptions import OperationalError

        if time.monotonic() < self.unavailable_until:
            return False
        try:
            self.celery_app.send_task(RUN_DUE_TASKS, retry=False, ignore_result=True, expires=60)
        except OperationalError as error:
            logger.warning("the broker is away, jobs wait for the next sweep: %s", type(error).__name__)
            self.unavailable_until = time.monotonic() + BROKER_RETRY_SECONDS
            return False
        return True


CELERY_BROKER = CeleryBroker()


def celery_runs_tasks() -> bool:
    """Whether Celery runs the tasks: with a broker, unless JOB_RUNNER is server, as on Modal."""
    return bool(settings.REDIS_URL) and settings.JOB_RUNNER != "server"


def celery_worker_answers(timeout_seconds: float = 1.0) -> bool | None:
    """Asks all workers of the broker whether one is there, and waits for the answer of the first. None if the
    broker itself does not answer."""
    from kombu.exceptions import OperationalError

    try:
        return bool(CELERY_BROKER.celery_app.control.ping(timeout=timeout_seconds, limit=1))
    except OperationalError:
        return None


def wake_workers() -> None:
    if not (celery_runs_tasks() and CELERY_BROKER.notify_workers()):
        WAKE_EVENT.set()
