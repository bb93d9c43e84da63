"""Passwords are hashed one at a time, and guests do not notice."""

from __future__ import annotations

import statistics
import threading
import time
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.cookiejar import CookieJar

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher, check_password, make_password
from django.db import transaction

from maya_site.core.rate_limits import RateLimitExceeded
from maya_site.staff_login import passwords
from maya_site.staff_login.passwords import MAX_QUEUE, SequentialPBKDF2PasswordHasher
from tests.live_server import run_live_server
from tests.waiting import wait_until

pytestmark = pytest.mark.any_database

QUICK = 1000


@pytest.fixture
def busy():
    """Somebody's password is being hashed, for as long as the test wants."""
    ended = threading.Event()
    passwords._HASH_THREAD.submit(ended.wait, 30)
    yield ended
    ended.set()


@pytest.mark.django_db
def test_it_is_djangos_own_hash():
    ours, theirs = (
        make_password("pour"),
        PBKDF2PasswordHasher().encode("pour", "salt", SequentialPBKDF2PasswordHasher.iterations),
    )

    assert check_password("pour", ours)
    assert SequentialPBKDF2PasswordHasher().encode("pour", "salt") == theirs
    assert SequentialPBKDF2PasswordHasher().verify("pour", theirs)


@pytest.mark.django_db
def test_a_password_is_hashed_in_the_middle_of_a_transaction(django_user_model):
    """As where a manager adds a person in the admin."""
    with transaction.atomic():
        mo = django_user_model.objects.create_user("mo", password="pour")

    assert django_user_model.objects.get(pk=mo.pk).check_password("pour")


@pytest.mark.django_db
def test_one_waits_for_the_other_and_no_more_than_a_few_wait(busy):
    with ThreadPoolExecutor(MAX_QUEUE) as crowd:
        waiting = [
            crowd.submit(SequentialPBKDF2PasswordHasher().encode, "pour", "salt", QUICK)
            for _ in range(MAX_QUEUE)
        ]
        wait_until(lambda: not passwords._QUEUE_SLOTS._value)
        with pytest.raises(RateLimitExceeded):
            SequentialPBKDF2PasswordHasher().encode("pour", "salt", QUICK)
        assert not any(one.done() for one in waiting)
        busy.set()

        assert len({one.result(30) for one in waiting}) == 1
    assert SequentialPBKDF2PasswordHasher().encode("pour", "salt", QUICK)


def log_in(address, name, gate):
    jar = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    browser.open(f"{address}/admin/login/").close()
    token = next(one.value for one in jar if one.name == "csrftoken")
    form = urllib.parse.urlencode({"csrfmiddlewaretoken": token, "username": name, "password": "guess"})
    gate.wait(30)
    request = urllib.request.Request(f"{address}/admin/login/", form.encode(), {"Origin": address})
    with browser.open(request, timeout=120) as answer:
        return answer.status


@pytest.mark.slow
def test_a_guest_is_answered_while_twenty_log_in_at_once(tmp_path):
    gate, took = threading.Event(), []
    with run_live_server(tmp_path) as address, ThreadPoolExecutor(20) as crowd:
        logins = [crowd.submit(log_in, address, f"name-{number}", gate) for number in range(20)]
        urllib.request.urlopen(address).close()
        gate.set()
        while not all(login.done() for login in logins):
            began = time.monotonic()
            urllib.request.urlopen(address, timeout=60).close()
            took.append(time.monotonic() - began)
            time.sleep(0.05)

        assert [login.result() for login in logins] == [200] * 20
    assert len(took) > 10
    assert statistics.median(took) < 0.5
