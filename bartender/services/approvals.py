"""The decisions of staff on a guest that are in force. The newest decision counts.

A decision on more alcohol holds for an hour, one on a drink despite an allergy for the visit. A refusal is
told with who decided it and when; while it is in force, no further request is made.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone

from bartender.menu.snapshot import Menu
from bartender.models.responsible_service import Approval
from bartender.models.visits import Visit
from bartender.services.staff_names import name_for_guests
from maya_site.core.db import CompiledQuery, atomic_with_retry
from maya_site.core.venue import timezone_or_utc

ApprovalKind = Approval.Kind
ApprovalStatus = Approval.Status
ALCOHOL_DECISION_TTL = timedelta(minutes=60)  # how long a decision on more alcohol holds
MAX_RECENT_DECISIONS = 20


def latest_alcohol_decisions(visit: Visit, items: Collection[int]) -> dict[int | None, Approval]:
    """The newest decision on alcohol in general (key None) and on each item of unknown strength (by its id).

    A returning guest's decisions count on all of their visits, so also on a second phone.
    """
    since = timezone.now() - ALCOHOL_DECISION_TTL
    rows: Iterable[Approval] = (
        # By the ORM, which takes the time too: the decisions of years are not read for those of an hour.
        _ALCOHOL_DECISIONS.filter(visit__returning_guest=visit.returning_guest_id, decided_at__gt=since)
        if visit.returning_guest_id
        else _VISIT_DECISIONS_QUERY.rows(visit.pk)
    )
    newest: dict[int | None, Approval] = {}
    for row in rows:
        if row.decided_at and row.decided_at > since and (row.item_id is None or row.item_id in items):
            newest.setdefault(row.item_id, row)
    return newest


_ALCOHOL_DECISIONS = (
    Approval.objects.filter(kind=ApprovalKind.ALCOHOL).exclude(decided_at=None).order_by("-decided_at", "-pk")
)
_VISIT_DECISIONS_QUERY = CompiledQuery(lambda visit: _ALCOHOL_DECISIONS.filter(visit=visit), int)


def latest_allergy_decision(visit: Visit, item: int, key: str) -> Approval | None:
    """The newest decision on an item: a refusal of it in any form, or an approval of this form (`key`)."""
    rows = Approval.objects.filter(visit=visit.pk, kind=ApprovalKind.ALLERGY, item=item)
    decided = rows.filter(Q(status=ApprovalStatus.DECLINED) | Q(status=ApprovalStatus.GIVEN, key=key))
    return decided.select_related("decided_by").order_by("-decided_at", "-pk").first()


def latest_age_decision(visit: Visit) -> Approval | None:
    """The newest ID check by a person; None if the guest's own statement is all there is."""
    rows = Approval.objects.filter(visit=visit.pk, kind=ApprovalKind.AGE).exclude(
        status=ApprovalStatus.WAITING
    )
    return rows.select_related("decided_by").order_by("-decided_at", "-pk").first()


def is_overruled_by_age(approval: Approval, menu: Menu) -> bool:
    """Whether it asks for a drink with alcohol after the guest's ID was refused: a yes would pour nothing."""
    if approval.visit.age_state != "refused" or approval.kind == ApprovalKind.AGE:
        return False
    drink = next((one for one in menu.drinks if one.id == approval.item_id), None)
    return approval.kind == ApprovalKind.ALCOHOL or drink is None or drink.is_alcoholic


def is_declined(approval: Approval | None) -> bool:
    return approval is not None and approval.status == ApprovalStatus.DECLINED


def is_approved(approval: Approval | None) -> bool:
    return approval is not None and approval.status == ApprovalStatus.GIVEN


def decision_attribution(approval: Approval, menu: Menu) -> dict[str, str]:
    """Who decided and when (`who`, `time` on the venue's clock), for the text of a guest's refusal."""
    return {"who": name_for_guests(approval.decided_by), "time": decision_time(approval, menu)}


def decision_time(approval: Approval, menu: Menu) -> str:
    return f"{_venue_local_time(approval.decided_at or timezone.now(), menu):%H:%M}"


def _venue_local_time(at: datetime, menu: Menu) -> datetime:
    return timezone.localtime(at, timezone_or_utc(menu.business_day_clock.timezone))


def describe_requested(approval: Approval) -> str:
    """What was asked for, in a word or two: "Martini", "2 × Negroni"."""
    return approval.item.name if approval.item else re.split("[:;]", approval.description)[0]


def describe_decision(approval: Approval) -> str:
    """What a person has decided, for whoever pressed the button."""
    given, guest = is_approved(approval), approval.visit.name_and_place
    if approval.kind == ApprovalKind.AGE:
        return f"{'ID seen' if given else 'No alcohol'}: guest {guest}."
    despite = " despite an allergy" if approval.kind == ApprovalKind.ALLERGY else ""
    return (
        f"You said {'yes' if given else 'no'} to {describe_requested(approval)}{despite} for guest {guest}."
    )


def standing_refusals(visit: Visit) -> list[Approval]:
    """The refusals in force, newest first: staff see them beside the guest and may withdraw them."""
    rows = Approval.objects.filter(visit=visit.pk).exclude(status=ApprovalStatus.WAITING)
    newest: dict[tuple[str, int | None], Approval] = {}
    for row in rows.select_related("item", "decided_by").order_by("-decided_at", "-pk")[
        :MAX_RECENT_DECISIONS
    ]:
        newest.setdefault((row.kind, row.item_id), row)
    return [row for row in newest.values() if is_declined(row) and is_in_force(row)]


def is_in_force(approval: Approval) -> bool:
    if approval.kind != ApprovalKind.ALCOHOL:
        return True
    return approval.decided_at is not None and approval.decided_at > timezone.now() - ALCOHOL_DECISION_TTL


@atomic_with_retry
def overturn_refusal(approval: Approval, person: User) -> Approval:
    """Records a person's approval after a refusal that is in force. Locks the visit's row.

    More alcohol is approved up to the venue's limit, not up to what was refused. An age refusal is not
    overturned here: somebody looks at the ID (`record_age_check`).
    """
    Visit.objects.select_for_update(no_key=True).only("pk").get(pk=approval.visit_id)
    return Approval.objects.create(
        visit=approval.visit,
        kind=approval.kind,
        item=approval.item,
        key=approval.key,
        description=approval.description,
        status=ApprovalStatus.GIVEN,
        decided_by=person,
        decided_at=timezone.now(),
    )
