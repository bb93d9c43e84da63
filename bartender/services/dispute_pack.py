"""One tab for whoever has to decide a dispute of its payment: receipt, timeline, decisions and references."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bartender.models.agents import AgentPairing
from bartender.models.responsible_service import Approval
from bartender.models.visits import Visit
from bartender.services.line_events import Viewer
from bartender.services.line_explanations import decision_event, explain_lines
from bartender.services.receipts import receipt_context
from payments.models import Dispute, Journal, Payment, Refund, Tab

# The others are told line by line.
TAB_KINDS = (
    Journal.Kind.TIP,
    Journal.Kind.TIP_FOR,
    Journal.Kind.FREEZE,
    Journal.Kind.REOPEN,
    Journal.Kind.PAYMENT,
    Journal.Kind.REFUND,
    Journal.Kind.DISPUTE,
    Journal.Kind.CLOSE,
)


@dataclass(frozen=True)
class TimelineRow:
    """`event`: of a line or, as a journal, of the whole tab."""

    at: datetime
    line: str = ""
    event: Any = None
    journal: Journal | None = None


def dispute_pack(tab: Tab, viewer: Viewer) -> dict[str, Any]:
    """Template context, for staff. Nothing in it is computed anew: all was recorded when it happened."""
    explained = explain_lines(tab, viewer)
    visits = {one.line.visit_id for one in explained}
    decisions = Approval.objects.filter(visit__in=visits).select_related("decided_by").order_by("pk")
    payments = Payment.objects.filter(tab=tab).select_related("share").order_by("pk")
    return receipt_context(tab, is_copy=True) | {
        "tab": tab,
        "viewer": viewer,
        "explained": explained,
        "timeline": _timeline(tab, explained),
        "guests": list(Visit.objects.filter(pk__in=visits).order_by("pk")),
        "agents": list(AgentPairing.objects.filter(visit__in=visits).exclude(paired_at=None).order_by("pk")),
        "decisions": [(one, decision_event(one, viewer)) for one in decisions if one.decided_at],
        "all_payments": list(payments),
        "all_refunds": list(Refund.objects.filter(payment__tab=tab).select_related("payment").order_by("pk")),
        "disputes": list(Dispute.objects.filter(payment__tab=tab).select_related("payment").order_by("pk")),
    }


def _timeline(tab: Tab, explained: Any) -> list[TimelineRow]:
    rows = [
        TimelineRow(event.at, f"{one.line.number}. {one.line.name}", event)
        for one in explained
        for event in one.events
    ]
    journals = tab.journals.filter(kind__in=TAB_KINDS).order_by("pk")
    rows += [TimelineRow(journal.created_at, journal=journal) for journal in journals]
    return sorted(rows, key=lambda row: row.at)
