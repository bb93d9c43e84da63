"""Continues a visit on a second device, by a link that works once, within five minutes."""

from __future__ import annotations

from datetime import timedelta

from django.core.signing import BadSignature, Signer
from django.db.models import QuerySet
from django.utils import timezone

from bartender.errors import HandoffLinkExpired
from bartender.models.visits import Visit, new_code

HANDOFF_TTL = timedelta(minutes=5)
_signer = Signer(salt="maya.phone")


def issue_handoff_code(visit: Visit) -> None:
    """Creates a new link, which invalidates the one before."""
    visit.handoff_code, visit.handoff_expires_at = new_code(), timezone.now() + HANDOFF_TTL
    visit.save(update_fields=["handoff_code", "handoff_expires_at"])


def active_handoff_token(visit_code: str) -> str:
    """The token of the visit's valid link; "" if there is none."""
    visit = _visits_with_active_handoff().filter(code=visit_code).first() if visit_code else None
    return _signer.sign(visit.handoff_code) if visit else ""


def is_valid_token(token: str) -> bool:
    return _visits_with_active_handoff().filter(handoff_code=_code_from_token(token)).exists()


def redeem_token(token: str) -> str:
    """Returns the visit's code to the first caller; raises HandoffLinkExpired for all others."""
    visit = _visits_with_active_handoff().filter(handoff_code=_code_from_token(token)).first()
    mine = visit and _visits_with_active_handoff().filter(
        pk=visit.pk, handoff_code=visit.handoff_code
    ).update(handoff_code="")
    if not visit or not mine:
        raise HandoffLinkExpired
    return visit.code


def _visits_with_active_handoff() -> QuerySet[Visit]:
    return Visit.objects.active().filter(handoff_expires_at__gt=timezone.now()).exclude(handoff_code="")


def _code_from_token(token: str) -> str:
    try:
        return _signer.unsign(token)
    except BadSignature:
        return "-"  # nobody's
