"""One export: which data, which dates, in which form. Everything is read and written page by page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from bartender.books.datasets import DATASETS, dataset_rows
from bartender.books.daybook import DATEV_ENCODING, write_datev, write_daybook
from bartender.books.formats import WRITERS
from bartender.books.journal_pages import DateRange
from bartender.errors import BooksNotSetUp

DAYBOOK, DATEV = "daybook", "datev"
EXPORTS = (*DATASETS, DAYBOOK, DATEV)


@dataclass(frozen=True)
class Export:
    """`what`: a data set, the daybook, or DATEV's batch; the last two are CSV of their own kind."""

    what: str
    first: date
    last: date
    file_format: str = "csv"

    @property
    def file_name(self) -> str:
        dates = f"{self.first:%Y%m%d}-{self.last:%Y%m%d}"
        if self.what == DATEV:
            return f"EXTF_{dates}.csv"
        return f"{self.what}-{dates}.{'csv' if self.what == DAYBOOK else self.file_format}"

    @property
    def content_type(self) -> str:
        kind = "application/json" if self.file_name.endswith(".json") else "text/csv"
        return f"{kind}; charset={self.encoding}"

    @property
    def encoding(self) -> str:
        return DATEV_ENCODING if self.what == DATEV else "utf-8"

    def chunks(self, now: datetime) -> Iterator[bytes]:
        """The file in pieces of about a thousand journals. What it raises, it raises before the first piece:
        BooksNotSetUp."""
        dates = DateRange(self.first, self.last)
        if self.first > self.last:
            raise BooksNotSetUp("The first date is after the last one. Turn them around.")
        if self.what == DATEV:
            pieces = write_datev(dates, now)
        elif self.what == DAYBOOK:
            pieces = write_daybook(dates)
        else:
            pieces = WRITERS[self.file_format](dataset_rows(self.what, dates))
        begin = next(pieces, "")
        return self._encode(begin, pieces)

    def _encode(self, begin: str, pieces: Iterator[str]) -> Iterator[bytes]:
        yield begin.encode(self.encoding, "replace")
        for piece in pieces:
            yield piece.encode(self.encoding, "replace")
