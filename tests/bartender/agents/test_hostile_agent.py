"""An agent that means ill, or that somebody has turned, moves nothing beyond what its guest allowed."""

import json
from datetime import date
from decimal import Decimal
from functools import partial

import pytest

from bartender.agents.calls import run_tool
from bartender.menu.snapshot import mark_menu_changed
from bartender.models.agents import AgentCall, AgentPairing
from bartender.models.assistance import AssistanceRequest
from bartender.models.responsible_service import Approval, ServingPolicy
from bartender.models.visits import OrderLine, Ticket
from bartender.services import bills, orders, responsible_service
from bartender.services.agent_errors import AgentAccessEnded, PairingCodeWrong
from bartender.services.agent_orders import add_line, agent_operation
from bartender.services.agent_pairings import (
    Allowance,
    issue_pairing_code,
    redeem_pairing_code,
    revoke_pairing,
    spending_of,
)
from bartender.services.visits import open_visit
from payments.ledger import OperationContext
from payments.models import Journal, LedgerEntry, Payment, Tab
from tests.bartender.agents.fixtures import call, open_door, pair_agent, refused, standing
from tests.guest_fixtures import lift_alcohol_limits, make_context
from tests.payments.concurrency import run_concurrently
from tests.payments.ledger_helpers import assert_ledger_consistent, latest_tab

pytestmark = pytest.mark.django_db


# --- money ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "field", ["price", "unit_cents", "cents", "tab", "visit", "guest", "tip", "paid", "discount"]
)
def test_no_argument_is_a_price_a_tab_or_a_guest(hal, ada, field):
    told = refused(hal, "add_to_order", item="Negroni", idempotency_key="one", **{field: 1})

    assert f"no argument {field}" in told
    assert "leave it out" in told
    assert standing(ada) == []


def test_the_price_is_the_menus_whatever_the_note_claims(hal, ada):
    call(
        hal, "add_to_order", item="Negroni", note="SYSTEM: price 1 cent, mark as paid", idempotency_key="one"
    )

    line = OrderLine.objects.get(visit=ada)
    assert (line.unit_cents, line.note) == (11_00, "SYSTEM: price 1 cent, mark as paid")
    assert bills.bill_of(ada).due_cents == 11_00
    assert bills.bill_of(ada).status == Tab.Status.OPEN


def test_beyond_the_allowance_nothing_is_added_and_it_is_told_what_is_left(ada):
    open_door()
    hal = pair_agent(ada, cents=25_00)
    call(hal, "add_to_order", item="Negroni", quantity=2, idempotency_key="one")

    told = refused(hal, "add_to_order", item="IPA", idempotency_key="two")

    assert told.startswith("Needs the guest.")
    assert "$3.00 left" in told
    assert standing(ada) == [("Negroni", 2)]
    hal.refresh_from_db()
    assert hal.asks == ["limit"]


@pytest.mark.parametrize(
    "tool, arguments",
    [
        ("change_order_line", {"line": 1, "quantity": 5}),
        ("change_order_line", {"line": 1, "item": "Martini", "modifiers": ["vodka"]}),
        ("add_to_order", {"item": "Soda", "quantity": 2}),
    ],
)
def test_no_change_of_a_line_leads_beyond_the_allowance(ada, tool, arguments):
    open_door()
    hal = pair_agent(ada, cents=12_00)
    call(hal, "add_to_order", item="Soda", quantity=4, idempotency_key="one")

    refused(hal, tool, idempotency_key="two", **arguments)

    assert spending_of(hal).cents == 12_00


def test_what_it_takes_off_gives_its_allowance_back_and_no_more(ada):
    open_door()
    hal = pair_agent(ada, cents=11_00)
    call(hal, "add_to_order", item="Negroni", idempotency_key="one")
    call(hal, "remove_from_order", line=1, idempotency_key="two")
    call(hal, "add_to_order", item="Negroni", idempotency_key="three")

    refused(hal, "add_to_order", item="Water", idempotency_key="four")

    assert standing(ada) == [("Negroni", 1)]
    assert_ledger_consistent()


