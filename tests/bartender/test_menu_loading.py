"""The menu comes from a file: loading it twice is once, and a bad file is refused with its line."""

import textwrap
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test.utils import CaptureQueriesContext

from bartender.errors import SoldOut
from bartender.menu.loader import DEFAULT_MENU_PATH, load_menu
from bartender.menu.reader import MenuFileError, read_menu
from bartender.menu.snapshot import current_menu, mark_menu_changed, set_available
from bartender.models.menu import MenuItem, Venue
from bartender.services import orders
from tests.guest_fixtures import make_context

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_menu")]


SMALL = """\
reviewed_on: 2026-11-01
groups:
  - name: ice
    modifiers:
      - {name: no ice, aliases: [without ice]}
categories:
  - name: Soft
    groups: [ice]
    items:
      - name: Water
        price: 1.00
        recipe: [[water, 330, 0]]
      - name: Soda
        price: 3.00
        aliases: [pop]
        alcohol: none
"""
STANDARD_DRINKS = {
    "Daiquiri": "1.35",
    "Martini": "1.45",
    "Long Island": "1.69",
    "Old Fashioned": "1.01",
    "Negroni": "1.37",
    "Cosmopolitan": "1.24",
    "Manhattan": "1.31",
    "Tap Beer": "1.33",
    "Classic Brew": "1.33",
    "IPA": "1.73",
    "Whiskey": "0.99",
    "Water": "0",
}


