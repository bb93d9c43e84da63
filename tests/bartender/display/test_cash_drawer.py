"""The cash drawer of an evening: Sam enters the float, Mo pays out, Kim counts, and the Z report says over or
short."""

import pytest
from django.contrib.auth.models import Permission
from django.db import DatabaseError, transaction

from bartender.permissions import STAFF_GROUP
from bartender.services import business_days, cash_drawer, orders
from bartender.services.bar_settlement import BarPayment, settle_at_bar
from bartender.services.report_rows import report_sections
from bartender.staff_errors import DrawerHasFloat
from payments import refunds
from payments.errors import IdempotencyKeyReused
from payments.invariant_totals import LEDGER_INVARIANTS
from payments.ledger import OperationContext
from payments.models import DrawerEntry, LedgerEntry, Payment, Tab, ZReport
from tests.bartender.staff_fixtures import client_for, create_staff_user, mo_client, sam_client
from tests.form_browser import FormBrowser
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context
from tests.payments.concurrency import run_concurrently


@pytest.fixture
def sam(menu):
    return FormBrowser(sam_client())


@pytest.fixture
def mo(menu):
    return FormBrowser(mo_client())


def pay_in_cash(guest, cents=1100):
    orders.add_line(guest, "Negroni", 1, [], make_context())
    person = create_staff_user("sam", STAFF_GROUP)
    settle_at_bar(
        guest, Tab.objects.latest("id"), BarPayment("cash", cents, cents), person, f"f-{guest.code}"
    )


def close_day():
    """While the tickets of the evening still wait."""
    return business_days.close_business_day(business_days.build_x_report().date, "staff:mo", "a test")


def drawer_text(browser):
    browser.open("/bar/drawer/")
    return browser.dom.text


def test_an_evening_at_the_drawer_and_its_z_report(sam, mo, ada, ben):
    sam.open("/bar/")
    sam.follow_link("Drawer")
    assert "Begin with the float" in sam.dom.text
    sam.press_button("Enter the float", amount="200")
    assert "Float at opening: $200.00." in sam.dom.text
    assert not sam.has_button("Enter the float")
    pay_in_cash(ada)
    pay_in_cash(ben)
    sam.press_button("Pay in", amount="50", note="coins from the bank")
    mo.open("/bar/drawer/")
    mo.press_button("Pay out", amount="12.50", note="lemons")
    sam.open("/bar/drawer/")
    assert "Expected in the drawer $259.50" in sam.dom.text  # 200 + 22 + 50 - 12.50
    sam.press_button("Enter the count", amount="258")
    assert "Counted: $258.00. $1.50 short." in sam.dom.text
    report = close_day()

    assert report.figures["drawer"] == {
        "play": {  # while the till is simulated
            "float_cents": 20000,
            "paid_in_cents": 5000,
            "paid_out_cents": 1250,
            "cash_received_cents": 2200,
            "cash_refunded_cents": 0,
            "expected_cents": 25950,
            "counted_cents": 25800,
            "over_cents": -150,
            "since_count_cents": 0,
        }
    }
    page = mo.open(f"/admin/payments/zreport/{report.pk}/change/")
    assert "Cash drawer, play money" in page
    assert "Short $1.50" in mo.dom.text
    assert [list(check()) for check in LEDGER_INVARIANTS] == [[]] * len(LEDGER_INVARIANTS)


def test_what_is_expected_is_the_ledgers_cash_and_no_card(sam, ada, ben):
    sam.open("/bar/drawer/")
    sam.press_button("Enter the float", amount="100")
    pay_in_cash(ada)
    orders.add_line(ben, "Negroni", 1, [], make_context())
    person = create_staff_user("sam", STAFF_GROUP)
    settle_at_bar(ben, Tab.objects.latest("id"), BarPayment("card", 1100), person, "the-card")

    assert "Expected in the drawer $111.00" in drawer_text(sam)
    assert sum(LedgerEntry.objects.filter(account="drawer").values_list("cents", flat=True)) == 2200


def test_cash_that_is_given_back_leaves_the_drawer(sam, ada):
    sam.open("/bar/drawer/")
    sam.press_button("Enter the float", amount="100")
    pay_in_cash(ada)
    cause = OperationContext("deed:back", "staff:mo", "admin", reason="unhappy")
    refund = refunds.request_refund(Payment.objects.get(), 400, cause)
    refunds.process_refund(refund)

    assert "Expected in the drawer $107.00" in drawer_text(sam)


def test_over_and_short_are_those_of_the_moment_of_the_count(sam, ada):
    sam.open("/bar/drawer/")
    sam.press_button("Enter the float", amount="100")
    sam.press_button("Enter the count", amount="101")
    assert "$1.00 over." in sam.dom.text
    pay_in_cash(ada)

    text = drawer_text(sam)
    assert "Over $1.00" in text
    assert "Cash since it was counted $11.00" in text


