"""The staff's side: the menu, visits, what must be made, what was put right, the days."""

from bartender.admin import (
    assistance,
    business_days,
    display,
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
    "menu",
    "responsible_service",
    "staff_actions",
    "tickets",
    "visits",
]
