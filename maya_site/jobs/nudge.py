"""Telling whoever drains that there is something to do. Only a hint: a lost one costs time, never a job."""

from __future__ import annotations

import logging
import threading
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from celery import Celery

logger = logging.getLogger(__name__)

DRAIN = QUEUE = "maya.drain"
PATIENCE = 0.5
# What this process's own runner, if it has one, waits for.
WOKEN = threading.Event()


def nudge() -> None:
    if not (settings.REDIS_URL and _told_celery()):
        WOKEN.set()


@cache
def sender() -> Celery:
    """Enough of Celery to send one message; the workers have their own in maya_site.celery."""
    from celery import Celery

    patience = {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE}
    app = Celery("maya-sender", broker=settings.REDIS_URL, set_as_current=False)
    app.conf.update(broker_transport_options=patience, task_default_queue=QUEUE)
    return app


def _told_celery() -> bool:
    from kombu.exceptions import OperationalError

    try:
        sender().send_task(DRAIN, retry=False, ignore_result=True, expires=60)
    except OperationalError as trouble:
        logger.warning("the broker is away, the job waits for the next sweep: %s", type(trouble).__name__)
        return False
    return True
