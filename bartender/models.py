"""The bar's own records: what is sold, who is here, what was said, what must be made."""

from bartender.records.deeds import StaffDeed
from bartender.records.mails import ReceiptMail
from bartender.records.menu import (
    Allergen,
    AllergenFact,
    MenuAlias,
    MenuCategory,
    MenuItem,
    Modifier,
    ModifierGroup,
    Preference,
    RecipePart,
    Venue,
)
from bartender.records.regulars import Regular
from bartender.records.room import Takeover, TicketMove
from bartender.records.serving import ServingPolicy, StaffLeave
from bartender.records.visits import OrderLine, Ticket, Turn, Visit

__all__ = [
    "Allergen",
    "AllergenFact",
    "MenuAlias",
    "MenuCategory",
    "MenuItem",
    "Modifier",
    "ModifierGroup",
    "OrderLine",
    "Preference",
    "ReceiptMail",
    "RecipePart",
    "Regular",
    "ServingPolicy",
    "StaffDeed",
    "StaffLeave",
    "Takeover",
    "Ticket",
    "TicketMove",
    "Turn",
    "Venue",
    "Visit",
]
