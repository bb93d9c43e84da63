"""Work that was promised is done: after a rollback never, after a crash again, by two at once only once."""

import uuid
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, OperationalError, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from maya_site.tasks import wakeup as nudging
from maya_site.tasks import worker as draining
from maya_site.tasks.enqueue import enqueue, enqueue_due_periodic_tasks
from maya_site.tasks.health import oldest_wait_seconds, overdue_periodic_tasks
from maya_site.tasks.models import Task
from maya_site.tasks.registry import TASKS, UnknownTask, periodic_task, task
from maya_site.tasks.tasks import delete_completed_tasks
from maya_site.tasks.worker import LEASE_DURATION, MAX_ATTEMPTS, run_due_tasks
from tests.site.task_fixtures import own_jobs, poured

__all__ = ["own_jobs"]


class TestAsking:
    pytestmark = pytest.mark.django_db

    def test_a_change_that_is_rolled_back_leaves_no_job(self):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            enqueue("pour", "order:1", drink=1 / 0 if enqueue("pour", "order:1", drink="gin") else "")

        assert Task.objects.count() == 0

    def test_the_same_cause_is_one_job(self):
        assert enqueue("pour", "order:1", drink="gin")
        assert not enqueue("pour", "order:1", drink="gin")

        run_due_tasks()
        assert not enqueue("pour", "order:1", drink="gin"), "also when it was done long ago"
        assert poured == ["gin"]

    def test_a_job_that_nobody_knows_is_refused_where_it_is_asked_for(self):
        with pytest.raises(UnknownTask, match="no job is called 'poor'"):
            enqueue("poor", "order:1")

    def test_two_jobs_of_one_name_are_a_mistake(self):
        with pytest.raises(ValueError, match="two jobs are called pour"):
            task("pour")(lambda: None)

    def test_whoever_drains_is_told_after_the_commit_and_not_before(
        self, settings, django_capture_on_commit_callbacks
    ):
        nudging.WAKE_EVENT.clear()
        with django_capture_on_commit_callbacks(execute=True):
            enqueue("pour", "order:1", drink="gin")
            assert not nudging.WAKE_EVENT.is_set()

        assert nudging.WAKE_EVENT.is_set() or settings.REDIS_URL

    def test_a_job_for_later_waits(self):
        enqueue("pour", "order:1", after=timedelta(minutes=5), drink="gin")
        assert run_due_tasks() == 0

        with time_machine.travel(timezone.now() + timedelta(minutes=6)):
            assert run_due_tasks() == 1
        assert poured == ["gin"]


