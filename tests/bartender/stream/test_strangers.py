"""Nonsense, and guests who try each other's ids: nobody is hurt, nothing crosses."""

import os
import re

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.urls import get_resolver

from bartender.records.visits import OrderLine, Turn
from bartender.wire import Malformed, decode
from maya_site.lib.cookies import cookie_name, signed
from payments.models import Journal, Payment, Tab
from tests.bartender.stream.garbage import forms, frames
from tests.bartender.stream.page import Page

SEED = int(os.environ.get("GARBAGE_SEED", "86"))
COUNT = 1_000


@pytest.mark.django_db(transaction=True)
async def test_a_thousand_garbled_messages_are_a_thousand_answers_and_lines_and_nothing_else(
    ada, brain, unhurried, caplog
):
    unhurried()
    caplog.set_level("INFO")
    async with Page(ada) as page:
        caplog.clear()
        for frame in frames(SEED, COUNT):
            await page.raw(**({"text": frame} if isinstance(frame, str) else {"data": frame}))
            assert (await page.hear())["type"] == "error-response"
        lines = [record for record in caplog.records if record.name == "bartender.consumers"]
        after = await page.say("a Martini please")

    assert len(lines) == COUNT
    assert "Traceback" not in caplog.text
    assert after[-1]["data"]["outcome"] == "done"
    assert await Turn.objects.acount() == 1


def test_none_of_the_garbage_is_a_message():
    heard = 0
    for frame in frames(SEED, COUNT):
        if isinstance(frame, str):
            with pytest.raises(Malformed):
                decode(frame)
            heard += 1

    assert heard > 800


@pytest.mark.django_db(transaction=True)
async def test_ben_tries_adas_ids_with_every_message_and_changes_nothing_of_hers(ada, ben, brain):
    async with Page(ada) as hers, Page(ben) as his:
        await hers.ready()
        await his.ready()
        await hers.say("a Martini please", "adas-turn")
        await hers.press("tap-item", "adas-tap", item="Negroni")
        await hers.press("place-order", "adas-order")
        await hers.press("set-tip", "adas-tip", percent=20)
        await hers.press("pay", "adas-pay")
        nonce = hers.all("tab")[-1]["payment"]["nonce"]
        before = await _state(ada)
        secrets = [nonce, ada.code, hers.all("tab")[-1]["payment"]["code"]]

        said = await his.say("hello", "adas-turn")
        answers = [
            await his.press("pay", "adas-pay", nonce=nonce),
            await his.press("pay", "adas-pay"),
            await his.press("undo", "adas-tap"),
            await his.press("remove-line", "adas-tap", number=1),
            await his.press("not-yet", "adas-pay"),
            await his.press("place-order", "adas-order"),
            await his.press("set-tip", "adas-tip", percent=0),
            await his.press("interrupt", "adas-turn"),
            await his.press("tap-item", "adas-tap", item="Martini"),
        ]
        await hers.press("ping")

    assert await _state(ada) == before
    assert not any(secret in str(his.seen) for secret in secrets)
    assert "Martini" not in str(said)
    assert [answer["type"] for answer in answers].count("server-response") == 3  # interrupt, not-yet, the tap
    assert [turn["said"] for turn in await _turns(ben)] == ["hello"]
    assert hers.all("tab")[-1]["payment"]["nonce"] == nonce


@pytest.mark.django_db(transaction=True)
async def test_one_turn_id_in_two_visits_is_two_turns(ada, ben, brain):
    async with Page(ada) as hers, Page(ben) as his:
        await hers.say("a Martini", "turn-1")
        await his.say("a Negroni", "turn-1")

    assert [line.name async for line in OrderLine.objects.filter(visit=ada)] == ["Martini"]
    assert [line.name async for line in OrderLine.objects.filter(visit=ben)] == ["Negroni"]


@pytest.mark.django_db
def test_a_thousand_garbled_forms_are_answered_and_change_nobody_elses_tab(ada, ben, client, caplog):
    client.cookies[cookie_name()] = signed(ada.code)
    addresses = post_addresses()
    before = list(Tab.objects.filter(visit_code=ben.code).values())
    for address, content_type, body in forms(SEED, COUNT, addresses):
        answer = client.generic("POST", address, body, content_type=content_type)
        assert answer.status_code < 500, (address, content_type, body)

    assert len(addresses) >= 10
    assert list(Tab.objects.filter(visit_code=ben.code).values()) == before
    assert "Traceback" not in caplog.text


@pytest.mark.django_db
def test_a_form_without_its_token_is_refused_everywhere(ada):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies[cookie_name()] = signed(ada.code)

    refused = {address: strict.post(address).status_code for address in post_addresses()}

    assert set(refused.values()) == {403}


def post_addresses() -> list[str]:
    """Every address of the guest's side, with the name of a thing in place of a parameter.

    The door for Stripe's events takes no form, and says 503 while no secret is set."""
    found = []
    for route in _routes():
        if route.startswith(("admin/", "healthz", "metrics", "payments/stripe/")):
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
    return list(Turn.objects.filter(visit=visit).values("said"))
