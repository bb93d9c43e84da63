"""The evening in figures: as it stands, and closed for good."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from bartender.errors import BusinessDayClosed, BusinessDayNotOver
from bartender.models.menu import Venue
from bartender.permissions import STAFF_GROUP
from bartender.services import bills, business_days, corrections, orders, staff_actions, tickets
from bartender.services.staff_actions import StaffActionRequest
from maya_site.core.venue import business_day_at, business_day_on
from payments import bar_payments, refunds
from payments.ledger import OperationContext, TipRule
from payments.models import Journal, LedgerEntry, Tab, ZJournal, ZReport
from tests.bartender.page_fixtures import guest_for_visit
from tests.bartender.staff_fixtures import (
    create_staff_user,
    mo_client,
    nat_client,
    pay_bill,
    request_bill,
    sam_client,
)
from tests.form_browser import ActionNotPossible, FormBrowser
from tests.guest_fixtures import make_context
from tests.html_text import compact_html
from tests.payments.ledger_helpers import assert_ledger_consistent, latest_tab

pytestmark = pytest.mark.django_db


WHY = "they sleep upstairs and pay at breakfast"


def by_mo():
    return OperationContext(make_context().key, actor="staff:mo", source="admin", reason="warm")


def real_money(guest, *drinks):
    """Drunk on real money, as where Stripe is switched on."""
    for drink in drinks:
        orders.add_line(guest, drink, 1, [], make_context())
    Tab.objects.filter(visit_code=guest.code).update(play_money_cents=None)
    return latest_tab(guest)


def an_evening(ada, ben, cy):
    """Ada pays cash and gets something back, Ben owes, Cy plays."""
    tab = real_money(ada, "Negroni", "IPA", "Whiskey")
    corrections.comp_tab(tab, 5_00, by_mo())
    tickets.bump_ticket(tickets.fire_ticket(ada, make_context()), create_staff_user("sam"))
    bills.set_tip(ada, TipRule(cents=4_00), make_context())
    payment = bar_payments.record_bar_payment(latest_tab(ada), "cash", "staff:sam", "the till was away")
    refunds.process_refund(refunds.request_refund(payment, 6_00, by_mo()))
    real_money(ben, "Negroni")
    orders.add_line(cy, "IPA", 2, [], make_context())
    pay_bill(cy)


def today():
    return business_day_at(Venue.current(), datetime.now(UTC)).date


def test_the_report_is_the_ledger_to_the_cent_and_play_money_stands_apart(ada, ben, cy):
    an_evening(ada, ben, cy)
    figures = business_days.report_from_z_report(
        business_days.close_business_day(today(), "staff:mo", WHY)
    ).figures
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
    assert assert_ledger_consistent()


def test_receipt_and_report_say_the_same_of_a_card_at_the_bar(ada, ben):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    for tab in (latest_tab(ada), real_money(ben, "IPA")):
        bar_payments.record_bar_payment(tab, "card", "staff:sam", "the bar's machine")
    figures = business_days.build_x_report(today()).figures
    receipts = {
        guest: guest_for_visit(guest).client.get(f"/tab/{latest_tab(guest).code}/receipt/").text
        for guest in (ada, ben)
    }

    assert (figures["play"]["tenders"], figures["real"]["tenders"]) == (
        {"bar_card": 11_00},
        {"bar_card": 6_00},
    )
    assert "Play money. No real money was taken." in receipts[ada]
    assert "Play money" not in receipts[ben]


def test_a_refund_after_the_close_belongs_to_the_next_date(ada, ben, cy):
    tab = real_money(ada, "Negroni", "IPA")
    payment = bar_payments.record_bar_payment(tab, "cash", "staff:sam", "early")
    first = business_days.close_business_day(today(), "staff:mo", WHY)
    refunds.process_refund(refunds.request_refund(payment, 6_00, by_mo()))

    assert business_days.build_x_report(today()).number == first.number
    assert business_days.oldest_open_date(Venue.current()) == today() + timedelta(days=1)
    later = business_days.build_x_report(today() + timedelta(days=1)).figures["real"]
    assert (later["refunds"], later["gross_cents"]) == ({"bar_cash": 6_00}, 0)
    assert first.figures["real"]["refunds"] == {}
    assert assert_ledger_consistent()


def test_a_date_is_closed_once_and_the_numbers_have_no_gap(ada):
    real_money(ada, "Negroni")
    first = business_days.close_business_day(today(), "staff:mo", WHY)
    with pytest.raises(BusinessDayClosed, match="by Z report 1"):
        business_days.close_business_day(today(), "staff:mo", WHY)
    with pytest.raises(BusinessDayNotOver):
        business_days.close_business_day(today() + timedelta(days=1), "staff:mo", WHY)

    assert (first.number, first.previous) == (1, None)
    row = {"starts_at": first.starts_at, "ends_at": first.ends_at, "figures": {}, "closed_by": "x"}
    with pytest.raises(DatabaseError), transaction.atomic():
        ZReport.objects.create(number=3, previous=first, business_date=date(2030, 1, 1), **row)


def test_days_are_closed_in_order(ada, ben, monkeypatch):
    yesterday = datetime.now(UTC) - timedelta(days=1)
    monkeypatch.setattr("django.utils.timezone.now", lambda: yesterday)
    real_money(ada, "Negroni")
    monkeypatch.undo()
    orders.add_line(ben, "IPA", 1, [], make_context())
    with pytest.raises(BusinessDayNotOver, match="Close it first"):
        business_days.close_business_day(today(), "staff:mo", WHY)

    assert business_days.close_business_day(None, "staff:mo", WHY).business_date == today() - timedelta(
        days=1
    )
    with pytest.raises(BusinessDayNotOver, match="is not over"):
        business_days.close_business_day(None, "staff:mo", WHY)
    assert business_days.close_business_day(today(), "staff:mo", WHY).figures["real"]["gross_cents"] == 0
    assert ZJournal.objects.count() == Journal.objects.count()
    assert assert_ledger_consistent()


@pytest.mark.parametrize(
    "on, hours", [(date(2026, 3, 28), 23), (date(2026, 10, 24), 25), (date(2026, 6, 1), 24)]
)
def test_the_day_of_the_clock_change_is_shorter_or_longer(on, hours):
    venue = Venue(timezone="Europe/Lisbon", day_start_hour=4)
    day = business_day_on(venue, on)

    assert (day.end.astimezone(UTC) - day.start.astimezone(UTC)) == timedelta(hours=hours)
    assert business_day_at(venue, day.end - timedelta(seconds=1)).date == on
    assert business_day_at(venue, day.end).date == on + timedelta(days=1)


@pytest.mark.parametrize(
    "statement", ["UPDATE payments_zreport SET closed_by = 'x'", "DELETE FROM payments_zjournal"]
)
def test_a_closed_day_is_never_rewritten(ada, statement):
    real_money(ada, "Negroni")
    business_days.close_business_day(today(), "staff:mo", WHY)
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
    call_command("z_report", date=today(), reason=WHY)
    out = capsys.readouterr().out
    assert "Z report 1" in out
    assert re_row("Received, cash", "$24.00") in " ".join(out.split())
    with pytest.raises(CommandError, match="closed already"):
        call_command("z_report", date=today(), reason=WHY)


def re_row(words, amount):
    return f"{words} {amount}"


def test_mo_closes_the_day_in_the_admin_and_prints_it(ada, ben, cy):
    an_evening(ada, ben, cy)
    browser = at_the_first_page(mo_client())
    assert f"Guest {ben.display_name}</a> owes $11.00" in compact_html(browser.page)
    left = "1 open tab, $11.00; 2 waiting tickets"
    assert f"Still open: {left}" in browser.page
    browser.press_button("Go on", reason=WHY)
    assert "for good?" in browser.page
    assert not ZReport.objects.exists(), "that was the first of two steps"
    browser.press_button(f"Close {the_day()} for good")

    assert "Z report 1" in browser.page
    assert "Play money: no real money was taken" in browser.page
    assert f"Left open when it was closed: {left}.<br>Reason: {WHY}" in browser.page
    assert "$31.00" in browser.page
    assert "$31.00" in browser.open("/admin/payments/zreport/")
    assert assert_ledger_consistent()


def at_the_first_page(client):
    browser = FormBrowser(client)
    browser.open("/admin/payments/zreport/x/")
    browser.follow_link(f"Close {today().day} {today():%B}…")
    return browser


def the_day():
    return f"{today().day} {today():%B %Y}"


def test_the_first_page_names_all_that_is_open_and_asks_why(ada, ben, cy):
    orders.add_line(ada, "Negroni", 2, [], make_context())
    tickets.fire_ticket(ada, make_context())
    real_money(ben, "IPA")
    request_bill(ben)
    payment = bar_payments.record_bar_payment(real_money(cy, "Whiskey"), "cash", "staff:sam", "early")
    refunds.request_refund(payment, 3_00, by_mo())
    Venue.objects.update(approval_limit_cents=0)
    staff_actions.submit_action(
        StaffActionRequest("void_tab", latest_tab(ada), "left"),
        create_staff_user("sam", STAFF_GROUP),
        "made-with-the-form",
    )
    browser = at_the_first_page(mo_client())

    for guest, owes in ((ada, "$22.00"), (ben, "$6.00")):
        assert f"Guest {guest.display_name}</a> owes {owes}" in compact_html(browser.page)
    assert "2 × Negroni" in compact_html(browser.page)
    what = "2 open tabs, $28.00; 2 waiting tickets; 1 pending payment; 1 pending refund"
    assert f"Still open: {what}; 1 request for a second person" in browser.page
    with pytest.raises(ActionNotPossible, match="asks for “reason” first"):
        browser.press_button("Go on")
    browser.press_button("Go on", reason="   ")
    assert "Say why the day is closed all the same." in browser.page
    assert not ZReport.objects.exists()


def test_a_day_with_nothing_open_takes_no_reason_but_two_steps(ada):
    bar_payments.record_bar_payment(real_money(ada, "Negroni"), "cash", "staff:sam", "early")
    browser = at_the_first_page(mo_client())
    assert "Nothing is open" in browser.page
    browser.press_button("Go on")
    browser.press_button(f"Close {the_day()} for good")

    assert "Z report 1" in browser.page
    assert "Left open" not in browser.page


def test_who_orders_between_the_two_steps_is_shown_and_a_reason_asked_for(ada, ben):
    bar_payments.record_bar_payment(real_money(ada, "Negroni"), "cash", "staff:sam", "early")
    browser = at_the_first_page(mo_client())
    browser.press_button("Go on")
    real_money(ben, "IPA")
    browser.press_button(f"Close {the_day()} for good")

    assert not ZReport.objects.exists()
    assert "Still open: 1 open tab, $6.00" in browser.page
    browser.press_button("Go on", reason=WHY)
    browser.press_button(f"Close {the_day()} for good")
    assert ZReport.objects.get().figures["left_open"] == {
        "tabs": 1,
        "due_cents": 6_00,
        "tickets": 0,
        "payments": 0,
        "refunds": 0,
        "approvals": 0,
        "reason": WHY,
    }
    assert assert_ledger_consistent()


def test_the_command_says_what_is_open_and_closes_with_a_reason(ada, capsys):
    real_money(ada, "Negroni")
    with pytest.raises(CommandError, match=r"^Still open: 1 open tab, \$11\.00\. .* with --reason\.$"):
        call_command("z_report", date=today())
    assert not ZReport.objects.exists()
    call_command("z_report", date=today(), reason=WHY)

    assert f"left open: 1 open tab, $11.00\nbecause: {WHY}" in capsys.readouterr().out


def test_sam_reads_the_report_and_does_not_close_the_day(ada):
    real_money(ada, "Negroni")
    client, door = sam_client(), "/admin/payments/zreport/close/"
    given = {"date": today().isoformat(), "reason": WHY, "step": "do"}
    assert "zreport/close" not in client.get("/admin/payments/zreport/x/").text
    assert (client.get(door, given).status_code, client.post(door, given).status_code) == (403, 403)
    assert nat_client().get("/admin/payments/zreport/x/").status_code == 403
    assert not ZReport.objects.exists()


@pytest.mark.parametrize("date", ["", "yesterday", "2026-13-01"])
def test_a_day_that_is_none_is_asked_for_again(ada, date):
    real_money(ada, "Negroni")
    answer = mo_client().post(
        "/admin/payments/zreport/close/", {"date": date, "step": "do", "reason": WHY}, follow=True
    )

    assert "Which day?" in answer.text
    assert not ZReport.objects.exists()


def test_the_book_is_looked_over_by_itself_and_monitors_see_what_was_found(ada, client):
    from payments.tasks import check_ledger

    tab = real_money(ada, "Negroni")
    assert check_ledger() == 0
    assert "maya_ledger_invariant_violations 0.0" in client.get("/metrics").text
    Tab.objects.filter(pk=tab.pk).update(tax_cents=1)
    assert check_ledger() > 0
    page = client.get("/metrics").text
    assert "maya_ledger_invariant_violations 0.0" not in page
    assert "maya_ledger_check_last_success_timestamp_seconds" in page
