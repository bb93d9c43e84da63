"""What the admin's pages share: read-only rows, columns of money, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from maya_site.core.money import format_cost, format_money

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin, TabularInline
    from django.forms import ModelChoiceField, ModelForm
    from django.forms.models import BaseInlineFormSet as InlineFormSet
else:

    class _Typed:
        """Django's own classes take a type argument in their stubs only, not at run time."""

        __class_getitem__ = classmethod(lambda cls, _: cls)

    class ModelAdmin(_Typed, admin.ModelAdmin):
        pass

    class TabularInline(_Typed, admin.TabularInline):
        pass

    class ModelForm(_Typed, forms.ModelForm):
        pass

    class ModelChoiceField(_Typed, forms.ModelChoiceField):
        pass

    class InlineFormSet(_Typed, BaseInlineFormSet):
        pass


__all__ = [
    "IndexedValuesFilter",
    "InlineFormSet",
    "ModelAdmin",
    "ModelChoiceField",
    "ModelForm",
    "ReadOnlyAdminMixin",
    "TabularInline",
    "cost_column",
    "money_column",
    "redirect_back",
    "values_filter",
]


class ReadOnlyAdminMixin:
    """Rows that can be looked at and never written, not even by superusers. A service changes them."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class IndexedValuesFilter(admin.AllValuesFieldListFilter):
    """Offers the values that a column has, for columns with an index and few values. Django's own reads all
    rows for them; this one goes from each value to the next larger one."""

    def __init__(self, field: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(field, *args, **kwargs)
        self.lookup_choices: Any = _indexed_values(field)


def _indexed_values(field: Any) -> list[Any]:
    quote = connection.ops.quote_name
    table, column = quote(field.model._meta.db_table), quote(field.column)
    with connection.cursor() as cursor:
        cursor.execute(  # all names are our own
            f"WITH RECURSIVE found(value) AS (SELECT MIN({column}) FROM {table} UNION ALL"  # noqa: S608
            f" SELECT (SELECT MIN({column}) FROM {table} WHERE {column} > value)"
            " FROM found WHERE value IS NOT NULL) SELECT value FROM found WHERE value IS NOT NULL"
        )
        return [value for (value,) in cursor.fetchall()]


def values_filter(values: Callable[[], Iterable[str]]) -> type[admin.AllValuesFieldListFilter]:
    """A filter for a column whose values the code knows: no row is read for them."""

    class ValuesFilter(admin.AllValuesFieldListFilter):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.lookup_choices: Any = list(values())

    return ValuesFilter


def money_column(
    name: str, title: str, ordering: Any = None, currency_path: str = "currency"
) -> Callable[[Any], str]:
    """A column of minor units, shown as people read them and sorted by number. `currency_path` leads from
    the row to its currency, over related rows by dots. A row without one is in the venue's currency."""

    @admin.display(description=title, ordering=ordering if ordering is not None else name)
    def column(row: Any) -> str:
        cents = getattr(row, name)
        return "-" if cents is None else format_money(cents, _resolve_currency(row, currency_path))

    return column


def _resolve_currency(row: Any, currency_path: str) -> str:
    for step in currency_path.split("."):
        row = getattr(row, step, "")
    return str(row)


def cost_column(name: str, title: str = "cost") -> Callable[[Any], str]:
    """A column of microcents, shown as dollars with four decimals."""

    @admin.display(description=title, ordering=name)
    def column(row: Any) -> str:
        microcents = getattr(row, name)
        return format_cost(microcents) if microcents else "-"

    return column


def redirect_back(request: HttpRequest, model: type[Model]) -> HttpResponseRedirect:
    """Redirects to the page that the button was on, with its search and filters, or else to the model's
    list."""
    came_from = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure()):
        return HttpResponseRedirect(came_from)
    meta = model._meta
    return HttpResponseRedirect(reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist"))
