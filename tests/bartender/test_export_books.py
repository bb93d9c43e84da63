"""The books as files. Their sums are worked out here from the files alone, and are those of the Z report."""

import csv
import io
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.management import CommandError, call_command
from django.test import AsyncClient

from bartender.books.daybook import DATEV_COLUMNS
from bartender.books.export import EXPORTS, Export
from bartender.models.books import BookAccount
from bartender.models.menu import Venue
from bartender.models.taxes import TaxClass
from bartender.services import bills, business_days, corrections, orders
from payments import bar_payments, ledger, refunds
from payments.ledger import OperationContext, TipRule
from payments.models import Journal, Tab, ZReport
from tests.bartender.staff_fixtures import create_staff_user, mo_client, nat_client, pay_bill, sam_client
from tests.guest_fixtures import make_context
from tests.payments.ledger_helpers import latest_tab
from tests.payments.taxed_bar import germany

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def by_mo():
    return OperationContext(make_context().key, actor="staff:mo", source="admin", reason="=1+1 warm")


def order(guest, *drinks):
    for drink in drinks:
        orders.add_line(guest, drink, 1, [], make_context())
    return latest_tab(guest)


def an_evening(ada, ben, cy):
    """Everything that books know: sales, a void, a comp, tips of two, service, cash, a refund, play money."""
    germany(service_charge_milli=10_000)
    Venue.objects.update(service_tax_class=TaxClass.objects.get(name="Getränke"))
    order(ada, "IPA", "IPA", "Soup", "Negroni")
    order(ben, "Negroni")
    Tab.objects.update(play_money_cents=None)
    corrections.void_line(ada.lines.get(item__name="Negroni"), 1, by_mo())
    corrections.comp_line(ada.lines.filter(item__name="IPA").first(), by_mo(), 2_00)
    bills.set_tip(ada, TipRule(cents=3_33), make_context())
    bills.request_bill(ada, make_context())
    tab = latest_tab(ada)
    ledger.assign_tip(tab, create_staff_user("sam"), by_mo())
    payment = bar_payments.record_bar_payment(latest_tab(ada), "cash", "staff:mo", "cash")
    refunds.process_refund(refunds.request_refund(payment, 7_77, by_mo()))
    bills.set_tip(ben, TipRule(cents=1_00), make_context())
    order(cy, "IPA", "Soup")
    bills.set_tip(cy, TipRule(basis_points=1_000), make_context())
    pay_bill(cy)
    day = business_days.build_x_report().date
    return business_days.close_business_day(day, "staff:mo", "Ben is still here")


def text_of(what, first, last=None, file_format="csv"):
    export = Export(what, first, last or first, file_format)
    return b"".join(export.chunks(NOW)).decode(export.encoding)


def rows_of(what, first, last=None):
    return list(csv.DictReader(io.StringIO(text_of(what, first, last))))


def total(rows, money, column="amount", **only):
    wanted = [row for row in rows if row["money"] == money and only.items() <= row.items()]
    return int(sum(Decimal(row[column]) for row in wanted) * 100)


@pytest.mark.parametrize("money", ["real", "play"])
def test_the_files_of_an_evening_sum_to_its_z_report_to_the_cent(ada, ben, cy, money):
    report = an_evening(ada, ben, cy)
    says, day = report.figures[money], report.business_date
    files = {what: rows_of(what, day) for what in EXPORTS if what not in ("daybook", "datev")}

    gross, voids = total(files["sales"], money), total(files["voids"], money)
    comps, taxes = total(files["comps"], money), total(files["taxes"], money)
    inside, service = total(files["taxes"], money, "in_the_price"), total(files["service"], money)
    tips, paid = total(files["tips"], money), total(files["payments"], money)
    assert gross == says["gross_cents"]
    assert voids == says["voids_cents"]
    assert comps == says["comps_cents"]
    assert taxes == says["tax_cents"]
    assert gross - voids - comps - inside == says["net_cents"]
    assert service == says.get("service_cents", 0)
    assert tips == says["tips_cents"]
    assert paid == says["received_cents"]
    assert total(files["refunds"], money) == says["refunds_cents"]
    assert gross - voids - comps - inside + service + taxes + tips == says["total_cents"]
    for rate in says["tax_rates"]:
        milli, named = str(rate["rate_milli"]), rate["name"]
        assert (
            total(files["taxes"], money, tax_rate_milli_percent=milli, tax_class=named) == rate["tax_cents"]
        )
    for person, cents in says["tips_by"].items():
        assert total(files["tips"], money, person=person) == cents
        assert total(files["tips_by_person"], money, "tips", person=person) == cents
    for tender, cents in says["tenders"].items():
        assert total(files["payments"], money, tender=tender) == cents
    assert says["gross_cents"] > 0


