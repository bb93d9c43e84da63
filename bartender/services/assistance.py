"""Guests' calls for a person: recorded, shown to staff, and answered by a named member of staff.

No brain is involved, so it works while none of them does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from bartender.errors import RequestAlreadyAnswered, RequestAlreadyResolved, VisitClosed
from bartender.models.assistance import AssistanceCall, AssistanceRequest
from bartender.models.visits import Visit
from bartender.services.announcements import announce_to_guest
from bartender.services.staff_names import name_for_guests, name_for_staff
from maya_site.core.db import CompiledQuery, after_commit, atomic_with_retry
from maya_site.core.metrics import ASSISTANCE_REQUESTS

AssistanceKind = AssistanceRequest.Kind
AssistanceStatus = AssistanceRequest.Status
MAX_CALL_TEXT_LENGTH = 200  # of one call
MAX_REQUEST_TEXT_LENGTH = 2_000  # of all calls of one request; the oldest words go first


@dataclass(frozen=True)
class AssistanceCallState:
    """What the guest's page says of their call. It never mentions a report of harassment."""

    state: Literal["", "called", "answered"] = ""
    says: str = ""


@atomic_with_retry
def record_assistance_call(visit: Visit, kind: str, about: str, idempotency_key: str) -> AssistanceRequest:
    """Records a call; each visit has one unresolved request of a kind, which further calls extend and reopen.

    `about` is the guest's words, cut to 200 characters. `idempotency_key` is the id of the turn or form: a
    repeated key changes nothing. Locks the visit's row. Raises VisitClosed.
    """
    kind = AssistanceKind(kind)
    held = Visit.objects.select_for_update(no_key=True).get(pk=visit.pk)
    if held.closed_at is not None:
        raise VisitClosed
    key = f"{kind}:{idempotency_key}"[:160]
    known = AssistanceCall.objects.select_related("request").filter(visit=held, cause=key).first()
    if known:
        return known.request
    request = AssistanceRequest.objects.unresolved().filter(visit=held, kind=kind).first()
    if request is None:
        request = AssistanceRequest(visit=held, kind=kind)
        _count_outcome(kind, "called")
    else:
        _count_outcome(kind, "called_again")
    _append_call_text(request, about)
    AssistanceCall.objects.create(visit=held, request=request, cause=key)
    return request


def _append_call_text(request: AssistanceRequest, about: str) -> None:
    """Reopens the request too: whoever said they would come has not, or does not know of this yet."""
    words = " ".join(about.split())[:MAX_CALL_TEXT_LENGTH]
    lines = [line for line in (*request.guest_text.splitlines(), words) if line]
    while sum(len(line) + 1 for line in lines) > MAX_REQUEST_TEXT_LENGTH:
        del lines[0]
    request.guest_text = "\n".join(lines)
    if request.status != AssistanceStatus.OPEN:
        request.status, request.open_since = AssistanceStatus.OPEN, timezone.now()
    request.save()


@atomic_with_retry
def answer_request(request: AssistanceRequest, person: User) -> AssistanceRequest:
    """Somebody is on the way, and the guest is told who. The same person may answer twice.

    Locks the visit's row. Raises RequestAlreadyAnswered if another person has answered, or
    RequestAlreadyResolved.
    """
    now = _lock_request(request)
    if now.status == AssistanceStatus.ANSWERED and now.answered_by_id == person.pk:
        return now
    if now.status == AssistanceStatus.ANSWERED:
        raise RequestAlreadyAnswered(name_for_staff(now.answered_by))
    if now.status == AssistanceStatus.RESOLVED:
        raise RequestAlreadyResolved
    _mark_answered(now, person)
    now.save()
    _count_outcome(now.kind, "answered")
    if (
        now.kind != AssistanceKind.HARASSMENT and now.visit.closed_at is None
    ):  # a bystander may read along, or hear it
        # The call count makes the key differ each time the request was reopened.
        announce_to_guest(
            now.visit, _staff_is_coming_text(now.visit, now), f"assistance-{now.pk}-{now.calls.count()}"
        )
    return now


@atomic_with_retry
def resolve_request(request: AssistanceRequest, person: User) -> AssistanceRequest:
    """Marks a request as seen to. Locks the visit's row. Raises RequestAlreadyResolved."""
    now = _lock_request(request)
    if now.status == AssistanceStatus.RESOLVED:
        raise RequestAlreadyResolved
    if now.status == AssistanceStatus.OPEN:
        _mark_answered(now, person)
    now.status, now.resolved_by, now.resolved_at = AssistanceStatus.RESOLVED, person, timezone.now()
    now.save()
    _count_outcome(now.kind, "resolved")
    return now


def assistance_call_state(visit: Visit) -> AssistanceCallState:
    """For the line under the guest's button. One query; none if the visit is not saved yet."""
    if visit._state.adding:
        return AssistanceCallState()
    row = _HELP_CALL_QUERY.first(visit.pk)
    if row is None:
        return AssistanceCallState()
    with override(visit.language):
        if row.status == AssistanceStatus.ANSWERED:
            return AssistanceCallState("answered", _staff_is_coming_text(visit, row))
        return AssistanceCallState("called", _("The bar has been called. Somebody will come to you."))


_HELP_CALL_QUERY = CompiledQuery(
    lambda visit: (
        AssistanceRequest.objects.unresolved()
        .filter(visit=visit, kind=AssistanceKind.HELP)
        .order_by("pk")[:1]
    ),
    int,
)


def _lock_request(request: AssistanceRequest) -> AssistanceRequest:
    visit = Visit.objects.select_for_update(no_key=True).get(pk=request.visit_id)
    now = AssistanceRequest.objects.select_related("answered_by").get(pk=request.pk)
    now.visit = visit
    return now


def _mark_answered(now: AssistanceRequest, person: User) -> None:
    now.status, now.answered_by, now.answered_at = AssistanceStatus.ANSWERED, person, timezone.now()


def _staff_is_coming_text(visit: Visit, row: AssistanceRequest) -> str:
    """Translated into the guest's language: the active one is that of the member of staff."""
    with override(visit.language):
        return _("%(name)s is coming to you.") % {"name": name_for_guests(row.answered_by)}


def _count_outcome(kind: str, outcome: str) -> None:
    after_commit(ASSISTANCE_REQUESTS.labels(str(kind), outcome).inc)
