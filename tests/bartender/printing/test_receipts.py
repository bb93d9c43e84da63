"""Staff print a receipt or a bill with one press; after a payment at the bar it may come by itself."""

import pytest

from bartender.models.printers import Printer, PrintJob
from bartender.services import orders
from bartender.services.bar_settlement import BarPayment, settle_at_bar
from bartender.services.printing import jobs
from bartender.staff_errors import NothingToPrint
from maya_site.tasks.models import Task
from tests.bartender.printing.orders_on_paper import by_staff, run_tasks, send, tab_of
from tests.bartender.staff_fixtures import create_staff_user, mo_client, nat_client, pay_bill, sam_client
from tests.form_browser import FormBrowser
from tests.guest_fixtures import make_context
from tests.payments.concurrency import run_concurrently

pytestmark = pytest.mark.django_db


@pytest.fixture
def till(menu):
    """Prints receipts, and no tickets."""
    return Printer.objects.create(name="Till", kind="cloudprnt", tickets="never", receipts="pressed")


@pytest.fixture
def staff(menu):
    return FormBrowser(sam_client())


def contents():
    return [job.text for job in PrintJob.objects.order_by("pk")]


def settle(visit, name="form-1"):
    tab = tab_of(visit)
    return settle_at_bar(
        visit, tab, BarPayment("cash", tab.due_cents, tab.due_cents), create_staff_user("sam"), name
    )


def test_a_receipt_with_one_press_on_the_display_and_the_next_one_is_a_copy(till, staff, ada):
    send(ada, "Negroni", "IPA")
    settle(ada)
    staff.open(f"/bar/tab/{ada.code}/")
    staff.press_button("Print the receipt at Till")
    assert "Receipt at Till: on its way." in staff.dom.text
    staff.press_button("Print the receipt at Till")

    first, second = contents()
    assert "Copy" not in first
    assert "Copy" in second.split("\n")
    lines = first.split("\n")
    assert "1 x Negroni                         $11.00" in lines
    assert any(line.startswith("Receipt ") for line in lines)
    assert {len(line) for line in lines if line.endswith(".00")} == {42}
    assert set(PrintJob.objects.values_list("requested_by__username", flat=True)) == {"sam"}


def test_the_same_button_pressed_twice_prints_once(till, staff, ada):
    send(ada)
    settle(ada)
    page = f"/bar/tab/{ada.code}/"
    staff.open(page)
    other = FormBrowser(staff.client)
    other.open(page)
    staff.press_button("Print the receipt at Till")
    other.press_button("Print the receipt at Till")

    assert len(contents()) == 1


def test_an_open_tab_is_printed_as_a_bill_that_is_no_receipt(till, staff, ada):
    send(ada, "Negroni")
    staff.open(f"/bar/tab/{ada.code}/")
    staff.press_button("Print the bill at Till")

    (bill,) = contents()
    assert "Bill, not paid" in bill.split("\n")
    assert "This is no receipt." in bill
    assert any(line.startswith("Due ") and line.endswith("$11.00") for line in bill.split("\n"))
    assert "Receipt" not in bill


def test_an_empty_or_voided_tab_has_nothing_to_print(till, staff, ada):
    from bartender.services import corrections

    send(ada)
    corrections.void_tab(tab_of(ada), by_staff())
    staff.open(f"/bar/tab/{ada.code}/")

    assert not staff.has_button("Print the bill at Till")
    with pytest.raises(NothingToPrint):
        jobs.print_receipt(tab_of(ada), till, "a-key")


def test_whoever_may_not_print_gets_no_button(till, ada):
    send(ada)
    assert (
        nat_client().post(f"/bar/tab/{ada.code}/{tab_of(ada).code}/print/", {"printer": "1:0"}).status_code
        == 403
    )


def test_a_printer_that_was_taken_out_of_use_meanwhile_says_so(till, staff, ada):
    send(ada)
    staff.open(f"/bar/tab/{ada.code}/")
    Printer.objects.update(is_enabled=False)
    staff.press_button("Print the bill at Till")

    assert "That printer prints no receipts now." in staff.dom.text
    assert contents() == []


def test_in_the_admin_too(till, ada):
    manager = FormBrowser(mo_client())
    orders.add_line(ada, "Negroni", 1, [], make_context())
    pay_bill(ada)
    manager.open(f"/admin/payments/tab/{tab_of(ada).pk}/change/")
    manager.press_button("Print the receipt at Till")

    assert len(contents()) == 1
    assert "Receipt at Till: on its way." in manager.dom.text


def test_after_a_payment_at_the_bar_by_itself_and_once(till, ada, ben):
    Printer.objects.update(receipts="after")
    send(ada)
    settle(ada)
    settle(ada)
    run_tasks()
    Task.objects.filter(name="print_receipt").update(state="waiting", finished_at=None)
    run_tasks()
    assert [job.kind for job in PrintJob.objects.all()] == ["receipt"]
    assert "Copy" not in contents()[0]

    orders.add_line(ben, "Negroni", 1, [], make_context())
    pay_bill(ben)  # on the phone: the receipt is there
    run_tasks()
    assert len(contents()) == 1


def test_a_printer_that_waits_to_be_pressed_prints_nothing_by_itself(till, ada):
    send(ada)
    settle(ada)
    run_tasks()

    assert contents() == []


def test_a_receipt_is_in_the_language_of_its_guest(till, ada):
    ada.language = "es"
    ada.save()
    send(ada)
    settle(ada)
    jobs.print_receipt(tab_of(ada), till, "a-key")

    assert any(line.startswith("Recibo") for line in contents()[0].split("\n"))


def test_a_mailed_receipt_is_the_original(till, ada):
    from django.utils import timezone

    from bartender.models.receipts import ReceiptMail

    send(ada)
    settle(ada)
    ReceiptMail.objects.create(tab=tab_of(ada), key="k", sent_at=timezone.now())
    jobs.print_receipt(tab_of(ada), till, "a-key")

    assert "Copy" in contents()[0].split("\n")


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_make_one_original(till, ada):
    send(ada)
    settle(ada)
    tab = tab_of(ada)
    run_concurrently(*[lambda name=name: jobs.print_receipt(tab, till, name) for name in ("one", "two")])

    assert sorted("Copy" in text.split("\n") for text in contents()) == [False, True]