def test_the_refund_names_its_documents_and_what_it_took_along(ada, ben, cy):
    report = an_evening(ada, ben, cy)
    rows, parts = rows_of("refunds", report.business_date), report.figures["real"]["refunded_parts"]
    assert {(row["credit_note"], row["receipt"]) for row in rows} == {("C-000001", "R-000001")}
    for part in ("net", "tax", "service", "tip"):
        assert total(rows, "real", part=part) == parts[f"{part}_cents"] > 0
    documents = rows_of("documents", report.business_date)
    assert [row["document"] for row in documents] == ["R-000001", "C-000001", "DEMO-R-000001"]
    (sam,) = [row for row in rows_of("tips_by_person", report.business_date) if row["person"] == "sam"]
    assert Decimal(sam["kept"]) == Decimal(sam["tips"]) - Decimal(sam["refunded"])
    assert sam["tips"] == "3.33"


def test_the_daybook_balances_and_its_accounts_are_the_reports(ada, ben, cy):
    report = an_evening(ada, ben, cy)
    BookAccount.objects.create(role="sales", tax_class="Speisen", number="8300")
    BookAccount.objects.create(role="sales", number="8400")
    rows = rows_of("daybook", report.business_date)
    assert {row["JournalNo"] for row in rows} == {"Z1"}
    sums = Counter[str]()
    for row in rows:
        sums[row["AccountName"]] += int(
            Decimal(row["Debits"] or 0) * 100 - Decimal(row["Credits"] or 0) * 100
        )
    real = report.figures["real"]
    assert sum(sums.values()) == 0
    net = real["net_cents"] + real["comps_cents"]
    assert (sums["Sales"], sums["On the house"]) == (-net, real["comps_cents"])
    assert sums["Sales tax"] == real["refunded_parts"]["tax_cents"] - real["tax_cents"]
    assert sums["Tips"] == real["refunded_parts"]["tip_cents"] - real["tips_cents"]
    assert sums["Cash"] == real["kept_cents"]
    assert sums["Open tabs"] == real["owed_change_cents"]
    assert {row["AccountCode"] for row in rows if row["AccountName"] == "Sales"} == {"8300", "8400"}


def set_up_datev():
    for at, (role, _label) in enumerate(BookAccount.Role.choices):
        BookAccount.objects.create(
            role=role, number=str(1000 + at), posting_key="40" if role == "sales" else ""
        )
    Venue.objects.update(datev_consultant_number=29098, datev_client_number=55003, currency="EUR")


def test_the_datev_batch_has_the_published_form_and_ends_the_transfer_account_at_zero(ada, ben, cy):
    set_up_datev()
    report = an_evening(ada, ben, cy)
    lines = text_of("datev", report.business_date).split("\r\n")
    head = next(csv.reader([lines[0]], delimiter=";"))
    assert len(head) == 31
    assert head[:5] == ["EXTF", "700", "21", "Buchungsstapel", "13"]
    assert head[5] == "20261130120000000"
    day = f"{report.business_date:%Y%m%d}"
    assert head[10:16] == ["29098", "55003", f"{report.business_date:%Y}0101", "4", day, day]
    assert head[21] == "EUR"
    assert lines[1].split(";") == DATEV_COLUMNS
    assert len(DATEV_COLUMNS) == 125
    rows = list(csv.reader(lines[2:-1], delimiter=";"))
    assert {len(row) for row in rows} == {125}
    signed = [Decimal(row[0].replace(",", ".")) * (1 if row[1] == "S" else -1) for row in rows]
    assert min(Decimal(row[0].replace(",", ".")) for row in rows) > 0
    assert sum(signed) == 0
    assert {row[7] for row in rows} == {BookAccount.objects.get(role="transfer").number}
    assert {row[9] for row in rows} == {f"{report.business_date:%d%m}"}
    cash = BookAccount.objects.get(role="cash").number
    assert (
        sum(cents for cents, row in zip(signed, rows, strict=True) if row[6] == cash) * 100
        == (report.figures["real"]["kept_cents"])
    )
    assert {row[8] for row in rows if "Sales " in row[13] and "tax" not in row[13]} == {"40"}


def test_datev_says_what_is_missing(menu, tmp_path):
    told = {"first": NOW.date(), "last": NOW.date(), "what": "datev", "out": tmp_path, "format": "csv"}
    with pytest.raises(CommandError, match="consultant and client numbers on the venue's page first"):
        call_command("export_books", **told)
    Venue.objects.update(datev_consultant_number=1, datev_client_number=1)
    with pytest.raises(CommandError, match="Give one to: Sales, On the house"):
        call_command("export_books", **told)
    set_up_datev()
    with pytest.raises(CommandError, match="Choose dates within one"):
        call_command("export_books", **{**told, "first": NOW.date() - timedelta(days=400)})
    assert list(tmp_path.iterdir()) == []


