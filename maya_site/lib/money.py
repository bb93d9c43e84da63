"""Integer cents everywhere, rates in basis points. No float ever touches an amount."""

from collections.abc import Sequence

BASIS = 10_000
MICROCENTS = 1_000_000  # in a cent: a language model's token costs some hundred of them


def share_bp(cents: int, rate_bp: int) -> int:
    """`rate_bp` basis points of a non-negative amount, rounded half up, once."""
    return (cents * rate_bp * 2 + BASIS) // (2 * BASIS)


def dollars(cents: int) -> str:
    """1300 -> "$13.00", -250 -> "-$2.50"."""
    sign = "-" if cents < 0 else ""
    return f"{sign}${abs(cents) // 100:,}.{abs(cents) % 100:02d}"


def fine_dollars(microcents: int) -> str:
    """1_234_000 -> "$0.0123": what a turn costs the house is less than a cent."""
    parts = (microcents * 2 + 10_000) // 20_000
    return f"${parts // 10_000:,}.{parts % 10_000:04d}"


def percent(rate_bp: int) -> str:
    """2000 -> "20%", 1250 -> "12.5%"."""
    whole, rest = divmod(rate_bp, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + "%" if rest else f"{whole}%"


def apportion(cents: int, weights: Sequence[int]) -> list[int]:
    """Parts that are in proportion to the weights and sum to exactly `cents`: what rounding down leaves over
    goes to the largest remainders, the first of equal ones. No weight at all: equal parts."""
    whole = sum(weights)
    if not whole:
        weights, whole = [1] * len(weights), len(weights)
    parts = [cents * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda at: -(cents * weights[at] % whole))
    for at in by_remainder[: cents - sum(parts)]:
        parts[at] += 1
    return parts
