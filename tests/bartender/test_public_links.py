"""Links that guests carry away begin with the venue's address, whatever a request calls the bar."""

import io
import re

import pytest
import segno
from django.urls import reverse

from bartender.models.visits import Visit
from bartender.services import orders, phone_handoff, split_bill
from payments.attempts import build_link_request
from payments.models import Payment
from tests.bartender.page_fixtures import guest_for_visit
from tests.bartender.staff_fixtures import request_bill
from tests.guest_fixtures import make_context
from tests.payments.ledger_helpers import latest_tab

pytestmark = pytest.mark.django_db
VENUE = "https://bar.example:8443"
FOREIGN = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}


@pytest.fixture(autouse=True)
def _a_bar_that_answers_to_any_name(settings):
    settings.ALLOWED_HOSTS, settings.PUBLIC_URL = ["*"], VENUE


def picture(link):
    found = io.BytesIO()
    segno.make(link, error="m").save(found, kind="svg", scale=5, border=3, light="#fff")
    return found.getvalue()


def seen(visit, path):
    return guest_for_visit(visit).client.get(path, headers=FOREIGN, follow=True)


@pytest.fixture
def round_(ada):
    orders.add_line(ada, "Negroni", 2, [], make_context())
    return ada


def test_an_invitation_and_its_picture(round_):
    token = split_bill.invitation_token(split_bill.create_invitation(round_))
    link = f"{VENUE}{reverse('bartender:join', args=[token])}"
    page = seen(round_, f"/tab/{latest_tab(round_).code}/shared/").content.decode()

    assert f'value="{link}"' in page
    assert seen(round_, "/tab/split/qr.svg").content == picture(link)


def test_the_picture_of_a_link_to_the_phone(round_):
    phone_handoff.issue_handoff_code(round_)
    token = phone_handoff.active_handoff_token(round_.code)
    link = f"{VENUE}{reverse('bartender:confirm_handoff', args=[token])}"

    assert seen(round_, "/phone/qr.svg").content == picture(link)


def test_the_way_back_from_the_till(round_):
    request_bill(round_)
    ask = build_link_request(Payment.objects.get())

    assert ask.success_url.startswith(f"{VENUE}/")
    assert ask.cancel_url == f"{VENUE}/tab/"


def test_no_page_of_a_guest_repeats_the_name_that_a_request_made_up(round_):
    split_bill.create_invitation(round_)
    for path in ("/", "/tab/", "/me/", "/phone/", "/keys/", f"/tab/{latest_tab(round_).code}/shared/"):
        page = seen(round_, path).content.decode()
        assert re.findall(r"evil\.example", page) == [], path
    assert Visit.objects.count() == 1
