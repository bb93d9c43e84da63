"""The staff's side: the menu, who is here and what was said, what must be made."""

from bartender.admin import menu, tickets, visits

__all__ = ["menu", "tickets", "visits"]
