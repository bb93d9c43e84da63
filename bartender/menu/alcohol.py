"""Grams of ethanol: what a millilitre weighs, and how much a day's policy allows."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

ETHANOL_GRAMS_PER_ML = Decimal("0.789")
ZERO_GRAMS = Decimal(0)
TRACE_GRAMS = Decimal("0.1")  # grams in a drink whose only alcohol has no measure: a dash of bitters


@dataclass(frozen=True)
class ServingLimits:
    """The limits of a day's serving policy, in grams of ethanol within `window_minutes`."""

    window_minutes: int
    soft_grams: Decimal
    staff_grams: Decimal
    limit_grams: Decimal
    age_check: str  # none, declared, staff
    legal_age: int
