"""The night letter: what a manager reads in the morning of a day that was closed. Its page, and its mail.

The figures are the Z report's and stand there alone; the letter adds what the report does not hold, as it was
at closing. It names no guest.
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Iterator
from typing import Any

from django.core.mail import EmailMessage
from django.db.models import Count
from django.template.loader import render_to_string
from django.utils import timezone

from bartender.menu.snapshot import current_menu
from bartender.models.bar_state import NightLetter
from bartender.models.menu import Venue
from bartender.models.responsible_service import Approval
from bartender.models.staff_actions import StaffAction
from bartender.services.open_items import format_open_counts
from bartender.services.receipts import can_send_mail
from bartender.services.report_rows import ReportRow, report_sections
from bartender.services.stock import stock_levels
from maya_site.core.errors import ProviderDown
from maya_site.core.public_urls import build_public_url
from maya_site.tasks.enqueue import enqueue
from payments.models import ZReport

logger = logging.getLogger(__name__)

MAIL_TASK = "mail_night_letter"
DECIDED = {Approval.Status.GIVEN: "yes", Approval.Status.DECLINED: "no"}


def write_night_letter(report: ZReport, venue: Venue) -> NightLetter:
    """In the transaction that closes the day. Mails it where there is a mail server and an address."""
    letter = NightLetter.objects.create(report=report, content=_read_content(report))
    if venue.night_letter_email and can_send_mail():
        enqueue(MAIL_TASK, f"night-letter:{report.pk}", letter=letter.pk)
    return letter


def _read_content(report: ZReport) -> dict[str, Any]:
    """Counts of what people decided on the day, what is off sale, and what runs low now."""
    at_day = {"decided_at__gte": report.starts_at, "decided_at__lt": report.ends_at}
    decided = Approval.objects.filter(**at_day).exclude(decided_by=None).order_by()
    decisions = decided.values_list("kind", "status").annotate(many=Count("pk"))
    acts = StaffAction.objects.filter(
        requested_at__gte=report.starts_at, requested_at__lt=report.ends_at, status=StaffAction.Status.DONE
    ).order_by()
    menu = current_menu()
    return {
        "decisions": [list(row) for row in decisions if row[1] in DECIDED],
        "staff_actions": dict(acts.values_list("kind").annotate(many=Count("pk"))),
        "off_sale": list(menu.sold_out),
        "ingredients_out": [one.name for one in menu.ingredients if not one.available],
        "stock": [
            [one.name, one.state_label, one.amount_label]
            for one in stock_levels(counted_only=True)
            if one.state
        ],
    }


def letter_sections(letter: NightLetter) -> list[tuple[str, list[ReportRow]]]:
    """(title, rows), the Z report's first."""
    content, figures = letter.content, letter.report.figures
    own = {
        "Left open": list(_left_open_rows(figures)),
        "What people decided": list(_decision_rows(content)),
        "What staff did to tabs": [
            ReportRow(StaffAction.Kind(kind).label.capitalize(), str(many))
            for kind, many in sorted(content["staff_actions"].items())
        ],
        "Off sale (86)": [
            ReportRow(name, "off sale") for name in (*content["off_sale"], *content["ingredients_out"])
        ],
        # Letters from before there was stock have none.
        "Stock": [ReportRow(f"{name}: {state}", amount) for name, state, amount in content.get("stock", ())],
    }
    return [*report_sections(figures), *((title, rows) for title, rows in own.items() if rows)]


def _left_open_rows(figures: dict[str, Any]) -> Iterator[ReportRow]:
    left = figures["left_open"]
    if words := format_open_counts(left):
        yield ReportRow(words, "")
        yield ReportRow("Reason", str(left["reason"]))
    else:
        yield ReportRow("Nothing", "")


def _decision_rows(content: dict[str, Any]) -> Iterator[ReportRow]:
    for kind, status, many in sorted(content["decisions"]):
        yield ReportRow(f"{Approval.Kind(kind).label.capitalize()}: {DECIDED[status]}", str(many))


def send_night_letter(letter: NightLetter) -> bool:
    """Returns whether it was sent now. Raises ProviderDown if the mail server fails: the task is retried."""
    venue = Venue.current()
    if letter.mailed_at or not venue.night_letter_email:
        return False
    report = letter.report
    context = {
        "venue": venue,
        "report": report,
        "sections": letter_sections(letter),
        "link": build_public_url(f"/bar/closing/letter/{report.number}/"),
    }
    subject = f"{venue.name}: the night of {report.business_date:%Y-%m-%d}"
    message = EmailMessage(
        subject, render_to_string("display/night_letter.txt", context), to=[venue.night_letter_email]
    )
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused:
        logger.warning("the mail server takes no night letter for the address in the admin")
        return False
    except (smtplib.SMTPException, OSError) as error:
        raise ProviderDown("mail", type(error).__name__) from None  # its text may hold the address
    NightLetter.objects.filter(pk=letter.pk).update(mailed_at=timezone.now())
    return True
