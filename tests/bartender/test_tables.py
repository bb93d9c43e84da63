"""Who and where: tables with their QR cards, and the names that guests are called by."""

import re

import pytest
from django.test import Client

from bartender.models.tables import Area, Seat, Table
from bartender.models.visits import Visit
from bartender.privacy.erasure import erase_visits
from bartender.privacy.export import export_visits
from bartender.services import orders, tickets
from bartender.services.tables import seat_guest
from bartender.services.visits import open_visit
from bartender.text.call_names import FIRST_WORDS, HOW_MANY, SECOND_WORDS, call_name, newest_number
from bartender.web.display.board import build_board
from payments.models import Tab
from tests.bartender.page_fixtures import guest_for_visit
from tests.bartender.staff_fixtures import mo_client, nat_client, sam_client
from tests.form_browser import FormBrowser
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context


@pytest.fixture
def terrace(menu):
    return Area.objects.create(name="Terrace")


@pytest.fixture
def seven(terrace):
    return Table.objects.create(area=terrace, name="7")


@pytest.fixture
def staff(menu):
    return FormBrowser(sam_client())


# --- the card on the table ------------------------------------------------------------------------------


def test_who_scans_the_card_is_at_that_table_on_every_screen(seven, staff):
    guest = FormBrowser()
    guest.open(f"/t/{seven.code}/")
    assert guest.path == "/"
    assert "You are at Terrace 7." in guest.dom.text

    visit = Visit.objects.get()
    orders.add_line(visit, "IPA", 1, [], make_context())
    tickets.fire_ticket(visit, make_context(), skip_hold=True)

    staff.open("/bar/")
    assert f"{visit.call_name}, Terrace 7" in staff.dom.text
    assert build_board().lanes["new"][0].guest == f"{visit.call_name}, Terrace 7"
    guest.open("/tab/")
    assert f"{visit.call_name}, Terrace 7" in guest.dom.text


def test_a_scan_keeps_the_visit_and_its_tab_and_moves_it_to_the_new_table(ada, seven, terrace):
    eight = Table.objects.create(area=terrace, name="8")
    orders.add_line(ada, "IPA", 1, [], make_context())
    phone = guest_for_visit(ada).browser
    phone.open(f"/t/{seven.code}/")
    phone.open(f"/t/{eight.code}/")

    (visit,) = Visit.objects.all()
    assert (visit.pk, visit.table, visit.place) == (ada.pk, eight, "Terrace 8")
    assert "IPA" in phone.open("/tab/")


@pytest.mark.parametrize("code", ["zzzzzzzzzz", "7", "<b>", "retired"])
def test_a_wrong_or_retired_code_opens_the_bar_without_a_table_and_says_so(seven, code):
    if code == "retired":
        code, seven.is_active = seven.code, False
        seven.save()
    guest = FormBrowser()
    guest.open(f"/t/{code}/")
    assert (guest.path, guest.status) == ("/", 200)
    assert "That table card is not in use any more." in guest.dom.text
    assert not Visit.objects.exists()


def test_who_was_seated_by_a_good_card_stays_there_after_a_bad_one(ada, seven):
    seat_guest(ada, seven)
    guest_for_visit(ada).browser.open("/t/zzzzzzzzzz/")
    assert Visit.objects.get().table == seven


def test_a_card_begins_a_new_visit_where_the_old_one_is_over(ada, seven):
    phone = guest_for_visit(ada).browser
    Visit.objects.update(closed_at=ada.opened_at)
    phone.open(f"/t/{seven.code}/")
    assert Visit.objects.get(closed_at=None).place == "Terrace 7"
    assert Visit.objects.get(pk=ada.pk).place == ""


def test_a_link_preview_that_asks_for_the_head_alone_seats_nobody(seven):
    assert Client().head(f"/t/{seven.code}/").status_code == 405
    assert not Visit.objects.exists()


