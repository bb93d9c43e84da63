"""Tells whether a clause asserts something, or is negated, a question, a condition, an offer or a story.

All functions take normalized text.
"""

from __future__ import annotations

import re

_CLAUSE_BREAK = re.compile(
    r"[,;:!?()\"]| -+ ?|\. |\.$| (?:but|because|although|though|while|whereas|yet|so (?=i |we |your |that "
    r"|it )|and (?=i |we |your |that |it |they |you |the |there |now ))"
)
_NEGATION = re.compile(
    r"\b(?:not(?! only| just| to worry| to mention| 1 but| even a)|never(?! mind| fear| better)"
    r"|no(?! problem| worr| sooner| doubt| trouble| fear| need to (?:ask|thank|worry)| 1 but| fuss)"
    r"|nothing(?! but)|nobody|none|neither|nor|without(?! (?:a doubt|further|delay|hesitat|fail|ado"
    r"|question))|hardly|un(?:til|less))\b"
)
# "I haven't forgotten to add it" says that it was added.
_NEGATED_NEGATION = re.compile(
    r"\b(?:not|never|no|without)(?: \w+){0,2} (?:forg[eo]t(?:ten|ting)?|fail(?:ed|ing)?|hesitat\w+|wast\w+"
    r"|miss(?:ed|ing)?|neglect\w*|omit\w*|help (?:but|it)|until|resist\w*|only|worry|wait\w*)\b"
)
_QUESTION_START = re.compile(
    r"^(?:(?:and|so|but|or|well|ok|okay|now|then|sure|hello|hi|oh|ah|hm+|also|maybe|perhaps|sorry|please"
    r"|say) )*"
    r"(?:shall|should|would|could|can|may|might|must|do|does|did|is|are|was|were|am|have|has|had|will|what"
    r"|which|who|whose|whom|how|why|where|when|want|"
    r"need|care for|ready|another|one more|1 more|more|anything|any|fancy|like|whether|still|in the mood"
    r"|up for|feeling|got|which|neat|dry|same|make it|or)\b"
)
# Questions that state what they ask about.
_FACTIVE_QUESTION = re.compile(
    r"\b(?:(?:did|do|does|have|are|were|can|could|would|will)(?: not)? you (?:not )?(?:\w+ )?(?:know|see"
    r"|notice|hear|realise|realize|believe|like|love|remember|mind|happy|glad|aware|guess|feel"
    r"|think it is (?:great|nice))|"
    r"did i (?:\w+ )?(?:mention|say|tell|forget to (?:mention|say|tell))|have i (?:\w+ )?(?:mentioned|said"
    r"|told|forgotten to)|is(?: it| that)? not (?:it|that|this)? ?(?:great|nice|good|lovely|wonderful|fun)|"
    r"are not you|is not it|guess what|how (?:great|nice|good|lovely|about that)|who (?:else|do you think)"
    r"|may i (?:say|tell|add that)|can i (?:say|tell|just say)|why do you think|"
    r"see how|when (?:i|we) (?:just )?(?:added|put|rang|poured|sent|took|paid|charged))\b"
)
_CONDITION = re.compile(
    r"\b(?:if(?! (?:you (?:were|are) wondering|i (?:may|might) say))|whenever|whether|once you|when you"
    r"|as soon as you|say (?:yes|so|when|the word)|just (?:say|ask|tell|nod)|the moment you|tell me|"
    r"let me know|your word|want|would you like|you like|you wish|shall|should i|should we|unless|until"
    r"|confirm|ask me|ask for|give me (?:the|a) (?:word|nod|yes)|"
    r"first|need (?:a|your|you)|could|can|may|might|would|or)\b"
)
_STORY_WORDS = re.compile(
    r"\b(?:once(?! again| more| you| that)|years? ago|weeks? ago|months? ago|nights? ago|back in|back then"
    r"|back when|in (?:1[4-9]|20)\d\d|in the (?:1[5-9]|20)?\d0s?|century|last (?:night|week|year|summer"
    r"|winter|spring|autumn|month|tuesday|friday)|"
    r"used to|long ago|the other (?:day|night|evening)|when i was|grandfather|grandmother|prohibition"
    r"|legend|sailor|poet|some guests|a guest|a man|a woman|a fellow|a couple who|somebody|someone|people"
    r"|folks|everyone|history|invented|inventor|story|every night|every evening|always|often|usually"
    r"|sometimes|many a|many|generations|over the years|all my life|for years|(?:a |1 )?(?:thousand"
    r"|hundred|1000|100)s?\b(?! (?:percent|%|dollars|bucks)))\b"
)
ADDRESSES_GUEST = re.compile(r"\b(?:you|your|yours|tab|tonight|now|just now|already|right away|order|bill)\b")


def clause_span(text: str, position: int) -> tuple[int, int]:
    """Start and end of the clause around `position`."""
    start, end = 0, len(text)
    for found in _CLAUSE_BREAK.finditer(text):
        if found.end() <= position:
            start = found.end()
        elif found.start() > position:
            end = found.start()
            break
    return start, end


def is_negated(before: str) -> bool:
    """Whether the words before a verb, in its clause, negate it. "I haven't forgotten to" does not."""
    near = " ".join(before.split()[-7:])
    return bool(_NEGATION.search(near)) and not _NEGATED_NEGATION.search(before)


def is_question(text: str, start: int, end: int) -> bool:
    """Whether the clause is a question that asserts nothing itself."""
    mark = re.match(r"[^.!?]{0,160}\?", text[end:]) is not None
    return (
        mark and bool(_QUESTION_START.match(text[start:end].strip())) and not _FACTIVE_QUESTION.search(text)
    )


def is_bare_question(text: str, start: int, end: int) -> bool:
    """Whether the clause is a question without verb and subject, such as "Two martinis on your tab?"."""
    said = text[start:end]
    return text[end : end + 1] == "?" and not re.search(
        r"\b(?:is|are|was|were|have|has|been|i|we|now|just|already)\b", said
    )


def awaits_consent(text: str) -> bool:
    """Whether it needs the guest's consent first: the text has a condition or an offer, or is a question."""
    return bool(_CONDITION.search(text)) or (
        text.rstrip(" \"')").endswith("?") and not _FACTIVE_QUESTION.search(text)
    )


def is_story(text: str) -> bool:
    """Whether the text tells of other people or times and does not address the guest."""
    return bool(_STORY_WORDS.search(text)) and not ADDRESSES_GUEST.search(text)
