"""Which language model answers at this moment, for the page, monitors and staff."""

from __future__ import annotations

from dataclasses import dataclass

from bartender.brains import current_language_model

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
    """`active_model` is asked now, `configured_model` is what the settings name; both are "" for the
    rule-based brain. `display_name`: the provider, for people."""

    active_model: str
    configured_model: str
    display_name: str = ""

    @property
    def is_fallback(self) -> bool:
        return self.active_model != self.configured_model


def current_llm_status() -> LLMStatus:
    """Asks nothing over the network: it goes by the circuit breakers, and so by what the last guests met."""
    spec = current_language_model()
    if spec is None:
        return LLMStatus("", "")
    found = spec.build()
    return LLMStatus(found.active_model(), found.models[0], spec.display_name)


def probe_llm_failure(model: str) -> str:
    """Asks over the network, a few seconds at most. Returns what is wrong, in words for staff, or ""."""
    spec = current_language_model()
    kind = spec.build().probe_failure(model) if spec else ""
    return kind and FAILURE_DESCRIPTIONS.get(kind, f"does not answer ({kind})")
