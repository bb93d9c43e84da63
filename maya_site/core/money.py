"""Integer minor units everywhere, rates in basis points or, for tax, in thousandths of a percent. No float
ever touches an amount.

How many minor units make one of a currency is the currency's: a cent, a yen, a fils. What is called `cents`
in names are these units.
"""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from maya_site.core.currencies import Currency, get_currency
from maya_site.core.errors import Refusal
from maya_site.core.venue import venue_currency

BASIS_POINTS_SCALE = 10_000
MILLI_PERCENT_SCALE = 100_000  # thousandths of a percent in the whole
MICROCENTS_PER_CENT = 1_000_000  # in a cent: a language model's token costs some hundred of them
# What vendors of language and voice are paid in, whatever the bar sells in.
COST_CURRENCY = "USD"


class InvalidAmount(Refusal):
    """What was typed is no amount of that currency."""

    def __init__(self, of: Currency) -> None:
        example = format_plain_amount(1250, of.code)
        super().__init__(_("An amount is written like %(example)s.") % {"example": example})


def apply_rate_bp(cents: int, rate_bp: int) -> int:
    """`rate_bp` basis points of a non-negative amount, rounded half up, once."""
    return (cents * rate_bp * 2 + BASIS_POINTS_SCALE) // (2 * BASIS_POINTS_SCALE)


def apply_rate_milli_percent(cents: int, rate: int) -> int:
    """`rate` thousandths of a percent (8875: 8.875 %) of a non-negative amount, rounded half up, once."""
    return (cents * rate * 2 + MILLI_PERCENT_SCALE) // (2 * MILLI_PERCENT_SCALE)


def included_tax_milli_percent(cents: int, rate: int) -> int:
    """The part of a non-negative amount that is tax of `rate` thousandths of a percent, rounded half up."""
    total = MILLI_PERCENT_SCALE + rate
    return (cents * rate * 2 + total) // (2 * total)


def format_money(cents: int, code: str = "") -> str:
    """An amount as people read it: 1300 -> "$13.00" in a bar that sells in dollars, "¥1,300" in one that
    sells in yen. `code` where the row has a currency of its own; else the venue's."""
    return (get_currency(code) if code else venue_currency()).format_minor_units(cents)


def format_plain_amount(cents: int, code: str = "") -> str:
    """Without a sign, as it is typed into a field: 1250 -> "12.50", or "1250" where there are no decimals."""
    of = get_currency(code) if code else venue_currency()
    major, rest = divmod(cents, of.minor_units_per_unit)
    return f"{major}.{rest:0{of.decimal_places}d}" if of.decimal_places else str(major)


def parse_minor_units(amount: Decimal | str, code: str = "") -> int:
    """What was typed or written in a file, in minor units: "12.50" -> 1250. Raises InvalidAmount for what is
    no amount, or finer than the currency's smallest coin."""
    of = get_currency(code) if code else venue_currency()
    try:
        exact = Decimal(amount) * of.minor_units_per_unit
    except InvalidOperation:
        raise InvalidAmount(of) from None
    if not exact.is_finite() or exact != exact.to_integral_value():
        raise InvalidAmount(of)
    return int(exact)


def format_cost(microcents: int) -> str:
    """1_234_000 -> "$0.0123": what a turn costs the bar is less than a cent. Vendors bill in dollars."""
    parts = (microcents * 2 + 10_000) // 20_000
    return f"${parts // 10_000:,}.{parts % 10_000:04d}"


def resolve_milli_percent(milli: int | None, rate_bp: int) -> int:
    """A rate in thousandths of a percent from its two columns. The older one, in basis points, is kept in
    step and read by the release before; where it says something else it was written last, and counts."""
    return milli if milli is not None and to_basis_points(milli) == rate_bp else rate_bp * 10


def to_basis_points(milli: int) -> int:
    return (milli + 5) // 10


def format_percent(rate_bp: int) -> str:
    """2000 -> "20%", 1250 -> "12.5%"."""
    return format_milli_percent(rate_bp * 10)


def format_milli_percent(rate: int) -> str:
    """8875 -> "8.875%", 20_000 -> "20%"."""
    units, rest = divmod(rate, 1_000)
    return f"{units}.{rest:03d}".rstrip("0").rstrip(".") + "%" if rest else f"{units}%"


def apportion(cents: int, weights: Sequence[int]) -> list[int]:
    """Parts that are in proportion to the weights and sum to exactly `cents`: what rounding down leaves over
    goes to the largest remainders, the first of equal ones. No weight at all: equal parts."""
    total = sum(weights)
    if not total:
        weights, total = [1] * len(weights), len(weights)
    parts = [cents * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda at: -(cents * weights[at] % total))
    for at in by_remainder[: cents - sum(parts)]:
        parts[at] += 1
    return parts
