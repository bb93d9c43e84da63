"""The tool that reads when the bar is open."""

from __future__ import annotations

from typing import Annotated

from django.utils import timezone
from pydantic import StringConstraints

from bartender.facts.menu import PassagesRecalled
from bartender.facts.opening_times import OpeningTimesRead
from bartender.menu.snapshot import current_menu
from bartender.services.bar_state import current_bar_state
from bartender.services.opening_days import find_named_day
from bartender.tools.recall import Recall, recall
from bartender.tools.registry import ToolArguments, ToolContext, tool


class GetOpeningTimes(ToolArguments):
    """When the bar opens and closes. Call it when the guest asks until when it is open, when it opens again,
    or whether it is open on some day. Never say a time yourself."""

    day: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    "The day that the guest asks about, such as “Sunday” or 2026-12-24. Empty: now."


@tool("get_opening_times", permission="reads")
def get_opening_times(
    context: ToolContext, arguments: GetOpeningTimes
) -> OpeningTimesRead | PassagesRecalled:
    """Where no hours are stored and the bar is not closed, what the bar's memory surely knows of them."""
    menu = current_menu()
    times = menu.opening_times
    if times is None or not times.is_known:
        if current_bar_state(menu).takes_orders:
            found = recall(context, Recall(question=f"When is the bar open? {arguments.day}".strip()[:200]))
            if found.sure_passages:
                return found
        return OpeningTimesRead.of(times, None)
    today = times.business_date_at(timezone.now())
    return OpeningTimesRead.of(times, find_named_day(arguments.day, times, today))
