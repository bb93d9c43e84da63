"""Celery's worker and beat, where there is a broker:

    celery -A maya_site.celery worker --beat --pool threads

Never imported by the server. Celery carries no work of its own: it is told when to look into the outbox.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maya_site.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402

from maya_site.jobs.drain import drain  # noqa: E402
from maya_site.jobs.nudge import DRAIN, QUEUE  # noqa: E402
from maya_site.jobs.outbox import enqueue_periodic  # noqa: E402
from maya_site.jobs.registry import PERIODIC  # noqa: E402

app = Celery("maya", broker=settings.REDIS_URL)
app.conf.update(
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_default_queue=QUEUE,
    broker_connection_retry_on_startup=True,
    timezone="UTC",
    beat_schedule={each.name: {"task": DRAIN, "schedule": float(each.every)} for each in PERIODIC.values()},
)


@app.task(name=DRAIN)
def look_into_the_outbox() -> int:
    enqueue_periodic()
    return drain()
