"""What the page says of itself: which part is real here, which is simulated, which is off."""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings

from bartender.brains import configured
from bartender.records.visits import Visit
from bartender.voices.house import local_voice
from payments.checkout import till_is_simulated


class Word(NamedTuple):
    state: str  # real, simulated, off
    says: str


def honest_words(visit: Visit) -> list[Word]:
    return [_brain(configured(), visit.thrift), _till(), _voice()]


def _brain(name: str, thrift: str) -> Word:
    if name != "house" and thrift == "house":
        return Word("simulated", "House brain · the language model’s budget is used up")
    if name != "house":
        return Word("real", f"Brain: {name}" + (" · brief, to save" if thrift == "shorter" else ""))
    why = "no language model yet" if settings.GEMINI_API_KEY else "no language model key"
    return Word("simulated", f"House brain · {why}")


def _voice() -> Word:
    if local := local_voice():
        return Word("simulated", f"Local voice · {local}")
    return Word("off", "No voice here · read along")


def _till() -> Word:
    if till_is_simulated():
        return Word("simulated", "Simulated till · no real money")
    return Word("real", "Real payments")
