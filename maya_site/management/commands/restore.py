from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from maya_site.backup import store
from maya_site.backup.errors import CannotBackUp, CannotRestore
from maya_site.backup.restoring import restore


class Command(BaseCommand):
    help = (
        "Bring a backup back into an empty database, compare every table with its hash and check the book. "
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
                self.stdout.write("\n".join(store.names(store.store_at(source))) or "There is none.")
                return
            self._restore(name, source, identity, options["verbosity"])
        except (CannotBackUp, CannotRestore) as refusal:
            raise CommandError(str(refusal)) from refusal

    def _restore(self, name: str, source: str, identity: Path | None, verbosity: int) -> None:
        key = ""
        if identity:
            try:
                lines = identity.read_text().splitlines()
            except OSError as error:
                raise CommandError(f"{identity} cannot be read: {error.strerror}.") from error
            key = next((line for line in lines if line.startswith("AGE-SECRET-KEY-")), "")
        done = restore(name, source, key, self.stdout.write if verbosity else lambda text: None)
        self.stdout.write(
            self.style.SUCCESS(
                f"{done.name} of {done.made_at}: {done.rows:,} rows and {done.files} files are back, every "
                f"hash compared; {done.tabs:,} tab{'' if done.tabs == 1 else 's'}, and the book is in order."
            )
        )
