"""Stock in the admin: its movements, the count sheet, deliveries, losses, and poured against sold."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any, ClassVar, NamedTuple, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.validators import DecimalValidator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from bartender.admin.books import EXPORT_PERMISSION
from bartender.admin.fields import MoneyField
from bartender.admin.report_dates import DateRangeForm, read_dates
from bartender.books.stock import stock_use
from bartender.models.ingredients import Ingredient
from bartender.models.stock import MAX_STOCK_NOTE_LENGTH, StockMovement
from bartender.services import stock
from bartender.services.stock import TAKE_STOCK_PERMISSION, StockEntry, StockLevel
from maya_site.core.model_admin import ModelAdmin, ReadOnlyAdminMixin

Kind = StockMovement.Kind
MAX_AMOUNT = Decimal(9_999_999)
TENTH = Decimal("0.1")


class AmountField(forms.DecimalField):
    """Takes 2.5 and 2,5. What it does not take it shows again as it was typed, with one sentence."""

    def __init__(self, name: str, label: str, *, is_signed: bool = False) -> None:
        wrong = f"{name}: “%(value)s” is no number. Write it like 12 or 2.5, or leave it empty."
        super().__init__(
            label=label,
            required=False,
            min_value=-MAX_AMOUNT if is_signed else Decimal(0),
            max_value=MAX_AMOUNT,
            max_digits=9,
            decimal_places=1,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 8, "autocomplete": "off"}),
            error_messages={
                "invalid": wrong.replace("“%(value)s”", "what is written there"),
                "min_value": f"{name}: it cannot be less than %(limit_value)s.",
                "max_value": f"{name}: that is more than any bar has. Look at it again.",
            },
        )
        for check in self.validators:
            if isinstance(check, DecimalValidator):
                check.messages = dict.fromkeys(
                    ("invalid", "max_digits", "max_decimal_places", "max_whole_digits"),
                    f"{name}: one digit after the point is as fine as it gets, and nine in all.",
                )

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.strip().replace(",", ".") if isinstance(value, str) else value)


class SheetRow(NamedTuple):
    """One ingredient on a sheet, with its fields."""

    level: StockLevel
    fields: list[forms.BoundField]


class SheetForm(forms.Form):
    """Two numbers for each ingredient, or one where nobody knows its pack: full packs, and what is beside
    them in its unit. What is left empty is left as it is."""

    id = forms.CharField(max_length=40, widget=forms.HiddenInput)
    note = forms.CharField(max_length=MAX_STOCK_NOTE_LENGTH, required=False, label="Note")

    def __init__(self, data: Any, levels: Sequence[StockLevel], *, with_cost: bool = False) -> None:
        super().__init__(data, initial={"id": secrets.token_hex(8)})
        self.levels = levels
        for level in levels:
            if level.pack_size:
                packs = f"Packs of {stock.format_stock(level.pack_size, level.unit)}"
                self.fields[f"packs_{level.id}"] = AmountField(level.name, packs)
            self.fields[f"rest_{level.id}"] = AmountField(
                level.name, "ml" if level.unit == "ml" else "Pieces"
            )
            if with_cost and level.pack_size:
                self.fields[f"cost_{level.id}"] = MoneyField(
                    label="Cost of a pack", required=False, widget=forms.TextInput(attrs={"size": 8})
                )

    @property
    def rows(self) -> Iterator[SheetRow]:
        for level in self.levels:
            names = (f"{name}_{level.id}" for name in ("packs", "rest", "cost"))
            yield SheetRow(level, [self[name] for name in names if name in self.fields])

    def entries(self) -> list[StockEntry]:
        """Of the ingredients that have a number, after `is_valid`."""
        return [
            StockEntry(level.id, amount, self.cleaned_data.get(f"cost_{level.id}"))
            for level in self.levels
            if (amount := entered_amount(self.cleaned_data, level.pack_size, f"_{level.id}")) is not None
        ]


def entered_amount(cleaned: dict[str, Any], pack_size: Decimal | None, suffix: str = "") -> Decimal | None:
    """Packs and what is beside them, in the ingredient's unit; None where neither is filled in."""
    packs, rest = cleaned.get(f"packs{suffix}"), cleaned.get(f"rest{suffix}")
    if packs is None and rest is None:
        return None
    return ((packs or Decimal(0)) * (pack_size or Decimal(0)) + (rest or Decimal(0))).quantize(TENTH)


class LossForm(forms.Form):
    id = forms.CharField(max_length=40, widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label="What happened",
        choices=[
            (kind.value, kind.label.capitalize()) for kind in (Kind.WASTE, Kind.BREAKAGE, Kind.CORRECTION)
        ],
        help_text="A correction is added to what there is; with a minus before it, it is taken away.",
    )
    ingredient = forms.ModelChoiceField(Ingredient.objects.all())
    packs = AmountField("Packs", "Packs", is_signed=True)
    rest = AmountField("Millilitres or pieces", "Millilitres or pieces", is_signed=True)
    note = forms.CharField(max_length=MAX_STOCK_NOTE_LENGTH, label="How it came about")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        row = cleaned.get("ingredient")
        if row is None or {"packs", "rest"} & set(self.errors):
            return cleaned
        if cleaned.get("packs") and not row.pack_size:
            self.add_error("packs", f"Nobody has said how much a pack of {row.name} holds. Write the amount.")
        amount = entered_amount(cleaned, row.pack_size)
        if not amount:
            self.add_error("rest", "How much? Fill in packs, or the amount.")
        elif amount < 0 and cleaned.get("kind") != Kind.CORRECTION:
            self.add_error("rest", "Write it without a minus: it is taken away anyway.")
        cleaned["amount"] = amount
        return cleaned


