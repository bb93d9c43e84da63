"""Signals of the bar, sent after the commit; live streams refresh on them."""

from django.dispatch import Signal

menu_changed = Signal()
turn_saved = Signal()
guest_needs_changed = Signal()  # visit_code: what is known of a guest is another, an allergy or an age
