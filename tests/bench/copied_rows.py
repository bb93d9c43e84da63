"""Makes many past tabs of few, within the database: writing 100,000 by the ORM takes a quarter of an hour."""

from __future__ import annotations

from django.contrib.admin.models import LogEntry
from django.db import connection
from django.db.models import Field, ForeignKey, Model, UUIDField

from bartender.models.agents import AgentCall, AgentPairing
from bartender.models.assistance import AssistanceCall, AssistanceRequest
from bartender.models.display import Takeover, TicketMove
from bartender.models.responsible_service import Approval
from bartender.models.staff_actions import StaffAction
from bartender.models.stock import StockMovement
from bartender.models.visits import OrderLine, Ticket, Turn, Visit
from maya_site.events.models import Event
from payments import models as money

COPIED: tuple[type[Model], ...] = (
    Visit,
    money.Tab,
    Turn,
    Ticket,
    TicketMove,
    LogEntry,
    OrderLine,
    StockMovement,
    money.Payment,
    money.Journal,
    money.LedgerEntry,
    money.Document,
    Event,
    money.SplitParticipant,
    money.Split,
    money.Share,
    AssistanceRequest,
    AssistanceCall,
    Approval,
    StaffAction,
    Takeover,
    AgentPairing,
    AgentCall,
)
# Codes, and what names a row by its code: a copy has other first characters.
CODES = {"code", "visit_code", "key", "reference", "token_hash"}


def multiply_rows(copies: int) -> None:
    """Afterwards there are so many times as many rows of these tables, each copy leading to its own rows."""
    if copies == 1:
        return
    strides = {
        model: (model._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1
        for model in COPIED
    }
    with connection.cursor() as cursor:
        for model in COPIED:
            fields = model._meta.concrete_fields
            columns = ", ".join(_quoted(field) for field in fields)
            copied = ", ".join(_copied(field, strides) for field in fields)
            table = connection.ops.quote_name(model._meta.db_table)
            # Without the bound SQLite would copy the copies, too.
            counting = f"SELECT 1 UNION ALL SELECT n + 1 FROM copies WHERE n < {copies - 1}"
            cursor.execute(
                f"INSERT INTO {table} ({columns}) WITH RECURSIVE copies(n) AS ({counting})"
                f" SELECT {copied} FROM copies CROSS JOIN {table} WHERE id < {strides[model]}"
            )
    _count_on(copies)


def _quoted(field: Field) -> str:  # type: ignore[type-arg]
    assert field.column is not None
    return connection.ops.quote_name(field.column)


def _copied(field: Field, strides: dict[type[Model], int]) -> str:  # type: ignore[type-arg]
    column = _quoted(field)
    postgres = connection.vendor == "postgresql"
    if field.primary_key:
        return f"{column} + n * {strides[field.model]}"
    if isinstance(field, ForeignKey) and field.related_model in strides:
        return f"{column} + n * {strides[field.related_model]}"
    if isinstance(field, UUIDField):
        return "gen_random_uuid()" if postgres else "lower(hex(randomblob(16)))"
    if field.name in CODES and field.model is not Turn:
        number = "'z' || lpad(to_hex(n), 2, '0')" if postgres else "printf('z%02x', n)"
        return f"CASE WHEN length({column}) < 8 THEN {column} ELSE {number} || substr({column}, 4) END"
    if field.model is money.Document and field.name == "number":
        return f"{column} + n * (SELECT MAX(number) FROM payments_document)"
    return column


def _count_on(copies: int) -> None:
    counter = money.DocumentCounter.objects.get(series="receipt")
    counter.last_number *= copies
    counter.save()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for model in COPIED:
                table = model._meta.db_table
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT MAX(id) FROM {table}))"
                )
