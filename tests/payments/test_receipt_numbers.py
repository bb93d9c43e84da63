"""Receipts with running numbers, and credit notes that correct them and leave the paid tab as it was."""

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bartender.menu.snapshot import mark_menu_changed
from bartender.models.menu import Venue
from bartender.models.receipts import ReceiptMail
from bartender.services import bills, business_days, corrections, orders
from bartender.services.receipts import receipt_context, send_receipt_mail
from payments import bar_payments, documents, ledger, refunds, reports
from payments.ledger import OperationContext, TipRule
from payments.models import Document, DocumentCounter, DocumentSeries, LedgerEntry, Tab
from payments.refund_parts import split_refund
from tests.bartender.admin_forms import form_data
from tests.bartender.page_fixtures import guest_for_visit
from tests.bartender.staff_fixtures import create_staff_user, mo_client, sam_client
from tests.guest_fixtures import make_context
from tests.payments.ledger_helpers import (
    assert_ledger_consistent,
    latest_tab,
    make_tab,
    reload_tab,
    sell,
    settle_tab,
)
from tests.payments.taxed_bar import germany

pytestmark = pytest.mark.django_db
Part = LedgerEntry.Part


def by_mo(reason="flat"):
    return OperationContext(make_context().key, actor="staff:mo", source="admin", reason=reason)


def pay_at_bar(guest):
    bills.request_bill(guest, make_context())
    tab = latest_tab(guest)
    bar_payments.record_bar_payment(tab, "cash", "staff:mo", "cash")
    return reload_tab(tab)


def drink_for_real(guest, *drinks, tip=0):
    for drink in drinks:
        orders.add_line(guest, drink, 1, [], make_context())
    Tab.objects.filter(visit_code=guest.code).update(play_money_cents=None)
    if tip:
        bills.set_tip(guest, TipRule(cents=tip), make_context())
    return pay_at_bar(guest)


def give_back(tab, cents):
    payment = tab.payments.get(status="succeeded")
    return refunds.process_refund(refunds.request_refund(payment, cents, by_mo()))


def codes():
    return [one.code for one in Document.objects.order_by("id")]


def test_receipts_are_numbered_from_one_without_gaps_and_play_money_apart(ada, ben, cy):
    drink_for_real(ada, "IPA")
    orders.add_line(cy, "IPA", 1, [], make_context())
    pay_at_bar(cy)
    drink_for_real(ben, "Negroni")
    assert codes() == ["R-000001", "DEMO-R-000001", "R-000002"]
    assert assert_ledger_consistent()


def test_a_settlement_that_is_rolled_back_gives_its_number_back(ada, ben):
    orders.add_line(ada, "IPA", 1, [], make_context())
    bills.request_bill(ada, make_context())
    with transaction.atomic():
        bar_payments.record_bar_payment(latest_tab(ada), "cash", "staff:mo", "cash")
        assert codes() == ["DEMO-R-000001"]
        transaction.set_rollback(True)
    assert codes() == []
    orders.add_line(ben, "IPA", 1, [], make_context())
    pay_at_bar(ben)
    assert codes() == ["DEMO-R-000001"]


def test_paying_twice_with_one_cause_is_one_receipt_and_a_comped_tab_has_one_too():
    tab = sell(make_tab())
    paid = settle_tab(tab)
    ledger.record_payment(paid.payments.get(), OperationContext(paid.journals.latest("id").key, "guest"))
    assert codes() == ["DEMO-R-000001"]
    free = sell(make_tab())
    ledger.comp(free, "line", by_mo())
    ledger.close_comped_tab(free, make_context())
    assert codes() == ["DEMO-R-000001", "DEMO-R-000002"]
    assert Document.objects.latest("id").total_cents == 0


def test_a_voided_tab_has_no_receipt(ada):
    orders.add_line(ada, "IPA", 1, [], make_context())
    corrections.void_tab(latest_tab(ada), by_mo())
    assert codes() == []


def test_a_refund_takes_its_tax_and_tip_along_and_leaves_the_paid_tab_as_it_was(ada):
    germany()
    tab = drink_for_real(ada, "IPA", "IPA", "Soup", tip=2_10)  # 20.90 and a tip: 23.00
    before = {name: getattr(tab, name) for name in ("tax_cents", "included_tax_cents", "tip_cents", "status")}
    give_back(tab, 11_50)

    (note,) = documents.credit_notes_of(tab)
    assert note.document.corrects
    assert (note.document.code, note.document.corrects.code) == ("C-000001", "R-000001")
    assert note.document.total_cents == -11_50
    # half of 18.40 net, of 2.50 tax and of 2.10 tip
    assert (note.net_cents, note.tax_cents, note.tip_cents) == (9_20, 1_25, 1_05)
    tab = reload_tab(tab)
    assert {name: getattr(tab, name) for name in before} == before
    give_back(tab, 11_50)
    taken = [documents.credit_notes_of(tab)[at] for at in (0, 1)]
    assert sum(one.tax_cents for one in taken) == 2_50
    assert sum(one.tip_cents for one in taken) == 2_10
    assert assert_ledger_consistent()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.integers(1, 9_99), min_size=1, max_size=4),
    st.integers(0, 5_00),
    st.lists(st.integers(1, 15_00), min_size=1, max_size=6),
)
def test_whatever_goes_back_in_whatever_steps_the_parts_sum_to_it(prices, tip, asked):
    tab = make_tab(tax_rate_milli=8_875, play_money_cents=None)
    for at, cents in enumerate(prices):
        sell(tab, 1, cents, f"line {at}")
    ledger.set_tip(tab, TipRule(cents=tip), make_context())
    tab = settle_tab(reload_tab(tab))
    left = tab.total_cents
    for cents in asked:
        if 0 < cents <= left and tab.total_cents >= 50:
            assert sum(split_refund(tab, cents).values()) == cents
            give_back(tab, cents)
            left -= cents
    if left:
        give_back(tab, left)
    parts = dict.fromkeys(Part.values, 0)
    for note in documents.credit_notes_of(tab):
        parts["net"] += note.net_cents
        parts["tax"] += note.tax_cents
        parts["tip"] += note.tip_cents
    assert parts == {"net": tab.net_cents, "tax": tab.tax_cents, "service": 0, "tip": tab.tip_cents}
    assert assert_ledger_consistent()


