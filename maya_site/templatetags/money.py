"""How amounts read on a page. The same words as in Maya's mouth."""

from django import template

from maya_site.core import money
from maya_site.core.currencies import get_currency
from payments import tenders

register = template.Library()
register.filter("dollars", money.format_money)
register.filter("fine_dollars", money.format_cost)
register.filter("percent", money.format_percent)
register.filter("milli_percent", money.format_milli_percent)
register.filter("tender", tenders.tender_label)


@register.filter
def sign(code: str) -> str:
    """USD -> "$": what stands before a field that an amount is typed into."""
    return get_currency(code).prefix


@register.filter
def places(code: str) -> int:
    return get_currency(code).decimal_places


@register.filter
def negative(cents: int) -> int:
    return -cents


@register.filter
def basis(percent: int) -> int:
    """15 -> 1500 basis points."""
    return percent * money.BASIS_POINTS_SCALE // 100
