"""The Django admin for staff: menu, visits, tickets, staff actions, and X and Z reports."""

from bartender.admin import (
    agents,
    assistance,
    business_days,
    display,
    ingredients,
    menu,
    responsible_service,
    staff,
    staff_actions,
    tables,
    tickets,
    visits,
)

__all__ = [
    "agents",
    "assistance",
    "business_days",
    "display",
    "ingredients",
    "menu",
    "responsible_service",
    "staff",
    "staff_actions",
    "tables",
    "tickets",
    "visits",
]
