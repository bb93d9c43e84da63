from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from maya_site.lib.errors import ProviderError
from rag.building import add_store, build, is_current
from rag.generation import BadIndex
from rag.ingest import CORPUS, Report, ingest
from rag.memory import base_stores
from rag.models import Document
from rag.providers import store_kinds


class Command(BaseCommand):
    help = (
        "Read what the house knows and build the memory's index, only what changed. Without --source the "
        "house's own corpus; with it a folder of Markdown, text, JSONL and PDF files beside what is there. "
        "May be stopped and run again. Example: manage.py build_memory --source ~/bar-notes"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--memvid", action="store_true", help="add Memvid's file to the index as it is; takes a minute"
        )
        parser.add_argument("--source", type=Path, help="a folder to read as well")

    def handle(self, *, source: Path | None, memvid: bool, verbosity: int, **options: Any) -> None:
        if memvid:
            return self._add_memvid()
        if source is not None and not source.is_dir():
            raise CommandError(f"{source} is no folder. Name one: manage.py build_memory --source DIR")
        self.verbosity = verbosity
        report = self._read(source or CORPUS, Document.Origin.FOLDER if source else Document.Origin.HOUSE)
        try:
            self._build(report)
        except (ProviderError, OSError) as error:
            raise CommandError(
                f"the index was not built: {error}. The passages are kept; run it again."
            ) from error
        for bad in report.bad:
            self.stderr.write(self.style.WARNING(f"left out: {bad}"))
        if report.bad:
            raise CommandError(
                f"{len(report.bad)} left out, the rest is in. Mend what is named above, run it again."
            )

    def _add_memvid(self) -> None:
        if "memvid" not in store_kinds():
            raise CommandError("Memvid is not installed, or MEMORY_STORE is another: see README.md.")
        try:
            manifest = add_store("memvid")
        except (BadIndex, ProviderError, OSError) as error:
            raise CommandError(f"Memvid was not added: {error}. The memory goes on without it.") from error
        self.stdout.write(
            self.style.SUCCESS(f"Memvid found all {manifest.count} passages again: it leads now.")
        )

    def _read(self, folder: Path, origin: Document.Origin) -> Report:
        report = ingest(folder, origin, lambda done, total: self._progress("reading", done, total))
        if report.changed or self.verbosity > 1:
            said = f"{report.read} files read, {report.unchanged} unchanged, "
            self.stdout.write(f"{said}{report.added} passages new, {report.removed} gone")
        return report

    def _build(self, report: Report) -> None:
        if not store_kinds() or (not report.changed and is_current()):
            return
        manifest = build(base_stores(), lambda done, total: self._progress("embedding", done, total))
        stores = " and ".join(manifest.stores) or "no store"
        self.stdout.write(self.style.SUCCESS(f"The house remembers {manifest.count} passages, in {stores}."))

    def _progress(self, doing: str, done: int, total: int) -> None:
        """On a terminal a line that grows, elsewhere nothing: a log needs the end only."""
        if self.verbosity and self.stdout.isatty():
            self.stdout.write(f"\r{doing} {done}/{total}", ending="\n" if done == total else "")
            self.stdout.flush()
