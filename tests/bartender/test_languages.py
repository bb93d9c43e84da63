"""Ada reads Spanish: her pages, forms, refusals and receipt, and what Maya says. The names of drinks, money
and the staff's side stay."""

import ast
import re
from pathlib import Path

import polib
import pytest
from django.test import Client
from django.utils.translation import override

from bartender.brains import fallback
from bartender.brains.rule_based import allergen_answers, memory_answers, replies, small_talk
from bartender.brains.rule_based import orders as rule_based_orders
from bartender.conversation import turn
from bartender.costs import budgets
from bartender.errors import AllergyApprovalRequired
from bartender.facts import bill, order, service
from bartender.facts.wording import describe_drinks, join_words
from bartender.models.receipts import ReceiptMail
from bartender.models.visits import Visit
from bartender.realtime import turns
from bartender.safety.allergens import ALLERGEN_NAMES
from bartender.services import orders, receipts, returning_guests, takeovers, tickets
from bartender.tools.registry import TOO_MANY_CALLS_TEXT
from bartender.web.script_messages import SCRIPT_MESSAGES
from tests.bartender.page_fixtures import PageGuest, guest_for_visit
from tests.bartender.staff_fixtures import pay_bill
from tests.guest_fixtures import make_context

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "locale" / "es" / "LC_MESSAGES" / "django.po"
GUESTS = [
    *sorted((ROOT / "templates" / "bartender").iterdir()),
    *sorted((ROOT / "templates" / "payments").iterdir()),
    *(
        ROOT / "templates" / name
        for name in ("base.html", "404.html", "429.html", "500.html", "403_csrf.html")
    ),
]
PLACES = re.compile(r"%\(\w+\)s|\{\w+\}")
# Names, and the page's own title before anything is known of the venue.
NO_WORDS = {"Maya", "MOK 5-ha", "DOCTYPE"}


def spanish() -> PageGuest:
    guest = PageGuest()
    guest.client = Client(enforce_csrf_checks=True, headers={"accept-language": "es-MX,es;q=0.9,en;q=0.5"})
    return guest


def untranslated(template: str) -> list[str]:
    """What is left for a guest to read when everything that is marked is taken away."""
    bare = re.sub(r"{% blocktranslate.*?{% endblocktranslate %}", "", template, flags=re.DOTALL)
    bare = re.sub(r"{% block body_attributes %}.*?{% endblock %}", "", bare)
    bare = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}", "", bare, flags=re.DOTALL)
    shown = re.sub(r"<[^>]*>", "\n", bare).splitlines()
    shown += re.findall(r'\s(?:aria-label|placeholder|alt|title)="([^"]*)"', bare)
    return [
        text for line in shown if re.search(r"[A-Za-z]{2}", text := line.strip()) and text not in NO_WORDS
    ]


@pytest.mark.parametrize("path", GUESTS, ids=lambda path: path.name)
def test_no_english_stands_in_a_guests_template(path):
    assert untranslated(path.read_text()) == []


def test_a_sentence_that_is_not_marked_would_be_seen():
    assert untranslated('<p>{% translate "Tip" %} Hello <b aria-label="The bar">{{ x }}</b></p>') == [
        "Hello",
        "The bar",
    ]


def test_the_spanish_is_whole_and_keeps_every_place():
    for entry in polib.pofile(CATALOGUE):
        assert entry.translated(), entry.msgid
        for told in entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]:
            assert sorted(PLACES.findall(told)) == sorted(PLACES.findall(entry.msgid)), entry.msgid


def test_what_is_served_is_what_is_written():
    written = {
        (entry.msgid, entry.msgstr, *entry.msgstr_plural.values()) for entry in polib.pofile(CATALOGUE)
    }
    served = polib.mofile(CATALOGUE.with_suffix(".mo"))
    assert {(entry.msgid, entry.msgstr, *entry.msgstr_plural.values()) for entry in served} == written


