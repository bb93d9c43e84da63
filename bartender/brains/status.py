"""Which language model answers at this moment, for the page, monitors and staff."""

from __future__ import annotations

from dataclasses import dataclass

from bartender.brains import current_language_model, is_free_language_model
from bartender.brains.language_model import LanguageModelSpec
from maya_site.core.providers import configured_providers

# What keeps a model from answering, in words for staff.
FAILURE_DESCRIPTIONS = {
    "auth": "the key is refused",
    "model": "there is no such model",
    "quota": "the quota is used up",
    "timeout": "no answer in time",
    "network": "cannot be reached",
}


@dataclass(frozen=True)
class LLMStatus:
    """`active_model` is asked now, `configured_model` is what the settings name first; both are "" for the
    rule-based brain. `display_name`: the provider, for people; `active_display_name`: that of the active
    model, which may be another one's."""

    active_model: str
    configured_model: str
    display_name: str = ""
    active_display_name: str = ""

    @property
    def is_fallback(self) -> bool:
        return self.active_model != self.configured_model


def current_llm_status() -> LLMStatus:
    """Asks nothing over the network: it goes by the circuit breakers, and so by what the last guests met."""
    spec = current_language_model()
    if spec is None:
        return LLMStatus("", "")
    configured = spec.build().models[0]
    for one in configured_providers(LanguageModelSpec):
        if active := one.build().active_model():
            return LLMStatus(active, configured, spec.display_name, one.display_name)
    return LLMStatus("", configured, spec.display_name)


def free_model_display_name() -> str:
    """The provider, for people, that answers once the budgets are used up; "" if that is the rule-based
    brain."""
    return next(
        (
            spec.display_name
            for spec in configured_providers(LanguageModelSpec)
            if is_free_language_model(spec) and spec.build().active_model()
        ),
        "",
    )


def probe_llm_failure(model: str) -> str:
    """Asks over the network, a few seconds at most. Returns what is wrong, in words for staff, or ""."""
    spec = current_language_model()
    kind = spec.build().probe_failure(model) if spec else ""
    return kind and FAILURE_DESCRIPTIONS.get(kind, f"does not answer ({kind})")
