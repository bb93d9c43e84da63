"""Signal receivers that tell the live streams to refresh, after the commit."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from bartender.conversation.ticket_announcements import announce_ticket
from bartender.models.assistance import AssistanceRequest
from bartender.models.responsible_service import Approval
from bartender.models.staff_actions import StaffAction
from bartender.models.visits import ANNOUNCEMENT_BRAIN, STAFF_BRAIN, Ticket, Turn, Visit
from bartender.realtime.broadcast import ALL_TOPICS, broadcast_change
from bartender.realtime.snapshot import VENUE_TOPIC
from bartender.signals import guest_needs_changed, menu_changed, turn_saved
from maya_site.core.db import CompiledQuery, after_commit
from payments.models import SplitParticipant
from payments.signals import money_noticed, payment_changed, tab_changed


@receiver([tab_changed, payment_changed])
def broadcast_tab_change(visit_code: str, tab_code: str, **kwargs: Any) -> None:
    """Refreshes the tab's own guest and all who joined the tab."""
    broadcast_change(visit_code)
    for joined in _PARTICIPANTS_QUERY.rows(tab_code):
        broadcast_change(joined.visit_code)


_PARTICIPANTS_QUERY = CompiledQuery(lambda code: SplitParticipant.objects.filter(tab__code=code), str)


@receiver(money_noticed)
def broadcast_money_notice(**kwargs: Any) -> None:
    broadcast_change(VENUE_TOPIC)


@receiver(guest_needs_changed)
def broadcast_guest_needs(visit_code: str, **kwargs: Any) -> None:
    broadcast_change(visit_code)


@receiver(post_save, sender=Approval)
def broadcast_approval(instance: Approval, **kwargs: Any) -> None:
    code = instance.visit.code
    after_commit(lambda: broadcast_change(code))


@receiver(post_save, sender=AssistanceRequest)
def broadcast_assistance_request(instance: AssistanceRequest, **kwargs: Any) -> None:
    code = instance.visit.code
    after_commit(lambda: broadcast_change(code))


@receiver(post_save, sender=StaffAction)
def broadcast_staff_action(**kwargs: Any) -> None:
    after_commit(lambda: broadcast_change(VENUE_TOPIC))


@receiver(post_save, sender=Ticket)
def broadcast_ticket(instance: Ticket, **kwargs: Any) -> None:
    code = instance.visit.code
    after_commit(lambda: broadcast_change(code))
    announce_ticket(instance)


@receiver(post_save, sender=Turn)
def broadcast_new_turn(instance: Turn, created: bool, **kwargs: Any) -> None:
    """Unprompted turns go to their guest's streams. A guest's own turn is sent by its stream already, so only
    the bar display is told."""
    unasked = created and instance.brain in (STAFF_BRAIN, ANNOUNCEMENT_BRAIN)
    code = instance.visit.code if unasked else VENUE_TOPIC
    after_commit(lambda: broadcast_change(code))


@receiver(post_save, sender=Visit)
def broadcast_takeover(instance: Visit, update_fields: Any, **kwargs: Any) -> None:
    if update_fields and "taken_over_by" in update_fields:
        after_commit(lambda: broadcast_change(instance.code))


@receiver(turn_saved)
def broadcast_saved_turn(**kwargs: Any) -> None:
    broadcast_change(VENUE_TOPIC)


@receiver(menu_changed)
def broadcast_menu(**kwargs: Any) -> None:
    broadcast_change(ALL_TOPICS)
