"""Evenings of the past by bulk insert: closed visits with all that the bar writes of one.

The benchmark of growth and its test fill their databases with them.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.util import find_spec
from typing import Any
from unittest.mock import patch

from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone

from bartender.models.agents import AgentCall, AgentPairing
from bartender.models.assistance import AssistanceCall, AssistanceRequest
from bartender.models.display import Takeover, TicketMove
from bartender.models.ingredients import Ingredient
from bartender.models.menu import MenuItem, Venue
from bartender.models.responsible_service import Approval
from bartender.models.staff_actions import StaffAction
from bartender.models.stock import StockMovement
from bartender.models.visits import OrderLine, Ticket, Turn, Visit
from maya_site.core.venue import BusinessDay, business_day_at
from maya_site.events.models import Event
from payments import models as money
from payments import reports
from payments.drawer_reports import build_drawer_figures
from tests.bench.copied_rows import multiply_rows

MOST_BY_ORM = 2_000  # tabs; more are copies that the database makes of these
NIGHTS = 365
PRICE, TAX, TIP = 12_00, 2_13, 4_00  # 8.875 % of two drinks
NET = 2 * PRICE
TOTAL = NET + TAX + TIP
DRAWER_ACTS = ("float", "count")  # of a night
TURNS, RARELY = 3, 20  # each twentieth visit called a person, brought an agent, ...


@dataclass(frozen=True)
class Evening:
    """What its rows have in common."""

    person: User
    item: MenuItem
    at: datetime
    tabs: list[money.Tab]
    visits: list[Visit]

    @property
    def pairs(self) -> Iterator[tuple[Visit, money.Tab]]:
        return zip(self.visits, self.tabs, strict=True)

    @property
    def rare(self) -> list[tuple[Visit, money.Tab]]:
        return list(self.pairs)[::RARELY]


def add_past_evenings(tabs: int, nights: int = NIGHTS) -> None:
    """Spreads them over so many nights, of which the last was three days ago, each closed by a Z report."""
    person, _made = User.objects.get_or_create(username="past", defaults={"is_staff": True})
    item, venue, now = MenuItem.objects.get(name="Negroni"), Venue.current(), timezone.now()
    copies = max(1, tabs // MOST_BY_ORM)
    nights, written = min(nights, tabs), tabs // copies
    days = [business_day_at(venue, now - timedelta(days=2 + nights - night)) for night in range(nights)]
    with own_times(), transaction.atomic():
        for night, day in enumerate(days):
            count = written * (night + 1) // nights - written * night // nights
            _write_evening(person, item, day.start + timedelta(hours=3), count)
        multiply_rows(copies)
        for day in days:
            _close_day(person, day)
    if find_spec("payments.chain_adoption"):  # the benchmark runs on releases without a chain, too
        _adopt()


def _adopt() -> None:
    """Rows of bulk inserts have no link: they are from before the chain, and the bar has adopted them."""
    from payments import chain_adoption

    chain_adoption.adopt_older_journals(budget_seconds=3_600)
    chain_adoption.adopt_by_hand("past evenings")


@contextmanager
def own_times() -> Iterator[None]:
    """Within it a row keeps the time that it is given, where else it would have today's."""
    fields = [field for model in apps.get_models() for field in model._meta.concrete_fields]
    with ExitStack() as stack:
        for field, automatic in itertools.product(fields, ("auto_now", "auto_now_add")):
            if getattr(field, automatic, False):
                stack.enter_context(patch.object(field, automatic, new=False))
        yield


def _write_evening(person: User, item: MenuItem, at: datetime, count: int) -> None:
    end = at + timedelta(hours=2)
    tabs = money.Tab.objects.bulk_create(
        money.Tab(
            visit_code=uuid.uuid4().hex,
            status="paid",
            subtotal_cents=NET,
            tax_cents=TAX,
            tip_cents=TIP,
            paid_cents=TOTAL,
            tax_rate_milli=8_875,
            tax_rate_bp=888,
            units=2,
            version=3,
            opened_at=at,
            closed_at=end,
        )
        for _number in range(count)
    )
    visits = Visit.objects.bulk_create(
        Visit(
            code=tab.visit_code,
            phase="small_talk",
            opened_at=at,
            last_seen_at=end,
            closed_at=end,
            spent_microcents=3_000,
        )
        for tab in tabs
    )
    evening = Evening(person, item, at, tabs, visits)
    _write_talk(evening)
    _write_rare_events(evening)
    _write_books(evening, _write_orders(evening))


def _write_talk(evening: Evening) -> None:
    Turn.objects.bulk_create(
        Turn(
            visit=visit,
            client_id=f"c{number}",
            guest_text="A negroni, please, and what do you think of the weather?",
            reply_text="One Negroni is on your tab. The weather never comes in here.",
            brain="gemini",
            emotion="happy",
            phase="ordering",
            outcome="done",
            cost_microcents=1_000,
            first_text_ms=300.0,
            elapsed_ms=900.0 + number,
            started_at=evening.at,
            token_usage=[{"model": "gemini", "input": 900, "output": 30, "thoughts": 0, "cached": 0}],
        )
        for visit in evening.visits
        for number in range(TURNS)
    )


