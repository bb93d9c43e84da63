"""The Django admin for staff: menu, visits, tickets, staff actions, and X and Z reports."""

from bartender.admin import (
    assistance,
    books,
    business_days,
    display,
    documents,
    menu,
    responsible_service,
    staff_actions,
    taxes,
    tickets,
    visits,
)

__all__ = [
    "assistance",
    "books",
    "business_days",
    "display",
    "documents",
    "menu",
    "responsible_service",
    "staff_actions",
    "taxes",
    "tickets",
    "visits",
]
