"""How amounts read on a page. The same words as in Maya's mouth."""

from django import template

from maya_site.lib import money
from payments import tenders

register = template.Library()
register.filter("dollars", money.dollars)
register.filter("fine_dollars", money.fine_dollars)
register.filter("percent", money.percent)
register.filter("tender", tenders.in_words)


@register.filter
def basis(percent: int) -> int:
    """15 -> 1500 basis points."""
    return percent * money.BASIS // 100