class TestDoing:
    pytestmark = pytest.mark.django_db

    def test_jobs_are_done_in_the_order_of_their_time_with_what_was_asked(self):
        for drink in ("gin", "rum", "rye"):
            enqueue("pour", f"order:{drink}", drink=drink)

        assert run_due_tasks() == 3
        assert poured == ["gin", "rum", "rye"]
        assert set(Task.objects.values_list("state", "attempts", "lease")) == {("done", 1, None)}

    def test_a_job_that_fails_waits_longer_each_time_and_is_given_up_at_last(self, caplog):
        enqueue("spill", "order:1")
        waits = []
        with time_machine.travel(timezone.now(), tick=False) as clock:
            while (found := Task.objects.get()).state == "waiting":
                clock.move_to(found.available_at)
                assert run_due_tasks() == 1
                waits.append(Task.objects.get().available_at - timezone.now())

        assert [wait.total_seconds() for wait in waits[:4]] == [2, 4, 8, 16]
        assert (found.state, found.attempts) == ("failed", MAX_ATTEMPTS)
        assert found.error.startswith("RuntimeError: all over")
        assert caplog.text.count("job spill failed") == MAX_ATTEMPTS

    def test_a_job_that_loses_the_database_is_tried_again_and_is_no_bug_in_the_log(self, caplog, monkeypatch):
        def lose_the_database(drink):
            raise OperationalError("terminating connection due to administrator command")

        monkeypatch.setitem(TASKS, "pour", lose_the_database)
        enqueue("pour", "order:1", drink="gin")
        run_due_tasks()

        job = Task.objects.get()
        assert (job.state, job.attempts) == (Task.State.WAITING, 1)
        assert "job pour lost the database" in caplog.text
        assert "Traceback" not in caplog.text

    def test_one_bad_job_does_not_hold_up_the_others(self):
        enqueue("spill", "order:1")
        enqueue("pour", "order:2", drink="gin")

        run_due_tasks()

        assert poured == ["gin"]

    def test_a_job_whose_name_is_gone_fails_and_is_kept(self):
        enqueue("pour", "order:1", drink="gin")
        del TASKS["pour"]

        run_due_tasks()

        assert "no job is called 'pour'" in Task.objects.get().error

    def test_whoever_dies_at_work_is_replaced_when_the_lease_runs_out(self):
        enqueue("pour", "order:1", drink="gin")
        assert draining._lease_next()  # and no more is heard of it

        assert run_due_tasks() == 0
        with time_machine.travel(timezone.now() + LEASE_DURATION + timedelta(seconds=1)):
            assert run_due_tasks() == 1
        assert (poured, Task.objects.get().attempts) == (["gin"], 2)

    def test_a_job_that_kills_every_process_is_given_up(self):
        enqueue("pour", "order:1", drink="gin")
        with time_machine.travel(timezone.now(), tick=False) as clock:
            for _ in range(MAX_ATTEMPTS):
                assert draining._lease_next()
                clock.shift(LEASE_DURATION)
            run_due_tasks()

        assert (poured, Task.objects.get().state) == ([], "failed")

    def test_who_outlives_the_lease_does_not_undo_what_the_next_one_did(self, caplog):
        enqueue("pour", "order:1", drink="gin")
        slow = draining._lease_next()
        assert slow
        with time_machine.travel(timezone.now() + LEASE_DURATION + timedelta(seconds=1)):
            run_due_tasks()
        draining._finish(slow, Task.State.FAILED, error="too late")

        assert (Task.objects.get().state, Task.objects.get().error) == ("done", "")
        assert "outlived its lease" in caplog.text

    def test_the_database_refuses_a_job_that_runs_on_no_lease(self):
        enqueue("pour", "order:1", drink="gin")

        with pytest.raises(IntegrityError), transaction.atomic():
            Task.objects.update(state="running")

    def test_what_was_done_is_forgotten_after_a_week_and_what_failed_is_not(self):
        enqueue("pour", "order:1", drink="gin")
        run_due_tasks()
        enqueue("pour", "order:2", drink="rum")
        Task.objects.filter(key="order:2").update(state="failed", finished_at=timezone.now())

        assert delete_completed_tasks() == 0
        with time_machine.travel(timezone.now() + timedelta(days=8)):
            assert delete_completed_tasks() == 1
        assert Task.objects.get().key == "order:2"

    def test_how_long_the_oldest_was_left_lying(self):
        assert oldest_wait_seconds() == 0
        enqueue("pour", "order:1", drink="gin")

        with time_machine.travel(timezone.now() + timedelta(minutes=10)):
            assert 599 < oldest_wait_seconds() < 602

    def test_the_command_drains_and_says_what_is_left(self):
        enqueue("pour", "order:1", drink="gin")
        enqueue("pour", "order:2", after=timedelta(hours=1), drink="rum")
        out = StringIO()

        call_command("drain_jobs", stdout=out)

        assert out.getvalue() == "1 tried, 1 wait, 0 given up.\n"


class TestTheClock:
    pytestmark = pytest.mark.django_db

    def test_several_clocks_make_one_job_each_minute(self):
        periodic_task("polish", interval_seconds=60)(lambda: poured.append("polished"))
        with time_machine.travel("2026-11-23 20:00:30Z", tick=False) as clock:
            assert (enqueue_due_periodic_tasks(), enqueue_due_periodic_tasks()) == (1, 0)
            clock.shift(29)
            assert enqueue_due_periodic_tasks() == 0
            clock.shift(1)
            assert enqueue_due_periodic_tasks() == 1
            run_due_tasks()

        assert poured == ["polished", "polished"]
        assert list(Task.objects.order_by("pk").values_list("key", flat=True)) == [
            "polish@1795464000",
            "polish@1795464060",
        ]


@pytest.mark.django_db
def test_whoever_keeps_the_house_tries_again_what_was_given_up(admin_client):
    for number, state in enumerate(["failed", "done", "waiting"]):
        enqueue("pour", f"order:{number}", drink="gin")
        ended = timezone.now() if state != "waiting" else None
        Task.objects.filter(key=f"order:{number}").update(state=state, finished_at=ended, attempts=3)
    listed = admin_client.get("/admin/tasks/task/")
    chosen = {"action": "try_again", "_selected_action": list(Task.objects.values_list("pk", flat=True))}

    answer = admin_client.post("/admin/tasks/task/", chosen, follow=True)

    assert b"order:0" in listed.content
    assert b"1 wait again." in answer.content
    assert sorted(Task.objects.values_list("state", "attempts")) == [
        ("done", 3),
        ("waiting", 0),
        ("waiting", 3),
    ]


