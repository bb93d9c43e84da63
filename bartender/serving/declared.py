"""What guests say of themselves in plain words: an allergy, their age. Heard by code, never by a model.

An allergy is heard rather too often than too seldom: the guest sees it on the tab and can take it back there.
"""

from __future__ import annotations

import re

# What guests call an allergen, and the name that the menu's facts have for it.
ALLERGENS = {
    "gluten": "gluten",
    "wheat": "gluten",
    "barley": "gluten",
    "celiac": "gluten",
    "coeliac": "gluten",
    "dairy": "milk",
    "milk": "milk",
    "lactose": "milk",
    "egg": "eggs",
    "eggs": "eggs",
    "egg white": "eggs",
    "nut": "nuts",
    "nuts": "nuts",
    "almond": "nuts",
    "almonds": "nuts",
    "tree nuts": "nuts",
    "peanut": "peanuts",
    "peanuts": "peanuts",
    "soy": "soya",
    "soya": "soya",
    "fish": "fish",
    "shellfish": "crustaceans",
    "crustaceans": "crustaceans",
    "sulphites": "sulphites",
    "sulfites": "sulphites",
    "sulphite": "sulphites",
    "sulfite": "sulphites",
    "sesame": "sesame",
    "celery": "celery",
    "mustard": "mustard",
    "lupin": "lupin",
    "molluscs": "molluscs",
}
# The fourteen that the European Union has declared on a menu.
NAMES = tuple(sorted(set(ALLERGENS.values())))

_NAME = rf"(?:{'|'.join(sorted(ALLERGENS, key=len, reverse=True))})"
_NAMES = rf"{_NAME}s?(?:(?: and| or| nor| also| to| any)+ {_NAME}s?| {_NAME}s?)*"
_WHO = r"(?:i|we|my \w+|my \w+ here|he|she|they)"
_IS = r"(?:am|m|are|re|is|s|was born)"
_HOW = r"(?:(?:also|very|really|quite|severely|deathly|deadly|terribly|highly|mildly|slightly|badly|a bit|actually)\s+)*"
_ALLERGY = re.compile(
    rf"\b{_WHO} {_IS} {_HOW}(?:allergic|intolerant|sensitive) to (?:any |all |the )?(?P<a>{_NAMES})\b"
    rf"|\b{_WHO} {_IS} {_HOW}(?P<b>{_NAMES}) (?:intolerant|allergic|sensitive)\b"
    rf"|\b{_WHO} (?:have|ve got|has|got|have got|suffer from|suffers from) (?:an? |the )?{_HOW}"
    rf"(?:allergy|allergies|intolerance) (?:to|against|for) (?:any |all )?(?P<c>{_NAMES})\b"
    rf"|\b{_WHO} (?:have|ve got|has|got|have got|suffer from|suffers from) (?:an? |the )?{_HOW}(?P<d>{_NAMES}) "
    r"(?:allergy|allergies|intolerance)\b"
    rf"|\b{_WHO} {_IS} {_HOW}(?:an? )?(?P<e>coeliac|celiac)\b"
    rf"|\b{_WHO} (?:have|has|ve got) (?P<f>coeliac|celiac)\b"
    rf"|\b{_WHO} (?:can not|cannot|can t|cant|must not|may not|mustn t) (?:have|eat|drink|do|take|tolerate|touch) "
    rf"(?:any |anything with )?(?P<g>{_NAMES})\b"
    rf"|^(?:an? )?(?P<h>{_NAMES}) (?:allergy|allergies|intolerance)(?: here)?$"
    rf"|\ballergic to (?P<i>{_NAMES})$"
)
_NOT = re.compile(
    r"\b(?:not|isn t|aren t|never|no longer|nobody|none of us) (?:\w+ )?(?:allergic|intolerant|sensitive)\b"
)
_ASKS_OF_OTHERS = re.compile(
    r"\b(?:people|someone|somebody|anyone|anybody|those|guests?|what if|if i was|if i were)\b"
)
_NUMBER = r"(?P<age>\d{1,3})"
_OF_AGE = re.compile(
    r"^(?:yes )?(?:i am|i m|we are|we re|we are both|we re both|we are all|we re all) "
    r"(?:well |way |both |all |already )?(?:(?:over|above|past|older than) "
    rf"{_NUMBER}|of (?:legal |drinking )?age|an adult|adults|legal|old enough|overage)(?: years old)?(?: already)?$"
)
_MY_AGE = re.compile(
    rf"^(?:yes )?(?:i am|i m|i just turned|i turned) (?:only |just |already )?{_NUMBER}(?: years old| years| yo)?$"
)
_UNDER = re.compile(
    r"\b(?:i am|i m|we are|we re) (?:still |only |a bit )?(?:under ?age|a minor|minors|not of age|not old enough|too young to drink"
    rf"|under {_NUMBER}|not (?:yet |even )?{_NUMBER.replace('age', 'not_yet')}(?: yet)?)\b"
)


def allergies_in(said: str) -> list[str]:
    """The allergens that the guest declares in these words, in the menu's names, sorted."""
    plain = _plain(said)
    if _NOT.search(plain) or _ASKS_OF_OTHERS.search(plain):
        return []
    found = set()
    for match in _ALLERGY.finditer(plain):
        words = next(text for text in match.groupdict().values() if text)
        found |= {_known(word) for word in re.findall(rf"{_NAME}s?", words)}
    return sorted(found)


def says_only_that(said: str) -> bool:
    """Whether the declaration is all there is, so that nothing is left for a brain to answer."""
    rest = _ALLERGY.sub(" ", _plain(said))
    return not re.sub(
        r"\b(?:hi|hello|hey|maya|by the way|btw|just so you know|please note|note that|and|i should say|careful|be careful|fyi|"
        r"please|though|also|so|well|oh|you should know|for your information|you know)\b",
        " ",
        rest,
    ).strip()


def age_in(said: str, legal_age: int) -> str:
    """ "declared", "refused" or "": only plain sentences about one's own age count."""
    plain = _plain(said)
    if _UNDER.search(plain):
        return "refused"
    if (match := _OF_AGE.match(plain)) or (match := _MY_AGE.match(plain)):
        if match.group("age") is None:
            return "declared"
        years = int(match.group("age"))
        if legal_age <= years <= 120:
            return "declared"
        return "refused" if match.re is _MY_AGE and years < legal_age else ""
    return ""


def _plain(said: str) -> str:
    words = " ".join(re.sub(r"[^a-z0-9 ]+", " ", said.lower()).split())
    return re.sub(r"\b(i)(m|ve)\b", r"\1 \2", words)


def _known(word: str) -> str:
    return ALLERGENS.get(word) or ALLERGENS[word.removesuffix("s")]
