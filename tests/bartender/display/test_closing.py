"""The end of an evening on the bar display: last call, closed, and the walk to the night letter."""

from datetime import UTC, datetime, time

import pytest
import time_machine
from asgiref.sync import sync_to_async
from django.core import mail

from bartender.menu.snapshot import mark_menu_changed
from bartender.models.bar_state import BarSwitch, NightLetter, OpeningHours
from bartender.models.menu import Venue
from bartender.models.responsible_service import Approval
from bartender.services import orders, tickets
from bartender.services.bar_settlement import BarPayment, settle_at_bar
from bartender.services.bar_state import current_bar_state, switch_bar
from bartender.services.night_letter import send_night_letter
from maya_site.tasks.models import Task
from payments.models import Tab, ZReport
from tests.bartender.display.display_client import DisplayPage, session_key_of
from tests.bartender.realtime.page_client import PageClient
from tests.bartender.staff_fixtures import create_staff_user, mo_client, nat_client, sam_client
from tests.form_browser import FormBrowser
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context


@pytest.fixture
def sam(menu):
    return FormBrowser(sam_client())


@pytest.fixture
def mo(menu):
    return FormBrowser(mo_client())


def an_evening(ada, ben):
    """Ada has paid in cash; Ben's ticket waits, and his tab is open."""
    for guest in (ada, ben):
        orders.add_line(guest, "Negroni", 1, [], make_context())
        tickets.fire_ticket(guest, make_context())
    person = create_staff_user("sam")
    tab = Tab.objects.get(visit_code=ada.code)
    settle_at_bar(ada, tab, BarPayment("cash", 1100, 1100), person, "f-ada-pays")


def test_two_presses_stop_orders_and_one_takes_them_again(sam, ada):
    sam.open("/bar/")
    sam.follow_link("Bar open")
    sam.press_button("Last call", minutes="20")
    assert current_bar_state().is_last_call
    sam.press_button("Take last call back")
    assert not current_bar_state().is_last_call
    sam.press_button("Closed now, until somebody opens again")
    assert "Bar closed." in sam.dom.text
    sam.open("/bar/")
    sam.follow_link("Bar closed")
    sam.press_button("Open again")

    assert current_bar_state().takes_orders
    kinds = [row.kind for row in BarSwitch.objects.order_by("id")]
    assert kinds == ["last_call", "open", "closed", "open"]
    assert {row.switched_by.username for row in BarSwitch.objects.select_related("switched_by")} == {"sam"}


def test_with_hours_it_opens_by_itself_again(sam):
    for day in range(7):
        OpeningHours.objects.create(weekday=day, opens_at=time(18), closes_at=time(2))
    mark_menu_changed()
    with time_machine.travel(datetime(2026, 11, 6, 20, tzinfo=UTC), tick=False):
        sam.open("/bar/")
        sam.follow_link("Bar open until 02:00")
        sam.press_button("Closed now, until Saturday at 18:00")
        assert "It opens on Saturday at 18:00." in sam.dom.text
    with time_machine.travel(datetime(2026, 11, 7, 19, tzinfo=UTC), tick=False):
        assert current_bar_state().takes_orders


def test_whoever_may_not_see_tickets_does_not_see_this_either(menu):
    nobody = FormBrowser(nat_client())
    nobody.open("/bar/state/")
    assert nobody.status == 403


def test_the_walk_from_the_open_tabs_to_the_night_letter(mo, ada, ben, settings):
    an_evening(ada, ben)
    Approval.objects.create(
        visit=ben, kind="alcohol", status="declined", key="alcohol", description="a double",
        decided_by=create_staff_user("sam"), decided_at=ben.opened_at,
    )  # fmt: skip
    settings.EMAIL_URL = "memory://"
    Venue.objects.update(night_letter_email="boss@example.com")
    mo.open("/bar/state/")
    mo.follow_link("Close up, step by step")
    mo.press_button("Closed now, until somebody opens again")
    assert "Guests cannot order any more." in mo.dom.text
    mo.follow_link("Go on")
    assert ben.display_name in mo.dom.text
    assert "$11.00" in mo.dom.text
    mo.follow_link("Go on")
    assert "1 × Negroni" in mo.dom.text
    mo.follow_link("Go on")
    mo.press_button("Enter the count", amount="10")
    assert "Counted: $10.00. $1.00 short." in mo.dom.text
    assert "step 4 of 6" in mo.dom.text
    mo.follow_link("Go on")
    assert "Still open: 1 open tab, $11.00; 2 waiting tickets." in mo.dom.text
    close = next(one.name for one in mo.dom.find_all("button") if one.name.startswith("Close "))
    mo.press_button(close, reason="Ben pays tomorrow", for_good="1")

    letter = mo.dom.text
    for told in (
        "is closed.",
        "Received",
        "Tips",
        "Short",
        "Left open",
        "Ben pays tomorrow",
        "More alcohol: no",
    ):
        assert told in letter, told
    assert ben.display_name not in letter
    row = NightLetter.objects.get()
    assert Task.objects.filter(name="mail_night_letter").count() == 1
    assert send_night_letter(row)
    row.refresh_from_db()
    assert not send_night_letter(row)  # once
    [sent] = mail.outbox
    mo.open("/bar/closing/day/")
    assert "is closed: Z 1" in mo.dom.text
    assert sent.to == ["boss@example.com"]
    assert "Short: $1.00" in sent.body
    assert "/bar/closing/letter/1/" in sent.body


def test_a_day_with_something_open_needs_a_reason_and_an_empty_form_closes_nothing(mo, ada, ben):
    an_evening(ada, ben)
    mo.open("/bar/closing/day/")
    form = next(one for one in mo.dom.find_all("form") if one.get("action") == "/bar/closing/day/close/")
    hidden = {
        one.get("name"): one.get("value") for one in form.find_all("input") if one.get("type") == "hidden"
    }
    mo.post("/bar/closing/day/close/", {**hidden, "for_good": "1"})

    assert "step 5 of 6" in mo.dom.text
    assert not ZReport.objects.exists()


def test_bar_staff_walk_along_and_cannot_close_the_day(sam):
    sam.open("/bar/closing/day/")
    assert "A manager closes the day." in sam.dom.text
    assert not [one for one in sam.submit_buttons() if one.name.startswith("Close ")]
    sam.open("/bar/closing/letter/1/")
    assert sam.status == 403


@pytest.mark.django_db(transaction=True)
async def test_a_press_shows_at_once_on_every_display_and_on_the_pages_of_guests(ada):
    person = await sync_to_async(create_staff_user)("tess", boss=True)
    async with DisplayPage(await session_key_of(person)) as display, PageClient(ada) as page:
        await display.wait_for_text("bar_state", "Bar open")
        await page.send("client-ready", {"version": "2.1.0", "fragments": True})
        await page.wait_for("fragments")
        await sync_to_async(switch_bar)(BarSwitch.Kind.CLOSED, person, "form-one")
        await display.wait_for_text("bar_state", "Bar closed")
        shown = (await page.wait_for("fragments"))["data"]["fragments"]

    assert "The bar is closed and takes no orders now" in shown["bar_state"]
