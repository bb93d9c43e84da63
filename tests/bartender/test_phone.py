"""Ada carries her evening from the bar's screen to her phone, and nobody else does."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from bartender.records.visits import Visit
from bartender.services import phone
from tests.bartender.page_cast import Guest
from tests.cast import *  # noqa: F403 - the cast


@pytest.fixture
def first(menu):
    guest = Guest()
    guest.look()
    guest.say("two negronis")
    return guest


def link_of(guest):
    guest.look("/phone/")
    guest.send("/phone/offer/")
    assert "/phone/qr.svg" in guest.page
    return f"/phone/{phone.offered(Visit.objects.get().code)}/"


def test_the_same_conversation_and_tab_open_on_the_second_device(first):
    second = Guest()
    link = link_of(first)
    assert first.client.get("/phone/qr.svg")["Content-Type"] == "image/svg+xml"
    second.look(link)
    second.send(f"{link}yes/")

    assert "two negronis" in second.page
    assert "$22.00" in second.page
    assert Visit.objects.count() == 1


def test_a_link_works_once(first):
    link = link_of(first)
    assert [Guest().client.get(link).status_code for _ in range(3)] == [200] * 3  # a preview uses nothing up
    second, third = Guest(), Guest()
    second.look(link)
    third.look(link)
    second.send(f"{link}yes/")
    third.send(f"{link}yes/")

    assert "two negronis" in second.page
    assert "That link is over" in third.page
    assert "two negronis" not in third.page


def test_a_link_ends_after_five_minutes_and_with_the_next_one(first):
    old = link_of(first)
    new = link_of(first)
    assert Guest().client.get(old).status_code == 410
    assert Guest().client.get(new).status_code == 200

    Visit.objects.update(phone_until=timezone.now() - timedelta(seconds=1))

    assert Guest().client.get(new).status_code == 410
    assert "/phone/qr.svg" not in first.look("/phone/")


@pytest.mark.parametrize("token", ["-", "nonsense", "-:x", "0" * 32, "a" * 500])
def test_a_made_up_link_opens_nothing(first, token):
    assert Guest().client.get(f"/phone/{token}/").status_code == 410
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone_code FROM bartender_visit")
        assert cursor.fetchall() == [("",)]


def test_the_link_never_holds_the_visit_s_own_code(first):
    link = link_of(first)

    assert Visit.objects.get().code not in link
    assert re.match(r"^/phone/[0-9a-f]{32}:", link)