@admin.register(StockMovement)
class StockMovementAdmin(ReadOnlyAdminMixin, ModelAdmin[StockMovement]):
    """The trail of all stock, which nobody can change: a mistake is corrected by one more movement."""

    list_display = ("made_at", "ingredient", "kind", "amount", "balance", "expected", "made_by", "note")
    list_filter = ("kind",)
    search_fields = ("ingredient__name", "note")
    list_select_related = ("ingredient", "made_by")
    date_hierarchy = "made_at"
    list_per_page = 50
    show_full_result_count = False
    change_list_template = "admin/bartender/stockmovement/change_list.html"
    exclude: ClassVar[tuple[str, ...]] = ("key",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[StockMovement]:
        return super().get_queryset(request).select_related("ingredient", "made_by", "ticket", "line")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("count/", view(self.count), name="bartender_stock_count"),
            path("delivery/", view(self.delivery), name="bartender_stock_delivery"),
            path("loss/", view(self.loss), name="bartender_stock_loss"),
            path("now/", view(self.now), name="bartender_stock_now"),
            path("use/", view(self.use), name="bartender_stock_use"),
            *super().get_urls(),
        ]

    def now(self, request: HttpRequest) -> HttpResponse:
        """What there is of everything, what runs low first."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        levels = stock.stock_levels()
        order = ("count", "out", "low", "")
        levels.sort(key=lambda level: (order.index(level.state), level.balance is None, level.name))
        return self._render(request, "now", "Stock now", levels=levels)

    def count(self, request: HttpRequest) -> HttpResponse:
        return self._sheet(request, "Count sheet", stock.enter_count, "Counted")

    def delivery(self, request: HttpRequest) -> HttpResponse:
        return self._sheet(request, "Delivery", stock.enter_delivery, "Delivered", is_delivery=True)

    def _sheet(
        self,
        request: HttpRequest,
        title: str,
        enter: Callable[[Sequence[StockEntry], User, str, str], int],
        done: str,
        *,
        is_delivery: bool = False,
    ) -> HttpResponse:
        self._check_takes_stock(request)
        with_cost = is_delivery and request.user.has_perm("bartender.add_ingredient")
        data = request.POST if request.method == "POST" else None
        form = SheetForm(data, stock.stock_levels(), with_cost=with_cost)
        if form.is_valid():
            entries = [one for one in form.entries() if one.amount or not is_delivery]
            if entries:
                many = enter(
                    entries, cast(User, request.user), form.cleaned_data["id"], form.cleaned_data["note"]
                )
                return self._done(request, f"{done}: {many} ingredient{'' if many == 1 else 's'}.", many)
            form.add_error(None, "No number was filled in, so nothing was saved.")
        return self._render(request, "sheet", title, form=form, is_delivery=is_delivery)

    def loss(self, request: HttpRequest) -> HttpResponse:
        self._check_takes_stock(request)
        data = request.POST if request.method == "POST" else None
        form = LossForm(data, initial={"id": secrets.token_hex(8)})
        if form.is_valid():
            given = form.cleaned_data
            entry, kind = StockEntry(given["ingredient"].pk, given["amount"]), Kind(given["kind"])
            many = stock.enter_loss(kind, entry, cast(User, request.user), given["id"], given["note"])
            return self._done(request, f"{kind.label.capitalize()}: {given['ingredient'].name}.", many)
        return self._render(request, "loss", "Waste, breakage, correction", form=form)

    def use(self, request: HttpRequest) -> HttpResponse:
        """Poured against sold, by business date."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = DateRangeForm.of(request)
        dates = read_dates(form)
        export = f"{reverse('admin:payments_zreport_export')}?what=stock_use&file_format=csv"
        return self._render(
            request,
            "use",
            "Poured against sold",
            form=form,
            uses=stock_use(dates),
            csv=f"{export}&first={dates.first}&last={dates.last}"
            if request.user.has_perm(EXPORT_PERMISSION)
            else "",
        )

    def _check_takes_stock(self, request: HttpRequest) -> None:
        if not request.user.has_perm(TAKE_STOCK_PERMISSION):
            raise PermissionDenied

    def _done(self, request: HttpRequest, words: str, many: int) -> HttpResponse:
        level = messages.SUCCESS if many else messages.INFO
        self.message_user(request, words if many else "That was saved already.", level)
        return HttpResponseRedirect(reverse("admin:bartender_stock_now"))

    def _render(self, request: HttpRequest, page: str, title: str, **more: Any) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "may_take_stock": request.user.has_perm(TAKE_STOCK_PERMISSION),
            **more,
        }
        return TemplateResponse(request, f"admin/bartender/stockmovement/{page}.html", context)
