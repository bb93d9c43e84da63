"""Visits, turns, tickets and order lines."""

from __future__ import annotations

from typing import ClassVar, TypedDict

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from bartender.models.menu import MenuItem
from bartender.models.tables import MAX_PLACE_LENGTH, Seat, Table
from bartender.text.call_names import call_name
from payments.models import Tab, TaxTerms
from payments.models.tabs import new_code as new_code  # one function makes all codes; many import it here


class Citation(TypedDict):
    """A passage of the memory that a reply is based on."""

    id: int
    title: str


# `Turn.brain` where no brain answered: a member of staff, or an unprompted announcement.
STAFF_BRAIN, ANNOUNCEMENT_BRAIN = "bar", "news"
MAYA_NAME = "Maya"
BAR_NAME = "The bar"  # the speaker of staff's replies, as guests read it


# `Visit.surface` of a tab that staff opened for somebody without a phone.
BAR_SURFACE = "bar"
MAX_NOTE_LENGTH = 80
MAX_GUEST_NAME_LENGTH = 40


class VisitQuerySet(models.QuerySet["Visit"]):
    def active(self) -> VisitQuerySet:
        return self.filter(closed_at=None)


class Visit(models.Model):
    """One guest's visit in one browser, with its conversation and what is known of the guest."""

    code = models.CharField(max_length=32, unique=True, default=new_code, editable=False)
    surface = models.CharField(max_length=10, default="page", help_text="page, chat, bar, ...")
    guest_name = models.CharField(
        max_length=MAX_GUEST_NAME_LENGTH,
        blank=True,
        default="",
        db_default="",
        help_text="What the guest is called at the bar.",
    )
    table = models.ForeignKey(Table, models.SET_NULL, null=True, blank=True, related_name="visits")
    seat = models.ForeignKey(Seat, models.SET_NULL, null=True, blank=True, related_name="visits")
    place = models.CharField(
        max_length=MAX_PLACE_LENGTH,
        blank=True,
        default="",
        db_default="",
        help_text="The table and seat, as they were called when the guest sat down.",
    )
    phase = models.CharField(max_length=16, default="greeting")
    emotion = models.CharField(max_length=10, default="happy")
    language = models.CharField(
        max_length=8, default="en", db_default="en", help_text="What the guest reads: en or es."
    )
    brain_state = models.JSONField(default=dict, blank=True, help_text="What the brain keeps between turns.")
    budget_level = models.CharField(
        max_length=7,
        default="full",
        help_text="full, shorter or house: what the budget leaves.",
    )
    spent_microcents = models.PositiveBigIntegerField(
        default=0, help_text="What its turns cost the house, in millionths of a cent."
    )
    age_state = models.CharField(
        max_length=8,
        default="unknown",
        db_default="unknown",
        choices=[
            ("unknown", "unknown"),
            ("declared", "of age, says the guest"),
            ("checked", "of age, a person has looked"),
            ("refused", "no alcohol"),
        ],
    )
    allergies = models.JSONField(
        default=list, db_default=[], blank=True, help_text="Names of allergens, as the guest declared them."
    )
    cautions = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        help_text="What speaks against alcohol, as the guest said it, with the time in ISO form.",
    )
    slowdown_until = models.DateTimeField(
        null=True, blank=True, help_text="Until then nothing with alcohol is offered unasked."
    )
    handoff_code = models.CharField(
        max_length=32, blank=True, default="", db_default="", db_index=True, editable=False
    )
    handoff_expires_at = models.DateTimeField(null=True, blank=True, editable=False)
    encrypted_keys = models.TextField(
        blank=True, default="", editable=False, help_text="The guest's own keys."
    )
    keys_expire_at = models.DateTimeField(null=True, blank=True, editable=False)
    opened_at = models.DateTimeField(auto_now_add=True, db_index=True)
    last_seen_at = models.DateTimeField(auto_now_add=True, db_index=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    returning_guest = models.ForeignKey(
        "bartender.ReturningGuest",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="visits",
        editable=False,
    )
    flagged_at = models.DateTimeField(null=True, blank=True, help_text="Left with an unpaid tab.")
    taken_over_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="visits_taken_over",
        editable=False,
        help_text="Who answers in Maya's place.",
    )
    erasure_requested_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="Its guest asked to be forgotten while a tab was open.",
    )
    erased_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Since then it holds nothing of its guest."
    )

    objects = VisitQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-opened_at", "-id"]
        indexes: ClassVar[list[models.Index]] = [
            # Keeps the purge's query small as visits accumulate.
            models.Index(fields=["closed_at"], condition=Q(erased_at=None), name="visit_not_erased"),
            # The same for what asks for the guests who are here: the bar display, the job that ends visits.
            models.Index(fields=["last_seen_at"], condition=Q(closed_at=None), name="visit_open"),
            models.Index(
                fields=["keys_expire_at"], condition=Q(keys_expire_at__isnull=False), name="visit_with_keys"
            ),
            models.Index(
                fields=["erasure_requested_at"],
                condition=Q(erasure_requested_at__isnull=False, erased_at=None),
                name="visit_to_erase",
            ),
            models.Index(fields=["surface"], name="visit_surface"),
        ]

    def __str__(self) -> str:
        return self.display_name or "visit"

    @property
    def call_name(self) -> str:
        """Two words to call this guest by, such as "Amber Fox"; "" while there is no row yet."""
        return call_name(self.pk) if self.pk else ""

    @property
    def display_name(self) -> str:
        """What this guest is called everywhere: the name that was given, else the call name."""
        return self.guest_name or self.call_name

    @property
    def name_and_place(self) -> str:
        """For staff: the guest, and the table where one is known."""
        return f"{self.display_name}, {self.place}" if self.place else self.display_name


