from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from bartender.books.datasets import DATASETS
from bartender.books.export import DAYBOOK, EXPORTS, Export
from maya_site.core.errors import Refusal

EVERYTHING = "all"


class Command(BaseCommand):
    help = (
        "Write the books of some business dates to files: sales, voids, comps, taxes, service charge, tips, "
        "payments, refunds, receipts and credit notes, tips by person, the daybook, or DATEV's batch. Their "
        "sums are those of the Z reports. Example: manage.py export_books --from 2026-11-01 --to 2026-11-30 "
        "--out books"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="first", type=date.fromisoformat, required=True)
        parser.add_argument("--to", dest="last", type=date.fromisoformat, required=True, help="included")
        parser.add_argument("--what", choices=[EVERYTHING, *EXPORTS], default=EVERYTHING)
        parser.add_argument("--format", choices=["csv", "json"], default="csv")
        parser.add_argument("--out", type=Path, default=Path("books"), help="the folder (default: books)")

    def handle(self, *, first: date, last: date, what: str, out: Path, **options: Any) -> None:
        names = [*DATASETS, DAYBOOK] if what == EVERYTHING else [what]
        try:
            out.mkdir(parents=True, exist_ok=True)
            for name in names:
                self._write(Export(name, first, last, options["format"]), out)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        except OSError as error:
            message = f"{out} cannot be written: {error.strerror}. Name another folder with --out."
            raise CommandError(message) from error

    def _write(self, export: Export, out: Path) -> None:
        """A file that was not finished is not left under the name of one that was."""
        target, size = out / export.file_name, 0
        unfinished = target.with_name(target.name + ".part")
        chunks = export.chunks(timezone.now())
        with unfinished.open("wb") as file:
            for chunk in chunks:
                file.write(chunk)
                size += len(chunk)
                if self.stderr.isatty():
                    self.stderr.write(f"\r{target}: {size:,} bytes", ending="")
        unfinished.replace(target)
        self.stdout.write(f"{target}: {size:,} bytes")
