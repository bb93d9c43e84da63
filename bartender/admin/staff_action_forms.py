"""The form for a staff action: it has only the fields that the kind of action needs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import QuerySet

from bartender.admin.fields import MoneyField
from bartender.models.staff_actions import StaffAction
from bartender.models.visits import OrderLine
from bartender.services.orders import live_lines
from bartender.services.staff_actions import StaffActionRequest, unpaid_cents
from maya_site.core.model_admin import ModelChoiceField
from maya_site.core.money import apply_rate_bp, format_money
from payments import bar_payments, refunds, tenders
from payments.models import Payment, Tab

ActionKind, Reason = StaffAction.Kind, StaffAction.Reason
FIELDS_BY_KIND: dict[str, tuple[str, ...]] = {
    ActionKind.VOID_LINE: ("line", "units"),
    ActionKind.VOID_TAB: (),
    ActionKind.COMP_LINE: ("line", "percent", "amount"),
    ActionKind.COMP_TAB: ("percent", "amount"),
    ActionKind.REFUND: ("payment", "amount"),
    ActionKind.TENDER: ("tender",),
    ActionKind.CLOSE: (),
    ActionKind.TIP_FOR: ("person",),
}


# Nothing is chosen beforehand: what stands in the record was meant by somebody.
UNCHOSEN = [("", "Choose one")]
# What a tab is settled with at the bar is no correction; the others are for what went wrong.
TENDER_REASONS = (Reason.AT_BAR, Reason.TILL, Reason.OTHER)
CORRECTION_REASONS = tuple(one for one in Reason if one not in (Reason.AT_BAR, Reason.SERVED))
TIP_REASONS = (Reason.SERVED, *CORRECTION_REASONS)


class OrderLineField(ModelChoiceField[OrderLine]):
    def label_from_instance(self, line: Any) -> str:
        made = f" ({', '.join(line.modifiers)})" if line.modifiers else ""
        return f"{line.quantity} × {line.name}{made}, {format_money(unpaid_cents(line), line.tab.currency)}"


class PaymentField(ModelChoiceField[Payment]):
    def label_from_instance(self, payment: Any) -> str:
        left = refunds.refundable_cents(payment)
        of = payment.currency
        amount = format_money(payment.amount_cents, of)
        return f"{tenders.tender_label(payment.provider)}, {format_money(left, of)} of {amount} left"


def _reason_choices(kind: str) -> list[tuple[str, str]]:
    special = {ActionKind.TENDER.value: TENDER_REASONS, ActionKind.TIP_FOR.value: TIP_REASONS}
    reasons = special.get(kind, CORRECTION_REASONS)
    return [(one.value, str(one.label)) for one in reasons]


class StaffActionForm(forms.Form):
    """The hidden id is made with the page and becomes the idempotency key, so a form sent twice acts once."""

    id = forms.RegexField(r"^[A-Za-z0-9_-]{8,64}$", widget=forms.HiddenInput)
    line = OrderLineField(queryset=OrderLine.objects.none(), label="Which drink")
    units = forms.IntegerField(min_value=1, max_value=100, initial=1, label="How many")
    payment = PaymentField(queryset=Payment.objects.none(), label="Which payment")
    percent = forms.IntegerField(min_value=1, max_value=100, required=False, help_text="Or an amount.")
    amount = MoneyField(required=False, help_text="Such as 12.50.")
    tender = forms.ChoiceField(
        choices=UNCHOSEN + [(name, tenders.tender_label(f"bar_{name}")) for name in bar_payments.BAR_TENDERS],
        label="Paid by",
    )
    # Any active member of staff may have served; empty is the house pool.
    person = ModelChoiceField(
        queryset=User.objects.filter(is_active=True, is_staff=True).order_by("username"),
        to_field_name="username",
        required=False,
        empty_label="the house pool",
        label="The tip is for",
    )
    reason = forms.ChoiceField()
    note = forms.CharField(max_length=160, required=False, help_text="In your own words.")

    def __init__(self, kind: str, tab: Tab, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.tab = kind, tab
        self.fields["amount"].code = tab.currency  # type: ignore[attr-defined]
        for name in {name for names in FIELDS_BY_KIND.values() for name in names} - set(FIELDS_BY_KIND[kind]):
            del self.fields[name]
        self.fields["reason"].choices = UNCHOSEN + _reason_choices(kind)  # type: ignore[attr-defined]
        self._set_choices("line", live_lines(tab).select_related("tab"))
        self._set_choices("payment", tab.payments.filter(status=Payment.Status.SUCCEEDED))

    def _set_choices(self, name: str, rows: QuerySet[Any]) -> None:
        """Preselects the only choice where there is just one."""
        field: Any = self.fields.get(name)
        if field is None:
            return
        field.queryset = rows
        if len(rows[:2]) == 1:
            field.empty_label = None

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("reason") == Reason.OTHER and not given.get("note"):
            self.add_error("note", "Say what it was.")
        if self.kind in (ActionKind.COMP_LINE, ActionKind.COMP_TAB, ActionKind.REFUND) and not self.errors:
            given["cents"] = self._parse_cents(given)
        return given

    def _parse_cents(self, given: dict[str, Any]) -> int:
        percent, amount = given.get("percent"), given.get("amount")
        if (percent is None) == (amount is None):
            raise forms.ValidationError("One of the two: how much, or which percentage.")
        most = self._max_cents(given)
        cents = apply_rate_bp(most, percent * 100) if percent is not None else int(amount or 0)
        of = self.tab.currency
        if not 0 < cents <= most:
            raise forms.ValidationError(f"It can be at most {format_money(most, of)}, and more than nothing.")
        return cents

    def _max_cents(self, given: dict[str, Any]) -> int:
        if self.kind == ActionKind.REFUND:
            return refunds.refundable_cents(given["payment"])
        return unpaid_cents(given["line"]) if self.kind == ActionKind.COMP_LINE else self.tab.net_cents

    def build_request(self) -> StaffActionRequest:
        given = self.cleaned_data
        return StaffActionRequest(
            kind=self.kind,
            tab=self.tab,
            reason=given["reason"],
            note=given["note"],
            line=given.get("line"),
            payment=given.get("payment"),
            units=given.get("units"),
            cents=given.get("cents"),
            tender=given.get("tender") or "",
            tip_recipient=given.get("person"),
        )
