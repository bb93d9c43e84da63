"""Erases what is the guest's, table by table, by the data register. Sales and payments stay.

A visit that goes on, because its tab is not paid, keeps until its end what its own guest must not lift: a
person's decisions on alcohol and age, and the others who share the bill. `erasure_requested_at` says that the
rest is due.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Field, Q
from django.utils import timezone

from bartender.models.display import Takeover
from bartender.models.receipts import ReceiptMail
from bartender.models.visits import Turn, Visit
from bartender.privacy.data_register import DATA_REGISTER
from bartender.privacy.visit_rows import (
    VISIT_LABEL,
    guest_tables,
    model_of,
    provider_events_for_visits,
    rows_for_visits,
)
from bartender.signals import guest_needs_changed
from maya_site.core.admin_log import redact_log_entries
from maya_site.tasks.models import Task
from payments.models import Share, Tab
from rag import unanswered_questions

AGE_REFUSED = "refused"
RETURNING_GUEST_LABEL = "bartender.ReturningGuest"


@transaction.atomic
def erase_visits(keys: Collection[int], *, retention_cutoff: datetime | None = None) -> dict[str, int]:
    """Erases what these visits hold of their guests. Locks them, closes those on whose tab nothing is owed,
    and returns how many visits and turns there were.

    `retention_cutoff` is set if the venue's days ended: then what the guest asked to have remembered stays,
    and so does a question that was asked again since.
    """
    now = timezone.now()
    visits = list(Visit.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True))
    going_on = _open_visit_codes(visits)
    over = [visit for visit in visits if visit.code not in going_on]
    turns = _delete_memory_questions(visits, retention_cutoff)
    _close_visits(over, now)
    # The admin's log first, for all tables: deleting a row cascades to others whose names are logged, too.
    for work in (_redact_admin_log, _erase_rows):
        for label, table in guest_tables():
            if (
                table.erasure_mode
                and label != VISIT_LABEL
                and not (retention_cutoff and label == RETURNING_GUEST_LABEL)
            ):
                work(label, [visit.code for visit in over], Q())
                work(label, list(going_on), table.erasable_at_once)
    _blank_columns(
        provider_events_for_visits([visit.code for visit in visits]).filter(
            DATA_REGISTER["payments.ProviderEvent"].erasable_at_once
        )
    )
    _erase_visit_rows(over, going_on, now)
    for visit in visits:
        transaction.on_commit(_guest_needs_notifier(visit.code))
    return {"visits": len(visits), "turns": turns}


def _open_visit_codes(visits: Sequence[Visit]) -> set[str]:
    here = [visit.code for visit in visits if visit.closed_at is None]
    owing = Tab.objects.unsettled().filter(visit_code__in=here, units__gt=0)
    to_pay = Share.objects.filter(split__status="out", split__tab__status="closing", visit_code__in=here)
    return {*owing.values_list("visit_code", flat=True), *to_pay.values_list("visit_code", flat=True)}


def _delete_memory_questions(visits: Sequence[Visit], before: datetime | None) -> int:
    """Questions to the memory are stored without a name, so they are found by their words. Returns the number
    of turns."""
    turns = Turn.objects.filter(visit__in=visits)
    said, questions = [], []
    for words, tools in turns.values_list("guest_text", "tool_calls"):
        said.append(words)
        questions += [
            str(used["arguments"].get("question", "")) for used in tools if used["name"] == "recall"
        ]
    unanswered_questions.delete_questions((words for words in said + questions if words), before)
    return len(said)


def _close_visits(over: Sequence[Visit], now: datetime) -> None:
    keys = [visit.pk for visit in over]
    Visit.objects.active().filter(pk__in=keys).update(closed_at=now)
    Takeover.objects.filter(visit__in=keys, ended_at=None).update(ended_at=now)


def _redact_admin_log(label: str, codes: Collection[str], row_filter: Q) -> None:
    if codes:
        redact_log_entries(
            model_of(label),
            list(rows_for_visits(label, codes).filter(row_filter).values_list("pk", flat=True)),
        )


def _erase_rows(label: str, codes: Collection[str], row_filter: Q) -> None:
    if not codes:
        return
    rows = rows_for_visits(label, codes).filter(row_filter)
    keys = list(rows.values_list("pk", flat=True))
    model = model_of(label)
    if model is ReceiptMail:
        Task.objects.filter(key__in=[f"receipt:{key}" for key in keys]).delete()
    found = model._base_manager.filter(pk__in=keys)
    if DATA_REGISTER[label].erasure_mode == "row":
        found.delete()
    else:
        _blank_columns(found)


def _blank_columns(rows: Any) -> None:
    table = DATA_REGISTER[rows.model._meta.label]
    rows.update(**blank_values(rows.model, table.columns_of("guest") + table.columns_of("hidden")))


def blank_values(model: Any, columns: Iterable[str]) -> dict[str, Any]:
    """The value of each column in a row that was never written to."""
    return {name: _blank_value(model._meta.get_field(name)) for name in columns}


def _blank_value(field: Field[Any, Any]) -> Any:
    if field.has_default():
        return field.get_default()
    return None if field.null else ""


def _erase_visit_rows(over: Sequence[Visit], going_on: Collection[str], now: datetime) -> None:
    redact_log_entries(Visit, [visit.pk for visit in over])
    table = DATA_REGISTER[VISIT_LABEL]
    empty = blank_values(Visit, table.columns_of("guest") + table.columns_of("hidden"))
    retained = _codes_with_retained_rows([visit.code for visit in over])
    Visit.objects.filter(code__in=retained).update(**empty, taken_over_by=None, erased_at=now)
    Visit.objects.filter(pk__in=[visit.pk for visit in over if visit.code not in retained]).delete()
    # Erasure must not lift a refusal for age; and the bill to be paid still needs the language.
    del empty["language"], empty["age_state"]
    staying = Visit.objects.filter(code__in=going_on)
    staying.update(**empty, erasure_requested_at=now)
    staying.exclude(age_state=AGE_REFUSED).update(age_state="unknown")


def _codes_with_retained_rows(codes: Collection[str]) -> set[str]:
    """The codes that rows refer to which are kept: sales, money, and what staff did about them."""
    found: set[str] = set()
    for label, table in guest_tables():
        if label == VISIT_LABEL or table.erasure_mode == "row":
            continue
        for path in table.visit_code_paths:
            rows = model_of(label)._base_manager.filter(**{f"{path}__in": codes}).order_by()
            found |= set(rows.values_list(path, flat=True))
    return found


def _guest_needs_notifier(code: str) -> Any:
    return lambda: guest_needs_changed.send_robust(sender=Visit, visit_code=code)