def test_a_spanish_guest_reads_it_in_spanish(seven):
    guest = FormBrowser(Client(headers={"Accept-Language": "es"}))
    guest.open(f"/t/{seven.code}/")
    assert "Estás en Terrace 7." in guest.dom.text
    guest.open("/t/zzzzzzzzzz/")
    assert "Esa tarjeta de mesa ya no vale." in guest.dom.text
    assert Visit.objects.get().call_name in FormBrowser(guest.client).open("/tab/")


# --- names ----------------------------------------------------------------------------------------------


def test_call_names_repeat_only_after_all_of_them_were_given():
    names = [call_name(number) for number in range(1, HOW_MANY + 1)]
    assert len(set(names)) == HOW_MANY == len(FIRST_WORDS) * len(SECOND_WORDS) > 8000
    assert not set(FIRST_WORDS) & set(SECOND_WORDS)
    assert all(name.isascii() and len(name) <= 20 for name in names)


def test_guests_who_come_one_after_the_other_share_no_word_of_their_names():
    for number in range(1, 500):
        assert not set(call_name(number).split()) & set(call_name(number + 1).split())


def test_a_call_name_leads_back_to_the_latest_visit_that_has_it():
    latest = 3 * HOW_MANY + 5
    for number in range(latest - 40, latest + 1):
        assert newest_number(call_name(number).lower(), latest) == number
    assert newest_number(call_name(latest + 1), latest) == latest + 1 - HOW_MANY
    assert newest_number(call_name(9), 8) is None
    assert newest_number("Nobody Here", latest) is None
    assert newest_number("a", latest) is None


def test_a_given_name_goes_before_the_call_name_and_an_empty_one_gives_it_back(ada):
    phone = guest_for_visit(ada).browser
    phone.open("/me/")
    phone.press_button("Call me that", name="  Ada \n L. ")
    assert "At the bar you are Ada L." in phone.dom.text
    assert "Ada L." in phone.open("/tab/")
    phone.open("/me/")
    phone.press_button("Call me that", name="")
    assert f"At the bar you are {ada.call_name}." in phone.dom.text


def test_a_name_that_is_too_long_changes_nothing(ada):
    phone = guest_for_visit(ada).client
    phone.handler.enforce_csrf_checks = False
    phone.post("/me/name/", {"name": "x" * 41})
    assert "That name is too long." in phone.get("/me/").content.decode()
    assert Visit.objects.get().guest_name == ""


def test_who_has_done_nothing_yet_has_no_name_and_no_row(menu):
    page = Client().get("/").content.decode()
    assert 'href="/me/#name"' not in page
    assert not Visit.objects.exists()


def test_the_same_name_stands_on_ticket_conversation_tab_receipt_and_in_the_admin(ada, staff):
    orders.add_line(ada, "IPA", 1, [], make_context())
    tickets.fire_ticket(ada, make_context(), skip_hold=True)
    name = ada.call_name
    for page in ("/bar/", f"/bar/tab/{ada.code}/", f"/bar/talk/{ada.code}/", "/admin/bartender/visit/"):
        staff.open(page)
        assert name in staff.dom.text, page
    staff.open(f"/bar/tab/{ada.code}/")
    staff.press_button("$6.00 exact")
    assert name in guest_for_visit(ada).open_page(f"/tab/{Tab.objects.get().code}/receipt/")


def test_the_admin_finds_a_guest_by_the_call_name(ada, ben, staff):
    staff.open(f"/admin/bartender/visit/?q={ada.call_name.replace(' ', '+')}")
    assert ada.call_name in staff.dom.text
    assert ben.call_name not in staff.dom.text


# --- staff ----------------------------------------------------------------------------------------------


