"""What staff do to a guest's tab: each action has a person, a reason and an amount."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from bartender.models.visits import OrderLine
from payments.models import Payment, Tab


class StaffActionQuerySet(models.QuerySet["StaffAction"]):
    def awaiting_approval(self) -> StaffActionQuerySet:
        """Actions that wait for a second person, oldest first."""
        waiting = self.filter(status=StaffAction.Status.WAITING).order_by("id")
        return waiting.select_related("tab", "line", "payment", "requested_by")


class StaffAction(models.Model):
    """An action, done or requested. Above the venue's limit a second person must approve it first."""

    class Kind(models.TextChoices):
        VOID_LINE = "void_line", "void drinks"
        VOID_TAB = "void_tab", "void the tab"
        COMP_LINE = "comp_line", "a drink on the house"
        COMP_TAB = "comp_tab", "off the tab, on the house"
        REFUND = "refund", "refund"
        TENDER = "tender", "settle at the bar"
        CLOSE = "close", "close, nothing due"
        TIP_FOR = "tip_for", "whose tip it is"
        UNDO = "undo", "undone at once"

    class Status(models.TextChoices):
        WAITING = "waiting", "waits for a second person"
        DONE = "done"
        DECLINED = "declined"

    class Reason(models.TextChoices):
        MISTAKE = "mistake", "wrong order or price"
        QUALITY = "quality", "not as it should be"
        WAIT = "wait", "waited too long"
        SPILLED = "spilled", "spilled or broken"
        KINDNESS = "kindness", "kindness of the house"
        UNHAPPY = "unhappy", "guest unhappy"
        LEFT = "left", "guest left"
        TILL = "till", "the till could not take it"
        TWICE = "twice", "paid twice"
        AT_BAR = "at_bar", "the guest paid at the bar"
        SERVED = "served", "who served the guest"
        UNDONE = "undone", "pressed by mistake"
        OTHER = "other", "other: see the note"

    kind = models.CharField(max_length=9, choices=Kind)
    status = models.CharField(max_length=8, choices=Status)
    tab = models.ForeignKey(Tab, models.PROTECT, related_name="staff_actions")
    line = models.ForeignKey(OrderLine, models.PROTECT, null=True, blank=True, related_name="+")
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, blank=True, related_name="+")
    units = models.PositiveSmallIntegerField(null=True, blank=True)
    amount_cents = models.PositiveIntegerField(help_text="What is at stake.")
    tender = models.CharField(
        max_length=8, blank=True, default="", help_text="With what a tab was settled at the bar."
    )
    received_cents = models.PositiveIntegerField(
        null=True, blank=True, help_text="What the guest handed over in cash; the rest was change."
    )
    tip_recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Whose the tip is to be. Empty: the house pool.",
    )
    reason = models.CharField(max_length=8, choices=Reason)
    note = models.CharField(max_length=160, blank=True, default="")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(auto_now_add=True, db_index=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    undoes = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="undone_by",
        help_text="The action that it undoes. Empty of an undoing: what was rung in is taken off.",
    )
    replaced = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        editable=False,
        help_text="What was there before, for an undo: the tip's rule, or whose it was.",
    )
    key = models.CharField(max_length=80, unique=True, help_text="Made with the form: sent twice is once.")

    objects = StaffActionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        permissions = [
            ("void_by_staff", "May void drinks and tabs"),
            ("comp_by_staff", "May give drinks on the house"),
            ("tender_by_staff", "May settle tabs at the bar"),
            ("refund_by_staff", "May give money back"),
            ("approve_staff_action", "May be the second person"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            # Keeps the bar display's query small as actions accumulate.
            models.Index(fields=["id"], condition=Q(status="waiting"), name="staff_action_waiting"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("requested_by")),
                name="nobody_approves_their_own",
            ),
            models.CheckConstraint(
                condition=~Q(status="waiting") | Q(decided_by=None, decided_at=None),
                name="waiting_staff_action_is_undecided",
            ),
            models.CheckConstraint(
                condition=~Q(status="declined") | Q(decided_by__isnull=False), name="somebody_declined_it"
            ),
            models.CheckConstraint(
                condition=~Q(reason="other") | ~Q(note=""), name="other_reason_has_a_note"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.get_status_display()})"

    @property
    def why(self) -> str:
        return f"{self.get_reason_display()}: {self.note}" if self.note else self.get_reason_display()