class TurnQuerySet(models.QuerySet["Turn"]):
    def answered_by_maya(self) -> TurnQuerySet:
        """Turns that a brain answered, without staff's replies and announcements."""
        return self.exclude(brain__in=(STAFF_BRAIN, ANNOUNCEMENT_BRAIN))

    def unprompted(self) -> TurnQuerySet:
        """What a guest was told by staff or by an announcement without having said anything."""
        return self.filter(brain__in=(STAFF_BRAIN, ANNOUNCEMENT_BRAIN), guest_text="")


class Turn(models.Model):
    """A message of the guest and Maya's reply to it, with tools, tokens, cost and times."""

    class Outcome(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        STOPPED = "stopped", "stopped by the guest"
        INTERRUPTED = "interrupted", "cut off by a crash"
        FAILED = "failed"

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="turns")
    client_id = models.CharField(max_length=64)
    guest_text = models.TextField(blank=True, default="")
    reply_text = models.TextField(blank=True, default="")
    transcribed_by = models.CharField(
        max_length=40,
        blank=True,
        default="",
        db_default="",
        help_text="The engine that heard it. Empty: it was typed.",
    )
    brain = models.CharField(max_length=20, blank=True, default="", help_text="Who really answered.")
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="answered_turns",
        help_text="The person who answered.",
    )
    process_id = models.CharField(
        max_length=40, blank=True, default="", help_text="The process that answers."
    )
    emotion = models.CharField(max_length=10, blank=True, default="")
    phase = models.CharField(max_length=16, blank=True, default="")
    tool_calls = models.JSONField(default=list, blank=True)
    citations = models.JSONField(
        default=list, db_default=[], blank=True, help_text="The passages that the reply stands on."
    )
    token_usage = models.JSONField(
        default=list, blank=True, help_text="Tokens, one row for each model asked."
    )
    tts_characters = models.PositiveIntegerField(default=0, help_text="By a voice that costs money.")
    cost_microcents = models.PositiveBigIntegerField(
        default=0, help_text="In millionths of a cent, by the price of its day."
    )
    outcome = models.CharField(max_length=11, choices=Outcome, default=Outcome.RUNNING)
    first_text_ms = models.FloatField(null=True, blank=True)
    elapsed_ms = models.FloatField(null=True, blank=True)
    started_at = models.DateTimeField(auto_now_add=True, db_index=True)

    objects = TurnQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["visit", "client_id"], name="turn_once_per_client_id"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["brain"], name="turn_brain")]

    def __str__(self) -> str:
        return f"turn {self.pk}"

    @property
    def who(self) -> str:
        """Who speaks in the reply, as shown to the guest: Maya or the bar."""
        return BAR_NAME if self.brain == STAFF_BRAIN else MAYA_NAME

    @property
    def unanswered(self) -> bool:
        """Said during a takeover: staff answer with a turn of their own."""
        return self.brain == STAFF_BRAIN and not self.reply_text

    @property
    def tokens_in(self) -> int:
        return sum(used["input"] for used in self.token_usage)

    @property
    def tokens_out(self) -> int:
        """Includes thinking tokens, which are billed as output."""
        return sum(used["output"] + used["thoughts"] for used in self.token_usage)


