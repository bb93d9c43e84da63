"""Nonsense, and guests who try each other's ids: nobody is hurt, nothing crosses."""

import os
import re

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.urls import get_resolver

from bartender.models.visits import OrderLine, Turn
from bartender.realtime.protocol import MalformedMessage, decode_message
from maya_site.core.cookies import sign_visit_code, visit_cookie_name
from payments.models import Journal, Payment, Tab
from tests.bartender.realtime.garbage import garbage_forms, garbage_frames
from tests.bartender.realtime.page_client import PageClient

SEED = int(os.environ.get("GARBAGE_SEED", "86"))
COUNT = 1_000


@pytest.mark.django_db(transaction=True)
async def test_a_thousand_garbled_messages_are_a_thousand_answers_and_lines_and_nothing_else(
    ada, brain, unhurried, caplog
):
    unhurried()
    caplog.set_level("INFO")
    async with PageClient(ada) as page:
        caplog.clear()
        for frame in garbage_frames(SEED, COUNT):
            await page.send_raw(**({"text": frame} if isinstance(frame, str) else {"data": frame}))
            assert (await page.receive())["type"] == "error-response"
        lines = [record for record in caplog.records if record.name == "bartender.realtime.consumer"]
        after = await page.send_text("a Martini please")

    assert len(lines) == COUNT
    assert "Traceback" not in caplog.text
    assert after[-1]["data"]["outcome"] == "done"
    assert await Turn.objects.acount() == 1


def test_none_of_the_garbage_is_a_message():
    heard = 0
    for frame in garbage_frames(SEED, COUNT):
        if isinstance(frame, str):
            with pytest.raises(MalformedMessage):
                decode_message(frame)
            heard += 1

    assert heard > 800


@pytest.mark.django_db(transaction=True)
async def test_ben_tries_adas_ids_with_every_message_and_changes_nothing_of_hers(ada, ben, brain):
    async with PageClient(ada) as hers, PageClient(ben) as his:
        await hers.send_client_ready()
        await his.send_client_ready()
        await hers.send_text("a Martini please", "adas-turn")
        await hers.send_client_message("tap-item", "adas-tap", item="Negroni")
        await hers.send_client_message("place-order", "adas-order")
        await hers.send_client_message("set-tip", "adas-tip", percent=20)
        await hers.send_client_message("pay", "adas-pay")
        nonce = hers.all_matching("tab")[-1]["payment"]["nonce"]
        before = await _state(ada)
        secrets = [nonce, ada.code, hers.all_matching("tab")[-1]["payment"]["code"]]

        said = await his.send_text("hello", "adas-turn")
        answers = [
            await his.send_client_message("pay", "adas-pay", nonce=nonce),
            await his.send_client_message("pay", "adas-pay"),
            await his.send_client_message("undo", "adas-tap"),
            await his.send_client_message("remove-line", "adas-tap", number=1),
            await his.send_client_message("not-yet", "adas-pay"),
            await his.send_client_message("place-order", "adas-order"),
            await his.send_client_message("set-tip", "adas-tip", percent=0),
            await his.send_client_message("interrupt", "adas-turn"),
            await his.send_client_message("tap-item", "adas-tap", item="Martini"),
        ]
        await hers.send_client_message("ping")

    assert await _state(ada) == before
    assert not any(secret in str(his.received) for secret in secrets)
    assert "Martini" not in str(said)
    assert [answer["type"] for answer in answers].count("server-response") == 3  # interrupt, not-yet, the tap
    assert [turn["guest_text"] for turn in await _turns(ben)] == ["hello"]
    assert hers.all_matching("tab")[-1]["payment"]["nonce"] == nonce


@pytest.mark.django_db(transaction=True)
async def test_one_turn_id_in_two_visits_is_two_turns(ada, ben, brain):
    async with PageClient(ada) as hers, PageClient(ben) as his:
        await hers.send_text("a Martini", "turn-1")
        await his.send_text("a Negroni", "turn-1")

    assert [line.name async for line in OrderLine.objects.filter(visit=ada)] == ["Martini"]
    assert [line.name async for line in OrderLine.objects.filter(visit=ben)] == ["Negroni"]


@pytest.mark.django_db
def test_a_thousand_garbled_forms_are_answered_and_change_nobody_elses_tab(ada, ben, client, caplog):
    client.cookies[visit_cookie_name()] = sign_visit_code(ada.code)
    addresses = post_addresses()
    before = list(Tab.objects.filter(visit_code=ben.code).values())
    for address, content_type, body in garbage_forms(SEED, COUNT, addresses):
        answer = client.generic("POST", address, body, content_type=content_type)
        assert answer.status_code < 500, (address, content_type, body)

    assert len(addresses) >= 10
    assert list(Tab.objects.filter(visit_code=ben.code).values()) == before
    assert "Traceback" not in caplog.text


@pytest.mark.django_db
def test_a_form_without_its_token_is_refused_everywhere(ada):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies[visit_cookie_name()] = sign_visit_code(ada.code)

    refused = {address: strict.post(address).status_code for address in post_addresses()}

    assert set(refused.values()) == {403}


def post_addresses() -> list[str]:
    """Every address of the guest's side, with the name of a thing in place of a parameter.

    The doors for events take no form, and say 503 while no secret is set. That of agents takes a code
    instead, and is not there while the venue has none."""
    found = []
    for route in _routes():
        if route.startswith(("admin/", "healthz", "metrics", "mcp")) or route.endswith("webhook/"):
            continue
        address = "/" + re.sub(r"<(\w+:)?\w+>", lambda part: "1" if "int" in part[0] else "martini", route)
        if Client().get(address).status_code == 405 or "till" in route:
            found.append(address)
    return found


def _routes(patterns=None, before=""):
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from _routes(pattern.url_patterns, route)
        elif "^" not in route:
            yield route


@sync_to_async
def _state(visit):
    return (
        list(Tab.objects.filter(visit_code=visit.code).values()),
        list(Journal.objects.filter(tab__visit_code=visit.code).values_list("key", flat=True)),
        list(Payment.objects.filter(tab__visit_code=visit.code).values()),
        list(OrderLine.objects.filter(visit=visit).values()),
        list(Turn.objects.filter(visit=visit).values()),
    )


@sync_to_async
def _turns(visit):
    return list(Turn.objects.filter(visit=visit).values("guest_text"))
