"""From the tagger's slots to the menu's words: how many, of which drink, made how, for whom."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz import fuzz, process

from bartender.brains.rule_based.item_lists import RequestedDrink, takes_liquor
from bartender.brains.rule_based.reader.lexicon import skeleton
from bartender.brains.rule_based.reader.tagger import Group, Slot, join
from bartender.brains.rule_based.reader.tokens import fold
from bartender.brains.rule_based.tokenizer import (
    ANY,
    ITEM,
    MOD,
    NUM,
    NUMBER_BY_HOMOPHONE,
    OFF,
    ORD,
    VAGUE,
    split_sentences,
    tokenize,
)
from bartender.brains.rule_based.tokenizer import Token as MenuToken
from bartender.menu.snapshot import Drink, Menu
from bartender.spanish.to_english import translate_to_english

MAX_PARTY = 20
_PAIR = frozenset("both twins couple pair ambos ambas gemelos gemelas mellizos mellizas pareja".split())
SPELT_ALIKE, SOUNDS_ALIKE = 72, 90
_EACH = re.compile(r"\b(?:each|apiece|every|everyone|everybody|all|per|head|cada|todos|todas)\b")
_IN_ALL = re.compile(r"\b(?:in all|in total|altogether|all told|all together|en total)\b")
_ARTICLE = re.compile(r"^(?:with|without|a|an|the|some|any|no|con|sin|of|in|on)\s+")


# The menu has no word for the plain measure: it is what is no double.
_SINGLE = re.compile(r"^(?:a |an )?(?:single|singles|sencill[oa]s?|simples?)$")
_PREPOSITION = re.compile(r"^(?:with|con)\s+", re.IGNORECASE)
# Words for a share of what was ordered, as the tagger cuts them out.
_SHARES = {
    "half": re.compile(r"\b(?:half|mitad)\b"),
    "rest": re.compile(r"\b(?:rest|others?|resto)\b"),
}


@dataclass(frozen=True)
class Quantity:
    number: int
    has_number: bool = False
    is_article: bool = False
    is_vague: bool = False
    share: str = ""  # "half" and "rest" of what was ordered before


class SlotReader:
    """Reads the slots of one utterance. `party` is how many people it speaks of, 0 where it does not say;
    `on_tab` is what the tab holds, the newest last; `unread` collects what is said about the way of making that the menu has no word for."""

    def __init__(self, menu: Menu, on_tab: Sequence[str], *, is_spanish: bool) -> None:
        self.menu, self.on_tab, self.is_spanish = menu, on_tab, is_spanish
        self.party = 0
        self.unread: list[str] = []

    def menu_tokens(self, text: str) -> list[MenuToken]:
        text = translate_to_english(text, is_spanish_visit=True) if self.is_spanish else text
        return [token for sentence, _asks in split_sentences(text) for token in tokenize(sentence, self.menu)]

    def _english(self, text: str) -> str:
        return fold(translate_to_english(text, is_spanish_visit=True) if self.is_spanish else text).strip()

    def ordinal(self, references: str) -> int:
        return next((one.number for one in self.menu_tokens(references) if one.kind == ORD), 0)

    def people(self, text: str) -> int:
        """ "The three of us" is three, "me and my two brothers" too."""
        said = fold(text).split()
        if _PAIR & set(said):
            return 2
        numbers = [one.number for one in self.menu_tokens(text) if one.kind == NUM and not one.is_article]
        with_me = said[:2] in (["me", "and"], ["yo", "y"]) and bool(numbers)
        found = max(numbers, default=0) + with_me
        return found if found <= MAX_PARTY else 0

    def quantity(self, group: Group, *, counts_drink: bool = False) -> Quantity:
        """How many: what its slot says, or a number beside it in a group that has no slot for it."""
        slots = [slot.text for slot in group.of("quantity")]
        if not slots and group.act in ("more", "again", "set_quantity"):
            slots = [words(group)]
        for text in slots:
            said = fold(text)
            if (homophone := NUMBER_BY_HOMOPHONE.get(said)) is not None and counts_drink:
                return Quantity(homophone, has_number=True)
            if share := share_in(said):
                return Quantity(1, has_number=True, share=share)
            tokens = self.menu_tokens(text if len(said.split()) > 2 else f"{text} of")
            numbers = [token for token in tokens if token.kind == NUM]
            if numbers:
                number = max(numbers, key=lambda token: token.number)
                return Quantity(number.number, has_number=True, is_article=number.is_article)
            if any(token.kind == VAGUE for token in tokens):
                return Quantity(1, is_vague=True)
        return Quantity(1)

    def with_named_drink(self, group: Group) -> Group:
        """ "Una ginebra", "take off the gin": what was tagged as a way of making, or not at all, is the drink."""
        if group.of("item", "off_menu", "reference"):
            return group
        slots = [
            Slot("item", slot.tokens)
            if slot.kind in ("modifier", "unwanted_modifier") and self.names_a_drink(slot.text)
            else slot
            for slot in group.slots
        ]
        rest = Slot(
            "item", [one for one in group.tokens if all(one not in slot.tokens for slot in group.slots)]
        )
        if slots == group.slots and self.names_a_drink(rest.text):
            slots = [*slots, rest]
        return Group(group.act, group.tokens, slots, group.confidence)

    def names_a_drink(self, text: str) -> bool:
        return any(token.kind == ITEM for token in self.menu_tokens(text))

    def drinks_on_tab(self, group: Group) -> list[RequestedDrink]:
        """As `drinks`; "the beer" is the one that the tab has."""
        return [self._of_the_tab(one) for one in self.drinks(self.with_named_drink(group))]

    def _of_the_tab(self, drink: RequestedDrink) -> RequestedDrink:
        if drink.item or drink.category is None:
            return drink
        kinds = {one.name: one.category for one in self.menu.drinks}
        newest = next((name for name in reversed(self.on_tab) if kinds.get(name) == drink.category), "")
        return replace(drink, item=newest, category=None if newest else drink.category)

    def drinks(self, group: Group) -> list[RequestedDrink]:
        """The drinks of a group in their order, each with the number and the ways of making beside it."""
        parts: list[tuple[RequestedDrink, list[Slot]]] = []
        before: list[Slot] = []
        for slot in group.of("item", "off_menu", "quantity", "modifier", "unwanted_modifier", "note"):
            if slot.kind not in ("item", "off_menu"):
                if slot.kind == "quantity":  # "table four, a manhattan": the number that is said last
                    before = [one for one in before if one.kind != "quantity"]
                (parts[-1][1] if parts and slot.kind != "quantity" else before).append(slot)
                continue
            for one in self._named(slot):
                self._add_part(parts, one, before, slot)
                before = [] if parts[-1][0] is one or parts[-1][0].item == one.item else before
        if len(parts) == 1:
            parts = [(self._longer_name(parts[0][0], group), parts[0][1])]
        if parts and not any(slot.kind == "quantity" for slot in parts[-1][1]):
            parts[-1][1].extend(before)
        made = [self._made(one, Group("", group.tokens, slots)) for one, slots in parts]
        return self._for_people(group, made)

    def _add_part(
        self,
        parts: list[tuple[RequestedDrink, list[Slot]]],
        drink: RequestedDrink,
        before: list[Slot],
        slot: Slot,
    ) -> None:
        """ "Martini with gin", "gin martini", "two beer IPA" and "five shots of tequila" are one drink."""
        said, slots = parts[-1] if parts else (RequestedDrink(), [])
        last, new = self.menu.find_drink(said.item), self.menu.find_drink(drink.item)
        if last is not None and not before and takes_liquor(last, drink.item):
            slots.append(Slot("modifier", slot.tokens))
        elif new is not None and not before and said.item and takes_liquor(new, said.item):
            parts[-1] = (replace(drink, modifiers=(*drink.modifiers, said.item.lower())), slots)
        elif (said.category and drink.item and not before) or (said.item and said.item == drink.item):
            parts[-1] = (drink, [*slots, *before])
        else:
            parts.append((drink, list(before)))

    def _longer_name(self, drink: RequestedDrink, group: Group) -> RequestedDrink:
        """ "Two beer from tap", "agua con gas": the words beside the slot name another drink."""
        named = [token for token in self.menu_tokens(join(group.tokens)) if token.kind == ITEM]
        if len(named) != 1 or named[0].name == drink.item or drink.off_menu_name not in ("", named[0].text):
            return drink
        return replace(drink, item=named[0].name, category=None, off_menu_name="")

    def _made(self, drink: RequestedDrink, group: Group) -> RequestedDrink:
        quantity = self.quantity(group, counts_drink=True)
        modifiers, _dropped = self.modifiers(group, drink.item)
        return replace(
            drink,
            quantity=quantity.number,
            has_count=quantity.has_number,
            is_vague=quantity.is_vague,
            modifiers=once(*drink.modifiers, *modifiers),
        )

    def _for_people(self, group: Group, drinks: list[RequestedDrink]) -> list[RequestedDrink]:
        """ "An IPA for each of us", "a round of tequila, there's three of us"."""
        if len(drinks) != 1:
            return drinks
        (one,), said = drinks, words(group)
        people = [slot.text for slot in group.of("person")]
        each = people and (_EACH.search(fold(" ".join(people))) or _EACH.search(said))
        if self.party > 1 and (each or {"round", "ronda"} & set(said.split())):
            is_of_each = re.search(r"\b(?:each|apiece|per|head|cada)\b", said) and not _IN_ALL.search(said)
            is_for_all = one.quantity > 1 and not is_of_each
            times = 1 if is_for_all else self.party
            return [replace(one, quantity=one.quantity * times, has_count=True)]
        count = self.people_of(group)
        if one.is_plural and not one.has_count:  # "lagers for me and tom"
            count = max(count, len(people))
        return [replace(one, quantity=count, has_count=True)] if count > 1 and one.quantity == 1 else drinks

    def people_of(self, group: Group) -> int:
        """How many the persons of a group are, as far as a number or "me" is among them."""
        people = [slot.text for slot in group.of("person") if not _EACH.search(fold(slot.text))]
        counts = [self.people(text) for text in people]
        if any(fold(text) in ("me", "i", "mi", "yo") for text in people) and any(counts):
            return sum(max(1, count) for count in counts)
        return max(counts, default=0)

    def _named(self, slot: Slot) -> list[RequestedDrink]:
        """What a slot names: drinks of the menu, a kind of drink, or something that is not on the menu."""
        found, modifiers = self._on_the_menu(slot)
        named = [one for one in found if one.item] or found
        if len(named) == 1 and len(slot.tokens) > 2 and (name := self._sounds_like(slot.text)):
            return [RequestedDrink(item=name)]  # "a long eye land iced tea"
        if named:
            return [*named[:-1], replace(named[-1], modifiers=once(*named[-1].modifiers, *modifiers))]
        name = self._sounds_like(slot.text)
        return [RequestedDrink(item=name) if name else RequestedDrink(off_menu_name=fold(slot.text))]

    def _on_the_menu(self, slot: Slot) -> tuple[list[RequestedDrink], list[str]]:
        """The drinks and kinds that the words of a slot name, and the modifiers after the last of them."""
        found: list[RequestedDrink] = []
        modifiers: list[str] = []
        for token in self.menu_tokens(slot.text):
            if token.kind == MOD:
                modifiers.append(token.name)
            elif token.kind == OFF:
                found.append(RequestedDrink(off_menu_name=token.name, is_plural=token.is_plural))
            elif token.kind == ANY and not found:
                found.append(RequestedDrink(category=token.name, is_plural=token.is_plural))
            elif token.kind == ITEM:
                drink = self.menu.find_drink(token.name)
                if found and drink is not None and takes_liquor(drink, found[-1].item):
                    modifiers.append(found.pop().item.lower())  # "a gin martini"
                found.append(
                    RequestedDrink(item=token.name, is_plural=token.is_plural, modifiers=tuple(modifiers))
                )
                modifiers = []
        return found, modifiers

    def _sounds_like(self, text: str) -> str:
        """The one drink of the menu whose name is near; none where two are as near."""
        names = {
            called.lower(): drink.name
            for drink in self.menu.drinks
            for called in (drink.name, *drink.aliases)
        }
        found = process.extract(fold(text), list(names), scorer=fuzz.ratio, limit=3, score_cutoff=SPELT_ALIKE)
        drinks = {names[called] for called, *_score in found}
        is_clear = len(drinks) == 1 or (len(found) > 1 and found[0][1] - found[1][1] > 8)
        return names[found[0][0]] if found and is_clear else ""

    def modifiers(self, group: Group, item: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The menu's words for how it shall be made, and what of it is not wanted."""
        drink = self.menu.find_drink(item) if item else None
        wanted: list[str] = []
        dropped: list[str] = []
        for slot in group.of("modifier", "unwanted_modifier", "note"):
            text = self._english(slot.text)
            if slot.kind == "modifier" and _SINGLE.search(text):
                dropped += [name for name in modifier_names(self.menu) if name == "double"]
            elif slot.kind == "modifier":
                wanted += (
                    self._wanted(text, drink)
                    or self._after_preposition("con", slot, drink)
                    or self._in_spanish_phrase(group, slot)
                    or self._unknown(text)
                )
            elif slot.kind == "unwanted_modifier":
                without = self._spelt(text, drink, ("no ", "without ", "hold the "))
                refused = [without] if without else self._after_preposition("sin", slot, drink)
                wanted += refused
                dropped += [] if refused else self._wanted(text, drink) or self._unknown(f"no {text}")
            elif made := self._spelt(text, drink, ("",)) if drink else "":
                wanted.append(made)  # "but made with tequila"
            else:
                self.unread.append(_PREPOSITION.sub("", slot.text))
        return once(*wanted), once(*dropped)

    def _after_preposition(self, preposition: str, slot: Slot, drink: Drink | None) -> list[str]:
        """ "Hielo" is translated where it is "con hielo" or "sin hielo"."""
        if not self.is_spanish:
            return []
        text = self._english(f"{preposition} {slot.text}")
        name = self._spelt(text, drink, ("",)) or self._spelt(text, None, ("",))
        return [name] if name else []

    def _in_spanish_phrase(self, group: Group, slot: Slot) -> list[str]:
        """ "Solo" is neat beside a whisky."""
        if not self.is_spanish:
            return []
        before = [token.text for token in group.tokens if token.start < slot.tokens[0].start]
        said = self.menu_tokens(" ".join([*before[-2:], slot.text]))
        return [token.name for token in said[-1:] if token.kind == MOD]

    def _unknown(self, text: str) -> list[str]:
        self.unread.append(text)
        return []

    def _wanted(self, text: str, drink: Drink | None) -> list[str]:
        """The menu's words that a slot has. "Large" is a double where there are doubles, and a note elsewhere."""
        starts = ("", "with ", "with a ", "on the ")
        known = modifier_names(self.menu)
        name = self._spelt(text, drink, starts) or self._spelt(text, None, starts)
        if name and (drink is None or drink.find_modifier(name) or name in known.values()):
            return [name]
        if name:
            return []
        tokens = self.menu_tokens(text)
        inside = [one.name for one in tokens if one.kind == MOD and one.name.lower() in known]
        inside = inside or [one.name.lower() for one in tokens if one.kind == ITEM]
        return inside or [name for name in [self._near_modifier(text, drink)] if name]

    def _spelt(self, text: str, drink: Drink | None, starts: Sequence[str]) -> str:
        """The menu's word, where the text is one of its names but for a word before it."""
        bare = _ARTICLE.sub("", _ARTICLE.sub("", text))
        known = modifier_names(self.menu)
        for form in dict.fromkeys((text, bare, bare.removesuffix("s"), text.split()[-1] if text else "")):
            for start in starts:
                called = " ".join(f"{start}{form}".replace("-", " ").split())
                found = drink.find_modifier(called) if drink else None
                if found is not None or (drink is None and called in known):
                    return found.name if found else called
        return ""

    def _near_modifier(self, text: str, drink: Drink | None) -> str:
        """ "Neet", "dubble", "on the roks"."""
        known: Mapping[str, str] = modifier_names(self.menu)
        if drink is not None:
            known = {called: name for called, name in known.items() if drink.find_modifier(called)}
        if best := process.extractOne(text, list(known), scorer=fuzz.ratio, score_cutoff=SPELT_ALIKE):
            return known[best[0]]
        by_skeleton = {skeleton(called): name for called, name in known.items()}
        best = process.extractOne(
            skeleton(text), list(by_skeleton), scorer=fuzz.ratio, score_cutoff=SOUNDS_ALIKE
        )
        return by_skeleton[best[0]] if best else ""


def share_in(said: str) -> str:
    """ "Half of them", "the rest": which share of what was ordered before, or nothing. "Half a gin" is none."""
    if re.search(r"\b(?:half an?|and a half|medi[ao])\b", said):
        return ""
    return next((name for name, pattern in _SHARES.items() if pattern.search(said)), "")


@lru_cache(maxsize=4)
def modifier_names(menu: Menu) -> Mapping[str, str]:
    """The menu's modifiers by each of their names."""
    return {
        called: one.name
        for drink in menu.drinks
        for one in drink.modifiers
        for called in (one.name, *one.aliases)
    }


def words(group: Group) -> str:
    return " ".join(token.form for token in group.tokens)


def once(*names: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
