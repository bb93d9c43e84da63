"""Whether the amounts, percentages and gifts that a sentence names are true now."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bartender.conversation.gate import clauses
from bartender.conversation.gate.amounts import Amount, Share, amounts, shares
from bartender.conversation.gate.mentions import EVERYTHING, GENERIC, Mention
from bartender.conversation.gate.truth import MOST, Backing

MOST_AMOUNTS = 60
_CUE = re.compile(
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
_AFTER = re.compile(
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
_SETTLES = re.compile(r"\b(?:will be|would be|comes? to|makes|adds up to|total\w*|brings)\b[^,;]{0,20}$")
_MANY = re.compile(
    r"\b(?:for|all|the|those|these|your|of) (?:all )?(\d{1,2})\b(?! (?:minutes|hours|years|days|nights"
    r"|people))|\b(both|pair)\b|\b(\d{1,2}) (?:of (?:them|those|these)|drinks|rounds)\b"
)
_MODAL = re.compile(r"\b(?:would|could|might|can|if|shall|should|want|like|may|another|or)\b")
_WEAK = re.compile(r" on (?:your|the)")
_WOULD = re.compile(r"\b(?:would|could|might)\b")
_HARD = re.compile(r"[;!?\n]|\. | but ")
_BUSINESS = re.compile(
    r"\b(?:tab|bill|tips?|tipped|gratuity|off|discount\w*|price[sd]?|charge[sd]?|total|fee|tax|pay|paid"
    r"|free|order|cheaper|cost|service|surcharge|refund\w*|less|back|markup|round|credit|reduc\w+|house)\b"
)
_STRENGTH = re.compile(
    r"\b(?:abv|alcohol\w*|proof|by volume|strength|strong|stronger|vol|beer|ale|lager|pint)\b"
)
_LESS = re.compile(
    r"\b(?:off|discount\w*|cheaper|less|reduc\w+|refund\w*|credit\w*|back|markdown|savings?|saved?)\b"
)
_TIP = re.compile(r"\b(?:tips?|tipped|tipping|gratuity)\b")
_CUSTOM = re.compile(
    r"\b(?:usual\w*|most|people|guests|customary|standard|typical\w*|some|many|buttons?|anything|whatever"
    r"|between|choose|choice|pick|percentage|or)\b"
)
_TAX = re.compile(r"\b(?:tax|vat)\b")


def false_amount(
    text: str, named: Sequence[Mention], backing: Backing, known: Iterable[str], since: int = 0
) -> str:
    """The kind of the first amount or percentage that is not true, "" if all are."""
    found = amounts(text, [one.end for one in named])
    if len(found) > MOST_AMOUNTS:
        return "amount"  # longer than any menu: not worth the time to check
    for index, amount in enumerate(found):
        if amount.end > since and not _Amounts(text, found, named, backing, known).is_true(index):
            return "amount"
    for share in shares(text):
        if share.end > since and not _share_is_true(share, text, named, backing):
            return "percent"
    return ""


class _Amounts:
    """One sentence's amounts, each judged by what it is said of."""

    def __init__(
        self,
        text: str,
        found: Sequence[Amount],
        named: Sequence[Mention],
        backing: Backing,
        known: Iterable[str],
    ) -> None:
        self.text, self.found, self.named, self.backing, self.known = text, found, named, backing, known

    def is_true(self, index: int) -> bool:
        amount = self.found[index]
        if not amount.marked and self._counts(amount):
            return True
        start = self._from(amount)
        before = self.text[start : amount.start]
        if self._licensed(amount, before):
            return True
        truths = self._truths(amount, start, before)
        return bool(amount.cents & truths)

    def _counts(self, amount: Amount) -> bool:
        """A bare number that belongs to a drink: "that's 2 Martinis"."""
        return any(
            one.start > amount.start
            and one.start - amount.end < 30
            and not re.search(
                r"[,;:.!?]| (?:for|each|a|an|the|per|and|with|of|on) ", self.text[amount.end : one.start]
            )
            for one in self.named
        )

    def _licensed(self, amount: Amount, before: str) -> bool:
        first, _ = clauses.clause(self.text, amount.start)
        near = self.text[max(first, 0) : amount.start]
        if re.search(r"\b(?:but|only|just|more|less|than|over|under|owe)\b", near[-24:]):
            return clauses.story(self.text)
        return (
            clauses.negated(" ".join(near.split()[-5:]))
            or clauses.story(self.text)
            or bool(re.match(r" for every\b", self.text[amount.end :]))
        )

    def _from(self, amount: Amount) -> int:
        """Where the stretch that this amount is about begins."""
        start = 0
        for found in _HARD.finditer(self.text, 0, amount.start):
            start = found.end()
        return start

    def _truths(self, amount: Amount, start: int, before: str) -> set[int]:
        after = self.text[amount.end : amount.end + 60]
        if (late := _AFTER.match(after)) and late.lastgroup != "total":
            return self._of(late.lastgroup or "", before)
        if item := self._item_after(amount):
            return self._item(item, amount, start) if item.start else set()
        cues = self._cues(start, amount.start)
        if not cues:
            return self._of("total", before) if late else self._unknown(amount, start, before)
        cue = cues[0] if _COPULA.search(before[-40:]) else cues[-1]
        if late and not (cues and _WEAK.match(after)):
            return self._of("total", before) | self._together(start, amount, all_of_them=True)
        if isinstance(cue, Mention):
            more = self._of("total", before) if "total" in cues and _WOULD.search(self.text) else set[int]()
            return self._item(cue, amount, start) | self._together(start, amount) | more
        more = self._of("total", before) if _WOULD.search(self.text) else set[int]()
        return (
            self._of(cue, before)
            | more
            | (self._together(start, amount) if cue == "total" and self._only_new(start, amount) else set())
        )

    def _only_new(self, start: int, amount: Amount) -> bool:
        """ "Two Martinis on your tab, $26": said of what this turn put there."""
        here = [one for one in self.named if start <= one.start < amount.start]
        return (
            bool(here)
            and all(self.backing.done(one, ("added", "changed")) for one in here)
            and not _SETTLES.search(self.text[start : amount.start])
        )

    def _item_after(self, amount: Amount) -> Mention | None:
        for one in self.named:
            between = self.text[amount.end : one.start] if one.start >= amount.end else None
            if between is not None and not between.strip() and self._labelled(amount):
                return None  # "Martini: $13 Negroni: $11"
            if (
                between is not None
                and one.item not in GENERIC
                and len(between) < 30
                and "," not in between
                and _FOR_ITEM.match(between)
            ):
                return one
        return None

    def _labelled(self, amount: Amount) -> bool:
        return any(0 <= amount.start - one.end < 4 for one in self.named)

    def _cues(self, start: int, end: int) -> list[str | Mention]:
        found: list[tuple[int, str | Mention]] = [
            (cue.start(), cue.lastgroup or "") for cue in _CUE.finditer(self.text, start, end)
        ]
        found += [(one.start, one) for one in self.named if start <= one.start < end]
        return [cue for _, cue in sorted(found, key=lambda pair: pair[0])]

    def _of(self, role: str, before: str) -> set[int]:
        bill = self.backing.bill
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
            return ({bill.discount_cents} - {0}) | self._taken_off()
        rates = [share.bp for share in shares(self.text)]
        if role == "tip":
            modal = _MODAL.search(self.text) is not None
            return {bill.tip_cents} | (self.backing.shares(rates) if modal or " of " in self.text else set())
        return self._totals(rates)

    def _totals(self, rates: Sequence[int]) -> set[int]:
        """What the tab comes to; after "would", also with the drinks or the tip that the sentence adds."""
        totals = self.backing.totals()
        if not _WOULD.search(self.text):
            return totals
        more = {
            price * (one.quantity or 1)
            for one in self.named
            for price in self.backing.prices(one.item, self.text)
        }
        more |= self.backing.shares(rates)
        return totals | {
            total + extra for total in totals | {self.backing.bill.total_cents} for extra in more
        }

    def _taken_off(self) -> set[int]:
        facts = [fact for fact in self.backing.facts if fact.get("kind") == "removed"]
        return {fact["quantity"] * fact["unit_cents"] for fact in facts if "unit_cents" in fact}

    def _item(self, one: Mention, amount: Amount, start: int) -> set[int]:
        counts = {one.quantity or 1, *self._many(start)}
        prices = self.backing.prices(one.item, self.text)
        if one.item == EVERYTHING or (not prices and one.item):
            return self.backing.anything()
        return prices | {count * price for count in counts for price in prices} | self.backing.lines(one.item)

    def _together(self, start: int, amount: Amount, *, all_of_them: bool = False) -> set[int]:
        """Several drinks in a row, and what they come to."""
        earlier = [other.end for other in self.found if other.end <= amount.start and other.marked]
        since = start if all_of_them else max([start, *earlier])
        sums = {0}
        for one in self.named:
            if since <= one.start < amount.start:
                sums = {
                    total + (one.quantity or 1) * price
                    for total in sums
                    for price in self.backing.prices(one.item, self.text)
                }
                if len(sums) > 200:
                    return set()
        return sums - {0}

    def _many(self, start: int) -> set[int]:
        found = {
            2 if match.group(2) else int(match.group(1) or match.group(3))
            for match in _MANY.finditer(self.text, start)
        }
        return {count for count in found if 1 <= count <= MOST}

    def _unknown(self, amount: Amount, start: int, before: str) -> set[int]:
        items = {*self.known, *(line.item for line in self.backing.bill.lines)}
        prices = {price for item in items for price in self.backing.prices(item)}
        many = {count * price for count in self._many(start) for price in prices}
        if _SETTLES.search(before):
            lines = {line.cents for line in self.backing.bill.lines}
            return (
                self._totals([share.bp for share in shares(self.text)])
                | many
                | lines
                | (self.backing.cents - {0})
            )
        return self.backing.anything() | many


