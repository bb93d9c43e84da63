"""Mo, who manages, shows a code of an app after the password; who lost the phone has paper, or a command."""

from __future__ import annotations

import re
from base64 import b32decode

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from bartender.permissions import MANAGERS_GROUP, STAFF_GROUP, has_manager_permissions
from bartender.web.display.session import get_staff_user
from tests import form_browser
from tests.bartender.staff_fixtures import create_staff_user

pytestmark = pytest.mark.django_db
PASSWORD = "right and long"


@pytest.fixture(autouse=True)
def _a_quick_hash(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def required(settings):
    settings.SECOND_FACTOR_REQUIRED = True


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel("2026-11-29 20:00:00+00:00", tick=False) as clock:
        yield clock


def person(name, group):
    user = create_staff_user(name, group)
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def mo(db):
    return person("mo", MANAGERS_GROUP)


class Browser(form_browser.FormBrowser):
    def go(self, path):
        self.open(path)
        return self.path

    def fill(self, code):
        button = next(one for one in self.submit_buttons() if one.form and any(self.codes(one.form)))
        self.submit(button, {"code": code})
        return self.response

    @staticmethod
    def codes(form):
        return (field for field in form.find_all("input") if field.get("name") == "code")

    def log_in(self, name, to="/admin/"):
        self.open(to)
        self.press_button("Log in", username=name, password=PASSWORD)
        return self.path


def app(browser):
    """What the phone knows: the key that the page shows."""
    (shown,) = re.findall(r"second-factor-key\">([A-Z2-7=]+)<", browser.page)
    key = b32decode(shown)
    return lambda: f"{totp(key):06d}"


def set_up(browser):
    phone = app(browser)
    browser.fill(code=phone())
    return phone, re.findall(r"<li><code>([a-z2-7]+)</code>", browser.page)


def is_in(browser):
    return browser.client.get("/admin/").status_code == 200


def test_a_manager_sets_it_up_with_the_first_login_and_is_not_in_before(required, mo):
    browser = Browser()

    assert browser.log_in("mo", "/bar/") == "/admin/second-factor/set-up/"
    assert not is_in(browser)
    assert browser.client.get("/admin/second-factor/qr.svg")["Content-Type"] == "image/svg+xml"
    browser.fill(code="000000")
    assert "not right" in browser.page
    browser.go("/admin/second-factor/set-up/")
    with time_machine.travel("2026-11-29 20:00:40+00:00", tick=False):  # who guesses waits
        _phone, paper = set_up(browser)

    assert len(paper) == 10
    assert is_in(browser)
    assert 'href="/bar/"' in browser.page


def test_the_next_login_asks_for_a_code_and_each_works_once(required, mo, clock):
    first = Browser()
    first.log_in("mo")
    phone, paper = set_up(first)
    clock.shift(60)

    second = Browser()
    assert second.log_in("mo", "/bar/") == "/admin/second-factor/"
    assert not is_in(second)
    assert second.client.get("/bar/")["Location"].startswith("/admin/login/")
    used = phone()
    second.fill(code=used)
    assert (second.path, is_in(second)) == ("/bar/", True)

    third = Browser()
    third.log_in("mo")
    third.fill(code=used)
    assert "used before" in third.page
    third.fill(code=f" {paper[0][:4]}-{paper[0][4:].upper()} ")
    assert is_in(third)
    assert "9 left" in third.page

    fourth = Browser()
    fourth.log_in("mo")
    fourth.fill(code=paper[0])
    assert not is_in(fourth)


def test_the_right_password_alone_is_good_for_five_minutes(required, mo, clock):
    browser = Browser()
    browser.log_in("mo")
    phone, _paper = set_up(browser)
    late = Browser()
    late.log_in("mo")
    clock.shift(5 * 60 + 1)
    late.fill(code=phone())

    assert late.path == "/admin/login/"
    assert not is_in(late)


def test_who_only_has_the_password_cannot_set_up_another_app(required, mo):
    first = Browser()
    first.log_in("mo")
    set_up(first)
    thief = Browser()
    thief.log_in("mo")

    assert thief.go("/admin/second-factor/set-up/") == "/admin/login/"
    assert thief.client.get("/admin/second-factor/qr.svg").status_code == 404
    assert TOTPDevice.objects.count() == 1


def test_who_guesses_codes_waits_longer_and_longer(required, mo, clock):
    first = Browser()
    first.log_in("mo")
    phone, _paper = set_up(first)
    clock.shift(60)
    thief = Browser()
    thief.log_in("mo")
    answers = [thief.fill(code=f"{number:06d}").status_code for number in range(9)]

    assert 429 in answers or TOTPDevice.objects.get().throttling_failure_count > 0
    thief.go("/admin/second-factor/")
    thief.fill(code=phone())
    assert not is_in(thief)


def test_staff_who_serve_need_none_and_a_session_ends_when_somebody_becomes_a_manager(required):
    sam = person("sam", STAFF_GROUP)
    browser = Browser()
    assert browser.log_in("sam") == "/admin/"
    key = str(browser.client.session.session_key)
    viewer = get_staff_user(key, "bartender.view_ticket")
    assert viewer is not None
    assert viewer.user == sam

    sam.groups.add(Group.objects.get(name=MANAGERS_GROUP))

    assert get_staff_user(key, "bartender.view_ticket") is None
    assert browser.client.get("/bar/")["Location"].startswith("/admin/login/")
    assert browser.log_in("sam") == "/admin/second-factor/set-up/"


def test_in_development_it_is_offered_and_kept_once_it_is_there(mo, clock):
    browser = Browser()
    assert browser.log_in("mo") == "/admin/"
    assert "/admin/second-factor/set-up/" in browser.page
    browser.go("/admin/second-factor/set-up/")
    phone, _paper = set_up(browser)
    clock.shift(60)

    again = Browser()
    assert again.log_in("mo") == "/admin/second-factor/"
    again.fill(code=phone())
    assert is_in(again)


def test_a_lost_phone_is_helped_by_one_command_and_ends_its_sessions(required, mo, capsys):
    browser = Browser()
    browser.log_in("mo")
    set_up(browser)
    call_command("reset_second_factor", "mo")

    assert "no second factor any more" in capsys.readouterr().out
    assert not is_in(browser)
    assert Browser().log_in("mo") == "/admin/second-factor/set-up/"
    with pytest.raises(CommandError, match="nobody here is called"):
        call_command("reset_second_factor", "nobody")
    with pytest.raises(CommandError, match="has no second factor"):
        call_command("reset_second_factor", person("sid", STAFF_GROUP).username)


def test_who_manages_is_told_by_what_they_may_do(db):
    boss = User.objects.create_user("tess", is_superuser=True)

    assert has_manager_permissions(boss)
    assert has_manager_permissions(create_staff_user("mia", MANAGERS_GROUP))
    assert not has_manager_permissions(create_staff_user("sam", STAFF_GROUP))
    assert not has_manager_permissions(create_staff_user("nat"))
