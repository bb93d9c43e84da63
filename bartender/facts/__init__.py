"""Facts: what Maya did or looked up in a turn, one class for each kind.

A class has the fact's fields, its sentence in the guest's language, and its effect on the
conversation. To add one, see “a tool” in CONTRIBUTING.md.
"""

from bartender.facts import bill, menu, opening_times, order, service
from bartender.facts.base import (
    CORRECTION_TOOL,
    FACTS,
    Effect,
    Fact,
    ToolResult,
    UnknownFact,
    emotion_for_results,
    fact_from_dict,
    register_fact,
    unregister_fact,
)
from bartender.facts.wording import Reply

__all__ = [
    "CORRECTION_TOOL",
    "FACTS",
    "Effect",
    "Fact",
    "Reply",
    "ToolResult",
    "UnknownFact",
    "bill",
    "emotion_for_results",
    "fact_from_dict",
    "menu",
    "opening_times",
    "order",
    "register_fact",
    "service",
    "unregister_fact",
]
