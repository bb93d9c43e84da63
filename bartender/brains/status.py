"""Who is thinking at this moment, for the page, monitors and staff."""

from __future__ import annotations

from dataclasses import dataclass

from bartender.brains import gemini

# What keeps a model from answering, in words for staff.
TROUBLES = {
    "auth": "the key is refused",
    "model": "there is no such model",
    "quota": "the quota is used up",
    "timeout": "no answer in time",
    "network": "cannot be reached",
}


@dataclass(frozen=True)
class Thinking:
    """`model` is asked now, `wanted` is what the settings name. Empty: the house brain."""

    model: str
    wanted: str

    @property
    def fallen_back(self) -> bool:
        return self.model != self.wanted


def thinking() -> Thinking:
    """Without asking over the network: by what the last guests met."""
    found = gemini()
    return Thinking(found.answering(), found.models[0]) if found.access.given else Thinking("", "")


def trouble(wanted: str) -> str:
    """Asked over the network: a few seconds at most. Empty where the model answers."""
    kind = gemini().trouble(wanted)
    return kind and TROUBLES.get(kind, f"does not answer ({kind})")
