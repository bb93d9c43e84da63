"""What the fixed texts and the passages promise is there: buttons, pages, drinks and figures."""

import gettext
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import gettext as gettext_of
from django.utils.translation import override

from bartender.brains.rule_based.memory_answers import shorten_passage
from bartender.brains.rule_based.small_talk import SMALL_TALK_LINES
from bartender.claim_gate.evidence import build_evidence
from bartender.claim_gate.gate import BUTTON_NAMES, ClaimGate, UnsupportedClaim
from bartender.menu.snapshot import current_menu, mark_menu_changed
from bartender.models.menu import MenuCategory, MenuItem, Venue
from bartender.models.responsible_service import ServingPolicy
from bartender.services import orders, phone_handoff, returning_guests
from bartender.services.bills import bill_of
from bartender.services.own_keys import encryption
from bartender.services.returning_guests import REMEMBER_PATTERN
from maya_site.core import rate_limits
from maya_site.core.number_words import SMALL_NUMBER_WORDS
from payments import checkout
from rag.ingest import CORPUS_DIR
from tests.bartender.page_fixtures import PageGuest, guest_for_visit
from tests.bartender.staff_fixtures import pay_bill, request_bill
from tests.bartender.test_turn import ended
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context

ROOT = Path(settings.BASE_DIR)
QUOTED = re.compile(r"“([^”]+)”")
NAMED_ES = re.compile(r"«([^»]+)»")
SHOWN = re.compile(r'{% translate "([^"]+)" %}')


def passages():
    """Title and text of all shipped passages."""
    for path in sorted(Path(CORPUS_DIR).glob("*.md")):
        for part in re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            title, _, text = part.partition("\n")
            yield title, " ".join(re.split(r"^# ", text, flags=re.MULTILINE)[0].split())


def spanish():
    """All fixed texts, and what a Spanish guest reads."""
    with (ROOT / "locale/es/LC_MESSAGES/django.mo").open("rb") as file:
        catalog: dict[object, str] = vars(gettext.GNUTranslations(file))["_catalog"]
    return {key: text for key, text in catalog.items() if isinstance(key, str) and key}


def fixed_texts():
    return [*spanish(), *(text for _, text in passages())]


def shown_names():
    """Every label that a template shows."""
    pages = (ROOT / "templates/bartender").glob("*.html")
    return {name for page in pages for name in SHOWN.findall(page.read_text(encoding="utf-8"))}


# --- buttons and pages -----------------------------------------------------------------------------------


def test_what_a_text_calls_by_name_is_on_a_page():
    """Capital letter: the name of a button or a page. Else words to say, and places for a value."""
    named = {name for text in fixed_texts() for name in QUOTED.findall(text)}
    buttons = {name for name in named if name[0].isupper() and not name.startswith("I ")}

    assert {"Call a person", "Split the bill", "Your usual", "Take a seat again"} <= buttons
    assert buttons - shown_names() == set()


def test_a_spanish_text_calls_a_button_as_its_spanish_page_does():
    texts = spanish()
    for english, told in texts.items():
        names = [texts[name] for name in QUOTED.findall(english) if name in shown_names()]
        assert [name for name in names if name not in NAMED_ES.findall(told)] == [], english


def test_no_text_speaks_of_a_button_without_its_name():
    nameless = re.compile(r"\b(?:the|a) call button\b|botón de llamada", re.IGNORECASE)

    assert [text for text in [*fixed_texts(), *spanish().values()] if nameless.search(text)] == []


def test_the_words_that_guests_are_told_to_say_do_what_was_said(ada):
    said = {name for text in fixed_texts() for name in QUOTED.findall(text) if name[0].islower()}

    assert "remember my usual" in said
    assert REMEMBER_PATTERN.match("remember my usual")
    assert "two IPAs and a dry martini" in said
    ended(ada, "two IPAs and a dry martini", client_id="one")
    assert {line.item: line.quantity for line in bill_of(ada).lines} == {"IPA": 2, "Martini": 1}


