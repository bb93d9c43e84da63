"""Printers behind the bar, and what each is to print."""

from __future__ import annotations

import re
import secrets
import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from bartender.models.menu import MenuCategory
from bartender.models.stations import Station
from bartender.models.visits import Ticket, Visit
from payments.models import Tab

RAW_PORTS = (9100, 9109)  # where printers take raw data; no other service of a network may be written to
BIG_MARK, PLAIN_MARK = "!", " "


def new_printer_token() -> str:
    return secrets.token_urlsafe(18)


def new_job_code() -> str:
    return uuid.uuid4().hex


def normalize_mac(text: str) -> str:
    """A MAC address as 00:11:62:aa:bb:cc; "" for anything else."""
    digits = re.sub(r"[^0-9a-f]", "", text.lower())
    return ":".join(re.findall("..", digits)) if len(digits) == 12 else ""


def validate_mac(text: str) -> None:
    if not normalize_mac(text):
        raise ValidationError("A MAC address has twelve digits and letters, such as 00:11:62:1a:2b:3c.")


class Printer(models.Model):
    """One printer: how it is reached, what it prints, and how it is."""

    class Kind(models.TextChoices):
        CLOUDPRNT = "cloudprnt", "Star CloudPRNT"
        ESCPOS = "escpos", "ESC/POS, network"

    class Tickets(models.TextChoices):
        ALWAYS = "always", "every ticket"
        AWAY = "away", "only while the display is away"
        NEVER = "never", "no tickets"

    class Receipts(models.TextChoices):
        NEVER = "never", "no receipts"
        PRESSED = "pressed", "when staff press Print"
        AFTER_PAYMENT = "after", "also by itself after a payment at the bar"

    name = models.CharField(max_length=40, unique=True)
    kind = models.CharField(
        max_length=9,
        choices=Kind,
        help_text="A CloudPRNT printer asks this server for work. To an ESC/POS printer this server sends.",
    )
    is_enabled = models.BooleanField("in use", default=True)
    tickets = models.CharField(max_length=6, choices=Tickets, default=Tickets.ALWAYS)
    station = models.ForeignKey(
        Station,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Its tickets hold what is made there. Empty: the categories below.",
    )
    categories = models.ManyToManyField(
        MenuCategory,
        blank=True,
        related_name="+",
        help_text="Whose drinks it prints on tickets. None chosen: all of them.",
    )
    away_seconds = models.PositiveSmallIntegerField(
        default=60,
        validators=[MinValueValidator(30), MaxValueValidator(3600)],
        help_text="A bar display that was not seen for so long is away.",
    )
    receipts = models.CharField(max_length=7, choices=Receipts, default=Receipts.NEVER)
    paper_width = models.PositiveSmallIntegerField(choices=[(80, "80 mm"), (58, "58 mm")], default=80)
    language = models.CharField(
        max_length=8,
        choices=[("en", "English"), ("es", "Spanish")],
        default="en",
        help_text="Of tickets. A receipt is in its guest's language.",
    )
    mac = models.CharField(
        "MAC address",
        max_length=17,
        blank=True,
        default="",
        validators=[validate_mac],
        help_text="CloudPRNT only. Empty: of the printer that asks first, and from then on of no other.",
    )
    token = models.CharField(max_length=40, unique=True, default=new_printer_token, editable=False)
    host = models.CharField(
        "address", max_length=100, blank=True, default="", help_text="ESC/POS only, such as 192.168.1.40."
    )
    port = models.PositiveIntegerField(
        default=9100, validators=[MinValueValidator(RAW_PORTS[0]), MaxValueValidator(RAW_PORTS[1])]
    )
    answers_status = models.BooleanField(
        "says how it is",
        default=True,
        help_text="ESC/POS only. Take the tick off for a printer that cannot answer: nobody knows then "
        "whether a paper came out, only that the printer took it.",
    )
    last_seen_at = models.DateTimeField(null=True, blank=True, editable=False)
    problem = models.CharField(max_length=120, blank=True, default="", editable=False)
    problem_since = models.DateTimeField(null=True, blank=True, editable=False)
    lease = models.UUIDField(null=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=~Q(kind="escpos") | ~Q(host=""), name="network_printer_has_an_address"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        self.mac = normalize_mac(self.mac)
        if self.kind == self.Kind.ESCPOS and not self.host.strip():
            raise ValidationError({"host": "Enter the printer's address: its own test page shows it."})

    def prints_category(self, category_id: int, station_id: int | None) -> bool:
        """Whether its tickets hold what is made of a category, at a station. Reads `categories` from what was
        prefetched."""
        if self.station_id is not None:
            return self.station_id == station_id
        chosen = [category.pk for category in self.categories.all()]
        return not chosen or category_id in chosen

    @property
    def columns(self) -> int:
        """How many characters fit on a line, on every printer of that paper."""
        return 32 if self.paper_width == 58 else 42


class PrintJobQuerySet(models.QuerySet["PrintJob"]):
    def unfinished(self) -> PrintJobQuerySet:
        """What waits, is on its way, or needs a person: few, however long the bar is there."""
        return self.filter(state__in=PrintJob.UNFINISHED)


class PrintJob(models.Model):
    """One paper, frozen as text when it was made. Its cause is its key: the same cause is one paper."""

    class Kind(models.TextChoices):
        TICKET = "ticket"
        CORRECTION = "correction", "correction of a ticket"
        RECEIPT = "receipt"
        BILL = "bill", "bill, not paid"
        TEST = "test", "test page"

    class State(models.TextChoices):
        WAITING = "waiting", "waits for the printer"
        SENDING = "sending", "is being printed"
        PRINTED = "printed", "printed"
        TAKEN = "taken", "taken by the printer, which cannot say more"
        UNSURE = "unsure", "not sure: look at the printer"
        REPLACED = "replaced", "not sure, so it was printed again"
        NOT_NEEDED = "unneeded", "not needed any more"

    UNFINISHED: ClassVar[list[str]] = ["waiting", "sending", "unsure"]

    code = models.CharField(max_length=32, unique=True, default=new_job_code, editable=False)
    printer = models.ForeignKey(Printer, models.CASCADE, related_name="jobs")
    kind = models.CharField(max_length=10, choices=Kind)
    key = models.CharField(max_length=160, help_text="The cause. The same cause is one paper.")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=160, blank=True, default="")
    visit = models.ForeignKey(Visit, models.CASCADE, null=True, blank=True, related_name="+")
    ticket = models.ForeignKey(Ticket, models.CASCADE, null=True, blank=True, related_name="+")
    tab = models.ForeignKey(Tab, models.CASCADE, null=True, blank=True, related_name="+")
    content = models.TextField(help_text="Lines. The first character says how it is printed: ! is big.")
    drinks = models.JSONField(
        default=list, help_text="What the paper says is to be made of the ticket: drink and number."
    )
    copy_of = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="copies")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    made_at = models.DateTimeField(auto_now_add=True, db_index=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField("printed at", null=True, blank=True)

    objects = PrintJobQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        permissions = [("print_by_staff", "May print receipts, and papers again")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["printer", "key"], name="printed_once_per_cause"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            # Keeps the printers' questions small as papers accumulate.
            models.Index(
                fields=["printer", "id"],
                condition=Q(state__in=["waiting", "sending", "unsure"]),
                name="print_job_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} at {self.printer}"

    @property
    def lines(self) -> list[tuple[str, bool]]:
        """The text of each line, and whether it is printed big."""
        return [(line[1:], line.startswith(BIG_MARK)) for line in self.content.split("\n")]

    @property
    def text(self) -> str:
        return "\n".join(text for text, _is_big in self.lines)


class BoardSighting(models.Model):
    """When a bar display was last open somewhere (one row). Written only where a printer goes by it."""

    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"display seen at {self.seen_at:%H:%M:%S}"

    def is_older_than(self, seconds: float, now: datetime) -> bool:
        return (now - self.seen_at).total_seconds() > seconds
