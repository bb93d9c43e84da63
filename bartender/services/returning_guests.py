"""What Maya remembers of a guest: saved with consent, shown, changed, exported and erased on request."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from bartender.models.assistance import AssistanceRequest
from bartender.models.display import Takeover
from bartender.models.menu import Venue
from bartender.models.returning_guests import ReturningGuest
from bartender.models.visits import Turn, Visit
from bartender.privacy import erasure
from bartender.privacy import export as exporting
from bartender.services.bills import bill_of
from maya_site.core.admin_log import redact_log_entries
from maya_site.core.errors import Refusal

RETURNING_GUEST_RETENTION = timedelta(days=180)
REMEMBER_PATTERN = re.compile(
    r"^\W*(?:(?:please|maya|can you|could you|will you|yes)\W+)*(?:remember|save|keep|memori[sz]e)\s+"
    r"(?:this as my usual|that as my usual|my (?:usual|order|favou?rite)|this order for (?:me|next time))\W*"
    r"(?:please|for next time|maya)?\W*$",
    re.IGNORECASE,
)
FORGET_PATTERN = re.compile(
    r"^\W*(?:(?:please|maya|can you|could you)\W+)*(?:forget|delete|erase)\s+"
    r"(?:my (?:usual|favou?rite|notes)|what you (?:remember|know) (?:of|about) me)\W*(?:please|maya)?\W*$",
    re.IGNORECASE,
)
NOTHING_TO_REMEMBER = "Order it first, then tell me to remember it: I keep what is on your tab."


@transaction.atomic
def save_usual(visit: Visit) -> ReturningGuest:
    """Saves the tab's drinks as the guest's usual. Call it only with the guest's consent."""
    rows = [
        {name: row[name] for name in ("item", "quantity", "modifiers")}
        for row in bill_of(visit).merged_lines()
    ]
    if not rows:
        raise Refusal(_(NOTHING_TO_REMEMBER))
    guest = returning_guest_of(visit) or ReturningGuest.objects.create()
    guest.usual_order = rows
    guest.save()
    Visit.objects.filter(pk=visit.pk).update(returning_guest=guest)
    return guest


def returning_guest_of(visit: Visit) -> ReturningGuest | None:
    return ReturningGuest.objects.filter(visits__pk=visit.pk).first() if visit.pk else None


def link_returning_guest(visit: Visit, code: str) -> None:
    """Links a visit that has no returning guest yet to the one of the cookie's code."""
    if (
        code
        and visit.returning_guest_id is None
        and (guest := ReturningGuest.objects.filter(code=code).first())
    ):
        guest.save(update_fields=["last_seen_at"])
        Visit.objects.filter(pk=visit.pk).update(returning_guest=guest)
        visit.returning_guest = guest


def format_usual(rows: Iterable[dict[str, Any]]) -> str:
    made = [f"{row['quantity']} × {row['item']}" + _format_modifiers(row["modifiers"]) for row in rows]
    return ", ".join(made)


def _format_modifiers(modifiers: list[str]) -> str:
    return f" ({', '.join(modifiers)})" if modifiers else ""


def update_profile(
    returning_guest: ReturningGuest, *, notes: str, dropped_positions: Iterable[int] = ()
) -> None:
    """Replaces the notes (500 characters) and drops the usual drinks at the given positions."""
    gone = set(dropped_positions)
    returning_guest.notes = " ".join(notes.split())[:500]
    returning_guest.usual_order = [
        row for place, row in enumerate(returning_guest.usual_order) if place not in gone
    ]
    returning_guest.save()


def delete_returning_guest(returning_guest: ReturningGuest) -> None:
    returning_guest.delete()


# --- everything about a guest ------------------------------------------------------------------------


def visits_of(code: str) -> list[Visit]:
    """All visits known to belong to one guest, by the code of a visit or of a returning guest."""
    mine = Q(code=code) | Q(returning_guest__code=code)
    regulars = ReturningGuest.objects.filter(Q(code=code) | Q(visits__code=code))
    return list(Visit.objects.filter(mine | Q(returning_guest__in=regulars)).distinct().order_by("id"))


def returning_guest_exists(code: str) -> bool:
    return ReturningGuest.objects.filter(code=code).exists()


def export_guest_data(code: str) -> dict[str, Any]:
    visits = visits_of(code)
    guest = ReturningGuest.objects.filter(Q(code=code) | Q(visits__in=visits)).first()
    return exporting.export_visits(visits, guest)


@transaction.atomic
def erase_guest_data(code: str) -> dict[str, int]:
    """Erases a guest's words and all that is known of them, and returns counts.

    Sales and payments stay, as the law requires. Visits are closed, except one whose tab is not paid yet.
    """
    visits = visits_of(code)
    regulars = ReturningGuest.objects.filter(Q(code=code) | Q(visits__in=visits))
    keys = list(regulars.values_list("pk", flat=True))
    redact_log_entries(ReturningGuest, keys)
    forgotten, _ = ReturningGuest.objects.filter(pk__in=keys).delete()
    return erasure.erase_visits([visit.pk for visit in visits]) | {"remembered": min(forgotten, 1)}


def delete_expired_guest_data() -> dict[str, int]:
    """Deletes returning guests not seen for 180 days, and turns older than the venue's retention, even of
    open visits. Returns counts."""
    now = timezone.now()
    said_before = now - timedelta(days=Venue.current().retention_days)
    regulars, _ = ReturningGuest.objects.filter(last_seen_at__lt=now - RETURNING_GUEST_RETENTION).delete()
    old = Turn.objects.filter(started_at__lt=said_before).exclude(outcome=Turn.Outcome.RUNNING)
    turns, _ = old.delete()
    AssistanceRequest.objects.filter(open_since__lt=said_before).delete()
    Takeover.objects.filter(ended_at__lt=said_before).exclude(summary="").update(summary="")
    return {"regulars": regulars, "turns": turns}
