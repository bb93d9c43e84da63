"""Checks what a sentence says of the tab: which drinks are on it, and how many; and that something is free,
discounted, or needs no payment.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bartender.claim_gate import qualifiers
from bartender.claim_gate.evidence import Evidence
from bartender.facts import Claim
from bartender.menu.mentions import Mention

_TAB_STATEMENT = re.compile(
    r"\b(?:you (?:now |already |currently |still |only |just )*(?:have|had|got|ordered|asked for and got"
    r"|are having|drank)(?: had| got| ordered| on your tab)?(?: now| already| so far)?"
    r"|(?:your|the) (?:tab|order|bill|check)(?: right now| now| so far| tonight| already"
    r"| currently)* (?:is|has|holds|shows|includes|lists|contains|reads|says|consists of|counts|carries"
    r"|stands at)(?: now| already| got| at)?"
    r"|(?:your|the) (?:tab|order|bill)(?: so far| right now)? ?[:=-]|on (?:your|the) (?:tab|order"
    r"|bill)(?: right now| now| so far| tonight| already)*(?: (?:you have|there is|there are|i have|i see"
    r"|is|are|we have))?|there (?:is|are)(?: now| already)?|you are (?:at|on|up to|having|down for)|(?:i"
    r"|we) (?:have|see|count"
    r"|show)(?: you)?(?: got| at| with| down for)?)"
    r"[ :=-]{1,3}(?:(?:just|only|exactly|about|the|those|all|your|still|a total of|in total|:"
    r"|-) ){0,3}(?=(?P<first>.))"
)
_ON_TAB = re.compile(r"\b(?:on|onto|to) (?:your|the) (?:tab|order|bill|check|list|account)\b")
_ABOUT_GUEST = re.compile(r"^(?:you |your |the |on )")
_UNKNOWN_ITEM_ON_TAB = re.compile(
    r"\b(\d{1,3})(?: (?!dollars|bucks|percent|cents|hours?|minutes?|more minutes|o'clock"
    r"|x\b)[a-z]+){1,3} (?:is |are )?(?:now |all |already |both )*on (?:your|the) (?:tab|bill|order)\b"
)
_HYPOTHETICAL = re.compile(
    r"\b(?:can|could|would|might|may|should|if|whether|shall|want|like|let me|unless|need|must)\b"
)


# "Your Martini" says that there is one.
_POSSESSIVE = re.compile(r"\byour (?:(?:cold|ice-cold|fresh|new|lovely|perfect|delicious|usual) )?$")


def is_false_tab_claim(text: str, mentions: Sequence[Mention], evidence: Evidence) -> bool:
    """Whether the text says that drinks are on the tab which are not there, or not in that number."""
    if any(_is_false_listing(text, found, mentions, evidence) for found in _TAB_STATEMENT.finditer(text)):
        return True
    if any(_is_false_possession(text, one, evidence) for one in mentions):
        return True
    return not mentions and any(
        not _is_no_listing(text, found.start(), found.end()) for found in _UNKNOWN_ITEM_ON_TAB.finditer(text)
    )


def _is_false_possession(text: str, mention: Mention, evidence: Evidence) -> bool:
    """Whether a drink is called the guest's, or counted as "so far", although it is not on the tab."""
    so_far = mention.quantity is not None and text.startswith(" so far", mention.end)
    if not so_far and not _POSSESSIVE.search(text[max(0, mention.start - 24) : mention.start]):
        return False
    if (
        evidence.is_on_tab(mention)
        or evidence.was_done(mention, Claim.ON_ITS_WAY)
        or evidence.has_proof(Claim.REMOVED)
    ):
        return False
    start, end = qualifiers.clause_span(text, mention.start)
    here = text[start:end]
    excused = (
        qualifiers.is_question(text, start, end)
        or qualifiers.is_negated(text[start : mention.start])
        or qualifiers.is_story(text)
    )
    return not excused and not _HYPOTHETICAL.search(here) and "?" not in text[end : end + 1]


def _is_false_listing(
    text: str, found: re.Match[str], mentions: Sequence[Mention], evidence: Evidence
) -> bool:
    own = _ABOUT_GUEST.match(found.group())
    end = _listing_end(text, found.end())
    listed = [
        one for one in mentions if found.end() <= one.end and one.start < end and one.quantity is not None
    ]
    if not own and not _ON_TAB.search(text[found.start() : end + 30]):
        return False
    if not listed or listed[0].start - found.end() > 40 or _is_no_listing(text, found.start(), found.end()):
        return False
    return not all(
        one.item and (evidence.is_on_tab(one) or evidence.was_done(one, Claim.ORDER)) for one in listed
    )


