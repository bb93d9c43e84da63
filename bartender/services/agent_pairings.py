"""Pairs a guest's agent with their tab: a short code from the guest's page, exchanged once for a token.

The code is the guest's consent. Of a token only its SHA-256 is kept: it is 256 random bits, so there is
nothing to guess, and a copy of the database opens no tab.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial

from django.contrib.auth.models import User
from django.db.models import DecimalField, F, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from bartender.menu.alcohol import ZERO_GRAMS
from bartender.models.agents import MAX_AGENT_NAME_LENGTH, AgentPairing
from bartender.models.menu import Venue
from bartender.models.visits import OrderLine, Visit
from bartender.services.agent_errors import (
    AgentAccessEnded,
    AgentsDisabled,
    PairingCodeWrong,
    PairingLimitsWrong,
    TooManyAgents,
)
from bartender.signals import guest_needs_changed
from maya_site.core.db import after_commit, atomic_with_retry

CODE_TTL = timedelta(minutes=5)
# Without letters and digits that look or sound like others.
CODE_ALPHABET = "ACDEFGHJKMNPQRTUVWXY34679"
CODE_LENGTH = 8  # 25 ** 8: 150,000 million codes, of which one is valid for five minutes
MAX_AGENTS = 3  # of one visit at a time
# What the guest's page offers: whole units of the currency, standard drinks, minutes.
MONEY_CHOICES = (10, 20, 30, 50, 100)
DRINK_CHOICES = (0, 1, 2, 3, 4, 6)
MINUTE_CHOICES = (30, 60, 120, 240)
# What its guest reads of each AgentPairing.Ask.
ASK_TEXTS = {
    "pay": gettext_noop("It asks about the bill: only you can pay, or take back a bill that is out."),
    "age": gettext_noop(
        "Drinks with alcohol need your age first, from you: on this page, or by an ID at the bar."
    ),
    "allergy": gettext_noop(
        "It asked for something that your allergies speak against. Order it here yourself if a person at "
        "the bar shall decide."
    ),
    "limit": gettext_noop(
        "It wanted more than it may order. You can order it here, or allow more with a new code."
    ),
    "change": gettext_noop("It wanted to change something that it has not ordered. You can do that here."),
}


@dataclass(frozen=True)
class Allowance:
    """What an agent may order: minor units at menu prices, and standard drinks. And for how long."""

    cents: int
    drinks: Decimal
    minutes: int


@dataclass(frozen=True)
class AgentSpending:
    """What stands on the guest's tabs by an agent: its lines that were not voided."""

    cents: int
    grams: Decimal
    units_of_unknown_strength: int


@dataclass(frozen=True)
class AgentOnTab:
    """An agent as its guest's tab shows it."""

    code: str
    name: str
    cents_spent: int
    cents_allowed: int
    asks: tuple[str, ...]

    @property
    def ask_texts(self) -> list[str]:
        """What it has asked the guest for, in the active language."""
        return [_(ASK_TEXTS[ask]) for ask in self.asks if ask in ASK_TEXTS]


def agents_enabled() -> bool:
    return Venue.current().agents_enabled


@atomic_with_retry
def issue_pairing_code(visit: Visit, allowance: Allowance) -> AgentPairing:
    """A new code for one agent; one that nobody has used is taken back. Locks the visit's row.

    Raises AgentsDisabled, PairingLimitsWrong or TooManyAgents.
    """
    if not agents_enabled():
        raise AgentsDisabled
    if allowance.cents < 1 or allowance.drinks < 0 or allowance.minutes not in MINUTE_CHOICES:
        raise PairingLimitsWrong
    _lock_visit(visit.pk)
    now = timezone.now()
    AgentPairing.objects.filter(visit=visit, paired_at=None).delete()
    if AgentPairing.objects.usable(now).filter(visit=visit).count() >= MAX_AGENTS:
        raise TooManyAgents(MAX_AGENTS)
    pairing = AgentPairing.objects.create(
        visit=visit,
        pairing_code="".join(secrets.choice(CODE_ALPHABET) for _place in range(CODE_LENGTH)),
        code_expires_at=now + CODE_TTL,
        cents_allowed=allowance.cents,
        drinks_allowed=allowance.drinks,
        minutes_allowed=allowance.minutes,
    )
    _notify_guest(visit.code)
    return pairing


@atomic_with_retry
def redeem_pairing_code(typed: str, name: str) -> tuple[AgentPairing, str]:
    """The pairing and its token, for the first who gives the code. Locks the visit's row.

    `name` is what the agent calls itself. Raises AgentsDisabled or PairingCodeWrong.
    """
    if not agents_enabled():
        raise AgentsDisabled
    code = "".join(letter for letter in typed.upper() if letter.isalnum())[:CODE_LENGTH]
    found = _find_waiting(code)
    if found is None:
        raise PairingCodeWrong
    _lock_visit(found.visit_id)
    pairing, token = _find_waiting(code), secrets.token_urlsafe(32)
    if pairing is None:
        raise PairingCodeWrong
    now = timezone.now()
    pairing.pairing_code, pairing.token_hash = "", hash_token(token)
    pairing.name = clean_line(name)[:MAX_AGENT_NAME_LENGTH]
    pairing.paired_at, pairing.expires_at = now, now + timedelta(minutes=pairing.minutes_allowed)
    pairing.save()
    _notify_guest(pairing.visit.code)
    return pairing, token


