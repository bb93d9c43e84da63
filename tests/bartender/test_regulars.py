"""Maya remembers a guest who asked for it, and nobody else; and forgets when she is told to."""

import json
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bartender.models.returning_guests import ReturningGuest
from bartender.models.visits import Turn, Visit
from bartender.services import orders, returning_guests
from maya_site.core.cookies import sign_visit_code, visit_cookie_name
from payments import invariants
from payments.models import LedgerEntry, Tab
from tests.form_browser import FormBrowser
from tests.guest_fixtures import make_context
from tests.rag.test_conversation import say
from tests.rate_limit_counts import read_rate_limit_counts

pytestmark = pytest.mark.django_db
ME = reverse("bartender:me")
CANARY = "xylophonecanary"


def browser(visit: Visit) -> Client:
    client = Client()
    client.cookies[visit_cookie_name()] = sign_visit_code(visit.code)
    return client


def next_evening(client: Client) -> Client:
    """The same browser, another visit: only the guest's own cookie is still there."""
    del client.cookies[visit_cookie_name()]
    page = FormBrowser(client)
    page.open("/")
    page.press_button("Say", text="hello")
    return client


@pytest.fixture
def ada_drinks(ada):
    orders.add_line(ada, "Negroni", 2, [], make_context())
    return ada


def remember(client: Client) -> Client:
    page = FormBrowser(client)
    page.open(ME)
    page.press_button("Remember my usual", yes=True)
    return client


def test_nothing_is_kept_of_a_guest_who_did_not_ask(ada_drinks):
    client = browser(ada_drinks)
    client.get("/")
    client.get(ME)

    assert ReturningGuest.objects.count() == 0
    assert "maya_regular" not in client.cookies


def test_the_box_is_the_yes_and_without_it_nothing_is_kept(ada_drinks):
    client = browser(ada_drinks)
    client.post(reverse("bartender:me_remember"), {})

    assert ReturningGuest.objects.count() == 0
    assert "Tick the box" in client.get(ME).content.decode()


def test_another_evening_the_usual_is_two_negronis(ada_drinks):
    client = next_evening(remember(browser(ada_drinks)))
    visit = Visit.objects.latest("id")
    assert visit.pk != ada_drinks.pk

    page = FormBrowser(client)
    page.open("/")
    page.press_button("Say", text="the usual, please")

    assert [(line.name, line.quantity) for line in visit.lines.all()] == [("Negroni", 2)]


def test_words_are_a_yes_as_well_and_the_cookie_comes_with_the_next_page(ada_drinks):
    ended = say(ada_drinks, "please remember my usual")
    client = browser(ada_drinks)
    client.get(ME)

    assert "2 × Negroni" in ended.reply
    assert client.cookies["maya_regular"]["httponly"]


@pytest.mark.parametrize("words", ["I like negronis", "do you remember my usual?", "my usual is a Negroni"])
def test_other_words_are_no_yes(ada_drinks, words):
    say(ada_drinks, words)

    assert ReturningGuest.objects.count() == 0


def test_the_usual_of_a_guest_who_has_none_orders_nothing(ada):
    ended = say(ada, "the usual please")

    assert ended.bill.lines == ()
    assert "remember my usual" in ended.reply


def test_a_guest_changes_the_notes_and_drops_a_drink(ada_drinks):
    client = remember(browser(ada_drinks))
    page = FormBrowser(client)
    page.open(ME)
    page.press_button("Save", notes="rather <b>bitter</b>", drop=["0"])

    assert "rather &lt;b&gt;bitter" in page.page
    assert ReturningGuest.objects.get().usual_order == []


def test_ben_never_sees_what_ada_asked_to_remember(ada_drinks, ben):
    remember(browser(ada_drinks))
    client = browser(ben)
    client.cookies["maya_regular"] = ReturningGuest.objects.get().code  # a guess, not signed

    assert "Negroni" not in client.get(ME).content.decode()
    assert json.loads(client.get(reverse("bartender:me_export")).content)["remembered"] is None


def test_forgetting_the_usual_by_words_or_button_leaves_nothing(ada_drinks):
    client = remember(browser(ada_drinks))
    say(ada_drinks, "forget my usual")
    assert ReturningGuest.objects.count() == 0

    page = FormBrowser(remember(client))
    page.open(ME)
    page.press_button("Forget me")
    assert ReturningGuest.objects.count() == 0
    assert client.cookies["maya_regular"].value == ""


def test_a_guest_takes_everything_home_as_a_file(ada_drinks):
    say(ada_drinks, f"my dog is called {CANARY}")
    told = browser(ada_drinks).get(reverse("bartender:me_export")).content.decode()

    assert CANARY in told
    assert "Negroni" in told


def everything_stored() -> str:
    rows = [str(list(model._default_manager.values())) for model in apps.get_models()]
    return " ".join(rows + read_rate_limit_counts())


@pytest.mark.parametrize("way", ["page", "command"])
def test_after_erasing_no_table_and_no_counter_knows_the_words_and_the_books_are_the_same(ada_drinks, way):
    client = remember(browser(ada_drinks))
    page = FormBrowser(client)
    page.open(ME)
    page.press_button("Save", notes=f"I like {CANARY}")
    say(ada_drinks, f"is there a {CANARY} here?")
    say(ada_drinks, f"my dog is called {CANARY}")
    amounts = list(LedgerEntry.objects.order_by("id").values_list("cents", flat=True))
    assert CANARY in everything_stored()

    if way == "page":
        page.press_button("Forget me", everything=True)
    else:
        call_command("guest_data", "erase", ada_drinks.code)

    assert CANARY not in everything_stored()
    assert list(LedgerEntry.objects.order_by("id").values_list("cents", flat=True)) == amounts
    assert list(invariants.check_tabs(Tab.objects.all())) == []


def test_the_command_shows_a_guest_and_refuses_a_code_that_nobody_has(ada_drinks, capsys):
    say(ada_drinks, f"my dog is called {CANARY}")
    call_command("guest_data", "export", ada_drinks.code)

    assert CANARY in capsys.readouterr().out
    with pytest.raises(CommandError, match="no guest has the code"):
        call_command("guest_data", "erase", "nobody")


def test_who_does_not_come_for_half_a_year_and_what_was_said_last_month_are_forgotten(ada_drinks):
    say(ada_drinks, "remember my usual")
    ReturningGuest.objects.update(last_seen_at=timezone.now() - timedelta(days=181))
    Turn.objects.update(started_at=timezone.now() - timedelta(days=31))

    assert returning_guests.delete_expired_guest_data() == {"regulars": 1, "turns": 1}
    assert returning_guests.delete_expired_guest_data() == {"regulars": 0, "turns": 0}