@pytest.mark.django_db
class TestAJobThatNobodyDoes:
    """Rows of periodic jobs are made by whoever runs them: where nobody does, only the clock knows."""

    NOON = datetime(2030, 5, 1, 12, 0, 30, tzinfo=UTC)

    @pytest.fixture(autouse=True)
    def _a_bar_of_last_week(self):
        periodic_task("wipe_the_bar", interval_seconds=60)(lambda: None)
        periodic_task("count_the_till", interval_seconds=24 * 3600)(lambda: None)
        MigrationRecorder.Migration.objects.update(applied=self.NOON - timedelta(days=7))

    def overdue(self, at):
        return {each.name: each.since.isoformat() for each in overdue_periodic_tasks(at)}

    def run_all(self, at):
        with time_machine.travel(at, tick=False):
            enqueue_due_periodic_tasks()
            run_due_tasks()

    def test_is_late_since_the_slot_that_was_not_done(self):
        self.run_all(self.NOON)

        assert self.overdue(self.NOON) == {}
        assert self.overdue(self.NOON + timedelta(minutes=10)) == {
            "wipe_the_bar": "2030-05-01T12:01:00+00:00"
        }
        assert self.overdue(self.NOON + timedelta(days=2)) == {
            "wipe_the_bar": "2030-05-01T12:01:00+00:00",
            "count_the_till": "2030-05-02T00:00:00+00:00",
        }

    def test_is_late_too_where_it_was_asked_for_or_given_up(self):
        self.run_all(self.NOON - timedelta(minutes=9))
        with time_machine.travel(self.NOON, tick=False):
            enqueue_due_periodic_tasks()
            assert "wipe_the_bar" in self.overdue(self.NOON)
            Task.objects.filter(state=Task.State.WAITING).update(
                state=Task.State.FAILED, finished_at=self.NOON
            )

        assert self.overdue(self.NOON) == {"wipe_the_bar": "2030-05-01T11:52:00+00:00"}

    def test_is_not_late_while_somebody_does_it(self):
        with time_machine.travel(self.NOON, tick=False):
            enqueue_due_periodic_tasks()
            Task.objects.update(
                state=Task.State.RUNNING, lease=uuid.uuid4(), leased_until=self.NOON + timedelta(minutes=1)
            )

        assert self.overdue(self.NOON) == {}
        assert "wipe_the_bar" in self.overdue(self.NOON + timedelta(minutes=2))

    def test_is_late_for_as_long_as_is_known_where_nobody_ever_did_it(self):
        """The job of each minute, too: its present minute says nothing of the week before."""
        a_week_ago = (self.NOON - timedelta(days=7)).isoformat()
        MigrationRecorder.Migration.objects.update(applied=self.NOON - timedelta(days=300))

        assert self.overdue(self.NOON) == {"wipe_the_bar": a_week_ago, "count_the_till": a_week_ago}

    def test_of_a_bar_that_was_set_up_a_minute_ago_is_a_minute_late(self):
        MigrationRecorder.Migration.objects.update(applied=self.NOON - timedelta(minutes=1))

        assert set(self.overdue(self.NOON).values()) == {"2030-05-01T11:59:30+00:00"}

    def test_is_named_to_monitors_and_to_staff(self, client):
        self.run_all(self.NOON)
        with time_machine.travel(self.NOON + timedelta(minutes=10), tick=False):
            checks = client.get("/healthz").json()["checks"]
            figures = client.get("/metrics").content.decode()
            with pytest.raises(CommandError, match=r"does not answer: .*jobs"):
                call_command("check_services", stdout=(said := StringIO()), no_color=True)

        assert checks["jobs"] == "degraded"
        assert 'maya_job_overdue_seconds{task="wipe_the_bar"} 570.0' in figures
        assert 'maya_job_overdue_seconds{task="count_the_till"} 0.0' in figures
        assert "wipe_the_bar not done since 2030-05-01 12:01 UTC" in said.getvalue()

    @pytest.mark.parametrize(
        "answer, detail",
        [(False, "no Celery worker answers"), (None, "cannot be asked while Redis does not answer")],
    )
    def test_without_a_worker_at_the_broker_is_said_loudly(self, settings, monkeypatch, answer, detail):
        settings.REDIS_URL, settings.JOB_RUNNER = "redis://127.0.0.1:6379/0", "auto"
        monkeypatch.setattr("maya_site.ops.components.celery_worker_answers", lambda: answer)

        with pytest.raises(CommandError, match=r"does not answer: .*worker"):
            call_command("check_services", summary=True, stdout=(said := StringIO()), no_color=True)

        assert f"worker: down ({detail}" in said.getvalue()
