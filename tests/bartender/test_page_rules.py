"""What holds for every page and form: no deed without a token, none by looking, and never a broken page."""

import re
from types import SimpleNamespace

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.urls import get_resolver

from bartender.brains.scripted import ScriptedBrain
from bartender.models.menu import Venue
from bartender.models.visits import OrderLine, Turn, Visit
from bartender.services import bills, orders, tickets
from maya_site.core.cookies import read_visit_code, sign_visit_code, visit_cookie_name
from payments.models import Journal, Payment, Tab
from tests.bartender.page_fixtures import PageGuest, guest_for_visit
from tests.guest_fixtures import make_context

POSTS = [
    "/say/",
    "/order/negroni/",
    "/tip/",
    "/undo/",
    "/line/1/remove/",
    "/send/",
    "/pay/",
    "/pay/not-yet/",
    "/start/",
]
GETS = ["/", "/tab/", "/tab/0123/receipt/", "/payments/till/0123/"]
NASTY = [
    "",
    " ",
    "x" * 5000,
    "-5",
    "1e9",
    "99999999999999999999",
    "\x00",
    "💥",
    "<script>alert(1)</script>",
    "null",
]
TABLES = ["bartender_visit", "bartender_turn", "bartender_orderline", "payments_tab", "payments_payment"]


@pytest.fixture(autouse=True)
def _a_brain_that_listens(monkeypatch):
    monkeypatch.setattr("bartender.web.actions.get_brain", lambda visit: ScriptedBrain(["I hear you."]))


@pytest.fixture(autouse=True)
def _one_minute_that_lasts(monkeypatch):
    monkeypatch.setattr("limits.storage.memory.time", SimpleNamespace(time=lambda: 1_000_000.0))


def everything():
    with connection.cursor() as cursor:
        found = {}
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {table} ORDER BY id")
            found[table] = cursor.fetchall()
        return found


def test_every_address_of_ours_is_in_these_lists():
    ours = [pattern for pattern in get_resolver().url_patterns if not str(pattern.pattern)]
    paths = {str(one.pattern) for group in ours for one in getattr(group, "url_patterns", [])}
    named = {re.sub(r"<\w+:(\w+)>", "*", path) for path in paths}
    known = {"", "tab/", "tab/*/receipt/", "say/", "order/*/", "tip/", "undo/", "line/*/remove/", "send/"}
    assert known | {"pay/", "pay/not-yet/", "start/", "payments/till/*/"} <= named


@pytest.mark.parametrize("path", POSTS)
def test_a_form_without_its_token_is_turned_away(ada, path):
    client = Client(enforce_csrf_checks=True)
    client.cookies[visit_cookie_name()] = sign_visit_code(ada.code)
    before = everything()
    response = client.post(path, {"id": "0123456789", "text": "a negroni", "percent": "10"})
    assert response.status_code == 403
    assert "Your browser sent no cookie of this bar" in response.text
    assert everything() == before


@pytest.mark.parametrize("path", POSTS)
def test_a_deed_is_not_done_by_looking(ada, path):
    assert guest_for_visit(ada).client.get(path).status_code == 405


@pytest.mark.parametrize("path", GETS)
def test_looking_changes_nothing(ada, path):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    before = everything()
    for guest in (guest_for_visit(ada), PageGuest()):
        for query in ("", "?percent=20&text=hello&choice=approve"):
            guest.client.get(path + query)
            guest.client.head(path + query)
    assert everything() == before


def test_a_look_gives_a_stranger_a_code_but_writes_no_visit(menu):
    guest = PageGuest()
    guest.open_page()
    assert read_visit_code({"maya_visit": guest.client.cookies["maya_visit"].value})
    assert Visit.objects.count() == 0
    guest.say("Good evening")
    assert Visit.objects.count() == 1


@pytest.mark.parametrize("path", POSTS)
def test_no_form_however_wrong_breaks_the_page(ada, path):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    guest = Client()
    guest.cookies[visit_cookie_name()] = sign_visit_code(ada.code)
    for nasty in NASTY:
        fields = ("id", "text", "quantity", "percent", "amount", "nonce", "modifiers", "page")
        for response in (
            guest.post(path, dict.fromkeys(fields, nasty), REMOTE_ADDR=f"10.0.0.{len(nasty) % 200}"),
            guest.post(path, dict.fromkeys(fields, nasty) | {"id": f"good-id-{len(nasty)}"}),
        ):
            assert response.status_code == 302
    assert guest.get("/").status_code == 200


def test_an_unknown_drink_or_line_is_one_sentence(ada):
    client = Client()
    client.cookies[visit_cookie_name()] = sign_visit_code(ada.code)
    client.post("/order/unicorn-tears/", {"id": "0123456789"})
    client.post("/line/999999/remove/", {"id": "0123456789"})
    page = client.get("/").text
    assert "We don&#x27;t have that on the menu." in page
    assert "I don&#x27;t see that on your tab." in page


@pytest.mark.parametrize("quantity", ["0", "-5", "13", "9999"])
def test_a_silly_quantity_adds_nothing(ada, quantity):
    client = Client()
    client.cookies[visit_cookie_name()] = sign_visit_code(ada.code)
    response = client.post("/order/negroni/", {"id": "0123456789", "quantity": quantity}, follow=True)
    assert 'class="notice warning"' in response.text
    assert not OrderLine.objects.exists()


def test_what_a_guest_or_a_brain_says_is_text_and_never_markup(ada):
    evil = '"><img src=x onerror=alert(1)><script>alert(1)</script>'
    Turn.objects.create(visit=ada, client_id="evil", guest_text=evil, reply_text=evil, outcome="done")
    page = guest_for_visit(ada).open_page()
    assert "<img src=x" not in page
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;") == 2


