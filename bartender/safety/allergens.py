"""Finds the allergens that a guest names, under the menu's names. There are fourteen, those that EU law
lists.

Each has the English and Spanish words for it and for the foods that contain it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bartender.safety.features import StatementToken

# One word each, folded, in the singular; two where only both together say it.
WORDS_BY_ALLERGEN: dict[str, str] = {
    "celery": "celery celeriac apio",
    "crustaceans": (
        "crustacean shellfish prawn shrimp crab lobster crayfish langoustine crustaceo marisco "
        "gamba langostino camaron cangrejo langosta bogavante cigala"
    ),
    "eggs": "egg albumen albumin huevo yema",
    "fish": "fish anchovy cod tuna salmon worcestershire pescado pez anchoa atun bacalao",
    "gluten": (
        "gluten wheat barley spelt oat coeliac celiac celiaco celiaca celiaquia trigo cebada centeno avena"
    ),
    "lupin": "lupin lupine altramuz altramuces",
    "milk": (
        "milk dairy lactose cream butter cheese whey casein leche lacteo lactosa nata mantequilla "
        "queso caseina"
    ),
    "molluscs": (
        "mollusc mollusk mussel oyster clam squid octopus scallop snail molusco mejillon ostra "
        "almeja calamar pulpo"
    ),
    "mustard": "mustard mostaza",
    "nuts": (
        "nut almond hazelnut walnut cashew pistachio pecan macadamia orgeat amaretto nuez nueces "
        "almendra avellana anacardo pistacho"
    ),
    "peanuts": "peanut groundnut cacahuete cacahuate mani",
    "sesame": "sesame tahini sesamo ajonjoli",
    "soya": "soya soy soybean tofu soja",
    "sulphites": "sulphite sulfite sulphur sulfur sulfito",
}
_ALLERGEN_BY_PHRASE = {
    "tree nut": "nuts",
    "frutos secos": "nuts",
    "fruto seco": "nuts",
    "frutos de cascara": "nuts",
    "so2": "sulphites",
}
# In "soy alérgica" soy is a verb.
_SOY_AS_VERB = re.compile(
    r" soy(?= (?:(?:muy|un|una|tambien|super|bastante) )?"
    r"(?:alergic|celiac|intoleran|sensib|yo|el|la|de|menor))"
)
_ALLERGEN_BY_WORD = {word: name for name, words in WORDS_BY_ALLERGEN.items() for word in words.split()}
# With plurals, for searching a text.
ALLERGEN_BY_FORM = {
    form: name
    for word, name in (_ALLERGEN_BY_WORD | _ALLERGEN_BY_PHRASE).items()
    for form in (word, f"{word}s")
}
ALLERGEN_NAMES = tuple(sorted(WORDS_BY_ALLERGEN))


def find_allergens(words: Sequence[StatementToken]) -> tuple[str, ...]:
    """The menu's names of the allergens in these words, sorted."""
    line = f" {' '.join(word.form for word in words)} "
    forms = _SOY_AS_VERB.sub(" ", line).split()
    found = {
        _ALLERGEN_BY_WORD[one]
        for form in forms
        for one in (form, *(form.removesuffix(end) for end in ("s", "es")), form.removesuffix("ies") + "y")
        if one in _ALLERGEN_BY_WORD
    }
    found |= {name for said, name in _ALLERGEN_BY_PHRASE.items() if f" {said}" in line}
    return tuple(sorted(found))
