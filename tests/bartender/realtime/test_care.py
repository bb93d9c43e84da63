"""The live page hears what is known of its guest, and what a person has decided."""

import pytest
from asgiref.sync import sync_to_async

from bartender.errors import AllergyApprovalRequired
from bartender.models.responsible_service import Approval
from bartender.services import orders, responsible_service
from tests.bartender.realtime.page_client import PageClient
from tests.bartender.staff_fixtures import create_staff_user
from tests.guest_fixtures import make_context

pytestmark = [pytest.mark.django_db(transaction=True)]


async def test_an_allergy_is_on_the_page_as_soon_as_it_is_told(ada):
    async with PageClient(ada) as page:
        await page.send_client_ready()
        await sync_to_async(responsible_service.declare_allergies)(ada, ["nuts"])
        await page.wait_for(lambda frame: frame["data"].get("allergies") == ["nuts"])
    async with PageClient(ada) as page:
        await page.send_client_ready()
        await page.wait_for("care")

    assert page.all_matching("care")[-1]["allergies"] == ["nuts"]  # also after the line was lost


async def test_a_person_s_word_reaches_the_guest_at_once(ada):
    await sync_to_async(responsible_service.declare_allergies)(ada, ["nuts"])
    with pytest.raises(AllergyApprovalRequired):
        await sync_to_async(orders.add_line)(ada, "Martini", 1, [], make_context())
    leave = await Approval.objects.select_related("item").aget()
    person = await sync_to_async(create_staff_user)("sam")
    async with PageClient(ada) as page:
        await page.send_client_ready()
        await sync_to_async(responsible_service.decide_approval)(leave, person, is_approved=True)
        await page.wait_for(lambda frame: "approved the Martini" in str(frame["data"].get("text")))

    assert [notice["text"] for notice in page.all_matching("notice")] == [
        "The staff have approved the Martini: order it again."
    ]
