"""What stands on the shelf in the stories about stock."""

from decimal import Decimal
from typing import Any

from bartender.models.ingredients import Ingredient
from bartender.models.stock import StockMovement
from bartender.models.visits import Ticket, Visit
from bartender.services import orders, stock, tickets
from bartender.services.stock import StockEntry
from tests.bartender.staff_fixtures import create_staff_user
from tests.guest_fixtures import make_context


def ingredient(name: str) -> Ingredient:
    return Ingredient.objects.get(name=name)


def count(**amounts: Any) -> None:
    """`dry_vermouth=700`: so much is there, by a count."""
    entries = [
        StockEntry(ingredient(name.replace("_", " ")).pk, Decimal(str(amount)))
        for name, amount in amounts.items()
    ]
    stock.enter_count(entries, create_staff_user("sam"), make_context().key)


def left(name: str) -> Any:
    """In its unit; None where nobody has counted."""
    return next(level.balance for level in stock.stock_levels() if level.name == name)


def send(guest: Visit, item: str, quantity: int = 1, *modifiers: str) -> Ticket:
    orders.add_line(guest, item, quantity, list(modifiers), make_context())
    return tickets.fire_ticket(guest, make_context())


def make(ticket: Ticket) -> Ticket:
    """Begun, and ready."""
    tickets.bump_ticket(ticket)
    return tickets.bump_ticket(ticket)


def kinds_of(name: str) -> list[str]:
    rows = StockMovement.objects.filter(ingredient__name=name).order_by("pk")
    return list(rows.values_list("kind", flat=True))
