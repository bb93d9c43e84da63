"""Ingredients: what is known of each, what it costs, and whether there is any tonight."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from bartender.admin.fields import MoneyField
from bartender.admin.forms import collapse_whitespace
from bartender.admin.menu import AllergenFactsInline, MenuModelAdmin
from bartender.menu.availability import set_ingredients_available
from bartender.models.ingredients import Ingredient, IngredientAllergenFact
from maya_site.core.model_admin import ModelForm, money_column, redirect_back


class IngredientForm(ModelForm[Ingredient]):
    pack_cost_cents = MoneyField(label="Cost of a pack", required=False, help_text="Empty: unknown.")

    def clean_name(self) -> str:
        return collapse_whitespace(self.cleaned_data["name"])


class IngredientAllergenInline(AllergenFactsInline[IngredientAllergenFact]):
    model = IngredientAllergenFact
    related_field = "ingredient"


@admin.register(Ingredient)
class IngredientAdmin(MenuModelAdmin[Ingredient]):
    form = IngredientForm
    list_display = (
        "name",
        "abv_percent",
        "unit",
        "pack_size",
        "low_stock",
        money_column("pack_cost_cents", "cost of a pack"),
        "available",
        "one_click",
    )
    list_filter = ("available", "vegan", "caffeine", "hops")
    search_fields = ("name",)
    list_per_page = 100
    show_full_result_count = False
    inlines = (IngredientAllergenInline,)
    actions = ("eighty_six", "put_back")
    staff_fields = ("available",)  # the others are editable only with the permission to add ingredients

    def get_readonly_fields(self, request: HttpRequest, obj: Ingredient | None = None) -> Any:
        if self.has_add_permission(request):
            return ()
        return [
            one.name for one in Ingredient._meta.fields if one.name not in self.staff_fields and one.editable
        ]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.set_availability)
        own = path("<int:pk>/availability/", view, name="bartender_ingredient_availability")
        return [own, *super().get_urls()]

    @admin.display(description="86")
    def one_click(self, ingredient: Ingredient) -> str:
        return format_html(
            '<button type="submit" class="one-click {}" formmethod="post" formaction="{}" name="available"'
            ' value="{}" title="{} {}">{}</button>',
            "off" if ingredient.available else "on",
            reverse("admin:bartender_ingredient_availability", args=[ingredient.pk]),
            "0" if ingredient.available else "1",
            "There is none:" if ingredient.available else "There is some again:",
            ingredient.name,
            "86" if ingredient.available else "Put back",
        )

    @method_decorator(require_POST)
    def set_availability(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The request names the wanted state, so a second click changes nothing."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        rows = Ingredient.objects.filter(pk=pk)
        if not rows:
            raise Http404
        self._set_available(request, rows, available=request.POST.get("available") == "1")
        return redirect_back(request, Ingredient)

    @admin.action(description="86: there is none tonight", permissions=["change"])
    def eighty_six(self, request: HttpRequest, queryset: QuerySet[Ingredient]) -> None:
        self._set_available(request, queryset, available=False)

    @admin.action(description="There is some again", permissions=["change"])
    def put_back(self, request: HttpRequest, queryset: QuerySet[Ingredient]) -> None:
        self._set_available(request, queryset, available=True)

    @transaction.atomic
    def _set_available(
        self, request: HttpRequest, queryset: QuerySet[Ingredient], *, available: bool
    ) -> None:
        rows = list(queryset.order_by("pk").exclude(available=available))
        set_ingredients_available([row.pk for row in rows], available=available)
        done = "Put back" if available else "86"
        for row in rows:
            self.log_change(request, row, done)
        names = ", ".join(row.name for row in rows)
        said = f"{done}: {names}." if names else "That was done already."
        self.message_user(request, said, messages.SUCCESS if names else messages.INFO)
