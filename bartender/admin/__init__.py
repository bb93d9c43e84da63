"""The Django admin for staff: menu, visits, tickets, staff actions, and X and Z reports."""

from bartender.admin import (
    assistance,
    business_days,
    display,
    ingredients,
    menu,
    responsible_service,
    staff_actions,
    tickets,
    visits,
)

__all__ = [
    "assistance",
    "business_days",
    "display",
    "ingredients",
    "menu",
    "responsible_service",
    "staff_actions",
    "tickets",
    "visits",
]
