"""Split bills: who may see a tab, and who pays which share of it."""

from __future__ import annotations

import secrets
import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q


def new_code() -> str:
    return uuid.uuid4().hex


def new_nonce() -> str:
    return secrets.token_hex(16)


class Invitation(models.Model):
    """The link by which others join a tab. It expires, and its owner can end it earlier."""

    tab = models.ForeignKey("payments.Tab", models.PROTECT, related_name="invitations")
    code = models.CharField(max_length=32, unique=True, default=new_code, editable=False)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["tab"], condition=Q(ended_at=None), name="one_invitation_per_tab"
            ),
        ]

    def __str__(self) -> str:
        return f"invitation to {self.tab}"


class SplitParticipant(models.Model):
    """A guest who joined a tab: sees it and pays a share. Orders and messages stay on their own visit."""

    tab = models.ForeignKey("payments.Tab", models.PROTECT, related_name="participants")
    visit_code = models.CharField(max_length=32, db_index=True)
    name = models.CharField(max_length=30)
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tab", "visit_code"], name="participant_joins_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Split(models.Model):
    """One division of a frozen tab. It can be undone until its first share is paid."""

    class Status(models.TextChoices):
        OUT = "out", "being paid"
        UNDONE = "undone"

    class Method(models.TextChoices):
        EQUALLY = "equally"
        BY_ITEM = "by_item", "by item"
        BY_AMOUNT = "by_amount", "by amount"

    tab = models.ForeignKey("payments.Tab", models.PROTECT, related_name="splits")
    method = models.CharField(max_length=9, choices=Method)
    status = models.CharField(max_length=6, choices=Status, default=Status.OUT)
    key = models.CharField(max_length=160)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tab"], condition=Q(status="out"), name="one_split_per_tab"),
            models.UniqueConstraint(fields=["tab", "key"], name="split_once_per_key"),
        ]

    def __str__(self) -> str:
        return f"split {self.method}"


class Share(models.Model):
    """What one guest pays of a split tab. It never changes, and a split's shares sum to the amount due."""

    split = models.ForeignKey(Split, models.PROTECT, related_name="shares")
    code = models.CharField(max_length=32, unique=True, default=new_code, editable=False)
    visit_code = models.CharField(max_length=32, db_index=True)
    name = models.CharField(max_length=30)
    amount_cents = models.PositiveIntegerField()
    tax_cents = models.PositiveIntegerField(default=0, help_text="The part of it that is tax.")
    tip_cents = models.PositiveIntegerField(default=0, help_text="The part of it that is a tip.")
    nonce = models.CharField(max_length=32, default=new_nonce, help_text="Shown to its guest, and sent back.")

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["split", "visit_code"], name="one_share_per_guest"),
            models.CheckConstraint(condition=Q(amount_cents__gt=0), name="share_amount_positive"),
        ]

    def __str__(self) -> str:
        return f"share of {self.name}"
