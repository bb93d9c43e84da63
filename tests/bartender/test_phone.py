"""Ada carries her evening from the bar's screen to her phone, and nobody else does."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from bartender.models.visits import Visit
from bartender.services import phone_handoff
from tests.bartender.page_fixtures import PageGuest
from tests.guest_fixtures import *  # noqa: F403 - the cast


@pytest.fixture
def first(menu):
    guest = PageGuest()
    guest.open_page()
    guest.say("two negronis")
    return guest


def link_of(guest):
    guest.open_page("/phone/")
    guest.submit_form("/phone/offer/")
    assert "/phone/qr.svg" in guest.page
    return f"/phone/{phone_handoff.active_handoff_token(Visit.objects.get().code)}/"


def test_the_same_conversation_and_tab_open_on_the_second_device(first):
    second = PageGuest()
    link = link_of(first)
    assert first.client.get("/phone/qr.svg")["Content-Type"] == "image/svg+xml"
    second.open_page(link)
    second.submit_form(f"{link}yes/")

    assert "two negronis" in second.page
    assert "$22.00" in second.page
    assert Visit.objects.count() == 1


def test_a_link_works_once(first):
    link = link_of(first)
    assert [PageGuest().client.get(link).status_code for _ in range(3)] == [
        200
    ] * 3  # a preview uses nothing up
    second, third = PageGuest(), PageGuest()
    second.open_page(link)
    third.open_page(link)
    second.submit_form(f"{link}yes/")
    third.submit_form(f"{link}yes/")

    assert "two negronis" in second.page
    assert "That link is over" in third.page
    assert "two negronis" not in third.page


def test_a_link_ends_after_five_minutes_and_with_the_next_one(first):
    old = link_of(first)
    new = link_of(first)
    assert PageGuest().client.get(old).status_code == 410
    assert PageGuest().client.get(new).status_code == 200

    Visit.objects.update(handoff_expires_at=timezone.now() - timedelta(seconds=1))

    assert PageGuest().client.get(new).status_code == 410
    assert "/phone/qr.svg" not in first.open_page("/phone/")


@pytest.mark.parametrize("token", ["-", "nonsense", "-:x", "0" * 32, "a" * 500])
def test_a_made_up_link_opens_nothing(first, token):
    assert PageGuest().client.get(f"/phone/{token}/").status_code == 410
    with connection.cursor() as cursor:
        cursor.execute("SELECT handoff_code FROM bartender_visit")
        assert cursor.fetchall() == [("",)]


def test_the_link_never_holds_the_visit_s_own_code(first):
    link = link_of(first)

    assert Visit.objects.get().code not in link
    assert re.match(r"^/phone/[0-9a-f]{32}:", link)
