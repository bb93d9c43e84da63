"""A guest makes a code on their page, an agent exchanges it, and guest, staff or the venue stop it again."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bartender.menu.snapshot import mark_menu_changed
from bartender.models.agents import AgentCall, AgentPairing
from bartender.models.menu import Venue
from bartender.models.visits import OrderLine
from bartender.privacy.erasure import erase_visits
from bartender.services import bills, orders, tickets
from bartender.services.agent_errors import PairingCodeWrong, PairingLimitsWrong, TooManyAgents
from bartender.services.agent_pairings import (
    Allowance,
    find_pairing,
    hash_token,
    issue_pairing_code,
    redeem_pairing_code,
)
from bartender.services.receipts import receipt_context
from bartender.services.visits import open_visit
from tests.bartender.agents.fixtures import call, open_door, pair_agent, refused, standing
from tests.bartender.page_fixtures import guest_for_visit
from tests.bartender.staff_fixtures import create_staff_user, nat_client, pay_bill, sam_client, tess_client
from tests.form_browser import FormBrowser
from tests.guest_fixtures import make_context
from tests.html_text import compact_html
from tests.payments.ledger_helpers import latest_tab

pytestmark = pytest.mark.django_db
ALLOWED = Allowance(20_00, Decimal(2), 60)


def post_code(code, client=None, **more):
    body = json.dumps({"code": code, "name": "Hal"} | more)
    return (client or Client(enforce_csrf_checks=True)).post(
        "/mcp/pair", body, content_type="application/json"
    )


def at(path, client):
    browser = FormBrowser(client)
    browser.open(path)
    return browser


# --- the venue ------------------------------------------------------------------------------------------


def test_a_bar_without_agents_says_nothing_of_them_and_has_no_such_addresses(ada):
    guest = guest_for_visit(ada)

    assert "assistant" not in guest.open_page("/").lower()
    assert guest.client.get("/agents/").status_code == 404
    assert post_code("ACDE-FGHJ").status_code == 404
    assert guest.client.post("/mcp", "{}", content_type="application/json").status_code == 404


def test_the_owner_lets_agents_in_with_a_tick_in_the_admin_and_out_without_it(ada):
    admin = at("/admin/bartender/venue/1/change/", tess_client())
    admin.press_button("Save", agents_enabled=True)
    guest = guest_for_visit(ada)
    assert "Let an assistant order for you" in guest.open_page("/")
    hal = pair_agent(ada)
    call(hal, "add_to_order", item="Soda", idempotency_key="one")

    admin.open("/admin/bartender/venue/1/change/")
    admin.press_button("Save", agents_enabled=False)

    assert "no orders from assistants" in refused(hal, "add_to_order", item="Soda", idempotency_key="two")
    assert "Let an assistant" not in guest.open_page("/")
    assert standing(ada) == [("Soda", 1)]


# --- the code -------------------------------------------------------------------------------------------


def test_a_guest_makes_a_code_without_a_script_and_an_agent_has_a_token_for_it(ada):
    open_door()
    page = at("/agents/", guest_for_visit(ada).client)
    page.press_button("Make a code", money="$30.00", drinks="2", minutes="120 minutes")
    (code,) = [one.text for one in page.dom.find_all("p") if one.get("class") == "pairing-code"]

    answer = post_code(code.lower())

    given = answer.json()
    pairing = AgentPairing.objects.get()
    assert answer.status_code == 200
    assert given["token_type"] == "Bearer"
    assert given["allowance"] == {
        "money_minor_units": 3000,
        "money": "$30.00",
        "standard_drinks": 2.0,
        "minutes": 120,
    }
    assert pairing.token_hash == hash_token(given["access_token"])
    assert given["access_token"] not in json.dumps(list(AgentPairing.objects.values()), default=str)
    assert find_pairing(given["access_token"]) == pairing
    assert "“Hal”" in page.open("/agents/")


def test_a_code_works_once_and_for_five_minutes(ada):
    open_door()
    code = issue_pairing_code(ada, ALLOWED).pairing_code
    assert post_code(code).status_code == 200
    again = post_code(code)

    late = issue_pairing_code(ada, ALLOWED)
    AgentPairing.objects.filter(pk=late.pk).update(code_expires_at=timezone.now() - timedelta(seconds=1))
    too_late = post_code(late.pairing_code)

    assert [again.status_code, too_late.status_code] == [403, 403]
    assert "Ask the guest for a new one" in again.json()["error"]
    assert "code works once" in too_late.json()["error"]


def test_a_new_code_and_a_taken_back_one_end_the_one_before(ada):
    open_door()
    first = issue_pairing_code(ada, ALLOWED).pairing_code
    second = issue_pairing_code(ada, ALLOWED).pairing_code
    page = at("/agents/", guest_for_visit(ada).client)
    page.press_button("Take the code back")

    for code in (first, second):
        with pytest.raises(PairingCodeWrong):
            redeem_pairing_code(code, "Hal")


def test_guessing_is_slow(ada):
    open_door()
    statuses = [post_code(f"AAAA-AAA{letter}").status_code for letter in "ACDEFGHJKMN"]

    assert statuses == [403] * 10 + [429]


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"code": 7}', '{"code": "x", "name": []}', "x" * 5_000, "\xff"]
)
def test_what_is_no_code_is_answered_with_what_to_send(ada, body):
    open_door()
    answer = Client().post("/mcp/pair", body, content_type="application/json")

    assert answer.status_code == 400
    assert '"code"' in answer.json()["error"]


def test_three_agents_are_enough(ada):
    open_door()
    for _agent in range(3):
        pair_agent(ada)
    with pytest.raises(TooManyAgents):
        issue_pairing_code(ada, ALLOWED)


@pytest.mark.parametrize(
    "given", [Allowance(0, Decimal(1), 60), Allowance(1, Decimal(-1), 60), Allowance(1, Decimal(1), 9)]
)
def test_an_allowance_of_nothing_makes_no_code(ada, given):
    open_door()
    with pytest.raises(PairingLimitsWrong):
        issue_pairing_code(ada, given)


def test_what_is_not_on_the_list_makes_no_code(ada):
    open_door()
    page = at("/agents/", guest_for_visit(ada).client)
    form = next(one for one in page.dom.find_all("form") if one.get("action") == "/agents/code/")
    token = next(
        one.get("value") for one in form.find_all("input") if one.get("name") == "csrfmiddlewaretoken"
    )
    forged = {"money": "999999", "drinks": "2", "minutes": "60", "csrfmiddlewaretoken": token}
    page.post("/agents/code/", forged | {"page": "agents"})

    assert "from the lists" in page.page
    assert not AgentPairing.objects.exists()


# --- the end --------------------------------------------------------------------------------------------


def test_time_and_the_end_of_the_visit_end_it(ada, ben):
    open_door()
    hal, sal = pair_agent(ada), pair_agent(ben)
    AgentPairing.objects.filter(pk=hal.pk).update(expires_at=timezone.now())
    ben.closed_at = timezone.now()
    ben.save()

    for one in (hal, sal):
        assert "pairing has ended" in refused(one, "add_to_order", item="Soda", idempotency_key="one")
    assert standing(ada) == standing(ben) == []


def test_the_guest_stops_it_with_one_press_from_their_tab(hal, ada):
    page = at("/", guest_for_visit(ada).client)
    page.press_button("Stop it")

    hal.refresh_from_db()
    assert (hal.revoked_by, hal.token_hash) == (None, "")
    assert "Stopped." in page.page
    assert not page.has_button("Stop it")


def test_nobody_stops_another_guests_agent(hal, ben):
    page = at("/agents/", guest_for_visit(ben).client)
    token = next(
        one.get("value") for one in page.dom.find_all("input") if one.get("name") == "csrfmiddlewaretoken"
    )
    page.post(f"/agents/{hal.code}/stop/", {"csrfmiddlewaretoken": token})

    hal.refresh_from_db()
    assert page.status == 404
    assert hal.revoked_at is None


def test_staff_read_which_lines_it_ordered_and_stop_it_on_the_tabs_page(hal, ada):
    call(hal, "add_to_order", item="Negroni", note="cold", idempotency_key="one")
    tickets.fire_ticket(ada, make_context(), skip_hold=True)
    page = at(f"/bar/tab/{ada.code}/", sam_client())
    assert "by the guest’s assistant" in compact_html(page.page)
    assert "“Hal”: $11.00 of $50.00" in compact_html(page.page)

    page.press_button("Stop the assistant")

    hal.refresh_from_db()
    assert hal.revoked_by == create_staff_user("sam")
    assert "orders nothing more" in page.page
    assert "by the guest’s assistant" in at("/bar/", sam_client()).page


def test_who_may_not_stop_agents_is_refused(hal, ada):
    client = nat_client()
    assert client.post(f"/bar/tab/{ada.code}/agent/{hal.code}/stop/").status_code == 403
    assert client.post(f"/admin/bartender/agentpairing/{hal.pk}/stop/").status_code == 403
    hal.refresh_from_db()
    assert hal.revoked_at is None


def test_the_admin_lists_every_call_and_stops_it(hal):
    refused(hal, "add_to_order", item="Moonshine", idempotency_key="one")
    call(hal, "search_menu", text="gin")
    admin = at("/admin/bartender/agentcall/", sam_client())
    assert "add_to_order" in admin.page
    assert "Moonshine" in admin.page

    admin.open("/admin/bartender/agentpairing/")
    admin.press_button("Stop")

    hal.refresh_from_db()
    assert hal.revoked_by == create_staff_user("sam")
    assert hal.code not in "".join(AgentCall.objects.values_list("arguments", flat=True))


# --- what is left of it -----------------------------------------------------------------------------------


def test_the_guest_reads_who_ordered_on_tab_and_receipt_and_again_when_all_is_forgotten(hal, ada):
    call(hal, "add_to_order", item="Negroni", idempotency_key="one")
    guest = guest_for_visit(ada)
    assert "ordered by your assistant" in guest.open_page("/tab/")
    pay_bill(ada)
    tab = latest_tab(ada)
    assert "ordered by your assistant" in guest.open_page(f"/tab/{tab.code}/receipt/")

    erase_visits([ada.pk])

    assert not AgentPairing.objects.exists()
    assert not AgentCall.objects.exists()
    assert [line.by_agent for line in receipt_context(tab)["bill"].lines] == [True]


def test_units_that_the_guest_adds_to_its_line_are_their_own(hal, ada):
    call(hal, "add_to_order", item="Soda", idempotency_key="one")
    orders.set_quantity(ada, OrderLine.objects.get(visit=ada), 3, make_context())

    assert [(one.quantity, one.by_agent) for one in bills.bill_of(ada).lines] == [(1, True), (2, False)]


def test_what_it_asked_for_stands_on_the_page_once_until_the_guest_has_seen_it(hal, ada):
    for number in range(3):
        refused(hal, "ask_guest", about="pay", idempotency_key=f"ask-{number}")
    page = at("/", guest_for_visit(ada).client)
    assert page.page.count("only you can pay") == 1

    page.press_button("I have seen that")

    assert "only you can pay" not in page.page
    assert page.has_button("Stop it")


def test_a_spanish_guest_reads_it_in_spanish(menu):
    open_door()
    visit = open_visit(language="es")
    hal = pair_agent(visit)
    call(hal, "add_to_order", item="Soda", idempotency_key="one")
    guest = guest_for_visit(visit)
    guest.client.cookies["maya_language"] = "es"

    page = guest.client.get("/", headers={"Accept-Language": "es"}).content.decode()

    assert "pedido por tu asistente" in page


def test_a_page_with_agents_costs_two_queries_more_however_many_lines(hal, ada):
    client = guest_for_visit(ada).client
    client.get("/")

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            client.get("/")
        return len(seen)

    with_agents = queries()
    for number in range(5):
        call(hal, "add_to_order", item="Soda", idempotency_key=f"soda-{number}")
    many = queries()
    Venue.objects.update(agents_enabled=False)
    mark_menu_changed()
    client.get("/")
    without = queries()

    assert many <= with_agents + 2  # there was no tab before the first drink
    assert many == without + 2