def test_too_many_turns_in_a_minute_are_refused_kindly_and_the_words_stay_in_the_field(ada):
    guest = guest_for_visit(ada)
    for number in range(13):
        guest.open_page()
        guest.say(f"Number {number}")
    assert Turn.objects.count() == 12
    assert "12 messages in a minute" in guest.page
    assert 'value="Number 12"' in guest.page


def test_words_that_are_too_many_for_maya_stay_in_the_field_to_be_shortened(ada):
    client = Client()
    client.cookies[visit_cookie_name()] = sign_visit_code(ada.code)
    page = client.post("/say/", {"id": "0123456789", "text": "gin " * 1001}, follow=True).text
    assert "fewer words" in page
    assert f'value="{("gin " * 1001).strip()}"' in page


def test_words_refused_with_a_429_wait_in_the_field_behind_the_way_back_to_the_bar(ada):
    client = Client()
    client.cookies[visit_cookie_name()] = sign_visit_code(ada.code)
    for _ in range(60):
        client.post("/undo/", {"id": "0123456789"})
    refused = client.post("/say/", {"id": "0123456789", "text": "a glass of water"})
    assert refused.status_code == 429
    assert 'value="a glass of water"' in client.get("/").text
    assert 'value="a glass of water"' not in client.get("/").text


def test_too_many_requests_from_one_address_get_a_429_in_the_same_look(ada):
    client = Client()
    client.cookies[visit_cookie_name()] = sign_visit_code(ada.code)
    answers = [client.post("/undo/", {"id": "0123456789"}) for _ in range(61)]
    assert {one.status_code for one in answers[:60]} == {302}
    assert answers[60].status_code == 429
    assert int(answers[60]["Retry-After"]) >= 1
    assert "One at a time, please" in answers[60].text


def test_a_page_of_a_long_evening_takes_few_queries(ada, django_assert_max_num_queries):
    for number in range(30):
        Turn.objects.create(
            visit=ada, client_id=f"t{number}", guest_text="hm", reply_text="hm", outcome="done"
        )
    for drink in ("Negroni", "IPA", "Martini", "Water", "Rum"):
        orders.add_line(ada, drink, 2, [], make_context())
    tickets.fire_ticket(ada, make_context())
    client = guest_for_visit(ada).client
    client.get("/")
    with django_assert_max_num_queries(9):
        client.get("/")
    with django_assert_max_num_queries(8):
        client.get("/tab/")


def test_a_receipt_takes_few_queries(ada, django_assert_max_num_queries):
    for drink in ("Negroni", "IPA", "Martini"):
        orders.add_line(ada, drink, 1, [], make_context())
    tab = settled(ada)
    client = guest_for_visit(ada).client
    with django_assert_max_num_queries(9):
        client.get(f"/tab/{tab.code}/receipt/")


def test_low_play_money_is_amber_and_none_is_red(ada):
    guest = guest_for_visit(ada)
    assert 'data-money=""' in guest.open_page()
    Venue.objects.update(play_money_cents=40_00)
    assert 'data-money="low"' in guest.open_page()
    Venue.objects.update(play_money_cents=11_00)
    orders.add_line(ada, "Negroni", 1, [], make_context())
    assert 'data-money="out"' in guest.open_page()
    assert "All of it is spent." in guest.page


def test_a_sold_out_drink_has_no_button(ada):
    from bartender.menu.snapshot import current_menu, set_available

    ipa = current_menu().drinks_by_name["ipa"]
    set_available([ipa.id], available=False)
    page = guest_for_visit(ada).open_page()
    row = page.split('data-drink="ipa"')[1].split("</li>")[0]
    assert re.search(r'class="add"[^>]* hidden', row)
    assert "sold out" in row


def test_the_page_says_that_maya_is_an_ai_and_what_is_simulated(ada):
    page = guest_for_visit(ada).open_page()
    assert "You are talking with an AI" in page
    assert "Simulated till · no real money" in page


def test_pages_are_never_kept_by_caches(ada):
    for path in ("/", "/tab/"):
        assert "no-store" in guest_for_visit(ada).client.get(path)["Cache-Control"]


def test_the_cookie_is_for_this_host_only_and_out_of_reach_of_scripts(menu, settings):
    settings.SECURE_COOKIES = True
    morsel = Client().get("/").cookies["__Host-maya_visit"]
    assert morsel["httponly"]
    assert morsel["secure"]
    assert (morsel["samesite"], morsel["path"], morsel["max-age"]) == ("Lax", "/", 12 * 3600)


def test_an_old_cookie_is_no_cookie(monkeypatch):
    cookies = {visit_cookie_name(): sign_visit_code("a" * 32)}
    assert read_visit_code(cookies) == "a" * 32
    monkeypatch.setattr("maya_site.core.cookies._VISIT_MAX_AGE_SECONDS", -1)
    assert read_visit_code(cookies) == ""


@pytest.mark.parametrize("page", ["403_csrf.html", "404.html", "429.html", "500.html"])
def test_the_pages_of_what_went_wrong_need_nothing_but_themselves(page):
    shown = render_to_string(page)
    assert "Back to the bar" in shown
    assert "<script" not in shown


def test_a_missing_page_is_in_the_same_look(client, db):
    response = client.get("/no-such-page/")
    assert response.status_code == 404
    assert "There is no such page" in response.text


def settled(visit):
    from payments import checkout

    bills.request_bill(visit, make_context())
    payment = Payment.objects.get()
    bills.confirm_payment(visit, payment.nonce)
    checkout.mark_paid(Payment.objects.get(), make_context())
    assert Journal.objects.filter(kind="payment").exists()
    return Tab.objects.get()