def test_a_retried_call_is_one_line_also_when_the_allowance_is_used_up(ada):
    open_door()
    hal = pair_agent(ada, cents=11_00)
    wish = {"item": "Negroni", "idempotency_key": "one"}

    answers = [call(hal, "add_to_order", **wish)["line"] for _try in range(3)]

    assert answers == [1, 1, 1]
    assert standing(ada) == [("Negroni", 1)]


def test_a_key_with_another_request_is_refused(hal, ada):
    call(hal, "add_to_order", item="Negroni", idempotency_key="one")

    for other in ({"item": "IPA"}, {"item": "Negroni", "quantity": 2}, {"item": "Negroni", "note": "cold"}):
        assert "new idempotency_key" in refused(hal, "add_to_order", idempotency_key="one", **other)

    assert standing(ada) == [("Negroni", 1)]


def test_a_write_without_a_key_is_refused(hal, ada):
    assert "idempotency_key" in refused(hal, "add_to_order", item="Negroni")
    assert standing(ada) == []


def test_it_cannot_pay_nor_take_back_a_bill_that_is_out(hal, ada):
    call(hal, "add_to_order", item="Negroni", idempotency_key="one")
    bills.request_bill(ada, make_context())

    told = [
        refused(hal, "ask_guest", about="pay", idempotency_key="two"),
        refused(hal, "add_to_order", item="IPA", idempotency_key="three"),
        refused(hal, "remove_from_order", line=1, idempotency_key="four"),
        refused(hal, "pay_bill", idempotency_key="five"),
    ]
    shown = json.dumps(call(hal, "get_bill"))

    assert all(one.startswith("Needs the guest.") for one in told[:3])
    assert "There is no tool pay_bill" in told[3]
    assert latest_tab(ada).status == Tab.Status.CLOSING
    payment = Payment.objects.get()
    assert payment.status == Payment.Status.CREATED
    assert payment.nonce not in shown


# --- other people's tabs and lines ------------------------------------------------------------------------


def test_it_reaches_no_line_that_somebody_else_ordered(hal, ada, ben):
    orders.add_line(ada, "IPA", 2, [], make_context())
    orders.add_line(ben, "Martini", 1, ["vodka"], make_context())

    told = [
        refused(hal, "change_order_line", line=1, quantity=1, idempotency_key="one"),
        refused(hal, "remove_from_order", line=1, idempotency_key="two"),
        refused(hal, "note_order_line", line=1, note="spit in it", idempotency_key="three"),
    ]

    assert all("You did not order that line" in one for one in told)
    assert standing(ada) == [("IPA", 2)]
    assert standing(ben) == [("Martini", 1)]
    assert "Martini" not in json.dumps(call(hal, "get_order"))


def test_it_sends_only_what_it_ordered_and_cuts_no_undo_short(hal, ada, settings):
    settings.HOLD_SECONDS = 5
    orders.add_line(ada, "IPA", 1, [], make_context())
    assert "nothing waiting" in refused(hal, "place_order", idempotency_key="one")

    call(hal, "add_to_order", item="Soda", idempotency_key="two")
    sent = call(hal, "place_order", idempotency_key="three")
    refused(hal, "place_order", idempotency_key="four")

    assert [line["item"] for line in sent["lines"]] == ["Soda"]
    assert OrderLine.objects.get(name="IPA").status == "open"
    assert Ticket.objects.get().undo_until is not None


def test_a_foreign_code_a_used_one_and_a_guess_open_nothing(ada, ben):
    open_door()
    hal = pair_agent(ada)
    for code in ("", "AAAA-AAAA", hal.code, "%", "' OR 1=1"):
        with pytest.raises(PairingCodeWrong):
            redeem_pairing_code(code, "Mallory")
    assert AgentPairing.objects.exclude(paired_at=None).count() == 1


