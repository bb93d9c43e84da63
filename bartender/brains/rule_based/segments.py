"""Cuts a sentence into segments, one thing said each, and tells orders from questions, wishes, stories and noes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import takewhile

from bartender.brains.rule_based.tokenizer import (
    ANY,
    ITEM,
    MOD,
    NUM,
    OFF,
    ORD,
    STOP,
    VAGUE,
    WORD,
    Token,
    split_sentences,
    tokenize,
)
from bartender.brains.rule_based.vocabulary import ORDER_VERBS
from bartender.menu.snapshot import Menu
from bartender.text.english import COURTESY_WORDS, SEGMENT_START_WORDS


class SpeechAct(Enum):
    ORDER = "order"
    QUESTION = "question"
    NEGATION = "negation"
    DEFERRED = "wish"
    STORY = "story"
    OTHER = "other"


@dataclass(frozen=True)
class Segment:
    tokens: tuple[Token, ...]
    has_question_mark: bool
    speech_act: SpeechAct = SpeechAct.OTHER

    @property
    def shape(self) -> str:
        """The words, with placeholders for what the menu knows: "swap the ITEM for ITEM"."""
        return " ".join(token.shape for token in self.tokens)

    @property
    def text(self) -> str:
        return " ".join(token.text for token in self.tokens)

    def has_kind(self, *kinds: str) -> bool:
        return any(token.kind in kinds for token in self.tokens)

    def item_tokens(self) -> list[Token]:
        return [token for token in self.tokens if token.kind == ITEM]


_BREAK_WORDS = frozenset(["but", "then", "although", "though", "however", "instead", "because"])
_SPLITTING_CONJUNCTIONS = frozenset(["but", "although", "though", "however", "because"])


def segment_text(text: str, menu: Menu) -> list[Segment]:
    found: list[Segment] = []
    for sentence, asks in split_sentences(text):
        parts = _split_tokens(tokenize(sentence, menu))
        for index, part in enumerate(parts):
            found.append(classify_segment(tuple(part), has_question_mark=asks and index == len(parts) - 1))
    return _merge_fragments(found)


def _split_tokens(tokens: list[Token]) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    for at, token in enumerate(tokens):
        if parts[-1] and _starts_segment(tokens, at):
            parts.append([])
        parts[-1].append(token)
    chunks = [chunk for part in parts for chunk in _split_at_commas(part)]
    cleaned = [_trim(chunk, first=at == 0) for at, chunk in enumerate(chunks)]
    return [part for part in cleaned if part]


_MENU_KINDS = (ITEM, OFF, ANY, MOD, NUM, ORD, VAGUE)


def _split_at_commas(part: list[Token]) -> list[list[Token]]:
    """Splits off what a comma parts from the drinks and names none: "two IPAs, there's a party over there"."""
    pieces: list[list[Token]] = [[]]
    for token in part:
        pieces[-1].append(token)
        if token.kind == STOP:
            pieces.append([])
    named = [any(token.kind in _MENU_KINDS for token in piece) for piece in pieces]
    if not any(named):
        return [part]
    parts: list[list[Token]] = [[]]
    for piece, has_name in zip(pieces, named, strict=True):
        words_in = [token.text for token in piece if token.kind != STOP]
        alone = not has_name and len(words_in) > 1 and not _CONTEXT_WORDS.search(" ".join(words_in))
        alone = alone or _STANDALONE.fullmatch(" ".join(words_in)) is not None
        if alone or _rejects_item(piece):
            parts += [piece, []]
        else:
            parts[-1] += piece
    return parts


def _trim(part: list[Token], *, first: bool) -> list[Token]:
    """ "And one with ice" keeps its "and": it says that another one is meant."""
    while part and (part[0].kind == STOP or (not first and part[0].text in ("and", "&", "+"))):
        part = part[1:]
    while part and (part[-1].kind == STOP or part[-1].text in ("and", "&", "+", "or")):
        part = part[:-1]
    return part


def _starts_segment(tokens: list[Token], at: int) -> bool:
    token, before = tokens[at], tokens[at - 1]
    if token.kind != WORD or (before.text in _CORRECTION_WORDS and token.text in _CORRECTION_WORDS):
        return False
    if token.text == "please" and is_courtesy(_up_to_stop(tokens[at:])):
        return False
    if token.text in _SPLITTING_CONJUNCTIONS:
        return not any(one.text == "same" for one in tokens[:at])
    after = tokens[at + 1].text if at + 1 < len(tokens) else ""
    if (before.text, token.text) == ("or", "rather") or _starts_without_comma(before, token.text, after):
        return True
    joined = before.kind == STOP or before.text in ("and", "&", "plus", "then", "so", "oh", "wait")
    corrects = token.text in ("actually", "no", "sorry", "wait") and before.kind in (ITEM, MOD)
    starts = joined and token.text in SEGMENT_START_WORDS
    return (joined and token.text == "then") or ((starts or corrects) and not _continues_segment(tokens, at))


def is_courtesy(tokens: Sequence[Token]) -> bool:
    """ "Please", "thanks, Maya": said beside anything else, it is no answer of its own."""
    return all(token.kind == STOP or token.text in _COURTESIES for token in tokens)


_COURTESIES = frozenset(
    "please thanks thank you cheers ta maya mate sir madam dear love darling kindly".split()
)


def _up_to_stop(tokens: Sequence[Token]) -> list[Token]:
    return list(takewhile(lambda token: token.kind != STOP, tokens))


def _starts_without_comma(before: Token, word: str, after: str) -> bool:
    """Another thing begins here without a comma: "ditch the cosmo she is leaving", "and that is it"."""
    if word == "that" and before.text == "and":
        return after in ("is", "will")
    ends = before.kind in (ITEM, MOD) or before.text in _CLOSING_WORDS or before.text in _CORRECTION_WORDS
    return ends and _changes_subject(word, after)


_CLOSING_WORDS = frozenset("more please one that it another yet thanks too them".split())
_CORRECTION_WORDS = frozenset("no wait sorry actually oh nope oops".split())


def _changes_subject(word: str, after: str) -> bool:
    """ "Ditch the cosmo she is leaving", "ipa or lager what is cheaper": another thing begins without a comma."""
    if word in ("what", "which", "how"):
        return after in ("is", "are", "do", "does", "much", "about", "one")
    return word in ("i", "she", "he", "they", "we", "there") and after in _AUXILIARY_VERBS


_AUXILIARY_VERBS = frozenset(
    "am is are was were has had will would just want wants need needs got did do does can think changed always never usually".split()
)


def _continues_segment(tokens: list[Token], at: int) -> bool:
    """ "whiskey, no ice" and "yes, that one" go on with what was said before."""
    rest = tokens[at + 1 : at + 2]
    if tokens[at].text in ("no", "not") and (not rest or rest[0].kind == MOD):
        return True
    return tokens[at].text in ("make", "have") and not rest


_STANDALONE = re.compile(
    r"(?:oh |oh dear |no |sorry )*(?:not (?:just )?yet|hang on|hold on)(?: sorry| please)*"
)


def _rejects_item(tokens: list[Token]) -> bool:
    """ "Not a martini, a manhattan please": the no ends at the comma."""
    said = [token.text for token in tokens]
    refused = said[:1] == ["not"] or said[:2] == ["no", "not"]
    return refused and tokens[-1].kind == STOP and any(token.kind == ITEM for token in tokens)


# Chunks without a drink that still decide what is meant by the drinks beside them.
_CONTEXT_WORDS = re.compile(
    r"^tomorrow|maybe tomorrow|\b(?:later|next time|not now|not yet|maybe|might|no|not|never|had|was|were|used|if|when|how|what|which|who|can|could|would|will|please|for|to|have|get|give|take|want|like|love|make|bring|order|instead|both|all|each|"
    r"same|another|more|tip|percent|dollars?|do|does|did|is there|are there|yesterday|ago|last|once|drank|remember|with|without|and|every|bad|mistake|sorry|wait|forgive|pardon|reflection|meant|mean|rather|actually|drop|remove|cancel|add)\b"
)
_REQUEST = re.compile(
    r"\b(?:can|could|may|might|would|will|shall) (?:i|we|you|she|he|they) (?:please |also |just |maybe |kindly |possibly |"
    r"perhaps |then |quickly |trouble you (?:for|to) )*"
    r"(?:trouble you for|have|get|order|grab|take|try|pour|give|bring|fix|serve|do (?:me|us)|make (?:me|us|it|that|them|him|her|one|the|both|mine|ITEM|NUM)|add|put|hand|start|"
    r"send|hook|sort|buy|set|mix|swap|change|drop|remove|cancel|switch|replace|take off|see about|snag|ask for|borrow|settle|pay|close|line|rustle|whip|fetch|clear|scratch|undo|leave|tip|knock|throw)"
    r"|\b(?:is it possible|would it be possible|possible) to (?:have|get|order|add|swap|change)|\bany chance (?:of|i could|we could|i can|for)|\bmind if i (?:have|get|grab|order)|"
    r"\bwould you be so kind|\bhow about (?:you )?(?:get|give|bring|pour|make|fix)|\bcan i (?:please|also|get|have)|\bwould you mind (?:getting|bringing|pouring|making|fixing|giving|adding)|"
    r"\bwhy (?:do not|not) (?:you |we |i )?(?:get|give|bring|pour|make|have|do|start)"
)
_DEFERRED_TIME = re.compile(
    r"\b(?:later|next time|tomorrow|some ?day|another (?:time|day|night)|after (?:dinner|work|this|that)|in (?:a|NUM) (?:while|hour|hours|bit))\b"
)
_INDIRECT_REQUEST = re.compile(
    r"\bwonder(?:ing)?(?: if| whether)? (?:i|we|you) (?:could|might|may|can) (?:please |possibly |just |perhaps )*(?:have|get|order|trouble|bring|pour|make|give|add|do)\b"
)
_DRINK_REQUEST = re.compile(
    r"\b(?:can|could|may|might|would|will|shall) (?:i|we|you) (?:please |also |just |maybe |kindly |then )*(?:have|get|order|grab|bring|give|pour|fix|make (?:me|us)|do (?:me|us)|add|put|serve|start (?:me|us) (?:off )?with|send|hit (?:me|us) with|take)"
    r"(?! (?:the |a |NUM )?(?:price|cost|menu|recipe|name|list|check|bill|tab|total|something|anything))\b(?:(?! price| cost| recipe| ingredients| menu| if ).)*?\b(?:ITEM|ANY|OFF)\b"
)
_CORRECTION = re.compile(
    r"^(?:(?:oops|sorry|no|oh|wait|ah|actually|i) (?:, )?)*(?:i )?(?:meant|mean|said|mean to say|meant to say|meant to order)(?: to (?:say|order|ask for))? |^(?:(?:actually|oh|sorry|wait|well|um|uh|hang on|hold on) (?:, )?)*no (?:(?:wait|sorry) )?, |^(?:oh |well |but |and |so )?no (?:wait|sorry) |^actually no |^(?:wait|sorry|oh) no |^(?:but|and|so|or) no , |^or no "
)
_PEOPLE = (
    r"(?:dad|mom|mum|mother|father|ex|wife|husband|boss|brother|sister|uncle|aunt|friend|friends|grandfather|grandmother|grandpa|grandma|nan|gran|doctor|girlfriend|boyfriend|roommate|neighbou?r|buddy|"
    r"mate|dog|cat|guy|man|woman|lady|gentleman|teacher|cousin|son|daughter|colleague|coworker|date|landlord|therapist|team|family|people|kids?|bartender|barman|other half|better half|partner)"
)
_ORDER_FOR_OTHERS = re.compile(
    rf"\b(?:(?!to |i |we |you |who |not |nobody |people |it |that |this |just |only |always |and |never |would |will |can |could |ITEM |everyone )[a-z]+|(?:my|the|our|his|her) {_PEOPLE}(?: here| over there)?) (?:just |only |also )?(?:wanted (?:the|NUM|a)|asks? for|will (?:have|take|be having|get|try)|would (?:like|love|want)|wants?|needs?|is having|are having|is going (?:to have|for|with)|gets?|is after|could use|is on(?= the| NUM))\b(?! to (?:know|ask|see|pay|talk))"
)
_QUESTION = re.compile(
    r"^(?:(?:so|and|but|hey|hi|hello|okay|well|oh|um|uh|er|please|maya|say|by the way|excuse me|quick question|question|now|sorry|wait|just|also|then|ah|hmm|mm|evening|good) )*"
    r"(?:what|which|how|why|when|where|who|whose|is|are|was|were|am|does|do you|do i|do we|do they|did|have you|has|had you|should|shall|"
    r"would you|could you|can you|tell me|explain|describe|any|got any|you got|you have|you do|remind me|do the|does the|does your|is there|are there|do ITEM|do your|do any|"
    r"i wonder|i was wondering|wondering|curious|i am curious|would a|would an|would the|would ITEM|would NUM|can i ask|may i ask|can ITEM|can NUM|will ITEM|will NUM|will the|can the|can people|can someone)\b"
)
_INDIRECT_QUESTION = re.compile(
    r"\b(?:do you know|tell me|want to know|would like to know|wonder(?:ing)? (?:if|what|how|whether)|what is in|what goes in|how much|how strong|how big|how many (?:calories|units|ml)|"
    r"can you tell|the difference|what the difference|what makes|allergic|is it true|heard that|ever heard|price of|cost of|recommend|suggest|recommendation|what is (?:the|a|an|your|good|nice))\b"
)
_NEGATION = re.compile(
    r"\b(?:(?:do|does|did) not (?:want|need|like|give|add|bring|make|pour|drink|have|get|order|care|feel|fancy|think|put|serve|really|even|do|touch|go|wish|charge|send)|not (?:like|want|need|drink)|no want|will not|would not|not going to|not having|never|hate|hates|dislike|can not stand|no more|not want|"
    r"rather not|not in the mood|not (?:NUM |the |any |another )?(?:ITEM|ANY)|not (?:a|an) |no (?:NUM |more |the )?(?:ITEM|ANY)|nothing|none|can not (?:have|drink|do)|off (?:the )?ITEM|sick of|tired of|allergic to|avoid|avoiding|quit|quitting|gave up|giving up|too (?:much|many|strong|sweet|bitter|expensive|early|late)|enough)\b|^not\b|^no ITEM"
)
_NOT_NEGATION = re.compile(
    r"\b(?:would not mind|do not mind if|not say no|why not|do not forget|if you do not mind|could not hurt|would not hurt|never say no|"
    r"why do not (?:you|we|i)|do not be shy|not (?:too|very|so|that) )\b"
)
_DEFERRED = re.compile(
    r"\b(?:later|next time|next week|next round|tomorrow|some ?day|one day|might|thinking (?:of|about)|think about|considering|consider|contemplating|after (?:dinner|work|this|that|lunch|midnight|the)|"
    r"in (?:a|an|NUM) (?:while|hour|hours|bit|minute|minutes|moment|few minutes|sec|second)|eventually|soon|when (?:i|we|my|she|he|they|the|it)\b|before (?:i|we)|wish|dream(?:ing|t)? (?:of|about)?|planning|plan to|weekend|"
    r"some other (?:time|day|night)|another (?:time|day|night)|not (?:now|yet|right now|tonight)|if (?:i|we|only|it|you|my|she|he|they)|unless|until|would have|could have had|on my birthday|for breakfast|on friday|on saturday|on sunday|"
    r"not sure|undecided|can not decide|torn between|debating|tempted|perhaps i|maybe i|maybe we|maybe (?:NUM|a|ITEM|the|another)|probably|hold off|will see|let me think|have to think|still deciding|deciding|hoping to|meaning to|some point|down the (?:line|road)|depends|hypothetically|imagine|pretend|suppose|supposedly|say i|what would happen|would rather wait|save (?:me|us|one|that|it)|reserve|then maybe)\b"
)
_STORY = re.compile(
    r"\b(?:had|drank|ordered|spilled|spilt|tried|tasted|loved|invented|used to|yesterday|ago|every (?:single )?(?:night|day|time|weekend|evening|friday|saturday|sunday|morning|summer)|once(?! more)|when i was|was|were|been|met|bought|threw|knew|named|called|"
    r"last (?:night|week|time|year|month|summer|winter|friday|weekend|saturday|sunday)|back (?:then|home|when|in)|remember|remembered|reminds?|told|went|came|taught|lived|died|got drunk|got married|got fired|swore|smelled|tastes like|tasted like|"
    rf"(?:my|his|her|our|their|the|a|some) {_PEOPLE} (?:always|never|usually|only|used|drinks?|drank|likes?|loves?|hates?|had|has|is|was|were|ordered|orders|makes?|made|said|says|told|left|drove|died|swears|swore|prefers?|keeps|kept|spilled|thinks?|thought|calls?|called|taught|bought|works?|worked|broke|came|went|got|invented|owns|owned|did|does|would (?:not|never|always|have|drink|order)|once|and i (?:had|drank|were|went))\b|"
    r"(?:he|she|they|everyone|everybody|people|nobody|somebody|someone|hemingway|bond|james bond|churchill|who) (?:always |only |never |just |really |usually )?(?:like|likes|love|loves|drink|drinks|drank|had|ordered|orders|swears|says|said|hates|makes|made|prefers|invented|is|was|used|calls|thinks|asked|keeps|kept|spilled|threw|poured|got|gave|taught|told|would)|"
    r"(?:i|we) (?:always|usually|never|normally|typically) (?:get|order|have|take)\b|(?:i|we) (?:really |always |usually |just |absolutely |kind of |sort of |do |quite |also |actually |honestly |still |only |normally |generally |typically |rarely )*(?:like|love|enjoy|prefer|drink|adore|know|remember|heard|read|saw|hear|say|study|make|work|wrote|watch|watched|think|thought|believe|feel|felt|miss|sell|brew|own|collect|associate)\b)"
)
_NOT_STORY = re.compile(
    r"\b(?:i|we) (?:just |really )?(?:would|will|could) (?:really |so |just |also |absolutely |very much )?(?:like|love|enjoy|prefer|drink)\b|\bi (?:said|meant|mean|think i will|think we will|guess i will)\b"
)
_ORDER = re.compile(
    rf"\b(?:{ORDER_VERBS}|please|for me|for us|for (?:my|the|her|him)|thirsty for|craving|go with|settle for|sounds good|one of those|make that|start(?:ing)? (?:me|us|with)|begin with|thirsty|gasping for|dying for|in the mood for|feel like|feeling like|round of|go for|kick off with|i will do|we will do|let us do|time for|ready for|keen on|opt for|stick with|how about|what about)\b"
)
# "Two daiquiris there is a party": begins as an order does, and goes on as talk.
_COUNT_STATEMENT = re.compile(
    r"^(?:so |okay |right |and )*(?:that is|that will be|that makes|it will be|it is|call it|let us say|say) (?:NUM|just NUM) (?:MOD )*(?:ITEM|ANY)"
)
_LEADING_COUNT = re.compile(
    r"^(?:(?:um|uh|er|so|and|well|okay|hi|hello|hey|yes|right|alright|good|evening|then|now|also|oh|plus) )*NUM (?:MOD )*(?:ITEM|OFF|ANY)(?: MOD)*(?! (?:is|was|are|were|would|will|sounds|tastes|has|have|had|makes|made|goes|might|may|should|can|could|does|did|reminds|always|never|cost|costs|per|a day|walks?|a night|too many|later|ago))\b"
)


def classify_segment(tokens: tuple[Token, ...], *, has_question_mark: bool = False) -> Segment:
    return Segment(tokens, has_question_mark, _classify_speech_act(Segment(tokens, has_question_mark)))


def _classify_speech_act(segment: Segment) -> SpeechAct:
    """Requests first: "could I" and "I wonder whether" are orders in a question's clothes."""
    shape = _CORRECTION.sub("", segment.shape).replace(" , ", " ")
    return _classify_request(segment, shape) or _classify_statement(shape) or _classify_order(segment, shape)


