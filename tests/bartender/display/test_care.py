"""What the display says of allergies and of age, and a person's word on what no rule decides."""

from datetime import date

import pytest
from asgiref.sync import sync_to_async
from django.contrib.admin.models import LogEntry

from bartender.display.board import board
from bartender.errors import AllergyDoubt, ShowAnId
from bartender.menu.snapshot import menu_changed
from bartender.records.serving import ServingPolicy, StaffLeave
from bartender.records.visits import Visit
from bartender.services import orders, serving, tickets
from bartender.staff import STAFF
from bartender.stream import relay
from tests.bartender.display.screen import Screen, session_of
from tests.bartender.page_cast import guest_of
from tests.bartender.staff_cast import hire, nat, sam
from tests.bartender.stream.page import Page
from tests.cast import *  # noqa: F403 - the cast
from tests.cast import cause


def send(visit, *names):
    for name in names:
        orders.add(visit, name, 1, [], cause())
    return tickets.fire(visit, cause())


def slip():
    (found,) = board().lanes["new"]
    return found


@pytest.fixture
def a_house_that_looks(menu):
    ServingPolicy.objects.create(since=date(2020, 1, 1), age_check="staff")
    menu_changed()


def test_an_allergy_hangs_over_the_ticket_and_marks_the_drink_that_a_person_allowed(ada):
    serving.declare_allergies(ada, ["sulphites"])
    with pytest.raises(AllergyDoubt):
        serving.asking_people(orders.add)(ada, "Martini", 1, [], cause())
    client, page = sam(), guest_of(ada)
    assert "Despite an allergy?" in client.get("/bar/").text
    client.post(f"/bar/wish/{StaffLeave.objects.get().pk}/", {"given": "1"})
    assert "Despite an allergy?" not in client.get("/bar/").text
    send(ada, "Martini")
    shown = client.get("/bar/").text

    assert page.look()
    assert slip().allergies == ("sulphites",)
    assert "sulphites" in slip().pours[0].doubt
    assert "Allergy: sulphites" in shown


def test_without_an_allergy_there_is_no_banner(ada):
    send(ada, "Martini")

    assert (slip().allergies, slip().pours[0].doubt) == ((), "")
    assert "Allergy:" not in sam().get("/bar/").text


def test_where_the_house_asks_for_no_age_no_banner_is_in_the_way(ada):
    send(ada, "Martini")

    assert not slip().id_wanted


def test_a_guests_own_word_of_their_age_is_shown_as_no_more_than_that(ada):
    serving.declare_age(ada, "declared")
    send(ada, "Martini")
    assert "Of age, says the guest" in sam().get("/bar/").text
    Visit.objects.update(age_state="checked")

    assert not slip().id_wanted


def test_a_drink_without_alcohol_asks_nobody_for_an_id(ada):
    serving.declare_age(ada, "declared")
    send(ada, "Lemonade")

    assert not slip().id_wanted


def test_an_id_that_was_seen_lets_the_ticket_go_out(ada, a_house_that_looks):
    orders.add(ada, "Martini", 1, [], cause())
    with pytest.raises(ShowAnId):
        tickets.fire(ada, cause())
    assert board().waiting == 0
    client = sam()
    assert "ID, please" in client.get("/bar/").text
    client.post(f"/bar/wish/{StaffLeave.objects.get().pk}/", {"given": "1"})
    tickets.fire(ada, cause())

    assert slip().age_state == "checked"
    assert LogEntry.objects.filter(change_message="Given").exists()


def test_an_id_that_is_refused_is_on_what_was_sent_before(ada):
    send(ada, "Martini")
    sam().post(f"/bar/talk/{ada.code}/id/", {"given": "0"})

    assert slip().no_alcohol
    assert Visit.objects.get(pk=ada.pk).age_state == "refused"


def test_staff_note_an_allergy_that_they_were_told_of(ada):
    client = sam()
    client.post(f"/bar/talk/{ada.code}/allergies/", {"allergies": ["milk", "nuts"]})
    assert Visit.objects.get(pk=ada.pk).allergies == ["milk", "nuts"]
    client.post(f"/bar/talk/{ada.code}/allergies/", {"allergies": ["vibranium"]})

    assert Visit.objects.get(pk=ada.pk).allergies == ["milk", "nuts"]


def test_a_word_is_given_once_and_only_by_who_may(ada):
    serving.declare_allergies(ada, ["sulphites"])
    with pytest.raises(AllergyDoubt):
        serving.asking_people(orders.add)(ada, "Martini", 1, [], cause())
    door = f"/bar/wish/{StaffLeave.objects.get().pk}/"
    assert nat().post(door, {"given": "1"}).status_code == 403
    client = sam()
    client.post(door, {"given": "0"})
    again = client.post(door, {"given": "1"}, headers={"Accept": "application/json"})

    assert again.status_code == 409
    assert StaffLeave.objects.get().status == "declined"


@pytest.mark.django_db(transaction=True)
async def test_a_wish_is_on_the_display_at_once_and_the_answer_on_the_guests_page(ada, monkeypatch):
    monkeypatch.setattr(relay, "LOOK_EVERY", 3600)
    person = await sync_to_async(hire)("sam", STAFF)
    await Visit.objects.filter(pk=ada.pk).aupdate(allergies=["sulphites"])
    async with Screen(await session_of(person)) as screen, Page(ada) as page:
        await page.ready()
        await page.until("parts")
        await screen.until("lane-new", "Nothing new")
        await page.press("tap-item", item="Martini")
        await screen.until("wishes", "Martini")
        leave = await StaffLeave.objects.aget()
        await sync_to_async(serving.decide_leave)(leave, person, given=True)
        said = await page.until("notice", timeout=15)

    assert "order it once more" in said["data"]["text"]
