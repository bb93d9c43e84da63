"""The daybook for the accountant: each business date's sums by account, and the same as a DATEV batch.

Real money only. A date's debits and credits are equal, as each journal's are. Accounts have the numbers that
the venue gives them, else their own names.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from bartender.books.formats import signed_plain_amount
from bartender.books.journal_pages import DateRange, EntryRow, entry_pages
from bartender.errors import BooksNotSetUp
from bartender.models.books import BookAccount
from bartender.models.menu import Venue
from maya_site.core.money import format_plain_amount
from payments.models import LedgerEntry, Payment

Account = LedgerEntry.Account
Part = LedgerEntry.Part
Role = BookAccount.Role
ROLES: dict[str, Role] = {
    Account.RECEIVABLE: Role.OPEN_TABS,
    Account.SALES: Role.SALES,
    Account.INCLUDED_TAX: Role.SALES,
    Account.COMPS: Role.COMPS,
    Account.TAX: Role.TAX,
    Account.SERVICE: Role.SERVICE,
    Account.TIPS: Role.TIPS,
    Account.DISPUTES: Role.DISPUTES,
    Account.CLEARING: Role.CARD,
    Account.MOCK_CLEARING: Role.SIMULATED,
}
REFUND_ROLES: dict[str, Role] = {
    Part.NET: Role.REFUNDS,
    Part.TAX: Role.TAX,
    Part.SERVICE: Role.SERVICE,
    Part.TIP: Role.TIPS,
}
DRAWER_ROLES = {"bar_cash": Role.CASH, "bar_card": Role.BAR_CARD, "bar_house": Role.ON_CREDIT}
TAXED_ROLES = (Role.SALES, Role.COMPS, Role.TAX, Role.SERVICE, Role.REFUNDS)


class DaybookLine(NamedTuple):
    """What one account has of one date, in minor units; a debit is positive."""

    business_date: date
    z_number: int
    role: str
    tax: str  # the class and its rate, for what is taxed by class
    number: str
    posting_key: str
    cents: int
    currency: str


def daybook_lines(dates: DateRange) -> Iterator[list[DaybookLine]]:
    """One list a business date, in their order; its lines sum to zero. Memory: a sum an account and date."""
    accounts = {(one.role, one.tax_class): one for one in BookAccount.objects.all()}
    open_sums = Counter[tuple[date, int, str, str, str, str]]()
    for page in entry_pages(dates):
        providers = _providers(page)
        for entry in page:
            if not entry.tab_is_play:
                role: str = _role(entry, providers)
                by_class = (entry.tax_class, _tax_name(entry)) if role in TAXED_ROLES else ("", "")
                key = (entry.business_date, entry.z_number, str(role), *by_class, entry.currency)
                open_sums[key] += entry.cents
    by_date: dict[date, list[DaybookLine]] = {}
    for (day, z_number, role, of_class, tax, currency), cents in sorted(open_sums.items()):
        if cents:
            account = accounts.get((role, of_class)) or accounts.get((role, ""))
            number = account.number if account else Role(role).label
            posting_key = account.posting_key if account else ""
            line = DaybookLine(day, z_number, role, tax, number, posting_key, cents, currency)
            by_date.setdefault(day, []).append(line)
    yield from by_date.values()


def _providers(page: list[EntryRow]) -> dict[str, str]:
    codes = {entry.reference for entry in page if entry.account == Account.DRAWER}
    return dict(Payment.objects.filter(code__in=codes).values_list("code", "provider"))


def _role(entry: EntryRow, providers: dict[str, str]) -> Role:
    if entry.account == Account.REFUNDS:
        return REFUND_ROLES.get(entry.part, Role.REFUNDS)
    if entry.account == Account.DRAWER:
        return DRAWER_ROLES.get(providers.get(entry.reference, ""), Role.CASH)
    return ROLES[entry.account]


def _tax_name(entry: EntryRow) -> str:
    if entry.rate_milli is None:
        return ""
    return f"{entry.tax_class} {entry.rate_milli / 1000:g}%".strip()


# --- a plain journal ----------------------------------------------------------------------------------

JOURNAL_COLUMNS = (
    "JournalNo",
    "JournalDate",
    "AccountCode",
    "AccountName",
    "Description",
    "Debits",
    "Credits",
    "Currency",
)


def write_daybook(dates: DateRange) -> Iterator[str]:
    """A general journal, as accounting programs import it: a line an account, debits equal to credits."""
    yield _csv_line(JOURNAL_COLUMNS)
    for lines in daybook_lines(dates):
        yield "".join(_journal_line(line) for line in lines)


def _journal_line(line: DaybookLine) -> str:
    amount = format_plain_amount(abs(line.cents), line.currency)
    return _csv_line(
        [
            _journal_name(line),
            line.business_date.isoformat(),
            line.number,
            Role(line.role).label,
            " ".join(filter(None, ["Daily takings", line.tax])),
            amount if line.cents > 0 else "",
            amount if line.cents < 0 else "",
            line.currency,
        ]
    )


def _journal_name(line: DaybookLine) -> str:
    return f"Z{line.z_number}" if line.z_number else f"X-{line.business_date:%Y%m%d}"


def _csv_line(cells: object) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)  # type: ignore[arg-type] # a row of cells
    return buffer.getvalue()


# --- DATEV --------------------------------------------------------------------------------------------

EXTF_VERSION, BATCH_CATEGORY, BATCH_VERSION = 700, 21, 13
DATEV_ENCODING = "cp1252"
MAX_POSTING_TEXT = 60


def _pairs(kind: str, content: str, count: int) -> list[str]:
    return [f"{name} {at}" for at in range(1, count + 1) for name in (kind, content)]


# The columns of the batch of postings, as the format's description has them.
DATEV_COLUMNS = [
    *("Umsatz (ohne Soll/Haben-Kz)", "Soll/Haben-Kennzeichen", "WKZ Umsatz", "Kurs", "Basis-Umsatz"),
    *("WKZ Basis-Umsatz", "Konto", "Gegenkonto (ohne BU-Schlüssel)", "BU-Schlüssel", "Belegdatum"),
    *("Belegfeld 1", "Belegfeld 2", "Skonto", "Buchungstext", "Postensperre", "Diverse Adressnummer"),
    *("Geschäftspartnerbank", "Sachverhalt", "Zinssperre", "Beleglink"),
    *_pairs("Beleginfo - Art", "Beleginfo - Inhalt", 8),
    *("KOST1 - Kostenstelle", "KOST2 - Kostenstelle", "Kost-Menge", "EU-Land u. UStID (Bestimmung)"),
    *("EU-Steuersatz (Bestimmung)", "Abw. Versteuerungsart", "Sachverhalt L+L", "Funktionsergänzung L+L"),
    *("BU 49 Hauptfunktionstyp", "BU 49 Hauptfunktionsnummer", "BU 49 Funktionsergänzung"),
    *_pairs("Zusatzinformation - Art", "Zusatzinformation- Inhalt", 20),
    *("Stück", "Gewicht", "Zahlweise", "Forderungsart", "Veranlagungsjahr", "Zugeordnete Fälligkeit"),
    *("Skontotyp", "Auftragsnummer", "Buchungstyp", "USt-Schlüssel (Anzahlungen)"),
    *("EU-Land (Anzahlungen)", "Sachverhalt L+L (Anzahlungen)", "EU-Steuersatz (Anzahlungen)"),
    *("Erlöskonto (Anzahlungen)", "Herkunft-Kz", "Buchungs GUID", "KOST-Datum", "SEPA-Mandatsreferenz"),
    *("Skontosperre", "Gesellschaftername", "Beteiligtennummer", "Identifikationsnummer"),
    *("Zeichnernummer", "Postensperre bis", "Bezeichnung SoBil-Sachverhalt", "Kennzeichen SoBil-Buchung"),
    *("Festschreibung", "Leistungsdatum", "Datum Zuord. Steuerperiode", "Fälligkeit"),
    *("Generalumkehr (GU)", "Steuersatz", "Land", "Abrechnungsreferenz", "BVV-Position"),
    *("EU-Land u. UStID (Ursprung)", "EU-Steuersatz (Ursprung)", "Abw. Skontokonto"),
]


def write_datev(dates: DateRange, now: datetime) -> Iterator[str]:
    """A batch of postings in EXTF. Each sum of a date is posted against the transfer account, which ends the
    date at zero. Raises BooksNotSetUp where a number that the format needs is missing."""
    venue = Venue.current()
    transfer = _check_datev(venue, dates)
    yield _datev_header(venue, dates, now) + ";".join(DATEV_COLUMNS) + "\r\n"
    for lines in daybook_lines(dates):
        yield "".join(_datev_line(line, transfer) for line in lines)


def _check_datev(venue: Venue, dates: DateRange) -> str:
    numbers = dict(BookAccount.objects.filter(tax_class="").values_list("role", "number"))
    missing = [role.label for role in Role if role != Role.SIMULATED and not numbers.get(role, "").isdigit()]
    if not venue.datev_consultant_number or not venue.datev_client_number:
        raise BooksNotSetUp("Write DATEV's consultant and client numbers on the venue's page first.")
    if missing:
        raise BooksNotSetUp(f"DATEV needs a number for each account. Give one to: {', '.join(missing)}.")
    if fiscal_year_start(venue, dates.first) != fiscal_year_start(venue, dates.last):
        raise BooksNotSetUp("DATEV takes one fiscal year in a file. Choose dates within one.")
    return numbers[Role.TRANSFER]


def fiscal_year_start(venue: Venue, day: date) -> date:
    month = venue.fiscal_year_start_month
    return date(day.year if day.month >= month else day.year - 1, month, 1)


def _datev_header(venue: Venue, dates: DateRange, now: datetime) -> str:
    length = max(len(number) for number in BookAccount.objects.values_list("number", flat=True))
    fields: list[object] = [
        '"EXTF"', EXTF_VERSION, BATCH_CATEGORY, '"Buchungsstapel"', BATCH_VERSION,
        f"{now:%Y%m%d%H%M%S}{now.microsecond // 1000:03d}", "", '"MA"', '""', '""',
        venue.datev_consultant_number, venue.datev_client_number,
        f"{fiscal_year_start(venue, dates.first):%Y%m%d}", max(4, length),
        f"{dates.first:%Y%m%d}", f"{dates.last:%Y%m%d}", '"Kasse"', '""', 1, 0, 0,
        f'"{venue.currency}"', "", '""', "", "", '""', "", "", '""', '""',
    ]  # fmt: skip
    return ";".join(map(str, fields)) + "\r\n"


def _datev_line(line: DaybookLine, transfer: str) -> str:
    cells = [""] * len(DATEV_COLUMNS)
    text = " ".join(filter(None, [Role(line.role).label, line.tax]))[:MAX_POSTING_TEXT].replace('"', "'")
    amount = signed_plain_amount(abs(line.cents), line.currency).replace(".", ",")
    cells[0:3] = [amount, '"S"' if line.cents > 0 else '"H"', f'"{line.currency}"']
    cells[6:11] = [
        line.number,
        transfer,
        f'"{line.posting_key}"' if line.posting_key else "",
        f"{line.business_date:%d%m}",
        f'"{_journal_name(line)}"',
    ]
    cells[13] = f'"{text}"'
    cells[113] = "0"
    return ";".join(cells) + "\r\n"