def _write_orders(evening: Evening) -> list[OrderLine]:
    """Two drinks for each guest, on one ticket that went its way over the counter."""
    at, item = evening.at, evening.item
    tickets = Ticket.objects.bulk_create(
        Ticket(visit=visit, tab=tab, key="t", status="served", fired_at=at, updated_at=at, move_count=3)
        for visit, tab in evening.pairs
    )
    steps = ("new", "in_prep", "ready", "served")
    TicketMove.objects.bulk_create(
        TicketMove(
            ticket=ticket,
            number=number,
            from_status=steps[number - 1],
            to_status=steps[number],
            moved_by=evening.person,
            moved_at=at + timedelta(minutes=number),
        )
        for ticket in tickets
        for number in range(1, 4)
    )
    _log_bumps(evening, tickets)
    lines = OrderLine.objects.bulk_create(
        OrderLine(
            visit=ticket.visit,
            tab=ticket.tab,
            number=number,
            item=item,
            name=item.name,
            quantity=1,
            unit_cents=PRICE,
            status="sent",
            ticket=ticket,
            key=f"k{number}",
            ordered_at=at,
        )
        for ticket in tickets
        for number in (1, 2)
    )
    _write_stock(evening, lines)
    return lines


def _log_bumps(evening: Evening, tickets: list[Ticket]) -> None:
    kind, ticket_type = CHANGE, ContentType.objects.get_for_model(Ticket)
    LogEntry.objects.bulk_create(
        LogEntry(
            user=evening.person,
            action_time=evening.at,
            content_type=ticket_type,
            object_id=str(ticket.pk),
            object_repr=str(ticket),
            action_flag=kind,
            change_message="Bumped",
        )
        for ticket in tickets
    )


def _write_stock(evening: Evening, lines: list[OrderLine]) -> None:
    """What each drink took, and what there is after it: all of it has been counted."""
    poured = list(Ingredient.objects.filter(name__in=("gin", "bitter aperitif", "sweet vermouth")))
    StockMovement.objects.bulk_create(
        StockMovement(
            ingredient=one,
            kind="use",
            amount=-30,
            balance=5_000,
            cost_microcents=77_000_000,
            line=line,
            ticket=line.ticket,
            made_by=evening.person,
            made_at=evening.at,
            key=f"made:{line.ticket_id}:2:{line.pk}:{one.pk}",
        )
        for line in lines
        for one in poured
    )


def _write_books(evening: Evening, lines: list[OrderLine]) -> None:
    """Payments in cash, journals, entries, receipts and events."""
    at = evening.at
    payments = money.Payment.objects.bulk_create(
        money.Payment(
            tab=tab,
            provider="bar_cash",
            status="succeeded",
            amount_cents=TOTAL,
            tip_cents=TIP,
            currency="USD",
            key=f"pay:{tab.code}",
            reference=f"bar:{tab.code}",
            nonce="-",
            url="-",
            created_at=at,
            expires_at=at,
            finished_at=at,
        )
        for tab in evening.tabs
    )
    journals = money.Journal.objects.bulk_create(
        money.Journal(
            tab=tab,
            version=version,
            kind=kind,
            key=f"{kind}:{tab.code}",
            fingerprint="-",
            actor="guest",
            source="tool",
            created_at=at,
        )
        for tab in evening.tabs
        for version, kind in enumerate(("charge", "tip", "payment"), 1)
    )
    by_tab = [journals[3 * n : 3 * n + 3] for n in range(len(evening.tabs))]
    money.LedgerEntry.objects.bulk_create(
        entry
        for n, of_tab in enumerate(by_tab)
        for entry in _entries(of_tab, lines[2 * n : 2 * n + 2], payments[n])
    )
    _write_documents_and_events(evening, [of_tab[-1] for of_tab in by_tab])


def _entries(
    journals: list[money.Journal], lines: list[OrderLine], payment: money.Payment
) -> Iterator[money.LedgerEntry]:
    charge, tip, paid = journals
    sold = [(charge, "sales", -PRICE, line.code, 1) for line in lines]
    for journal, account, cents, reference, quantity in (
        *sold,
        (charge, "tax", -TAX, "", 0),
        (charge, "receivable", NET + TAX, "", 0),
        (tip, "tips", -TIP, "", 0),
        (tip, "receivable", TIP, "", 0),
        (paid, "receivable", -TOTAL, "", 0),
        (paid, "drawer", TOTAL, payment.code, 0),
    ):
        yield money.LedgerEntry(
            tab=payment.tab,
            journal=journal,
            account=account,
            cents=cents,
            reference=reference,
            quantity=quantity,
            unit_cents=PRICE if quantity else 0,
        )


