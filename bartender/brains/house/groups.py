"""Drinks in a list: "two martinis, one dry and one dirty, a double gin on the rocks and an IPA"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bartender.brains.house.reading import ANY, ITEM, MOD, NUM, OFF, STOP, Token
from bartender.menu.snapshot import Drink, Menu

LIQUORS = "liquor"


@dataclass(frozen=True)
class Group:
    """So many of one drink, made one way. `item` is empty for "one more", `kind` set for "a beer"."""

    item: str = ""
    quantity: int = 1
    counted: bool = False
    plural: bool = False
    modifiers: tuple[str, ...] = ()
    any_of: str | None = None
    off: str = ""
    partial: bool = False
    half: bool = False
    share: str = ""
    vague: bool = False


def groups(tokens: Sequence[Token], menu: Menu) -> list[Group]:
    """What the tokens name, in order. Words between are passed over."""
    company, tokens = _company(tokens)
    of_each, tokens = _of_each(tokens)
    found = _liquors(_partition(_Parser(tokens, menu).run()), menu)
    if of_each:
        return [one if one.counted else replace(one, quantity=of_each, counted=True) for one in found]
    if company and any(token.text in ("each", "apiece") for token in tokens):
        return [replace(one, quantity=one.quantity * company, counted=True) for one in found]
    if company and len(found) == 1 and not found[0].counted:
        return [replace(found[0], quantity=company, counted=True)]
    return found


def _liquors(found: list[Group], menu: Menu) -> list[Group]:
    """ "Two dirty martinis, one gin, one vodka": the spirits are the martinis' own."""
    for at, group in enumerate(found):
        drink = menu.find(group.item)
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


def _of_each(tokens: list[Token]) -> tuple[int, list[Token]]:
    """ "Daiquiris and cosmos, two of each": the number, and the other tokens."""
    for at, token in enumerate(tokens):
        after = [one.text for one in tokens[at + 1 : at + 3]]
        if token.kind == NUM and (after[:1] == ["each"] or after == ["of", "each"]):
            return token.number, [*tokens[:at], *tokens[at + 1 + after.index("each") + 1 :]]
    return 0, tokens


def _company(tokens: Sequence[Token]) -> tuple[int, list[Token]]:
    """ "lagers for both of us", "beers for the three of us": how many people, and the other tokens."""
    kept = list(tokens)
    for at in range(len(kept) - 2):
        people = 2 if kept[at].text == "both" else kept[at].number
        if people > 1 and kept[at + 1].text == "of" and kept[at + 2].text in ("us", "them", "you"):
            return people, [*kept[:at], *kept[at + 3 :]]
    return 0, kept


