"""What every page of the admin shares: rows only looked at, money as people read it, the way back."""

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

from maya_site.lib.money import dollars, fine_dollars

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
    "ReadOnly",
    "TabularInline",
    "back_to_list",
    "cost",
    "money",
]


class ReadOnly:
    """Looked at here, never written, by superusers neither: what changes such a row is a service."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def money(name: str, title: str, ordering: Any = None) -> Callable[[Any], str]:
    """A column of cents shown as dollars, sorted as what it is."""

    @admin.display(description=title, ordering=ordering if ordering is not None else name)
    def column(row: Any) -> str:
        cents = getattr(row, name)
        return "-" if cents is None else dollars(cents)

    return column


def cost(name: str, title: str = "cost") -> Callable[[Any], str]:
    """A column of microcents: what it cost the house, in dollars with four places."""

    @admin.display(description=title, ordering=name)
    def column(row: Any) -> str:
        microcents = getattr(row, name)
        return fine_dollars(microcents) if microcents else "-"

    return column


def back_to_list(request: HttpRequest, model: type[Model]) -> HttpResponseRedirect:
    """To the page the button was on, with its search and filters; else to the model's list."""
    came_from = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure()):
        return HttpResponseRedirect(came_from)
    meta = model._meta
    return HttpResponseRedirect(reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist"))
