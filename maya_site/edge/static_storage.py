"""Names of static files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

from maya_site.edge import bundles, collected_static


class CollectedManifestStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Names with a hash once the files are collected, plain names before: no page waits for collecting."""

    support_js_module_import_aggregation = True  # modules import each other by their hashed names

    def stored_name(self, name: str) -> str:
        return str(super().stored_name(name)) if collected_static.is_in_use() else name

    def post_process(
        self, paths: dict[str, Any], dry_run: bool = False, **options: Any
    ) -> Iterator[tuple[str, str | None, Any]]:
        """Adds the joined files, which get hashes and are compressed like all others."""
        if not dry_run:
            for name, text in bundles.build_bundles(_reader(paths)).items():
                self.delete(name)
                self._save(name, ContentFile(text.encode()))
                paths[name] = (self, name)
        yield from super().post_process(paths, dry_run, **options)


def _reader(paths: dict[str, Any]) -> bundles.ReadFile:
    def read(name: str) -> str:
        storage, path = paths[name]
        with storage.open(path) as file:
            return str(file.read().decode())

    return read
