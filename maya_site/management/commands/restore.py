from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from maya_site.ops.backup import storage
from maya_site.ops.backup.compare import find_lost_row
from maya_site.ops.backup.errors import BackupError, RestoreError
from maya_site.ops.backup.restore import restore_backup


class Command(BaseCommand):
    help = (
        "Restore a backup into an empty, migrated database, compare every table with its hash and check the "
        "ledger. With --compare it looks whether the ledger here still has all that the backup has. "
        "Example: DATABASE_URL=postgres://bar@db/new manage.py restore latest --identity key.txt"
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", default="", help="a backup's name, or latest")
        parser.add_argument("--from", dest="source", default="", help="a folder or s3://bucket/prefix")
        parser.add_argument("--identity", type=Path, help="the file with the secret age key")
        parser.add_argument(
            "--compare",
            action="store_true",
            help="restore nothing: does this database's ledger have every row of the backup's, unaltered?",
        )
        parser.add_argument("--list", action="store_true", help="say which backups there are")

    def handle(self, *, name: str, source: str, identity: Path | None, **options: Any) -> None:
        try:
            if options["list"] or not name:
                self.stdout.write(
                    "\n".join(storage.list_backups(storage.open_store(source))) or "There is none."
                )
                return
            if options["compare"]:
                self._compare(name, source, _read_key(identity))
            else:
                self._restore(name, source, _read_key(identity), options["verbosity"])
        except (BackupError, RestoreError) as refusal:
            raise CommandError(str(refusal)) from refusal

    def _compare(self, name: str, source: str, key: str) -> None:
        if finding := find_lost_row(name, source, key):
            raise CommandError(f"{finding}. See deploy/runbooks/ledger-tampering.md.")
        self.stdout.write(self.style.SUCCESS("The ledger has every row that the backup has."))

    def _restore(self, name: str, source: str, key: str, verbosity: int) -> None:
        done = restore_backup(name, source, key, self.stdout.write if verbosity else lambda text: None)
        tabs = f"{done.tab_count:,} tab{'' if done.tab_count == 1 else 's'}"
        counts = f"{done.row_count:,} rows and {done.file_count} files"
        self.stdout.write(
            self.style.SUCCESS(
                f"{done.name} of {done.created_at}: {counts} are back, every hash compared; {tabs}, "
                "and the book is in order."
            )
        )
        if not done.is_chain_proven:
            self.stdout.write(
                "Its chain is not proven here: it has none, or LEDGER_KEY does not have the key of that bar."
            )


def _read_key(identity: Path | None) -> str:
    if identity is None:
        return ""
    try:
        lines = identity.read_text().splitlines()
    except OSError as error:
        raise CommandError(f"{identity} cannot be read: {error.strerror}.") from error
    return next((line for line in lines if line.startswith("AGE-SECRET-KEY-")), "")
