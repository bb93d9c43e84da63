"""Whether the ledger still has every row that a backup has: what was cut off, or replaced by an older copy of
the database, agrees with itself."""

from __future__ import annotations

import gzip
import json
import tarfile
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS

from maya_site.ops.backup import row_format, storage
from maya_site.ops.backup.errors import RestoreError
from maya_site.ops.backup.restore import choose_backup, decrypt
from payments.append_only import APPEND_ONLY_TABLES
from payments.models import Journal, Tab

BATCH_SIZE = 2_000
# What says most, first.
TABLES = tuple(sorted(APPEND_ONLY_TABLES, key=lambda table: (table != Journal._meta.db_table, table)))


def find_lost_row(name: str, source: str = "", identity: str = "") -> str:
    """The first row of the ledger that the backup has and the database does not have so, in a sentence; "" if
    there is none. `identity` is as for restore. Raises RestoreError."""
    store = storage.open_store(source)
    name = choose_backup(store, name)
    with tempfile.TemporaryDirectory(prefix="maya-compare-") as folder:
        file = Path(folder) / "archive"
        storage.download(store, name, file)
        try:
            with gzip.open(decrypt(file, name, identity)) as packed, tarfile.open(fileobj=packed) as tar:
                tar.extractall(folder, filter="data")
        except (OSError, EOFError, tarfile.TarError) as error:
            raise RestoreError(f"{name} is damaged: {str(error).splitlines()[0][:120]}") from error
        for table in TABLES:
            path = Path(folder) / "tables" / f"{table}.jsonl"
            if path.exists() and (found := _find_lost_row(table, path)):  # an older backup has fewer
                return f"{found}, which {name} has"
    return ""


def _find_lost_row(table: str, path: Path) -> str:
    models = {model._meta.db_table: model for model in row_format.backup_models(apps)}
    with path.open("rb") as lines:
        columns = json.loads(next(lines))
        for rows in _batches(lines, columns.index("id")):
            now = row_format.rows_by_key(models[table], columns, list(rows), DEFAULT_DB_ALIAS)
            for key, row in rows.items():
                if key not in now:
                    return f"{_describe(table, columns, row)} is gone"
                if now[key] != row:
                    return f"{_describe(table, columns, row)} is not as it was"
    return ""


def _batches(lines: Iterator[bytes], place: int) -> Iterator[dict[int, bytes]]:
    while part := list(islice(lines, BATCH_SIZE)):
        yield {json.loads(line)[place]: line for line in part}


def _describe(table: str, columns: list[str], row: bytes) -> str:
    """A journal by its tab and version, anything else by its table and key."""
    values = dict(zip(columns, json.loads(row), strict=True))
    if table == Journal._meta.db_table:
        code = Tab.objects.filter(pk=values["tab_id"]).values_list("code", flat=True).first()
        return f"Tab {code or values['tab_id']}: journal {values['version']} ({values['kind']})"
    return f"Row {values['id']} of {table}"