def _write_documents_and_events(evening: Evening, paid: list[money.Journal]) -> None:
    counter, _made = money.DocumentCounter.objects.get_or_create(series="receipt")
    money.Document.objects.bulk_create(
        money.Document(
            series="receipt",
            number=counter.last_number + n,
            tab=journal.tab,
            journal=journal,
            total_cents=TOTAL,
            currency="USD",
            issued_at=evening.at,
        )
        for n, journal in enumerate(paid, 1)
    )
    counter.last_number += len(paid)
    counter.save()
    Event.objects.bulk_create(
        Event(key=f"{kind}:{tab.code}", kind=kind, at=evening.at, data={"tab": tab.code})
        for tab in evening.tabs
        for kind in ("order.sent", "tab.paid")
    )


def _write_rare_events(evening: Evening) -> None:
    """What few guests do: they join somebody's tab, call a person, ask for one more, bring an assistant."""
    at, person, rare = evening.at, evening.person, evening.rare
    _write_agents_and_splits(evening)
    done: dict[str, Any] = {"decided_by": person, "decided_at": at}
    calls = AssistanceRequest.objects.bulk_create(
        AssistanceRequest(
            visit=visit,
            kind="help",
            status="resolved",
            created_at=at,
            open_since=at,
            answered_by=person,
            answered_at=at,
            resolved_by=person,
            resolved_at=at,
        )
        for visit, _tab in rare
    )
    AssistanceCall.objects.bulk_create(
        AssistanceCall(visit=one.visit, request=one, cause="c") for one in calls
    )
    Approval.objects.bulk_create(
        Approval(
            kind="age", status="given", visit=visit, key="age", description="An ID", requested_at=at, **done
        )
        for visit, _tab in rare
    )
    StaffAction.objects.bulk_create(
        StaffAction(
            kind="tender",
            status="done",
            tab=tab,
            amount_cents=TOTAL,
            reason="at_bar",
            requested_by=person,
            requested_at=at,
            key=tab.code,
        )
        for _visit, tab in rare
    )
    Takeover.objects.bulk_create(
        Takeover(visit=visit, started_by=person, started_at=at, ended_at=at, ended_by=person)
        for visit, _tab in rare
    )


def _write_agents_and_splits(evening: Evening) -> None:
    at, rare = evening.at, evening.rare
    money.SplitParticipant.objects.bulk_create(
        money.SplitParticipant(tab=tab, visit_code=uuid.uuid4().hex, name="Ben", joined_at=at)
        for _visit, tab in rare
    )
    splits = money.Split.objects.bulk_create(
        money.Split(tab=tab, method="equally", status="undone", key="s", created_at=at)
        for _visit, tab in rare
    )
    money.Share.objects.bulk_create(
        money.Share(split=split, visit_code=uuid.uuid4().hex, name="Ben", amount_cents=100)
        for split in splits
    )
    pairings = AgentPairing.objects.bulk_create(
        AgentPairing(
            visit=visit,
            name="helper",
            code_expires_at=at,
            token_hash=visit.code,
            cents_allowed=2_000,
            drinks_allowed=2,
            minutes_allowed=60,
            created_at=at,
            paired_at=at,
            expires_at=at + timedelta(hours=1),
        )
        for visit, _tab in rare
    )
    AgentCall.objects.bulk_create(
        AgentCall(pairing=pairing, tool="add_drinks", outcome="ok", called_at=at) for pairing in pairings
    )


def _close_day(person: User, day: BusinessDay) -> None:
    of_day = money.Journal.objects.filter(created_at__gte=day.start, created_at__lt=day.end)
    journals = list(of_day.values_list("pk", flat=True))
    columns, last = reports.build_figures(journals), money.ZReport.objects.order_by("number").last()
    drawer = [
        money.DrawerEntry(
            kind=kind,
            cents=200_00,
            expected_cents=200_00 if kind == "count" else None,
            currency="USD",
            is_play_money=False,
            made_by=person,
            created_at=day.start,
            key=f"{kind}:{day.date}",
        )
        for kind in DRAWER_ACTS
    ]
    money.DrawerEntry.objects.bulk_create(drawer)
    # The benchmark runs on releases that do not note it, too.
    notes = any(field.name == "first_open_journal" for field in money.ZReport._meta.fields)
    noted = {"first_open_journal": max(journals) + 1} if notes and journals else {}
    report = money.ZReport.objects.create(
        number=last.number + 1 if last else 1,
        previous=last,
        business_date=day.date,
        starts_at=day.start,
        ends_at=day.end,
        figures=columns | {"currency": "USD", "drawer": build_drawer_figures(columns, drawer)},
        closed_by="past",
        closed_at=day.end,
        **noted,
    )
    money.ZJournal.objects.bulk_create(money.ZJournal(report=report, journal_id=key) for key in journals)
    money.ZDrawerEntry.objects.bulk_create(money.ZDrawerEntry(report=report, entry=entry) for entry in drawer)
