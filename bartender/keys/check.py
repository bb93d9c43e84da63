"""Asks a vendor once whether a key is good, cheaply. Waits for the network: never on the event loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from django.views.decorators.debug import sensitive_variables

PROVIDERS = {"gemini": "Gemini", "cartesia": "Cartesia"}
WITHIN = 4.0  # seconds

Verdict = Literal["good", "wrong", "away"]


@sensitive_variables()
def check(provider: str, key: str) -> Verdict:
    trouble = TROUBLES[provider](key)
    if not trouble:
        return "good"
    return "wrong" if trouble == "auth" else "away"


def _gemini(key: str) -> str:
    from bartender.brains import gemini
    from bartender.brains.gemini.own import trouble

    house = gemini()
    return trouble(key, replace(house, deadlines=replace(house.deadlines, probe=WITHIN)))


def _cartesia(key: str) -> str:
    from bartender.voices.account import trouble

    return trouble(key, WITHIN)


# What keeps a key from working, as a kind of failure; empty where it works.
TROUBLES: dict[str, Callable[[str], str]] = {"gemini": _gemini, "cartesia": _cartesia}