def marked_in(source: str) -> set[str]:
    """The sentences that a module gives to gettext, however their quotes stand."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and node.args]
    return {
        str(call.args[0].value)
        for call in calls
        if isinstance(call.func, ast.Name)
        and call.func.id in ("_", "gettext_noop", "gettext_lazy", "ngettext")
        and isinstance(call.args[0], ast.Constant)
    }


def test_every_marked_sentence_is_in_the_catalogue():
    known = {entry.msgid for entry in polib.pofile(CATALOGUE)}
    marked = set()
    for path in GUESTS:
        marked |= {
            double or single
            for double, single in re.findall(r"""{% translate (?:"([^"]*)"|'([^']*)') %}""", path.read_text())
        }
    for path in [*(ROOT / "bartender").rglob("*.py"), *(ROOT / "payments").rglob("*.py")]:
        source = path.read_text()
        if "gettext" in source:
            marked |= marked_in(source)
    assert len(marked) > 400
    assert marked - known == set()


def sentences_from_tables() -> set[str]:
    """Sentences that Maya says from a table and translates when she says them."""
    told = {line for lines in small_talk.SMALL_TALK_LINES.values() for line in lines}
    told |= {
        *small_talk.DRINK_OFFERS,
        *replies.ORDER_OPENERS,
        *replies.NEXT_STEP_QUESTIONS,
        *memory_answers.MEMORY_OPENERS,
        memory_answers.NO_USUAL_MESSAGE,
    }
    told |= {
        rule_based_orders.INVALID_QUANTITY_MESSAGE,
        rule_based_orders.TOO_MANY_MESSAGE,
        allergen_answers.WHICH_ALLERGEN_QUESTION,
        TOO_MANY_CALLS_TEXT,
        *budgets.BUDGET_NOTICES.values(),
    }
    told |= {
        order.WATER_OFFER,
        *bill.PAYMENT_STATUS_TEXTS.values(),
        *service.AGE_TEXTS.values(),
        returning_guests.NOTHING_TO_REMEMBER,
    }
    told |= {
        turn.EMPTY_REPLY_TEXT,
        turn.PROVIDER_DOWN_TEXT,
        turn.INTERRUPTED_TEXT,
        turns.INTERNAL_ERROR,
        fallback.OFF_TOPIC_REPLY,
    }
    return told | {takeovers.TAKEOVER_MESSAGE, takeovers.HANDBACK_MESSAGE}


def test_all_that_maya_says_from_a_table_is_in_the_catalogue():
    known = {entry.msgid for entry in polib.pofile(CATALOGUE)}
    assert len(sentences_from_tables()) > 85
    assert sentences_from_tables() - known == set()


@pytest.mark.django_db
def test_what_stands_on_the_house_menu_can_be_told_in_spanish(menu):
    known = {(entry.msgctxt, entry.msgid) for entry in polib.pofile(CATALOGUE)}
    told: set[tuple[str | None, str]] = {("category", one) for one in menu.categories}
    told |= {("allergen", one) for one in ALLERGEN_NAMES}
    for drink in menu.drinks:
        told |= {(None, drink.description), *(("ingredient", part.name) for part in drink.recipe)}
        told |= {("made", one.name) for one in drink.modifiers}
        told |= {(None, one.meaning) for one in drink.modifiers if one.meaning}
    assert told - known == set()


def test_the_page_brings_all_that_its_scripts_say():
    scripts = [path for path in (ROOT / "static" / "js").rglob("*.js") if "display" not in path.parts]
    said = {text for path in scripts for text in re.findall(r'\bt\("([^"]+)"', path.read_text())}
    assert len(said) > 5
    assert said <= set(SCRIPT_MESSAGES)


@pytest.mark.django_db
def test_a_spanish_browser_is_met_in_spanish(menu):
    page = spanish().open_page("/")
    assert '<html lang="es">' in page
    assert "Buenas noches" in page
    assert "Enviar a la barra" in page
    assert "Good evening" not in page
    assert "Negroni" in page
    assert "$11.00" in page
    assert "inglés" not in page


