"""One page shows a whole visit: what was said, what was sold, what is due."""

from datetime import UTC, datetime

from django.utils import timezone

from bartender.models.visits import Turn, Visit
from bartender.services import bills, orders, tickets
from maya_site.core.money import format_money
from payments.ledger import TipRule
from payments.models import Tab
from tests.bartender.staff_fixtures import pay_bill, sam_client, tess_client
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context
from tests.html_text import compact_html

VISITS = "/admin/bartender/visit/"


def says(guest, said, reply, **more):
    return Turn.objects.create(
        visit=guest, client_id=make_context().key, guest_text=said, reply_text=reply, **more
    )


def page_of(guest):
    return compact_html(sam_client().get(f"{VISITS}{guest.pk}/change/").text)


def test_a_visit_shows_its_conversation_its_orders_and_its_tab(ada):
    says(ada, "Two negronis", "Two Negronis, $22.00.", brain="house", elapsed_ms=8.4, outcome="done")
    orders.add_line(ada, "Negroni", 2, [], make_context())
    bills.set_tip(ada, TipRule(basis_points=2000), make_context())
    ticket = tickets.fire_ticket(ada, make_context())
    page = page_of(ada)

    assert "Two negronis" in page
    assert "Two Negronis, $22.00." in page
    assert f"/admin/bartender/ticket/{ticket.pk}/change/" in page
    for cents in (2200, 440, 2640):
        assert format_money(cents) in page


def test_a_voided_line_is_still_told_and_a_second_tab_too(ada):
    line = orders.add_line(ada, "Martini", 1, [], make_context())
    orders.remove_line(ada, line, None, make_context())
    orders.add_line(ada, "Soda", 1, [], make_context())
    pay_bill(ada)
    orders.add_line(ada, "Water", 1, [], make_context())
    page = page_of(ada)

    assert 'class="voided"' in page
    assert page.count("<h2>Tab ") == 2


def test_what_a_guest_wrote_is_text_and_never_markup(ada):
    says(
        ada,
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        tool_calls=[{"name": "<b>", "ok": True}],
    )
    client = tess_client()
    pages = [f"{VISITS}{ada.pk}/change/", "/admin/bartender/turn/", VISITS, f"{VISITS}?q=<script>alert(1)"]

    for page in pages:
        text = client.get(page).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text


def test_another_guests_words_are_not_on_the_page(ada, ben):
    says(ben, "I owe", "You do.")

    assert "I owe" not in page_of(ada)


def test_a_visit_is_found_by_its_code_a_word_or_a_drink(ada, ben):
    says(ada, "Something with smoke", "Gladly.")
    orders.add_line(ben, "Negroni", 1, [], make_context())
    client = sam_client()

    def found(words):
        return [visit.code for visit in client.get(VISITS, {"q": words}).context["cl"].result_list]

    assert found("smoke") == [ada.code]
    assert found("negroni") == [ben.code]
    assert found(ada.code) == [ada.code]


def test_the_list_says_who_is_here_and_what_they_owe(ada, ben):
    orders.add_line(ben, "Martini", 1, [], make_context())
    ada.closed_at = ada.opened_at
    ada.save()
    client = sam_client()
    here = client.get(f"{VISITS}?here=yes")

    assert [visit.code for visit in here.context["cl"].result_list] == [ben.code]
    assert "$13.00" in here.text


def test_a_tabs_page_tells_its_ledger_and_leads_to_the_visit(ada):
    orders.add_line(ada, "Negroni", 2, [], make_context())
    bills.request_bill(ada, make_context())
    client = sam_client()
    page = compact_html(client.get(f"/admin/payments/tab/{Tab.objects.get().pk}/change/").text)

    assert page.count('<td class="number">$22.00</td>') == 2
    assert "2 × $11.00" in page
    assert "moves no money" in page
    assert f"{VISITS}?q={ada.code}" in page
    assert client.get(f"{VISITS}?q={ada.code}").context["cl"].result_count == 1


def test_a_flag_is_on_the_pages_of_those_that_have_one_and_times_have_24_hours(ada):
    orders.add_line(ada, "Martini", 1, [], make_context())
    tab = Tab.objects.get()
    opened = datetime(2026, 11, 29, 14, 53, tzinfo=UTC)
    Tab.objects.update(opened_at=opened)
    tabs_page, client = f"/admin/payments/tab/{tab.pk}/change/", sam_client()
    assert "Left with an unpaid tab." not in page_of(ada)
    shown = client.get(tabs_page).text
    assert "Staff must look at it." not in shown
    assert f"{timezone.localtime(opened):%H:%M}" in shown
    assert "p.m." not in shown
    Visit.objects.update(flagged_at=opened)
    Tab.objects.update(flagged_at=opened)

    assert "Left with an unpaid tab." in page_of(ada)
    assert "Staff must look at it." in client.get(tabs_page).text
