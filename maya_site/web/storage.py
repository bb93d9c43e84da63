"""How static files are named."""

from whitenoise.storage import CompressedManifestStaticFilesStorage

from maya_site.web import collected


class HouseStatic(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Names with a hash once the files are collected, the plain ones before: no page waits for collecting."""

    support_js_module_import_aggregation = True  # modules import each other by their hashed names

    def stored_name(self, name: str) -> str:
        return str(super().stored_name(name)) if collected.in_use() else name
