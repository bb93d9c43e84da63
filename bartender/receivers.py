"""What happens elsewhere in the house is passed on to the streams that show it, after the commit."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from bartender.conversation.tickets import tell_of
from bartender.records.serving import StaffLeave
from bartender.records.visits import NEWS, PERSON, Ticket, Turn, Visit
from bartender.signals import care_changed, menu_changed, turn_written
from bartender.stream.news import HOUSE
from bartender.stream.relay import EVERYBODY, announce
from maya_site.lib.db import after_commit
from payments.models import Sharer
from payments.signals import payment_changed, tab_changed


@receiver([tab_changed, payment_changed])
def money_moved(visit_code: str, tab_code: str, **told: Any) -> None:
    """To the tab's own guest, and to those who joined it."""
    announce(visit_code)
    for joined in Sharer.objects.filter(tab__code=tab_code).values_list("visit_code", flat=True):
        announce(joined)


@receiver(care_changed)
def care_was_declared(visit_code: str, **told: Any) -> None:
    announce(visit_code)


@receiver(post_save, sender=StaffLeave)
def leave_was_asked_or_decided(instance: StaffLeave, **told: Any) -> None:
    code = instance.visit.code
    after_commit(lambda: announce(code))


@receiver(post_save, sender=Ticket)
def ticket_moved(instance: Ticket, **told: Any) -> None:
    code = instance.visit.code
    after_commit(lambda: announce(code))
    tell_of(instance)


@receiver(post_save, sender=Turn)
def something_was_said(instance: Turn, created: bool, **told: Any) -> None:
    """A guest's own turn is told by its stream; what nobody asked for must be found by it."""
    unasked = created and instance.brain in (PERSON, NEWS)
    code = instance.visit.code if unasked else HOUSE
    after_commit(lambda: announce(code))


@receiver(post_save, sender=Visit)
def visit_changed(instance: Visit, update_fields: Any, **told: Any) -> None:
    if update_fields and "taken_by" in update_fields:
        after_commit(lambda: announce(instance.code))


@receiver(turn_written)
def turn_ended(**told: Any) -> None:
    announce(HOUSE)


@receiver(menu_changed)
def menu_is_another(**told: Any) -> None:
    announce(EVERYBODY)
