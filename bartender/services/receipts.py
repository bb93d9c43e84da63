"""The content of a receipt, and sending it to an address that is erased afterwards."""

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
from bartender.models.menu import Venue
from bartender.models.receipts import ReceiptMail
from bartender.models.visits import Visit
from bartender.services.bills import bill_of_tab
from maya_site.core.db import atomic_with_retry
from maya_site.core.errors import ProviderDown
from maya_site.tasks.enqueue import enqueue
from payments.chain_proofs import receipt_proof
from payments.documents import credit_notes_of, receipt_of, seller_of
from payments.ledger import is_play_money
from payments.models import Payment, Refund, Tab

UNSENT_ADDRESS_TTL = timedelta(days=1)
MAIL_TASK = "mail_receipt"


def receipt_context(tab: Tab, *, is_copy: bool = False) -> dict[str, Any]:
    """Template context: the bill with its document and those that correct it, and the successful payments and
    refunds of the tab. A copy says that it is one."""
    document = receipt_of(tab)
    visit = Visit.objects.filter(code=tab.visit_code).first()
    payments = list(tab.payments.filter(status=Payment.Status.SUCCEEDED).order_by("id"))
    return {
        "bill": bill_of_tab(tab),
        "tab": tab,
        "guest": visit.name_and_place if visit else "",
        "document": document,
        "seller": seller_of(document),
        "credit_notes": [
            note
            for note in credit_notes_of(tab)
            # What was undone at once had a receipt of its own.
            if document is None or note.document.corrects_id in (document.pk, None)
        ],
        "chain_proof": receipt_proof(document),
        "is_copy": is_copy,
        "payments": payments,
        "is_play_money": bool(payments) and all(is_play_money(tab, one.provider) for one in payments),
        "refunds": Refund.objects.counted().filter(payment__tab=tab).order_by("id"),
    }


def can_send_mail() -> bool:
    return bool(settings.EMAIL_URL)


@atomic_with_retry
def enqueue_receipt_mail(tab: Tab, address: str) -> None:
    """Sends a receipt to an address once; repeated requests do nothing. Raises NoMailServer."""
    if not can_send_mail():
        raise NoMailServer
    key = hmac.new(settings.SECRET_KEY.encode(), f"{tab.code} {address.lower()}".encode(), hashlib.sha256)
    row, made = ReceiptMail.objects.get_or_create(
        key=key.hexdigest(), defaults={"tab": tab, "address": address}
    )
    if made:
        enqueue(MAIL_TASK, f"receipt:{row.pk}", mail=row.pk)


def send_receipt_mail(row: ReceiptMail) -> bool:
    """Returns whether it was sent. An address that the server refuses ends the task.

    Raises ProviderDown if the mail server fails, and the task is retried.
    """
    if row.sent_at or not row.address:
        return False
    venue = Venue.current()
    with override(_language_of(row.tab)):
        # One mail is the original: what is sent to more addresses is a copy of it.
        sent = ReceiptMail.objects.filter(tab=row.tab_id, sent_at__isnull=False)
        is_copy = sent.exclude(key=row.key).exists()
        context = receipt_context(row.tab, is_copy=is_copy) | {"venue": venue}
        text = render_to_string("bartender/receipt.txt", context)
        subject = _("Your receipt from %(venue)s") % {"venue": venue.name}
    # A stable Message-ID, so that mail programs recognise a mail that was sent twice.
    headers = {"Message-ID": f"<receipt-{row.key[:32]}@{venue.name.replace(' ', '-').lower()}>"}
    message = EmailMessage(subject, text, to=[row.address], headers=headers)
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused:
        return _finish_mail(row, sent=False)
    except (smtplib.SMTPException, OSError) as error:
        raise ProviderDown("mail", type(error).__name__) from None  # its text may hold the address
    return _finish_mail(row, sent=True)


def _language_of(tab: Tab) -> str:
    found = Visit.objects.filter(code=tab.visit_code).values_list("language", flat=True).first()
    return found or "en"


def _finish_mail(row: ReceiptMail, *, sent: bool) -> bool:
    ReceiptMail.objects.filter(pk=row.pk).update(address="", sent_at=timezone.now() if sent else None)
    return sent


def delete_unsent_addresses() -> int:
    """Erases addresses that a mail could not be sent to for a day; returns how many."""
    old = ReceiptMail.objects.exclude(address="").filter(requested_at__lt=timezone.now() - UNSENT_ADDRESS_TTL)
    return old.update(address="")
