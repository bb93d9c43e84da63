"""The bar's models: menu, visits and conversations, orders and tickets, and what staff do."""

from bartender.models.assistance import AssistanceCall, AssistanceRequest
from bartender.models.books import BookAccount
from bartender.models.display import Takeover, TicketMove
from bartender.models.menu import (
    Allergen,
    AllergenFact,
    MenuAlias,
    MenuCategory,
    MenuItem,
    Modifier,
    ModifierAllergenFact,
    ModifierGroup,
    Preference,
    RecipePart,
    Venue,
)
from bartender.models.receipts import ReceiptMail
from bartender.models.responsible_service import Approval, ServingPolicy
from bartender.models.returning_guests import ReturningGuest
from bartender.models.staff_actions import StaffAction
from bartender.models.taxes import TaxClass, TaxRate
from bartender.models.visits import OrderLine, Ticket, Turn, Visit

__all__ = [
    "Allergen",
    "AllergenFact",
    "Approval",
    "AssistanceCall",
    "AssistanceRequest",
    "BookAccount",
    "MenuAlias",
    "MenuCategory",
    "MenuItem",
    "Modifier",
    "ModifierAllergenFact",
    "ModifierGroup",
    "OrderLine",
    "Preference",
    "ReceiptMail",
    "RecipePart",
    "ReturningGuest",
    "ServingPolicy",
    "StaffAction",
    "Takeover",
    "TaxClass",
    "TaxRate",
    "Ticket",
    "TicketMove",
    "Turn",
    "Venue",
    "Visit",
]
