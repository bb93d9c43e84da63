"""What a receipt says, and sending it to an address that is forgotten afterwards."""

from __future__ import annotations

import hashlib
import hmac
import smtplib
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from bartender.errors import NoMailServer
from bartender.records.mails import ReceiptMail
from bartender.records.menu import Venue
from bartender.records.visits import Visit
from bartender.services.bills import bill_of_tab
from maya_site.jobs.outbox import enqueue
from maya_site.lib.db import committed
from maya_site.lib.errors import ProviderDown
from payments.models import Payment, Refund, Tab

KEPT_UNSENT = timedelta(days=1)
MAIL = "mail_receipt"


def receipt_of(tab: Tab) -> dict[str, Any]:
    """The trail of a tab: what was had, what the house gave, what was paid and what went back."""
    return {
        "bill": bill_of_tab(tab),
        "tab": tab,
        "payments": tab.payments.filter(status=Payment.Status.SUCCEEDED).order_by("id"),
        "refunds": Refund.objects.counted().filter(payment__tab=tab).order_by("id"),
    }


def can_mail() -> bool:
    return bool(settings.EMAIL_URL)


@committed
def mail(tab: Tab, address: str) -> None:
    """Once to each address: the same receipt asked for again is on its way already."""
    if not can_mail():
        raise NoMailServer
    key = hmac.new(settings.SECRET_KEY.encode(), f"{tab.code} {address.lower()}".encode(), hashlib.sha256)
    row, made = ReceiptMail.objects.get_or_create(
        key=key.hexdigest(), defaults={"tab": tab, "address": address}
    )
    if made:
        enqueue(MAIL, f"receipt:{row.pk}", mail=row.pk)


def send(row: ReceiptMail) -> bool:
    """A server that is away raises, and the job is tried again; one that refuses the address ends it."""
    if row.sent_at or not row.address:
        return False
    venue = Venue.here()
    with override(_language_of(row.tab)):
        text = render_to_string("bartender/receipt.txt", receipt_of(row.tab) | {"venue": venue})
        subject = _("Your receipt from %(venue)s") % {"venue": venue.name}
    # The name is the row's own, so that a mail that went out twice is seen as one.
    headers = {"Message-ID": f"<receipt-{row.key[:32]}@{venue.name.replace(' ', '-').lower()}>"}
    message = EmailMessage(subject, text, to=[row.address], headers=headers)
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused:
        return _over(row, sent=False)
    except (smtplib.SMTPException, OSError) as trouble:
        raise ProviderDown("mail", type(trouble).__name__) from None  # its text may hold the address
    return _over(row, sent=True)


def _language_of(tab: Tab) -> str:
    found = Visit.objects.filter(code=tab.visit_code).values_list("language", flat=True).first()
    return found or "en"


def _over(row: ReceiptMail, *, sent: bool) -> bool:
    ReceiptMail.objects.filter(pk=row.pk).update(address="", sent_at=timezone.now() if sent else None)
    return sent


def forget_addresses() -> int:
    """Of mails that never got out."""
    old = ReceiptMail.objects.exclude(address="").filter(asked_at__lt=timezone.now() - KEPT_UNSENT)
    return old.update(address="")
