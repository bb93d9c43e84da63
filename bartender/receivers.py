"""What happens elsewhere in the house is passed on to the streams that show it, after the commit."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from bartender.records.visits import Ticket
from bartender.stream.relay import announce
from maya_site.lib.db import after_commit
from payments.models import Sharer
from payments.signals import payment_changed, tab_changed


@receiver([tab_changed, payment_changed])
def money_moved(visit_code: str, tab_code: str, **told: Any) -> None:
    """To the tab's own guest, and to those who joined it."""
    announce(visit_code)
    for joined in Sharer.objects.filter(tab__code=tab_code).values_list("visit_code", flat=True):
        announce(joined)


@receiver(post_save, sender=Ticket)
def ticket_moved(instance: Ticket, **told: Any) -> None:
    code = instance.visit.code
    after_commit(lambda: announce(code))