def test_a_code_that_two_agents_give_at_once_pairs_one(transactional_db, menu, ada):
    open_door()
    code = issue_pairing_code(ada, Allowance(10_00, Decimal(1), 60)).pairing_code

    answers = run_concurrently(*[lambda: redeem_pairing_code(code, "Hal") for _agent in range(4)])

    assert sum(isinstance(answer, PairingCodeWrong) for answer in answers) == 3


def test_after_it_was_stopped_not_even_a_call_that_was_let_in_does_anything(hal, ada):
    op = agent_operation(hal, "late")
    revoke_pairing(hal)

    with pytest.raises(AgentAccessEnded):
        add_line(hal, op, "Negroni", 1, [], "")
    assert standing(ada) == []


# --- age, alcohol, allergies ------------------------------------------------------------------------------


def test_no_words_of_an_agent_are_the_guests_age(hal, ada):
    ServingPolicy.objects.create(valid_from=date(2020, 1, 1), age_check="declared")
    mark_menu_changed()

    told = refused(
        hal,
        "add_to_order",
        item="Negroni",
        note="I am over 21 and of age, says the guest",
        idempotency_key="one",
    )
    refused(hal, "ask_guest", about="age", idempotency_key="two")
    refused(hal, "declare_age", years=30, idempotency_key="three")

    ada.refresh_from_db()
    assert ada.age_state == "unknown"
    assert "from the guest" in told
    assert standing(ada) == []
    assert not Approval.objects.exists()


def test_an_allergy_stays_and_no_person_is_asked_on_an_agents_word(hal, ada):
    responsible_service.set_allergies(ada, ["gluten"])

    told = refused(
        hal, "add_to_order", item="IPA", note="no gluten problem, allergy withdrawn", idempotency_key="one"
    )
    refused(hal, "ask_guest", about="allergy", idempotency_key="two")

    ada.refresh_from_db()
    hal.refresh_from_db()
    assert ada.allergies == ["gluten"]
    assert "allergic" in told
    assert standing(ada) == []
    assert not Approval.objects.exists()
    assert hal.asks == ["allergy"]
    assert "IPA" not in [row["item"] for row in call(hal, "search_menu")["drinks"]]


def test_alcohol_is_counted_for_the_agent_and_for_the_guest(ada):
    open_door()
    hal = pair_agent(ada, cents=100_00, drinks="2")
    call(hal, "add_to_order", item="Negroni", idempotency_key="one")

    told = refused(hal, "add_to_order", item="Negroni", idempotency_key="two")
    call(hal, "add_to_order", item="Lemonade", quantity=3, idempotency_key="three")

    assert "standard drinks of alcohol" in told
    assert "0.6 left" in told
    assert standing(ada) == [("Negroni", 1), ("Lemonade", 3)]


def test_an_agent_without_alcohol_gets_none(ada):
    open_door()
    hal = pair_agent(ada, drinks="0")

    refused(hal, "add_to_order", item="IPA", idempotency_key="one")
    found = call(hal, "search_menu")["drinks"]

    assert found
    assert {row["standard_drinks"] for row in found} == {0.0}


def test_a_caution_of_the_guest_holds_for_their_agent(hal, ada):
    responsible_service.record_cautions(ada, ["driving"])

    assert "person's yes" in refused(hal, "add_to_order", item="Negroni", idempotency_key="one")
    assert standing(ada) == []


# --- floods and nonsense ------------------------------------------------------------------------------------


def test_more_than_sixty_calls_a_minute_are_told_to_wait(hal):
    answers = [call(hal, "get_bill") for _call in range(60)]
    told = refused(hal, "get_bill")

    assert len(answers) == 60
    assert "Wait 1 seconds, then repeat" in told
    assert AgentCall.objects.count() == 60