@pytest.mark.django_db
def test_what_a_guest_chooses_beats_the_browser_and_stays_on_the_visit(menu):
    guest = spanish()
    guest.open_page("/")
    guest.submit_form("/order/negroni/")
    assert "está en tu cuenta" in guest.page
    assert Visit.objects.get().language == "es"
    guest.submit_form("/language/", language="en")
    assert '<html lang="en">' in guest.page
    assert "Good evening" in guest.page
    assert Visit.objects.get().language == "en"
    guest.post_forged("/language/", language="tlh")
    assert '<html lang="en">' in guest.page
    assert Visit.objects.get().language == "en"


@pytest.mark.django_db
def test_a_refusal_is_in_spanish_and_so_is_what_maya_says(menu):
    guest = spanish()
    guest.open_page("/")
    guest.post_forged("/send/")
    assert "No hay nada pendiente de enviar a la barra." in guest.page
    guest.say("a negroni, please")
    assert "un Negroni a $11.00" in Visit.objects.get().turns.get().reply_text


@pytest.mark.django_db
def test_staff_read_english_whatever_their_browser_asks_for(menu):
    assert 'lang="es"' not in spanish().open_page("/admin/login/")


@pytest.mark.django_db
def test_a_receipt_is_in_the_language_of_its_visit(ada, settings, mailoutbox):
    settings.EMAIL_URL = "smtp://here"
    orders.add_line(ada, "Negroni", 1, [], make_context())
    pay_bill(ada)
    Visit.objects.filter(pk=ada.pk).update(language="es")
    guest_for_visit(ada).open_page("/")
    receipts.send_receipt_mail(ReceiptMail(tab=ada.lines.get().tab, address="ada@example.org", key="0" * 64))
    [mail] = mailoutbox
    assert mail.subject.startswith("Tu recibo de ")
    assert "Bebidas: $11.00" in mail.body
    assert "Gracias, y que llegues bien a casa." in mail.body


def test_what_staff_must_decide_is_told_to_them_in_english():
    with override("es"):
        asked = AllergyApprovalRequired(1, "Whiskey Sour", ["egg"], [], ["IPA"], "allergy:sour")
    assert "solo una persona de la barra" in str(asked)
    assert asked.about == "Whiskey Sour contains egg"


@pytest.mark.django_db
def test_the_news_of_a_drink_is_in_the_guests_language_and_not_in_the_staffs(ada):
    Visit.objects.filter(pk=ada.pk).update(language="es")
    orders.add_line(ada, "IPA", 2, [], make_context())
    ticket = tickets.fire_ticket(ada, make_context())
    tickets.bump_ticket(ticket)
    assert ada.turns.last().reply_text == "Dos IPA se están preparando ahora."


def test_spanish_counts_by_the_gender_of_a_drink():
    with override("es"):
        assert describe_drinks("IPA", 1) == "una IPA"
        assert describe_drinks("Old Fashioned", 2, ["on the rocks"]) == "dos Old Fashioned (con hielo)"
        assert join_words(["un Negroni", "una Water", "dos IPA"]) == "un Negroni, una Water y dos IPA"
    assert describe_drinks("Old Fashioned", 2, ["on the rocks"]) == "two Old Fashioneds (on the rocks)"


@pytest.mark.parametrize("language", ["en", "es"])
def test_each_language_is_offered_in_its_own_words_whatever_the_page_speaks(ada, language):
    guest = guest_for_visit(ada)
    guest.client.cookies["maya_language"] = language
    guest.open_page()
    buttons = [one for one in guest.browser.dom.find_all("button") if one.get("name") == "language"]
    assert [(one.get("lang"), one.text.strip()) for one in buttons] == [("en", "English"), ("es", "Español")]