def _classify_request(segment: Segment, shape: str) -> SpeechAct | None:
    negated = _NEGATION.search(shape) is not None
    if _INDIRECT_REQUEST.search(shape) and segment.has_kind(ITEM, OFF, ANY):
        return SpeechAct.ORDER
    if negated:
        return None
    if _DRINK_REQUEST.search(shape) and not _DEFERRED_TIME.search(shape):
        return SpeechAct.ORDER
    if _ORDER_FOR_OTHERS.search(shape) and not _DEFERRED.search(shape):
        return (
            SpeechAct.QUESTION if segment.has_question_mark and not segment.has_kind(NUM) else SpeechAct.ORDER
        )
    if _REQUEST.search(shape) and not _INDIRECT_QUESTION.search(shape):
        return SpeechAct.DEFERRED if _DEFERRED_TIME.search(shape) else SpeechAct.ORDER
    return None


def is_put_off(segment: Segment) -> bool:
    """ "Tomorrow I'm having a Martini": said of another time. "My bus goes in ten minutes" is not."""
    return segment.speech_act == SpeechAct.DEFERRED and _DEFERRED_TIME.search(segment.shape) is not None


def _classify_statement(shape: str) -> SpeechAct | None:
    if _QUESTION.search(shape) or _INDIRECT_QUESTION.search(shape):
        return SpeechAct.QUESTION
    if _NEGATION.search(shape) and not _NOT_NEGATION.search(shape):
        return SpeechAct.NEGATION
    if _DEFERRED.search(shape):
        return SpeechAct.DEFERRED
    if _NOT_STORY.search(shape):
        return SpeechAct.ORDER
    return SpeechAct.STORY if _STORY.search(shape) else None


