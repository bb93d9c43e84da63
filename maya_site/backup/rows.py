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
SKIPPED = {"django_session", "django_migrations"}
BATCH = 500
Model = type[models.Model]


@dataclass(frozen=True)
class Table:
    """What a backup says of one table: `sha256` of its lines, in the order of their keys."""

    name: str
    rows: int
    sha256: str


def tables(apps: Apps) -> list[Model]:
    found = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    kept = [model for name, model in sorted(found.items()) if name not in SKIPPED]
    return [model for model in kept if model._meta.managed and not model._meta.proxy]


def fields_of(model: Model) -> list[Any]:
    """In the order of their columns' names: the same whatever order migrations made them in."""
    return sorted(model._meta.concrete_fields, key=lambda field: str(field.column))


def lines(model: Model, using: str) -> Iterator[bytes]:
    """First the names of the columns, then the rows by primary key."""
    fields = fields_of(model)
    yield _line([field.column for field in fields])
    rows = model._base_manager.using(using).order_by("pk").values_list(*[field.attname for field in fields])
    for row in rows.iterator(chunk_size=2_000):
        yield _line(list(row))


def write(model: Model, using: str, file: BinaryIO | None = None) -> Table:
    """Without a file it only counts and compares."""
    digest, count = hashlib.sha256(), -1
    for line in lines(model, using):
        if file:
            file.write(line)
        digest.update(line)
        count += 1
    return Table(model._meta.db_table, count, digest.hexdigest())


def read(model: Model, using: str, file: Iterable[bytes]) -> int:
    """Insert what `write` wrote, as it was: no default, no signal, no clock has a say. Returns the rows."""
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
            batch.append([field.get_db_prep_save(_value(field, one), connection) for field, one in values])
            count += 1
            if len(batch) == BATCH:
                cursor.executemany(statement, batch)
                batch = []
        if batch:
            cursor.executemany(statement, batch)
    return count


def go_on_counting(found: list[Model], using: str) -> None:
    """The next row gets a number after those that were read."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), found):
            cursor.execute(statement)


def _line(row: list[Any]) -> bytes:
    return (
        json.dumps(row, default=_plain, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
        + b"\n"
    )


PLAIN: list[tuple[type | tuple[type, ...], Callable[[Any], str]]] = [
    (datetime, lambda value: value.astimezone(UTC).isoformat(timespec="microseconds")),
    ((date, time), lambda value: value.isoformat()),
    ((Decimal, uuid.UUID), str),
    ((bytes, memoryview), lambda value: base64.b64encode(bytes(value)).decode()),
]


def _plain(value: Any) -> str:
    for kinds, write_out in PLAIN:
        if isinstance(value, kinds):
            return write_out(value)
    raise TypeError(f"{type(value).__name__} cannot be kept in a backup")


def _value(field: Any, value: Any) -> Any:
    if value is None or isinstance(field, models.JSONField):
        return value
    return field.to_python(value)
