"""The guest's tab is rendered by one template: the open page is sent what a new page would show."""

import re
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async

from bartender.models.visits import OrderLine
from bartender.services import corrections, orders, tickets
from bartender.web.script_messages import SCRIPT_MESSAGES
from payments.ledger import OperationContext
from tests.bartender.page_fixtures import guest_for_visit
from tests.bartender.realtime.page_client import PageClient
from tests.guest_fixtures import make_context
from tests.html_text import compact_html

pytestmark = [pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).resolve().parents[3]
GUEST_SCRIPTS = [path for path in (ROOT / "static" / "js").rglob("*.js") if "display" not in path.parts]
# What differs from one rendering to the next: the token of the forms, and the page's own id.
OF_THE_MOMENT = re.compile(r'(?<=name="csrfmiddlewaretoken") value="[^"]*"|(?<=value=")[0-9a-f]{16}(?=-)')


def same(html: str) -> str:
    return compact_html(OF_THE_MOMENT.sub("", html)).strip()


async def receive_fragments(page: PageClient) -> dict[str, str]:
    await page.send("client-ready", {"version": "2.1.0", "fragments": True})
    found: dict[str, str] = (await page.wait_for("fragments"))["data"]["fragments"]
    return found


def an_evening(visit) -> None:
    """Sent, open and on the house; with a tip, an allergy and little money left."""
    line = orders.add_line(visit, "Negroni", 2, [], make_context())
    orders.add_line(visit, "Old Fashioned", 1, ["neat"], make_context())
    tickets.fire_ticket(visit, make_context())
    row = OrderLine.objects.get(pk=line.pk)
    corrections.comp_line(row, OperationContext("comp", actor="mo", source="admin", reason="spilled"))
    orders.add_line(visit, "IPA", 1, [], make_context())
    visit.allergies = ["nuts"]
    visit.save()


async def test_the_open_page_is_sent_what_a_new_page_shows(ada, settings):
    settings.HOLD_SECONDS = 20
    await sync_to_async(an_evening)(ada)
    async with PageClient(ada) as page:
        sent = await receive_fragments(page)
    guest = guest_for_visit(ada)
    await sync_to_async(guest.open_page)()
    shown = same(guest.browser.response.text)

    assert same(sent["tab"]) in shown
    assert f'data-fragment="due">{same(sent["due"])}</b>' in shown
    for words in ("on the house", "to the bar in {seconds} s", "nuts", "Undo last item"):
        assert words in sent["tab"], words


async def test_each_change_brings_the_newest_tab_and_only_what_changed(ada, settings):
    settings.HOLD_SECONDS = 20
    async with PageClient(ada) as page:
        first = await receive_fragments(page)
        await page.send_client_message("tap-item", item="Martini")
        ordered = (await page.wait_for("fragments"))["data"]["fragments"]
        await page.send("client-message", {"t": "place-order", "d": {}})
        sent = (await page.wait_for("fragments"))["data"]["fragments"]

    assert (first["due"], ordered["due"]) == ("$0.00", "$13.00")
    assert 'data-key="line-1"' in ordered["tab"]
    assert "data-undo-until" in sent["tab"]
    assert "due" not in sent


async def test_an_allergy_that_is_told_elsewhere_stands_on_the_open_tab(ada):
    async with PageClient(ada) as page:
        await receive_fragments(page)
        guest = guest_for_visit(ada)
        await sync_to_async(guest.open_page)()
        await sync_to_async(guest.submit_form)("/declare/allergies/", allergies=["nuts"])
        tab = (await page.wait_for("fragments"))["data"]["fragments"]["tab"]

    assert '<span data-of="allergies">nuts</span>' in tab


async def test_a_client_that_shows_no_html_is_sent_none(ada):
    async with PageClient(ada) as page:
        await page.send_client_ready()
        await page.send_client_message("tap-item", item="Negroni")
        await page.send_client_message("set-tip", percent=10)

    assert page.all_matching("tab")[-1]["lines"][0]["item"] == "Negroni"
    assert page.all_matching("fragments") == []


def test_no_text_of_the_tab_stands_in_a_script_too():
    templates = "".join(path.read_text() for path in (ROOT / "templates" / "bartender").glob("*.html"))
    translated = set(re.findall(r'{% translate "([^"]+)" %}', templates))

    assert len(translated) > 100
    assert translated & set(SCRIPT_MESSAGES) == set()


@pytest.mark.parametrize("path", GUEST_SCRIPTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_no_script_knows_an_amount_or_a_limit_of_the_tab(path):
    assert re.findall(r"\w*cents\b|toLocaleString|balance|\bLOW\w*", path.read_text(), re.IGNORECASE) == []
