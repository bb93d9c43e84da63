"""Which rows of a table are those of some visits, as the register says."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from django.apps import apps
from django.db.models import Model, Q, QuerySet

from bartender.privacy.data_register import DATA_REGISTER, TablePolicy
from payments.models import Payment, ProviderEvent

RowQuerySet = QuerySet[Any]


def model_of(label: str) -> type[Model]:
    return apps.get_model(label)


def guest_tables() -> Iterator[tuple[str, TablePolicy]]:
    """Those whose rows lead to a visit. The visits themselves are the last."""
    yield from (
        (label, table)
        for label, table in DATA_REGISTER.items()
        if table.visit_code_paths and label != VISIT_LABEL
    )
    yield VISIT_LABEL, DATA_REGISTER[VISIT_LABEL]


VISIT_LABEL = "bartender.Visit"


def rows_for_visits(label: str, codes: Collection[str]) -> RowQuerySet:
    """The rows of the visits with these codes; without any order, so that they may be deleted."""
    wanted = Q()
    for path in DATA_REGISTER[label].visit_code_paths:
        wanted |= Q(**{f"{path}__in": codes})
    found = model_of(label)._base_manager.filter(wanted).order_by()
    return found.distinct() if len(DATA_REGISTER[label].visit_code_paths) > 1 else found


def provider_events_for_visits(codes: Collection[str]) -> RowQuerySet:
    """What providers told of the payments of these visits: it names a payment, not a visit."""
    paid = Payment.objects.filter(Q(tab__visit_code__in=codes) | Q(share__visit_code__in=codes))
    return ProviderEvent.objects.filter(payment_code__in=paid.values("code")).order_by()
