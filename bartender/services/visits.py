"""Opening, finding and closing a guest's visit."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language

from bartender.errors import VisitClosed
from bartender.models.display import Takeover
from bartender.models.menu import Venue
from bartender.models.visits import BAR_SURFACE, Visit
from bartender.services.own_keys.store import delete_expired_keys
from bartender.services.returning_guests import link_returning_guest
from payments.models import Tab


def open_visit(surface: str = "page", language: str = "en") -> Visit:
    return Visit.objects.create(surface=surface, language=language)


def load_or_build_visit(code: str, returning_guest: str = "", language: str = "") -> Visit | None:
    """The visit of a stream's cookie; unsaved if there is no row yet, None if it is closed.

    Opening a page creates no row: `ensure_visit_saved` does at the first action.
    """
    found = Visit.objects.filter(code=code).first()
    if found is None:
        return Visit(code=code, language=language or get_language() or "en")
    link_returning_guest(found, returning_guest)
    return found if found.closed_at is None else None


def ensure_visit_saved(visit: Visit, returning_guest: str = "") -> None:
    """Saves the visit before its first action. Concurrent calls make one row. Raises VisitClosed."""
    if not visit._state.adding:
        return
    row = get_or_create_visit(visit.code, returning_guest=returning_guest, language=visit.language)
    if row is None:
        raise VisitClosed
    visit.__dict__.update(row.__dict__)


def reload_if_saved(visit: Visit) -> bool:
    """Whether the visit has a row by now, which another stream or a form may have made. Then it is loaded."""
    if visit._state.adding and (row := Visit.objects.filter(code=visit.code).first()):
        visit.__dict__.update(row.__dict__)
    return not visit._state.adding


def get_or_create_visit(
    code: str, surface: str = "page", returning_guest: str = "", language: str = ""
) -> Visit | None:
    """The visit of a signed cookie, created by the first action. None if it is closed."""
    visit, _ = Visit.objects.get_or_create(
        code=code, defaults={"surface": surface, "language": language or get_language() or "en"}
    )
    link_returning_guest(visit, returning_guest)
    return visit if visit.closed_at is None else None


def update_last_seen(visit: Visit) -> None:
    visit.last_seen_at = timezone.now()
    visit.save(update_fields=["last_seen_at"])


@transaction.atomic
def expire_visits() -> dict[str, int]:
    """Closes idle visits and deletes expired keys. Visits with an unpaid tab are flagged to staff.

    A tab that staff opened stays as long as something is owed on it: they see its guest. Locks the visits'
    rows. Returns counts.
    """
    now = timezone.now()
    idle = timedelta(minutes=Venue.current().idle_minutes)
    at_the_bar = Visit.objects.active().filter(surface=BAR_SURFACE).values("code")
    held = Tab.objects.unsettled().filter(units__gt=0, visit_code__in=at_the_bar).values("visit_code")
    idle_since = Visit.objects.active().filter(last_seen_at__lt=now - idle).exclude(code__in=held)
    found = list(
        idle_since.order_by("last_seen_at", "pk")
        .select_for_update(no_key=True)
        .values_list("code", flat=True)
    )
    # Read after the visits are locked, so that an order in progress a moment ago counts.
    owing = Tab.objects.unsettled().filter(visit_code__in=found, units__gt=0)
    flagged = list(owing.values_list("visit_code", flat=True))
    Visit.objects.filter(code__in=found).update(closed_at=now, taken_over_by=None)
    Takeover.objects.filter(visit__code__in=found, ended_at=None).update(ended_at=now)
    Visit.objects.filter(code__in=flagged).update(flagged_at=now)
    owing.update(flagged_at=now)
    delete_expired_keys()
    return {"closed": len(found), "flagged": len(flagged)}
