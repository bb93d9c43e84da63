"""Several who drain, a runner, a broker, and a process that is killed at work."""

import os
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.db import connection, connections
from django.utils import timezone

from maya_site.tasks import wakeup as nudging
from maya_site.tasks import worker as draining
from maya_site.tasks.enqueue import enqueue
from maya_site.tasks.in_process_worker import InProcessWorker
from maya_site.tasks.models import Task
from maya_site.tasks.registry import periodic_task
from maya_site.tasks.worker import LEASE_DURATION, run_due_tasks
from tests.site.task_fixtures import own_jobs, poured

__all__ = ["own_jobs"]
ROOT = Path(__file__).resolve().parents[2]


def in_threads(count, work):
    start, failures = threading.Barrier(count, timeout=10), []

    def run():
        try:
            start.wait()
            work()
        except BaseException as trouble:  # noqa: BLE001 - told to the test
            failures.append(trouble)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []


class TestTogether:
    pytestmark = pytest.mark.django_db(transaction=True)

    def test_four_drainers_do_a_hundred_jobs_once_each(self):
        for number in range(100):
            enqueue("pour", f"order:{number}", drink=number)

        in_threads(4, run_due_tasks)

        assert sorted(map(str, poured)) == sorted(map(str, range(100)))

    def test_without_the_lease_they_would_do_them_twice(self, monkeypatch):
        """The control: if this found nothing, the test above would prove nothing."""

        def careless():
            found = Task.objects.due(timezone.now()).first()
            time.sleep(0.002)
            if found:
                Task.objects.filter(pk=found.pk).update(state="done", finished_at=timezone.now())
                found.attempts += 1
            return found

        monkeypatch.setattr(draining, "_lease_next", careless)
        monkeypatch.setattr(draining, "_release_lease", lambda *args, **changes: None)
        for number in range(40):
            enqueue("pour", f"order:{number}", drink=number)

        in_threads(4, run_due_tasks)

        assert len(poured) > 40

    def test_eight_who_ask_for_the_same_make_one_job(self):
        in_threads(8, lambda: enqueue("pour", "order:1", drink="gin"))

        assert Task.objects.count() == 1

    def test_the_runner_wakes_for_a_job_and_stops_when_told(self, settings):
        settings.REDIS_URL = ""
        runner = InProcessWorker(sweep_interval_seconds=30)
        runner.start()
        try:
            time.sleep(0.2)  # it has looked once and found nothing
            enqueue("pour", "order:1", drink="gin")
            _until(lambda: poured == ["gin"])
        finally:
            runner.stop()

        assert not runner.is_running

    def test_the_runner_keeps_the_time(self, settings):
        settings.REDIS_URL = ""
        periodic_task("polish", interval_seconds=3600)(lambda: poured.append("polished"))
        runner = InProcessWorker(sweep_interval_seconds=0.05)
        runner.start()
        try:
            _until(lambda: poured == ["polished"])
            time.sleep(0.2)
        finally:
            runner.stop()

        assert poured == ["polished"]

    def test_where_there_is_a_broker_the_runner_stays_away(self, settings):
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
        runner = InProcessWorker()
        runner.start()

        assert not runner.is_running

    def test_a_host_without_celery_drains_although_there_is_a_redis(self, settings):
        settings.REDIS_URL, settings.JOB_RUNNER = "redis://127.0.0.1:1/0", "server"
        runner = InProcessWorker(sweep_interval_seconds=30)
        runner.start()
        try:
            enqueue("pour", "order:1", drink="gin")
            _until(lambda: poured == ["gin"])
        finally:
            runner.stop()

    @pytest.mark.slow
    def test_a_process_killed_at_work_loses_no_job(self):
        enqueue("pour", "order:1", drink="gin")
        script = (
            "import os, signal, django; django.setup()\n"
            "from maya_site.tasks.registry import task\n"
            "task('pour')(lambda drink: os.kill(os.getpid(), signal.SIGKILL))\n"
            "from maya_site.tasks.worker import run_due_tasks; run_due_tasks()"
        )

        killed = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=_same_database(), check=False)

        assert killed.returncode == -9
        assert run_due_tasks() == 0
        with time_machine.travel(timezone.now() + LEASE_DURATION + timedelta(seconds=1)):
            assert run_due_tasks() == 1
        assert poured == ["gin"]


def _until(true, seconds=5.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"still not after {seconds} s: {poured}"
        time.sleep(0.01)


def _same_database():
    given = connection.settings_dict
    name = given["NAME"]
    url = f"sqlite:///{name}"
    if connection.vendor == "postgresql":
        url = f"postgres://{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT'] or 5432}/{name}"
    return os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "maya_site.settings"}


class TestTheBroker:
    @pytest.fixture(autouse=True)
    def _one_sender_each(self, monkeypatch):
        monkeypatch.setattr(nudging, "CELERY_BROKER", nudging.CeleryBroker())

    def test_a_broker_that_is_away_is_tried_once_and_costs_no_job(self, settings, caplog):
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
        nudging.WAKE_EVENT.clear()

        for _commit in range(20):
            nudging.wake_workers()

        assert nudging.WAKE_EVENT.is_set()
        assert caplog.text.count("the broker is away") == 1

    def test_a_broker_that_answers_is_told(self, settings):
        if not settings.REDIS_URL:
            pytest.skip("REDIS_URL names no broker")
        import redis

        with redis.from_url(settings.REDIS_URL) as broker:
            broker.delete(nudging.CELERY_QUEUE)
            nudging.wake_workers()
            assert broker.llen(nudging.CELERY_QUEUE) == 1
            broker.delete(nudging.CELERY_QUEUE)

    @pytest.mark.slow
    def test_celerys_task_looks_into_the_outbox_and_beat_knows_every_periodic_job(self):
        script = (
            "from maya_site.celery import app\n"
            "from maya_site.tasks.registry import PERIODIC_TASKS\n"
            "assert set(app.conf.beat_schedule) == set(PERIODIC_TASKS) != set()\n"
            "assert 'maya.drain' in app.tasks"
        )
        subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=os.environ, check=True)
