"""What happened in the house, sent after the commit. Whoever shows it looks again."""

from django.dispatch import Signal

menu_changed = Signal()
turn_written = Signal()
