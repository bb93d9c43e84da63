"""Ada asks why something is on her bill, and is told by what was recorded; nobody reads what others said."""

import re

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bartender.brains.rule_based.brain import RuleBasedBrain
from bartender.conversation.events import TurnEnded
from bartender.conversation.turn import collect_events, take_turn
from bartender.models.responsible_service import Approval
from bartender.models.staff_actions import StaffAction
from bartender.models.visits import OrderLine, Turn, Visit
from bartender.realtime import protocol
from bartender.services import (
    bar_tabs,
    orders,
    responsible_service,
    returning_guests,
    split_bill,
    tab_moves,
    tickets,
)
from bartender.services.line_events import Viewer
from bartender.services.line_explanations import explain_line, explain_lines
from bartender.services.staff_actions import StaffActionRequest, submit_action
from payments.ledger import OperationContext
from payments.models import Dispute, Journal, Payment, Refund
from tests.bartender.agents.fixtures import call, open_door, pair_agent
from tests.bartender.page_fixtures import PageGuest, guest_for_visit, visible_text
from tests.bartender.responsible_service.policies import record_served, request_refused_drink, terms
from tests.bartender.staff_fixtures import client_for, create_staff_user, mo_client, pay_bill, sam_client
from tests.form_browser import FormBrowser
from tests.guest_fixtures import lift_alcohol_limits, make_context
from tests.payments.ledger_helpers import latest_tab

pytestmark = pytest.mark.django_db
STAFF = Viewer(is_staff=True, reads_words=True)


def says(visit, said, **how):
    turn = take_turn(visit, said, make_context().key, RuleBasedBrain(), **how)
    ended = async_to_sync(collect_events)(turn)[-1]
    assert isinstance(ended, TurnEnded)
    return ended.reply


def explained(tab, number, viewer):
    found = explain_line(tab, number, viewer)
    assert found is not None
    return found


def story(visit, number, viewer=None):
    found = explained(latest_tab(visit), number, viewer or Viewer(visit.code))
    return [(event.title, str(event.doer or ""), event.words) for event in found.events]


def why_page(visit, path=""):
    return guest_for_visit(visit).open_page(f"/tab/{latest_tab(visit).code}/why/{path}")


def test_a_line_tells_its_whole_story_from_the_words_to_the_glass(ada):
    sam = create_staff_user("sam")
    says(ada, "two gin martinis, please")
    says(ada, "make them dry")
    ticket = tickets.fire_ticket(ada, make_context())
    for _move in range(3):
        ticket = tickets.bump_ticket(ticket, sam)
    (line,) = OrderLine.objects.filter(visit=ada, quantity__gt=0)
    request = StaffActionRequest(
        "comp_line", line.tab, "wait", "long queue", line=line, cents=line.unit_cents
    )
    submit_action(request, sam, "comp-1")

    page = visible_text(why_page(ada, f"{line.number}/"))

    in_order = [
        "Put on the tab: 2 × Martini (gin)",
        "you, in words",
        "two gin martinis, please",
        "Understood as: put 2 × Martini (gin) on the tab.",
        "Changed to 2 × Martini (gin, dry)",
        "make them dry",
        "Sent to the bar",
        "Begun Sam",
        "Ready Sam",
        "Served Sam",
        "$13.00 on the house Sam",
        "Reason: waited too long",
        "$13.00 each, by the menu as it was then.",
    ]
    places = [page.find(words) for words in in_order]
    assert -1 not in places, dict(zip(in_order, places, strict=True))
    assert places == sorted(places)
    assert "long queue" not in page  # what staff noted is for staff
    assert "long queue" in str([event.reason for event in explained(line.tab, line.number, STAFF).events])


def test_the_tab_leads_to_the_reason_of_each_line_without_a_script(ada):
    says(ada, "a negroni"), says(ada, "a lemonade")
    browser = FormBrowser(guest_for_visit(ada).client)

    browser.open("/tab/")
    browser.follow_link("Why? Lemonade")
    assert "a lemonade" in browser.dom.text
    assert "a negroni" not in browser.dom.text
    assert "Without alcohol: no person had to allow it." in browser.dom.text
    browser.follow_link("Every line of this tab")
    assert "a negroni" in browser.dom.text
    assert "Within the house’s limits" in browser.dom.text
    browser.follow_link("Back to your tab")
    assert browser.path == "/tab/"


def test_more_and_fewer_are_told_with_who_and_a_line_that_is_gone_stays_explained(ada):
    says(ada, "an ipa"), says(ada, "make that three"), says(ada, "drop one ipa")
    guest = guest_for_visit(ada)
    guest.open_page("/tab/")
    guest.submit_form("/line/1/remove/")

    assert story(ada, 1) == [
        ("Put on the tab: 1 × IPA", "you, in words", "an ipa"),
        ("2 more", "you, in words", "make that three"),
        ("1 taken off", "you, in words", "drop one ipa"),
        ("2 taken off", "you, by a form", ""),
    ]
    assert "IPA no longer on the tab" in visible_text(why_page(ada))


