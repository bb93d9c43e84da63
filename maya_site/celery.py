"""Celery's worker and beat, if there is a broker:

    celery -A maya_site.celery worker --beat --pool threads

The server never imports this. Celery carries no work of its own: it is only told to run the due rows of
tasks.
"""

import os
import sys

from celery import Celery
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maya_site.settings")

import django

try:
    django.setup()
except ImproperlyConfigured as error:
    sys.exit(f"Maya: {error}")

from django.conf import settings

from maya_site.tasks.enqueue import enqueue_due_periodic_tasks
from maya_site.tasks.registry import PERIODIC_TASKS
from maya_site.tasks.wakeup import CELERY_QUEUE, RUN_DUE_TASKS
from maya_site.tasks.worker import run_due_tasks

app = Celery("maya", broker=settings.REDIS_URL)
app.conf.update(
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_default_queue=CELERY_QUEUE,
    broker_connection_retry_on_startup=True,
    timezone="UTC",
    beat_schedule={
        each.name: {"task": RUN_DUE_TASKS, "schedule": float(each.interval_seconds)}
        for each in PERIODIC_TASKS.values()
    },
)


@app.task(name=RUN_DUE_TASKS)
def run_outbox() -> int:
    enqueue_due_periodic_tasks()
    return run_due_tasks()
