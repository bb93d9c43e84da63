"""Who gets where: a stranger, staff, a manager, the owner, and a colleague without a group, at every page."""

import re
from html import unescape

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client

from bartender.permissions import MANAGERS_GROUP, STAFF_GROUP
from bartender.services import orders, tickets
from payments.models import Journal, LedgerEntry, Payment, Tab
from tests.bartender.staff_fixtures import (
    client_for,
    create_staff_user,
    mo_client,
    nat_client,
    pay_bill,
    request_bill,
    sam_client,
    tess_client,
)
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context

LOOKED_AT = (
    "visit turn orderline ticket ticketmove takeover approval assistancerequest agentpairing agentcall "
    "barswitch stockmovement printjob"
)
MONEY = "tab journal ledgerentry payment refund zreport staffaction drawerentry document"
MENU = "menuitem menucategory modifiergroup modifier preference allergen ingredient"
VENUE_ROWS = "area table station taxclass bookaccount openinghours specialdate pricerule printer"
READ_ONLY = {*LOOKED_AT.split(), *MONEY.split()}
WHO = {
    "stranger": Client,
    "colleague": nat_client,
    "staff": sam_client,
    "manager": mo_client,
    "owner": tess_client,
}

# What each of them may do with a kind of page; what is not named here is closed to them.
MAY = {
    "staff": {
        "view": {*READ_ONLY, *MENU.split(), *VENUE_ROWS.split(), "servingpolicy"},
        "change": {"menuitem", "ingredient"},
    },
    "manager": {
        "view": {
            *READ_ONLY,
            *MENU.split(),
            *VENUE_ROWS.split(),
            "venue",
            "servingpolicy",
            "user",
            "sharedscreen",
        },
        "change": {
            *MENU.split(),
            *VENUE_ROWS.split(),
            "venue",
            "servingpolicy",
        },  # of people not the first one: oneself
        "add": {*MENU.split(), *VENUE_ROWS.split(), "servingpolicy", "user"},
        "delete": {*MENU.split(), *VENUE_ROWS.split()},
    },
    "owner": {
        "view": {
            *READ_ONLY,
            *MENU.split(),
            *VENUE_ROWS.split(),
            "venue",
            "servingpolicy",
            "sharedscreen",
            "user",
            "group",
            "accessattempt",
            "accesslog",
        }
        | {"accessfailurelog", "task", "eventendpoint", "eventdelivery"},
        "change": {*MENU.split(), *VENUE_ROWS.split(), "venue", "servingpolicy", "user", "group"},
        "add": {*MENU.split(), *VENUE_ROWS.split(), "servingpolicy", "user", "group", "eventendpoint"},
        "delete": {
            *MENU.split(),
            *VENUE_ROWS.split(),
            "servingpolicy",
            "user",
            "group",
            "accessattempt",
            "accesslog",
            "accessfailurelog",
        },
    },
}


def models():
    return {model._meta.model_name: model for model in admin.site._registry if model._meta.app_label != "rag"}


def status(client, url):
    answer = client.get(url)
    if answer.status_code == 302 and "/login/" in answer["Location"]:
        return "login"
    return answer.status_code


@pytest.fixture
def full_bar(ada, ben):
    """A row of every kind: Ada has paid, Ben owes."""
    from bartender.models.tables import Area, Table
    from bartender.models.visits import Turn

    Table.objects.create(area=Area.objects.create(name="Terrace"), name="7")

    for guest in (ada, ben):
        orders.add_line(guest, "Negroni", 2, [], make_context())
        Turn.objects.create(
            visit=guest, client_id="one", guest_text="Two negronis", reply_text="Two Negronis."
        )
    tickets.fire_ticket(ben, make_context())
    pay_bill(ada)


@pytest.mark.parametrize("who", WHO)
def test_every_page_opens_for_whom_it_is_and_for_nobody_else(full_bar, who):
    client, may = WHO[who](), MAY.get(who, {})
    refused = "login" if who == "stranger" else 403
    found: dict[tuple[str, str], object] = {}
    wanted: dict[tuple[str, str], object] = {}
    for name, model in models().items():
        base = f"/admin/{model._meta.app_label}/{name}/"
        row = model.objects.order_by("pk").first()
        pages = {"list": base, "add": f"{base}add/"}
        if row is not None:
            pages |= {page: f"{base}{row.pk}/{page}/" for page in ("change", "history", "delete")}
        found |= {(name, page): status(client, url) for page, url in pages.items()}
        for page in pages:
            right = page if page in ("add", "delete") else "view"
            wanted[name, page] = 200 if name in may.get(right, ()) else refused

    assert found == wanted


@pytest.mark.parametrize("who", WHO)
def test_only_the_right_forms_can_be_sent(full_bar, who):
    client, may = WHO[who](), MAY.get(who, {})
    for name, model in models().items():
        row = model.objects.order_by("pk").first()
        if row is None:
            continue
        answer = client.post(f"/admin/{model._meta.app_label}/{name}/{row.pk}/change/", {"nothing": "valid"})
        allowed = name in may.get("change", ())

        assert (answer.status_code == 200) is allowed, name


