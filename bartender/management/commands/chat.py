"""A conversation in the terminal: for people in colour, for programs as one JSON object per line."""

from __future__ import annotations

import io
import json
import sys
import uuid
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any, TextIO

from asgiref.sync import async_to_sync
from django.core.management.base import BaseCommand, CommandError

from bartender.brains import BRAINS, get_brain
from bartender.conversation.events import TurnEnded
from bartender.conversation.turn import collect, take_turn
from bartender.records.visits import Visit
from bartender.services import bills
from bartender.services.visits import open_visit
from maya_site.lib.errors import Refused
from maya_site.lib.log_ids import bound, visit_id
from maya_site.lib.money import dollars
from payments.ledger import SIMULATED, Cause
from payments.providers.simulated import SimulatedTill
from payments.settling import catch_up

HELP = "Talk to Maya. Example: echo 'two IPAs' | manage.py chat --json"
HINT = "Say what you'd like. /pay approves the simulated till, /decline fails it, /bye leaves."


class Command(BaseCommand):
    help = HELP

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object per line of input")
        parser.add_argument(
            "--brain", choices=sorted(BRAINS), default=None, help="who thinks (default: the settings)"
        )

    def handle(self, *, json: bool, brain: str | None, **options: Any) -> None:
        self.visit = open_visit("chat")
        self.brain = brain or ""
        try:
            get_brain(self.visit, self.brain)
        except Refused as error:
            raise CommandError(str(error)) from error
        if json:
            self._as_json(_lines(sys.stdin))
        else:
            self._interactive()

    def _turn(self, said: str) -> TurnEnded:
        id = uuid.uuid4().hex
        with bound(visit=visit_id(self.visit.code), turn=id):
            events = take_turn(self.visit, said, id, get_brain(self.visit, self.brain))
            ended = async_to_sync(collect)(events)[-1]
        assert isinstance(ended, TurnEnded)
        return ended

    def _as_json(self, lines: Iterator[str]) -> None:
        for line in lines:
            sys.stdout.write(json.dumps(as_json(self._turn(line)), ensure_ascii=False) + "\n")
            sys.stdout.flush()

    def _interactive(self) -> None:
        brain = get_brain(self.visit, self.brain).name
        self.stdout.write(self.style.HTTP_INFO(f"MOK 5-ha. You are talking to Maya, an AI ({brain} brain)."))
        self.stdout.write(HINT)
        while (said := _prompt(self.style.MIGRATE_HEADING("you  > "))) not in (None, "/bye"):
            if said in ("/pay", "/decline"):
                self.stdout.write(_till(self.visit, approve=said == "/pay"))
                continue
            ended = self._turn(str(said))
            self.stdout.write(f"{self.style.SUCCESS('Maya >')} {ended.reply}")
            self.stdout.write(self.style.NOTICE(_tab_line(ended)))


def as_json(ended: TurnEnded) -> dict[str, Any]:
    return {
        "reply": ended.reply,
        "emotion": ended.emotion,
        "phase": ended.phase,
        "brain": ended.brain,
        "tools": ended.tools,
        "order": ended.bill.merged(),
        "tab": ended.bill.amounts(),
        "elapsed_ms": round(ended.elapsed_ms, 2),
    }


def _lines(source: TextIO) -> Iterator[str]:
    """UTF-8 whatever the terminal's locale says; a byte that is none becomes a question mark."""
    text = (
        io.TextIOWrapper(source.buffer, encoding="utf-8", errors="replace")
        if hasattr(source, "buffer")
        else source
    )
    for line in iter(text.readline, ""):
        yield line.rstrip("\r\n")


def _prompt(mark: str) -> str | None:
    try:
        return input(mark).strip()
    except (EOFError, KeyboardInterrupt):
        return None


def _tab_line(ended: TurnEnded) -> str:
    bill = ended.bill
    rows = ", ".join(
        f"{row['quantity']} x {' '.join([row['item'], *row['modifiers']])}" for row in bill.merged()
    )
    tip = f", tip {dollars(bill.tip_cents)}" if bill.tip_cents else ""
    return (
        f"       [{rows or 'empty tab'} | {dollars(bill.total_cents)}{tip} | {bill.status} | {ended.emotion}]"
    )


def _till(visit: Visit, *, approve: bool) -> str:
    """What the simulated till's page does, for somebody who sits at a terminal."""
    payment = bills.last_payment(visit)
    if payment is None or payment.status != "link_open":
        return "There is no open link. Ask Maya for the bill, and say yes to the amount."
    if payment.provider != SIMULATED:
        return f"This till is real. Pay at {payment.url}"
    press = SimulatedTill().approve if approve else SimulatedTill().decline
    press(str(payment.reference))
    catch_up(payment, Cause(f"terminal:{payment.code}", source="form"))
    if approve:
        return f"Paid {dollars(payment.amount_cents)} at the simulated till. No real money moved."
    return "The simulated till declined. Your tab is open again."
