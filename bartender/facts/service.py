"""Facts about the guest: what was remembered or noted, and who was called. And refusals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from django.utils.translation import gettext as _

from bartender.facts.base import Effect, Fact, register_fact
from bartender.facts.wording import allergen_label, join_words

# English message ids: whoever uses them translates.
UNKNOWN_ALLERGY_TEXT = (
    "I have noted that there is an allergy, but I have no facts about that one: please drink nothing before "
    "a person behind the bar has said yes to it. I have called one."
)
ALCOHOL_CAUTION_TEXT = (
    "Thank you for telling me. I won't offer you alcohol, then; I have plenty of good drinks without it."
)
UNDERAGE_TEXT = "I can't pour alcohol for anyone under age, but I have plenty of good drinks without it."
AI_DISCLOSURE_TEXT = (
    "I'm an AI: Maya, this bar's bartender, not a human. If you would rather have a person, say so, and "
    "I'll call one."
)
STAFF_CALLED_TEXT = "I have called the people behind the bar: somebody will come to you."
STAFF_CALLED_DISCREETLY_TEXT = "I have passed that on to the people behind the bar. Somebody will look in."
COMPLAINT_TEXT = (
    "I'm sorry. I have written that down and put it before the people behind the bar: somebody will come "
    "and put it right with you."
)
AGE_TEXTS = {
    "declared": "Thank you for telling me. What may I pour you?",
    "checked": "Thank you, somebody has seen that. What may I pour you?",
    "refused": "Then it's drinks without alcohol tonight, and I make those with just as much care.",
}


@dataclass(frozen=True)
class ServiceFact(Fact):
    """Something that code did before a brain was asked; its sentence answers the turn."""

    effect: ClassVar[Effect] = "service"
    phase = None
    must_report = True


@register_fact
@dataclass(frozen=True)
class UsualRemembered(ServiceFact):
    kind = "remembered"

    def sentence(self) -> str:
        return _("I'll remember your usual.")


@register_fact
@dataclass(frozen=True)
class UsualForgotten(ServiceFact):
    kind = "forgotten"

    def sentence(self) -> str:
        return _("I don't keep your usual any more.")


@register_fact
@dataclass(frozen=True)
class AllergiesNoted(ServiceFact):
    """`names`: the allergens, as the menu names them; `doubtful`: drinks on the tab that may contain one."""

    kind = "allergies"

    names: tuple[str, ...]
    doubtful: tuple[str, ...]

    def sentence(self) -> str:
        parts = [
            _("I have noted %(names)s: whatever has it, or may have it, I leave to a person.")
            % {"names": join_words([allergen_label(name) for name in self.names])}
        ]
        if self.doubtful:
            what = {"what": join_words(self.doubtful)}
            parts.append(_("%(what)s won't go to the bar before somebody there has said yes.") % what)
        return " ".join([*parts, _("You can take that back on the page.")])


@register_fact
@dataclass(frozen=True)
class UnknownAllergyNoted(ServiceFact):
    kind = "unknown_allergy"

    def sentence(self) -> str:
        return _(UNKNOWN_ALLERGY_TEXT)


@register_fact
@dataclass(frozen=True)
class AgeNoted(ServiceFact):
    """`state`: a key of AGE_TEXTS; `check`: the policy's age check, where "staff" is a person who sees an
    ID."""

    kind = "age"

    state: str
    check: str

    def sentence(self) -> str:
        if self.state == "declared" and self.check == "staff":
            return _("Thank you. Somebody behind the bar will want to see an ID before the first one.")
        text = AGE_TEXTS.get(self.state)
        return _(text) if text else ""


@register_fact
@dataclass(frozen=True)
class CautionNoted(ServiceFact):
    """`cautions`: kinds of guest statements that speak against alcohol, such as "driving"."""

    kind = "caution"

    cautions: tuple[str, ...]

    def sentence(self) -> str:
        return _(UNDERAGE_TEXT if "minor_other" in self.cautions else ALCOHOL_CAUTION_TEXT)


@register_fact
@dataclass(frozen=True)
class AiDisclosed(ServiceFact):
    kind = "an_ai"
    effect = "reads"
    must_report = False

    def sentence(self) -> str:
        return _(AI_DISCLOSURE_TEXT)


@register_fact
@dataclass(frozen=True)
class StaffCalled(ServiceFact):
    kind = "called"

    def sentence(self) -> str:
        return _(STAFF_CALLED_TEXT)


@register_fact
@dataclass(frozen=True)
class StaffCalledDiscreetly(ServiceFact):
    """Somebody bothers the guest and may be reading along, so the sentence does not say why staff come."""

    kind = "called_discreetly"

    def sentence(self) -> str:
        return _(STAFF_CALLED_DISCREETLY_TEXT)


@register_fact
@dataclass(frozen=True)
class ComplaintRecorded(ServiceFact):
    kind = "complained"

    def sentence(self) -> str:
        return _(COMPLAINT_TEXT)


@register_fact
@dataclass(frozen=True)
class Refused(Fact):
    """A call was refused, and nothing was done. `error`: the Refusal's class name; `details`: its attributes
    as JSON.

    The refusal's own sentence is the text of the ToolResult; this one replaces it if the claim gate withholds
    it.
    """

    kind = "refused"
    effect = "reads"
    phase = None
    must_report = True
    emotion = "flustered"

    error: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    def sentence(self) -> str:
        return _("That was not possible.")

    @property
    def is_trusted(self) -> bool:
        """Not if the refusal repeats a name that a brain asked for: it could contain anything."""
        return "requested_name" not in self.details

    def to_dict(self) -> dict[str, Any]:
        """Flat, so no detail may be named "kind" or "error"."""
        return {**self.details, "kind": self.kind, **({"error": self.error} if self.error else {})}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        details = {name: value for name, value in data.items() if name not in ("kind", "error")}
        return cls(str(data.get("error", "")), details)
