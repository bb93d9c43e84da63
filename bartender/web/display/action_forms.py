"""Forms of what staff do to a tab on the bar display. The reasons are the chips that fit each act."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.contrib.auth.models import User

from bartender.errors import AmountChanged, AmountGivenMissing, NameMissing, NoSuchLine, ReasonMissing
from bartender.models.staff_actions import StaffAction
from bartender.models.visits import OrderLine
from bartender.services.bar_refunds import chosen_cents
from bartender.services.bar_settlement import CASH, BarPayment
from bartender.services.staff_actions import StaffActionRequest
from bartender.staff_errors import LinesOrAmount
from bartender.web.forms import IdempotentForm, OneLineField
from maya_site.core.currencies import get_currency
from maya_site.core.model_admin import ModelChoiceField
from maya_site.core.money import InvalidAmount, parse_minor_units
from payments.bar_payments import BAR_TENDERS
from payments.models import Payment, Tab
from payments.refunds import refundable_cents

Kind, Reason = StaffAction.Kind, StaffAction.Reason
REASON_CHIPS: dict[str, tuple[StaffAction.Reason, ...]] = {
    Kind.COMP_LINE: (Reason.KINDNESS, Reason.UNHAPPY, Reason.QUALITY, Reason.WAIT, Reason.SPILLED),
    Kind.VOID_LINE: (Reason.MISTAKE, Reason.SPILLED, Reason.QUALITY, Reason.WAIT, Reason.LEFT),
    Kind.VOID_TAB: (Reason.MISTAKE, Reason.LEFT, Reason.TILL),
    Kind.CLOSE: (Reason.KINDNESS, Reason.UNHAPPY),
    Kind.REFUND: (Reason.UNHAPPY, Reason.QUALITY, Reason.MISTAKE, Reason.TWICE, Reason.WAIT),
}
ON_ACCOUNT = "house"
MAX_MINOR_UNITS = 99_999_999
MAX_REFUNDED_LINES = 100


def reason_chips(kind: str) -> list[tuple[str, str]]:
    """The reasons for an act, as (value, label). “Other”, with a note, fits every act."""
    return [(reason.value, str(reason.label)) for reason in REASON_CHIPS[kind]]


def staff_members() -> Any:
    """Whoever may have served."""
    return User.objects.filter(is_active=True, is_staff=True).order_by("username")


class ActionForm(IdempotentForm):
    """`shown` is the amount on the button, in minor units. The id becomes the idempotency key."""

    shown = forms.IntegerField(min_value=0, max_value=MAX_MINOR_UNITS, required=False)
    reason = forms.ChoiceField(choices=Reason)
    note = OneLineField(160)

    @property
    def shown_cents(self) -> int | None:
        shown: int | None = self.cleaned_data["shown"]
        return shown

    def build_request(
        self,
        kind: str,
        tab: Tab,
        *,
        line: OrderLine | None = None,
        units: int | None = None,
        cents: int | None = None,
        shown: int | None = None,
    ) -> StaffActionRequest:
        """Raises ReasonMissing for “other” without words."""
        if self.cleaned_data["reason"] == Reason.OTHER and not self.cleaned_data["note"]:
            raise ReasonMissing
        return StaffActionRequest(
            kind=kind,
            tab=tab,
            reason=self.cleaned_data["reason"],
            note=self.cleaned_data["note"],
            line=line,
            units=units,
            cents=cents,
            tip_recipient=self.cleaned_data.get("person"),
            shown_cents=shown,
        )


class VoidLineForm(ActionForm):
    units = forms.IntegerField(min_value=1, max_value=100)


class TipForForm(ActionForm):
    person = ModelChoiceField(queryset=User.objects.none(), to_field_name="username", required=False)
    reason = forms.ChoiceField(choices=Reason, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = staff_members()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        return (super().clean() or {}) | {"reason": Reason.SERVED}


class RefundForm(ActionForm):
    """Ticked lines by number, or an amount; neither gives back all that is left of the payment, which is
    `shown`."""

    payment = forms.RegexField(r"^[0-9a-f]{32}$")
    amount = OneLineField(12)
    line = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def __init__(self, data: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(data, *args, **kwargs)
        numbers = [one for one in data.getlist("line") if one.isdecimal()][:MAX_REFUNDED_LINES]
        self.fields["line"].choices = [(one, one) for one in numbers]  # type: ignore[attr-defined]

    def build_refund(self, tab: Tab, payment: Payment) -> StaffActionRequest:
        """Raises LinesOrAmount for both at once, NoSuchLine, InvalidAmount, ReasonMissing, and AmountChanged
        if something else is left of the payment than was shown."""
        typed, numbers = typed_cents(self.cleaned_data["amount"], tab.currency), self.cleaned_data["line"]
        if typed is not None and numbers:
            raise LinesOrAmount
        cents = typed
        if numbers and (cents := chosen_cents(tab, numbers)) is None:
            raise NoSuchLine
        if cents is None:
            cents = refundable_cents(payment)
            if cents != self.shown_cents:
                raise AmountChanged(self.shown_cents or 0, cents)
        return replace(self.build_request(Kind.REFUND, tab, cents=cents), payment=payment)


class SettleForm(IdempotentForm):
    """One button says with what: `cash` with the amount that was handed over, or `tender`."""

    shown = forms.IntegerField(min_value=1, max_value=MAX_MINOR_UNITS)
    cash = forms.IntegerField(min_value=1, max_value=MAX_MINOR_UNITS, required=False)
    tender = forms.ChoiceField(choices=[(name, name) for name in BAR_TENDERS], required=False)
    given = OneLineField(12)
    tip = OneLineField(12)
    rest = forms.BooleanField(required=False)
    note = OneLineField(160)

    def build_payment(self, currency: str) -> BarPayment:
        """Raises InvalidAmount for an amount that the currency does not have."""
        given = self.cleaned_data
        tender = CASH if given["cash"] is not None else given["tender"] or CASH
        if tender == ON_ACCOUNT and not given["note"]:
            raise NameMissing
        received = given["cash"]
        if tender == CASH and received is None:
            received = typed_cents(given["given"], currency)
        if tender == CASH and received is None:
            raise AmountGivenMissing
        return BarPayment(
            tender=tender,
            shown_cents=given["shown"],
            received_cents=received,
            tip_cents=typed_cents(given["tip"], currency),
            rest_is_tip=given["rest"],
            note=given["note"] if tender == ON_ACCOUNT else "",
        )


def typed_cents(text: str, currency: str) -> int | None:
    """Minor units; None where nothing was typed. Raises InvalidAmount."""
    if not text:
        return None
    cents = parse_minor_units(text, currency)
    if not 0 <= cents <= MAX_MINOR_UNITS:
        raise InvalidAmount(get_currency(currency))
    return cents