def _share_is_true(share: Share, text: str, named: Sequence[Mention], backing: Backing) -> bool:
    start, end = clauses.clause(text, share.start)
    here = text[start:end]
    if clauses.negated(text[start : share.start]) or clauses.story(text):
        return True
    if _LESS.search(here) and not _TIP.search(here):
        return False
    if _TAX.search(here):
        return backing.shares([share.bp]) == {backing.bill.tax_cents}
    if _TIP.search(text):
        return share.bp == backing.bill.tip_bp or _offered(text, start, end)
    if share.bp in backing.percents:
        return True
    about_drinks = bool(named) or _STRENGTH.search(text)
    return (not about_drinks and not _BUSINESS.search(text) and len(text.split()) > 5) or _sure(text, share)


def _offered(text: str, start: int, end: int) -> bool:
    return (
        clauses.asked(text, start, end)
        or text.rstrip().endswith("?")
        or bool(_MODAL.search(text) or _CUSTOM.search(text))
    )


def _sure(text: str, share: Share) -> bool:
    """ "a hundred percent sure" """
    return (
        re.match(
            r" (?:sure|certain|agree\w*|with you|right|true|behind|positive|yes|of (?:the time|bartending"
            r"|life|my heart))",
            text[share.end :],
        )
        is not None
        or re.search(r"\b(?:agree|sure|certain|believe|behind you|with you) (?:\w+ )?$", text[: share.start])
        is not None
    )
