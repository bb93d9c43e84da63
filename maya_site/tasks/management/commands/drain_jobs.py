from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from maya_site.tasks.enqueue import enqueue_due_periodic_tasks
from maya_site.tasks.models import Task
from maya_site.tasks.worker import run_due_tasks


class Command(BaseCommand):
    help = (
        "Run the background jobs that are due, then end. Safe beside a running server. You may stop it "
        "and run it again. Example: manage.py drain_jobs --most 20"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--most", type=int, default=1000, help="how many jobs to try at most (1000)")
        parser.add_argument("--no-periodic", action="store_true", help="leave out what the clock asks for")

    def handle(self, *, most: int, no_periodic: bool, **options: Any) -> None:
        if not no_periodic:
            enqueue_due_periodic_tasks()
        tried = run_due_tasks(most)
        failed = Task.objects.filter(state=Task.State.FAILED).count()
        self.stdout.write(f"{tried} tried, {Task.objects.unfinished().count()} wait, {failed} given up.")
