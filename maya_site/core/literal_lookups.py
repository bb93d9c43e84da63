"""A condition on a status whose values stand in the SQL itself.

SQLite uses an index over a part of a table only where the query says the index's condition in the same
words, and of a list of parameters it knows no words. PostgreSQL needs it for a plan that is made before the
values are known.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import F
from django.db.models.lookups import In


def literally_in(path: str, values: Iterable[str]) -> LiteralIn:
    """`path__in=values`, for `filter()`. The values are the code's own words, in the order of the index."""
    return LiteralIn(F(path), [str(value) for value in values])


class LiteralIn(In):
    """Raises ValueError for anything but plain words: they are not escaped."""

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        if not self.rhs or not all(value.isidentifier() for value in self.rhs):
            raise ValueError(f"not plain words: {self.rhs}")
        column, params = self.process_lhs(compiler, connection)
        values = ", ".join(f"'{value}'" for value in self.rhs)
        return f"{column} IN ({values})", params
