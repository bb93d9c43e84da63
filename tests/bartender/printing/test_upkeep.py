"""What staff, monitors and the guest's privacy see of the printers."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from bartender.models.menu import Venue
from bartender.models.printers import Printer, PrintJob
from bartender.privacy.erasure import erase_visits
from bartender.services.printing import jobs, upkeep
from maya_site.ops.components import check_components, check_printers
from tests.bartender.printing.orders_on_paper import papers, run_tasks, send
from tests.bartender.printing.star_printer import StarPrinter
from tests.bartender.staff_fixtures import create_staff_user, mo_client, nat_client, sam_client
from tests.form_browser import FormBrowser

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(menu):
    return FormBrowser(sam_client())


@pytest.fixture
def manager(menu):
    return FormBrowser(mo_client())


def printers_detail():
    found = check_printers()
    return found.detail if found else ""


def made(minutes_ago):
    PrintJob.objects.update(made_at=timezone.now() - timedelta(minutes=minutes_ago))


def test_a_printer_that_is_away_is_told_after_a_minute_and_orders_go_on(star, staff, ada, ben):
    assert check_printers() is None
    send(ada)
    run_tasks()
    assert check_printers() is None

    made(minutes_ago=2)
    assert printers_detail() == "Bar: does not answer, 1 paper waits"
    assert next(part for part in check_components() if part.name == "printers").state == "degraded"
    staff.open("/bar/")
    assert "Bar: does not answer, 1 paper waits." in staff.dom.text
    send(ben)  # nothing blocks an order
    run_tasks()
    made(minutes_ago=2)
    assert printers_detail() == "Bar: does not answer, 2 papers wait"


def test_a_printer_without_paper_says_so_and_then_all_is_well(star, staff, ada):
    machine = StarPrinter(f"/print/{star.token}/", code="410 Out of paper")
    send(ada)
    run_tasks()
    made(minutes_ago=2)
    machine.poll()
    assert printers_detail() == "Bar: has no paper, 1 paper waits"

    machine.code = "200 OK"
    machine.poll()
    staff.open("/bar/")
    assert check_printers() is None
    assert "paper" not in staff.dom.text


def test_staff_look_and_decide_on_the_display(star, staff, ada):
    send(ada)
    run_tasks()
    PrintJob.objects.update(state="unsure", attempts=1)
    staff.open("/bar/")
    assert "Bar: 1 may not be printed: look at the printer." in staff.dom.text
    assert (
        f"Ticket {PrintJob.objects.get().ticket_id} of {ada.display_name} at Bar: is it there?"
        in staff.dom.text
    )
    staff.press_button(f"It is there (paper {PrintJob.objects.get().pk})")
    assert "Ticket at Bar: it is there." in staff.dom.text
    assert [state for _kind, state, _drinks in papers()] == ["printed"]

    PrintJob.objects.update(state="unsure")
    staff.open("/bar/")
    staff.press_button(f"Print again (paper {PrintJob.objects.get().pk})")
    assert [state for _kind, state, _drinks in papers()] == ["replaced", "waiting"]


def test_a_decision_that_somebody_else_took_is_refused(star, staff, ada):
    send(ada)
    run_tasks()
    PrintJob.objects.update(state="unsure")
    staff.open("/bar/")
    job = PrintJob.objects.get()
    jobs.confirm_printed(job, create_staff_user("kim"))
    staff.press_button(f"It is there (paper {job.pk})")

    assert "Nothing was done: that paper is now “printed”." in staff.dom.text


def test_a_manager_sets_a_star_printer_up_and_prints_a_test_page(manager):
    manager.open("/admin/bartender/printer/add/")
    manager.press_button("Save and continue editing", name="Bar", kind="cloudprnt")
    printer = Printer.objects.get()
    assert f"/print/{printer.token}/" in manager.dom.text
    manager.open("/admin/bartender/printer/")
    manager.press_button("Print a test page")
    machine = StarPrinter(f"/print/{printer.token}/")
    machine.poll()

    assert machine.papers[0].startswith("Test page\nBar\n")
    assert "áéíóúüñ ÁÉÍÓÚÜÑ ¿? ¡! € £ $" in machine.papers[0]
    manager.open("/admin/bartender/printer/")
    assert "seen at" in manager.dom.text


def test_a_network_printer_needs_an_address_and_a_raw_port(manager):
    manager.open("/admin/bartender/printer/add/")
    manager.press_button("Save", name="Taps", kind="escpos")
    assert "Enter the printer" in manager.dom.text
    manager.press_button("Save", name="Taps", kind="escpos", host="192.168.1.40", port="6379")
    assert "greater than or equal to 9100" in manager.dom.text
    manager.press_button("Save", name="Taps", kind="escpos", host="192.168.1.40", port="9100")

    assert Printer.objects.get().host == "192.168.1.40"


def test_bar_staff_see_how_a_printer_is_and_not_its_secret(star, staff):
    staff.open(f"/admin/bartender/printer/{star.pk}/change/")

    assert "never seen yet" in staff.dom.text
    assert star.token not in staff.page


def test_a_new_address_ends_the_old_one(star, manager):
    old = star.token
    manager.open("/admin/bartender/printer/")
    manager.press_button("Go", action="renew_tokens", _selected_action=[str(star.pk)])
    star.refresh_from_db()

    assert star.token != old
    assert manager.client.post(f"/print/{old}/").status_code == 404


def test_print_again_and_it_is_there_in_the_admin(star, staff, ada):
    send(ada)
    run_tasks()
    PrintJob.objects.update(state="unsure")
    staff.open("/admin/bartender/printjob/?unfinished=yes")
    staff.press_button("It is there")
    assert [state for _kind, state, _drinks in papers()] == ["printed"]
    staff.open("/admin/bartender/printjob/")
    staff.press_button("Print again")

    assert [state for _kind, state, _drinks in papers()] == ["printed", "waiting"]
    staff.open(f"/admin/bartender/printjob/{PrintJob.objects.latest('pk').pk}/change/")
    assert "1 x Negroni" in staff.dom.text


def test_whoever_may_not_print_cannot(star, ada):
    send(ada)
    run_tasks()
    PrintJob.objects.update(state="unsure")
    pk = PrintJob.objects.get().pk
    for path in (
        f"/bar/paper/{pk}/there/",
        f"/bar/paper/{pk}/again/",
        f"/admin/bartender/printjob/{pk}/again/",
    ):
        assert nat_client().post(path, {"copies": "0"}).status_code == 403
    assert len(papers()) == 1


@pytest.mark.parametrize("mac", ["001162", "not a mac", "00:11:62:1a:2b:3g"])
def test_a_mac_address_is_one(mac, star):
    star.mac = mac
    with pytest.raises(ValidationError):
        star.full_clean()


def test_a_mac_address_is_kept_in_one_form(star):
    star.mac = "0011621A2B3C"
    star.full_clean()

    assert star.mac == "00:11:62:1a:2b:3c"


# --- privacy and growth ------------------------------------------------------------------------------


def test_papers_go_with_their_guest(star, ada, ben):
    send(ada, note="my secret")
    send(ben)
    run_tasks()
    PrintJob.objects.filter(visit=ada).update(state="printed")
    erase_visits([ada.pk])

    assert list(PrintJob.objects.values_list("visit", flat=True)) == [ben.pk]


def test_a_guest_who_asks_to_be_forgotten_still_gets_the_drink(star, ada):
    send(ada)
    run_tasks()
    erase_visits([ada.pk])  # the tab is open, so the visit goes on

    assert papers() == [("ticket", "waiting", ["1 x Negroni"])]


def test_papers_are_deleted_after_the_venues_days(star, ada, ben):
    Venue.objects.update(retention_days=3)
    send(ada)
    run_tasks()
    made(minutes_ago=3 * 24 * 60 + 1)
    send(ben)
    run_tasks()

    assert upkeep.delete_old_papers() == 1
    assert [job.visit for job in PrintJob.objects.all()] == [ben]
