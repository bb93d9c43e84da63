"""One way to write money and one clock: with currencies of no and of three decimals, and in the hour that a
clock change repeats."""

import json
from datetime import UTC, datetime

import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.template.loader import render_to_string

from bartender.brains.rule_based.brain import RuleBasedBrain
from bartender.claim_gate.amounts import find_amounts
from bartender.conversation.events import TurnEnded
from bartender.conversation.turn import collect_events, take_turn
from bartender.menu.loader import load_menu
from bartender.menu.reader import CurrencyMismatch, MenuFileError
from bartender.menu.snapshot import mark_menu_changed
from bartender.models.menu import MenuItem, Venue
from bartender.services import bills, business_days, orders, receipts
from bartender.speech.tts.normalize import to_spoken_words
from maya_site.core.currencies import UnknownCurrency, get_currency
from maya_site.core.money import format_money
from maya_site.core.venue import VENUE_LOCALE
from maya_site.ops.checks import check_venue_row
from maya_site.ops.components import check_components
from payments import bar_payments
from payments.ledger import TipRule
from payments.models import Tab
from payments.settlement import reconcile_payment
from tests.bartender.page_fixtures import guest_for_visit
from tests.guest_fixtures import make_context
from tests.payments.conftest import run_scripted_stripe
from tests.payments.ledger_helpers import assert_ledger_consistent, latest_tab
from tests.payments.stripe_checkout import confirm_pending_payment, pay_at_stripe

pytestmark = pytest.mark.django_db
# Stripe's own amounts: yen as they are, dinars in fils.
WRITTEN = {
    "JPY": ("¥1,200", "¥2,400", "¥240", "¥2,640", 2640),
    "KWD": ("KWD\xa01.200", "KWD\xa02.400", "KWD\xa00.240", "KWD\xa02.640", 2640),
}


@pytest.fixture
def stripe(settings):
    with run_scripted_stripe(settings) as one:
        settings.PAYMENT_PROVIDER = "stripe"
        yield one


@pytest.fixture(params=sorted(WRITTEN))
def sells_in(request, menu):
    """A bar that was set to another currency, with a Negroni at 1200 of its smallest coins."""
    Venue.objects.update(currency=request.param, name="Bar Ginza")
    MenuItem.objects.filter(name="Negroni").update(price_cents=1200)
    mark_menu_changed()
    return request.param


@pytest.fixture
def talk():
    """What Maya answers, whole."""

    def say(visit, said):
        ended = async_to_sync(collect_events)(take_turn(visit, said, make_context().key, RuleBasedBrain()))[
            -1
        ]
        assert isinstance(ended, TurnEnded)
        assert ended.outcome == "done"
        return ended.reply

    return say


def page(visit, path="/"):
    return guest_for_visit(visit).open_page(path)


def test_page_order_bill_tip_stripe_receipt_and_report_say_the_same(sells_in, ada, stripe):
    price, net, tip, total, at_stripe = WRITTEN[sells_in]
    assert price in page(ada)
    orders.add_line(ada, "Negroni", 2, [], make_context())
    assert net in page(ada)
    bills.set_tip(ada, TipRule(basis_points=1_000), make_context())
    bills.request_bill(ada, make_context())
    shown = page(ada)
    assert tip in shown
    assert total in shown

    payment = confirm_pending_payment(ada)
    session = stripe.books.get("checkout.session", payment.reference)
    assert (session["amount_total"], session["currency"]) == (at_stripe, sells_in.lower())
    named = [line["price"]["product_data"]["name"] for line in session["lines"]]
    assert named == ["Your tab at Bar Ginza", "Tip, thank you"]
    pay_at_stripe(stripe, payment)
    assert reconcile_payment(payment, make_context()).status == "succeeded"

    receipt = page(ada, f"/tab/{latest_tab(ada).code}/receipt/")
    assert total in receipt
    assert "$" not in receipt
    report = business_days.build_x_report()
    assert report.figures["currency"] == sells_in
    assert assert_ledger_consistent()


@pytest.mark.parametrize("said", ["tip 500 yen", "leave a ¥500 tip", "a 500 yen tip please"])
def test_a_tip_in_yen_is_heard_as_yen(ada, said, talk):
    Venue.objects.update(currency="JPY")
    mark_menu_changed()
    orders.add_line(ada, "Negroni", 2, [], make_context())
    talk(ada, said)

    assert latest_tab(ada).tip_cents == 500


def test_a_bill_in_yen_is_told_and_passes_the_claim_gate(ada, talk):
    Venue.objects.update(currency="JPY")
    mark_menu_changed()
    orders.add_line(ada, "Negroni", 2, [], make_context())

    assert "¥2,200" in talk(ada, "what do I owe?")
    assert "¥1,300" in talk(ada, "how much is a Martini?")


@pytest.mark.parametrize(
    "code, text, minor",
    [
        ("JPY", "that is ¥2,200", 2200),
        ("JPY", "that is 2200 yen", 2200),
        ("JPY", "that is $22.00", None),
        ("JPY", "that is 22 dollars", None),
        ("KWD", "that is kwd 2.500", 2500),
        ("KWD", "that is 2.5 dinars", 2500),
        ("EUR", "that is €12.50", 1250),
        ("USD", "that is $12.50", 1250),
        ("USD", "that is ¥1250", None),
    ],
)
def test_the_claim_gate_reads_the_houses_money_and_no_other(code, text, minor):
    found = [one for one in find_amounts(text, (), code) if one.has_currency]

    assert [set(one.cents) for one in found] == [set() if minor is None else {minor}]


