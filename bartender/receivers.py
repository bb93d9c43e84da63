"""What happens elsewhere in the house is passed on to the streams that show it, after the commit."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from bartender.records.visits import Ticket
from bartender.stream.relay import announce
from maya_site.lib.db import after_commit
from payments.signals import payment_changed, tab_changed


@receiver([tab_changed, payment_changed])
def money_moved(visit_code: str, **told: Any) -> None:
    announce(visit_code)


@receiver(post_save, sender=Ticket)
def ticket_moved(instance: Ticket, **told: Any) -> None:
    code = instance.visit.code
    after_commit(lambda: announce(code))
