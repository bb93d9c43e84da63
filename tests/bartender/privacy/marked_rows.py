"""An evening of Ada's that leaves a row in every table, and a mark of its own in every column of each."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any

from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone

from bartender.models.agents import AgentCall, AgentPairing
from bartender.models.display import Takeover
from bartender.models.printers import Printer, PrintJob
from bartender.models.receipts import ReceiptMail
from bartender.models.responsible_service import Approval
from bartender.models.returning_guests import ReturningGuest
from bartender.models.staff_actions import StaffAction
from bartender.models.visits import Turn, Visit
from bartender.privacy.data_register import DATA_REGISTER, TablePolicy
from bartender.privacy.visit_rows import guest_tables, rows_for_visits
from bartender.services import orders, split_bill, tickets
from bartender.services.assistance import record_assistance_call
from maya_site.tasks.models import Task
from payments import append_only, checkout, refunds
from payments.ledger import OperationContext
from payments.models import (
    ChainAdoption,
    Dispute,
    MoneyNotice,
    Payment,
    ProviderEvent,
    SealedHead,
    Split,
    ZReport,
)
from payments.models.tabs import Tab
from rag.index_build import IndexedPassage
from rag.models import CachedEmbedding, Gap, UnansweredQuestion
from tests.bartender.page_fixtures import PageGuest
from tests.guest_fixtures import make_context
from tests.payments.ledger_helpers import latest_tab

DAYS = {"mark": date(2031, 1, 1), "twin": date(2032, 2, 2)}
GUESTS = ("guest", "hidden", "books", "inner")
# What leads to the guest, or says that something has ended, stays as it is: the story would be another one.
UNMARKED_FIELDS = {
    "code",
    "visit_code",
    "key",
    "closed_at",
    "session_key",
    "expire_date",
    "object_id",
    "erased_at",
}


def play_evening(ada: Visit, ben: Visit, sam: User, guest: PageGuest, *, paid: bool = True) -> None:
    """Ada orders, talks, is remembered, joins Ben's tab and pays her own."""
    line = orders.add_line(ada, "Negroni", 2, [], make_context())
    Turn.objects.create(visit=ada, client_id="turn-ada", outcome=Turn.Outcome.DONE)
    ada.returning_guest = ReturningGuest.objects.create()
    ada.save()
    Takeover.objects.create(visit=ada, started_by=sam, ended_at=timezone.now(), ended_by=sam)
    leave = {
        "requested_at": timezone.now(),
        "status": "given",
        "decided_by": sam,
        "decided_at": timezone.now(),
    }
    Approval.objects.create(visit=ada, kind="allergy", key="allergy:negroni", item=line.item, **leave)
    Approval.objects.create(visit=ada, kind="alcohol", key="alcohol", **leave)
    agent = AgentPairing.objects.create(
        visit=ada,
        code_expires_at=timezone.now(),
        cents_allowed=1,
        drinks_allowed=1,
        minutes_allowed=30,
        paired_at=timezone.now(),
        expires_at=timezone.now(),
    )
    AgentCall.objects.create(pairing=agent, tool="get_bill")
    record_assistance_call(ada, "complaint", "my drink is warm", "turn-ada")
    orders.add_line(ben, "IPA", 1, [], make_context())
    split_bill.join_tab(ada, split_bill.invitation_token(split_bill.create_invitation(ben)))
    split_bill.create_invitation(ada)
    tickets.fire_ticket(ada, make_context(), skip_hold=True)
    if paid:
        _pay(ada)
        _pay_share(ada, ben)
    tab = latest_tab(ada)
    StaffAction.objects.create(
        kind="close",
        status="done",
        tab=tab,
        amount_cents=0,
        reason="kindness",
        requested_by=sam,
        key="deed-of-ada",
    )
    _money_trail(tab)
    _add_unanswered_question(ada)
    _session(guest)
    for label, table in guest_tables():
        if table.erasure_mode:
            for row in rows_for_visits(label, [ada.code]):
                LogEntry.objects.log_actions(sam.pk, [row], CHANGE, change_message="x", single_object=True)


def _money_trail(tab: Tab) -> None:
    """What others than the ledger keep of a tab: a paper, a mail, a dispute, a notice, an event."""
    printer = Printer.objects.create(name="Bar", kind="cloudprnt")
    PrintJob.objects.create(
        printer=printer,
        key="paper-of-ada",
        kind="receipt",
        state="printed",
        visit=Visit.objects.get(code=tab.visit_code),
        tab=tab,
        content=" Ada",
    )
    mail = ReceiptMail.objects.create(tab=tab, key="mail-of-ada")
    Task.objects.create(name="mail_receipt", key=f"receipt:{mail.pk}", available_at=timezone.now())
    _chain_records(tab)
    payment = tab.payments.first()
    if payment:
        Dispute.objects.create(
            payment=payment, reference="dp_ada", status="lost", amount_cents=1, currency="USD"
        )
    MoneyNotice.objects.create(
        key="notice-of-ada", tab=tab, kind="late", message="Late.", amount_cents=1, currency="USD"
    )
    ProviderEvent.objects.create(
        provider="stripe",
        event_id="evt_ada",
        livemode=False,
        state="done",
        payment_code=payment.code if payment else "",
    )


def _chain_records(tab: Tab) -> None:
    """As if the tab was begun before the chain, and a Z report had sealed it."""
    ChainAdoption.objects.create(
        tab=tab, first=1, last=1, mac="0" * 64, key_id="0" * 8, reason="before the chain"
    )
    now = timezone.now()
    report = ZReport.objects.create(
        number=1,
        business_date=now.date(),
        starts_at=now - timedelta(days=1),
        ends_at=now,
        figures={},
        closed_by="staff:sam",
    )
    SealedHead.objects.create(report=report, tab=tab, version=1, mac="")


