from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from maya_site.core.errors import ProviderError
from maya_site.core.providers import providers
from rag.index_build import add_store, build_index, is_index_current
from rag.index_version import InvalidIndex
from rag.ingest import CORPUS_DIR, IngestReport, ingest
from rag.memory import base_stores
from rag.models import Document
from rag.providers import available_store_kinds
from rag.providers.base import StoreSpec


class Command(BaseCommand):
    help = (
        "Read the built-in passages, and with --source a folder of Markdown, text, JSONL and PDF files as "
        "well, and build the memory's index. Reads only what changed. You may stop it and run it again. "
        "Example: manage.py build_memory --source ~/bar-notes"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        for spec in providers(StoreSpec):
            if spec.is_slow:
                parser.add_argument(
                    f"--{spec.name}",
                    action="store_const",
                    dest="slow_store",
                    const=spec.name,
                    help=f"add {spec.display_name} to the index as it is; takes a minute",
                )
        parser.add_argument("--source", type=Path, help="a folder to read as well")

    def handle(self, *, source: Path | None, slow_store: str | None, verbosity: int, **options: Any) -> None:
        if slow_store:
            return self._add_slow_store(slow_store)
        if source is not None and not source.is_dir():
            raise CommandError(f"{source} is no folder. Name one: manage.py build_memory --source DIR")
        self.verbosity = verbosity
        report = self._ingest(
            source or CORPUS_DIR, Document.Origin.FOLDER if source else Document.Origin.BUILT_IN
        )
        try:
            self._build(report)
        except (ProviderError, OSError) as error:
            raise CommandError(
                f"the index was not built: {error}. The passages are kept; run it again."
            ) from error
        for bad in report.errors:
            self.stderr.write(self.style.WARNING(f"left out: {bad}"))
        if report.errors:
            raise CommandError(
                f"{len(report.errors)} left out, the rest is in. Mend what is named above, run it again."
            )

    def _add_slow_store(self, kind: str) -> None:
        name = next(spec.display_name for spec in providers(StoreSpec) if spec.name == kind)
        if kind not in available_store_kinds():
            raise CommandError(f"{name} is not installed, or MEMORY_STORE is another: see docs/memory.md.")
        try:
            manifest = add_store(kind)
        except (InvalidIndex, ProviderError, OSError) as error:
            raise CommandError(f"{name} was not added: {error}. The memory goes on without it.") from error
        self.stdout.write(
            self.style.SUCCESS(f"{name} found all {manifest.count} passages again: it leads now.")
        )

    def _ingest(self, folder: Path, origin: Document.Origin) -> IngestReport:
        report = ingest(folder, origin, lambda done, total: self._show_progress("reading", done, total))
        if report.has_changes or self.verbosity > 1:
            said = f"{report.files_read} files read, {report.unchanged} unchanged, "
            renamed = f", {report.renamed} under another heading" if report.renamed else ""
            self.stdout.write(f"{said}{report.added} passages new, {report.removed} gone{renamed}")
        return report

    def _build(self, report: IngestReport) -> None:
        if not available_store_kinds() or (not report.has_changes and is_index_current()):
            return
        manifest = build_index(
            base_stores(), lambda done, total: self._show_progress("embedding", done, total)
        )
        stores = " and ".join(manifest.stores) or "no store"
        self.stdout.write(self.style.SUCCESS(f"The bar remembers {manifest.count} passages, in {stores}."))

    def _show_progress(self, doing: str, done: int, total: int) -> None:
        """On a terminal a line that grows, elsewhere nothing: a log needs the end only."""
        if self.verbosity and self.stdout.isatty():
            self.stdout.write(f"\r{doing} {done}/{total}", ending="\n" if done == total else "")
            self.stdout.flush()
