from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from maya_site.ops.backup import storage
from maya_site.ops.backup.errors import BackupError, RestoreError
from maya_site.ops.backup.restore import restore_backup


class Command(BaseCommand):
    help = (
        "Restore a backup into an empty, migrated database, compare every table with its hash and check the "
        "ledger. "
        "Example: DATABASE_URL=postgres://bar@db/new manage.py restore latest --identity key.txt"
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", default="", help="a backup's name, or latest")
        parser.add_argument("--from", dest="source", default="", help="a folder or s3://bucket/prefix")
        parser.add_argument("--identity", type=Path, help="the file with the secret age key")
        parser.add_argument("--list", action="store_true", help="say which backups there are")

    def handle(self, *, name: str, source: str, identity: Path | None, list: bool, **options: Any) -> None:
        try:
            if list or not name:
                self.stdout.write(
                    "\n".join(storage.list_backups(storage.open_store(source))) or "There is none."
                )
                return
            self._restore(name, source, identity, options["verbosity"])
        except (BackupError, RestoreError) as refusal:
            raise CommandError(str(refusal)) from refusal

    def _restore(self, name: str, source: str, identity: Path | None, verbosity: int) -> None:
        key = ""
        if identity:
            try:
                lines = identity.read_text().splitlines()
            except OSError as error:
                raise CommandError(f"{identity} cannot be read: {error.strerror}.") from error
            key = next((line for line in lines if line.startswith("AGE-SECRET-KEY-")), "")
        done = restore_backup(name, source, key, self.stdout.write if verbosity else lambda text: None)
        tabs = f"{done.tab_count:,} tab{'' if done.tab_count == 1 else 's'}"
        counts = f"{done.row_count:,} rows and {done.file_count} files"
        self.stdout.write(
            self.style.SUCCESS(
                f"{done.name} of {done.created_at}: {counts} are back, every hash compared; {tabs}, "
                "and the book is in order."
            )
        )