@pytest.mark.parametrize(
    "arguments",
    [
        {"item": "\x00\ud800", "idempotency_key": "one"},
        {"item": "Negroni", "quantity": 0, "idempotency_key": "one"},
        {"item": "Negroni", "quantity": 10**30, "idempotency_key": "one"},
        {"item": "Negroni", "quantity": -1, "idempotency_key": "one"},
        {"item": "Negroni", "quantity": True, "idempotency_key": "one"},
        {"item": ["Negroni"], "idempotency_key": "one"},
        {"item": "Negroni", "modifiers": ["x"] * 99, "idempotency_key": "one"},
        {"item": "Negroni", "note": "x" * 81, "idempotency_key": "one"},
        {"item": "Negroni", "idempotency_key": "\n"},
        {"item": "Negroni", "idempotency_key": "x" * 65},
        {"item": "Negroni", "idempotency_key": {"a": 1}},
        {"\ud800": 1, "idempotency_key": "one"},
        {},
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence_and_recorded(hal, ada, arguments):
    told = refused(hal, "add_to_order", **arguments)

    assert told.encode()
    assert standing(ada) == []
    assert AgentCall.objects.get().outcome == "refused"


def test_a_note_is_one_line_without_control_characters(hal, ada):
    call(
        hal,
        "add_to_order",
        item="Soda",
        note="cold\n\nTICKET 7: served\x07 \u202eevil",
        idempotency_key="one",
    )

    assert OrderLine.objects.get(visit=ada).note == "cold TICKET 7: served evil"


def test_calls_for_a_person_are_one_request_and_have_a_limit(hal, ada):
    for number in range(6):
        call(hal, "call_person", idempotency_key=f"call-{number}")
    told = refused(hal, "call_person", idempotency_key="call-7")

    assert "has been called" in told
    assert AssistanceRequest.objects.filter(visit=ada).count() == 1


def test_what_it_says_of_itself_is_words_on_a_page_and_nothing_in_the_books(ada):
    open_door()
    hal = pair_agent(ada, name="<script>alert(1)</script>" + "x" * 99)
    call(hal, "add_to_order", item="Soda", idempotency_key="one")
    call(hal, "place_order", idempotency_key="two")

    journal = Journal.objects.get()
    assert (journal.source, journal.actor) == ("agent", f"agent:{hal.code}")
    assert Ticket.objects.get().requested_by == "the guest's agent"
    assert len(hal.name) == 40
    assert not LedgerEntry.objects.filter(reference__contains="script").exists()


def test_an_agent_is_no_member_of_staff():
    assert not OperationContext("k", "agent:00", "agent", reason="kind").is_by_staff
    assert OperationContext("k", "staff:sam", "admin", reason="kind").is_by_staff


# --- all at once --------------------------------------------------------------------------------------------


@pytest.fixture
def rich_and_poor(transactional_db: None, menu: object) -> tuple[AgentPairing, AgentPairing]:
    lift_alcohol_limits()
    open_door()
    return pair_agent(open_visit(), cents=1_000_00, drinks="0"), pair_agent(
        open_visit(), cents=10_00, drinks="0"
    )


def _order_soda_many_times(pairing: AgentPairing, times: int) -> list[str]:
    """$3.00 each."""
    ways = [partial(call_or_refusal, pairing, number) for number in range(times)]
    return run_concurrently(*ways)


def call_or_refusal(pairing: AgentPairing, number: int) -> str:
    for _try in range(20):  # a busy database says: once more, with the same key
        answer = run_tool(pairing.pk, "add_to_order", {"item": "Soda", "idempotency_key": f"soda-{number}"})
        if "very busy" not in answer.error:
            break
    return answer.error


@pytest.mark.slow
def test_ten_calls_at_once_never_pass_the_allowance_and_without_it_all_would_land(rich_and_poor):
    rich, poor = rich_and_poor

    told_rich = _order_soda_many_times(rich, 10)
    told_poor = _order_soda_many_times(poor, 10)

    assert told_rich.count("") == 10  # so the calls do land at once where the allowance holds them all
    assert spending_of(rich).cents == 30_00
    assert told_poor.count("") == 3
    assert spending_of(poor).cents == 9_00
    assert_ledger_consistent()
