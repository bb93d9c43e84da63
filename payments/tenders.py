"""What a guest can pay with, in the words that receipts and reports use for it."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

WORDS = {
    "simulated": gettext_noop("play money"),
    "stripe": gettext_noop("card"),
    "stripe_mcp": gettext_noop("card by link"),
    "bar_cash": gettext_noop("cash"),
    "bar_card": gettext_noop("card at the bar"),
    "bar_house": gettext_noop("house account"),
}


def in_words(provider: str) -> str:
    return _(WORDS[provider]) if provider in WORDS else provider
