"""Which parts of this bar are real, simulated or off: one list for the page and for monitors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.conf import settings

State = Literal["real", "simulated", "off"]


@dataclass(frozen=True)
class Part:
    name: str
    state: State
    says: str


def parts() -> list[Part]:
    """From the settings alone: nothing is asked, so a page may show it at every view."""
    return [_brain(), _till(), _voice(), _memory(), _broker()]


def _brain() -> Part:
    if settings.GEMINI_API_KEY:
        return Part("language model", "simulated", "House brain · the language model is not connected yet")
    return Part("language model", "simulated", "House brain · no language model key")


def _till() -> Part:
    return Part("payments", "simulated", "Simulated till · no real money")


def _voice() -> Part:
    return Part("voice", "off", "No voice yet · type or tap")


def _memory() -> Part:
    return Part("memory", "off", "House memory is off")


def _broker() -> Part:
    if settings.REDIS_URL:
        return Part("broker", "real", "Redis carries the news")
    return Part("broker", "simulated", "One process · no broker")
