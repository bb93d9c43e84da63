"""The bar's models: menu, visits and conversations, orders and tickets, and what staff do."""

from bartender.models.agents import AgentCall, AgentPairing
from bartender.models.allergen_facts import AllergenFact, ModifierAllergenFact
from bartender.models.assistance import AssistanceCall, AssistanceRequest
from bartender.models.bar_state import BarSwitch, NightLetter, OpeningHours, SpecialDate
from bartender.models.books import BookAccount
from bartender.models.display import Takeover, TicketMove
from bartender.models.ingredients import Allergen, Ingredient, IngredientAllergenFact
from bartender.models.menu import (
    MenuAlias,
    MenuCategory,
    MenuItem,
    Modifier,
    ModifierGroup,
    Preference,
    RecipePart,
    Venue,
)
from bartender.models.price_rules import PriceRule
from bartender.models.printers import BoardSighting, Printer, PrintJob
from bartender.models.receipts import ReceiptMail
from bartender.models.responsible_service import Approval, ServingPolicy
from bartender.models.returning_guests import ReturningGuest
from bartender.models.shared_screens import SharedScreen, StaffPin
from bartender.models.spending import SpendingPeriod
from bartender.models.staff_actions import StaffAction
from bartender.models.stations import Station
from bartender.models.stock import StockMovement
from bartender.models.tables import Area, Seat, Table
from bartender.models.taxes import TaxClass, TaxRate
from bartender.models.visits import OrderLine, Ticket, Turn, Visit

__all__ = [
    "AgentCall",
    "AgentPairing",
    "Allergen",
    "AllergenFact",
    "Approval",
    "Area",
    "AssistanceCall",
    "AssistanceRequest",
    "BarSwitch",
    "BoardSighting",
    "BookAccount",
    "Ingredient",
    "IngredientAllergenFact",
    "MenuAlias",
    "MenuCategory",
    "MenuItem",
    "Modifier",
    "ModifierAllergenFact",
    "ModifierGroup",
    "NightLetter",
    "OpeningHours",
    "OrderLine",
    "Preference",
    "PriceRule",
    "PrintJob",
    "Printer",
    "ReceiptMail",
    "RecipePart",
    "ReturningGuest",
    "Seat",
    "ServingPolicy",
    "SharedScreen",
    "SpecialDate",
    "SpendingPeriod",
    "StaffAction",
    "StaffPin",
    "Station",
    "StockMovement",
    "Table",
    "Takeover",
    "TaxClass",
    "TaxRate",
    "Ticket",
    "TicketMove",
    "Turn",
    "Venue",
    "Visit",
]
