"""Undone within ten seconds, by an entry against it: a comp, a void, a payment, a tip, a drink rung in."""

import re
from datetime import timedelta
from functools import partial

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from bartender.models.menu import MenuItem, Venue
from bartender.models.staff_actions import StaffAction
from bartender.models.visits import OrderLine, Ticket
from bartender.permissions import MANAGERS_GROUP, STAFF_GROUP
from bartender.services import bills, business_days, orders, portions, staff_actions, tickets, undo
from bartender.services.bar_refunds import refundable_payments
from bartender.services.bar_settlement import BarPayment, settle_at_bar
from bartender.services.line_events import Viewer
from bartender.services.line_explanations import explain_lines
from bartender.services.receipts import receipt_context
from bartender.services.report_rows import report_sections
from bartender.services.staff_actions import StaffActionRequest, submit_action
from maya_site.core.errors import Refusal
from payments import invariants, ledger, refunds
from payments.documents import credit_notes_of, receipt_of
from payments.ledger import OperationContext, TipRule
from payments.models import Document, Journal, LedgerEntry, Payment, Tab
from tests.bartender.display.test_bar_tabs import open_tab, tap
from tests.bartender.staff_fixtures import client_for, create_staff_user, mo_client, pay_bill, sam_client
from tests.form_browser import FormBrowser
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context
from tests.payments.concurrency import run_concurrently
from tests.payments.taxed_bar import germany


@pytest.fixture
def staff(menu):
    return FormBrowser(sam_client())


@pytest.fixture
def sam(menu):
    return create_staff_user("sam", STAFF_GROUP)


def undo_it(staff, start="Undo"):
    """The one button that undoes something, as the page has it."""
    (button,) = [one for one in staff.submit_buttons() if one.name.startswith(start)]
    return staff.submit(button, {})


def undo_buttons(staff):
    return [one.name for one in staff.submit_buttons() if one.name.startswith("Undo")]


def make_older(action, seconds):
    StaffAction.objects.filter(pk=action.pk).update(requested_at=timezone.now() - timedelta(seconds=seconds))


def check_books():
    assert not list(invariants.check_tabs(Tab.objects.all()))
    assert not list(invariants.check_ledger_totals())


def comp(line, sam, key="comp-form", **more):
    wanted = StaffActionRequest("comp_line", line.tab, "kindness", line=line, cents=1100, **more)
    return submit_action(wanted, sam, key)


def void(line, sam, units=1, key="void-form"):
    line.refresh_from_db()
    wanted = StaffActionRequest("void_line", line.tab, "mistake", line=line, units=units)
    return submit_action(wanted, sam, key)