def test_agents_taps_and_staff_are_named_as_their_reader_may_know_them(ada):
    open_door()
    call(pair_agent(ada, name="Hal"), "add_to_order", item="IPA", idempotency_key="one")
    bar_tabs.ring_in(ada, "Water", 1, [], "", create_staff_user("sam"), "form-1")
    orders.add_line(ada, "Lemonade", 1, [], OperationContext("live:1", source="button"))

    told = [str(one.events[0].doer) for one in explain_lines(latest_tab(ada), Viewer(ada.code))]
    assert told == ["your assistant “Hal”", "Sam", "you, by a tap"]
    told = [str(one.events[0].doer) for one in explain_lines(latest_tab(ada), STAFF)]
    assert told == ["the guest’s assistant “Hal”", "sam", f"{ada.call_name}, by a tap"]


def test_what_staff_moved_here_tells_that_and_never_the_other_guests_words(ada, ben):
    says(ada, "a negroni, I have a secret"), says(ada, "send it")
    tickets.release_held_tickets(latest_tab(ada))
    tab_moves.move_drinks(ada, ben, tab_moves.ALL, create_staff_user("sam"), "form-1")

    page = visible_text(why_page(ben))
    assert "another guest" in page
    assert "Moved here from another tab: 1 × Negroni Sam" in page
    assert "secret" not in why_page(ben)
    assert "secret" not in says(ben, "who ordered the negroni?")
    assert "another guest ordered that" in says(ben, "why is there a negroni on my tab?")
    assert "1 moved to another tab" in visible_text(why_page(ada))
    assert "secret" in why_page(ada)
    assert story(ben, 1, STAFF)[0][2] == "a negroni, I have a secret"


def test_who_shares_a_bill_reads_the_lines_and_no_words_of_others(ada, ben, cy):
    line = orders.add_line(ada, "Negroni", 1, [], make_context(), orders.LineDetails("for my secret love"))
    says(ada, "a lemonade, I have a secret")
    split_bill.join_tab(ben, split_bill.invitation_token(split_bill.create_invitation(ada)))
    path = f"/tab/{line.tab.code}/why/"

    for shown in (path, f"{path}1/", f"{path}2/"):
        page = guest_for_visit(ben).open_page(shown)
        assert "another guest" in page
        assert "secret" not in page
    assert guest_for_visit(cy).client.get(path).status_code == 404
    assert PageGuest().client.get(path).status_code == 404
    assert guest_for_visit(ada).client.get(f"{path}9/").status_code == 404


def test_erased_words_are_said_to_be_erased_and_the_rest_is_kept(ada):
    says(ada, "two negronis, it is my birthday")
    tab = latest_tab(ada)
    returning_guests.erase_guest_data(ada.code)
    assert not Turn.objects.filter(guest_text__contains="birthday").exists()

    page = visible_text(why_page(ada))
    assert "Put on the tab: 2 × Negroni" in page
    assert "The words were erased." in page
    assert "birthday" not in page
    assert "Your words of then were erased." in says(
        Visit.objects.get(pk=ada.pk), "who ordered the negronis?"
    )
    sheet = FormBrowser(sam_client())
    sheet.open(f"/bar/tab/{ada.code}/{tab.code}/why/")
    assert "The words were erased." in sheet.dom.text


def test_what_was_spoken_says_by_which_engine_it_was_heard_and_no_client_can_claim_it(ada):
    says(ada, "a negroni", transcribed_by="moonshine")

    assert "Spoken, and heard by moonshine." in visible_text(why_page(ada))
    heard = protocol.transcript_message("a negroni", "said-1", "moonshine")
    assert isinstance(heard, protocol.SpokenText)
    frame = {
        "label": "rtvi-ai",
        "type": "send-text",
        "id": "1",
        "data": {"content": "x", "transcribed_by": "me"},
    }
    sent = protocol.decode_message(protocol.encode_frame(frame))
    assert not isinstance(sent, protocol.SpokenText)


def test_the_price_is_told_in_its_parts_and_moves_along_with_the_line(ada, ben):
    line = orders.add_line(ada, "Whiskey", 1, ["double"], make_context())
    tickets.fire_ticket(ada, make_context(), skip_hold=True)
    (one,) = explain_lines(line.tab, STAFF)
    assert sum(cents for _name, cents in one.price_parts) == line.unit_cents
    assert [name for name, _cents in one.price_parts] == ["Whiskey", "double"]

    tab_moves.move_drinks(ada, ben, tab_moves.ALL, create_staff_user("sam"), "form-1")
    (moved,) = explain_lines(latest_tab(ben), STAFF)
    assert moved.price_parts == one.price_parts
    OrderLine.objects.update(price_parts=[])  # of a release that kept none
    assert "Of what it is made up was not kept." in visible_text(why_page(ben))


