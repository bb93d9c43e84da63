"""Editing the menu. A saved change shows on the page, and is known to Maya, from the next turn on."""

from __future__ import annotations

from typing import Any, TypeVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from bartender.admin.forms import (
    MenuAliasForm,
    MenuItemForm,
    ModifierForm,
    ModifierFormSet,
    RecipeFormSet,
    VenueForm,
)
from bartender.menu.snapshot import current_menu, mark_menu_changed, record_availability, set_available
from bartender.models.allergen_facts import AllergenFact, ModifierAllergenFact
from bartender.models.ingredients import Allergen
from bartender.models.menu import (
    MenuAlias,
    MenuCategory,
    MenuItem,
    Modifier,
    ModifierGroup,
    Preference,
    RecipePart,
    Venue,
)
from bartender.services.making import describe_making
from maya_site.core.model_admin import ModelAdmin, TabularInline, money_column, redirect_back
from maya_site.core.money import format_milli_percent

Row = TypeVar("Row", bound=Model)


class MenuModelAdmin(ModelAdmin[Row]):
    """Changes the menu's version with every write, in the same transaction, after its last row."""

    def save_model(self, request: HttpRequest, obj: Row, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        mark_menu_changed()
        if isinstance(obj, MenuItem) and "available" in form.changed_data and change:
            record_availability([obj.name], available=obj.available)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        mark_menu_changed()

    def delete_model(self, request: HttpRequest, obj: Row) -> None:
        super().delete_model(request, obj)
        mark_menu_changed()

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Row]) -> None:
        super().delete_queryset(request, queryset)
        mark_menu_changed()


class ChoicesReadOnceMixin:
    """Evaluates the choices of foreign keys once, instead of once for each row."""

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field: Any = super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]
        field.choices = list(field.choices)
        return field


class RecipeInline(ChoicesReadOnceMixin, TabularInline[RecipePart, MenuItem]):
    model = RecipePart
    formset = RecipeFormSet
    extra = 0

    fields = ("uses", "ml", "count", "is_garnish", "position")

    def get_queryset(self, request: HttpRequest) -> QuerySet[RecipePart]:
        return super().get_queryset(request).select_related("uses")

    def get_formset(self, request: HttpRequest, obj: MenuItem | None = None, **kwargs: Any) -> Any:
        """Staff who may only view the recipe are not required to fill it in."""
        formset: Any = super().get_formset(request, obj, **kwargs)
        formset.asks_strength = self.has_change_permission(request, obj)
        return formset


class AllergenFactsInline(ChoicesReadOnceMixin, TabularInline[Row, Any]):
    extra = 0
    verbose_name_plural = "allergen facts (no row: unknown, never free)"
    related_field = ""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Row]:
        return super().get_queryset(request).select_related("allergen", self.related_field)


class ItemAllergenInline(AllergenFactsInline[AllergenFact]):
    model = AllergenFact
    related_field = "item"


class ModifierAllergenInline(AllergenFactsInline[ModifierAllergenFact]):
    model = ModifierAllergenFact
    related_field = "modifier"


class AliasInline(TabularInline[MenuAlias, MenuItem]):
    model = MenuAlias
    form = MenuAliasForm
    extra = 0


class ModifierInline(ChoicesReadOnceMixin, TabularInline[Modifier, ModifierGroup]):
    model = Modifier
    form = ModifierForm
    formset = ModifierFormSet  # type: ignore[assignment] # the stubs want no form of our own
    extra = 0
    show_change_link = True  # to its allergens