def test_cash_that_was_a_card_is_undone_and_taken_anew(staff, ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    staff.open(f"/bar/tab/{ada.code}/")
    staff.press_button("$20.00 $9.00 back")
    assert Tab.objects.get().status == "paid"
    undo_it(staff)

    assert "Undone: $11.00 received in cash. $11.00 in cash goes back to the guest" in staff.dom.text
    tab = Tab.objects.get()
    assert (tab.status, tab.due_cents, tab.closed_at) == ("open", 1100, None)
    staff.press_button("Card on our terminal, $11.00")
    tab.refresh_from_db()
    assert (tab.status, tab.paid_cents) == ("paid", 1100)
    assert list(Payment.objects.order_by("id").values_list("provider", "status")) == [
        ("bar_cash", "reversed"),
        ("bar_card", "succeeded"),
    ]
    papers = Document.objects.order_by("id").values_list("series", "total_cents")
    assert [(name.removeprefix("demo_"), cents) for name, cents in papers] == [
        ("receipt", 1100),
        ("credit_note", -1100),
        ("receipt", 1100),
    ]
    check_books()


def test_the_rest_that_became_the_tip_is_what_it_was_before(staff, ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    bills.set_tip(ada, TipRule(basis_points=1000), make_context())
    staff.open(f"/bar/tab/{ada.code}/")
    staff.press_button("Take cash", given="20", rest=["1"])
    assert Tab.objects.get().tip_cents == 900
    undo_it(staff)

    tab = Tab.objects.get()
    assert (tab.status, tab.tip_cents, tab.tip_bp, tab.due_cents) == ("open", 110, 1000, 1210)
    check_books()


def test_the_tip_goes_back_to_the_pool_with_the_payment_of_whoever_served(ada, sam):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    tickets.bump_ticket(tickets.fire_ticket(ada, make_context(), skip_hold=True), sam)
    paid = BarPayment("cash", shown_cents=1100, received_cents=1300, rest_is_tip=True)
    action = settle_at_bar(ada, Tab.objects.get(), paid, sam, "the-form-of-it")
    undo.undo_action(action, sam)

    tips = LedgerEntry.objects.filter(account="tips", tip_recipient=sam)
    assert sum(tips.values_list("cents", flat=True)) == 0
    assert Tab.objects.get().tip_recipient == sam
    check_books()


def test_a_comp_is_undone_and_the_drink_is_owed_again(staff, ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    staff.open(f"/bar/tab/{ada.code}/")
    address = f"/bar/tab/{ada.code}/{Tab.objects.get().code}/1/comp/"
    staff.press_button("Guest unhappy for Negroni", to=address)
    assert Tab.objects.get().due_cents == 0
    undo_it(staff)

    line = OrderLine.objects.get()
    assert (Tab.objects.get().due_cents, line.comped, line.comped_cents) == (1100, False, 0)
    assert Journal.objects.get(kind="undo").actor == "staff:sam"
    assert not undo_buttons(staff)
    check_books()


def test_a_void_of_what_was_begun_is_undone_and_its_ticket_is_what_it_was(ada, sam):
    line = orders.add_line(ada, "Negroni", 2, [], make_context())
    ticket = tickets.fire_ticket(ada, make_context(), skip_hold=True)
    tickets.bump_ticket(ticket, sam)
    action = void(line, sam, 2)
    ticket.refresh_from_db()
    assert (ticket.status, Tab.objects.get().due_cents) == ("voided", 0)
    undo.undo_action(action, sam)

    ticket.refresh_from_db()
    line.refresh_from_db()
    assert (ticket.status, line.status, line.quantity) == ("in_prep", "sent", 2)
    assert Tab.objects.get().due_cents == 2200
    events = [event.kind for event in explain_lines(Tab.objects.get(), Viewer(is_staff=True))[0].events]
    assert events[-2:] == ["fewer", "put_back"]
    check_books()


def test_a_counted_drink_is_taken_again_if_nobody_has_had_it_meanwhile(ada, ben, sam):
    item = MenuItem.objects.get(name="Negroni")
    portions.set_portions(item.pk, 1)
    line = orders.add_line(ada, "Negroni", 1, [], make_context())
    tickets.fire_ticket(ada, make_context(), skip_hold=True)
    action = void(line, sam)
    undo.undo_action(action, sam)
    item.refresh_from_db()
    assert item.portions_left == 0
    again = void(line, sam, key="void-form-two")
    orders.add_line(ben, "Negroni", 1, [], make_context())
    tickets.fire_ticket(ben, make_context(), skip_hold=True)

    with pytest.raises(portions.TooFewPortions):
        undo.undo_action(again, sam)
    assert Tab.objects.get(visit_code=ada.code).due_cents == 0
    check_books()


def test_what_was_rung_in_is_taken_off_again(staff):
    open_tab(staff, name="Bo")
    tap(staff, "Negroni", "$11.00")
    undo_it(staff, "Undo 1 × Negroni rung in, $11.00.")

    assert "Undone: 1 × Negroni rung in, $11.00" in staff.dom.text
    assert (OrderLine.objects.get().status, Tab.objects.get().due_cents) == ("voided", 0)
    record = StaffAction.objects.get()
    assert (record.kind, record.amount_cents, record.requested_by.username) == ("undo", 1100, "sam")
    check_books()


def test_a_drink_that_is_being_made_is_not_undone(staff, sam):
    open_tab(staff, name="Bo")
    tap(staff, "Negroni", "$11.00")
    staff.press_button("Send 1 to the bar")
    line = OrderLine.objects.get()
    assert undo_buttons(staff)  # nobody has begun it
    tickets.bump_ticket(Ticket.objects.get(), sam)
    staff.open(staff.path)
    assert not undo_buttons(staff)

    with pytest.raises(Refusal, match=r"the bar has begun Negroni\. Instead, void it with a reason"):
        undo.undo_ring_in(line, sam)


def test_the_tip_is_whose_it_was_before(ada, sam):
    kim = create_staff_user("kim", STAFF_GROUP)
    orders.add_line(ada, "Negroni", 1, [], make_context())
    bills.set_tip(ada, TipRule(cents=200), make_context())
    tab = Tab.objects.get()
    action = submit_action(StaffActionRequest("tip_for", tab, "served", tip_recipient=kim), sam, "tip-form")
    undo.undo_action(action, sam)

    tab.refresh_from_db()
    assert (tab.tip_recipient, ledger.is_tip_assigned(tab)) == (None, False)
    check_books()


def test_after_ten_seconds_and_the_way_there_it_is_refused_with_what_to_do_instead(staff, ada, sam):
    line = orders.add_line(ada, "Negroni", 1, [], make_context())
    action = comp(line, sam)
    make_older(action, 11)  # pressed in time, and on its way since
    staff.open(f"/bar/tab/{ada.code}/")
    assert not undo_buttons(staff)
    undo.undo_action(action, sam)
    again = comp(line, sam, "comp-form-two")
    make_older(again, 13)

    with pytest.raises(Refusal, match=r"The 10 seconds to undo it are over: what is on the house stays so"):
        undo.undo_action(again, sam)
    assert Tab.objects.get().due_cents == 0


def test_a_card_that_the_provider_took_is_not_undone_at_the_bar(ada, sam):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    pay_bill(ada)
    tab = Tab.objects.get()
    action = StaffAction.objects.create(
        kind="tender",
        status="done",
        tab=tab,
        amount_cents=1100,
        reason="at_bar",
        requested_by=sam,
        key="by-hand",
    )
    with pytest.raises(
        Refusal, match=r"the provider took that card\. Instead, give the money back as a refund"
    ):
        undo.undo_action(action, sam)
    assert Tab.objects.get().status == "paid"


def test_a_closed_day_and_a_new_tab_are_left_as_they_are(ada, sam):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    action = settle_at_bar(ada, Tab.objects.get(), BarPayment("card", shown_cents=1100), sam, "settle-form")
    orders.add_line(ada, "IPA", 1, [], make_context())
    with pytest.raises(Refusal, match="the guest has begun another tab"):
        undo.undo_action(action, sam)
    line = OrderLine.objects.get(name="IPA")
    wanted = StaffActionRequest("comp_line", line.tab, "kindness", line=line, cents=600)
    given = submit_action(wanted, sam, "comp-ipa")
    business_days.close_business_day(business_days.build_x_report().date, "staff:mo", "a test")
    with pytest.raises(Refusal, match="its business day is closed"):
        undo.undo_action(given, sam)


def test_pressed_twice_or_by_two_displays_it_is_undone_once(staff, ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    staff.open(f"/bar/tab/{ada.code}/")
    staff.press_button("$11.00 exact")
    (button,) = [one for one in staff.submit_buttons() if one.name.startswith("Undo")]
    other = FormBrowser(mo_client())
    other.open("/bar/")
    assert undo_buttons(other)
    staff.submit(button, {})
    other.press_button(undo_buttons(other)[0])

    assert "Undone: $11.00 received in cash" in other.dom.text
    assert Journal.objects.filter(kind="undo").count() == StaffAction.objects.filter(kind="undo").count() == 1


def test_the_payments_form_sent_again_after_the_undo_takes_nothing(staff, ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    staff.open(f"/bar/tab/{ada.code}/")
    (button,) = [one for one in staff.submit_buttons() if one.name.startswith("$11.00 exact")]
    settle_page = staff.page
    staff.submit(button, {})
    undo_it(staff)
    staff.page = settle_page
    staff.press_button("$11.00 exact")

    assert "Undone: $11.00 received in cash. Press it anew" in staff.dom.text
    assert Tab.objects.get().status == "open"


def test_whoever_may_not_do_the_act_may_not_undo_it(ada, sam):
    line = orders.add_line(ada, "Negroni", 1, [], make_context())
    action = comp(line, sam)
    rae = create_staff_user("rae")
    names = ["view_tab", "view_ticket", "void_by_staff"]
    rae.user_permissions.set(Permission.objects.filter(codename__in=names))
    page = FormBrowser(client_for(rae))
    page.open(f"/bar/tab/{ada.code}/")

    assert not undo_buttons(page)
    page.post(f"/bar/undo/act/{action.pk}/", {"csrfmiddlewaretoken": token_of(page)})
    assert page.status == 403
    assert Tab.objects.get().due_cents == 0


def token_of(page):
    fields = page.dom.find_all("input")
    return next(one.get("value") for one in fields if one.get("name") == "csrfmiddlewaretoken")


def test_the_reports_say_what_was_undone_and_leave_it_out_of_every_sum(ada, sam):
    line = orders.add_line(ada, "Negroni", 2, [], make_context())
    undo.undo_action(comp(line, sam), sam)
    undo.undo_action(void(line, sam), sam)
    paid = BarPayment("cash", shown_cents=2200, received_cents=2200)
    undo.undo_action(settle_at_bar(ada, Tab.objects.get(), paid, sam, "settle-form"), sam)
    figures = business_days.build_x_report().figures
    column = next(figures[name] for name in ("real", "play") if figures[name]["gross_cents"])

    assert (column["gross_cents"], column["voids_cents"], column["comps_cents"]) == (2200, 0, 0)
    assert (column["received_cents"], column["tenders"], column["kept_cents"]) == (0, {}, 0)
    assert column["undone"] == {"voids_cents": 1100, "comps_cents": 1100, "tenders": {"bar_cash": 2200}}
    rows = [row.words for _title, rows in report_sections(figures) for row in rows]
    assert [row for row in rows if row.startswith("Undone")] == [
        "Undone at once, cash",
        "Undone at once, voids",
        "Undone at once, on the house",
    ]
    check_books()


def test_the_admin_shows_the_act_and_its_undo(ada, sam):
    action = comp(orders.add_line(ada, "Negroni", 1, [], make_context()), sam)
    undo.undo_action(action, sam)
    mo = FormBrowser(mo_client())
    mo.open(f"/admin/payments/tab/{Tab.objects.get().pk}/change/")

    assert "A drink on the house $11.00, kindness of the house. sam" in mo.dom.text
    assert "Undone at once $11.00, pressed by mistake. sam" in mo.dom.text


def test_what_a_second_person_has_agreed_to_can_be_undone_from_then_on(ada, sam):
    Venue.objects.update(approval_limit_cents=500)
    action = comp(orders.add_line(ada, "Negroni", 1, [], make_context()), sam)
    make_older(action, 60)
    with pytest.raises(Refusal):
        undo.undo_action(action, sam)  # it waits
    staff_actions.approve(action, create_staff_user("mo", MANAGERS_GROUP))
    assert [act.words for act in undo.list_undoable_acts(sam)] == ["$11.00 off Negroni, on the house."]
    undo.undo_action(action, sam)

    assert Tab.objects.get().due_cents == 1100


def test_the_seconds_stand_on_the_page_without_a_script(staff, ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    staff.open(f"/bar/tab/{ada.code}/")
    staff.press_button("$11.00 exact")
    (left,) = re.findall(r'data-left="(\d+)"', staff.page)

    assert 1 <= int(left) <= 10
    assert re.search(r"Possible until \d\d:\d\d:\d\d", staff.page)


@pytest.mark.django_db(transaction=True)
def test_six_who_undo_at_once_undo_it_once(menu, ada):
    sam = create_staff_user("sam", STAFF_GROUP)
    action = comp(orders.add_line(ada, "Negroni", 1, [], make_context()), sam)
    answers = run_concurrently(*[partial(undo.undo_action, action, sam)] * 6)

    assert len({answer.pk for answer in answers if isinstance(answer, StaffAction)}) == 1
    assert Journal.objects.filter(kind="undo").count() == 1
    assert Tab.objects.get().due_cents == 1100
    check_books()


@pytest.mark.django_db(transaction=True)
def test_two_acts_are_undone_twice_so_the_test_above_can_see_it(menu, ada):
    """Positive control: nothing but the act's own key keeps the second one away."""
    sam = create_staff_user("sam", STAFF_GROUP)
    line = orders.add_line(ada, "Negroni", 1, [], make_context())
    wanted = StaffActionRequest("comp_line", line.tab, "kindness", line=line, cents=100)
    acts = [submit_action(wanted, sam, f"part-{at}") for at in range(4)]
    run_concurrently(*[partial(undo.undo_action, act, sam) for act in acts])

    assert Journal.objects.filter(kind="undo").count() == 4
    assert OrderLine.objects.get().comped_cents == 0
    check_books()


def test_the_credit_note_says_what_the_cancelled_receipt_was_about_and_the_new_receipt_is_its_own(ada, sam):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    bills.set_tip(ada, TipRule(cents=200), make_context())
    first = settle_at_bar(ada, Tab.objects.get(), BarPayment("card", shown_cents=1300), sam, "card-form")
    undo.undo_action(first, sam)
    settle_at_bar(ada, Tab.objects.get(), BarPayment("cash", shown_cents=1300), sam, "cash-form")
    tab = Tab.objects.get()
    (note,) = credit_notes_of(tab)

    assert (note.document.total_cents, note.net_cents, note.tip_cents) == (-1300, 1100, 200)
    assert note.document.corrects != receipt_of(tab)
    assert receipt_context(tab)["credit_notes"] == []
    mo = FormBrowser(mo_client())
    mo.open(f"/admin/payments/document/{note.document.pk}/change/")
    assert f"Credit note {note.document.code}" in mo.dom.text


def test_a_refund_after_the_second_payment_takes_what_that_one_paid(ada, sam):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    first = settle_at_bar(ada, Tab.objects.get(), BarPayment("card", shown_cents=1100), sam, "card-form")
    undo.undo_action(first, sam)
    settle_at_bar(ada, Tab.objects.get(), BarPayment("cash", shown_cents=1100), sam, "cash-form")
    left = [(one.label, one.left_cents) for one in refundable_payments(Tab.objects.get())]
    assert left == [("cash", 1100)]
    cause = OperationContext("by-hand", "staff:sam", "admin", reason="a test")
    with pytest.raises(Refusal, match=r"At most \$0\.00 can go back"):
        refunds.request_refund(Payment.objects.get(status="reversed"), 100, cause)


def test_on_a_tab_taxed_by_class_a_comp_and_a_void_are_undone_to_the_cent(ada, sam):
    germany(service_charge_milli=10_000)
    line = orders.add_line(ada, "Negroni", 3, [], make_context())
    before = Tab.objects.values("tax_cents", "included_tax_cents", "service_cents", "subtotal_cents").get()
    undo.undo_action(void(line, sam), sam)
    undo.undo_action(comp(line, sam), sam)

    assert Tab.objects.values(*before).get() == before
    check_books()
