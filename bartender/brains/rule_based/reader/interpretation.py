"""From the tagger's groups to what the rule-based brain carries out: drinks, numbers, ways of making.

What the groups about drinks leave of the words (the bill, questions, talk) is given back as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz import fuzz, process

from bartender.brains.rule_based import intents
from bartender.brains.rule_based.intents import Intent
from bartender.brains.rule_based.item_lists import (
    RequestedDrink,
    merge_liquors,
    resolve_partial_counts,
    takes_liquor,
)
from bartender.brains.rule_based.reader.lexicon import Terms, skeleton
from bartender.brains.rule_based.reader.tagger import Group, Slot, Tagger
from bartender.brains.rule_based.reader.tokens import Token, fold
from bartender.brains.rule_based.tokenizer import (
    ANY,
    CATEGORY_BY_PHRASE,
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
from bartender.spanish.to_english import is_spanish_sentence, translate_to_english

TAGGER = Tagger()
MAX_PARTY = 20
SPELT_ALIKE, SOUNDS_ALIKE = 72, 90
_EACH = re.compile(r"\b(?:each|apiece|every|everyone|everybody|all|per|head|cada|todos|todas)\b")
_EVERYTHING = re.compile(r"\b(?:all|both|each|every|them|todo|todos|todas|ambos|ambas)\b")
_SAME = re.compile(r"\b(?:same|mismo|igual)\b")
_ANOTHER = re.compile(r"\b(?:another|otro|otra|more|mas)\b")
_CHOSEN = re.compile(r"\b(?:first|second|third|last|that|those|these|either)\b")
_ARTICLE = re.compile(r"^(?:with|without|a|an|the|some|any|no|con|sin|of|in|on)\s+")


@dataclass(frozen=True)
class Interpretation:
    intents: tuple[Intent, ...]
    rest: str
    unread: tuple[str, ...]  # words about the way of making that the menu has no word for
    has_mentions: bool
    notes: tuple[str, ...] = ()  # those of them that were said as a wish: "a slice of lime"
    confidence: float = 1.0  # of the least certain group that something is done about


@lru_cache(maxsize=4)
def menu_terms(menu: Menu) -> Terms:
    drinks = [called for drink in menu.drinks for called in (drink.name, *drink.aliases)]
    modifiers = [called for called in _modifier_names(menu) if menu.find_drink(called) is None]
    return Terms({"item": drinks, "modifier": modifiers, "category": CATEGORY_BY_PHRASE})


def _modifier_names(menu: Menu) -> dict[str, str]:
    return {
        called: one.name
        for drink in menu.drinks
        for one in drink.modifiers
        for called in (one.name, *one.aliases)
    }


def interpret(text: str, menu: Menu, *, is_spanish_visit: bool = False) -> Interpretation:
    tokens, groups = TAGGER.tag(text, menu_terms(menu))
    is_spanish = is_spanish_sentence(text, is_spanish_visit=is_spanish_visit)
    reader = _GroupReader(menu, groups, is_spanish=is_spanish)
    found = reader.read()
    used = {token.start for group in groups if group.act in reader.acts for token in group.tokens}
    has_mentions = any(group.act == "mention" for group in groups)
    confidence = min((group.confidence for group in groups if group.act in reader.acts), default=0.0)
    rest = _rest(text, tokens, used)
    notes = tuple(slot.text for group in groups if group.act == "add" for slot in group.of("note"))
    return Interpretation(tuple(found), rest, tuple(reader.unread), has_mentions, notes, confidence)


def _rest(text: str, tokens: Sequence[Token], used: set[int]) -> str:
    """The words outside of the groups about drinks; a full stop where such a group was."""
    parts: list[str] = []
    end, is_cut = 0, False
    for token in tokens:
        if token.start in used:
            is_cut = True
            continue
        parts += [" . " if is_cut else text[end : token.start]] if parts else []
        parts.append(token.text)
        end, is_cut = token.end, False
    return "".join(parts).strip(" .,;!")


class _GroupReader:
    def __init__(self, menu: Menu, groups: Sequence[Group], *, is_spanish: bool) -> None:
        self.menu, self.groups, self.is_spanish = menu, groups, is_spanish
        self.unread: list[str] = []
        self.found: list[Intent] = []
        self.drinks: list[RequestedDrink] = []  # of the order that is being read
        people = [slot.text for group in groups for slot in group.of("person")]
        self.party = max(map(self._people, people), default=0)
        self.acts: dict[str, Callable[[Group], Iterable[Intent]]] = {
            "add": self._add,
            "remove": self._remove,
            "set_quantity": self._set_quantity,
            "change": self._change,
            "swap_in": lambda group: self._swap(group, None),
            "swap_out": lambda group: [intents.Remove(one) for one in self._drinks(group)],
            "again": lambda group: [intents.RepeatRound(max(1, self._quantity(group)[0]))],
            "more": self._more,
            "usual": lambda group: [intents.OrderUsual()],
            "or": self._undecided,
            "undo": lambda group: [intents.Undo()],
            "clear": lambda group: [intents.Clear()],
            "mention": lambda group: [],
        }

    def read(self) -> list[Intent]:
        waiting = list(self.groups)
        while waiting:
            group = waiting.pop(0)
            pair = {group.act, waiting[0].act if waiting else ""}
            if pair in ({"swap_out", "swap_in"}, {"swap_out", "add"}):
                other = waiting.pop(0)
                new, old = (other, group) if group.act == "swap_out" else (group, other)
                self._end_order()
                self.found += self._swap(new, old)
            elif group.act in self.acts:
                if group.act not in ("add", "mention"):
                    self._end_order()
                self.found += self.acts[group.act](group)
        self._end_order()
        return self.found

    def _end_order(self) -> None:
        if self.drinks:
            made = merge_liquors(resolve_partial_counts(self.drinks), self.menu)
            self.found.append(intents.Order(tuple(made)))
            self.drinks = []

    # --- acts -----------------------------------------------------------------------------------------

    def _add(self, group: Group) -> list[Intent]:
        drinks, references = self._drinks(group), _references(group)
        if drinks:
            self.drinks += drinks
            if _SAME.search(references) and len(drinks) == 1 and not drinks[0].modifiers:
                ordered = tuple(self.drinks)
                self.drinks = []
                return [intents.Order(ordered, same_as_before=True)]
            return []
        quantity, has_count, _is_vague = self._quantity(group)
        modifiers, _dropped = self._modifiers(group, self.drinks[-1].item if self.drinks else "")
        if references:
            return self._add_by_reference(group, references, quantity, has_count, modifiers)
        if has_count and self.drinks:
            part = RequestedDrink(quantity=quantity, has_count=True, modifiers=modifiers, is_partial=True)
            self.drinks.append(part)
            return []
        if modifiers and self.drinks:
            last = self.drinks[-1]
            self.drinks[-1] = replace(last, modifiers=_once(*last.modifiers, *modifiers))
            return []
        if has_count:
            return [intents.AddMore(quantity, modifiers) if self.found else intents.SetQuantity(quantity)]
        return [intents.ChangeModifiers(modifiers)] if modifiers else []

    def _add_by_reference(
        self, group: Group, references: str, quantity: int, has_count: bool, modifiers: tuple[str, ...]
    ) -> list[Intent]:
        if self.drinks and not _CHOSEN.search(references):
            last = self.drinks[-1]
            again = replace(
                last, quantity=quantity, has_count=has_count, modifiers=modifiers or last.modifiers
            )
            self.drinks.append(again)
            return []
        self._end_order()
        if self.found and isinstance(self.found[-1], intents.SetQuantity) and _SAME.search(references):
            return []  # "make it two, she wants the same": the second is hers
        ordinal = self._ordinal(references)
        more = intents.AddMore(quantity, modifiers, extends_modifiers=bool(modifiers))
        if _SAME.search(references) or _ANOTHER.search(references):
            return [more]
        if "both" in references.split():
            return [intents.ChooseOption(takes_both=True)]
        if group.of("person") and not ordinal and not has_count:
            return [more]
        chosen = intents.ChooseOption(ordinal=ordinal, quantity=quantity, has_count=has_count)
        return [chosen, *([intents.ChangeModifiers(modifiers)] if modifiers else [])]

    def _remove(self, group: Group) -> list[Intent]:
        drinks, references = self._drinks(group), _references(group)
        if len(drinks) > 1:
            return [intents.Remove(one, removes_all=not one.has_count) for one in drinks]
        quantity, has_count, _is_vague = self._quantity(group)
        if drinks:
            one = drinks[0]
            everything = bool(_EVERYTHING.search(_words(group))) and not has_count
            whole = everything or (one.is_plural and not one.has_count)
            return [intents.Remove(one, removes_all=whole, ordinal=self._ordinal(references))]
        modifiers, dropped = self._modifiers(group, "")
        if (modifiers or dropped) and not has_count and not references:
            return [intents.ChangeModifiers((), dropped_modifiers=(*modifiers, *dropped))]
        unnamed = RequestedDrink(quantity=quantity, has_count=has_count, modifiers=modifiers)
        everything = bool(_EVERYTHING.search(references))
        return [intents.Remove(unnamed, removes_all=everything, ordinal=self._ordinal(references))]

    def _set_quantity(self, group: Group) -> list[Intent]:
        drinks = self._drinks(group)
        quantity, has_count, _is_vague = self._quantity(group)
        if not has_count:
            return [intents.Swap(drinks[0])] if drinks else []
        item = drinks[0].item if drinks else ""
        made = drinks[0].modifiers if drinks else ()
        found: list[Intent] = [intents.SetQuantity(quantity, item)]
        return [*found, intents.ChangeModifiers(made, item)] if made else found

    def _change(self, group: Group) -> list[Intent]:
        drinks, references = self._drinks(group), _references(group)
        item = drinks[0].item if drinks else ""
        modifiers, dropped = self._modifiers(group, item)
        if not modifiers and not dropped:
            return []
        quantity, has_count, _is_vague = self._quantity(group)
        has_count = has_count and (quantity > 1 or "one" in _words(group).split())
        return [
            intents.ChangeModifiers(
                modifiers,
                item=item,
                ordinal=self._ordinal(references),
                units=quantity if has_count else 0,
                all_lines=bool(_EVERYTHING.search(_words(group))) and not has_count,
                dropped_modifiers=dropped,
                removes_modifiers=bool(dropped) and not modifiers,
            )
        ]

    def _swap(self, new: Group, old: Group | None) -> list[Intent]:
        drinks = self._drinks(new)
        gone = (self._drinks(old) if old else []) or [RequestedDrink()]
        if not drinks:
            modifiers, dropped = self._modifiers(new, gone[0].item)
            quantity, has_count, _is_vague = self._quantity(new)
            if modifiers or dropped:
                return [intents.ChangeModifiers(modifiers, item=gone[0].item, dropped_modifiers=dropped)]
            return [intents.SetQuantity(quantity, gone[0].item)] if has_count else []
        counted = old is not None and any(fold(slot.text) not in ("a", "an") for slot in old.of("quantity"))
        swap = intents.Swap(drinks[0], old_item=gone[0].item, units=gone[0].quantity if counted else 0)
        return [swap, *([intents.Order(tuple(drinks[1:]))] if drinks[1:] else [])]

    def _more(self, group: Group) -> list[Intent]:
        if drinks := self._drinks(group):
            return [intents.Order(tuple(drinks))]
        modifiers, _dropped = self._modifiers(group, "")
        return [intents.AddMore(self._quantity(group)[0], modifiers, extends_modifiers=bool(modifiers))]

    def _undecided(self, group: Group) -> list[Intent]:
        items = tuple(one.item for one in self._drinks(group) if one.item)
        return [intents.UndecidedOrder(items)] if len(items) > 1 else []

    # --- slots ----------------------------------------------------------------------------------------

    def _menu_tokens(self, text: str) -> list[MenuToken]:
        text = translate_to_english(text, is_spanish_visit=True) if self.is_spanish else text
        return [token for sentence, _asks in split_sentences(text) for token in tokenize(sentence, self.menu)]

    def _english(self, text: str) -> str:
        return fold(translate_to_english(text, is_spanish_visit=True) if self.is_spanish else text).strip()

    def _ordinal(self, references: str) -> int:
        return next((one.number for one in self._menu_tokens(references) if one.kind == ORD), 0)

    def _people(self, text: str) -> int:
        """ "The three of us" is three, "me and my two brothers" too."""
        words = fold(text).split()
        if {"both", "ambos", "ambas"} & set(words):
            return 2
        numbers = [one.number for one in self._menu_tokens(text) if one.kind == NUM and not one.is_article]
        with_me = words[:2] in (["me", "and"], ["yo", "y"]) and bool(numbers)
        found = max(numbers, default=0) + with_me
        return found if found <= MAX_PARTY else 0

    def _quantity(self, group: Group) -> tuple[int, bool, bool]:
        """How many, whether a number was said, and whether it was a vague one."""
        for slot in group.of("quantity"):
            if (heard := NUMBER_BY_HOMOPHONE.get(fold(slot.text))) is not None:
                return heard, True, False
            tokens = self._menu_tokens(slot.text)
            if numbers := [token.number for token in tokens if token.kind == NUM]:
                return max(numbers), True, False
            if any(token.kind == VAGUE for token in tokens):
                return 1, False, True
        return 1, False, False

    def _drinks(self, group: Group) -> list[RequestedDrink]:
        """The drinks of a group in their order, each with the number and the ways of making beside it."""
        parts: list[tuple[RequestedDrink, list[Slot]]] = []
        before: list[Slot] = []
        for slot in group.of("item", "off_menu", "quantity", "modifier", "unwanted_modifier", "note"):
            if slot.kind not in ("item", "off_menu"):
                (parts[-1][1] if parts and slot.kind != "quantity" else before).append(slot)
                continue
            for one in self._named(slot):
                last = self.menu.find_drink(parts[-1][0].item) if parts else None
                if last is not None and not before and takes_liquor(last, one.item):
                    parts[-1][1].append(Slot("modifier", slot.tokens))
                else:
                    parts.append((one, before))
                    before = []
        if parts and not any(slot.kind == "quantity" for slot in parts[-1][1]):
            parts[-1][1].extend(before)
        return self._for_people(group, [self._made(one, Group("", slots=slots)) for one, slots in parts])

    def _made(self, drink: RequestedDrink, group: Group) -> RequestedDrink:
        quantity, has_count, is_vague = self._quantity(group)
        modifiers, _dropped = self._modifiers(group, drink.item)
        return replace(
            drink,
            quantity=quantity,
            has_count=has_count,
            is_vague=is_vague,
            modifiers=_once(*drink.modifiers, *modifiers),
        )

    def _for_people(self, group: Group, drinks: list[RequestedDrink]) -> list[RequestedDrink]:
        """ "An IPA for each of us", "a round of tequila, there's three of us"."""
        if len(drinks) != 1:
            return drinks
        (one,), words = drinks, _words(group)
        people = [slot.text for slot in group.of("person")]
        each = people and (_EACH.search(fold(" ".join(people))) or _EACH.search(words))
        if self.party > 1 and (each or {"round", "ronda"} & set(words.split())):
            is_for_all = one.quantity > 1 and not re.search(r"\b(?:each|apiece|per|head|cada)\b", words)
            times = 1 if is_for_all else self.party
            return [replace(one, quantity=one.quantity * times, has_count=True)]
        count = max(map(self._people, people), default=0)
        return [replace(one, quantity=count, has_count=True)] if count > 1 and one.quantity == 1 else drinks

    def _named(self, slot: Slot) -> list[RequestedDrink]:
        """What a slot names: drinks of the menu, a kind of drink, or something that is not on the menu."""
        found: list[RequestedDrink] = []
        modifiers: list[str] = []
        for token in self._menu_tokens(slot.text):
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
        named = [one for one in found if one.item] or found
        if named:
            return [*named[:-1], replace(named[-1], modifiers=_once(*named[-1].modifiers, *modifiers))]
        name = self._sounds_like(slot.text)
        return [RequestedDrink(item=name) if name else RequestedDrink(off_menu_name=fold(slot.text))]

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

    def _modifiers(self, group: Group, item: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The menu's words for how it shall be made, and what of it is not wanted."""
        drink = self.menu.find_drink(item) if item else None
        wanted: list[str] = []
        dropped: list[str] = []
        for slot in group.of("modifier", "unwanted_modifier", "note"):
            text = self._english(slot.text)
            if slot.kind == "modifier":
                wanted += self._wanted(text, drink) or self._unknown(text)
            elif slot.kind == "unwanted_modifier":
                without = self._spelt(text, drink, ("no ", "without ", "hold the "))
                wanted += [without] if without else []
                dropped += [] if without else self._wanted(text, drink) or self._unknown(f"no {text}")
            else:
                self.unread.append(slot.text)
        return _once(*wanted), _once(*dropped)

    def _unknown(self, text: str) -> list[str]:
        self.unread.append(text)
        return []

    def _wanted(self, text: str, drink: Drink | None) -> list[str]:
        starts = ("", "with ", "with a ", "on the ")
        if name := self._spelt(text, drink, starts) or self._spelt(text, None, starts):
            return [name]
        tokens = self._menu_tokens(text)
        inside = [one.name for one in tokens if one.kind == MOD]
        inside = inside or [one.name.lower() for one in tokens if one.kind == ITEM]
        return inside or [name for name in [self._near_modifier(text, drink)] if name]

    def _spelt(self, text: str, drink: Drink | None, starts: Sequence[str]) -> str:
        """The menu's word, where the text is one of its names but for a word before it."""
        bare = _ARTICLE.sub("", _ARTICLE.sub("", text))
        known = _modifier_names(self.menu)
        for form in dict.fromkeys((text, bare, bare.removesuffix("s"), text.split()[-1] if text else "")):
            for start in starts:
                called = " ".join(f"{start}{form}".replace("-", " ").split())
                found = drink.find_modifier(called) if drink else None
                if found is not None or (drink is None and called in known):
                    return found.name if found else called
        return ""

    def _near_modifier(self, text: str, drink: Drink | None) -> str:
        """ "Neet", "dubble", "on the roks"."""
        known = _modifier_names(self.menu)
        if drink is not None:
            known = {called: name for called, name in known.items() if drink.find_modifier(called)}
        if best := process.extractOne(text, list(known), scorer=fuzz.ratio, score_cutoff=SPELT_ALIKE):
            return known[best[0]]
        heard = {skeleton(called): name for called, name in known.items()}
        best = process.extractOne(skeleton(text), list(heard), scorer=fuzz.ratio, score_cutoff=SOUNDS_ALIKE)
        return heard[best[0]] if best else ""


def _references(group: Group) -> str:
    return " ".join(fold(slot.text) for slot in group.of("reference"))


def _words(group: Group) -> str:
    return " ".join(token.form for token in group.tokens)


def _once(*names: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
