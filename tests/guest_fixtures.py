"""The cast: Ada pays, Ben owes, Cy is a stranger. The bar is open and its menu is loaded."""

import itertools
from datetime import date

import pytest

from bartender.menu.loader import load_menu
from bartender.menu.snapshot import Menu, current_menu, mark_menu_changed
from bartender.models import ingredients as ingredient_models
from bartender.models.menu import MenuCategory, MenuItem, ModifierGroup, Preference, Venue
from bartender.models.responsible_service import ServingPolicy
from bartender.models.visits import Visit
from bartender.services.visits import open_visit
from payments.ledger import OperationContext

_numbers = itertools.count(1)


def make_context(key: str = "") -> OperationContext:
    """A cause of its own each time, or the named one again."""
    return OperationContext(key or f"test:{next(_numbers)}", turn="turn")


def lift_alcohol_limits() -> None:
    """For stories about money: a house whose limits on alcohol nobody reaches."""
    ServingPolicy.objects.get_or_create(
        valid_from=date(2020, 1, 1),
        defaults={"soft_limit_drinks": 900, "approval_limit_drinks": 900, "hard_limit_drinks": 900},
    )
    mark_menu_changed()


@pytest.fixture
def menu(db: None) -> Menu:
    load_menu(only_if_new=True)
    return current_menu()


@pytest.fixture
def no_menu(db: None) -> None:
    """The bar as it is before its menu was ever loaded."""
    for model in (
        MenuItem,
        MenuCategory,
        ModifierGroup,
        Preference,
        ingredient_models.Ingredient,
        ingredient_models.Allergen,
        Venue,
    ):
        model.objects.all().delete()


@pytest.fixture
def ada(menu: Menu) -> Visit:
    return open_visit()


@pytest.fixture
def ben(menu: Menu) -> Visit:
    return open_visit()


@pytest.fixture
def cy(menu: Menu) -> Visit:
    return open_visit()
