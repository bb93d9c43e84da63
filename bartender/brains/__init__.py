"""Selects a turn's brain: the language models that are configured, in their order, else the rule-based brain,
`house`."""

from django.conf import settings
from django.views.decorators.debug import sensitive_variables

from bartender.brains.base import Brain
from bartender.brains.deadlines import TurnDeadline
from bartender.brains.fallback import FallbackBrain
from bartender.brains.language_model import LanguageModelProvider, LanguageModelSpec
from bartender.brains.lazy import LazyBrain
from bartender.dialogue.types import RULE_BASED_BRAIN
from bartender.models.visits import Visit
from bartender.services.own_keys.encryption import OwnKeys
from bartender.services.own_keys.store import own_keys_of
from maya_site.core.errors import Refusal
from maya_site.core.providers import configured_providers, find_provider, providers


def current_language_model() -> LanguageModelSpec | None:
    """The language model that the settings name first; None means the rule-based brain."""
    return next(iter(configured_providers(LanguageModelSpec)), None)


def is_free_language_model(spec: LanguageModelSpec) -> bool:
    """Whether none of its models costs the venue anything."""
    provider = spec.build()
    return all(map(provider.is_free, provider.models))


def has_free_language_model() -> bool:
    """Whether a model still answers once the budgets are used up."""
    return any(map(is_free_language_model, configured_providers(LanguageModelSpec)))


def own_language_model(own_keys: OwnKeys) -> LanguageModelSpec | None:
    """The language model that the guest lent a key for, if any."""
    return next(
        (spec for spec in providers(LanguageModelSpec) if spec.own_key and spec.name in own_keys), None
    )


def brain_names() -> list[str]:
    return sorted([RULE_BASED_BRAIN, *(spec.name for spec in providers(LanguageModelSpec))])


def default_brain_name() -> str:
    """The name of the brain that answers by the settings alone."""
    spec = current_language_model()
    return spec.name if spec else RULE_BASED_BRAIN


def rule_based_brain() -> Brain:
    from bartender.brains.rule_based.brain import RuleBasedBrain

    return RuleBasedBrain()


def _brain_called(name: str) -> Brain:
    if name == RULE_BASED_BRAIN:
        return rule_based_brain()
    spec = find_provider(LanguageModelSpec, name)
    if spec is None:
        raise Refusal(f"There is no brain {name}; there are {', '.join(brain_names())}.")
    if not spec.is_configured:
        raise Refusal(
            f"{spec.display_name} is not set up: set {' or '.join(spec.enabled_by)}, "
            f"or talk to --brain {RULE_BASED_BRAIN}."
        )
    specs = configured_providers(LanguageModelSpec)
    return _with_fallback(*(one.build() for one in specs[specs.index(spec) :]))


def _with_fallback(*providers_in_order: LanguageModelProvider) -> Brain:
    """The first provider's name and deadlines are the turn's; the next ones answer where it fails."""
    deadline = TurnDeadline(providers_in_order[0].timeouts)
    candidates = [one for provider in providers_in_order for one in provider.fallback_candidates(deadline)]
    return FallbackBrain(candidates, rule_based_brain(), deadline)


@sensitive_variables()
def _select_brain(visit: Visit) -> tuple[Brain, bool]:
    """The brain, and whether the guest's own key pays. That key comes before the venue's; if it fails, the
    rule-based brain answers, at no cost to the venue."""
    own_keys = own_keys_of(visit)
    spec = own_language_model(own_keys)
    if spec and spec.own_key:
        return _with_fallback(spec.own_key.build(own_keys[spec.name])), True
    return _brain_called(default_brain_name()), False


def warm_up() -> None:
    """Called beside the start of the server, so that no guest waits for what is made only once."""
    for spec in configured_providers(LanguageModelSpec):
        spec.build().warm_up()


def get_brain(visit: Visit, name: str = "") -> Brain:
    """The brain for this visit's next turn, made for that turn alone. It needs no query and no thread. Raises
    Refusal if there is no brain `name`, or no key for it."""
    if name or not settings.MAYA_MASTER_KEY:  # without it no guest can have lent a key
        return _brain_called(name or default_brain_name())
    return LazyBrain(default_brain_name(), lambda: _select_brain(visit))