def test_dates_that_are_open_are_exported_as_they_stand_and_each_entry_once(ada, ben, cy):
    report = an_evening(ada, ben, cy)
    order(ben, "IPA")  # after the close: it counts to the next date
    day = report.business_date
    ibens = [
        row for row in rows_of("sales", day, day + timedelta(days=9)) if row["tab"] == latest_tab(ben).code
    ]
    assert [(row["business_date"], row["z_report"]) for row in ibens] == [
        (day.isoformat(), "1"),
        ((day + timedelta(days=1)).isoformat(), ""),
    ]
    assert len(rows_of("sales", day)) == len(rows_of("sales", day, day + timedelta(days=9))) - 1
    assert rows_of("sales", day - timedelta(days=9), day - timedelta(days=1)) == []


def test_pages_of_one_journal_give_the_same_file(ada, ben, cy, monkeypatch):
    report = an_evening(ada, ben, cy)
    whole = text_of("sales", report.business_date)
    monkeypatch.setattr("bartender.books.journal_pages.PAGE_SIZE", 1)
    assert text_of("sales", report.business_date) == whole
    assert whole.count("\r\n") == 1 + 7


def test_json_has_the_same_rows_in_minor_units(ada, ben, cy):
    report = an_evening(ada, ben, cy)
    rows = json.loads(text_of("payments", report.business_date, file_format="json"))
    assert (
        sum(row["amount_cents"] for row in rows if row["money"] == "real")
        == (report.figures["real"]["received_cents"])
    )
    assert json.loads(text_of("payments", report.business_date - timedelta(days=5), file_format="json")) == []


def test_what_a_spreadsheet_would_run_is_text(ada, ben, cy):
    report = an_evening(ada, ben, cy)
    assert {row["reason"] for row in rows_of("voids", report.business_date)} == {"'=1+1 warm"}


def test_the_command_writes_all_files_and_leaves_none_half_done(ada, ben, cy, tmp_path, capsys):
    report = an_evening(ada, ben, cy)
    day = report.business_date
    call_command("export_books", first=day, last=day, out=tmp_path / "new")
    names = sorted(path.name.split("-")[0] for path in (tmp_path / "new").iterdir())
    assert names == sorted(set(EXPORTS) - {"datev"})
    assert "sales-" in capsys.readouterr().out
    with pytest.raises(CommandError, match="The first date is after the last one"):
        call_command("export_books", first=day, last=day - timedelta(days=1), out=tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match="Name another folder with --out"):
        call_command("export_books", first=day, last=day, out=tmp_path / "file" / "below")


def test_a_manager_downloads_from_the_reports_page_and_others_may_not(ada, ben, cy):
    report = an_evening(ada, ben, cy)
    day, page = report.business_date, "/admin/payments/zreport/export/"
    mo = mo_client()
    assert page in mo.get("/admin/payments/zreport/").text
    form = mo.get(page).context["form"]
    sent = {field.html_name: field.value() for field in form} | {"first": day, "last": day, "what": "sales"}
    sent["file_format"] = "csv"
    answer: Any = mo.get(page, sent)
    assert answer["Content-Disposition"] == f'attachment; filename="sales-{day:%Y%m%d}-{day:%Y%m%d}.csv"'
    assert b"".join(answer.streaming_content).decode() == text_of("sales", day)
    assert "The first date is after the last one" in mo.get(page, {**sent, "last": "2020-01-01"}).text
    assert page not in sam_client().get("/admin/payments/zreport/").text
    for client in (sam_client(), nat_client()):
        assert client.get(page, sent).status_code in (302, 403)


@pytest.mark.django_db(transaction=True)
async def test_the_download_streams_from_the_event_loop_without_reading_it_all_first(menu):
    client = AsyncClient()
    mo = await sync_to_async(create_staff_user)("tess", boss=True)
    await client.aforce_login(mo, backend="django.contrib.auth.backends.ModelBackend")
    sent = {"first": "2026-01-01", "last": "2026-01-31", "what": "daybook", "file_format": "csv"}
    answer: Any = await client.get("/admin/payments/zreport/export/", sent)
    assert answer.is_async
    body = b"".join([part async for part in answer.streaming_content])
    assert body.startswith(b"JournalNo,JournalDate,")


def test_nothing_is_written_when_the_books_are_exported(ada, ben, cy):
    report = an_evening(ada, ben, cy)
    before = (Journal.objects.count(), ZReport.objects.count())
    for what in EXPORTS[:-1]:
        text_of(what, report.business_date)
    assert (Journal.objects.count(), ZReport.objects.count()) == before
