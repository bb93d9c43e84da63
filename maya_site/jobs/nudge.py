"""Telling whoever drains that there is something to do. Only a hint: a lost one costs time, never a job."""

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

DRAIN = QUEUE = "maya.drain"
PATIENCE = {
    "socket_connect_timeout": 0.5,
    "socket_timeout": 0.5,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}
ASK_AGAIN_AFTER = 10.0
# What this process's own runner, if it has one, waits for.
WOKEN = threading.Event()


class Broker:
    """Celery, told to look into the outbox. One that is away is not asked again with every commit."""

    def __init__(self) -> None:
        self.away_until = 0.0

    @cached_property
    def sender(self) -> Celery:
        """Enough of Celery to send one message; the workers have their own in maya_site.celery."""
        from celery import Celery

        app = Celery("maya-sender", broker=settings.REDIS_URL, set_as_current=False)
        app.conf.update(broker_transport_options=PATIENCE, task_default_queue=QUEUE)
        return app

    def tell(self) -> bool:
        from kombu.exceptions import OperationalError

        if time.monotonic() < self.away_until:
            return False
        try:
            self.sender.send_task(DRAIN, retry=False, ignore_result=True, expires=60)
        except OperationalError as trouble:
            logger.warning("the broker is away, jobs wait for the next sweep: %s", type(trouble).__name__)
            self.away_until = time.monotonic() + ASK_AGAIN_AFTER
            return False
        return True


BROKER = Broker()


def celery_drains() -> bool:
    """Where there is a broker, unless the host has no worker of Celery's beside it, as Modal."""
    return bool(settings.REDIS_URL) and settings.JOB_RUNNER != "server"


def nudge() -> None:
    if not (celery_drains() and BROKER.tell()):
        WOKEN.set()