@pytest.mark.parametrize("path", ["/", "/tab/"])
def test_the_button_for_the_age_is_on_every_tab(menu, path):
    """ "…or press the button on your tab"."""
    ServingPolicy.objects.create(valid_from="2020-01-01", age_check="declared")
    mark_menu_changed()
    guest = PageGuest()
    assert "I am 21 or older" in guest.open_page(path)
    guest.submit_form("/declare/age/")
    assert "I am 21 or older" not in guest.open_page(path)


def test_split_the_bill_is_where_maya_says(ada):
    told = ended(ada, "Can we split the bill?", client_id="one").reply
    orders.add_line(ada, "Negroni", 2, [], make_context())

    assert "“Split the bill” on your tab" in told
    assert re.search(
        r'<a href="/tab/split/"[^>]*data-split>Split the bill</a>', guest_for_visit(ada).open_page()
    )


# --- the words get through ---------------------------------------------------------------------------------


def held(visit, text, *, shown=()):
    """What the gate holds of a model that was shown these passages."""
    evidence = build_evidence(current_menu(), bill_of(visit), passages=shown)
    gate = ClaimGate(evidence, is_llm_text=True)
    return [part.text for part in [*gate.feed(text), *gate.close()] if isinstance(part, UnsupportedClaim)]


@pytest.mark.parametrize("stage", ["empty", "open", "closing", "paid"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_no_line_and_no_passage_of_the_house_is_cut_however_the_tab_stands(ada, stage, language):
    if stage != "empty":
        orders.add_line(ada, "Negroni", 2, [], make_context())
    if stage == "closing":
        request_bill(ada)
    if stage == "paid":
        pay_bill(ada)
    texts = [shorten_passage(text) for _, text in passages()]
    with override(language):
        lines = [gettext_of(line) for lines in SMALL_TALK_LINES.values() for line in lines]
        cut = [one for text in texts for one in held(ada, text, shown=[text])]
        cut += [one for text in lines for one in held(ada, text)]

    assert cut == []


def test_a_line_of_the_house_lets_no_other_claim_through(ada):
    assert held(ada, "I have added two Negronis to your tab.")
    assert held(ada, "Press “Split the bill” on your tab: it is all paid.")
    assert held(ada, "I split the bill for you.")
    assert held(ada, "I have “Split the bill” for you.")


@pytest.mark.parametrize("name", BUTTON_NAMES)
def test_any_brain_may_name_a_button(ada, name):
    orders.add_line(ada, "Negroni", 2, [], make_context())

    assert name in shown_names()
    assert held(ada, f"Press “{name}” on your page.") == []


# --- what the bar has, and has not -----------------------------------------------------------------------


def test_the_book_counts_the_menu_as_it_is(menu):
    book = dict(passages())
    many = {kind: sum(drink.category == kind for drink in menu.drinks) for kind in menu.categories}
    counted = {
        "cocktails": many["Cocktails"],
        "beers": many["Beer"],
        "spirits": many["Spirits"],
        "drinks without alcohol": many["Non-alcoholic"],
    }
    for noun, number in counted.items():
        assert f"{SMALL_NUMBER_WORDS[number]} {noun}" in book["Why the menu is short"].lower()


def test_what_the_book_says_of_drinks_is_so(menu):
    book = dict(passages())
    parts = {drink.name: [part.name for part in drink.recipe] for drink in menu.drinks}
    beers = sorted((one for one in menu.drinks if one.category == "Beer"), key=lambda one: one.ethanol_grams)

    assert "strongest beer we have" in book["The IPA"]
    assert beers[-1].name == "IPA"
    assert "Only spirits come as doubles" in book["What a double is"]
    assert {one.category for one in menu.drinks if one.find_modifier("double")} == {"Spirits"}
    assert "None of the recipes on our menu asks for either" in book["Eggs and milk at the bar"]
    assert not [one for names in parts.values() for one in names if re.search(r"egg|cream|milk", one)]
    assert "We do not pour wine" in book["Wine at the bar"]
    assert not [name for name in parts if re.search(r"wine|coffee|bloody mary", name.lower())]
    assert "glass for the Long Island and for everything without alcohol" in book["What a highball is"]
    highballs = {one.name for one in menu.drinks if one.glass == "highball"}
    assert highballs == {"Long Island", *(one.name for one in menu.drinks if not one.is_alcoholic)}


@pytest.mark.parametrize(
    "name, said",
    [
        ("Whiskey Sour", "a whisky sour, please"),
        ("Whiskey Sour", "two whiskey sours"),
        ("Gin and Tonic", "a g & t please"),
        ("Gin Tonic", "two gin and tonics"),
        ("Mojito", "three mojitos, please"),
        ("Piña Colada", "a pina colada"),
    ],
)
def test_a_drink_that_came_onto_the_menu_is_one_of_the_house_however_it_is_written(ada, name, said):
    before = ended(ada, said, client_id="one").reply
    slug = re.sub("[^a-z]+", "-", name.lower())
    MenuItem.objects.create(
        name=name,
        slug=slug,
        price_cents=1000,
        category=MenuCategory.objects.get(name="Cocktails"),
        no_alcohol=True,  # what nobody knows the strength of would wait for a person
    )
    mark_menu_changed()
    ended(ada, said, client_id="two")

    assert before.startswith("We don't have")
    assert [line.item for line in bill_of(ada).lines] == [name]


def test_a_drink_that_left_the_menu_is_not_said_to_be_the_nearest(ada):
    MenuItem.objects.filter(name="Old Fashioned").update(listed=False)
    mark_menu_changed()

    assert "Old Fashioned" not in ended(ada, "a whiskey sour, please").reply


def test_the_nearest_to_a_virgin_drink_has_no_alcohol(ada):
    told = ended(ada, "do you have a virgin mojito?").reply

    assert "Lemonade" in told
    assert "Rum" not in told


def test_the_nearest_is_nothing_that_the_guest_must_not_have(ada):
    ended(ada, "I'm allergic to sulphites", client_id="one")

    assert "Negroni" not in ended(ada, "do you have an aperol spritz?", client_id="two").reply


def test_maya_names_the_house_as_it_is_called(ada):
    assert "MOK 5-ha" in ended(ada, "where am I?", client_id="one").reply
    Venue.objects.update(name="The Blue Door")
    mark_menu_changed()
    told = [ended(ada, said, client_id=said[:9]).reply for said in ("hello", "who are you?", "where am I? ")]

    assert "This is The Blue Door." in told[-1]
    assert "MOK" not in " ".join(told)


# --- figures that are written in words ---------------------------------------------------------------------


def test_a_limit_says_its_own_figure():
    found = [one for one in vars(rate_limits).values() if isinstance(one, rate_limits.RateLimit)]
    said = {one.name: re.findall(r"\d+", one.message) for one in found}
    minutes = {one.name: str(one.seconds // 60) for one in found}

    for one in found:
        assert said[one.name] in ([], [str(one.max_count)], [str(one.max_count), minutes[one.name]])
    assert all(one.seconds == 60 for one in found if "a minute" in one.message)
    assert all(one.seconds == 600 for one in found if "ten minutes" in one.message)


def test_times_that_pages_name_are_the_times_that_the_code_keeps():
    texts = " ".join(spanish())

    assert "works once, for five minutes" in texts
    assert phone_handoff.HANDOFF_TTL.total_seconds() == 5 * 60
    assert "after two hours at the latest" in texts
    assert encryption.KEY_LIFETIME.total_seconds() == 2 * 3600
    assert "for half a year after your last visit" in texts
    assert 180 <= returning_guests.RETURNING_GUEST_RETENTION.days <= 184
    assert "open for half an hour" in texts
    assert checkout.LINK_LIFETIME.total_seconds() == 30 * 60
