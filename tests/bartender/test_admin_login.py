"""Who guesses passwords waits; who walks away is logged out."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from tests.bartender.staff_cast import sam

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
    client = sam()
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        assert client.get("/admin/").status_code == 302


def test_who_keeps_working_stays_logged_in(db):
    client, start = sam(), timezone.now()
    for minutes in (20, 40, 60, 80):
        with time_machine.travel(start + timedelta(minutes=minutes)):
            assert client.get("/admin/").status_code == 200


def test_a_guest_gets_no_session(client, db):
    assert "sessionid" not in client.get("/").cookies