def test_a_persons_yes_is_told_of_the_line_that_needed_it_and_of_no_other(ada):
    terms(soft_limit_drinks=3, approval_limit_drinks=5, hard_limit_drinks=12)
    record_served(ada, "Tap Beer", 3)
    asked = request_refused_drink(ada, "Long Island", 2)
    responsible_service.decide_approval(asked, create_staff_user("sam"), is_approved=True)
    record_served(ada, "Long Island", 2)

    titles = [[title for title, _who, _words in story(ada, number)] for number in (1, 2)]
    assert "A person said yes to more alcohol" not in titles[0]
    assert "A person said yes to more alcohol" in titles[1]
    assert OrderLine.objects.get(visit=ada, number=2).approval == Approval.objects.get()


def test_staff_without_the_right_to_read_conversations_read_no_words(ada):
    says(ada, "a negroni, I have a secret")
    kim = create_staff_user("kim")
    kim.user_permissions.add(Permission.objects.get(codename="view_tab"))
    for client, may_read in ((client_for(kim), False), (sam_client(), True)):
        page = FormBrowser(client)
        page.open(f"/bar/tab/{ada.code}/")
        page.follow_link("Why? Negroni")
        assert ("secret" in page.page) is may_read
        assert ("The words are for those who may read" in page.dom.text) is not may_read
    assert client_for(kim).get(f"/bar/tab/{ada.code}/{latest_tab(ada).code}/dispute/").status_code == 403


def test_the_admin_of_a_tab_opens_to_the_same_reasons_and_asks_nothing_more_until_then(ada):
    says(ada, "a negroni, I have a secret")
    page = FormBrowser(mo_client())
    page.open(f"/admin/payments/tab/{latest_tab(ada).pk}/change/")
    assert "secret" not in page.page
    page.follow_link("Why each line is on it")
    assert "a negroni, I have a secret" in page.dom.text
    page.follow_link("Dispute pack")
    assert "a negroni, I have a secret" in page.dom.text


@pytest.fixture
def disputed(ada):
    """A paid evening of Ada's, with a refund and a dispute."""
    lift_alcohol_limits()
    says(ada, "two negronis"), says(ada, "an ipa")
    pay_bill(ada)
    tab, payment = latest_tab(ada), Payment.objects.get()
    Payment.objects.update(reference="cs_123", intent="pi_456")
    mo = create_staff_user("mo")
    submit_action(StaffActionRequest("refund", tab, "quality", payment=payment, cents=1_00), mo, "refund-1")
    Dispute.objects.create(
        payment=payment, reference="dp_789", status="needs_response", amount_cents=28_00, currency="USD"
    )
    return tab


def test_the_dispute_pack_holds_receipt_timeline_decisions_and_references(ada, disputed):
    responsible_service.record_age_check(ada, create_staff_user("sam"), is_of_age=True)
    sheet = FormBrowser(mo_client())
    sheet.open(f"/bar/tab/{ada.code}/")
    sheet.follow_link("Dispute pack")

    text = sheet.dom.text
    assert re.search(r"Receipt \S+, copy", text)
    for words in ("cs_123", "pi_456", "dp_789", "needs_response", Refund.objects.get().code, "two negronis"):
        assert words in text, words
    for words in ("2 × Negroni", "A person has seen an ID", "Sent to the bar", "Freeze", "Payment", "-$1.00"):
        assert words in text, words
    assert Journal.objects.filter(tab=disputed, kind="payment").exists()
    assert StaffAction.objects.get().get_reason_display() in text


def test_no_page_asks_more_for_many_lines_than_for_two(ada, ben, disputed):
    lift_alcohol_limits()
    says(ben, "an ipa"), says(ben, "a water"), says(ben, "send it")
    staff, guest = sam_client(), guest_for_visit(ben).client

    def counts():
        tab = latest_tab(ben).code
        found = []
        for client, path in (
            (guest, f"/tab/{tab}/why/"),
            (guest, f"/tab/{tab}/why/1/"),
            (staff, f"/bar/tab/{ben.code}/{tab}/why/"),
            (staff, f"/bar/tab/{ben.code}/{tab}/dispute/"),
        ):
            client.get(path)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(path).status_code == 200
            found.append(len(queries))
        return found

    few = counts()
    for drink in ("negroni", "lemonade", "gin, neat", "martini with gin", "lager", "whiskey, neat"):
        says(ben, f"a {drink}"), says(ben, "send it")
    assert counts() == few
    assert max(few) < 40
