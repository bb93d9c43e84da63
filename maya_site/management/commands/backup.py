from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from maya_site.ops.backup.create import create_backup
from maya_site.ops.backup.errors import BackupError
from maya_site.ops.backup.task import record_manual_backup


class Command(BaseCommand):
    help = (
        "Save every row of the database and the memory's files in one archive while the bar serves. "
        "Encrypted if BACKUP_RECIPIENT is set. Example: manage.py backup --to s3://bar-backups/maya"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", default="", help="a folder or s3://bucket/prefix; else BACKUP_STORE")
        parser.add_argument("--keep-days", type=int, help="forget what is older; else BACKUP_KEEP_DAYS")

    def handle(self, *, to: str, keep_days: int | None, verbosity: int, **options: Any) -> None:
        try:
            made = create_backup(to, keep_days, self.stdout.write if verbosity else lambda text: None)
        except BackupError as refusal:
            raise CommandError(str(refusal)) from refusal
        if to in ("", settings.BACKUP_STORE):
            record_manual_backup(made.name)
        if made.deleted_names:
            self.stdout.write(f"Forgotten, being old: {', '.join(made.deleted_names)}")
        self.stdout.write(
            self.style.SUCCESS(
                f"{made.name}: {made.row_count:,} rows, {made.file_count} files, {made.size_bytes:,} bytes."
            )
        )