def test_the_tip_of_a_person_goes_back_from_that_person():
    tab = sell(make_tab(play_money_cents=None), 2)
    ledger.set_tip(tab, TipRule(cents=4_00), make_context())
    sam = create_staff_user("sam")
    ledger.assign_tip(reload_tab(tab), sam, by_mo())
    tab = settle_tab(reload_tab(tab))
    give_back(tab, 12_00)
    assert tab.entries.get(part=Part.TIP).tip_recipient == sam
    assert tab.entries.get(part=Part.TIP).cents == 2_00


def test_a_credit_note_is_in_the_date_in_which_the_money_goes_back(ada):
    tab = drink_for_real(ada, "Negroni", tip=1_00)
    first = business_days.close_business_day(business_days.build_x_report().date, "staff:mo", "early")
    give_back(tab, 6_00)
    assert "refunded_parts" not in first.figures["real"]
    note = documents.credit_notes_of(tab)[0].document
    assert not hasattr(note.journal, "in_report")
    real = reports.build_figures([note.journal_id])["real"]
    parts = real["refunded_parts"]
    assert parts["net_cents"] + parts["tax_cents"] + parts["tip_cents"] == real["refunds_cents"] == 6_00
    assert (parts["net_cents"], parts["tip_cents"]) == (5_50, 50)


def test_the_receipt_says_who_sold_it_as_it_was_then(menu, ada):
    client, page = mo_client(), "/admin/bartender/venue/1/change/"
    sent = {
        **form_data(client.get(page)),
        "legal_name": "Moksha Bar GmbH",
        "legal_address": "Torstr. 5\nBerlin",
        "tax_number": "30/123/45678",
        "receipt_footer": "No returns.",
    }
    assert client.post(page, sent).status_code == 302
    tab = drink_for_real(ada, "IPA")
    Venue.objects.update(legal_name="Another owner")
    mark_menu_changed()
    text = guest_for_visit(ada).open_page(f"/tab/{tab.code}/receipt/")
    for words in ("R-000001", "Moksha Bar GmbH", "Torstr. 5<br>Berlin", "30/123/45678", "No returns."):
        assert words in text
    assert "Another owner" not in text
    assert "Copy" not in text

    give_back(tab, 3_00)
    text = guest_for_visit(ada).open_page(f"/tab/{tab.code}/receipt/")
    assert "Credit note C-000001" in text
    assert "for receipt R-000001" in text


def test_what_staff_print_again_says_that_it_is_a_copy(ada):
    tab = drink_for_real(ada, "IPA")
    give_back(tab, 2_00)
    receipt, note = Document.objects.order_by("id")
    staff = sam_client()
    shown = staff.get(f"/admin/payments/document/{receipt.pk}/change/").text
    assert "Copy" in shown
    assert "R-000001" in shown
    shown = staff.get(f"/admin/payments/document/{note.pk}/change/").text
    assert "C-000001" in shown
    assert "for receipt R-000001: flat" in shown
    assert "R-000001" in staff.get("/admin/payments/document/").text


def test_the_first_mail_is_the_original_and_the_next_one_a_copy(ada, settings):
    settings.EMAIL_URL = "memory://"
    tab = drink_for_real(ada, "IPA")
    for number, address in enumerate(("ada@example.com", "office@example.com")):
        row = ReceiptMail.objects.create(tab=tab, key=f"key {number}", address=address)
        assert send_receipt_mail(row)
    first, second = (message.body for message in mail.outbox)
    assert "R-000001" in first
    assert "Copy" not in first
    assert "Copy" in second


def test_a_tab_that_was_paid_before_receipts_had_numbers_shows_what_it_showed(ada):
    tab = drink_for_real(ada, "IPA")
    with transaction.atomic():
        shown = receipt_context(tab)
    assert shown["document"].code == "R-000001"
    other = sell(make_tab("old visit"))
    assert documents.receipt_of(other) is None


def test_documents_are_never_changed_or_taken_away(ada):
    drink_for_real(ada, "IPA")
    document = Document.objects.get()
    document.total_cents = 1
    with pytest.raises(PermissionDenied):
        document.save()
    with pytest.raises(DatabaseError), transaction.atomic():
        Document.objects.update(total_cents=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        Document.objects.all().delete()


def test_the_check_of_the_ledger_sees_a_number_that_is_missing(ada):
    drink_for_real(ada, "IPA")
    DocumentCounter.objects.filter(series=DocumentSeries.RECEIPT).update(last_number=2)
    with pytest.raises(AssertionError, match="document_numbers_have_no_gap"):
        assert_ledger_consistent()
