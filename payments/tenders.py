"""What a guest can pay with, in the words that receipts and reports use for it."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from maya_site.core.providers import find_provider
from payments.providers.base import PaymentProviderSpec

BAR_TENDER_LABELS = {
    "bar_cash": gettext_noop("cash"),
    "bar_card": gettext_noop("card at the bar"),
    "bar_house": gettext_noop("house account"),
}


def tender_label(provider: str) -> str:
    if spec := find_provider(PaymentProviderSpec, provider):
        return _(spec.tender)
    return _(BAR_TENDER_LABELS[provider]) if provider in BAR_TENDER_LABELS else provider
