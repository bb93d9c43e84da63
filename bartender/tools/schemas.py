"""The arguments of each tool. None has a price, a tab or a guest: a brain has no say in those.

A class's docstring is the description of its tool in the prompt, so to change one is to change the prompt.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    StringConstraints,
    model_validator,
)


def _parse_integer(value: Any) -> Any:
    """Models also write 2 as 2.0 and as "2". Raises ValueError for anything that is not a whole number."""
    if isinstance(value, str) and re.fullmatch(r"\s*(?:0|[1-9]\d{0,8})(?:\.0{1,9})?\s*", value, re.ASCII):
        return int(float(value))
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e9:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError("give a whole number in figures, like 2")


def _parse_number(value: Any) -> Any:
    """Also takes a number as text. Raises ValueError for anything else; True is not one percent."""
    if isinstance(value, str) and re.fullmatch(r"\s*(?:0|[1-9]\d{0,8})(?:\.\d{1,9})?\s*", value, re.ASCII):
        return float(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise ValueError("give a number in figures, like 15")


Integer = Annotated[StrictInt, BeforeValidator(_parse_integer)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Units = Annotated[Integer, Field(ge=1, le=99)]
LineNumber = Annotated[Integer, Field(ge=1, le=9_999, description="The line's number, from get_order")]


class ToolArguments(BaseModel):
    """Unknown fields are refused, not ignored: a brain that sends a price must learn that it has no say in
    it."""

    model_config = ConfigDict(extra="forbid", str_max_length=200)

    @model_validator(mode="before")
    @classmethod
    def _left_out(cls, given: Any) -> Any:
        """A field that is given as null counts as not given."""
        return (
            {name: one for name, one in given.items() if one is not None}
            if isinstance(given, dict)
            else given
        )


class GetMenu(ToolArguments):
    """Read the menu with prices, what is sold out, and what each drink comes with."""

    category: Name | None = None


class GetRecommendation(ToolArguments):
    """Drinks that fit what the guest is in the mood for. Adds nothing."""

    preference: Name | None = Field(
        default=None, description="fruity, classy, strong, burning, sobering, ..."
    )


class AddToOrder(ToolArguments):
    """Put a drink on the guest's tab. Only after the guest has asked for it."""

    item: Name = Field(description="Name as written on the menu")
    quantity: Units = 1
    modifiers: list[Name] = Field(default_factory=list, max_length=8)


class ChangeOrderLine(ToolArguments):
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


class RemoveFromOrder(ToolArguments):
    """Take a line, or some units of it, off the tab."""

    line: LineNumber
    quantity: Units | None = Field(default=None, description="How many to take off; all if empty")


class NoArguments(ToolArguments):
    """Takes nothing."""


class ClearOrder(NoArguments):
    """Take everything off the tab that the bar has not begun."""


class GetOrder(NoArguments):
    """The lines on the tab, with their numbers."""


class PlaceOrder(NoArguments):
    """Send the open lines to the bar as one ticket."""


class GetBill(NoArguments):
    """What the tab comes to: lines, tax, tip, total, what is due."""


class GetBalance(NoArguments):
    """What is left of the guest's play money."""


class SetTip(ToolArguments):
    """Set the tip the guest named: a percentage of the drinks, or an amount. It replaces any earlier tip."""

    percent: (
        Annotated[float, BeforeValidator(_parse_number), Field(ge=0, le=100, allow_inf_nan=False)] | None
    ) = None
    cents: Annotated[Integer, Field(ge=0, le=10_000_000)] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> SetTip:
        if (self.percent is None) == (self.cents is None):
            raise ValueError("give either percent or cents")
        return self


class GetTip(NoArguments):
    """The tip as it is."""


class CreatePayment(NoArguments):
    """Show the guest the bill to confirm. It moves no money."""


class CheckPaymentStatus(NoArguments):
    """Whether the bill was paid."""


class Recall(ToolArguments):
    """Look up what the house knows: stories, house rules, opening hours."""

    question: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