@pytest.mark.parametrize(
    "code, minor, english, spanish",
    [
        ("JPY", 2200, "two thousand two hundred yen", "dos mil doscientos yenes"),
        ("KWD", 2500, "two point five dinars", "dos coma cinco dinares"),
        ("EUR", 1250, "twelve euros and fifty cents", "doce euros con cincuenta centavos"),
        ("CHF", 100, "one franc", "un franco"),
    ],
)
def test_amounts_are_spoken_in_their_own_words(code, minor, english, spanish):
    VENUE_LOCALE.update(code, "UTC")
    said = format_money(minor)

    assert " ".join(word.text for word in to_spoken_words(said)) == english
    assert " ".join(word.text for word in to_spoken_words(said, "es")) == spanish


@pytest.mark.parametrize("values", [{"currency": "abc"}, {"currency": "usd"}, {"timezone": "Europe/Lodnon"}])
def test_a_currency_or_a_clock_that_is_none_is_refused_with_one_sentence(menu, values):
    venue = Venue.current()
    for name, value in values.items():
        setattr(venue, name, value)
    for write in (venue.full_clean, venue.save):
        with pytest.raises(ValidationError) as refusal:
            write()
        assert len(refusal.value.messages) == 1
        assert "No such" in refusal.value.messages[0]
    assert Venue.current().currency == "USD"


@pytest.mark.parametrize("values", [{"currency": "abc"}, {"timezone": "Europe/Lodnon"}])
def test_a_row_that_cannot_be_is_told_by_check_load_and_monitors(ada, values):
    assert check_venue_row(databases=["default"]) == []
    assert "venue" not in {part.name for part in check_components()}
    Venue.objects.update(**values)

    assert "No such" in check_venue_row(databases=["default"])[0].msg
    assert next(part for part in check_components() if part.name == "venue").state == "degraded"
    with pytest.raises(CommandError, match="No such"):
        call_command("load_menu")
    if "currency" in values:
        with pytest.raises(UnknownCurrency):
            orders.add_line(ada, "Negroni", 1, [], make_context())


def test_prices_of_a_menu_file_are_in_its_currency(menu, tmp_path):
    Venue.objects.update(currency="JPY")
    with pytest.raises(CurrencyMismatch, match="in USD, and the venue sells in JPY"):
        load_menu()
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        "reviewed_on: 2026-11-01\ncurrency: JPY\ngroups: []\n"
        "categories:\n  - name: Beer\n    items:\n"
        "      - {name: Lager, price: 600, recipe: [[ale, 330, 5]]}\n"
    )
    load_menu(mine)
    assert MenuItem.objects.get(name="Lager").price_cents == 600
    mine.write_text(mine.read_text().replace("600", "6.50"))
    with pytest.raises(MenuFileError, match="such as 1200"):
        load_menu(mine)
    mine.write_text(mine.read_text().replace("JPY", "YEN"))
    with pytest.raises(MenuFileError, match="ISO 4217"):
        load_menu(mine)


# The first and the second half past one of the night when the clocks go back, and what each is called.
REPEATED = [
    ("America/New_York", "2026-11-01T05:30:00", "1 November 2026, 01:30 EDT"),
    ("America/New_York", "2026-11-01T06:30:00", "1 November 2026, 01:30 EST"),
    ("Europe/Lisbon", "2026-10-25T00:30:00", "25 October 2026, 01:30 WEST"),
    ("Europe/Lisbon", "2026-10-25T01:30:00", "25 October 2026, 01:30 WET"),
    ("Australia/Lord_Howe", "2026-04-04T14:45:00", "5 April 2026, 01:45 +11"),
    ("Australia/Lord_Howe", "2026-04-04T15:15:00", "5 April 2026, 01:45 +1030"),
]


@pytest.mark.parametrize("zone, at, written", REPEATED)
def test_a_receipt_says_which_of_two_equal_times_it_was(ada, zone, at, written):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    bills.request_bill(ada, make_context())
    tab = latest_tab(ada)
    bar_payments.record_bar_payment(tab, "cash", "staff:mo", "cash")
    Venue.objects.update(timezone=zone)
    Tab.objects.filter(pk=tab.pk).update(closed_at=datetime.fromisoformat(at).replace(tzinfo=UTC))
    tab = Tab.objects.get(pk=tab.pk)

    assert written in page(ada, f"/tab/{tab.code}/receipt/")
    assert written in mailed(tab)


def mailed(tab):
    return render_to_string(
        "bartender/receipt.txt", receipts.receipt_context(tab) | {"venue": Venue.current()}
    )


def test_the_currency_is_not_changed_under_open_tabs(ada):
    assert business_days.currency_change_blocker() == ""
    orders.add_line(ada, "Negroni", 1, [], make_context())
    assert "open tabs" in business_days.currency_change_blocker()


def test_every_currency_has_a_sign_a_name_and_its_decimals():
    assert [get_currency(code).decimal_places for code in ("USD", "JPY", "KWD", "CLF")] == [2, 0, 3, 4]
    assert get_currency("KWD").format_minor_units(-2_500) == "-KWD\xa02.500"
    for code in ("XXX", "XAU", "", "US", "usd"):
        with pytest.raises(UnknownCurrency):
            get_currency(code)


def test_a_report_is_printed_in_the_currency_it_was_made_in(ada, capsys):
    Venue.objects.update(currency="JPY")
    orders.add_line(ada, "Negroni", 1, [], make_context())
    call_command("x_report")
    assert "¥1,100" in capsys.readouterr().out
    call_command("x_report", "--json")
    assert json.loads(capsys.readouterr().out)["currency"] == "JPY"
