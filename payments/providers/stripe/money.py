"""Amounts as Stripe counts them, which is not ISO 4217 throughout, and the least that it charges.

https://docs.stripe.com/currencies: zero-decimal and three-decimal currencies, special cases, minimum charge
amounts. A currency that is not in the table of minimums has one all the same, the equal of half a dollar
where the account's bank is: that is known only when Stripe refuses.
"""

from __future__ import annotations

from maya_site.core.currencies import get_currency, is_currency

ZERO_DECIMAL = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF")
)
THREE_DECIMAL = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])
# In units of the currency's own smallest coin.
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
    """Our minor units as Stripe counts them. Raises ValueError for amounts that Stripe cannot express;
    `amount_step` says which it can."""
    if minor_units % amount_step(code):
        raise ValueError(f"{minor_units} {code} is finer than Stripe counts")
    shift = stripe_decimal_places(code) - get_currency(code).decimal_places
    return minor_units * _power_of_ten(shift) if shift >= 0 else minor_units // _power_of_ten(-shift)


def from_stripe(amount: int, code: str) -> int:
    """Stripe's amount in our minor units. Of an unknown currency it is returned as it is; it then differs
    from ours."""
    if not is_currency(code):
        return amount
    shift = get_currency(code).decimal_places - stripe_decimal_places(code)
    return amount * _power_of_ten(shift) if shift >= 0 else amount // _power_of_ten(-shift)


def _power_of_ten(power: int) -> int:
    return int(10**power)


def amount_step(code: str) -> int:
    """Amounts are multiples of it: of three decimals Stripe's last digit is always zero."""
    if code in THREE_DECIMAL:
        return 10
    finer = get_currency(code).decimal_places - stripe_decimal_places(code)
    return 10**finer if finer > 0 else 1


def min_charge(code: str) -> int:
    """The smallest amount that a card is charged, in minor units; 1 if the table does not say."""
    return max(MIN_CHARGE.get(code, 1), amount_step(code))
