"""Drinks in a list: "two martinis, one dry and one dirty, a double gin on the rocks and an IPA"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bartender.brains.rule_based.tokenizer import ANY, ITEM, MOD, NUM, OFF, STOP, WORD, Token
from bartender.menu.snapshot import Drink, Menu

LIQUOR_GROUP_NAME = "liquor"
# Words of the grammar, which stand behind a number that counts drinks: "one for her", "two please", "two more".
_NEVER_COUNTED = frozenset(
    """
    a an and again also any apiece as at both but by can do each either else extra for from get have her his hers i if
    in instead is it just like made make maybe me mine more my no not now of ok okay on only or other our out over
    please pls same should so still straight thank thanks that the their them then they these this those to today
    together tonight too up us we what when where which who will with without would yes you your yours
    """.split()
)
_CORRECTING = frozenset({"actually", "rather", "wait", "no", "sorry", "instead", "scratch", "mean", "meant"})


@dataclass(frozen=True)
class RequestedDrink:
    """So many of one drink, made one way. `item` is empty for "one more", `kind` set for "a beer"."""

    item: str = ""
    quantity: int = 1
    has_count: bool = False
    is_plural: bool = False
    modifiers: tuple[str, ...] = ()
    category: str | None = None
    off_menu_name: str = ""
    is_partial: bool = False
    is_half: bool = False
    share: str = ""
    is_vague: bool = False


def parse_drinks(tokens: Sequence[Token], menu: Menu) -> list[RequestedDrink]:
    """What the tokens name, in order. Words between are passed over."""
    company, tokens = _extract_party_size(tokens)
    of_each, tokens = _extract_each_count(tokens)
    found = merge_liquors(resolve_partial_counts(_DrinkListParser(tokens, menu).parse()), menu)
    if of_each:
        return [one if one.has_count else replace(one, quantity=of_each, has_count=True) for one in found]
    if company and any(token.text in ("each", "apiece") for token in tokens):
        return [replace(one, quantity=one.quantity * company, has_count=True) for one in found]
    if company and len(found) == 1 and not found[0].has_count:
        return [replace(found[0], quantity=company, has_count=True)]
    return found


def merge_liquors(found: list[RequestedDrink], menu: Menu) -> list[RequestedDrink]:
    """ "Two dirty martinis, one gin, one vodka": the spirits are the martinis' own."""
    for at, group in enumerate(found):
        drink = menu.find_drink(group.item)
        rest = found[at + 1 :]
        fits = (
            drink is not None
            and rest
            and all(takes_liquor(drink, one.item) and not one.modifiers for one in rest)
        )
        if fits and group.quantity > 1 and sum(one.quantity for one in rest) == group.quantity:
            made = [
                replace(group, quantity=one.quantity, modifiers=(*group.modifiers, one.item.lower()))
                for one in rest
            ]
            return [*found[:at], *made]
    return found


def _extract_each_count(tokens: list[Token]) -> tuple[int, list[Token]]:
    """ "Daiquiris and cosmos, two of each": the number, and the other tokens."""
    for at, token in enumerate(tokens):
        after = [one.text for one in tokens[at + 1 : at + 3]]
        if token.kind == NUM and (after[:1] == ["each"] or after == ["of", "each"]):
            return token.number, [*tokens[:at], *tokens[at + 1 + after.index("each") + 1 :]]
    return 0, tokens


def _extract_party_size(tokens: Sequence[Token]) -> tuple[int, list[Token]]:
    """ "lagers for both of us", "beers for the three of us": how many people, and the other tokens."""
    remaining = list(tokens)
    for at in range(len(remaining) - 2):
        people = 2 if remaining[at].text == "both" else remaining[at].number
        if people > 1 and remaining[at + 1].text == "of" and remaining[at + 2].text in ("us", "them", "you"):
            return people, [*remaining[:at], *remaining[at + 3 :]]
    return 0, remaining


