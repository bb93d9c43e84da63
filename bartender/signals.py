"""What happened in the house, sent after the commit. Whoever shows it looks again."""

from django.dispatch import Signal

menu_changed = Signal()
turn_saved = Signal()
guest_needs_changed = Signal()  # visit_code: what is known of a guest is another, an allergy or an age
