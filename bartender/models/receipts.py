"""Receipts on their way to somebody's mailbox."""

from __future__ import annotations

from django.db import models

from payments.models import Tab


class ReceiptMail(models.Model):
    """The address is kept until the mail is out, or for a day; the row stays, so that it is one mail."""

    tab = models.ForeignKey(Tab, models.PROTECT, related_name="+")
    key = models.CharField(max_length=64, unique=True, help_text="Of tab and address; tells neither.")
    address = models.CharField(max_length=254, blank=True)
    requested_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"receipt of {self.tab}"