def _listing_end(text: str, start: int) -> int:
    stop = re.search(
        r"[;.!?]|,? (?:but|which|because|for|so|with a|would|is|are|can|could|and (?:i|we|you|the|that|it"
        r"|a total))\b",
        text[start:],
    )
    return start + stop.start() if stop else len(text)


def _is_no_listing(text: str, start: int, end: int) -> bool:
    begins, ends = qualifiers.clause_span(text, start)
    before = text[begins:end]
    if qualifiers.is_negated(before) or qualifiers.is_story(text) or _HYPOTHETICAL.search(before):
        return True
    return qualifiers.is_question(text, begins, max(ends, end)) or (
        bool(re.match(r"[^.!?;]*\?", text[end:])) and begins == start and not before.startswith("you have")
    )


_GIVEN_OBJECT = (
    r"(?:it|that|this|they|these|those|1|both|all|everything|drinks?|rounds?|tab|bill|refills?|pints?"
    r"|beers?|cocktails?|shots?|order|which|tonight|next|item)"
)
_FREE = re.compile(
    r"\b(?:for free|free of charge|(?:completely|totally|absolutely|entirely|all|yours|100%|utterly"
    r"|quite) free|free (?:drink|round|beer|shot|refill|pour|tip|1\b|cocktail|pint|sample|stuff|booze"
    r"|night|evening|item)"
    rf"|{_GIVEN_OBJECT} (?:is|are|was|were|comes?|come|will be|goes?|go|being|can be|be"
    rf"|made)(?: \w+){{0,3}} free(?! (?:of|to|from|as|will)\b)|free (?:of charge|for you|tonight|today"
    rf"|on me|drinks)"
    r"|made (?:it|them|that|those) free|have (?:it|them|that) free)\b|^\W*(?:\w+ ){0,2}free\W*$"
    r"|[:=-] ?free\b(?! to| of)|\bfree ?[!]|item free\b(?! to| of| from)|(?<!-)\bfree (?:the )?item"
)
_GIFT = re.compile(
    r"\bon the house\b|\bhouse is (?:paying|buying|treat)|\b(?:is|are|it|that|this|1|round|drink|tonight"
    r"|these|those|all|item|everything|next|both)\b[^.,;!?]{0,24} on (?:me|us|moksha|mok|maya)\b(?! to\b)"
    r"|\b(?:my"
    r"|our|house|maya is) treat\b|\btreats? on\b"
    r"|\bcomplimentary\b|\bgratis\b|\bno (?:extra )?charge\b|\bwithout (?:any )?charge\b|\bat no (?:extra "
    r"|additional )?(?:cost|charge|price)\b|\bcosts? (?:you |me )?(?:nothing|nada|zilch|zip)\b"
    r"|\bnot cost (?:you )?(?:a|anything|1)\b"
    r"|\b(?:half|1/2)[- ]?(?:price|off|priced)\b|\bhalf (?:the |of the |your |its )(?:usual )?(?:price"
    r"|bill|tab|cost|total)\b|\b2[- ](?:for|4)[- ](?:1|the price of 1|item)\b|\b3[- ]for[- ]2\b|\bbogo\b"
    r"|\bbuy 1,? get\b|\b2 for the price of\b"
    r"|\bhappy[- ]hour (?:price|rate|special|deal|discount|applies|is on)\w*|\bdiscounted\b"
    r"|\bdiscount of\b|\bfreebies?\b|\b(?:courtesy|compliments) of\b|\b(?:as )?a gift from\b|\bmy gift\b"
    r"|\bhouse gift\b|\bdiscount (?:applied|is in|for you|on)\b|\bat cost\b|\bstaff (?:price|discount)\b"
    r"|\b(?:your|a|the|loyalty|friends?|special|members?|student|birthday) (?:\w+ )?(?:discount|voucher"
    r"|coupon) (?:is|has|of|was|applies|for|on)\b|\b(?:give|giving|gave|given|get|gets|getting|have|has"
    r"|got) (?:you )?(?:a|your|the) (?:\w+ ){0,2}(?:discount|rebate|freebie|price cut)\b"
    r"|\bprice(?:s)? (?:is|are|has been|have been|was|were) (?:now )?(?:lower|down|cut|dropped|halved"
    r"|reduced)"
)
_NOTHING_DUE = re.compile(
    r"\bnothing (?:left |more |else )?(?:to pay|due|owed|outstanding)\b|\bowe (?:me |us "
    r"|the house )?(?:nothing|zero|zilch|nada|not a|no money)\b|\bnot owe\b|\bno (?:money|balance"
    r"|payment) (?:is )?(?:due|owed|needed|necessary|required)\b"
    r"|\b(?:not|never) (?:have|need|going|required|got) to pay\b|\bno need to pay\b|\bneed not pay\b"
    r"|\b(?:without|no) paying\b|\bkeep your (?:money|wallet|card|cash)\b|\bmoney is no good\b"
    r"|\bput your (?:money|wallet|card) away\b|\bfor nothing\b|\bforget (?:about )?the (?:bill|tab"
    r"|check)\b|\bpaid (?:up|in full)\b"
    r"|\b(?:will|are|is|was|were) not (?:be )?(?:charge|charging|charged|billed|billing)\b|\bnot (?:charge"
    r"|charging|bill|billing) (?:you|for)\b|\bskip the (?:bill|tab|check)\b|\bthere is no (?:bill|tab"
    r"|charge)\b|\bbalance is (?:clear|nil|zip|clean)\b|\b(?:tab|bill|total|balance) (?:is|at|of) (?:nil"
    r"|nothing|zip|nada|naught|zilch)\b"
)
_UNRELATED_FREE = re.compile(
    r"(?:gluten|alcohol|sugar|dairy|nut|egg|fat|caffeine|lactose|care|guilt|smoke|hands|allergen|soya?"
    r"|milk|peanut|sulphite|drama|cruelty|feel|set|i am|are you|am) ?-? ?free|free(?:ly|dom|ze|zing|hand"
    r"|r)\b|scot[- ]free|free (?:spirit|time|country|hand|fall|world|bird|will|speech|seat|stool|house"
    r"|verse|jazz|man|woman)"
)


