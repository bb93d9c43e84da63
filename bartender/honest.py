"""What the page says of itself: which part is real here, which is simulated, which is off."""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings

from bartender.brains.status import thinking
from bartender.hearing.house import whose_ears
from bartender.keys.keeper import keys_of
from bartender.keys.seal import Keys
from bartender.records.visits import Visit
from bartender.voices.house import local_voice, rests
from payments.checkout import till_is_simulated
from payments.providers import has_live_key, tills


class Word(NamedTuple):
    state: str  # real, simulated, off
    says: str


def honest_words(visit: Visit) -> list[Word]:
    own = keys_of(visit)
    return [_brain(visit, own), _till(), _voice(own), _ears()]


def _brain(visit: Visit, own: Keys) -> Word:
    now, thrift = thinking(), visit.thrift
    if "gemini" in own:
        return Word("real", "Gemini · on your own key")
    if not now.wanted:
        return Word("simulated", "House brain · no language model key")
    if thrift == "house":
        return Word("simulated", "House brain · the language model’s budget is used up")
    if not now.model:
        return Word("simulated", "House brain · Gemini does not answer just now")
    if thrift == "shorter":
        return Word("real", "Gemini · brief, to save")
    return Word("real", "Gemini · its second model for now" if now.fallen_back else "Gemini")


def _voice(own: Keys) -> Word:
    local = local_voice()
    if "cartesia" in own:
        return Word("real", "Voice: Cartesia · on your own key")
    if settings.CARTESIA_API_KEY and not rests(settings.CARTESIA_API_KEY):
        return Word("real", "Voice: Cartesia")
    if local:
        return Word("simulated", f"Local voice · {local}")
    return Word("off", "No voice here · read along")


def _ears() -> Word:
    ears = whose_ears()
    if ears is None:
        return Word("off", "No ears here")
    return Word("real" if ears.name == "cartesia" else "simulated", f"Ears: {ears.says}")


def _till() -> Word:
    if till_is_simulated():
        return Word("simulated", "Simulated till · no real money")
    if not tills():
        return Word("off", "No cards here · pay at the bar")
    if not has_live_key():
        return Word("real", "Stripe in test mode · no real money")
    return Word("real", "Real payments by Stripe")
