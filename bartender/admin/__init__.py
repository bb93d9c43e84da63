"""The Django admin for staff: menu, visits, tickets, staff actions, and X and Z reports."""

from bartender.admin import (
    agents,
    assistance,
    books,
    business_days,
    display,
    documents,
    ingredients,
    menu,
    price_rules,
    responsible_service,
    staff,
    staff_actions,
    tables,
    taxes,
    tickets,
    visits,
)

__all__ = [
    "agents",
    "assistance",
    "books",
    "business_days",
    "display",
    "documents",
    "ingredients",
    "menu",
    "price_rules",
    "responsible_service",
    "staff",
    "staff_actions",
    "tables",
    "taxes",
    "tickets",
    "visits",
]