class _DrinkListParser:
    def __init__(self, tokens: Sequence[Token], menu: Menu) -> None:
        self.tokens, self.menu = list(tokens), menu
        self.drinks: list[RequestedDrink] = []
        self.pending_number: Token | None = None
        self.counted_word = ""  # the word behind it
        self.counts_people = False  # "one of us"
        self.pending_modifiers: list[str] = []
        self.is_negated = False
        self.is_half = False
        self.is_vague = False
        self.is_corrected = False
        self.grouped_count = 0

    def parse(self) -> list[RequestedDrink]:
        for at, token in enumerate(self.tokens):
            match token.kind:
                case "VAGUE":
                    self.is_vague = True
                case "NUM":
                    self._handle_number(at, token)
                case "MOD":
                    self._handle_modifier(at, token)
                case "ITEM":
                    self._handle_item(at, token)
                case "OFF" | "ANY":
                    self._handle_other_drink(token)
                case _:
                    self._handle_word(at, token)
        self._flush_number()
        return self.drinks

    def _handle_number(self, at: int, token: Token) -> None:
        if token.name == "times":
            if self.drinks and not self.drinks[-1].has_count:
                self.drinks[-1] = replace(self.drinks[-1], quantity=token.number, has_count=True)
            return
        if self.pending_number is not None and not token.is_article and not self.pending_number.is_article:
            self._flush_number()
        elif token.is_article and self.pending_number is not None:
            return  # "two of a kind"
        self.pending_number = token
        after = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        self.counted_word = after.text if after and after.kind == WORD else ""
        behind = [one.text for one in self.tokens[at + 1 : at + 3]]
        self.counts_people = behind in (["of", "us"], ["of", "you"])

    def _handle_modifier(self, at: int, token: Token) -> None:
        if self.is_negated:
            self.is_negated = False
            return
        if self._leads_to_drink(at) or (self.pending_number is not None and not self.drinks):
            self.pending_modifiers.append(token.name)
        elif self.pending_number is not None:
            self.pending_modifiers.append(token.name)
            if not self._leads_to_drink(at):
                self._flush_number()
        elif self.drinks:
            self._attach_modifier(token.name)
        else:
            self.pending_modifiers.append(token.name)

    def _attach_modifier(self, name: str) -> None:
        last = len(self.drinks) - 1
        first = max(last - self.grouped_count + 1, 0) if self.grouped_count else last
        for index in range(first, last + 1):
            group = self.drinks[index]
            if name not in group.modifiers:
                remaining = [
                    one for one in group.modifiers if not (self.is_corrected and _excludes(one, name))
                ]
                self.drinks[index] = replace(group, modifiers=(*remaining, name))

    def _leads_to_drink(self, at: int) -> bool:
        """A modifier before its drink: only modifiers stand between."""
        for token in self.tokens[at + 1 :]:
            if token.kind in (ITEM, ANY):
                return True
            if token.kind != MOD:
                return False
        return False

    def _handle_item(self, at: int, token: Token) -> None:
        drink = self.menu.find_drink(token.name)
        after = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        if after and after.kind == ITEM and self._is_liquor_of(after, token):
            self.pending_modifiers.append(token.name.lower())
            return
        if self._is_liquor_of_last(at, token):
            self._attach_modifier(token.name.lower())
            self.pending_number = None
            return
        name = drink.name if drink else token.name
        if self._is_share_of_last(at, name):
            return
        last = self.drinks[-1] if self.drinks else None
        if last and drink and last.category == drink.category and self.pending_number is None:
            self.drinks[-1] = replace(
                last, item=name, category=None, modifiers=(*last.modifiers, *self.pending_modifiers)
            )
            self.pending_modifiers = []
            return
        self._append_drink(RequestedDrink(item=name, is_plural=token.is_plural))

    def _is_share_of_last(self, at: int, name: str) -> bool:
        """ "One of the brandies on the rocks": a share of what was just named."""
        before = [token.text for token in self.tokens[max(at - 2, 0) : at]]
        return bool(
            self.pending_number is not None
            and self.drinks
            and self.drinks[-1].item == name
            and len(before) == 2
            and before[0] == "of"
        )

    def _is_liquor_of(self, cocktail: Token, liquor: Token) -> bool:
        drink = self.menu.find_drink(cocktail.name)
        return drink is not None and takes_liquor(drink, liquor.name)

    def _is_liquor_of_last(self, at: int, token: Token) -> bool:
        """ "a martini with gin": not a second drink."""
        before = self.tokens[at - 1].text if at else ""
        last = self.menu.find_drink(self.drinks[-1].item) if self.drinks and self.drinks[-1].item else None
        return before in ("with", "using", "on") and last is not None and takes_liquor(last, token.name)

    def _handle_other_drink(self, token: Token) -> None:
        if token.kind == OFF:
            self._append_drink(RequestedDrink(off_menu_name=token.name, is_plural=token.is_plural))
        elif not (self.drinks and self.pending_number is None and not self.pending_modifiers):
            self._append_drink(RequestedDrink(category=token.name, is_plural=token.is_plural))

    def _handle_word(self, at: int, token: Token) -> None:
        if token.text in ("not", "never"):
            self.is_negated = True
        if token.text in _CORRECTING:
            self.is_corrected = True  # "neat, or actually on the rocks": the last one counts
        if token.text == "half":
            self.is_half = True
        if token.text in ("both", "all") and len(self.drinks) > 1:
            self.grouped_count = len(self.drinks)
        if token.kind == STOP or token.text in ("and", "plus", "&"):
            self._flush_number()
            self.is_negated = False

    def _append_drink(self, drink: RequestedDrink) -> None:
        number = self.pending_number
        drink = replace(
            drink,
            quantity=number.number if number else 1,
            has_count=number is not None,
            share=number.name if number else "",
            modifiers=tuple(dict.fromkeys(self.pending_modifiers)),
            is_half=self.is_half,
            is_vague=self.is_vague,
        )
        self.drinks.append(drink)
        self.pending_number, self.pending_modifiers = None, []
        self.is_half = self.is_vague = self.is_negated = self.is_corrected = False

    def _flush_number(self) -> None:
        """ "... and one on the rocks": a number without a drink of its own takes the last one's, unless it counts
        something else: "for 5 bucks", "nine years"."""
        if self.counts_people or (self.counted_word and self.counted_word not in _NEVER_COUNTED):
            self.pending_number = None
        if (
            self.pending_number is not None
            and (self.pending_modifiers or self.drinks)
            and not self.pending_number.is_article
        ) or (self.pending_number is not None and self.pending_modifiers and self.drinks):
            self._append_drink(RequestedDrink(is_partial=True))