@pytest.fixture
def file(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "menu.yaml"
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    return write


def items() -> list[tuple[Any, ...]]:
    return list(MenuItem.objects.order_by("pk").values_list())


def test_the_house_menu_is_loaded_once_and_then_up_to_date():
    assert len(load_menu()) > 20
    before = items()
    assert load_menu() == []
    assert items() == before


def test_the_report_says_what_changed_and_nothing_else(file):
    load_menu(file(SMALL))
    changed = SMALL.replace("price: 3.00", "price: 3.50").replace("aliases: [pop]", "aliases: [pop, fizz]")
    assert load_menu(file(changed)) == ["Soda: price $3.00 -> $3.50", "Soda: aliases changed"]


def test_a_new_item_and_one_that_left_are_told(file):
    load_menu(file(SMALL))
    changes = load_menu(file(SMALL.replace("name: Soda", "name: Lemonade").replace("[pop]", "[lemon]")))
    assert "Lemonade: new, $3.00" in changes
    assert "Soda: taken off the menu" in changes
    assert [drink.name for drink in current_menu().drinks] == ["Water", "Lemonade"]


def test_an_item_that_left_stays_in_the_records_and_can_come_back(file):
    load_menu(file(SMALL))
    load_menu(file(SMALL.replace("name: Soda", "name: Lemonade").replace("[pop]", "[lemon]")))
    assert MenuItem.objects.filter(name="Soda", listed=False).exists()
    assert "Soda: listed changed" in load_menu(file(SMALL))


def test_only_a_new_file_is_loaded_again_so_that_what_staff_changed_stays(file):
    path = file(SMALL)
    load_menu(path)
    MenuItem.objects.filter(name="Soda").update(price_cents=4_00)
    assert load_menu(path, only_if_new=True) == []
    assert MenuItem.objects.get(name="Soda").price_cents == 4_00
    assert load_menu(path) == ["Soda: price $4.00 -> $3.00"]
    assert load_menu(file(SMALL + "# another file\n"), only_if_new=True) == []


def test_loading_does_not_put_back_what_staff_took_off_sale(file):
    load_menu(file(SMALL))
    set_available([MenuItem.objects.get(name="Soda").pk], available=False)
    load_menu(file(SMALL.replace("3.00", "3.50")))
    assert not MenuItem.objects.get(name="Soda").available


BAD = {
    "nothing in it": ("", 1, "needs"),
    "a list": ("- one\n- two\n", 1, "needs"),
    "broken yaml": (SMALL.replace("groups: [ice]", "groups: [ice"), 9, "expected"),
    "a key twice": (SMALL.replace("price: 1.00", "price: 1.00\n        price: 2.00"), 12, "twice"),
    "no date": (SMALL.replace("reviewed_on: 2026-11-01", "reviewed_on: soon"), 1, "date"),
    "no price": (SMALL.replace("        price: 1.00\n", ""), 10, "price"),
    "a price of nothing": (SMALL.replace("1.00", "0"), 10, "price"),
    "a negative price": (SMALL.replace("1.00", "-1.00"), 10, "price"),
    "half a cent": (SMALL.replace("1.00", "1.005"), 10, "price"),
    "a price in words": (SMALL.replace("1.00", "one"), 10, "price"),
    "a price that is no number": (SMALL.replace("1.00", ".nan"), 10, "price"),
    "a price beyond reason": (SMALL.replace("1.00", "1e9"), 10, "price"),
    "a price that is a truth": (SMALL.replace("1.00", "true"), 10, "price"),
    "an unknown word": (SMALL.replace("price: 1.00", "prize: 1.00"), 10, "prize"),
    "an unknown group": (SMALL.replace("groups: [ice]", "groups: [fire]"), 10, "no group"),
    "the same item twice": (SMALL.replace("name: Soda", "name: water"), 13, "twice"),
    "one alias for two": (SMALL.replace("[pop]", "[water]"), 13, "already means Water"),
    "an item without a name": (SMALL.replace("name: Soda", "name: ''"), 13, "name"),
    "aliases that are no list": (SMALL.replace("[pop]", "pop"), 13, "list of texts"),
    "a recipe of two parts": (SMALL.replace("[water, 330, 0]", "[water, 330]"), 10, "recipe"),
    "stronger than spirit": (SMALL.replace("[water, 330, 0]", "[water, 330, 101]"), 10, "alcohol"),
    "less than no water": (SMALL.replace("[water, 330, 0]", "[water, -1, 0]"), 10, "ml"),
    "a strength that nobody said": (
        SMALL.replace("        alcohol: none\n", ""),
        13,
        "how strong is it?",
    ),
    "no alcohol, and a recipe with it": (
        SMALL.replace("alcohol: none", "alcohol: none\n        recipe: [[rum, 40, 40]]"),
        13,
        "one of them is wrong",
    ),
    "alcohol in other words": (SMALL.replace("alcohol: none", "alcohol: some"), 13, "may only be “none”"),
    "a modifier that adds half an answer": (
        SMALL.replace("{name: no ice,", "{name: no ice, adds: [rum, 20],"),
        5,
        "“adds” is",
    ),
    "a modifier that adds something": (
        SMALL.replace("{name: no ice,", "{name: no ice, adds: something,"),
        5,
        "“adds” is",
    ),
    "a default that is no choice": (SMALL.replace("name: ice", "name: ice\n    default: lava"), 3, "default"),
    "more needed than allowed": (SMALL.replace("name: ice", "name: ice\n    min: 2"), 3, "min"),
    "an allergen in two states": (
        SMALL.replace("price: 3.00", "price: 3.00\n        allergens: {contains: [milk], free: [milk]}"),
        15,
        "two states",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_with_its_line_and_changes_nothing(file, name):
    text, line, what = BAD[name]
    load_menu()
    before = items()
    with pytest.raises(MenuFileError) as refusal:
        load_menu(file(text))
    assert str(refusal.value).startswith(f"menu.yaml, line {line}: ")
    assert what in str(refusal.value)
    assert items() == before


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path):
    with pytest.raises(MenuFileError, match="no such file"):
        read_menu(tmp_path / "nowhere.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"name: caf\xe9\n")
    with pytest.raises(MenuFileError, match="UTF-8"):
        read_menu(tmp_path / "latin.yaml")


def test_a_file_that_would_build_objects_is_refused(file):
    with pytest.raises(MenuFileError):
        read_menu(file("!!python/object/apply:os.system ['true']"))


def test_the_command_says_what_it_did_and_fails_with_one_line(file, capsys):
    call_command("load_menu", file=file(SMALL))
    assert "Soda: new, $3.00" in capsys.readouterr().out
    call_command("load_menu", file=file(SMALL))
    assert capsys.readouterr().out.strip() == "The menu is up to date."
    with pytest.raises(CommandError, match=r"menu\.yaml, line 10"):
        call_command("load_menu", file=file(SMALL.replace("1.00", "0")))


@pytest.mark.parametrize("name", STANDARD_DRINKS)
def test_standard_drinks_are_those_of_the_recipe(menu, name):
    drinks = menu.find_drink(name).ethanol_grams / Venue.current().standard_drink_grams
    assert abs(drinks - Decimal(STANDARD_DRINKS[name])) <= Decimal("0.01")


def test_a_double_has_twice_the_measure_and_costs_four_dollars_more(menu):
    whiskey = menu.find_drink("whiskey")
    double = whiskey.find_modifier("double")
    assert (double.change.factor, double.price_cents) == (2, 4_00)
    assert abs(2 * whiskey.ethanol_grams / 14 - Decimal("1.98")) <= Decimal("0.01")


def test_what_is_taken_off_sale_is_off_at_once(menu, ada):
    negroni = MenuItem.objects.get(name="Negroni")
    assert set_available([negroni.pk], available=False) == 1
    assert set_available([negroni.pk], available=False) == 0
    assert "Negroni" not in [drink.name for drink in current_menu().drinks if drink.available]
    with pytest.raises(SoldOut, match="Negroni is sold out"):
        orders.add_line(ada, "Negroni", 1, [], make_context())
    set_available([negroni.pk], available=True)
    assert orders.add_line(ada, "Negroni", 1, [], make_context()).unit_cents == 11_00


def test_an_unchanged_menu_costs_one_query(menu, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert current_menu() is menu


def test_a_changed_menu_costs_the_same_whatever_its_size(menu, file):
    from django.db import connection

    def cost() -> int:
        mark_menu_changed()
        with CaptureQueriesContext(connection) as asked:
            current_menu()
        return len(asked)

    whole = cost()
    load_menu(file(SMALL))
    # What modifiers bring, their allergens, the tax classes, the price rules and the hours are seven more.
    assert cost() <= whole <= 18


def test_the_house_menu_is_the_one_of_the_house(menu):
    assert DEFAULT_MENU_PATH.exists()
    assert {drink.name: drink.price_cents for drink in menu.drinks}["Martini"] == 13_00
    assert len(menu.drinks) == 20
    assert menu.categories == ("Cocktails", "Beer", "Spirits", "Non-alcoholic")