class Ticket(models.Model):
    """Order lines that were sent to the bar together."""

    class Status(models.TextChoices):
        NEW = "new"
        IN_PREP = "in_prep", "in preparation"
        READY = "ready"
        SERVED = "served"
        VOIDED = "voided"
        RECALLED = "recalled"

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="tickets")
    tab = models.ForeignKey(Tab, models.PROTECT, related_name="+")
    key = models.CharField(max_length=160)
    status = models.CharField(max_length=8, choices=Status, default=Status.NEW)
    fired_at = models.DateTimeField(auto_now_add=True, db_index=True)
    updated_at = models.DateTimeField(auto_now=True)
    move_count = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How often it was moved."
    )
    undo_until = models.DateTimeField(
        null=True, blank=True, help_text="Until then the guest may take it back unseen, and the bar waits."
    )
    ethanol_grams = models.DecimalField(
        max_digits=9,
        decimal_places=3,
        null=True,
        blank=True,
        help_text="Grams of ethanol in all of it, as it was sent. Empty: nobody knows, never 0.",
    )
    standard_drinks = models.DecimalField(
        max_digits=7, decimal_places=2, null=True, blank=True, help_text="The same in the venue's unit then."
    )
    requested_by = models.CharField(
        max_length=100, blank=True, default="", db_default="", help_text="Who sent it, and by which way."
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["fired_at", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tab", "key"], name="ticket_once_per_key"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            # Keeps the bar display's query small as tickets accumulate.
            models.Index(
                fields=["fired_at"],
                condition=Q(status__in=["new", "in_prep", "recalled", "ready"]),
                name="ticket_waiting",
            ),
            models.Index(fields=["updated_at"], name="ticket_changed"),
        ]

    def __str__(self) -> str:
        return f"ticket {self.pk}"


class OrderLine(models.Model):
    """One entry on a tab. Its unit price is the menu's at the time of the order and never changes."""

    class Status(models.TextChoices):
        OPEN = "open"
        SENT = "sent", "sent to the bar"
        VOIDED = "voided"

    code = models.CharField(max_length=32, unique=True, default=new_code, editable=False)
    visit = models.ForeignKey(Visit, models.PROTECT, related_name="lines")
    tab = models.ForeignKey(Tab, models.PROTECT, related_name="lines")
    number = models.PositiveSmallIntegerField(help_text="Its place on the tab, for good.")
    item = models.ForeignKey(MenuItem, models.PROTECT, related_name="lines")
    name = models.CharField(max_length=60, help_text="As the menu had it then.")
    modifiers = models.JSONField(default=list, help_text="Names, in the menu's order.")
    quantity = models.PositiveSmallIntegerField()
    unit_cents = models.PositiveIntegerField()
    price_parts = models.JSONField(
        default=list,
        db_default=[],
        blank=True,
        editable=False,
        help_text="What one costs: a list of name and minor units, the item first. Empty: nobody kept it.",
    )
    menu_version = models.CharField(max_length=32, blank=True, default="", db_default="", editable=False)
    previous_line = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        help_text="Whose place it takes, or what staff moved here. Empty: it was ordered anew.",
    )
    approval = models.ForeignKey(
        "bartender.Approval",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        help_text="The person's yes to more alcohol that it took. Empty: it took none.",
    )
    price_rule = models.CharField(  # its name
        max_length=40, blank=True, default="", db_default="", help_text="That gave it. Empty: the menu's."
    )
    list_unit_cents = models.PositiveIntegerField(
        null=True, blank=True, help_text="What it would have cost without that rule. Empty: the same."
    )
    unit_ethanol_grams = models.DecimalField(
        max_digits=7,
        decimal_places=3,
        null=True,
        blank=True,
        help_text="Grams of ethanol in one, as it was poured. Empty: nobody knows, never 0.",
    )
    status = models.CharField(max_length=6, choices=Status, default=Status.OPEN)
    ticket = models.ForeignKey(Ticket, models.PROTECT, null=True, blank=True, related_name="lines")
    note = models.CharField(
        max_length=MAX_NOTE_LENGTH,
        blank=True,
        default="",
        db_default="",
        help_text="For whoever makes it, in the guest's words: it changes no price and no rule.",
    )
    takeaway = models.BooleanField("to take away", default=False, db_default=False)
    took_portions = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text="It was sent while its item's portions were counted.",
    )
    tax_terms = models.ForeignKey(
        TaxTerms,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        help_text="As the law had it when it was ordered. Empty: by the tab's one rate.",
    )
    rung_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who rang it in behind the bar. Empty: the guest ordered it.",
    )
    agent_code = models.CharField(
        max_length=32,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="The pairing of the guest's agent that ordered it. Empty: no agent did.",
    )
    made_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="At its station.")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    comped = models.BooleanField(default=False)
    comped_cents = models.PositiveIntegerField(default=0, help_text="What the house pays of it.")
    key = models.CharField(max_length=160)
    ordered_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        permissions = [
            ("ring_in_by_staff", "May open tabs and ring in drinks"),
            ("move_by_staff", "May move drinks from one tab to another"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["visit", "key"], name="line_once_per_key"),
            models.UniqueConstraint(fields=["tab", "number"], name="line_number_once_per_tab"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=100) | Q(status="voided", quantity=0),
                name="line_quantity_possible",
            ),
            models.CheckConstraint(
                condition=~Q(status="sent") | Q(ticket__isnull=False), name="sent_line_has_ticket"
            ),
            models.CheckConstraint(
                condition=Q(comped=True, comped_cents__gt=0) | Q(comped=False, comped_cents=0),
                name="comped_line_says_how_much",
            ),
            models.CheckConstraint(
                condition=Q(comped_cents__lte=F("quantity") * F("unit_cents")),
                name="line_comped_within_price",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.name}"
