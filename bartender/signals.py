"""Signals of the bar, sent after the commit; live streams refresh on them."""

from django.dispatch import Signal

menu_changed = Signal()
turn_saved = Signal()
guest_needs_changed = Signal()  # visit_code; an allergy, caution or age state changed
printers_changed = Signal()  # what staff are to see of the printers
