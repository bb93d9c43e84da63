"""How much a turn may still cost: first in full, then shorter, then the rule-based brain. Ordering always
works.

What was spent is read when a turn begins and written when it ends. Turns that run at the same time do not see
each other's cost, so a budget may be exceeded by the turns that are under way.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from bartender.costs.prices import llm_cost_microcents, speech_cost_microcents
from bartender.dialogue.types import BudgetLevel, TokenUsage
from bartender.models.menu import Venue
from bartender.models.spending import SpendingPeriod
from bartender.models.visits import Turn, Visit
from maya_site.core.metrics import COST_DOLLARS, TTS_CHARACTERS
from maya_site.core.money import MICROCENTS_PER_CENT
from maya_site.core.providers import ProviderSpec, providers
from maya_site.core.venue import BusinessDay, business_day_at

SHORTER_THRESHOLD_PERCENT = 70
SHORTER_HISTORY_TURNS = 4  # turns
PERIOD_SECONDS, PERIOD_PARTS = 900, 4
PERIOD_RETENTION = timedelta(days=7)  # nobody asks for more than a business day
BUDGET_LEVELS = ("full", "shorter", "house")
BUDGET_NOTICES = {
    "shorter": "Most of tonight’s budget for my language model is used: I will be brief from here on.",
    "house": "The budget for my language model is used up, so my house brain goes on. "
    "You can order, tip and pay as before.",
}
FREE_MODEL_NOTICE = (
    "The budget for my first language model is used up, so the bar’s own goes on. "
    "You can order, tip and pay as before."
)


def current_budget_level(visit: Visit, venue: Venue, *, is_brain_paid: bool) -> BudgetLevel:
    """The lower level of two: by the visit's budget, and by the business day's. At most one query."""
    if not (is_brain_paid or any(spec.prices and spec.is_configured for spec in providers(ProviderSpec))):
        return "full"
    day = spent_microcents_on(business_day_at(venue, timezone.now()))
    steps = (
        budget_level_for(visit.spent_microcents, venue.visit_budget_cents),
        budget_level_for(day, venue.day_budget_cents),
    )
    return max(steps, key=BUDGET_LEVELS.index)


def budget_level_for(microcents: int, budget_cents: int) -> BudgetLevel:
    """The level after so many microcents. A budget of zero is always used up."""
    used = microcents * 100 // (budget_cents * MICROCENTS_PER_CENT) if budget_cents else 100
    if used >= 100:
        return "house"
    return "shorter" if used >= SHORTER_THRESHOLD_PERCENT else "full"


def budget_notice(before: str, now: str, *, has_free_model: bool) -> str:
    """What the guest is told when the level gets lower; "" if it does not. `has_free_model`: one that costs
    nothing goes on answering."""
    if BUDGET_LEVELS.index(now) <= BUDGET_LEVELS.index(before):
        return ""
    return _(FREE_MODEL_NOTICE if now == "house" and has_free_model else BUDGET_NOTICES[now])


def spent_microcents_on(day: BusinessDay) -> int:
    periods = SpendingPeriod.objects.filter(starts_at__gte=day.start, starts_at__lt=day.end)
    return periods.aggregate(total=Sum("microcents"))["total"] or 0


def add_spending(at: datetime, microcents: int) -> None:
    """Adds what a turn that began then has cost to the sum of its business day."""
    if not microcents:
        return
    starts_at = datetime.fromtimestamp(at.timestamp() // PERIOD_SECONDS * PERIOD_SECONDS, UTC)
    key: dict[str, Any] = {"starts_at": starts_at, "part": random.randrange(PERIOD_PARTS)}
    more = F("microcents") + microcents
    if not SpendingPeriod.objects.filter(**key).update(microcents=more):
        SpendingPeriod.objects.get_or_create(**key)
        SpendingPeriod.objects.filter(**key).update(microcents=more)
        SpendingPeriod.objects.filter(starts_at__lt=starts_at - PERIOD_RETENTION).delete()


def record_llm_cost(uses: Sequence[TokenUsage], day: date) -> int:
    """The cost in microcents. It is added to the metrics as well, so this must be called once for a turn."""
    cost = llm_cost_microcents(uses, day) if uses else 0
    COST_DOLLARS.labels("thinking").inc(cost / MICROCENTS_PER_CENT / 100)
    return cost


def record_speech_cost(turn: Turn, voice: str, characters: int) -> None:
    """Adds the cost of a reply that was spoken, perhaps after its turn had ended. The database does the sum,
    so that processes do not overwrite each other's."""
    cost = speech_cost_microcents(voice, characters, turn.started_at.date())
    TTS_CHARACTERS.labels(voice).inc(characters)
    COST_DOLLARS.labels("speaking").inc(cost / MICROCENTS_PER_CENT / 100)
    if cost:
        Turn.objects.filter(pk=turn.pk).update(
            cost_microcents=F("cost_microcents") + cost,
            tts_characters=F("tts_characters") + characters,
        )
        Visit.objects.filter(pk=turn.visit_id).update(spent_microcents=F("spent_microcents") + cost)
        add_spending(turn.started_at, cost)


def record_speech_cost_of_turn(visit: Visit, client_id: str, voice: str, characters: int) -> None:
    """The same for a turn that the stream knows by the guest's client id."""
    if turn := visit.turns.filter(client_id=client_id).first():
        record_speech_cost(turn, voice, characters)