def _find_waiting(code: str) -> AgentPairing | None:
    waiting = AgentPairing.objects.filter(paired_at=None, revoked_at=None, code_expires_at__gt=timezone.now())
    return waiting.filter(pairing_code=code, visit__closed_at=None).first() if code else None


def find_pairing(token: str) -> AgentPairing | None:
    """The usable pairing of a token; None for any other. One query."""
    if not token:
        return None
    return AgentPairing.objects.usable(timezone.now()).filter(token_hash=hash_token(token)).first()


def lock_usable_pairing(pairing: AgentPairing) -> AgentPairing:
    """The pairing as it is now, with its visit's row locked until the transaction ends: whoever stops it
    waits, and what comes after that finds it stopped. Raises AgentAccessEnded or AgentsDisabled."""
    _lock_visit(pairing.visit_id)
    if not agents_enabled():
        raise AgentsDisabled
    now = AgentPairing.objects.usable(timezone.now()).select_related("visit").filter(pk=pairing.pk).first()
    if now is None:
        raise AgentAccessEnded
    return now


@atomic_with_retry
def revoke_pairing(pairing: AgentPairing, by: User | None = None) -> None:
    """Ends an agent's access, or takes back its code. Again it changes nothing. Locks the visit's row."""
    _lock_visit(pairing.visit_id)
    running = AgentPairing.objects.filter(pk=pairing.pk, revoked_at=None)
    running.update(revoked_at=timezone.now(), revoked_by=by, pairing_code="", token_hash="", asks=[])
    _notify_guest(pairing.visit.code)


@atomic_with_retry
def record_ask(pairing: AgentPairing, ask: str) -> None:
    """Puts before the guest what the agent wants of them; each thing stands there once. Locks the visit's
    row."""
    _lock_visit(pairing.visit_id)
    held = AgentPairing.objects.select_related("visit").filter(pk=pairing.pk, revoked_at=None).first()
    if held and ask not in held.asks:
        held.asks = [*held.asks, str(ask)]
        held.save(update_fields=["asks"])
        _notify_guest(held.visit.code)


@atomic_with_retry
def clear_asks(pairing: AgentPairing) -> None:
    """The guest has seen them. Locks the visit's row."""
    _lock_visit(pairing.visit_id)
    AgentPairing.objects.filter(pk=pairing.pk).update(asks=[])
    _notify_guest(pairing.visit.code)


def spending_of(pairing: AgentPairing) -> AgentSpending:
    """One query. Under the visit's lock it is exact."""
    lines = OrderLine.objects.filter(visit=pairing.visit_id, agent_code=pairing.code)
    sums = lines.exclude(status=OrderLine.Status.VOIDED).aggregate(
        cents=Sum(F("quantity") * F("unit_cents")),
        grams=Sum(F("quantity") * F("unit_ethanol_grams"), output_field=DecimalField()),
        unknown=Sum("quantity", filter=Q(unit_ethanol_grams=None)),
    )
    return AgentSpending(sums["cents"] or 0, sums["grams"] or ZERO_GRAMS, sums["unknown"] or 0)


def unfinished_pairings(visit: Visit) -> list[AgentPairing]:
    """Those that work, and a code that waits; newest first. None for a visit that is not saved yet."""
    if visit._state.adding:
        return []
    return list(AgentPairing.objects.unfinished(timezone.now()).filter(visit=visit).select_related("visit"))


def agents_on_tab(visit: Visit, *, is_enabled: bool) -> tuple[AgentOnTab, ...] | None:
    """For the guest's tab. None where the venue has no agents: then nothing is read. Two queries at most."""
    if not is_enabled:
        return None
    pairings = [pairing for pairing in unfinished_pairings(visit) if pairing.paired_at]
    spent = _spent_cents(visit, [pairing.code for pairing in pairings])
    return tuple(
        AgentOnTab(
            pairing.code,
            pairing.name,
            spent.get(pairing.code, 0),
            pairing.cents_allowed,
            tuple(pairing.asks),
        )
        for pairing in pairings
    )


def _spent_cents(visit: Visit, codes: Sequence[str]) -> dict[str, int]:
    if not codes:
        return {}
    lines = OrderLine.objects.filter(visit=visit, agent_code__in=codes).exclude(
        status=OrderLine.Status.VOIDED
    )
    sums = lines.order_by().values_list("agent_code").annotate(cents=Sum(F("quantity") * F("unit_cents")))
    return dict(sums)


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def clean_line(text: str) -> str:
    """One line without control characters: an agent's words stand beside the bar's own."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _lock_visit(pk: int) -> None:
    """Of a visit that was erased meanwhile there is nothing to lock."""
    Visit.objects.select_for_update(no_key=True).only("pk").filter(pk=pk).first()


def _notify_guest(visit_code: str) -> None:
    after_commit(partial(guest_needs_changed.send_robust, sender=Visit, visit_code=visit_code))
