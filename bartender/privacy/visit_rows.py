"""Finds the rows of a table that belong to some visits, by the data register."""

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
    """The tables whose rows lead to a visit, and last the visits themselves."""
    yield from (
        (label, table)
        for label, table in DATA_REGISTER.items()
        if table.visit_code_paths and label != VISIT_LABEL
    )
    yield VISIT_LABEL, DATA_REGISTER[VISIT_LABEL]


VISIT_LABEL = "bartender.Visit"


def rows_for_visits(label: str, codes: Collection[str]) -> RowQuerySet:
    """The rows of the visits with these codes, without any order, so that they can be deleted."""
    wanted = Q()
    for path in DATA_REGISTER[label].visit_code_paths:
        wanted |= Q(**{f"{path}__in": codes})
    found = model_of(label)._base_manager.filter(wanted).order_by()
    return found.distinct() if len(DATA_REGISTER[label].visit_code_paths) > 1 else found


def provider_events_for_visits(codes: Collection[str]) -> RowQuerySet:
    """The webhook events about payments of these visits: they name a payment, not a visit."""
    paid = Payment.objects.filter(Q(tab__visit_code__in=codes) | Q(share__visit_code__in=codes))
    return ProviderEvent.objects.filter(payment_code__in=paid.values("code")).order_by()
