"""Who works here: managers add and remove staff and their PINs, and get nobody more rights, least of all
themselves."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User

from bartender.models.shared_screens import SharedScreen, StaffPin
from bartender.permissions import MANAGERS_GROUP, STAFF_GROUP, can_manage
from bartender.services import shared_screens, staff_pins
from tests.bartender.staff_fixtures import client_for, create_staff_user
from tests.form_browser import FormBrowser

PASSWORD = "pour-me-one-more"


@pytest.fixture(autouse=True)
def _quick_hashes(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def people(db):
    return {
        "mo": create_staff_user("mo", MANAGERS_GROUP),
        "may": create_staff_user("may", MANAGERS_GROUP),
        "tess": create_staff_user("tess", boss=True),
        "sam": create_staff_user("sam", STAFF_GROUP),
    }


@pytest.fixture
def mo(people):
    return FormBrowser(client_for(people["mo"]))


def change_page(person):
    return f"/admin/auth/user/{person.pk}/change/"


def test_a_manager_adds_somebody_who_works_here_from_now_on(mo):
    mo.open("/admin/auth/user/add/")
    mo.press_button("Save", username="kim", password1=PASSWORD, password2=PASSWORD)
    kim = User.objects.get(username="kim")

    assert (kim.is_staff, kim.is_superuser) == (True, False)
    assert [group.name for group in kim.groups.all()] == [STAFF_GROUP]
    assert client_for(kim).get("/bar/").status_code == 200
    mo.open(change_page(kim))
    mo.press_button("Save", first_name="Kim", email="kim@moksha.example")
    assert User.objects.get(username="kim").first_name == "Kim"


RIGHTS = {
    "is_superuser": "on",
    "is_staff": "on",
    "groups": "2",
    "user_permissions": "1",
}


def test_rights_are_not_on_the_managers_form_and_are_not_taken_from_it(mo, people):
    mo.open(change_page(people["sam"]))
    names = {field.get("name") for field in mo.dom.find_all("input", "select")}
    assert names.isdisjoint(RIGHTS)
    fields = {"username": "sam", "is_active": "on", "csrfmiddlewaretoken": token(mo)}
    boss = str(Group.objects.get(name=MANAGERS_GROUP).pk)
    mo.post(change_page(people["sam"]), {**fields, **RIGHTS, "groups": boss})
    sam = User.objects.get(username="sam")

    assert not sam.is_superuser
    assert [group.name for group in sam.groups.all()] == [STAFF_GROUP]
    assert not sam.user_permissions.exists()


def test_who_is_added_gets_no_more_by_a_forged_form(mo):
    mo.open("/admin/auth/user/add/")
    fields = {"username": "eve", "password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    boss = str(Group.objects.get(name=MANAGERS_GROUP).pk)
    token_field = {"csrfmiddlewaretoken": token(mo)}
    mo.post("/admin/auth/user/add/", {**fields, **token_field, **RIGHTS, "groups": boss})
    eve = User.objects.get(username="eve")

    assert (eve.is_superuser, [group.name for group in eve.groups.all()]) == (False, [STAFF_GROUP])


def token(browser):
    fields = [one for one in browser.dom.find_all("input") if one.get("name") == "csrfmiddlewaretoken"]
    return fields[0].get("value")


@pytest.mark.parametrize("name", ["mo", "may", "tess"])
@pytest.mark.parametrize("page", ["change", "password", "delete"])
def test_a_manager_changes_neither_themselves_nor_another_manager_nor_the_owner(mo, people, name, page):
    person = people[name]
    before = User.objects.filter(pk=person.pk).values().get()
    mo.open(change_page(people["sam"]))
    fields = {"csrfmiddlewaretoken": token(mo), "username": "evil", "is_superuser": "on", "is_active": "on"}
    passwords = {"password1": PASSWORD, "password2": PASSWORD, "usable_password": "true", "post": "yes"}
    mo.post(f"/admin/auth/user/{person.pk}/{page}/", {**fields, **passwords})

    assert mo.status == 403
    assert User.objects.filter(pk=person.pk).values().get() == before


def test_a_manager_who_was_taken_off_is_not_brought_back_by_another_one(mo, people):
    User.objects.filter(username="may").update(is_active=False)
    mo.open(change_page(people["sam"]))
    mo.post(
        change_page(people["may"]),
        {"username": "may", "is_active": "on", "csrfmiddlewaretoken": token(mo)},
    )

    assert mo.status == 403
    assert not User.objects.get(username="may").is_active


def test_somebody_with_a_right_of_their_own_is_the_owners_to_change(people):
    people["sam"].user_permissions.add(Permission.objects.get(codename="refund_by_staff"))

    assert not can_manage(people["mo"], people["sam"])
    assert can_manage(people["tess"], people["sam"])
    assert not can_manage(people["sam"], people["tess"])


def test_nobody_but_managers_and_the_owner_sees_the_people(people):
    assert client_for(people["sam"]).get("/admin/auth/user/").status_code == 403
    assert client_for(people["mo"]).get("/admin/auth/group/").status_code == 403


def test_whom_a_manager_takes_off_loses_pin_and_screen(mo, people):
    sam = people["sam"]
    staff_pins.set_pin(sam, "2580", sam)
    SharedScreen.objects.create(code="a" * 32, opened_by=sam)
    mo.open(change_page(sam))
    mo.press_button("Save", is_active=False)

    assert not User.objects.get(username="sam").is_active
    assert not StaffPin.objects.exists()
    mo.open("/admin/auth/user/")
    assert "Delete selected" not in mo.page


def test_a_manager_sets_a_pin_and_takes_it_away_and_the_log_says_so(mo, people):
    sam = people["sam"]
    mo.open(change_page(sam))
    mo.follow_link("Set a PIN")
    mo.press_button("Set the PIN", pin="1234", again="1234")
    assert "A PIN has 4 to 8 digits" in mo.dom.text
    mo.press_button("Set the PIN", pin="2580", again="2581")
    assert "The two are not the same" in mo.dom.text
    mo.press_button("Set the PIN", pin="2580", again="2580")
    assert "The PIN of sam is set." in mo.dom.text
    staff_pins.check_pin(sam, "2580", "here")
    assert sam.staff_pin.set_by == people["mo"]
    mo.press_button("Remove the PIN")

    assert not StaffPin.objects.exists()
    said = LogEntry.objects.filter(object_id=str(sam.pk)).values_list("change_message", flat=True)
    assert set(said) == {"PIN set", "PIN removed"}
    assert not any("2580" in message for message in said)


@pytest.mark.parametrize("name", ["may", "tess"])
def test_the_pin_of_a_possible_second_person_is_out_of_a_managers_reach(mo, people, name):
    staff_pins.set_pin(people[name], "2580", people[name])
    mo.open(change_page(people["sam"]))
    fields = {"csrfmiddlewaretoken": token(mo), "pin": "7410", "again": "7410"}
    for page in ("pin/", "pin/remove/"):
        mo.post(f"/admin/auth/user/{people[name].pk}/{page}", fields)
        assert mo.status == 403

    staff_pins.check_pin(people[name], "2580", "here")


def test_everybody_may_set_their_own_pin_on_their_own_page(people):
    sam = FormBrowser(client_for(people["sam"]))
    sam.open("/bar/me/")
    sam.press_button("Set my PIN", pin="2580", again="2580")

    assert "Your PIN is set, sam." in sam.dom.text
    staff_pins.check_pin(people["sam"], "2580", "here")


def test_a_manager_closes_a_screen_from_afar(mo, people):
    screen = FormBrowser(client_for(people["sam"]))
    screen.open("/bar/me/")
    screen.press_button("Make this a shared screen")
    mo.open("/admin/bartender/sharedscreen/")
    row = str(SharedScreen.objects.get().pk)
    mo.press_button("Go", action="close", _selected_action=[row])
    screen.open("/bar/")

    assert screen.path == "/admin/login/"
    assert not shared_screens.close_screen(SharedScreen.objects.get())
