"""What a language model is asked with, as values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GenerationSettings:
    """Each is sent only if it is set: current models advise against both."""

    temperature: float | None = None
    max_output_tokens: int | None = None