@admin.register(MenuItem)
class MenuItemAdmin(MenuModelAdmin[MenuItem]):
    form = MenuItemForm
    list_display = (
        "name",
        "category",
        money_column("price_cents", "price"),
        "listed",
        "available",
        "one_click",
    )
    list_filter = ("available", "listed", "category", "preferences", "groups")
    list_select_related = ("category",)
    search_fields = ("name", "description", "aliases__text", "recipe__uses__name")
    search_help_text = "Name, what guests call it, or an ingredient"
    filter_horizontal = ("groups", "preferences")
    inlines = (RecipeInline, ItemAllergenInline, AliasInline)
    actions = ("eighty_six", "put_back")
    list_per_page = 60
    show_full_result_count = False
    # Other fields are editable only with the permission to add items.
    staff_fields = ("available", "description")

    def get_readonly_fields(self, request: HttpRequest, obj: MenuItem | None = None) -> Any:
        if self.has_add_permission(request):
            return ("making",)
        fields = [*MenuItem._meta.fields, *MenuItem._meta.many_to_many]
        own = [one.name for one in fields if one.name not in self.staff_fields and one.editable]
        return [*own, "making"]

    @admin.display(description="price of making")
    def making(self, item: MenuItem) -> str:
        """By its recipe as it is made unless asked, and what is left of the menu's price without tax."""
        drink = next((one for one in current_menu().drinks if one.id == item.pk), None)
        return describe_making(drink, Venue.current()) if drink else "Unknown: it is not on the menu."

    def get_prepopulated_fields(self, request: HttpRequest, obj: MenuItem | None = None) -> Any:
        return {"slug": ("name",)} if self.has_add_permission(request) else {}

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.set_availability)
        own = path("<int:pk>/availability/", view, name="bartender_menuitem_availability")
        return [own, *super().get_urls()]

    @admin.display(description="86")
    def one_click(self, item: MenuItem) -> str:
        """A button of the list's form, with its CSRF token: a link could be followed by accident."""
        return format_html(
            '<button type="submit" class="one-click {}" formmethod="post" formaction="{}" name="available"'
            ' value="{}" title="{} {}">{}</button>',
            "off" if item.available else "on",
            reverse("admin:bartender_menuitem_availability", args=[item.pk]),
            "0" if item.available else "1",
            "Take off sale:" if item.available else "Sell again:",
            item.name,
            "86" if item.available else "Put back",
        )

    @method_decorator(require_POST)
    def set_availability(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The request names the wanted state, so a second click changes nothing."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        items = MenuItem.objects.filter(pk=pk)
        if not items:
            raise Http404
        self._set_available(request, items, available=request.POST.get("available") == "1")
        return redirect_back(request, MenuItem)

    @admin.action(description="86: take off sale now", permissions=["change"])
    def eighty_six(self, request: HttpRequest, queryset: QuerySet[MenuItem]) -> None:
        self._set_available(request, queryset, available=False)

    @admin.action(description="Put back on sale", permissions=["change"])
    def put_back(self, request: HttpRequest, queryset: QuerySet[MenuItem]) -> None:
        self._set_available(request, queryset, available=True)

    @transaction.atomic
    def _set_available(self, request: HttpRequest, queryset: QuerySet[MenuItem], *, available: bool) -> None:
        items = list(queryset.order_by("pk").exclude(available=available))
        set_available([item.pk for item in items], available=available)
        done = "Put back" if available else "86"
        for item in items:
            self.log_change(request, item, done)
        names = ", ".join(item.name for item in items)
        said = f"{done}: {names}." if names else "That was done already."
        self.message_user(request, said, messages.SUCCESS if names else messages.INFO)


@admin.register(ModifierGroup)
class ModifierGroupAdmin(MenuModelAdmin[ModifierGroup]):
    list_display = ("name", "min", "max", "default_modifier", "names", "position")
    search_fields = ("name", "modifiers__name")
    inlines = (ModifierInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModifierGroup]:
        return super().get_queryset(request).prefetch_related("modifiers")

    @admin.display(description="modifiers")
    def names(self, group: ModifierGroup) -> str:
        return ", ".join(modifier.name for modifier in group.modifiers.all())


@admin.register(Modifier)
class ModifierAdmin(MenuModelAdmin[Modifier]):
    """Shown on a page of its own so that the modifier's allergen facts can be edited."""

    form = ModifierForm
    list_display = ("name", "group", "adds_nothing", "adds", "ml", "replaces", "removes")
    list_filter = ("group", "adds_nothing")
    list_select_related = ("group", "adds", "replaces", "removes")
    autocomplete_fields = ("adds", "replaces", "removes")
    search_fields = ("name", "adds__name")
    inlines = (ModifierAllergenInline,)


@admin.register(MenuCategory)
class MenuCategoryAdmin(MenuModelAdmin[MenuCategory]):
    list_display = ("name", "position")
    search_fields = ("name",)


@admin.register(Preference, Allergen)
class NameOnlyAdmin(MenuModelAdmin[Row]):
    search_fields = ("name",)


@admin.register(Venue)
class VenueAdmin(MenuModelAdmin[Venue]):
    form = VenueForm
    list_display = ("name", "timezone", "currency", "tax", "idle_minutes")

    @admin.display(description="tax rate")
    def tax(self, venue: Venue) -> str:
        return format_milli_percent(venue.tax_rate)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Venue | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Venue, form: Any, change: bool) -> None:
        """Writes changed fields only: the menu's version in the same row may have moved on."""
        obj.save(update_fields=form.changed_data)
        mark_menu_changed()
