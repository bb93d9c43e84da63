"""One screen for everybody behind the bar: opened by a login, acted on by PIN, locked by itself."""

import logging
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from bartender.models.menu import Venue
from bartender.models.shared_screens import SharedScreen, StaffPin
from bartender.models.staff_actions import StaffAction
from bartender.models.visits import OrderLine, Ticket
from bartender.permissions import MANAGERS_GROUP, STAFF_GROUP
from bartender.services import orders, shared_screens, staff_pins, tickets
from bartender.services.assistance import record_assistance_call
from bartender.staff_errors import GuessablePin, NoPin, WrongPin
from bartender.web.display.consumer import ShownPage, render_fragments
from maya_site.core.rate_limits import PIN_PLACE_LIMIT, RateLimitExceeded, check_rate_limit
from payments.models import Journal, Tab
from tests.bartender.staff_fixtures import client_for, create_staff_user
from tests.form_browser import FormBrowser
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context
from tests.payments.concurrency import run_concurrently

BOARD = ShownPage()
PINS = {"sam": "2580", "kim": "1379", "mo": "864209"}


@pytest.fixture(autouse=True)
def _quick_hashes(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def people(menu):
    sam, kim = create_staff_user("sam", STAFF_GROUP), create_staff_user("kim", STAFF_GROUP)
    found = {"sam": sam, "kim": kim, "mo": create_staff_user("mo", MANAGERS_GROUP)}
    for name, person in found.items():
        staff_pins.set_pin(person, PINS[name], person)
    return found


@pytest.fixture
def screen(people):
    """A browser in which Sam has just made the display a shared screen."""
    browser = FormBrowser(client_for(people["sam"]))
    browser.open("/bar/me/")
    browser.press_button("Make this a shared screen")
    return browser


def enter(screen, name, pin=""):
    screen.press_button(name, to="/bar/screen/pin/", pin=pin or PINS[name])


def who_acts(screen):
    shown = [link.text for link in screen.dom.find_all("a") if link.get("class") == "tool who"]
    return shown[0].rsplit(" ", 1)[-1] if shown else ""


def leave_alone(seconds=61):
    SharedScreen.objects.update(active_at=timezone.now() - timedelta(seconds=seconds))


def test_a_locked_screen_shows_tickets_and_calls_and_lets_nobody_act(screen, ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    ticket = tickets.fire_ticket(ada, make_context(), skip_hold=True)
    record_assistance_call(ada, "help", "Somebody is rude to me", "form-1")
    screen.open("/bar/")

    assert "Negroni" in screen.dom.text
    assert "Guests who call" in screen.dom.text
    assert "Somebody is rude to me" not in screen.dom.text  # what a guest confided is for whoever acts
    buttons = {button.name for button in screen.submit_buttons()}
    assert buttons == {"kim", "mo", "sam"}
    screen.post(f"/bar/ticket/{ticket.pk}/bump/", {**token(screen), "seen": "0"})
    assert "This screen is locked. Type your PIN" in screen.dom.text
    assert Ticket.objects.get().status == "new"


def token(screen):
    field = next(one for one in screen.dom.find_all("input") if one.get("name") == "csrfmiddlewaretoken")
    return {"csrfmiddlewaretoken": field.get("value")}


def test_a_pin_and_a_name_say_who_acts_and_that_persons_name_stands_on_every_page(screen, ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    ticket = tickets.fire_ticket(ada, make_context(), skip_hold=True)
    enter(screen, "kim")
    assert who_acts(screen) == "kim"
    screen.press_button(f"Start ticket {ticket.pk}")
    screen.open(f"/bar/tab/{ada.code}/")
    assert who_acts(screen) == "kim"
    enter(screen, "sam")
    assert (who_acts(screen), screen.path) == ("sam", f"/bar/tab/{ada.code}/")
    screen.press_button("$11.00 exact")

    assert list(ticket.moves.values_list("moved_by__username", flat=True)) == ["kim"]
    assert StaffAction.objects.get().requested_by.username == "sam"
    assert Journal.objects.get(kind="payment").actor == "staff:sam"


def test_an_untouched_screen_locks_by_itself_and_each_press_keeps_it_open(screen, ada):
    Venue.objects.update(screen_lock_seconds=30)
    enter(screen, "sam")
    leave_alone(29)
    assert who_acts(screen) == "sam"
    screen.open(f"/bar/tab/{ada.code}/")  # to open a page is to touch the screen
    leave_alone(20)
    screen.open("/bar/")  # the board renews itself, so that is nobody's touch
    assert seconds_untouched() > 15
    leave_alone(31)
    screen.open(f"/bar/tab/{ada.code}/")

    assert who_acts(screen) == ""
    assert "This screen is locked" in screen.dom.text
    enter(screen, "kim")
    assert (who_acts(screen), screen.path) == ("kim", f"/bar/tab/{ada.code}/")  # on to what was wanted


def seconds_untouched():
    since = SharedScreen.objects.values_list("active_at", flat=True).get()
    assert since is not None
    return (timezone.now() - since).total_seconds()


def test_the_lock_button_locks_at_once(screen):
    enter(screen, "sam")
    screen.press_button("Lock")

    assert who_acts(screen) == ""


def test_rights_are_those_of_whoever_acts(screen, people):
    people["kim"].groups.clear()
    people["kim"].user_permissions.set(
        [*people["sam"].groups.get().permissions.filter(codename__in=["view_ticket", "view_tab"])]
    )
    tab = orders.add_line(visit_of_ben(), "Negroni", 1, [], make_context()).tab
    enter(screen, "kim")
    fields = {**token(screen), "id": "once-upon", "shown": "1100", "cash": "1100"}
    screen.post(f"/bar/tab/{tab.visit_code}/{tab.code}/settle/", fields)
    assert screen.status == 403
    screen.open("/bar/")
    enter(screen, "sam")
    screen.post(f"/bar/tab/{tab.visit_code}/{tab.code}/settle/", fields)

    assert Tab.objects.get().status == "paid"


def visit_of_ben():
    from bartender.services.visits import open_visit

    return open_visit()


@pytest.mark.parametrize("name, pin", [("sam", "2581"), ("kim", "2580"), ("sam", "x"), ("sam", "2" * 8)])
def test_a_wrong_pin_changes_nothing(screen, name, pin):
    enter(screen, name, pin)

    assert f"That is not the PIN of {name}. Type it again." in screen.dom.text
    assert who_acts(screen) == ""


def test_enter_in_the_field_asks_for_the_name(screen):
    button = next(one for one in screen.dom.find_all("button") if one.get("name") == "person")
    assert button.get("value") == ""  # the first one of the form, which a browser takes for Enter
    screen.post("/bar/screen/pin/", {**token(screen), "pin": "2580", "person": ""})

    assert "Type your PIN, then tap your name." in screen.dom.text


def test_ten_wrong_pins_in_a_row_and_a_new_one_is_needed(people, unlimited):
    sam = people["sam"]
    for wrong in range(staff_pins.MAX_WRONG_IN_A_ROW):
        with pytest.raises(WrongPin, match=r"new PIN is needed" if wrong >= 6 else r"Type it again\.$"):
            staff_pins.check_pin(sam, "0000", "here")
    with pytest.raises(NoPin):
        staff_pins.check_pin(sam, PINS["sam"], "here")
    staff_pins.set_pin(sam, "7410", sam)
    staff_pins.check_pin(sam, "7410", "here")


def test_the_right_pin_begins_the_count_anew(people, unlimited):
    for pin in ["0000"] * 9 + [PINS["sam"]] + ["0000"] * 9:
        try:
            staff_pins.check_pin(people["sam"], pin, "here")
        except WrongPin:
            continue
    staff_pins.check_pin(people["sam"], PINS["sam"], "here")


@pytest.fixture
def unlimited(monkeypatch):
    monkeypatch.setattr(staff_pins, "check_rate_limit", lambda limit, subject: None)


@pytest.mark.django_db(transaction=True)
def test_twenty_guesses_at_once_are_no_more_than_ten(menu, unlimited):
    sam = create_staff_user("sam", STAFF_GROUP)
    staff_pins.set_pin(sam, "2580", sam)
    told = run_concurrently(*[lambda: staff_pins.check_pin(sam, "0000", "here")] * 20)

    assert sum(isinstance(one, WrongPin) for one in told) == 10
    assert sum(isinstance(one, NoPin) for one in told) == 10


def test_tries_are_limited_by_person_and_by_screen(people):
    for _ in range(10):
        staff_pins.check_pin(people["sam"], PINS["sam"], "here")
    with pytest.raises(RateLimitExceeded, match="with one person's PIN"):
        staff_pins.check_pin(people["sam"], PINS["sam"], "here")
    for _ in range(60):
        check_rate_limit(PIN_PLACE_LIMIT, "there")
    with pytest.raises(RateLimitExceeded, match="on one screen"):
        staff_pins.check_pin(people["kim"], PINS["kim"], "there")


@pytest.mark.parametrize(
    "pin", ["", "123", "1234", "4321", "9012", "0000", "123456789", "25b0", "٢٥٨٠", "2 80"]
)
def test_what_everybody_would_try_first_is_no_pin(people, pin):
    with pytest.raises(GuessablePin):
        staff_pins.set_pin(people["sam"], pin, people["sam"])
    staff_pins.check_pin(people["sam"], PINS["sam"], "here")


def test_a_pin_is_kept_as_a_hash_that_is_of_no_use_for_another_person(people):
    hashes = list(StaffPin.objects.values_list("hash", flat=True))
    assert len(set(hashes)) == 3
    assert not any(pin in one for pin in PINS.values() for one in hashes)
    StaffPin.objects.filter(user=people["kim"]).update(hash=people["sam"].staff_pin.hash)

    with pytest.raises(WrongPin):
        staff_pins.check_pin(people["kim"], PINS["sam"], "here")


def test_the_pin_is_in_no_log(screen, caplog):
    caplog.set_level(logging.DEBUG)
    enter(screen, "sam", "31415926")
    enter(screen, "mo")

    assert "31415926" not in caplog.text
    assert PINS["mo"] not in caplog.text


def test_the_screen_is_nobodys_login(screen):
    enter(screen, "mo")
    screen.open("/admin/payments/tab/")

    assert screen.path == "/admin/login/"
    (session,) = Session.objects.all()
    assert "_auth_user_id" not in session.get_decoded()


def test_the_screen_ends_with_its_openers_work(screen, people):
    enter(screen, "kim")
    people["sam"].is_active = False
    people["sam"].save()
    screen.open("/bar/")

    assert screen.path == "/admin/login/"


def test_who_is_taken_off_acts_no_more(screen, people):
    enter(screen, "kim")
    User.objects.filter(username="kim").update(is_active=False)
    screen.open("/bar/")

    assert who_acts(screen) == ""
    assert not screen.has_button("kim")


def test_a_new_pin_locks_the_screens_of_its_owner(screen, people):
    enter(screen, "kim")
    staff_pins.set_pin(people["kim"], "8520", people["mo"])
    screen.open("/bar/")

    assert who_acts(screen) == ""


def test_whoever_acts_changes_their_pin_with_the_old_one(screen):
    enter(screen, "kim")
    screen.open("/bar/me/")
    screen.press_button("Set my PIN", current="9999", pin="8520", again="8520")
    assert "That is not the PIN of kim" in screen.dom.text
    screen.press_button("Set my PIN", current=PINS["kim"], pin="8520", again="8521")
    assert "The two PINs are not the same" in screen.dom.text
    screen.press_button("Set my PIN", current=PINS["kim"], pin="8520", again="8520")
    assert who_acts(screen) == ""
    enter(screen, "kim", "8520")
    assert who_acts(screen) == "kim"


def test_the_screen_is_closed_where_it_stands(screen):
    enter(screen, "kim")
    screen.open("/bar/me/")
    screen.press_button("Close the shared screen")

    assert screen.path == "/admin/login/"
    assert SharedScreen.objects.get().closed_at is not None


def test_a_stranger_with_the_address_gets_no_pin_pad(people):
    answer = Client().post("/bar/screen/pin/", {"pin": PINS["mo"], "person": "mo"})

    assert answer["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("path", ["https://evil.example/bar/", "//evil.example/", "/admin/", ""])
def test_the_pin_leads_to_pages_of_the_display_alone(screen, path):
    screen.post("/bar/screen/pin/", {**token(screen), "pin": PINS["sam"], "person": "sam", "next": path})

    assert (screen.path, who_acts(screen)) == ("/bar/", "sam")


# --- the second person, where the first one stands ---------------------------------------------------


def ask_above_the_limit(screen, guest):
    Venue.objects.update(tender_approval_limit_cents=500)
    orders.add_line(guest, "Negroni", 1, [], make_context())
    enter(screen, "sam")
    screen.open(f"/bar/tab/{guest.code}/")
    screen.press_button("$11.00 exact")
    return f"mo decides for guest {guest.display_name}: receive $11.00 in cash"


def test_the_second_person_says_yes_by_pin_and_the_first_one_goes_on(screen, ada):
    yes = ask_above_the_limit(screen, ada)
    screen.press_button(yes, pin="0000")
    assert "That is not the PIN of mo" in screen.dom.text
    assert Tab.objects.get().status == "open"
    screen.press_button(yes, pin=PINS["mo"])

    action = StaffAction.objects.get()
    assert (str(action.requested_by), str(action.decided_by)) == ("sam", "mo")
    assert (Tab.objects.get().status, who_acts(screen)) == ("paid", "sam")


def test_the_second_person_says_no_by_pin(screen, ada):
    yes = ask_above_the_limit(screen, ada)
    screen.press_button(yes, pin=PINS["mo"], declined=["1"])

    assert (StaffAction.objects.get().status, Tab.objects.get().status) == ("declined", "open")


def test_only_who_may_approve_is_asked_and_never_oneself(screen, people, ada):
    ask_above_the_limit(screen, ada)
    shown = [button.name for button in screen.submit_buttons() if " decides for guest" in button.name]
    assert [name.split()[0] for name in shown] == ["mo"]
    row = StaffAction.objects.get()
    for name in ("sam", "kim"):
        fields = {**token(screen), "pin": PINS[name], "person": name}
        screen.post(f"/bar/approval/{row.pk}/pin/", fields)
        assert f"{name} may not be the second person" in screen.dom.text
    people["sam"].groups.set(people["mo"].groups.all())
    screen.post(f"/bar/approval/{row.pk}/pin/", {**token(screen), "pin": PINS["sam"], "person": "sam"})
    assert "sam may not be the second person" in screen.dom.text

    assert (StaffAction.objects.get().status, Tab.objects.get().status) == ("waiting", "open")


# --- one's own evening -------------------------------------------------------------------------------


def test_each_person_sees_their_own_tips_and_tickets(screen, ada, ben):
    for guest, name, tip in ((ada, "sam", "3"), (ben, "kim", "5")):
        orders.add_line(guest, "Negroni", 2, [], make_context())
        ticket = tickets.fire_ticket(guest, make_context(), skip_hold=True)
        screen.open("/bar/")
        enter(screen, name)
        screen.press_button(f"Start ticket {ticket.pk}")
        screen.open(f"/bar/tab/{guest.code}/")
        screen.press_button("Card on our terminal, $22.00", tip=tip)
    screen.open("/bar/me/")

    assert "$5.00 of play money" in screen.dom.text  # while the till is simulated
    assert f"{ben.display_name} 2 × Negroni" in screen.dom.text
    assert "$3.00" not in screen.dom.text
    assert ada.display_name not in screen.dom.text


def test_the_page_of_ones_own_costs_the_same_however_long_the_evening(
    people, ada, django_assert_max_num_queries
):
    for _ in range(12):
        orders.add_line(ada, "Negroni", 1, [], make_context())
        tickets.bump_ticket(tickets.fire_ticket(ada, make_context(), skip_hold=True), people["sam"])
    client = client_for(people["sam"])
    with django_assert_max_num_queries(24):
        page = client.get("/bar/me/").text

    assert page.count("1 × Negroni") == OrderLine.objects.count() == 12


# --- the live page -----------------------------------------------------------------------------------


def stream(screen, page=BOARD):
    return render_fragments(screen.client.cookies["sessionid"].value, page)


def test_the_stream_says_who_acts_and_wakes_when_the_screen_locks(screen, ada):
    fragments, due = stream(screen)
    assert (fragments["person"], due) == ("", None)
    enter(screen, "sam")
    fragments, due = stream(screen)
    assert fragments["person"] == "sam"
    assert 55 < due <= 60
    tab_page = ShownPage(tab=ada.code, page_id="abcd")
    assert stream(screen, tab_page)[0]["person"] == "sam"
    leave_alone()

    assert stream(screen)[0]["person"] == ""
    assert "/bump/" not in "".join(stream(screen)[0].values())
    assert stream(screen, tab_page) is None  # the page asks for a PIN


def test_typing_keeps_the_screen_open(screen):
    enter(screen, "sam")
    leave_alone(50)
    address = next(form.get("data-awake") for form in screen.dom.find_all("form") if form.get("data-awake"))
    screen.post(address, token(screen))

    assert seconds_untouched() < 10


def test_a_slow_request_of_the_person_before_does_not_bring_them_back(screen, people):
    enter(screen, "sam")
    before = shared_screens.find_screen(screen.client.session)
    assert before is not None
    enter(screen, "kim")
    leave_alone(10)
    shared_screens.touch_screen(before)

    assert SharedScreen.objects.get().acting == people["kim"]
    assert seconds_untouched() >= 10
