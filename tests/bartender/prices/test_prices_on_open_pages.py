"""A page that is open hears of the hour by itself."""

from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from bartender.realtime.snapshot import seconds_to_price_change
from maya_site.core.cookies import sign_visit_code
from tests.bartender.prices.happy_hour import add_rule, happy_hour
from tests.bartender.realtime.page_client import PageClient

pytestmark = [pytest.mark.django_db(transaction=True)]


def ipa(message):
    return next(row for row in message["data"]["prices"] if row["item"] == "IPA")


async def test_the_end_of_a_rule_reaches_an_open_page_within_a_second(ada):
    now = timezone.now()
    ends = now + timedelta(seconds=1.5)
    await sync_to_async(add_rule)(
        categories=["Beer"], starts_at=(now - timedelta(hours=1)).time(), ends_at=ends.time()
    )
    async with PageClient(ada) as page, PageClient(None, cookie=sign_visit_code("f" * 32)) as looking:
        for one in (page, looking):
            await one.send_client_ready()
            first = await one.wait_for("menu")
            assert (ipa(first)["price"], ipa(first)["list_price"]) == ("$4.80", "$6.00")
            assert ipa(first)["rule"].startswith("Happy hour until ")
        for one in (page, looking):
            then = await one.wait_for("menu")
            assert ipa(then) == {"item": "IPA", "price": "$6.00", "list_price": "", "rule": "", "left": ""}
        late = (timezone.now() - ends).total_seconds()

    assert 0 <= late < 1


async def test_a_page_of_a_bar_without_rules_is_told_no_prices(ada):
    async with PageClient(ada) as page:
        told = await page.send_client_ready()
    assert "menu" not in told


def test_the_bar_sleeps_until_the_next_beginning_or_end(menu, clock):
    assert seconds_to_price_change() is None
    happy_hour()
    assert seconds_to_price_change() == 3_600
    clock.at(16, 59)
    assert seconds_to_price_change() == 60
