"""A conversation in the terminal: coloured text for people, one JSON object per line for programs."""

from __future__ import annotations

import io
import json
import re
import sys
import uuid
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any, TextIO

from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from bartender.brains import brain_names, get_brain
from bartender.conversation.events import TurnEnded
from bartender.conversation.turn import collect_events, take_turn
from bartender.models.visits import Visit
from bartender.services import bills
from bartender.services.visits import open_visit
from maya_site.core.errors import Refusal
from maya_site.core.log_context import bind_log_context, log_visit_id
from maya_site.core.money import format_money
from payments.ledger import SIMULATED, OperationContext
from payments.providers.simulated import SimulatedProvider
from payments.settlement import reconcile_payment

HELP = (
    "Talk to Maya in the terminal. With --json it reads one guest message per line and answers each with "
    "one JSON object. A line “/new”, “/new en” or “/new es” begins another guest's visit in that "
    "language. Example: echo 'two IPAs' | manage.py chat --json"
)
# A line that starts another visit; in JSON the answer is {"new": true}.
_NEW_VISIT_LINE = re.compile(rf"/new(?: (?P<language>{'|'.join(code for code, _ in settings.LANGUAGES)}))?")
USAGE_HINT = (
    "Say what you'd like. /pay approves the simulated till, /decline fails it, /new (or /new es) is another"
    " guest, /bye leaves."
)


class Command(BaseCommand):
    help = HELP

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object per line of input")
        parser.add_argument(
            "--brain", choices=brain_names(), default=None, help="who thinks (default: the settings)"
        )

    def handle(self, *, json: bool, brain: str | None, **options: Any) -> None:
        self.visit = open_visit("chat")
        self.brain = brain or ""
        try:
            get_brain(self.visit, self.brain)
        except Refusal as error:
            raise CommandError(str(error)) from error
        with translation.override(translation.get_language()):  # "/new es" ends with the command
            if json:
                self._run_json(_read_lines(sys.stdin))
            else:
                self._run_interactive()

    def _turn(self, said: str) -> TurnEnded:
        id = uuid.uuid4().hex
        with bind_log_context(visit=log_visit_id(self.visit.code), turn=id):
            events = take_turn(self.visit, said, id, get_brain(self.visit, self.brain))
            ended = async_to_sync(collect_events)(events)[-1]
        assert isinstance(ended, TurnEnded)
        return ended

    def _run_json(self, lines: Iterator[str]) -> None:
        for line in lines:
            if new := _NEW_VISIT_LINE.fullmatch(line):
                self._start_visit(new["language"] or "en")
                answer: dict[str, Any] = {"new": True}
            else:
                answer = as_json(self._turn(line))
            sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
            sys.stdout.flush()

    def _start_visit(self, language: str) -> None:
        """Starts a new visit in this language and activates it; the previous visit is left as it is."""
        translation.activate(language)
        self.visit = open_visit("chat", language)

    def _run_interactive(self) -> None:
        brain = get_brain(self.visit, self.brain).name
        self.stdout.write(self.style.HTTP_INFO(f"MOK 5-ha. You are talking to Maya, an AI ({brain} brain)."))
        self.stdout.write("For a person, say so: staff are called. " + USAGE_HINT)
        while (said := _read_input(self.style.MIGRATE_HEADING("you  > "))) not in (None, "/bye"):
            if said in ("/pay", "/decline"):
                self.stdout.write(_decide_payment(self.visit, is_approved=said == "/pay"))
                continue
            if new := _NEW_VISIT_LINE.fullmatch(str(said)):
                self._start_visit(new["language"] or "en")
                self.stdout.write("Another guest sits down.")
                continue
            ended = self._turn(str(said))
            self.stdout.write(f"{self.style.SUCCESS('Maya >')} {ended.reply}")
            self.stdout.write(self.style.NOTICE(_tab_line(ended)))


def as_json(ended: TurnEnded) -> dict[str, Any]:
    return {
        "reply": ended.reply,
        "emotion": ended.emotion,
        "phase": ended.phase,
        "brain": ended.brain_name,
        "tools": ended.tool_calls,
        "order": ended.bill.merged_lines(),
        "tab": ended.bill.amounts(),
        "elapsed_ms": round(ended.elapsed_ms, 2),
    }


def _read_lines(source: TextIO) -> Iterator[str]:
    """Reads UTF-8 whatever the terminal's locale is; invalid bytes become replacement characters."""
    text = (
        io.TextIOWrapper(source.buffer, encoding="utf-8", errors="replace")
        if hasattr(source, "buffer")
        else source
    )
    for line in iter(text.readline, ""):
        yield line.rstrip("\r\n")


def _read_input(mark: str) -> str | None:
    try:
        return input(mark).strip()
    except (EOFError, KeyboardInterrupt):
        return None


def _tab_line(ended: TurnEnded) -> str:
    bill = ended.bill
    rows = ", ".join(
        f"{row['quantity']} x {' '.join([row['item'], *row['modifiers']])}" for row in bill.merged_lines()
    )
    tip = f", tip {format_money(bill.tip_cents)}" if bill.tip_cents else ""
    total = format_money(bill.total_cents)
    return f"       [{rows or 'empty tab'} | {total}{tip} | {bill.status} | {ended.emotion}]"


def _decide_payment(visit: Visit, *, is_approved: bool) -> str:
    """Approves or declines the open payment of the simulated provider, as its page would."""
    payment = bills.last_payment(visit)
    if payment is None or payment.status != "link_open":
        return "There is no open link. Ask Maya for the bill, and say yes to the amount."
    if payment.provider != SIMULATED:
        return f"This till is real. Pay at {payment.url}"
    press = SimulatedProvider().approve if is_approved else SimulatedProvider().decline
    press(str(payment.reference))
    reconcile_payment(payment, OperationContext(f"terminal:{payment.code}", source="form"))
    if is_approved:
        return f"Paid {format_money(payment.amount_cents)} at the simulated till. No real money moved."
    return "The simulated till declined. Your tab is open again."
