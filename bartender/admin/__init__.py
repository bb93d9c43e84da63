"""The staff's side: the menu, visits, what must be made, what was put right, the days."""

from bartender.admin import days, deeds, menu, room, serving, tickets, visits

__all__ = ["days", "deeds", "menu", "room", "serving", "tickets", "visits"]
