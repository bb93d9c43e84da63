"""What the display says of allergies and of age, and a person's word on what no rule decides."""

from datetime import date

import pytest
from asgiref.sync import sync_to_async
from django.contrib.admin.models import LogEntry

from bartender.errors import AllergyApprovalRequired, IdCheckRequired
from bartender.menu.snapshot import mark_menu_changed
from bartender.models.responsible_service import Approval, ServingPolicy
from bartender.models.visits import Visit
from bartender.permissions import STAFF_GROUP
from bartender.realtime import broadcast
from bartender.services import orders, responsible_service, tickets
from bartender.web.display.board import build_board
from tests.bartender.display.display_client import DisplayPage, session_key_of
from tests.bartender.page_fixtures import guest_for_visit
from tests.bartender.realtime.page_client import PageClient
from tests.bartender.staff_fixtures import create_staff_user, nat_client, sam_client
from tests.form_browser import FormBrowser
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context


def send(visit, *names):
    for name in names:
        orders.add_line(visit, name, 1, [], make_context())
    return tickets.fire_ticket(visit, make_context())


def slip():
    (found,) = build_board().lanes["new"]
    return found


@pytest.fixture
def bar_that_checks_age(menu):
    ServingPolicy.objects.create(valid_from=date(2020, 1, 1), age_check="staff")
    mark_menu_changed()


def test_an_allergy_hangs_over_the_ticket_and_marks_the_drink_that_a_person_allowed(ada):
    responsible_service.declare_allergies(ada, ["sulphites"])
    with pytest.raises(AllergyApprovalRequired):
        orders.add_line(ada, "Martini", 1, [], make_context())
    staff, page = FormBrowser(sam_client()), guest_for_visit(ada)
    assert "Despite an allergy?" in staff.open("/bar/")
    staff.press_button(f"Yes, pour it for guest {ada.display_name}: Martini")
    assert "Despite an allergy?" not in staff.page
    send(ada, "Martini")
    shown = staff.open("/bar/")

    assert page.open_page()
    assert slip().allergies == ("sulphites",)
    assert "sulphites" in slip().pours[0].doubt
    assert "Allergy: sulphites" in shown


def test_without_an_allergy_there_is_no_banner(ada):
    send(ada, "Martini")

    assert (slip().allergies, slip().pours[0].doubt) == ((), "")
    assert "Allergy:" not in sam_client().get("/bar/").text


def test_where_the_house_asks_for_no_age_no_banner_is_in_the_way(ada):
    send(ada, "Martini")

    assert not slip().id_wanted


def test_a_guests_own_word_of_their_age_is_shown_as_no_more_than_that(ada):
    responsible_service.declare_age(ada, "declared")
    send(ada, "Martini")
    assert "Of age, says the guest" in sam_client().get("/bar/").text
    Visit.objects.update(age_state="checked")

    assert not slip().id_wanted


def test_a_drink_without_alcohol_asks_nobody_for_an_id(ada):
    responsible_service.declare_age(ada, "declared")
    send(ada, "Lemonade")

    assert not slip().id_wanted


def test_an_id_that_was_seen_lets_the_ticket_go_out(ada, bar_that_checks_age):
    orders.add_line(ada, "Martini", 1, [], make_context())
    with pytest.raises(IdCheckRequired):
        tickets.fire_ticket(ada, make_context())
    assert build_board().waiting == 0
    staff = FormBrowser(sam_client())
    assert "ID, please" in staff.open("/bar/")
    staff.press_button(f"ID seen for guest {ada.display_name}")
    tickets.fire_ticket(ada, make_context())

    assert slip().age_state == "checked"
    assert LogEntry.objects.filter(change_message="Given").exists()


def test_an_id_that_is_refused_is_on_what_was_sent_before(ada):
    send(ada, "Martini")
    staff = FormBrowser(sam_client())
    staff.open(f"/bar/talk/{ada.code}/")
    staff.press_button("No alcohol")

    assert slip().no_alcohol
    assert Visit.objects.get(pk=ada.pk).age_state == "refused"


def test_staff_note_an_allergy_that_they_were_told_of(ada):
    client = sam_client()
    client.post(f"/bar/talk/{ada.code}/allergies/", {"allergies": ["milk", "nuts"]})
    assert Visit.objects.get(pk=ada.pk).allergies == ["milk", "nuts"]
    client.post(f"/bar/talk/{ada.code}/allergies/", {"allergies": ["vibranium"]})

    assert Visit.objects.get(pk=ada.pk).allergies == ["milk", "nuts"]


def test_a_word_is_given_once_and_only_by_who_may(ada):
    responsible_service.declare_allergies(ada, ["sulphites"])
    with pytest.raises(AllergyApprovalRequired):
        orders.add_line(ada, "Martini", 1, [], make_context())
    door = f"/bar/wish/{Approval.objects.get().pk}/"
    assert nat_client().post(door, {"given": "1"}).status_code == 403
    client = sam_client()
    client.post(door, {"given": "0"})
    again = client.post(door, {"given": "1"}, headers={"Accept": "application/json"})

    assert again.status_code == 409
    assert Approval.objects.get().status == "declined"


@pytest.mark.django_db(transaction=True)
async def test_a_wish_is_on_the_display_at_once_and_the_answer_on_the_guests_page(ada, monkeypatch):
    monkeypatch.setattr(broadcast, "POLL_INTERVAL_SECONDS", 3600)
    person = await sync_to_async(create_staff_user)("sam", STAFF_GROUP)
    await Visit.objects.filter(pk=ada.pk).aupdate(allergies=["sulphites"])
    async with DisplayPage(await session_key_of(person)) as screen, PageClient(ada) as page:
        await page.send_client_ready()
        await page.wait_for("components")
        await screen.wait_for_text("lane-new", "Nothing new")
        await page.send_client_message("tap-item", item="Martini")
        await screen.wait_for_text("approval_requests", "Martini")
        leave = await Approval.objects.aget()
        await sync_to_async(responsible_service.decide_approval)(leave, person, is_approved=True)
        said = await page.wait_for("notice", timeout=15)

    assert "order it again" in said["data"]["text"]
