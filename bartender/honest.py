"""What the page says of itself: which part is real here, which is simulated, which is off."""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

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
        return Word("real", _("Gemini · on your own key"))
    if not now.wanted:
        return Word("simulated", _("House brain · no language model key"))
    if thrift == "house":
        return Word("simulated", _("House brain · the language model’s budget is used up"))
    if not now.model:
        return Word("simulated", _("House brain · Gemini does not answer just now"))
    if thrift == "shorter":
        return Word("real", _("Gemini · brief, to save"))
    return Word("real", _("Gemini · its second model for now") if now.fallen_back else "Gemini")


def _voice(own: Keys) -> Word:
    local = local_voice()
    if "cartesia" in own:
        return Word("real", _("Voice: Cartesia · on your own key"))
    if settings.CARTESIA_API_KEY and not rests(settings.CARTESIA_API_KEY):
        return Word("real", _("Voice: Cartesia"))
    if local:
        return Word("simulated", _("Local voice · %(name)s") % {"name": local})
    return Word("off", _("No voice here · read along"))


def _ears() -> Word:
    ears = whose_ears()
    if ears is None:
        return Word("off", _("No ears here"))
    return Word("real" if ears.name == "cartesia" else "simulated", _("Ears: %(who)s") % {"who": ears.says})


def _till() -> Word:
    if till_is_simulated():
        return Word("simulated", _("Simulated till · no real money"))
    if not tills():
        return Word("off", _("No cards here · pay at the bar"))
    if not has_live_key():
        return Word("real", _("Stripe in test mode · no real money"))
    return Word("real", _("Real payments by Stripe"))
