"""The live page hears what is known of its guest, and what a person has decided."""

import pytest
from asgiref.sync import sync_to_async

from bartender.errors import AllergyDoubt
from bartender.records.serving import StaffLeave
from bartender.services import orders, serving
from tests.bartender.staff_cast import hire
from tests.bartender.stream.page import Page
from tests.cast import cause

pytestmark = [pytest.mark.django_db(transaction=True)]


async def test_an_allergy_is_on_the_page_as_soon_as_it_is_told(ada):
    async with Page(ada) as page:
        await page.ready()
        await sync_to_async(serving.declare_allergies)(ada, ["nuts"])
        await page.until(lambda frame: frame["data"].get("allergies") == ["nuts"])
    async with Page(ada) as page:
        await page.ready()
        await page.until("care")

    assert page.all("care")[-1]["allergies"] == ["nuts"]  # also after the line was lost


async def test_a_person_s_word_reaches_the_guest_at_once(ada):
    await sync_to_async(serving.declare_allergies)(ada, ["nuts"])
    with pytest.raises(AllergyDoubt):
        await sync_to_async(orders.add)(ada, "Martini", 1, [], cause())
    leave = await StaffLeave.objects.select_related("item").aget()
    person = await sync_to_async(hire)("sam")
    async with Page(ada) as page:
        await page.ready()
        await sync_to_async(serving.decide_leave)(leave, person, given=True)
        await page.until(lambda frame: "said yes to Martini" in str(frame["data"].get("text")))

    assert [notice["text"] for notice in page.all("notice")] == [
        "A person has said yes to Martini: order it once more."
    ]
