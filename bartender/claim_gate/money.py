"""Checks the amounts and percentages in a sentence against the evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bartender.claim_gate import qualifiers
from bartender.claim_gate.amounts import Amount, Percentage, find_amounts, find_percentages
from bartender.claim_gate.evidence import MAX_QUANTITY, Evidence
from bartender.facts import Claim
from bartender.facts.order import LineRemoved
from bartender.menu.mentions import ANY_ITEM, GENERIC_ITEMS, Mention

MAX_AMOUNTS = 60
_ROLE_BEFORE = re.compile(
    r"\b(?:(?P<owe>owe|owed|owing|due|outstanding|left to pay|(?:remains|remaining) to pay|payable)"
    r"|(?P<paid>paid|payment of|received|collected|charged your|went through|settled)"
    r"|(?P<tip>tips?|tipped|gratuity)"
    r"|(?P<tax>tax|vat)"
    r"|(?P<balance>play money|balance|wallet|budget|remaining|(?:have|has|got) (?=\S+ left))"
    r"|(?P<less>discount\w*|saved|saves|savings?|save you|knocked|shaved|comp|comped|waived|credit(?:ed)?"
    r"|deduct\w*|rebate|cheaper|reduction|reduced|voucher|coupon|money back|cash ?back|refund\w*"
    r"|(?<=took )off|give you back|change back|rewards?|bonus|prize|won)"
    r"|(?P<fee>fee|surcharge|cover charge|corkage|minimum|service charge|penalty|deposit)"
    r"|(?P<total>total(?:s|ed|led)?|subtotal|tab|bill|check|damage|altogether|sum|order|grand total"
    r"|to pay))\b"
)
_ROLE_AFTER = re.compile(
    r" ?(?:(?:in|of|for|as|the|your|a|is|are|was|more|extra|still|now|worth|included|it|all|an?|me) ){0,3}"
    r"(?:(?P<owe>due|owed|owing|outstanding|left to pay|to pay|to go\b(?! back))|(?P<paid>paid)"
    r"|(?P<tip>tips?\b|gratuity"
    r"|tip jar)|(?P<tax>tax|vat)"
    r"|(?P<less>off|discount|refund|back|cheaper|less|credit|voucher|rebate)|(?P<fee>(?:service |cover "
    r"|booking |table )?(?:fee|charge)|surcharge|deposit|penalty|cover|corkage)|(?P<balance>left"
    r"|play money|remaining|of your play money)"
    r"|(?P<total>total|altogether|all together|together|overall|all in|all told|on (?:your|the) (?:tab"
    r"|bill|card)))\b"
)
_FOR_ITEM = re.compile(
    r" ?(?:for|a|an|per|each|every|the|your|1|of|piece|-)?(?: (?:a|an|the|your|each|every|1|of|single"
    r"|house|good|cold|fresh|dry|dirty|perfect|neat|double|classic|glass|pint|shot))* ?$"
)
_COPULA = re.compile(
    r"(?:\b(?:is|are|be|was|were|makes|come|comes|came|to|at|costs?|stands|stays|you|runs?|set|sets|back"
    r"|totals?|reads|says|remains|now|just|only|exactly|a|about|still|then|around|comfortably|merely"
    r"|roughly|=|mere|of) ?){1,6}$"
)
_TOTALS_UP = re.compile(r"\b(?:will be|would be|comes? to|makes|adds up to|total\w*|brings)\b[^,;]{0,20}$")
_ITEM_COUNT = re.compile(
    r"\b(?:for|all|the|those|these|your|of) (?:all )?(\d{1,2})\b(?! (?:minutes|hours|years|days|nights"
    r"|people))|\b(both|pair)\b|\b(\d{1,2}) (?:of (?:them|those|these)|drinks|rounds)\b"
)
_MODAL_VERB = re.compile(r"\b(?:would|could|might|can|if|shall|should|want|like|may|another|or)\b")
_ON_TAB = re.compile(r" on (?:your|the)")
_CONDITIONAL = re.compile(r"\b(?:would|could|might)\b")
_SENTENCE_BREAK = re.compile(r"[;!?\n]|\. | but ")
_BILLING_WORDS = re.compile(
    r"\b(?:tab|bill|tips?|tipped|gratuity|off|discount\w*|price[sd]?|charge[sd]?|total|fee|tax|pay|paid"
    r"|free|order|cheaper|cost|service|surcharge|refund\w*|less|back|markup|round|credit|reduc\w+|house)\b"
)
_STRENGTH = re.compile(
    r"\b(?:abv|alcohol\w*|proof|by volume|strength|strong|stronger|vol|beer|ale|lager|pint)\b"
)
_REDUCTION = re.compile(
    r"\b(?:off|discount\w*|cheaper|less|reduc\w+|refund\w*|credit\w*|back|markdown|savings?|saved?)\b"
)
_TIP = re.compile(r"\b(?:tips?|tipped|tipping|gratuity)\b")
_GENERAL_STATEMENT = re.compile(
    r"\b(?:usual\w*|most|people|guests|customary|standard|typical\w*|some|many|buttons?|anything|whatever"
    r"|between|choose|choice|pick|percentage|or)\b"
)
_TAX = re.compile(r"\b(?:tax|vat)\b")


def unsupported_amount_kind(
    text: str,
    mentions: Sequence[Mention],
    evidence: Evidence,
    known_items: Iterable[str],
    new_text_start: int = 0,
) -> str:
    """The kind of the first untrue number, "amount" or "percent", or "" if all are true. `known_items`:
    drinks that this reply has named. Numbers before `new_text_start` were checked with an earlier
    sentence."""
    found = find_amounts(text, [one.end for one in mentions], evidence.bill.currency)
    if len(found) > MAX_AMOUNTS:
        return "amount"  # longer than any menu: not worth the time to check
    for index, amount in enumerate(found):
        if amount.end > new_text_start and not _AmountChecker(
            text, found, mentions, evidence, known_items
        ).is_true(index):
            return "amount"
    for share in find_percentages(text):
        if share.end > new_text_start and not _is_percentage_true(share, text, mentions, evidence):
            return "percent"
    return ""


@dataclass
class _AmountChecker:
    """Checks the amounts of one sentence, each by what it is said of: a drink, a total, the tip, ..."""

    text: str
    amounts: Sequence[Amount]
    mentions: Sequence[Mention]
    evidence: Evidence
    known_items: Iterable[str]

    def is_true(self, index: int) -> bool:
        amount = self.amounts[index]
        if not amount.has_currency and self._is_item_count(amount):
            return True
        breaks = _SENTENCE_BREAK.finditer(self.text, 0, amount.start)
        start = max((found.end() for found in breaks), default=0)  # of the amount's part of the text
        before = self.text[start : amount.start]
        if self._is_exempt(amount, before):
            return True
        truths = self._true_values(amount, start, before)
        return bool(amount.cents & truths)

    def _is_item_count(self, amount: Amount) -> bool:
        """Whether a bare number counts a drink: "that's 2 Martinis"."""
        return any(
            one.start > amount.start
            and one.start - amount.end < 30
            and not re.search(
                r"[,;:.!?]| (?:for|each|a|an|the|per|and|with|of|on) ", self.text[amount.end : one.start]
            )
            for one in self.mentions
        )

    def _is_exempt(self, amount: Amount, before: str) -> bool:
        first, _ = qualifiers.clause_span(self.text, amount.start)
        near = self.text[max(first, 0) : amount.start]
        if re.search(r"\b(?:but|only|just|more|less|than|over|under|owe)\b", near[-24:]):
            return qualifiers.is_story(self.text)
        return (
            qualifiers.is_negated(" ".join(near.split()[-5:]))
            or qualifiers.is_story(self.text)
            or bool(re.match(r" for every\b", self.text[amount.end :]))
        )

    def _true_values(self, amount: Amount, start: int, before: str) -> set[int]:
        after = self.text[amount.end : amount.end + 60]
        if (late := _ROLE_AFTER.match(after)) and late.lastgroup != "total":
            return self._values_for_role(late.lastgroup or "", before)
        if item := self._mention_after(amount):
            return self._values_for_item(item, amount, start) if item.start else set()
        cues = self._find_roles(start, amount.start)
        if not cues:
            return (
                self._values_for_role("total", before)
                if late
                else self._values_without_role(amount, start, before)
            )
        cue = cues[0] if _COPULA.search(before[-40:]) else cues[-1]
        if late and not (cues and _ON_TAB.match(after)):
            return self._values_for_role("total", before) | self._combined_values(
                start, amount, includes_priced=True
            )
        if isinstance(cue, Mention):
            more = (
                self._values_for_role("total", before)
                if "total" in cues and _CONDITIONAL.search(self.text)
                else set[int]()
            )
            return self._values_for_item(cue, amount, start) | self._combined_values(start, amount) | more
        more = self._values_for_role("total", before) if _CONDITIONAL.search(self.text) else set[int]()
        return (
            self._values_for_role(cue, before)
            | more
            | (
                self._combined_values(start, amount)
                if cue == "total" and self._is_about_new_items(start, amount)
                else set()
            )
        )

    def _is_about_new_items(self, start: int, amount: Amount) -> bool:
        """Whether the drinks before the amount were ordered in this turn: "Two Martinis on your tab, $26"."""
        here = [one for one in self.mentions if start <= one.start < amount.start]
        return (
            bool(here)
            and all(self.evidence.was_done(one, Claim.ORDER) for one in here)
            and not _TOTALS_UP.search(self.text[start : amount.start])
        )

    def _mention_after(self, amount: Amount) -> Mention | None:
        for one in self.mentions:
            between = self.text[amount.end : one.start] if one.start >= amount.end else None
            if between is not None and not between.strip() and self._is_label_price(amount):
                return None  # "Martini: $13 Negroni: $11"
            if (
                between is not None
                and one.item not in GENERIC_ITEMS
                and len(between) < 30
                and "," not in between
                and _FOR_ITEM.match(between)
            ):
                return one
        return None

    def _is_label_price(self, amount: Amount) -> bool:
        return any(0 <= amount.start - one.end < 4 for one in self.mentions)

    def _find_roles(self, start: int, end: int) -> list[str | Mention]:
        found: list[tuple[int, str | Mention]] = [
            (cue.start(), cue.lastgroup or "") for cue in _ROLE_BEFORE.finditer(self.text, start, end)
        ]
        found += [(one.start, one) for one in self.mentions if start <= one.start < end]
        return [cue for _, cue in sorted(found, key=lambda pair: pair[0])]

    def _values_for_role(self, role: str, before: str) -> set[int]:
        bill = self.evidence.bill
        simple = {
            "owe": {bill.due_cents},
            "tax": {bill.tax_cents},
            "balance": {bill.balance_cents or 0},
            "fee": set[int](),
        }
        if role in simple:
            return simple[role]
        if role == "paid":
            return {bill.paid_cents} if bill.paid_cents else set()
        if role == "less":
            return ({bill.discount_cents} - {0}) | self._removed_values()
        rates = [share.bp for share in find_percentages(self.text)]
        if role == "tip":
            modal = _MODAL_VERB.search(self.text) is not None
            return {bill.tip_cents} | (
                self.evidence.percentage_amounts(rates) if modal or " of " in self.text else set()
            )
        return self._possible_totals(rates)

    def _possible_totals(self, rates: Sequence[int]) -> set[int]:
        """What the tab comes to; with "would" in the sentence, also with the drinks or tip that it names."""
        totals = self.evidence.totals()
        if not _CONDITIONAL.search(self.text):
            return totals
        more = {
            price * (one.quantity or 1)
            for one in self.mentions
            for price in self.evidence.item_prices(one.item, self.text)
        }
        more |= self.evidence.percentage_amounts(rates)
        return totals | {
            total + extra for total in totals | {self.evidence.bill.total_cents} for extra in more
        }

    def _removed_values(self) -> set[int]:
        return {
            fact.quantity * fact.unit_cents for fact in self.evidence.facts if isinstance(fact, LineRemoved)
        }

    def _values_for_item(self, mention: Mention, amount: Amount, start: int) -> set[int]:
        counts = {mention.quantity or 1, *self._possible_counts(start)}
        prices = self.evidence.item_prices(mention.item, self.text)
        if mention.item == ANY_ITEM or (not prices and mention.item):
            return self.evidence.all_amounts()
        return (
            prices
            | {count * price for count in counts for price in prices}
            | self.evidence.line_totals(mention.item)
        )

    def _combined_values(self, start: int, amount: Amount, *, includes_priced: bool = False) -> set[int]:
        """What the drinks named before the amount cost together."""
        earlier = [other.end for other in self.amounts if other.end <= amount.start and other.has_currency]
        since = start if includes_priced else max([start, *earlier])
        sums = {0}
        for one in self.mentions:
            if since <= one.start < amount.start:
                sums = {
                    total + (one.quantity or 1) * price
                    for total in sums
                    for price in self.evidence.item_prices(one.item, self.text)
                }
                if len(sums) > 200:
                    return set()
        return sums - {0}

    def _possible_counts(self, start: int) -> set[int]:
        found = {
            2 if match.group(2) else int(match.group(1) or match.group(3))
            for match in _ITEM_COUNT.finditer(self.text, start)
        }
        return {count for count in found if 1 <= count <= MAX_QUANTITY}

    def _values_without_role(self, amount: Amount, start: int, before: str) -> set[int]:
        items = {*self.known_items, *(line.item for line in self.evidence.bill.lines)}
        prices = {price for item in items for price in self.evidence.item_prices(item)}
        many = {count * price for count in self._possible_counts(start) for price in prices}
        if _TOTALS_UP.search(before):
            lines = {line.cents for line in self.evidence.bill.lines}
            return (
                self._possible_totals([share.bp for share in find_percentages(self.text)])
                | many
                | lines
                | (self.evidence.fact_cents - {0})
            )
        return self.evidence.all_amounts() | many


def _is_percentage_true(
    percentage: Percentage, text: str, mentions: Sequence[Mention], evidence: Evidence
) -> bool:
    start, end = qualifiers.clause_span(text, percentage.start)
    here = text[start:end]
    if qualifiers.is_negated(text[start : percentage.start]) or qualifiers.is_story(text):
        return True
    if _REDUCTION.search(here) and not _TIP.search(here):
        return False
    if _TAX.search(here):
        return evidence.percentage_amounts([percentage.bp]) == {evidence.bill.tax_cents}
    if _TIP.search(text):
        return percentage.bp == evidence.bill.tip_bp or _is_suggestion(text, start, end)
    if percentage.bp in evidence.known_basis_points:
        return True
    about_drinks = bool(mentions) or _STRENGTH.search(text)
    return (
        not about_drinks and not _BILLING_WORDS.search(text) and len(text.split()) > 5
    ) or _is_certainty_idiom(text, percentage)


def _is_suggestion(text: str, start: int, end: int) -> bool:
    return (
        qualifiers.is_question(text, start, end)
        or text.rstrip().endswith("?")
        or bool(_MODAL_VERB.search(text) or _GENERAL_STATEMENT.search(text))
    )


def _is_certainty_idiom(text: str, percentage: Percentage) -> bool:
    """Whether the percentage is an idiom: "a hundred percent sure"."""
    return (
        re.match(
            r" (?:sure|certain|agree\w*|with you|right|true|behind|positive|yes|of (?:the time|bartending"
            r"|life|my heart))",
            text[percentage.end :],
        )
        is not None
        or re.search(
            r"\b(?:agree|sure|certain|believe|behind you|with you) (?:\w+ )?$", text[: percentage.start]
        )
        is not None
    )
