"""Ada reads Spanish: her pages, forms, refusals and receipt, and what Maya says. The names of drinks, money
and the staff's side stay."""

import ast
import re
from pathlib import Path

import polib
import pytest
from django.test import Client
from django.utils.translation import override

from bartender.brains import chain
from bartender.brains.house import answers, ordering, remembering, replies, smalltalk
from bartender.conversation import facts, turn
from bartender.costs import budgets
from bartender.errors import AllergyDoubt
from bartender.page_words import SCRIPTS_SAY
from bartender.records.mails import ReceiptMail
from bartender.records.visits import Visit
from bartender.services import orders, receipts, regulars, takeovers, tickets
from bartender.serving.declared import NAMES
from bartender.stream import talk
from bartender.tools.registry import ENOUGH
from tests.bartender.page_cast import Guest, guest_of
from tests.bartender.staff_cast import pay
from tests.cast import cause

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


def spanish() -> Guest:
    guest = Guest()
    guest.client = Client(enforce_csrf_checks=True, headers={"accept-language": "es-MX,es;q=0.9,en;q=0.5"})
    return guest


def untranslated(template: str) -> list[str]:
    """What is left for a guest to read when everything that is marked is taken away."""
    bare = re.sub(r"{% blocktranslate.*?{% endblocktranslate %}", "", template, flags=re.DOTALL)
    bare = re.sub(r"{% block body_attributes %}.*?{% endblock %}", "", bare)
    bare = re.sub(r"{%.*?%}|{{.*?}}", "", bare, flags=re.DOTALL)
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


def said_from_tables() -> set[str]:
    """Sentences that Maya says from a table and translates when she says them."""
    told = {line for lines in smalltalk.LINES.values() for line in lines}
    told |= {*smalltalk.OFFERS, *replies.OPENERS, *replies.NEXT, *remembering.OPENERS, remembering.NO_USUAL}
    told |= {
        ordering.WHOLE_DRINKS,
        ordering.TOO_MANY,
        answers.WHICH_ALLERGEN,
        ENOUGH,
        *budgets.NOTICES.values(),
    }
    told |= {facts.WATER, *facts.PAYMENT_WORDS.values(), *facts.AGE_WORDS.values(), regulars.NOTHING_YET}
    told |= {turn.SORRY, turn.AWAY, turn.CUT_SHORT, talk.BROKEN, chain.NOT_HERE}
    return told | {takeovers.BEGUN, takeovers.BACK}


def test_all_that_maya_says_from_a_table_is_in_the_catalogue():
    known = {entry.msgid for entry in polib.pofile(CATALOGUE)}
    assert len(said_from_tables()) > 140
    assert said_from_tables() - known == set()


@pytest.mark.django_db
def test_what_stands_on_the_house_menu_can_be_told_in_spanish(menu):
    known = {(entry.msgctxt, entry.msgid) for entry in polib.pofile(CATALOGUE)}
    told: set[tuple[str | None, str]] = {("category", one) for one in menu.categories}
    told |= {("allergen", one) for one in NAMES}
    for drink in menu.drinks:
        told |= {(None, drink.description), *(("ingredient", part.name) for part in drink.recipe)}
        told |= {("made", one.name) for one in drink.modifiers}
        told |= {(None, one.meaning) for one in drink.modifiers if one.meaning}
    assert told - known == set()


def test_the_page_brings_all_that_its_scripts_say():
    scripts = [path for path in (ROOT / "static" / "js").rglob("*.js") if "display" not in path.parts]
    said = {text for path in scripts for text in re.findall(r'\bt\("([^"]+)"', path.read_text())}
    assert len(said) > 5
    assert said <= set(SCRIPTS_SAY)


@pytest.mark.django_db
def test_a_spanish_browser_is_met_in_spanish(menu):
    page = spanish().look("/")
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
    guest.look("/")
    guest.send("/order/negroni/")
    assert "está en tu cuenta" in guest.page
    assert Visit.objects.get().language == "es"
    guest.send("/language/", language="en")
    assert '<html lang="en">' in guest.page
    assert "Good evening" in guest.page
    assert Visit.objects.get().language == "en"
    guest.send("/language/", language="tlh")
    assert '<html lang="en">' in guest.page
    assert Visit.objects.get().language == "en"


@pytest.mark.django_db
def test_a_refusal_is_in_spanish_and_so_is_what_maya_says(menu):
    guest = spanish()
    guest.look("/")
    guest.send("/send/")
    assert "No hay nada pendiente de enviar a la barra." in guest.page
    guest.say("a negroni, please")
    assert "un Negroni a $11.00" in Visit.objects.get().turns.get().reply


@pytest.mark.django_db
def test_staff_read_english_whatever_their_browser_asks_for(menu):
    assert 'lang="es"' not in spanish().look("/admin/login/")


@pytest.mark.django_db
def test_a_receipt_is_in_the_language_of_its_visit(ada, settings, mailoutbox):
    settings.EMAIL_URL = "smtp://here"
    orders.add(ada, "Negroni", 1, [], cause())
    pay(ada)
    Visit.objects.filter(pk=ada.pk).update(language="es")
    guest_of(ada).look("/")
    receipts.send(ReceiptMail(tab=ada.lines.get().tab, address="ada@example.org", key="0" * 64))
    [mail] = mailoutbox
    assert mail.subject.startswith("Tu recibo de ")
    assert "Bebidas: $11.00" in mail.body
    assert "Gracias, y que llegues bien a casa." in mail.body


def test_what_staff_must_decide_is_told_to_them_in_english():
    with override("es"):
        asked = AllergyDoubt(1, "sour", "Whiskey Sour", ["egg"], [], ["IPA"])
    assert "solo una persona de la barra" in str(asked)
    assert asked.about == "Whiskey Sour: contains egg"


@pytest.mark.django_db
def test_the_news_of_a_drink_is_in_the_guests_language_and_not_in_the_staffs(ada):
    Visit.objects.filter(pk=ada.pk).update(language="es")
    orders.add(ada, "IPA", 2, [], cause())
    ticket = tickets.fire(ada, cause())
    tickets.bump(ticket)
    assert ada.turns.last().reply == "Dos IPA se están preparando ahora."


def test_spanish_counts_by_the_gender_of_a_drink():
    with override("es"):
        assert facts.drinks("IPA", 1) == "una IPA"
        assert facts.drinks("Old Fashioned", 2, ["on the rocks"]) == "dos Old Fashioned (con hielo)"
        assert facts.join(["un Negroni", "una Water", "dos IPA"]) == "un Negroni, una Water y dos IPA"
    assert facts.drinks("Old Fashioned", 2, ["on the rocks"]) == "two Old Fashioneds (on the rocks)"
