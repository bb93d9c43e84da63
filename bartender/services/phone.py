"""One visit on a second device: a link that works once, for minutes, and is never the visit's own code."""

from __future__ import annotations

from datetime import timedelta

from django.core.signing import BadSignature, Signer
from django.db.models import QuerySet
from django.utils import timezone

from bartender.errors import LinkIsOver
from bartender.records.visits import Visit, new_code

LIFETIME = timedelta(minutes=5)
_signer = Signer(salt="maya.phone")


def offer(visit: Visit) -> None:
    """Another link each time; the one before ends."""
    visit.phone_code, visit.phone_until = new_code(), timezone.now() + LIFETIME
    visit.save(update_fields=["phone_code", "phone_until"])


def offered(visit_code: str) -> str:
    """The token of the link that is out for this visit; "" where there is none."""
    visit = _open().filter(code=visit_code).first() if visit_code else None
    return _signer.sign(visit.phone_code) if visit else ""


def is_good(token: str) -> bool:
    return _open().filter(phone_code=_code(token)).exists()


def accept(token: str) -> str:
    """The visit's code, to whoever comes first. Raises LinkIsOver."""
    visit = _open().filter(phone_code=_code(token)).first()
    mine = visit and _open().filter(pk=visit.pk, phone_code=visit.phone_code).update(phone_code="")
    if not visit or not mine:
        raise LinkIsOver
    return visit.code


def _open() -> QuerySet[Visit]:
    return Visit.objects.here().filter(phone_until__gt=timezone.now()).exclude(phone_code="")


def _code(token: str) -> str:
    try:
        return _signer.unsign(token)
    except BadSignature:
        return "-"  # nobody's
