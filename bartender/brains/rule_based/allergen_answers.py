"""What is known of a drink's allergens, in words. What nobody has confirmed is said to be unknown."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bartender.facts.wording import allergen_label, join_words
from bartender.menu.snapshot import Drink, Menu

_ALLERGEN_STATE_PHRASES = {
    "contains": "contains",
    "may_contain": "may contain",
    "free": "is free of",
    "unknown": "",
}


def allergen_sentence(drink: Drink, word: str) -> str:
    facts = dict(drink.allergens)
    if word:
        values = {"drink": drink.name, "allergen": allergen_label(word)}
        if state := _ALLERGEN_STATE_PHRASES[facts.get(word, "unknown")]:
            return _("The %(drink)s %(contains)s %(allergen)s.") % {**values, "contains": _(state)}
        return (
            _("I don't know whether the %(drink)s contains %(allergen)s: nobody has confirmed it.") % values
        )
    known = [
        f"{_(_ALLERGEN_STATE_PHRASES[state])} {allergen_label(name)}"
        for name, state in drink.allergens
        if state in ("contains", "may_contain")
    ]
    if known:
        return _("The %(drink)s %(known)s; of the others I don't know.") % {
            "drink": drink.name,
            "known": join_words(known),
        }
    none = _("I have no full allergen record for the %(drink)s, so I can't promise anything.")
    return none % {"drink": drink.name}


WHICH_ALLERGEN_QUESTION = (
    "Tell me which allergen it is and I'll say what I know of each drink; the staff can confirm the rest."
)


def allergen_across_menu(allergen: str, menu: Menu) -> tuple[str, tuple[str, ...]]:
    """What is known of all drinks, and a few that are free of it. Without an allergen it is asked for."""
    if not allergen:
        return _(WHICH_ALLERGEN_QUESTION), ()
    with_it = [drink.name for drink in menu.drinks if dict(drink.allergens).get(allergen) == "contains"]
    free = [drink.name for drink in menu.drinks if dict(drink.allergens).get(allergen) == "free"]
    has = ngettext("%(drinks)s contains %(allergen)s.", "%(drinks)s contain %(allergen)s.", len(with_it))
    values = {"drinks": join_words(with_it), "allergen": allergen_label(allergen)}
    parts = [has % values] if with_it else []
    parts += [_("Known to be free of it: %(drinks)s.") % {"drinks": join_words(free)}] if free else []
    parts.append(_("Of the others I don't know, so please ask the staff before you decide."))
    return " ".join(parts), tuple(free[:3])
