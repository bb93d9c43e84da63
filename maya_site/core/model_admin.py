"""What the admin's pages share: read-only rows, columns of money, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
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
    "InlineFormSet",
    "ModelAdmin",
    "ModelChoiceField",
    "ModelForm",
    "ReadOnlyAdminMixin",
    "TabularInline",
    "cost_column",
    "money_column",
    "redirect_back",
]


class ReadOnlyAdminMixin:
    """Rows that can be looked at and never written, not even by superusers. A service changes them."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


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
