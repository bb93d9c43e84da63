"""Names of static files."""

from whitenoise.storage import CompressedManifestStaticFilesStorage

from maya_site.edge import collected_static


class CollectedManifestStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Names with a hash once the files are collected, plain names before: no page waits for collecting."""

    support_js_module_import_aggregation = True  # modules import each other by their hashed names

    def stored_name(self, name: str) -> str:
        return str(super().stored_name(name)) if collected_static.is_in_use() else name
