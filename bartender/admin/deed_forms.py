"""What a person behind the bar fills in for a deed: only what that kind of deed needs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User

from bartender.admin.fields import DollarsField
from bartender.records.deeds import StaffDeed
from bartender.records.visits import OrderLine
from bartender.services.orders import live_lines
from bartender.services.staff_deeds import MAY, Wish
from maya_site.lib.admin import ModelChoiceField
from maya_site.lib.money import dollars, share_bp
from payments import drawer, refunds, tenders
from payments.models import Payment, Tab

Kind = StaffDeed.Kind
FIELDS: dict[str, tuple[str, ...]] = {
    Kind.VOID_LINE: ("line", "units"),
    Kind.VOID_TAB: (),
    Kind.COMP_LINE: ("line", "percent", "amount"),
    Kind.COMP_TAB: ("percent", "amount"),
    Kind.REFUND: ("payment", "amount"),
    Kind.TENDER: ("tender",),
    Kind.CLOSE: (),
    Kind.TIP_FOR: ("person",),
}


class LineField(ModelChoiceField[OrderLine]):
    def label_from_instance(self, line: Any) -> str:
        made = f" ({', '.join(line.modifiers)})" if line.modifiers else ""
        return f"{line.quantity} × {line.name}{made}, {dollars(worth(line))}"


class PaymentField(ModelChoiceField[Payment]):
    def label_from_instance(self, payment: Any) -> str:
        left = refunds.left_of(payment)
        return (
            f"{tenders.in_words(payment.provider)}, {dollars(left)} of {dollars(payment.amount_cents)} left"
        )


def worth(line: OrderLine) -> int:
    """What is left to pay of a line."""
    return line.quantity * line.unit_cents - line.comped_cents


class DeedForm(forms.Form):
    """Its id is made with the page, so that sending it twice is one deed."""

    id = forms.RegexField(r"^[A-Za-z0-9_-]{8,64}$", widget=forms.HiddenInput)
    line = LineField(queryset=OrderLine.objects.none(), label="Which drink")
    units = forms.IntegerField(min_value=1, max_value=100, initial=1, label="How many")
    payment = PaymentField(queryset=Payment.objects.none(), label="Which payment")
    percent = forms.IntegerField(min_value=1, max_value=100, required=False, help_text="Or an amount.")
    amount = DollarsField(required=False, help_text="In dollars, such as 12.50.")
    tender = forms.ChoiceField(
        choices=[(name, tenders.in_words(f"bar_{name}")) for name in drawer.TENDERS], label="Paid by"
    )
    person = forms.ChoiceField(label="The tip is for")
    reason = forms.ChoiceField(choices=StaffDeed.Reason.choices)
    note = forms.CharField(max_length=160, required=False, help_text="In your own words.")

    def __init__(self, kind: str, tab: Tab, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.tab = kind, tab
        for name in {name for names in FIELDS.values() for name in names} - set(FIELDS[kind]):
            del self.fields[name]
        if "line" in self.fields:
            self.fields["line"].queryset = live_lines(tab)  # type: ignore[attr-defined]
        if "payment" in self.fields:
            paid = tab.payments.filter(status=Payment.Status.SUCCEEDED)
            self.fields["payment"].queryset = paid  # type: ignore[attr-defined]
        if "person" in self.fields:
            self.fields["person"].choices = _people()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("reason") == StaffDeed.Reason.OTHER and not given.get("note"):
            self.add_error("note", "Say what it was.")
        if self.kind in (Kind.COMP_LINE, Kind.COMP_TAB, Kind.REFUND) and not self.errors:
            given["cents"] = self._cents(given)
        return given

    def _cents(self, given: dict[str, Any]) -> int:
        percent, amount = given.get("percent"), given.get("amount")
        if (percent is None) == (amount is None):
            raise forms.ValidationError("One of the two: how much, or which percentage.")
        most = self._most(given)
        cents = share_bp(most, percent * 100) if percent is not None else int(amount or 0)
        if not 0 < cents <= most:
            raise forms.ValidationError(f"It can be at most {dollars(most)}, and more than nothing.")
        return cents

    def _most(self, given: dict[str, Any]) -> int:
        if self.kind == Kind.REFUND:
            return refunds.left_of(given["payment"])
        return worth(given["line"]) if self.kind == Kind.COMP_LINE else self.tab.net_cents

    def wish(self) -> Wish:
        given = self.cleaned_data
        return Wish(
            kind=self.kind,
            tab=self.tab,
            reason=given["reason"],
            note=given["note"],
            line=given.get("line"),
            payment=given.get("payment"),
            units=given.get("units"),
            cents=given.get("cents"),
            word=given.get("tender") or given.get("person") or "",
        )


def _people() -> list[tuple[str, str]]:
    """Whoever works here may have served; the pool is everybody's."""
    names = User.objects.filter(is_active=True, is_staff=True).values_list("username", flat=True)
    return [("house", "the house pool"), *((name, name) for name in names.order_by("username"))]


def offered(tab: Tab, person: Any) -> list[tuple[str, str]]:
    """The deeds that make sense on a tab as it is, and that this person may do."""
    live, something = tab.status in Tab.LIVE, bool(tab.units)
    fits = {
        Kind.VOID_LINE: live and something,
        Kind.VOID_TAB: live and something and not tab.paid_cents,
        Kind.COMP_LINE: live and tab.net_cents > 0,
        Kind.COMP_TAB: live and tab.net_cents > 0,
        Kind.TENDER: live and tab.due_cents > 0,
        Kind.CLOSE: live and something and not tab.due_cents,
        Kind.TIP_FOR: tab.status != Tab.Status.VOIDED and tab.tip_cents > 0,
        Kind.REFUND: tab.status == Tab.Status.PAID and tab.paid_cents > tab.refunded_cents,
    }
    return [(kind.value, str(kind.label)) for kind, fit in fits.items() if fit and person.has_perm(MAY[kind])]
