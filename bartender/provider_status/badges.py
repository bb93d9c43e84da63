"""The badges on a guest's page: which part is real here, which is simulated, and which is off."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.translation import gettext as _

from bartender.brains import own_language_model
from bartender.brains.status import LLMStatus, current_llm_status, free_model_display_name
from bartender.models.visits import Visit
from bartender.services.own_keys.encryption import OwnKeys
from bartender.services.own_keys.store import own_keys_of
from bartender.speech.stt.registry import preferred_provider
from bartender.speech.tts.registry import is_cooling_down, local_voice_names, own_voice, vendor_voice
from payments.providers import (
    available_provider_names,
    get_provider,
    get_provider_spec,
    is_provider_simulated,
)


class ProviderBadge(NamedTuple):
    state: str  # real, simulated, off
    says: str


def provider_badges(visit: Visit) -> list[ProviderBadge]:
    own = own_keys_of(visit)
    return [_brain_badge(visit, own), _payments_badge(), _tts_badge(own), _stt_badge()]


def _brain_badge(visit: Visit, own: OwnKeys) -> ProviderBadge:
    if lent := own_language_model(own):
        return ProviderBadge("real", _("%(name)s · on your own key") % {"name": lent.display_name})
    now = current_llm_status()
    if not now.configured_model:
        return ProviderBadge("simulated", _("Built-in answers · no language model key"))
    free = free_model_display_name()
    if visit.budget_level == "house":
        used_up = _("Built-in answers · the language model’s budget is used up")
        return ProviderBadge("real", _(free)) if free else ProviderBadge("simulated", used_up)
    name = {"name": _(now.display_name)}
    if not now.active_model:
        return ProviderBadge("simulated", _("Built-in answers · %(name)s is not answering right now") % name)
    return ProviderBadge(
        "real", _model_label(now, is_brief=visit.budget_level == "shorter" and free != now.display_name)
    )


def _model_label(now: LLMStatus, *, is_brief: bool) -> str:
    name = {"name": _(now.active_display_name)}
    if now.active_display_name != now.display_name:
        first = {"first": _(now.display_name)}
        return _("%(name)s · %(first)s is not answering right now") % (name | first)
    if is_brief:
        return _("%(name)s · brief, to save") % name
    return _("%(name)s · its second model for now") % name if now.is_fallback else name["name"]


def _tts_badge(own: OwnKeys) -> ProviderBadge:
    if lent := own_voice(own):
        return ProviderBadge("real", _("Voice: %(name)s · on your own key") % {"name": lent.display_name})
    vendor = vendor_voice()
    if vendor and not is_cooling_down(vendor):
        return ProviderBadge("real", _("Voice: %(name)s") % {"name": vendor.display_name})
    if local := local_voice_names():
        return ProviderBadge("simulated", _("Local voice · %(name)s") % {"name": local})
    return ProviderBadge("off", _("No voice here · text only"))


def _stt_badge() -> ProviderBadge:
    spec = preferred_provider()
    if spec is None:
        return ProviderBadge("off", _("Speech input off"))
    state = "simulated" if spec.is_stand_in else "real"
    return ProviderBadge(state, _("Ears: %(who)s") % {"who": _(spec.display_name)})


def _payments_badge() -> ProviderBadge:
    if is_provider_simulated():
        return ProviderBadge("simulated", _("Simulated till · no real money"))
    first = next(iter(available_provider_names()), "")
    if not first:
        return ProviderBadge("off", _("No cards here · please pay at the bar"))
    name = {"name": get_provider_spec(first).display_name}
    if not get_provider(first).is_live:
        return ProviderBadge("real", _("%(name)s in test mode · no real money") % name)
    return ProviderBadge("real", _("Real payments by %(name)s") % name)
