"""What is unfinished when a business date is closed: tabs, tickets, payments, refunds and approvals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet, Sum

from bartender.models.staff_actions import StaffAction
from bartender.models.visits import Ticket
from bartender.services.bar_tabs import display_names
from bartender.services.tickets import waiting_tickets
from maya_site.core.money import format_money
from payments.models import Payment, Refund, Tab
from payments.summaries import unsettled_nonempty_tabs

MAX_ROWS = 50


@dataclass(frozen=True)
class OpenItems:
    """At most `MAX_ROWS` rows of each kind, oldest first; `counts` covers all of them."""

    tabs: Sequence[Tab]
    tickets: Sequence[Ticket]
    payments: Sequence[Payment]
    refunds: Sequence[Refund]
    approvals: Sequence[StaffAction]
    counts: dict[str, int]  # as a report keeps it
    guests: dict[str, str]  # what staff call each guest of these rows, by the visit's code

    def __bool__(self) -> bool:
        return any(self.counts.values())

    @property
    def words(self) -> str:
        return format_open_counts(self.counts)


def find_open_items() -> OpenItems:
    """Reads the current state in a fixed number of queries."""
    tabs, tickets = unsettled_nonempty_tabs(), waiting_tickets()
    payments, refunds = Payment.objects.live(), Refund.objects.filter(status=Refund.Status.PENDING)
    approvals = StaffAction.objects.awaiting_approval()
    owed: dict[str, Any] = tabs.aggregate(tabs=Count("pk"), due_cents=Sum("owed_cents", default=0))
    open_tabs = _first_rows(tabs.order_by("opened_at"))
    live = _first_rows(payments.select_related("tab").order_by("pk"))
    pending = _first_rows(refunds.select_related("payment__tab").order_by("pk"))
    of_rows = [*open_tabs, *(payment.tab for payment in live), *(refund.payment.tab for refund in pending)]
    return OpenItems(
        guests=display_names({tab.visit_code for tab in of_rows}),
        tabs=open_tabs,
        tickets=_first_rows(tickets.select_related("visit").prefetch_related("lines").order_by("pk")),
        payments=live,
        refunds=pending,
        approvals=_first_rows(approvals),
        counts={
            **owed,
            "tickets": tickets.count(),
            "payments": payments.count(),
            "refunds": refunds.count(),
            "approvals": approvals.count(),
        },
    )


def _first_rows(rows: QuerySet[Any]) -> list[Any]:
    return list(rows[:MAX_ROWS])


def format_open_counts(counts: dict[str, int]) -> str:
    """One line, such as "2 open tabs, $33.00; 1 waiting ticket"; "" if nothing is open."""
    owed = f", {format_money(counts['due_cents'])}" if counts["due_cents"] else ""
    said = [
        _format_count(counts["tabs"], "open tab", owed),
        _format_count(counts["tickets"], "waiting ticket"),
        _format_count(counts["payments"], "pending payment"),
        _format_count(counts["refunds"], "pending refund"),
        _format_count(
            counts["approvals"], "request for a second person", plural="requests for a second person"
        ),
    ]
    return "; ".join(filter(None, said))


def _format_count(number: int, one: str, more: str = "", plural: str = "") -> str:
    return f"{number} {one if number == 1 else plural or one + 's'}{more}" if number else ""
