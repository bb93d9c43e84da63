"""What each tool takes: all that a brain can ask for. No price, no tab, no guest is in any of them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StringConstraints, model_validator

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Units = Annotated[StrictInt, Field(ge=1, le=99)]
LineNumber = Annotated[StrictInt, Field(ge=1, le=9_999, description="The line's number, from get_order")]


class Asked(BaseModel):
    """Unknown fields are refused, not ignored: a brain that sends a price must learn that it has no say."""

    model_config = ConfigDict(extra="forbid", str_max_length=200)


class GetMenu(Asked):
    """Read the menu with prices, what is sold out, and what each drink comes with."""

    category: Name | None = None


class GetRecommendation(Asked):
    """Drinks that fit what the guest is in the mood for. Adds nothing."""

    preference: Name | None = Field(
        default=None, description="fruity, classy, strong, burning, sobering, ..."
    )


class AddToOrder(Asked):
    """Put a drink on the guest's tab. Only after the guest has asked for it."""

    item: Name = Field(description="Name as written on the menu")
    quantity: Units = 1
    modifiers: list[Name] = Field(default_factory=list, max_length=8)


class ChangeOrderLine(Asked):
    """Change a line that is on the tab: how many, how it is made, or into another drink."""

    line: LineNumber
    quantity: Units | None = Field(default=None, description="The line's new quantity")
    item: Name | None = Field(default=None, description="Another drink instead")
    modifiers: list[Name] | None = Field(default=None, max_length=8, description="All modifiers it has then")
    units: Units | None = Field(default=None, description="How many of the line to change; all if empty")

    @model_validator(mode="after")
    def _one_change(self) -> ChangeOrderLine:
        made_anew = self.item is not None or self.modifiers is not None
        if made_anew == (self.quantity is not None):
            raise ValueError("give either a quantity, or an item and modifiers")
        return self


class RemoveFromOrder(Asked):
    """Take a line, or some units of it, off the tab."""

    line: LineNumber
    quantity: Units | None = Field(default=None, description="How many to take off; all if empty")


class Nothing(Asked):
    """Takes nothing."""


class ClearOrder(Nothing):
    """Take everything off the tab that the bar has not begun."""


class GetOrder(Nothing):
    """The lines on the tab, with their numbers."""


class PlaceOrder(Nothing):
    """Send the open lines to the bar as one ticket."""


class GetBill(Nothing):
    """What the tab comes to: lines, tax, tip, total, what is due."""


class GetBalance(Nothing):
    """What is left of the guest's play money."""


class SetTip(Asked):
    """Set the tip the guest named: a percentage of the drinks, or an amount. It replaces any earlier tip."""

    percent: float | None = Field(default=None, ge=0, le=100, allow_inf_nan=False)
    cents: Annotated[StrictInt, Field(ge=0, le=10_000_000)] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> SetTip:
        if (self.percent is None) == (self.cents is None):
            raise ValueError("give either percent or cents")
        return self


class GetTip(Nothing):
    """The tip as it is."""


class CreatePayment(Nothing):
    """Show the guest the bill to confirm. It moves no money."""


class CheckPaymentStatus(Nothing):
    """Whether the bill was paid."""


class Recall(Asked):
    """Look up what the house knows: stories, house rules, opening hours."""

    question: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