@pytest.mark.parametrize(
    "who, expected",
    [("stranger", "login"), ("colleague", 200), ("staff", 200), ("manager", 200), ("owner", 200)],
)
def test_the_first_page_opens_for_everyone_who_works_here(full_bar, who, expected):
    assert status(WHO[who](), "/admin/") == expected


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("button", ["menuitem/{item}/availability/", "ticket/{ticket}/bump/"])
def test_buttons_work_for_those_who_may_press_them(full_bar, who, button):
    from bartender.models.menu import MenuItem
    from bartender.models.visits import Ticket

    ids = {"item": MenuItem.objects.get(name="Negroni").pk, "ticket": Ticket.objects.earliest("pk").pk}
    answer = WHO[who]().post(f"/admin/bartender/{button.format(**ids)}", {"available": "0", "seen": "0"})
    pressed = (
        Ticket.objects.earliest("pk").status == "in_prep"
        or not MenuItem.objects.get(name="Negroni").available
    )

    assert pressed is (who in ("staff", "manager", "owner"))
    assert answer.status_code == (403 if who == "colleague" else 302)


def test_a_button_without_its_token_does_nothing(full_bar):
    client = Client(enforce_csrf_checks=True)
    client.force_login(
        create_staff_user("sam", STAFF_GROUP), backend="django.contrib.auth.backends.ModelBackend"
    )

    assert client.post("/admin/bartender/ticket/1/bump/").status_code == 403


@pytest.mark.parametrize("model", [Tab, Journal, LedgerEntry, Payment])
def test_the_owner_cannot_write_money_by_hand(full_bar, model):
    client, name = tess_client(), model._meta.model_name
    row = model.objects.order_by("pk").first()
    before = list(model.objects.order_by("pk").values())
    base = f"/admin/payments/{name}/"
    doors = [f"{base}add/", f"{base}{row.pk}/change/", f"{base}{row.pk}/delete/"]
    answers = [client.post(url, {"post": "yes", "paid_cents": 1}).status_code for url in doors]
    client.post(base, {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})

    assert answers == [403, 403, 403]
    assert list(model.objects.order_by("pk").values()) == before


def test_the_guests_own_confirmation_is_not_shown_to_staff(full_bar, cy):
    orders.add_line(cy, "Martini", 1, [], make_context())
    nonce = request_bill(cy)
    client = tess_client()
    tab = Tab.objects.get(visit_code=cy.code)
    pages = [
        f"/admin/payments/payment/{tab.payments.get().pk}/change/",
        f"/admin/payments/tab/{tab.pk}/change/",
        f"/admin/bartender/visit/{cy.pk}/change/",
    ]

    assert all(nonce not in client.get(page).text for page in pages)


def test_a_colleague_without_a_group_sees_no_figures(full_bar):
    assert 'id="evening"' not in nat_client().get("/admin/").text


def test_staff_is_never_shown_a_link_that_would_refuse_them(full_bar):
    client = sam_client()
    links = {unescape(one) for one in re.findall(r'href="(/admin/[^"#]*)"', client.get("/admin/").text)}

    assert len(links) > 10
    assert {link: client.get(link).status_code for link in links if "logout" not in link} == {
        link: 200 for link in links if "logout" not in link
    }


def test_migrating_again_sets_the_groups_to_what_the_house_says(db):
    staff = Group.objects.get(name=STAFF_GROUP)
    rights = set(staff.permissions.values_list("codename", flat=True))
    staff.permissions.clear()
    call_command("migrate", verbosity=0, interactive=False)

    assert set(staff.permissions.values_list("codename", flat=True)) == rights
    assert Group.objects.filter(name__in=[STAFF_GROUP, MANAGERS_GROUP]).count() == 2


def test_staff_have_no_right_that_gives_money_back_or_makes_people(db):
    rights = Group.objects.get(name=STAFF_GROUP).permissions.values_list("codename", flat=True)

    assert {one for one in rights if not one.startswith("view_")} == {
        "change_menuitem",
        "change_ingredient",
        "change_ticket",
        "change_moneynotice",
        "add_stockmovement",
        "add_passage",
        "change_passage",
        "change_gap",
        "ring_in_by_staff",
        "move_by_staff",
        "void_by_staff",
        "comp_by_staff",
        "tender_by_staff",
        "take_over_visit",
        "decide_approval",
        "answer_request",
        "stop_agent",
        "open_shared_screen",
        "use_drawer",
        "switch_bar",
        "print_by_staff",
    }


def test_who_leaves_the_house_is_out_at_once(full_bar):
    person = create_staff_user("sam", STAFF_GROUP)
    client = client_for(person)
    person.is_active = False
    person.save()

    assert status(client, "/admin/") == "login"
