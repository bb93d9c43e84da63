"""Recognises the guest's own yes or no to a bill, by code and never by a model.

Only plain answers count: a yes with anything else in it is not a yes to pay.
"""

import re

from bartender.spanish.consent import (
    SPANISH_NOT_YET,
    SPANISH_NOT_YET_ANYWHERE,
    SPANISH_YES,
    normalize_spanish,
)

_YES = (
    "yes|yes please|yep|yeah|yup|ya|sure|sure thing|ok|okay|ok yes|go ahead|yes go ahead|do it|please do|confirm|confirmed|"
    "i confirm|yes i confirm|correct|that s right|that is right|right|sounds good|looks good|looks right|perfect|"
    "of course|absolutely|definitely|certainly|fine|go on|go for it|charge it|pay it|pay now|let s do it|make it so|"
    "yes pay|yes pay it|yes that s right|yes make the link|send the link|yes do it|yes sure|yes of course"
)
_NOT_YET = (
    "not yet|no not yet|no|nope|no thanks|no thank you|wait|hold on|hang on|hold off|not now|no not now|cancel|cancel that|"
    "never mind|nevermind|forget it|let s wait|wait a moment|wait a minute|one moment|keep it open|"
    "keep the tab open|leave it open|leave the tab open|actually not yet|actually no|actually wait|no wait|stop|"
    "don t|don t pay|don t close|don t close it|don t close it yet|i m not done|i m not done yet|we re not done|"
    "we re not done yet|i m staying|we re staying|reopen|reopen it|reopen the tab|open it again|open the tab again|"
    "i changed my mind|changed my mind|actually never mind|not just yet|no not just yet|later|maybe later|hold it"
)
_NOT_YET_IN_SENTENCE = re.compile(
    r"\b(?:not (?:just )?yet|keep (?:it|the tab|my tab|our tab) open|(?:i am|i m|we are|we re) (?:staying|not (?:done|finished|leaving))|"
    r"changed (?:my|our) minds?|(?:do not|don t) close)\b"
)
_POLITE_WORDS = r"(?:please|thanks|thank you|maya|darling|dear|love|mate|then|now|sorry|well|oh|uh|um|er)"


def _normalize(text: str) -> str:
    words = re.sub(r"[^a-z ]+", " ", text.lower())
    words = " ".join(words.split())
    words = re.sub(rf"^(?:{_POLITE_WORDS} )+|(?: {_POLITE_WORDS})+$", "", words)
    return words


def is_yes(text: str) -> bool:
    """Whether the text is a plain yes, in English or Spanish."""
    return _is_only_answer(_YES, _normalize(text)) or (
        "?" not in text and _is_only_answer(SPANISH_YES, normalize_spanish(text))
    )


def is_not_yet(text: str) -> bool:
    """Whether the text is a plain "no" or "not yet", in English or Spanish."""
    return _is_only_answer(_NOT_YET, _normalize(text)) or _is_only_answer(
        SPANISH_NOT_YET, normalize_spanish(text)
    )


def _is_only_answer(answers: str, words: str) -> bool:
    """Whether the words are one of the answers, or two of them, and nothing else."""
    return bool(re.fullmatch(rf"(?:{answers})(?: (?:{answers}))?", words))


def contains_not_yet(text: str) -> bool:
    """Whether a longer text declines the bill: "Not yet, he hasn't finished". The bill is then taken back,
    and a brain answers the rest."""
    said = _NOT_YET_IN_SENTENCE.search(_normalize(text)) or SPANISH_NOT_YET_ANYWHERE.search(
        normalize_spanish(text)
    )
    return said is not None
