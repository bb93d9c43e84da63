from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from maya_site.backup.errors import CannotBackUp
from maya_site.backup.job import kept_by_hand
from maya_site.backup.making import make


class Command(BaseCommand):
    help = (
        "Keep every row and every file of the house in one archive while the bar serves, sealed where "
        "BACKUP_RECIPIENT is set. Example: manage.py backup --to s3://bar-backups/maya"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", default="", help="a folder or s3://bucket/prefix; else BACKUP_STORE")
        parser.add_argument("--keep-days", type=int, help="forget what is older; else BACKUP_KEEP_DAYS")

    def handle(self, *, to: str, keep_days: int | None, verbosity: int, **options: Any) -> None:
        try:
            made = make(to, keep_days, self.stdout.write if verbosity else lambda text: None)
        except CannotBackUp as refusal:
            raise CommandError(str(refusal)) from refusal
        if to in ("", settings.BACKUP_STORE):
            kept_by_hand(made.name)
        if made.forgotten:
            self.stdout.write(f"Forgotten, being old: {', '.join(made.forgotten)}")
        self.stdout.write(
            self.style.SUCCESS(f"{made.name}: {made.rows:,} rows, {made.files} files, {made.bytes:,} bytes.")
        )