def _classify_order(segment: Segment, shape: str) -> SpeechAct:
    named = segment.has_kind(ITEM, OFF, ANY)
    if segment.has_question_mark and named and not segment.has_kind(NUM):
        return SpeechAct.QUESTION
    if (
        _ORDER.search(shape)
        or (named and _is_bare_drink_list(segment))
        or _COUNT_STATEMENT.search(shape)
        or _LEADING_COUNT.search(shape)
    ):
        return SpeechAct.ORDER
    return SpeechAct.OTHER


def _is_bare_drink_list(segment: Segment) -> bool:
    """Nothing but drinks, numbers, manners: "two old fashioneds and an IPA, please"."""
    tokens = segment.tokens
    left = [
        token
        for token, after in zip(tokens, (*tokens[1:], None), strict=True)
        if token.kind == WORD
        and token.text not in COURTESY_WORDS
        and not (token.text == "not" and after is not None and after.kind == MOD)
    ]
    return len(left) <= (1 if segment.has_kind(NUM) or len(segment.tokens) > 5 else 0)


def _merge_fragments(found: list[Segment]) -> list[Segment]:
    """A list that a comma cut off from its verb keeps the verb's mode: "I had a martini, two beers"."""
    merged: list[Segment] = []
    for segment in found:
        before = merged[-1] if merged else None
        fragment = (
            segment.speech_act in (SpeechAct.OTHER, SpeechAct.ORDER)
            and segment.tokens
            and segment.tokens[0].kind in (MOD,)
        )
        if (
            before is not None
            and fragment
            and before.speech_act != SpeechAct.ORDER
            and not _ORDER.search(segment.shape)
        ):
            segment = Segment(segment.tokens, segment.has_question_mark, before.speech_act)
        merged.append(segment)
    return merged
