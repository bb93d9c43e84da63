from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from maya_site.jobs.drain import drain
from maya_site.jobs.models import Job
from maya_site.jobs.outbox import enqueue_periodic


class Command(BaseCommand):
    help = (
        "Do the work that waits, then end. Safe beside a running server, and to stop and run again. "
        "Example: manage.py drain_jobs --most 20"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--most", type=int, default=1000, help="how many jobs to try at most (1000)")
        parser.add_argument("--no-periodic", action="store_true", help="leave out what the clock asks for")

    def handle(self, *, most: int, no_periodic: bool, **options: Any) -> None:
        if not no_periodic:
            enqueue_periodic()
        tried = drain(most)
        failed = Job.objects.filter(state=Job.State.FAILED).count()
        self.stdout.write(f"{tried} tried, {Job.objects.unfinished().count()} wait, {failed} given up.")
