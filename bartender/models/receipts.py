"""Receipts that are sent by email."""

from __future__ import annotations

from django.db import models

from payments.models import Tab


class ReceiptMail(models.Model):
    """The address is erased once the mail is sent, or after a day; the row stays and prevents a second
    mail."""

    tab = models.ForeignKey(Tab, models.PROTECT, related_name="+")
    key = models.CharField(max_length=64, unique=True, help_text="Of tab and address; tells neither.")
    address = models.CharField(max_length=254, blank=True)
    requested_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"receipt of {self.tab}"
