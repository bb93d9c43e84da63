"""Finds claims that something is free, discounted, or needs no payment, and checks them against the tab."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bartender.claim_gate import qualifiers
from bartender.claim_gate.evidence import Evidence
from bartender.menu.mentions import Mention

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
        and not _is_not_claim(text, found)
    ):
        return "paid"
    for pattern in (_FREE, _GIFT):
        for found in pattern.finditer(text):
            if not _is_not_claim(text, found) and not _is_given_away(
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


def _is_not_claim(text: str, found: re.Match[str]) -> bool:
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