def test_a_house_that_does_not_use_it_has_none_in_its_reports(ada):
    pay_in_cash(ada)
    figures = business_days.build_x_report().figures

    assert figures["drawer"] == {}
    assert not any("drawer" in title for title, _rows in report_sections(figures))
    old = {name: value for name, value in figures.items() if name != "drawer"}
    assert report_sections(old) == report_sections(figures)  # a report from before there was a drawer


def test_a_count_without_a_float_says_so(sam, ada):
    pay_in_cash(ada)
    sam.open("/bar/drawer/")
    sam.press_button("Enter the count", amount="11")

    assert "That is what was expected." in sam.dom.text
    assert "Float at opening none" in sam.dom.text


@pytest.mark.parametrize(
    "button, filled, says",
    [
        ("Enter the float", {"amount": "12,50"}, "An amount is written like 12.50"),
        ("Enter the float", {}, "How much is it?"),
        ("Enter the count", {"amount": "-5"}, "An amount is written like 12.50"),
        ("Pay in", {"amount": "5"}, "Say in a few words what it is for."),
        ("Pay in", {"amount": "0", "note": "nothing"}, "How much is it?"),
        ("Pay out", {"amount": "5", "note": "ice"}, "The drawer should hold $0.00"),
    ],
)
def test_what_makes_no_sense_changes_nothing_and_says_what_to_do(mo, button, filled, says):
    mo.open("/bar/drawer/")
    mo.press_button(button, **filled)

    assert says in mo.dom.text
    assert not DrawerEntry.objects.exists()
    assert mo.path == "/bar/drawer/"


def test_the_float_is_entered_once_a_day_and_the_same_form_twice_is_once(sam):
    kim = create_staff_user("kim", STAFF_GROUP)
    first = cash_drawer.enter("float", 20000, "", kim, "the-same-form")
    assert cash_drawer.enter("float", 20000, "", kim, "the-same-form") == first
    with pytest.raises(IdempotencyKeyReused):
        cash_drawer.enter("float", 10000, "", kim, "the-same-form")
    with pytest.raises(DrawerHasFloat, match=r"The float of \$200\.00 stands already"):
        cash_drawer.enter("float", 20000, "", kim, "another-form")

    assert DrawerEntry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_six_floats_at_once_are_one(menu):
    kim = create_staff_user("kim", STAFF_GROUP)
    keys = iter(range(100))
    run_concurrently(*[lambda: cash_drawer.enter("float", 20000, "", kim, f"form-{next(keys)}")] * 6)

    assert DrawerEntry.objects.count() == 1


def test_what_comes_after_the_z_report_waits_for_the_next_day(sam, ada):
    sam.open("/bar/drawer/")
    sam.press_button("Enter the float", amount="200")
    pay_in_cash(ada)
    close_day()
    sam.open("/bar/drawer/")
    sam.press_button("Enter the count", amount="211")

    assert "Z report 1 has closed this business day." in sam.dom.text
    assert DrawerEntry.objects.filter(in_report=None).count() == 0
    assert ZReport.objects.get().figures["drawer"]["play"]["counted_cents"] is None


def test_an_entry_is_never_changed(sam):
    sam.open("/bar/drawer/")
    sam.press_button("Enter the float", amount="200")
    for change in ({"cents": 1}, {"note": "oh"}):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            DrawerEntry.objects.update(**change)


RIGHTS = {"float/": "use_drawer", "count/": "use_drawer", "in/": "use_drawer", "out/": "pay_out_of_drawer"}


@pytest.mark.parametrize("act", RIGHTS)
def test_each_act_needs_its_right(menu, act):
    rae = create_staff_user("rae")
    others = {name for name in RIGHTS.values() if name != RIGHTS[act]}
    rae.user_permissions.set(Permission.objects.filter(codename__in=[*others, "view_ticket"]))
    fields = {"id": "once-upon", "amount": "5", "note": "ice"}
    assert client_for(rae).post(f"/bar/drawer/{act}", fields).status_code == 403

    assert not DrawerEntry.objects.exists()


def test_bar_staff_pay_nothing_out(sam):
    sam.open("/bar/drawer/")

    assert not sam.has_button("Pay out")
    assert sam.has_button("Pay in")


def test_a_manager_reads_all_of_it_in_the_admin_and_changes_nothing(sam, mo):
    sam.open("/bar/drawer/")
    sam.press_button("Pay in", amount="5", note="found on the floor")
    mo.open("/admin/payments/drawerentry/")
    assert "found on the floor" in mo.dom.text
    row = DrawerEntry.objects.get()

    assert mo.client.post(f"/admin/payments/drawerentry/{row.pk}/change/", {"cents": "1"}).status_code == 403
