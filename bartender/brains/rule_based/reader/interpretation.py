"""From the tagger's groups to what the rule-based brain carries out.

What the groups about drinks leave of the words (the bill, questions, talk) is given back as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from bartender.brains.rule_based import intents
from bartender.brains.rule_based.intents import Intent
from bartender.brains.rule_based.item_lists import (
    RequestedDrink,
    merge_liquors,
    resolve_partial_counts,
    takes_liquor,
)
from bartender.brains.rule_based.reader.company import Company, is_of_somebody
from bartender.brains.rule_based.reader.groups import join_groups
from bartender.brains.rule_based.reader.lexicon import Terms
from bartender.brains.rule_based.reader.slots import (
    Quantity,
    SlotReader,
    modifier_names,
    once,
    share_in,
    words,
)
from bartender.brains.rule_based.reader.tagger import Group, Slot, Tagger
from bartender.brains.rule_based.reader.tokens import Token, fold
from bartender.brains.rule_based.tokenizer import CATEGORY_BY_PHRASE
from bartender.menu.snapshot import Menu
from bartender.spanish.to_english import is_spanish_sentence

TAGGER = Tagger()
_EVERYTHING = re.compile(r"\b(?:all|both|each|every|them|todo|todos|todas|ambos|ambas)\b")
_ALL_BUT = re.compile(
    r"\b(?:everything|all|anything|the lot|todo|todos|todas) (?:but|except|other than|apart from|menos|salvo|excepto)\b"
    r"|\b(?:only|just) keep\b|\bkeep (?:only|just)\b|\b(?:deja|quedate|dejame) solo\b|\bsolo (?:deja|dejame)\b"
)
_SAME = re.compile(r"\b(?:same|mismo|igual)\b")
_ANOTHER = re.compile(r"\b(?:another|otro|otra|more|mas)\b")
_OF_EACH = re.compile(r"\b(?:each|both|everything|cada)\b")
_CHOSEN = re.compile(r"\b(?:first|second|third|last|that|those|these|either)\b")
_ONE_OF_THEM = re.compile(r"\b(?:it|one of (?:them|those|these)|uno de (?:ellos|esos))\b")
SURE_OF_A_BARE_REPLACEMENT = 0.85
SURE_OF_A_QUESTION = 0.6


@dataclass(frozen=True)
class Interpretation:
    intents: tuple[Intent, ...]
    rest: str
    mentions: float  # how certain the least certain drink is that is named and not ordered; 0 where none is
    notes: tuple[str, ...] = ()  # about the way of making, which the menu has no word for: "a slice of lime"
    confidence: float = 1.0  # of the least certain group that is acted on; 0 where a drink is left out
    company: Company = field(default_factory=Company)  # who has what after it
    question: str = ""  # what is asked beside the drinks, about no drink


@lru_cache(maxsize=4)
def menu_terms(menu: Menu) -> Terms:
    drinks = [called for drink in menu.drinks for called in (drink.name, *drink.aliases)]
    modifiers = [called for called in modifier_names(menu) if menu.find_drink(called) is None]
    return Terms({"item": drinks, "modifier": modifiers, "category": CATEGORY_BY_PHRASE})


def interpret(
    text: str,
    menu: Menu,
    *,
    on_tab: Sequence[str] = (),
    company: Company | None = None,
    is_spanish_visit: bool = False,
) -> Interpretation:
    """What a guest's words ask to be done. `on_tab` names the drinks of the tab, the newest last; `company` says
    who has which of them."""
    tokens, tagged = TAGGER.tag(text, menu_terms(menu))
    groups = join_groups(tagged, tokens)
    is_spanish = is_spanish_sentence(text, is_spanish_visit=is_spanish_visit)
    known = Company(list(company.rows) if company else [])
    reader = _GroupReader(groups, tokens, SlotReader(menu, on_tab, is_spanish=is_spanish), known)
    found = reader.read()
    used = {token.start for group in groups if group.act in reader.acts for token in group.tokens}
    about_drinks = [
        one
        for one in groups
        if (one.act in reader.acts and {slot.kind for slot in one.slots} != {"person"})
        or one.of("item", "quantity", "modifier")
    ]
    confidence = min((one.confidence for one in about_drinks), default=0.0)
    if reader.slots.names_a_drink(_ungrouped(text, tokens, groups)):
        confidence = 0.0
    mentions = min((one.confidence for one in groups if one.act == "mention"), default=0.0)
    rest = _rest(text, tokens, used)
    asks = rest.endswith("?") or any(
        one.act == "ask" and one.confidence >= SURE_OF_A_QUESTION for one in groups
    )
    question = rest if asks and used else ""
    return Interpretation(
        tuple(found), rest, mentions, once(*reader.slots.unread), confidence, known, question
    )


def _ungrouped(text: str, tokens: Sequence[Token], groups: Sequence[Group]) -> str:
    return _rest(text, tokens, {token.start for group in groups for token in group.tokens})


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
    def __init__(
        self, groups: Sequence[Group], tokens: Sequence[Token], slots: SlotReader, company: Company
    ) -> None:
        self.company = company
        self.menu, self.groups, self.tokens, self.slots = slots.menu, groups, tokens, slots
        self.found: list[Intent] = []
        self.drinks: list[RequestedDrink] = []  # of the order that is being read
        self.mentioned: list[RequestedDrink] = []
        self.slots.party = max((self._party(slot) for one in groups for slot in one.of("person")), default=0)
        self.acts: dict[str, Callable[[Group], Iterable[Intent]]] = {
            "add": self._add,
            "remove": self._remove,
            "set_quantity": self._set_quantity,
            "change": self._change,
            "swap_in": lambda group: self._swap(group, None),
            "swap_out": lambda group: [intents.Remove(one) for one in self.slots.drinks_on_tab(group)],
            "again": lambda group: [intents.RepeatRound(max(1, self.slots.quantity(group).number))],
            "more": self._more,
            "usual": lambda group: [intents.OrderUsual()],
            "or": self._undecided,
            "undo": lambda group: [intents.Undo()],
            "clear": lambda group: [intents.Clear()],
            "mention": self._mention,
        }

    def _party(self, slot: Slot) -> int:
        """ "There's 3 of us": the number may stand before the slot."""
        before = self._words_before(slot.tokens[0], 1)
        return max(self.slots.people(slot.text), self.slots.people(f"{before} {slot.text}"))

    def _words_before(self, token: Token, count: int) -> str:
        return " ".join([one.form for one in self.tokens if one.start < token.start][-count:])

    def read(self) -> list[Intent]:
        waiting = list(self.groups)
        while waiting:
            group = waiting.pop(0)
            after = [one.act for one in waiting[:2]] + ["", ""]
            if self._is_swap(group.act, after):
                other = waiting.pop(0)
                new, old = (group, other) if other.act == "swap_out" else (other, group)
                self._end_order()
                self.found += self._swap(new, old)
            elif group.act in self.acts:
                if group.act not in ("add", "mention", "change", "set_quantity"):
                    self._end_order()
                self.found += self.acts[group.act](group)
        self._end_order()
        return self.found

    @staticmethod
    def _is_swap(act: str, after: Sequence[str]) -> bool:
        """What for what, in either order; "add" and "remove" may stand for the one half that is so tagged."""
        if after[0] == "swap_out":
            return act == "swap_in" or (act == "add" and after[1] != "swap_in")
        return (act, after[0]) in (("swap_out", "swap_in"), ("swap_out", "add"), ("remove", "swap_in"))

    def _end_order(self) -> None:
        if self.drinks:
            made = merge_liquors(resolve_partial_counts(self.drinks), self.menu)
            self.found.append(intents.Order(tuple(made)))
            self.drinks = []

    # --- acts -----------------------------------------------------------------------------------------

    def _mention(self, group: Group) -> list[Intent]:
        self.mentioned += self.slots.drinks(group)
        return []

    def _add(self, group: Group) -> list[Intent]:
        drinks, references = self.slots.drinks(self._as_order(group)), _references(group)
        if drinks:
            return self._add_drinks(group, drinks, references)
        quantity = self.slots.quantity(group)
        modifiers, _dropped = self.slots.modifiers(group, self.drinks[-1].item if self.drinks else "")
        if references:
            return self._add_by_reference(group, references, modifiers)
        if quantity.is_article and not modifiers:
            return []  # "a soda and a smile"
        if self.drinks or (self.mentioned and quantity.has_number):
            self._add_to_order(quantity, modifiers)
            return []
        people = self.slots.people_of(group)
        if group.of("person") and (quantity.has_number or people):
            return [intents.AddMore(max(quantity.number, people), modifiers, bool(modifiers))]
        if quantity.has_number and self.found:
            return [intents.AddMore(quantity.number, modifiers)]
        if quantity.has_number:
            return [intents.SetQuantity(quantity.number)]
        return [intents.ChangeModifiers(modifiers)] if modifiers else []

    def _add_to_order(self, quantity: Quantity, modifiers: tuple[str, ...]) -> None:
        """A number or a way of making, of what was named last: "one of them dry", "the Daiquiri, give me two"."""
        if not self.drinks:
            self.drinks.append(replace(self.mentioned[-1], quantity=quantity.number, has_count=True))
        elif quantity.has_number:
            self._add_part(quantity.number, modifiers, quantity.share)
        elif modifiers:
            last = self.drinks[-1]
            self.drinks[-1] = replace(last, modifiers=once(*last.modifiers, *modifiers))

    def _as_order(self, group: Group) -> Group:
        return self.slots.with_named_drink(group) if group.of("quantity") else group

    def _add_drinks(self, group: Group, drinks: list[RequestedDrink], references: str) -> list[Intent]:
        if _SAME.search(references) and self._is_spirit_of_last(drinks[0]):
            return [intents.AddMore(drinks[0].quantity, (drinks[0].item.lower(),), extends_modifiers=True)]
        if self._names_the_kind(drinks):
            self.drinks[-1] = replace(self.drinks[-1], item=drinks[0].item, category=None)
            return []
        self.drinks += drinks
        self._remember(group, drinks)
        said = f"{references} {' '.join(fold(slot.text) for slot in group.of('quantity'))}"
        if len(drinks) != 1 or drinks[0].modifiers or not (_SAME.search(references) or _ANOTHER.search(said)):
            return []
        ordered = tuple(self.drinks)
        self.drinks = []
        return [intents.Order(ordered, same_as_before=True)]

    def _remember(self, group: Group, drinks: Sequence[RequestedDrink]) -> None:
        """Who has which of the drinks, as far as the persons beside them tell."""
        people = [slot.text for slot in group.of("person")]
        if len(drinks) == 1:
            for person in people:
                self.company.remember(person, drinks[0])
        elif len(people) == len(drinks):
            for person, drink in zip(people, drinks, strict=True):
                self.company.remember(person, drink)

    def _drink_of_somebody(self, group: Group, references: str) -> RequestedDrink | None:
        """ "What Dave's having", "the same as Nora"; "another", for somebody who has one."""
        said = " ".join(token.form for token in self.tokens)
        if theirs := self.company.drink_of(references, said):
            return theirs
        if _ANOTHER.search(references) and not self.drinks:
            people = [slot.text for slot in group.of("person")]
            return self.company.drink_of(people[0], said) if len(people) == 1 else None
        return None

    def _on_tab_of_somebody(self, group: Group) -> RequestedDrink | None:
        """The drink of the tab that "hers" or "Sarah's" means. Where nobody knows hers, one unit of the newest that
        is not known to be somebody else's."""
        pointing = [slot.text for slot in group.of("reference", "person")]
        said = " ".join(token.form for token in self.tokens)
        theirs = next((one for text in pointing if (one := self.company.drink_of(text, said))), None)
        if theirs and theirs.item in self.slots.on_tab:
            return theirs
        if not any(map(is_of_somebody, pointing)):
            return None
        free = [name for name in reversed(self.slots.on_tab) if name not in self.company.items()]
        return RequestedDrink(item=free[0] if free else "", has_count=True)

    def _is_spirit_of_last(self, drink: RequestedDrink) -> bool:
        """ "The same but vodka", after a Martini."""
        last = self.menu.find_drink(self.slots.on_tab[-1]) if self.slots.on_tab and not self.drinks else None
        return last is not None and takes_liquor(last, drink.item)

    def _names_the_kind(self, drinks: list[RequestedDrink]) -> bool:
        """ "Two beers, the IPA ones"."""
        drink = self.menu.find_drink(drinks[0].item)
        last = self.drinks[-1] if self.drinks else None
        return bool(drink and last and last.category == drink.category and not drinks[0].has_count)

    def _add_part(self, number: int, modifiers: tuple[str, ...], share: str) -> None:
        part = RequestedDrink(
            quantity=number, has_count=True, modifiers=modifiers, is_partial=True, share=share
        )
        self.drinks.append(part)

    def _add_by_reference(self, group: Group, references: str, modifiers: tuple[str, ...]) -> list[Intent]:
        said = self.slots.quantity(group)
        quantity = said.number if said.has_number else max(1, self.slots.people_of(group))
        if theirs := self._drink_of_somebody(group, references):
            made = replace(theirs, quantity=quantity, modifiers=modifiers or theirs.modifiers)
            self.drinks.append(made)
            self._remember(group, [made])
            return []
        if _OF_EACH.search(references) and not group.of("person"):
            return self._of_each(quantity)
        if self.drinks and not _CHOSEN.search(references):
            last = self.drinks[-1]
            self.drinks.append(
                replace(last, quantity=quantity, has_count=True, modifiers=modifiers or last.modifiers)
            )
            return []
        self._end_order()
        if self.found and isinstance(self.found[-1], intents.SetQuantity) and _SAME.search(references):
            return []  # "make it two, she wants the same": the second is hers
        ordinal = self.slots.ordinal(references)
        is_another = _SAME.search(references) or _ANOTHER.search(references)
        if is_another or (group.of("person") and not ordinal and not said.has_number):
            return [intents.AddMore(quantity, modifiers, extends_modifiers=bool(modifiers))]
        chosen = intents.ChooseOption(ordinal=ordinal, quantity=quantity, has_count=said.has_number)
        return [chosen, *([intents.ChangeModifiers(modifiers)] if modifiers else [])]

    def _of_each(self, quantity: int) -> list[Intent]:
        """ "Daiquiris and cosmos, two of each", "one more of each", "both"."""
        if not self.drinks:
            return [intents.RepeatRound(quantity)] if quantity > 1 or not self.mentioned else []
        self.drinks = [
            one if one.has_count else replace(one, quantity=quantity, has_count=True) for one in self.drinks
        ]
        return []

    def _remove(self, group: Group) -> list[Intent]:
        drinks, references = self.slots.drinks_on_tab(group), _references(group)
        if drinks and _ALL_BUT.search(words(group)):
            stays = {one.item for one in drinks}
            gone = [name for name in dict.fromkeys(self.slots.on_tab) if name not in stays]
            return [intents.Remove(RequestedDrink(item=name), removes_all=True) for name in gone]
        if len(drinks) > 1:
            return [intents.Remove(one, removes_all=not one.has_count) for one in drinks]
        quantity = self.slots.quantity(group)
        if drinks:
            one = drinks[0]
            everything = bool(_EVERYTHING.search(words(group))) and not one.has_count
            is_all = everything or (one.is_plural and not one.has_count)
            return [intents.Remove(one, removes_all=is_all, ordinal=self.slots.ordinal(references))]
        if (theirs := self._on_tab_of_somebody(group)) and not quantity.has_number:
            return [intents.Remove(theirs)]
        modifiers, dropped = self.slots.modifiers(group, "")
        if (modifiers or dropped) and not quantity.has_number and not references:
            return [intents.ChangeModifiers((), dropped_modifiers=(*modifiers, *dropped))]
        unnamed = RequestedDrink(quantity=quantity.number, has_count=quantity.has_number, modifiers=modifiers)
        everything = bool(_EVERYTHING.search(references)) and not quantity.has_number
        return [intents.Remove(unnamed, removes_all=everything, ordinal=self.slots.ordinal(references))]

    def _set_quantity(self, group: Group) -> list[Intent]:
        drinks = self.slots.drinks(group)
        quantity = self.slots.quantity(group)
        if not drinks and self.drinks and quantity.has_number:
            self.drinks[-1] = replace(self.drinks[-1], quantity=quantity.number, has_count=True)
            return []
        self._end_order()
        if not quantity.has_number:
            if drinks and self._is_cleared():
                self.drinks += drinks
                return []
            return [intents.Swap(drinks[0])] if drinks else []
        if not drinks and not self.found and len(self.mentioned) == 1:
            return [intents.Order((replace(self.mentioned[0], quantity=quantity.number, has_count=True),))]
        item = drinks[0].item if drinks else ""
        made = drinks[0].modifiers if drinks else ()
        found: list[Intent] = [intents.SetQuantity(quantity.number, item)]
        return [*found, intents.ChangeModifiers(made, item)] if made else found

    def _change(self, group: Group) -> list[Intent]:
        drinks, references = self.slots.drinks(group), _references(group)
        item = drinks[0].item if drinks else (self.drinks[-1].item if self.drinks else "")
        theirs = None if drinks or self.drinks else self._on_tab_of_somebody(group)
        item = theirs.item if theirs else item
        modifiers, dropped = self.slots.modifiers(group, item)
        if not modifiers and not dropped:
            return []
        quantity = self.slots.quantity(group)
        has_number = quantity.has_number and (
            quantity.number > 1 or not quantity.is_article or bool(quantity.share)
        )
        share = quantity.share or share_in(f"{self._words_before(group.tokens[0], 3)} {words(group)}")
        if self.drinks and modifiers and not drinks and (has_number or share or _ANOTHER.search(references)):
            self._add_part(quantity.number, modifiers, share)
            return []
        self._end_order()
        more = self.found[-1] if self.found else None
        if isinstance(more, intents.AddMore) and not drinks and not has_number:
            self.found.pop()
            return [replace(more, modifiers=once(*more.modifiers, *modifiers), extends_modifiers=True)]
        return [
            intents.ChangeModifiers(
                modifiers,
                item=drinks[0].item if drinks else theirs.item if theirs else "",
                ordinal=self.slots.ordinal(references),
                units=quantity.number if has_number and not share else int(theirs is not None),
                all_lines=bool(_EVERYTHING.search(words(group))) and not has_number,
                dropped_modifiers=dropped,
                removes_modifiers=bool(dropped) and not modifiers,
            )
        ]

    def _swap(self, new: Group, old: Group | None) -> list[Intent]:
        drinks = self.slots.drinks(self._as_order(new))
        if old is None and drinks and self._is_rather_new(new):
            return [intents.Order(tuple(drinks))]
        theirs = self._on_tab_of_somebody(old or new)
        gone = (self.slots.drinks_on_tab(old) if old else []) or [theirs or RequestedDrink()]
        if not drinks:
            modifiers, dropped = self.slots.modifiers(new, gone[0].item)
            quantity = self.slots.quantity(new)
            if modifiers or dropped:
                return [intents.ChangeModifiers(modifiers, item=gone[0].item, dropped_modifiers=dropped)]
            return [intents.SetQuantity(quantity.number, gone[0].item)] if quantity.has_number else []
        if gone[0].category and not gone[0].item:
            return [intents.Order(tuple(drinks))]  # "make the beer an IPA", before there is any
        units = 1 if gone[0] is theirs else self._units_gone(new, old, gone[0])
        swap = intents.Swap(drinks[0], old_item=gone[0].item, units=units)
        for slot in (old or new).of("reference", "person"):
            self.company.remember(slot.text, drinks[0])
        return [swap, *([intents.Order(tuple(drinks[1:]))] if drinks[1:] else [])]

    def _is_rather_new(self, group: Group) -> bool:
        """What takes the place of nothing: "scratch that. Brandy." """
        is_bare = sum(len(slot.tokens) for slot in group.slots) == len(group.tokens)
        return self._is_cleared() or (is_bare and group.confidence < SURE_OF_A_BARE_REPLACEMENT)

    def _is_cleared(self) -> bool:
        return bool(self.found) and isinstance(self.found[-1], (intents.Undo, intents.Clear))

    def _units_gone(self, new: Group, old: Group | None, gone: RequestedDrink) -> int:
        """ "The IPA" is one of three, "the IPAs" are all of them; "it" is one where one takes its place."""
        if old is not None and gone.item:
            is_one = not gone.is_plural and self.slots.quantity(new).has_number
            return gone.quantity if gone.has_count else int(is_one)
        if old is not None and (counted := self.slots.quantity(old)).has_number:
            return counted.number
        said = " ".join(words(one) for one in (new, old) if one is not None)
        return int(bool(_ONE_OF_THEM.search(said)) and self.slots.quantity(new).number == 1)

    def _more(self, group: Group) -> list[Intent]:
        if drinks := self.slots.drinks(group):
            return [intents.Order(tuple(drinks))]
        quantity = max(self.slots.quantity(group).number, self.slots.people_of(group))
        if _OF_EACH.search(_references(group)):
            return [intents.RepeatRound(quantity)]
        modifiers, _dropped = self.slots.modifiers(group, "")
        return [intents.AddMore(quantity, modifiers, extends_modifiers=bool(modifiers))]

    def _undecided(self, group: Group) -> list[Intent]:
        items = tuple(one.item for one in self.slots.drinks(group) if one.item)
        return [intents.UndecidedOrder(items)] if len(items) > 1 else []


def _references(group: Group) -> str:
    return " ".join(fold(slot.text) for slot in group.of("reference"))