def unsupported_giveaway_kind(text: str, mentions: Sequence[Mention], evidence: Evidence) -> str:
    """The kind of the first such claim that the tab does not back: "paid" or "comped"; "" if all are
    backed."""
    if not _GIVEAWAY_HINT.search(text):
        return ""
    text = _replace_item_names(_UNRELATED_FREE.sub("-", text), text, mentions)
    if (
        (found := _NOTHING_DUE.search(text))
        and not evidence.is_nothing_due()
        and not _is_no_giveaway(text, found)
    ):
        return "paid"
    for pattern in (_FREE, _GIFT):
        for found in pattern.finditer(text):
            if not _is_no_giveaway(text, found) and not _is_given_away(
                _surrounding_sentence(text, found), evidence
            ):
                return "comped"
    return ""


_GIVEAWAY_HINT = re.compile(
    r"free|house|treat|gratis|complimentary|charg|cost|half|1/2|for 1|-1|2 for|2-for|3[- ]for|bogo|get 1"
    r"|happy|discount|compliments|courtesy|gift|nothing|owe|pay|paid|money|wallet|forget|skip|no bill"
    r"|no tab|balance|nil|zip|nada|zilch|naught|voucher|coupon|rebate|price| on (?:me|us|mo)|maya|due"
)


def _replace_item_names(text: str, original: str, mentions: Sequence[Mention]) -> str:
    """Replaces drink names by "item", so that one pattern matches them all."""
    for one in mentions:
        text = text.replace(original[one.start : one.end], "item")
    return text


def _is_no_giveaway(text: str, found: re.Match[str]) -> bool:
    start, _ = qualifiers.clause_span(text, found.start())
    before = text[start : found.start()]
    return (
        qualifiers.is_negated(before)
        or qualifiers.is_story(text)
        or bool(re.search(r"\b(?:if|were|wish|only)\b[^,]*$", before))
    )


def _surrounding_sentence(text: str, found: re.Match[str]) -> str:
    start = max(text.rfind(mark, 0, found.start()) for mark in ";.!?")
    ends = [place for mark in ";.!?" if (place := text.find(mark, found.end())) >= 0]
    return text[start + 1 : min(ends, default=len(text))]


def _is_given_away(text: str, evidence: Evidence) -> bool:
    """Whether the bill has a discount or a comped line, or the text is only about extras without a price."""
    if evidence.bill.discount_cents or any(line.comped for line in evidence.bill.lines):
        return True
    extras = {
        one.name: one.price_cents
        for drink in (evidence.menu.drinks if evidence.menu else ())
        for one in drink.modifiers
    }
    named = [price for name, price in extras.items() if re.search(rf"\b{re.escape(name)}\b", text)]
    return bool(named) and not any(named) and not re.search(r"\b(?:item|drinks?|rounds?|tab|bill)\b", text)
