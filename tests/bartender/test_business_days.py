"""The evening in figures: as it stands, and closed for good."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from bartender.errors import DayIsClosed, DayNotOver
from bartender.records.menu import Venue
from bartender.services import amends, bills, closing, orders, tickets
from bartender.services.days import business_day, day_of
from payments import drawer, refunds
from payments.ledger import Cause, TipRule
from payments.models import Journal, LedgerEntry, Tab, ZJournal, ZReport
from tests.bartender.staff_cast import mo, nat, pay, sam
from tests.cast import cause
from tests.payments.book import in_order, tab_of

pytestmark = pytest.mark.django_db


def by_mo():
    return Cause(cause().key, actor="staff:mo", source="admin", reason="warm")


def real_money(guest, *drinks):
    """Drunk on real money, as where Stripe is switched on."""
    for drink in drinks:
        orders.add(guest, drink, 1, [], cause())
    Tab.objects.filter(visit_code=guest.code).update(play_money_cents=None)
    return tab_of(guest)


def an_evening(ada, ben, cy):
    """Ada pays cash and gets something back, Ben owes, Cy plays."""
    tab = real_money(ada, "Negroni", "IPA", "Whiskey")
    amends.comp_tab(tab, 5_00, by_mo())
    tickets.bump(tickets.fire(ada, cause()), "sam")
    bills.set_tip(ada, TipRule(cents=4_00), cause())
    payment = drawer.settle_at_bar(tab_of(ada), "cash", "staff:sam", "the till was away")
    refunds.pursue(refunds.promise(payment, 6_00, by_mo()))
    real_money(ben, "Negroni")
    orders.add(cy, "IPA", 2, [], cause())
    pay(cy)


def today():
    return business_day(Venue.here(), datetime.now(UTC)).date


def test_the_report_is_the_ledger_to_the_cent_and_play_money_stands_apart(ada, ben, cy):
    an_evening(ada, ben, cy)
    figures = closing.report_of(closing.z_report(today(), "staff:mo")).figures
    real, play = figures["real"], figures["play"]

    assert (real["gross_cents"], real["comps_cents"], real["net_cents"]) == (36_00, 5_00, 31_00)
    assert (real["tips_by"], real["tenders"], real["refunds"]) == (
        {"sam": 4_00},
        {"bar_cash": 24_00},
        {"bar_cash": 6_00},
    )
    assert (play["gross_cents"], play["tenders"]) == (12_00, {"simulated": 12_00})
    assert figures["open_tabs"]["real"] == {"tabs": 1, "due_cents": 11_00}
    for column in (real, play):
        assert column["total_cents"] - column["received_cents"] == column["owed_change_cents"]
    kept = LedgerEntry.objects.filter(account="drawer").values_list("cents", flat=True)
    assert sum(kept) == real["kept_cents"] == 18_00
    assert in_order()


def test_a_refund_after_the_close_belongs_to_the_next_date(ada, ben, cy):
    tab = real_money(ada, "Negroni", "IPA")
    payment = drawer.settle_at_bar(tab, "cash", "staff:sam", "early")
    first = closing.z_report(today(), "staff:mo")
    refunds.pursue(refunds.promise(payment, 6_00, by_mo()))

    assert closing.x_report(today()).number == first.number
    assert closing.oldest_open(Venue.here()) == today() + timedelta(days=1)
    later = closing.x_report(today() + timedelta(days=1)).figures["real"]
    assert (later["refunds"], later["gross_cents"]) == ({"bar_cash": 6_00}, 0)
    assert first.figures["real"]["refunds"] == {}
    assert in_order()


def test_a_date_is_closed_once_and_the_numbers_have_no_gap(ada):
    real_money(ada, "Negroni")
    first = closing.z_report(today(), "staff:mo")
    with pytest.raises(DayIsClosed, match="by Z report 1"):
        closing.z_report(today(), "staff:mo")
    with pytest.raises(DayNotOver):
        closing.z_report(today() + timedelta(days=1), "staff:mo")

    assert (first.number, first.previous) == (1, None)
    row = {"starts_at": first.starts_at, "ends_at": first.ends_at, "figures": {}, "closed_by": "x"}
    with pytest.raises(DatabaseError), transaction.atomic():
        ZReport.objects.create(number=3, previous=first, business_date=date(2030, 1, 1), **row)


def test_days_are_closed_in_order(ada, ben, monkeypatch):
    yesterday = datetime.now(UTC) - timedelta(days=1)
    monkeypatch.setattr("django.utils.timezone.now", lambda: yesterday)
    real_money(ada, "Negroni")
    monkeypatch.undo()
    orders.add(ben, "IPA", 1, [], cause())
    with pytest.raises(DayNotOver, match="Close it first"):
        closing.z_report(today(), "staff:mo")

    assert closing.z_report(None, "staff:mo").business_date == today() - timedelta(days=1)
    with pytest.raises(DayNotOver, match="is not over"):
        closing.z_report(None, "staff:mo")
    assert closing.z_report(today(), "staff:mo").figures["real"]["gross_cents"] == 0
    assert ZJournal.objects.count() == Journal.objects.count()
    assert in_order()


@pytest.mark.parametrize(
    "on, hours", [(date(2026, 3, 28), 23), (date(2026, 10, 24), 25), (date(2026, 6, 1), 24)]
)
def test_the_day_of_the_clock_change_is_shorter_or_longer(on, hours):
    venue = Venue(timezone="Europe/Lisbon", day_turns_at_hour=4)
    day = day_of(venue, on)

    assert (day.end.astimezone(UTC) - day.start.astimezone(UTC)) == timedelta(hours=hours)
    assert business_day(venue, day.end - timedelta(seconds=1)).date == on
    assert business_day(venue, day.end).date == on + timedelta(days=1)


@pytest.mark.parametrize(
    "statement", ["UPDATE payments_zreport SET closed_by = 'x'", "DELETE FROM payments_zjournal"]
)
def test_a_closed_day_is_never_rewritten(ada, statement):
    real_money(ada, "Negroni")
    closing.z_report(today(), "staff:mo")
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_the_commands_print_a_report_and_say_when_there_is_none_to_make(ada, ben, cy, capsys):
    an_evening(ada, ben, cy)
    call_command("x_report", json=True)
    assert json.loads(capsys.readouterr().out)["real"]["gross_cents"] == 36_00
    call_command("z_report", date=today())
    out = capsys.readouterr().out
    assert "Z report 1" in out
    assert re_row("Received, cash", "$24.00") in " ".join(out.split())
    with pytest.raises(CommandError, match="closed already"):
        call_command("z_report", date=today())


def re_row(words, amount):
    return f"{words} {amount}"


def test_mo_closes_the_day_in_the_admin_and_prints_it(ada, ben, cy):
    an_evening(ada, ben, cy)
    client = mo()
    assert "Close" in client.get("/admin/payments/zreport/x/").text
    page = client.post("/admin/payments/zreport/close/", {"date": today().isoformat()}, follow=True).text

    assert "Z report 1" in page
    assert "Play money: no real money was taken" in page
    assert "$31.00" in page
    assert "$31.00" in client.get("/admin/payments/zreport/").text


def test_sam_reads_the_report_and_does_not_close_the_day(ada):
    real_money(ada, "Negroni")
    client = sam()
    assert "for good" not in client.get("/admin/payments/zreport/x/").text
    assert client.post("/admin/payments/zreport/close/", {"date": today().isoformat()}).status_code == 403
    assert nat().get("/admin/payments/zreport/x/").status_code == 403
    assert not ZReport.objects.exists()


def test_the_book_is_looked_over_by_itself_and_monitors_see_what_was_found(ada, client):
    from payments.jobs import check_ledger

    tab = real_money(ada, "Negroni")
    assert check_ledger() == 0
    assert "maya_ledger_invariant_violations 0.0" in client.get("/metrics").text
    Tab.objects.filter(pk=tab.pk).update(tax_cents=1)
    assert check_ledger() > 0
    page = client.get("/metrics").text
    assert "maya_ledger_invariant_violations 0.0" not in page
    assert "maya_ledger_check_last_success_timestamp_seconds" in page
