"""Tables as lines of JSON, the same from SQLite and from PostgreSQL, so that one restores into the other."""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, BinaryIO

from django.apps.registry import Apps
from django.core.management.color import no_style
from django.db import connections, models

# Nobody stays logged in by a backup, and what has been migrated is said by the migrations themselves.
SKIPPED_TABLES = {"django_session", "django_migrations"}
BATCH_SIZE = 500
ModelClass = type[models.Model]


@dataclass(frozen=True)
class TableDigest:
    """What a backup says of one table: the number of rows, and `sha256` of its lines in the order of their
    keys."""

    name: str
    rows: int
    sha256: str


def backup_models(apps: Apps) -> list[ModelClass]:
    found = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    models = [model for name, model in sorted(found.items()) if name not in SKIPPED_TABLES]
    return [model for model in models if model._meta.managed and not model._meta.proxy]


def ordered_fields(model: ModelClass) -> list[Any]:
    """A model's fields in the order of their column names, whatever order migrations made them in."""
    return sorted(model._meta.concrete_fields, key=lambda field: str(field.column))


def encode_rows(model: ModelClass, using: str) -> Iterator[bytes]:
    """A line with the names of the columns, then one for each row by primary key."""
    fields = ordered_fields(model)
    yield _encode_row([field.column for field in fields])
    rows = model._base_manager.using(using).order_by("pk").values_list(*[field.attname for field in fields])
    for row in rows.iterator(chunk_size=2_000):
        yield _encode_row(list(row))


def write_table(model: ModelClass, using: str, file: BinaryIO | None = None) -> TableDigest:
    """Writes a table's lines to a file and returns their digest. Without a file it only computes the
    digest."""
    digest, count = hashlib.sha256(), -1
    for line in encode_rows(model, using):
        if file:
            file.write(line)
        digest.update(line)
        count += 1
    return TableDigest(model._meta.db_table, count, digest.hexdigest())


def rows_by_key(model: ModelClass, columns: list[str], keys: list[int], using: str) -> dict[int, bytes]:
    """The lines that write_table would write of these rows, with these columns alone."""
    by_column = {field.column: field for field in model._meta.concrete_fields}
    names = [by_column[column].attname for column in columns]
    rows = model._base_manager.using(using).filter(pk__in=keys).values_list("pk", *names)
    return {key: _encode_row(values) for key, *values in rows}


def load_table(model: ModelClass, using: str, file: Iterable[bytes]) -> int:
    """Inserts what write_table wrote exactly as it was, without defaults, signals or clocks. Returns the
    number of rows."""
    source = iter(file)
    by_column = {field.column: field for field in model._meta.concrete_fields}
    fields = [by_column[column] for column in json.loads(next(source))]
    connection = connections[using]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    statement = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({places})"  # noqa: S608 - our names
    count, batch = 0, []
    with connection.cursor() as cursor:
        for line in source:
            values = zip(fields, json.loads(line), strict=True)
            batch.append(
                [field.get_db_prep_save(_decode_value(field, one), connection) for field, one in values]
            )
            count += 1
            if len(batch) == BATCH_SIZE:
                cursor.executemany(statement, batch)
                batch = []
        if batch:
            cursor.executemany(statement, batch)
    return count


def reset_sequences(models_to_reset: list[ModelClass], using: str) -> None:
    """Lets the next row get a number after those that were loaded."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models_to_reset):
            cursor.execute(statement)


def _encode_row(row: list[Any]) -> bytes:
    return (
        json.dumps(
            row, default=_encode_value, ensure_ascii=False, separators=(",", ":"), sort_keys=True
        ).encode()
        + b"\n"
    )


VALUE_ENCODERS: list[tuple[type | tuple[type, ...], Callable[[Any], str]]] = [
    (datetime, lambda value: value.astimezone(UTC).isoformat(timespec="microseconds")),
    ((date, time), lambda value: value.isoformat()),
    ((Decimal, uuid.UUID), str),
    ((bytes, memoryview), lambda value: base64.b64encode(bytes(value)).decode()),
]


def _encode_value(value: Any) -> str:
    for kinds, write_out in VALUE_ENCODERS:
        if isinstance(value, kinds):
            return write_out(value)
    raise TypeError(f"{type(value).__name__} cannot be kept in a backup")


def _decode_value(field: Any, value: Any) -> Any:
    if value is None or isinstance(field, models.JSONField):
        return value
    return field.to_python(value)
