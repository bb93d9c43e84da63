"""Who guesses passwords waits; who walks away is logged out."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from tests.bartender.staff_fixtures import sam_client

LOGIN = "/admin/login/"


@pytest.fixture(autouse=True)
def _a_quick_hash(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def mo(db):
    return User.objects.create_user("mo", password="right and long", is_staff=True)


def knock(password, name="mo", address="192.0.2.1"):
    form = {"username": name, "password": password}
    return Client(REMOTE_ADDR=address).post(LOGIN, form)


def guess(times, **who):
    return [knock(f"wrong {number}", **who).status_code for number in range(times)]


def test_the_right_password_opens(mo):
    assert knock("right and long").status_code == 302


def test_after_five_wrong_passwords_the_right_one_waits_too(mo):
    assert guess(5) == [200, 200, 200, 200, 429]
    answer = knock("right and long")

    assert answer.status_code == 429
    assert "pauses for 15 minutes" in answer.text


def test_after_a_quarter_of_an_hour_it_works_again(mo):
    guess(5)
    with time_machine.travel(timezone.now() + timedelta(minutes=14)):
        assert knock("right and long").status_code == 429
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert knock("right and long").status_code == 302


def test_a_stranger_elsewhere_cannot_lock_mo_out(mo):
    guess(5, address="198.51.100.7")

    assert knock("right and long").status_code == 302


def test_guessing_at_a_colleague_does_not_lock_mo_out_of_the_same_bar(mo):
    guess(5, name="tess")

    assert knock("right and long").status_code == 302


def test_a_forged_forwarding_header_buys_no_more_tries(mo):
    for number in range(5):
        form = {"username": "mo", "password": "wrong"}
        Client(REMOTE_ADDR="192.0.2.1").post(LOGIN, form, headers={"X-Forwarded-For": f"10.0.0.{number}"})

    assert knock("right and long").status_code == 429


def test_four_slips_and_then_the_right_one_count_for_nothing(mo):
    guess(4)
    assert knock("right and long").status_code == 302
    assert guess(4) == [200] * 4


def test_half_an_hour_of_silence_logs_out(db):
    client = sam_client()
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        assert client.get("/admin/").status_code == 302


def test_two_houses_of_one_address_are_one_and_a_name_is_counted_wherever_it_is_tried(mo):
    tries = [knock("wrong", address=f"2001:db8:{n}::1").status_code for n in range(11)]

    assert tries == [200] * 10 + [429]
    same = [knock("wrong", name=f"guess{n}", address=f"2001:db8:f::{n:x}").status_code for n in range(21)]
    assert same == [200] * 20 + [429]


def test_a_name_that_nobody_has_is_counted_like_one_that_somebody_has(mo):
    answers = {
        name: [knock("wrong", name=name, address=f"198.51.100.{n}").status_code for n in range(11)]
        for name in ("mo", "nobody")
    }

    assert answers["mo"] == answers["nobody"] == [200] * 10 + [429]


def test_strangers_who_know_the_name_do_not_keep_mo_out_of_a_browser_of_theirs(mo):
    browser = Client(REMOTE_ADDR="192.0.2.1")
    form = {"username": "mo", "password": "right and long"}
    assert browser.post(LOGIN, form).status_code == 302
    for number in range(30):
        knock("wrong", address=f"198.51.{number}.1")
    browser.post("/admin/logout/")

    assert knock("right and long", address="203.0.113.9").status_code == 429
    assert browser.post(LOGIN, form).status_code == 302


def test_who_keeps_working_stays_logged_in(db):
    client, start = sam_client(), timezone.now()
    for minutes in (20, 40, 60, 80):
        with time_machine.travel(start + timedelta(minutes=minutes)):
            assert client.get("/admin/").status_code == 200


def test_a_guest_gets_no_session(client, db):
    assert "sessionid" not in client.get("/").cookies
