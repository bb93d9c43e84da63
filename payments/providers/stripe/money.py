"""Converts amounts to and from Stripe's units, which differ from ISO 4217, and knows its minimum charges.

https://docs.stripe.com/currencies: zero-decimal and three-decimal currencies, special cases, minimum charge
amounts. A currency that is not in the table has a minimum too, worth half a dollar in the account's
settlement currency; that is only known when Stripe refuses.
"""

from __future__ import annotations

from maya_site.core.currencies import get_currency, is_currency

ZERO_DECIMAL = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF")
)
THREE_DECIMAL = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])
# In minor units.
MIN_CHARGE = {
    **dict.fromkeys(("AUD", "BRL", "CAD", "CHF", "EUR", "INR", "JPY", "NZD", "SGD", "USD"), 50),
    **dict.fromkeys(("AED", "MYR", "PLN", "RON"), 200),
    **dict.fromkeys(("NOK", "SEK"), 300),
    **dict.fromkeys(("MXN", "THB"), 1_000),
    "BGN": 100,
    "CZK": 1_500,
    "DKK": 250,
    "GBP": 30,
    "HKD": 400,
    "HUF": 17_500,
}


def stripe_decimal_places(code: str) -> int:
    if code in ZERO_DECIMAL:
        return 0
    return 3 if code in THREE_DECIMAL else 2


def to_stripe(minor_units: int, code: str) -> int:
    """Our minor units in Stripe's. Raises ValueError unless it is a multiple of `amount_step`."""
    if minor_units % amount_step(code):
        raise ValueError(f"{minor_units} {code} is finer than Stripe counts")
    shift = stripe_decimal_places(code) - get_currency(code).decimal_places
    return minor_units * _power_of_ten(shift) if shift >= 0 else minor_units // _power_of_ten(-shift)


def from_stripe(amount: int, code: str) -> int:
    """Stripe's amount in our minor units; unchanged if the currency is unknown, so that it will not match."""
    if not is_currency(code):
        return amount
    shift = get_currency(code).decimal_places - stripe_decimal_places(code)
    return amount * _power_of_ten(shift) if shift >= 0 else amount // _power_of_ten(-shift)


def _power_of_ten(power: int) -> int:
    return int(10**power)


def amount_step(code: str) -> int:
    """Stripe's amounts in minor units are multiples of this: three-decimal ones must end in a zero."""
    if code in THREE_DECIMAL:
        return 10
    finer = get_currency(code).decimal_places - stripe_decimal_places(code)
    return 10**finer if finer > 0 else 1


def min_charge(code: str) -> int:
    """The smallest amount that a card is charged, in minor units; the step if the table has none."""
    return max(MIN_CHARGE.get(code, 1), amount_step(code))
