"""Opening, finding and closing a guest's visit."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language

from bartender.keys.keeper import sweep
from bartender.records.menu import Venue
from bartender.records.room import Takeover
from bartender.records.visits import Visit
from bartender.services.regulars import recognise
from payments.models import Tab


def open_visit(surface: str = "page") -> Visit:
    return Visit.objects.create(surface=surface)


def find_visit(code: str) -> Visit | None:
    """A visit that is still going on. The code comes from the guest's signed cookie only."""
    return Visit.objects.here().filter(code=code).first() if code else None


def enter(code: str, surface: str = "page", regular: str = "", language: str = "") -> Visit | None:
    """The visit a signed cookie names. A page view mints a code only: the row is made by the first deed,
    a form or a live stream. None once the visit is over."""
    visit, _ = Visit.objects.get_or_create(
        code=code, defaults={"surface": surface, "language": language or get_language() or "en"}
    )
    recognise(visit, regular)
    return visit if visit.closed_at is None else None


def touch(visit: Visit) -> None:
    visit.seen_at = timezone.now()
    visit.save(update_fields=["seen_at"])


@transaction.atomic
def expire_visits() -> dict[str, int]:
    """Close idle visits. An unpaid tab is flagged to staff and stays as it is; guests' own keys go."""
    now = timezone.now()
    idle = timedelta(minutes=Venue.here().idle_minutes)
    idle_since = Visit.objects.here().filter(seen_at__lt=now - idle)
    found = list(idle_since.select_for_update(no_key=True).values_list("code", flat=True))
    # Asked only now that the visits are held: an order that was under way a moment ago counts.
    owing = Tab.objects.unsettled().filter(visit_code__in=found, units__gt=0)
    flagged = list(owing.values_list("visit_code", flat=True))
    Visit.objects.filter(code__in=found).update(closed_at=now, taken_by="")
    Takeover.objects.filter(visit__code__in=found, ended_at=None).update(ended_at=now)
    Visit.objects.filter(code__in=flagged).update(flagged_at=now)
    owing.update(flagged_at=now)
    sweep()
    return {"closed": len(found), "flagged": len(flagged)}