def _pay(ada: Visit) -> None:
    tab = latest_tab(ada)
    payment = checkout.open_link(checkout.propose_payment(tab, make_context()))
    checkout.mark_paid(_approved(payment), make_context())
    by_sam = OperationContext("refund-of-ada", actor="staff:sam", source="admin", reason="spilled")
    refunds.process_refund(refunds.request_refund(Payment.objects.get(pk=payment.pk), 1_00, by_sam))


def _pay_share(ada: Visit, ben: Visit) -> None:
    split_bill.split_equally(ben, make_context())
    split = Split.objects.get(tab=latest_tab(ben), status="out")
    for share in split.shares.all():
        split_bill.pay_share(ben, share.code, share.nonce)
        checkout.mark_paid(_approved(share.payments.latest("id")), make_context())


def _approved(payment: Payment) -> Payment:
    from payments.providers.simulated import SimulatedProvider

    payment.refresh_from_db()
    SimulatedProvider().approve(str(payment.reference))
    return payment


def _add_unanswered_question(ada: Visit) -> None:
    """What the memory could not answer; its words are those of Ada's turn."""
    gap = Gap.objects.create(question=QUESTION, last_seen_at=timezone.now())
    UnansweredQuestion.objects.create(gap=gap, text=QUESTION.upper(), last_seen_at=timezone.now())
    for text in (QUESTION, QUESTION.upper()):
        CachedEmbedding.objects.create(
            embedder="x", key=IndexedPassage.create(0, "", "", text).embedding_key, data=b""
        )


QUESTION = "mark-question-of-ada"


def _session(guest: PageGuest) -> None:
    """A message that did not fit into a cookie."""
    session = SessionStore()
    session["_messages"] = "mark-session"
    session.create()
    guest.client.cookies["sessionid"] = str(session.session_key)


# --- the marks ---------------------------------------------------------------------------------------


def write_marks(visit: Visit, word: str) -> set[str]:
    """In every column of every row of theirs that holds something of guests. Where there are marks now."""
    found: set[str] = set()
    editor: Any = SimpleNamespace(connection=connection, execute=connection.cursor().execute)
    append_only.drop_triggers(editor)
    try:
        for label, table in DATA_REGISTER.items():
            keys = list(_rows(label, table, visit.code, alone=word == "mark"))
            for name in (name for kind in GUESTS for name in table.columns_of(kind)):
                if _mark(apps.get_model(label), name, keys, word):
                    found.add(f"{label}.{name}")
    finally:
        append_only.create_triggers(editor)
    return found


def _rows(label: str, table: TablePolicy, code: str, *, alone: bool) -> Any:
    """Tables that lead to no visit are Ada's alone, but for the bar's own jobs."""
    if table.visit_code_paths:
        return rows_for_visits(label, [code]).values_list("pk", flat=True)
    rows = apps.get_model(label)._base_manager.order_by("pk")
    rows = rows.filter(name="mail_receipt") if label == "tasks.Task" else rows
    return rows.values_list("pk", flat=True) if alone else ()


def _mark(model: Any, name: str, keys: list[Any], word: str) -> bool:
    field = model._meta.get_field(name)
    where = f"{model._meta.label}.{name}"
    if name in UNMARKED_FIELDS or field.primary_key or field.is_relation or field.choices or where in GIVEN:
        return False
    for key in keys:
        value = _value(field, f"{word}-{next(_numbers)}"[: field.max_length or None])
        try:
            with transaction.atomic():
                if value is not None:
                    model._base_manager.filter(pk=key).update(**{name: value})
        except DatabaseError:  # a constraint of the books: no word of a guest fits there
            return False
    return bool(keys) and value is not None


_numbers = itertools.count()
# Found by their words, or read by the page on the way: as the bar itself writes them.
GIVEN = {
    "payments.ProviderEvent.payment_code",
    "rag.Gap.question",
    "rag.UnansweredQuestion.text",
    "rag.CachedEmbedding.key",
    "sessions.Session.session_data",
}


def _value(field: Any, mark: str) -> Any:
    match field:
        case models.CharField() if (field.max_length or 8) < 8:  # a currency holds no word
            return None
        case models.JSONField() if field.name in ("tool_calls", "citations", "token_usage", "usual_order"):
            drink = {"item": mark, "quantity": 1, "modifiers": []}
            return [{"name": "recall", "arguments": {"question": QUESTION, "x": mark}, **drink}]
        case models.JSONField() if field.get_default() == []:
            return [mark]
        case models.JSONField():
            return {"question": mark}
        case models.BinaryField():
            return mark.encode()
        case models.CharField() | models.TextField():
            return mark
        case models.DateTimeField():
            return datetime.combine(DAYS[mark.partition("-")[0]], time.min, UTC) + timedelta(
                microseconds=next(_numbers)
            )
        case _:
            return None


def all_column_values() -> Iterator[tuple[str, str, str]]:
    """Every column of every row of every table: table, column and what stands there."""
    for model in apps.get_models(include_auto_created=True):
        names = [field.attname for field in model._meta.concrete_fields]
        for row in model._base_manager.values_list(*names):
            for name, value in zip(names, row, strict=True):
                text = bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value)
                yield model._meta.label, model._meta.get_field(name).name, text
    from django.contrib.sessions.models import Session

    for session in Session.objects.all():
        yield "sessions.Session", "session_data", str(session.get_decoded())


def columns_with_mark(word: str) -> set[str]:
    """Columns in which a mark of this guest's stands."""
    day = str(DAYS[word])
    return {
        f"{table}.{column}"
        for table, column, text in all_column_values()
        if f"{word}-" in text.lower() or text.startswith(day)
    }
