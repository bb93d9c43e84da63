"""Counts the tokens that the rounds of a turn use, by model, for the turn's costs and the metrics."""

from __future__ import annotations

from bartender.dialogue.types import TokenUsage
from maya_site.core.metrics import LLM_TOKENS


def count_tokens(usage_by_model: dict[str, TokenUsage], usage: TokenUsage) -> None:
    """Adds one report of a brain to what its model has used in this turn, and to `maya_llm_tokens_total`."""
    before = usage_by_model.get(usage.model, TokenUsage(usage.model))
    usage_by_model[usage.model] = TokenUsage(
        usage.model,
        before.input + usage.input,
        before.output + usage.output,
        before.cached + usage.cached,
        before.thoughts + usage.thoughts,
        usage.own,
    )
    for direction in ("input", "output", "cached", "thoughts"):
        LLM_TOKENS.labels(usage.model, direction).inc(getattr(usage, direction))