def test_staff_give_change_and_take_away_a_table_on_the_page_of_the_tab(ada, seven, staff):
    window = Seat.objects.create(table=seven, name="by the window")
    staff.open(f"/bar/tab/{ada.code}/")
    staff.press_button("Seat here", place=f"t{seven.pk}")
    assert f"{ada.display_name} is at Terrace 7 now." in staff.dom.text
    staff.press_button("Seat here", place=f"s{window.pk}")
    assert f"{ada.display_name} is at Terrace 7, by the window now." in staff.dom.text
    assert (Visit.objects.get().table, Visit.objects.get().seat) == (seven, window)
    staff.press_button("Seat here", place="")
    assert f"{ada.display_name} has no table now." in staff.dom.text
    assert Visit.objects.get().place == ""


def test_a_table_that_was_retired_meanwhile_is_refused_in_a_sentence(ada, seven, staff):
    staff.open(f"/bar/tab/{ada.code}/")
    Table.objects.update(is_active=False)
    staff.press_button("Seat here", place=f"t{seven.pk}")
    assert "not in use any more" in staff.dom.text
    assert Visit.objects.get().table is None


def test_a_house_without_tables_sees_no_choice_of_tables(ada, staff):
    staff.open(f"/bar/tab/{ada.code}/")
    assert not staff.has_button("Seat here")


def test_who_may_not_ring_in_seats_nobody(ada, seven):
    answer = nat_client().post(f"/bar/tab/{ada.code}/table/", {"place": f"t{seven.pk}"})
    assert answer.status_code == 403
    assert Visit.objects.get().table is None


def test_managers_add_tables_and_print_a_card_for_each_that_opens_the_bar_there(menu):
    boss = FormBrowser(mo_client())
    terrace = Area.objects.create(name="Terrace")
    boss.open("/admin/bartender/table/add/")
    boss.press_button("Save", area=str(terrace.pk), name="7")
    table = Table.objects.get()
    boss.open("/admin/bartender/table/")
    boss.follow_link("QR cards to print")

    (link,) = re.findall(r"https?://[^<\"\s]+/t/[a-z0-9]+/", boss.page)
    assert table.code in link
    assert boss.page.count('class="segno"') == 1
    guest = FormBrowser()
    guest.open("/t/" + link.split("/t/")[1])
    assert "You are at Terrace 7." in guest.dom.text


def test_new_codes_make_the_old_cards_useless(seven):
    boss, old = FormBrowser(mo_client()), seven.code
    boss.open("/admin/bartender/table/")
    boss.press_button("Go", action="renew_codes", _selected_action=[str(seven.pk)])
    seven.refresh_from_db()
    assert seven.code != old
    guest = FormBrowser()
    guest.open(f"/t/{old}/")
    assert "not in use any more" in guest.dom.text
    guest.open(f"/t/{seven.code}/")
    assert "You are at Terrace 7." in guest.dom.text


def test_bar_staff_print_cards_and_change_no_table(seven):
    sam = sam_client()
    assert sam.get("/admin/bartender/table/cards/").status_code == 200
    assert sam.get("/admin/bartender/table/add/").status_code == 403
    assert sam.get("/admin/bartender/area/add/").status_code == 403


def test_codes_are_short_and_not_to_be_guessed(terrace):
    codes = {Table.objects.create(area=terrace, name=str(number)).code for number in range(50)}
    assert len(codes) == 50
    assert all(re.fullmatch("[2-9a-hjkmnp-z]{10}", code) for code in codes)


def test_the_place_goes_with_what_is_erased_and_stands_in_what_is_exported(ada, seven):
    orders.add_line(ada, "IPA", 1, [], make_context())
    seat_guest(ada, seven)
    assert export_visits([ada], None)["visits"][0]["place"] == "Terrace 7"
    erase_visits([ada.pk])
    visit = Visit.objects.get()
    assert (visit.place, visit.table, visit.guest_name) == ("", None, "")


def test_open_visits_have_names_of_their_own(menu):
    names = {open_visit().display_name for _ in range(30)}
    assert len(names) == 30