def takes_liquor(drink: Drink, liquor: str) -> bool:
    group = next((one for one in drink.groups if one.name == LIQUOR_GROUP_NAME), None)
    return group is not None and liquor.lower() in {modifier.name for modifier in group.modifiers}


def resolve_partial_counts(found: list[RequestedDrink]) -> list[RequestedDrink]:
    """ "three whiskeys, two neat and one on the rocks" is three, "two neat and one on the rocks" is three too."""
    done: list[RequestedDrink] = []
    at = 0
    while at < len(found):
        group = found[at]
        rest: list[RequestedDrink] = []
        while at + 1 + len(rest) < len(found) and found[at + 1 + len(rest)].is_partial:
            rest.append(found[at + 1 + len(rest)])
        at += 1 + len(rest)
        done += _split_counts(group, rest)
    return done


def _split_counts(drink: RequestedDrink, rest: list[RequestedDrink]) -> list[RequestedDrink]:
    parts = [
        replace(
            one, item=drink.item, off_menu_name=drink.off_menu_name, category=drink.category, is_partial=False
        )
        for one in rest
    ]
    if not rest or not drink.item:
        return [drink, *rest]
    parts = _resolve_shares(drink, parts)
    taken = sum(one.quantity for one in parts)
    if drink.quantity > 1 and taken == drink.quantity and not _has_exclusive_conflict(drink, parts):
        return [replace(one, modifiers=(*drink.modifiers, *one.modifiers)) for one in parts]
    if not drink.has_count and len(parts) == 1 and not drink.modifiers:
        return [replace(drink, quantity=parts[0].quantity, has_count=True, modifiers=parts[0].modifiers)]
    if drink.modifiers or drink.quantity < 2 or taken > drink.quantity:
        return [drink, *parts]
    left = drink.quantity - taken
    return ([replace(drink, quantity=left)] if left else []) + parts


def _resolve_shares(drink: RequestedDrink, parts: list[RequestedDrink]) -> list[RequestedDrink]:
    """ "Half of them neat, the rest on the rocks": shares of the whole as numbers."""
    counted: list[RequestedDrink] = []
    for one in parts:
        taken = sum(part.quantity for part in counted)
        if one.share == "half":
            one = replace(one, quantity=max(drink.quantity // 2, 1))
        elif one.share == "rest":
            one = replace(one, quantity=max(drink.quantity - taken, 1))
        counted.append(one)
    return counted


EXCLUSIVE_MODIFIERS = (
    {"neat", "straight", "straight up", "no ice", "on the rocks", "over ice", "with ice", "rocks"},
    {"shaken", "stirred"},
)


def _excludes(one: str, other: str) -> bool:
    return any(one in choices and other in choices for choices in EXCLUSIVE_MODIFIERS)


def _has_exclusive_conflict(drink: RequestedDrink, parts: list[RequestedDrink]) -> bool:
    """ "Two whiskeys neat and two on the rocks" is four, not two."""
    for choices in EXCLUSIVE_MODIFIERS:
        if choices & set(drink.modifiers) and any(choices & set(one.modifiers) for one in parts):
            return True
    return False
