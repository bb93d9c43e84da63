"""How much a turn may still cost: first in full, then shorter, then the house brain. Ordering never stops.

What was spent is read when a turn begins and written when it ends. Turns that run at the same time do not
see each other's, so a budget may be passed by what is under way just then: by one turn, where two run.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.conf import settings
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from bartender.brains import configured
from bartender.brains.base import Used
from bartender.conversation.events import Thrift
from bartender.costs.prices import cost_of, cost_of_speech
from bartender.records.menu import Venue
from bartender.records.visits import Turn, Visit
from bartender.services.days import BusinessDay, business_day
from maya_site.lib.counters import COST, TTS_CHARACTERS
from maya_site.lib.money import MICROCENTS

SHORTER_FROM_PERCENT = 70
SHORTER_HISTORY = 4  # turns
STEPS = ("full", "shorter", "house")
NOTICES = {
    "shorter": "Most of tonight’s budget for my language model is used: I will be brief from here on.",
    "house": "The budget for my language model is used up, so my house brain goes on. "
    "You can order, tip and pay as before.",
}


def thrift_of(visit: Visit, venue: Venue) -> Thrift:
    """At most one query, for what all visits together have cost this business day."""
    if not _anything_costs():
        return "full"
    day = spent_on(business_day(venue, timezone.now()))
    steps = (step(visit.spent_microcents, venue.visit_budget_cents), step(day, venue.day_budget_cents))
    return max(steps, key=STEPS.index)


def step(microcents: int, budget_cents: int) -> Thrift:
    """Of a budget of nothing all is used."""
    used = microcents * 100 // (budget_cents * MICROCENTS) if budget_cents else 100
    if used >= 100:
        return "house"
    return "shorter" if used >= SHORTER_FROM_PERCENT else "full"


def notice(before: str, now: str) -> str:
    """Said once, when it gets less."""
    return _(NOTICES[now]) if STEPS.index(now) > STEPS.index(before) else ""


def spent_on(day: BusinessDay) -> int:
    turns = Turn.objects.filter(started_at__gte=day.start, started_at__lt=day.end, cost_microcents__gt=0)
    return turns.aggregate(total=Sum("cost_microcents"))["total"] or 0


def cost_of_thinking(uses: Iterable[Used], day: date) -> int:
    """For the record of a turn that ends, counted once."""
    cost = cost_of(uses, day)
    COST.labels("thinking").inc(cost / MICROCENTS / 100)
    return cost


def spoken(turn: Turn, voice: str, characters: int) -> None:
    """A reply was said aloud, perhaps after its turn had ended. Added up by the database, so that nothing
    is lost between processes."""
    cost = cost_of_speech(voice, characters, turn.started_at.date())
    TTS_CHARACTERS.labels(voice).inc(characters)
    COST.labels("speaking").inc(cost / MICROCENTS / 100)
    if cost:
        Turn.objects.filter(pk=turn.pk).update(
            cost_microcents=F("cost_microcents") + cost,
            spoken_characters=F("spoken_characters") + characters,
        )
        Visit.objects.filter(pk=turn.visit_id).update(spent_microcents=F("spent_microcents") + cost)


def said_aloud(visit: Visit, client_id: str, voice: str, characters: int) -> None:
    """Of a turn that the stream knows by the guest's id."""
    if turn := visit.turns.filter(client_id=client_id).first():
        spoken(turn, voice, characters)


def _anything_costs() -> bool:
    return configured() != "house" or bool(settings.CARTESIA_API_KEY)
