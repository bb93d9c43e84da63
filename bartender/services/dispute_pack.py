"""One tab for whoever has to decide a dispute of its payment: receipt, timeline, decisions and references."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bartender.models.agents import AgentPairing
from bartender.models.responsible_service import Approval
from bartender.models.visits import OrderLine, Visit
from bartender.services.line_events import LineEvent, Viewer
from bartender.services.line_explanations import (
    STAFF_ACTOR,
    LineExplanation,
    decision_event,
    explain_lines,
)
from bartender.services.receipts import receipt_context
from payments.chain_proofs import prove_tab
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
    """`event`: of one line or more, with what was said; None where it is about the whole tab."""

    at: datetime
    lines: str
    title: str
    by: str
    reason: str
    event: LineEvent | None = None


def dispute_pack(tab: Tab, viewer: Viewer) -> dict[str, Any]:
    """Template context, for staff. All was recorded when it happened; the chain alone is read anew."""
    explained = explain_lines(tab, viewer)
    visits = {one.line.visit_id for one in explained}
    decisions = Approval.objects.filter(visit__in=visits).select_related("decided_by").order_by("pk")
    payments = Payment.objects.filter(tab=tab).select_related("share").order_by("pk")
    return receipt_context(tab, is_copy=True) | {
        "tab": tab,
        "timeline": _timeline(tab, explained),
        "guests": list(Visit.objects.filter(pk__in=visits).order_by("pk")),
        "agents": list(AgentPairing.objects.filter(visit__in=visits).exclude(paired_at=None).order_by("pk")),
        "decisions": [(one, decision_event(one, viewer)) for one in decisions if one.decided_at],
        "chain": prove_tab(tab),
        "all_payments": list(payments),
        "all_refunds": list(Refund.objects.filter(payment__tab=tab).select_related("payment").order_by("pk")),
        "disputes": list(Dispute.objects.filter(payment__tab=tab).select_related("payment").order_by("pk")),
    }


def _timeline(tab: Tab, explained: Sequence[LineExplanation]) -> list[TimelineRow]:
    """What concerns several lines, as a ticket or a decision does, is told once."""
    lines = defaultdict(list)
    for one in explained:
        for event in one.events:
            lines[event].append(one.line)
    rows = [
        TimelineRow(event.at, _describe(of), event.title, str(event.doer or ""), event.reason, event)
        for event, of in lines.items()
    ]
    for journal in tab.journals.filter(kind__in=TAB_KINDS).order_by("pk"):
        by = f"{journal.actor.removeprefix(STAFF_ACTOR)}, {journal.get_source_display().lower()}"
        title = str(journal.get_kind_display()).capitalize()
        rows.append(TimelineRow(journal.created_at, "the tab", title, by, journal.reason))
    return sorted(rows, key=lambda row: row.at)


def _describe(lines: Sequence[OrderLine]) -> str:
    if len(lines) == 1:
        return f"{lines[0].number} {lines[0].name}"
    return ", ".join(str(line.number) for line in lines)