class _Parser:
    def __init__(self, tokens: Sequence[Token], menu: Menu) -> None:
        self.tokens, self.menu = list(tokens), menu
        self.found: list[Group] = []
        self.number: Token | None = None
        self.before: list[str] = []
        self.negated = False
        self.half = False
        self.vague = False
        self.both = 0

    def run(self) -> list[Group]:
        for at, token in enumerate(self.tokens):
            match token.kind:
                case "VAGUE":
                    self.vague = True
                case "NUM":
                    self._number(token)
                case "MOD":
                    self._modifier(at, token)
                case "ITEM":
                    self._item(at, token)
                case "OFF" | "ANY":
                    self._other(token)
                case _:
                    self._word(at, token)
        self._left_over()
        return self.found

    def _number(self, token: Token) -> None:
        if token.name == "times":
            if self.found and not self.found[-1].counted:
                self.found[-1] = replace(self.found[-1], quantity=token.number, counted=True)
            return
        if self.number is not None and not token.article and not self.number.article:
            self._left_over()
        elif token.article and self.number is not None:
            return  # "two of a kind"
        self.number = token

    def _modifier(self, at: int, token: Token) -> None:
        if self.negated:
            self.negated = False
            return
        if self._leads_to_drink(at) or (self.number is not None and not self.found):
            self.before.append(token.name)
        elif self.number is not None:
            self.before.append(token.name)
            if not self._leads_to_drink(at):
                self._left_over()
        elif self.found:
            self._attach(token.name)
        else:
            self.before.append(token.name)

    def _attach(self, name: str) -> None:
        last = len(self.found) - 1
        first = max(last - self.both + 1, 0) if self.both else last
        for index in range(first, last + 1):
            group = self.found[index]
            if name not in group.modifiers:
                self.found[index] = replace(group, modifiers=(*group.modifiers, name))

    def _leads_to_drink(self, at: int) -> bool:
        """A modifier before its drink: only modifiers stand between."""
        for token in self.tokens[at + 1 :]:
            if token.kind in (ITEM, ANY):
                return True
            if token.kind != MOD:
                return False
        return False

    def _item(self, at: int, token: Token) -> None:
        drink = self.menu.find(token.name)
        after = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        if after and after.kind == ITEM and self._is_liquor(after, token):
            self.before.append(token.name.lower())
            return
        if self._is_liquor_after(at, token):
            self._attach(token.name.lower())
            self.number = None
            return
        name = drink.name if drink else token.name
        if self._share_of(at, name):
            return
        last = self.found[-1] if self.found else None
        if last and drink and last.any_of == drink.category and self.number is None:
            self.found[-1] = replace(last, item=name, any_of=None, modifiers=(*last.modifiers, *self.before))
            self.before = []
            return
        self._add(Group(item=name, plural=token.plural))

    def _share_of(self, at: int, name: str) -> bool:
        """ "One of the brandies on the rocks": a share of what was just named."""
        before = [token.text for token in self.tokens[max(at - 2, 0) : at]]
        return bool(
            self.number is not None
            and self.found
            and self.found[-1].item == name
            and len(before) == 2
            and before[0] == "of"
        )

    def _is_liquor(self, cocktail: Token, liquor: Token) -> bool:
        drink = self.menu.find(cocktail.name)
        return drink is not None and takes_liquor(drink, liquor.name)

    def _is_liquor_after(self, at: int, token: Token) -> bool:
        """ "a martini with gin": not a second drink."""
        before = self.tokens[at - 1].text if at else ""
        last = self.menu.find(self.found[-1].item) if self.found and self.found[-1].item else None
        return before in ("with", "using", "on") and last is not None and takes_liquor(last, token.name)

    def _other(self, token: Token) -> None:
        if token.kind == OFF:
            self._add(Group(off=token.name, plural=token.plural))
        elif not (self.found and self.number is None and not self.before):
            self._add(Group(any_of=token.name, plural=token.plural))

    def _word(self, at: int, token: Token) -> None:
        if token.text in ("not", "never"):
            self.negated = True
        if token.text == "half":
            self.half = True
        if token.text in ("both", "all") and len(self.found) > 1:
            self.both = len(self.found)
        if token.kind == STOP or token.text in ("and", "plus", "&"):
            self._left_over()
            self.negated = False

    def _add(self, group: Group) -> None:
        number = self.number
        group = replace(
            group,
            quantity=number.number if number else 1,
            counted=number is not None,
            share=number.name if number else "",
            modifiers=tuple(dict.fromkeys(self.before)),
            half=self.half,
            vague=self.vague,
        )
        self.found.append(group)
        self.number, self.before = None, []
        self.half = self.vague = self.negated = False

    def _left_over(self) -> None:
        """ "... and one on the rocks": a number without a drink of its own takes the last one's."""
        if (self.number is not None and (self.before or self.found) and not self.number.article) or (
            self.number is not None and self.before and self.found
        ):
            self._add(Group(partial=True))


def takes_liquor(drink: Drink, liquor: str) -> bool:
    group = next((one for one in drink.groups if one.name == LIQUORS), None)
    return group is not None and liquor.lower() in {modifier.name for modifier in group.modifiers}


def _partition(found: list[Group]) -> list[Group]:
    """ "three whiskeys, two neat and one on the rocks" is three, "two neat and one on the rocks" is three too."""
    done: list[Group] = []
    at = 0
    while at < len(found):
        group = found[at]
        rest: list[Group] = []
        while at + 1 + len(rest) < len(found) and found[at + 1 + len(rest)].partial:
            rest.append(found[at + 1 + len(rest)])
        at += 1 + len(rest)
        done += _split(group, rest)
    return done


def _split(group: Group, rest: list[Group]) -> list[Group]:
    parts = [replace(one, item=group.item, off=group.off, any_of=group.any_of, partial=False) for one in rest]
    if not rest or not group.item:
        return [group, *rest]
    parts = _shares(group, parts)
    taken = sum(one.quantity for one in parts)
    if group.quantity > 1 and taken == group.quantity and not _clash(group, parts):
        return [replace(one, modifiers=(*group.modifiers, *one.modifiers)) for one in parts]
    if not group.counted and len(parts) == 1 and not group.modifiers:
        return [replace(group, quantity=parts[0].quantity, counted=True, modifiers=parts[0].modifiers)]
    if group.modifiers or group.quantity < 2 or taken > group.quantity:
        return [group, *parts]
    left = group.quantity - taken
    return ([replace(group, quantity=left)] if left else []) + parts


def _shares(group: Group, parts: list[Group]) -> list[Group]:
    """ "Half of them neat, the rest on the rocks": shares of the whole as numbers."""
    counted: list[Group] = []
    for one in parts:
        taken = sum(part.quantity for part in counted)
        if one.share == "half":
            one = replace(one, quantity=max(group.quantity // 2, 1))
        elif one.share == "rest":
            one = replace(one, quantity=max(group.quantity - taken, 1))
        counted.append(one)
    return counted


_EXCLUSIVE = (
    {"neat", "straight", "straight up", "no ice", "on the rocks", "over ice", "with ice", "rocks"},
    {"shaken", "stirred"},
)


def _clash(group: Group, parts: list[Group]) -> bool:
    """ "Two whiskeys neat and two on the rocks" is four, not two."""
    for choices in _EXCLUSIVE:
        if choices & set(group.modifiers) and any(choices & set(one.modifiers) for one in parts):
            return True
    return False
