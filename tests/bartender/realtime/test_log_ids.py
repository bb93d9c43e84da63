"""An operator reads the log: each line says in whose request, visit and turn it was written."""

import logging

import pytest
from django.test import Client
from django.urls import reverse

from bartender.models.visits import Turn
from bartender.services import orders
from maya_site.core.cookies import sign_visit_code, visit_cookie_name
from tests.bartender.realtime.page_client import PageClient
from tests.log_capture import capture_log

pytestmark = [pytest.mark.django_db(transaction=True)]
WORDS = "a Martini, and do not tell my sister"


@pytest.fixture
def talkative(monkeypatch):
    """A line from the thread that does the database work of a turn."""
    add = orders.add_line

    def logged_add(*args, **kwargs):
        logging.getLogger("bartender.services.orders").info("poured")
        return add(*args, **kwargs)

    monkeypatch.setattr(orders, "add_line", logged_add)


async def test_a_line_of_a_turn_names_its_stream_its_visit_and_its_turn_even_from_a_thread(
    ada, brain, talkative
):
    with capture_log() as lines:
        async with PageClient(ada) as page:
            await page.send_text(WORDS, "turn-1")
            await page.send_text("a Negroni too", "turn-2")

    first, second = [line for line in lines if line["text"] == "poured"]
    assert first["visit"] == second["visit"] == ada.code[:8]
    assert (first["turn"], second["turn"]) == ("turn-1", "turn-2")
    assert first["request"] == second["request"]
    assert len(first["request"]) == 32
    assert ada.code not in str(lines)


async def test_a_bug_in_a_turn_is_found_by_the_id_that_the_page_has(ada, brain):
    brain.breaks = True
    with capture_log() as lines:
        async with PageClient(ada) as page:
            await page.send_text(WORDS, "turn-9")

    broken = next(line for line in lines if line["text"] == "a turn failed")
    assert (broken["turn"], broken["visit"]) == ("turn-9", ada.code[:8])
    assert "a bug of the brain" in broken["trace"]


@pytest.mark.parametrize("chosen", [True, False])
def test_what_guests_say_is_in_the_log_where_the_house_chose_so_and_only_there(menu, settings, chosen):
    settings.LOG_GUEST_TEXT = chosen
    code = "0123456789abcdef" * 2
    guest = Client()
    guest.cookies[visit_cookie_name()] = sign_visit_code(code)

    with capture_log(guest_text=chosen) as lines:
        guest.post(reverse("bartender:say"), {"text": WORDS, "id": "f0" * 16})

    assert Turn.objects.get().guest_text == WORDS
    heard = [line for line in lines if "guest_text" in line]
    assert [(line["guest_text"], line["turn"], line["visit"]) for line in heard] == (
        [(WORDS, "f0" * 16, "01234567")] if chosen else []
    )
    assert ("sister" in str(lines)) is chosen
