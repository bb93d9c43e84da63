"""The house brain: Maya without a language model. Deterministic, offline, and judged on the tab she leaves.

guest's words -> segments -> acts -> plan -> tool calls -> facts -> words
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import get_language

from bartender.brains.base import Feeling, Note, Piece, Result, Scene, Text
from bartender.brains.feelings import feeling
from bartender.brains.house import replies, talk
from bartender.brains.house.acts import (
    About,
    Act,
    Again,
    Ask,
    Choose,
    More,
    Order,
    Remove,
    SetQuantity,
    Simple,
    Swap,
    TheUsual,
    Tip,
)
from bartender.brains.house.carry import carry_out
from bartender.brains.house.grammar import understand
from bartender.brains.house.groups import Group
from bartender.brains.house.money import tip_of
from bartender.brains.house.notebook import Notebook
from bartender.brains.house.plan import Plan, finish
from bartender.brains.house.reading import ITEM, MOD, OFF, STOP, Token
from bartender.brains.house.remembering import OF_THE_HOUSE, USUAL, lore, told
from bartender.brains.house.segments import Mode, Segment, judged, segments
from bartender.spanish.reading import in_english


class HouseBrain:
    name = "house"

    async def reply(self, scene: Scene, rounds: Sequence[Sequence[Result]]) -> AsyncIterator[Piece]:
        scene = replace(scene, said=in_english(scene.said, spanish=get_language() == "es"))
        for piece in first_round(scene) if not rounds else later_round(scene, rounds):
            yield piece


def first_round(scene: Scene) -> list[Piece]:
    """Reads the guest's words; without anything to do, answers at once."""
    plan = think(scene)
    if plan.calls:
        return list(plan.calls)
    return [Feeling(plan.emotion), Note(plan.book.write()), Text(" ".join(plan.said))]


def later_round(scene: Scene, rounds: Sequence[Sequence[Result]]) -> list[Piece]:
    """The calls were carried out: says what came of them. The plan is thought again, not remembered."""
    plan = think(scene)
    results = [result for one in rounds for result in one if result.facts.get("kind") != "correction"]
    plan.book.learn(results, scene)
    done = [result for result in results if result.facts.get("kind") != "recalled"]
    text = " ".join([replies.speak(done, scene, asked=plan.asked), *told(results, plan)]).strip()
    if not plan.asked and any(one.ok and one.facts["kind"] == "added" for one in results):
        plan.book.pending = {"kind": "send"}
    said = " ".join(part for part in (text, *plan.said) if part)
    return [Feeling(feeling(results)), Note(plan.book.write()), Text(said)]


def think(scene: Scene) -> Plan:
    """The whole of a turn, from the words to the calls. Pure: the same scene gives the same plan."""
    plan = Plan(scene, Notebook.of(scene))
    if not scene.said.strip():
        plan.talk("empty")
        return plan
    parts = segments(scene.said, scene.menu)
    acted = _without_echoes(_without_manners(_meant(parts, scene, plan.book.pending)))
    _do(plan, acted)
    if not acted:
        _chat(plan, parts)
    if not plan.said and not plan.calls and not plan.draft.groups:
        plan.talk("lost")
    finish(plan)
    return plan


def _meant(parts: Sequence[Segment], scene: Scene, asked: dict[str, Any]) -> list[Act]:
    """The acts of all segments; what corrects an earlier one in the same breath takes its place."""
    acted: list[Act] = []
    before = ""
    for part in parts:
        ordered = any(isinstance(act, (Order, Swap)) for act in acted)
        tipped = acted[-1] if acted and isinstance(acted[-1], Tip) else None
        found = _corrections(part, _acts(part, scene, asked, ordered=ordered), scene, ordered=ordered)
        if ordered and _HARD.search(before):
            found = [_instead(act, acted) for act in found]
        before = part.plain
        if tipped and len(found) == 1 and isinstance(found[0], SetQuantity) and not found[0].item:
            acted[-1] = _other_tip(tipped, found[0].quantity)
        else:
            acted += [_same_allergen(act, acted) for act in found]
    return acted


def _instead(act: Act, earlier: Sequence[Act]) -> Act:
    """ "A negroni. Actually no. Just a water": the water takes the negroni's place."""
    ordered = {group.item for one in earlier if isinstance(one, Order) for group in one.groups}
    if isinstance(act, SetQuantity) and act.item and act.item not in ordered:
        return Swap(Group(item=act.item, quantity=act.quantity, counted=True))
    return act


def _do(plan: Plan, acted: Sequence[Act]) -> None:
    """Carries the acts out. What Maya asked a turn ago is known only to the acts that answer it."""
    book, asked = plan.book, plan.book.pending
    book.pending, book.about = {}, ""
    keeps = asked.get("kind") == "which" or any(isinstance(act, (Choose, About)) for act in acted)
    if any(not isinstance(act, Simple) for act in acted) and not keeps:
        book.options = []
    for act in acted:
        book.pending = asked if _answers(act) else book.pending
        carry_out(plan, act)
        if book.pending is asked and not plan.asked:
            book.pending = {}


def _without_manners(acted: list[Act]) -> list[Act]:
    """ "Great, I'll take two": the "great" is no answer of its own."""
    plain = {Simple("yes"), Simple("no")}
    says_more = any(
        isinstance(act, (Order, Choose, More, Again, SetQuantity, Swap, TheUsual)) for act in acted
    )
    return [act for act in acted if act not in plain] if says_more else acted


def _other_tip(tip: Tip, value: int) -> Tip:
    """ "Tip four dollars. No, five." """
    return Tip(bp=value * 100) if tip.bp is not None else Tip(cents=value * 100)


def _same_allergen(act: Act, earlier: list[Act]) -> Act:
    """ "I'm allergic to fish. Is there any in the Martini?" """
    asked = next(
        (one for one in earlier if isinstance(one, About) and one.kind == "allergen" and one.word), None
    )
    if asked and isinstance(act, About) and act.items and act.kind in ("recipe", "have", "describe"):
        return About("allergen", act.items, asked.word)
    return act


def _without_echoes(acted: list[Act]) -> list[Act]:
    """ "She does want the cosmo, swap the daiquiri for a cosmo": one cosmo, not two."""
    new = {act.new.item for act in acted if isinstance(act, Swap) and act.old}
    return [act for act in acted if not (isinstance(act, Order) and _only(act) in new)]


def _only(act: Order) -> str:
    alone = act.groups[0] if len(act.groups) == 1 else None
    return alone.item if alone and not alone.counted and alone.item else "-"


def _answers(act: Act) -> bool:
    """Acts that answer what Maya asked a turn ago."""
    plain = isinstance(act, Simple) and act.kind in ("yes", "no")
    return plain or isinstance(act, (Choose, SetQuantity, Order))


def _acts(segment: Segment, scene: Scene, asked: dict[str, Any], *, ordered: bool) -> list[Act]:
    if talk.prank(segment) or talk.STAFF.search(segment.plain):
        return [Simple("prank" if talk.prank(segment) else "staff")]
    if tip := _tip_unit(segment, asked) or tip_of(segment.plain):
        return [*_beside_tip(segment, scene), tip]
    if special := _not_that(segment, scene, ordered=ordered) or _follow_up(segment, scene):
        return [special]
    if till := talk.till(segment):
        if till == Simple("bill") and _price_of_it(segment, scene):
            return [About("price")]
        return _with_order(segment, till, scene)
    if USUAL.search(segment.plain) and segment.mode not in (Mode.NEGATION, Mode.STORY):
        return [TheUsual()]
    act = talk.answer(segment) or understand(segment, scene.menu)
    if (act is None or isinstance(act, About)) and lore(segment):
        return [Ask(menu=act) if act else Ask(_small_talk(segment))]
    return [act] if act else []


def _small_talk(segment: Segment) -> str:
    found = talk.small(segment)
    return found.kind if isinstance(found, Simple) else "lost"


def _with_order(segment: Segment, till: Act, scene: Scene) -> list[Act]:
    """ "A water and the check, please": both."""
    if till == Simple("pay") and segment.mode == Mode.ORDER and segment.has(ITEM, OFF):
        act = understand(segment, scene.menu)
        return [act, till] if isinstance(act, Order) else [till]
    return [till]


def _beside_tip(segment: Segment, scene: Scene) -> list[Act]:
    """ "Three negronis, plus a six dollar tip": the drinks beside the tip."""
    if not segment.has(ITEM):
        return []
    chunks: list[list[Token]] = [[]]
    for token in segment.tokens:
        if token.kind == STOP or token.text in ("and", "plus", "with", "then"):
            chunks.append([])
        chunks[-1].append(token)
    kept = [token for chunk in chunks if any(one.kind in (ITEM, MOD) for one in chunk) for token in chunk]
    rest = judged(tuple(kept))
    act = understand(rest, scene.menu) if rest.mode == Mode.ORDER else None
    return [act] if isinstance(act, Order) else []


_CORRECTS = re.compile(
    r"^(?:oh |um |uh |er |well |, |or |do )*(?:er , |my bad|my mistake|forgive me|pardon|on reflection|no|nope|sorry|wait|actually|i mean|i meant|i said|meant|mean|rather|correction|hold on|hang on|oops|or rather)\b"
)
_HARD = re.compile(
    r"^(?:oh |um |uh |er |well |actually |, |or |do )*(?:my bad|my mistake|forgive me|pardon|no|nope|sorry|wait|i mean|i meant|i said|meant|mean|correction|oops)\b"
)
_ADDS = re.compile(r"\b(?:and|also|too|as well|plus|another|more|add)\b")


def _corrections(segment: Segment, acted: list[Act], scene: Scene, *, ordered: bool) -> list[Act]:
    """ "No sorry, a manhattan" takes the place of what was just ordered, in this breath or the one before."""
    one = acted[0] if len(acted) == 1 else None
    if not isinstance(one, Order) or not one.groups or not one.groups[0].item:
        return acted
    if not _CORRECTS.search(segment.plain) or _ADDS.search(segment.plain.split(" and ")[0]):
        return acted
    just_ordered = scene.notebook.get("pending", {}).get("kind") == "send" and _HARD.search(segment.plain)
    if not (ordered or just_ordered):
        return acted
    rest = one.groups[1:]
    return [Swap(one.groups[0]), *([Order(rest)] if rest else [])]


_NOT_THAT = re.compile(r"^(?:no |oh |sorry |wait |actually )*not (?:the |NUM |any )?(?:MOD )*ITEM$")


def _not_that(segment: Segment, scene: Scene, *, ordered: bool) -> Remove | None:
    """ "Not a whiskey", said of what was just ordered."""
    just_ordered = scene.notebook.get("pending", {}).get("kind") == "send" and segment.mode == Mode.NEGATION
    if (ordered or just_ordered) and _NOT_THAT.search(segment.shape.replace(" ,", "")):
        return Remove(Group(item=segment.items()[0].name), all_of_it=True)
    return None


def _follow_up(segment: Segment, scene: Scene) -> About | None:
    """ "How much is a gin?" "And a double gin?": the same question again."""
    kind = str(scene.notebook.get("about", ""))
    short = segment.asks and segment.mode == Mode.ORDER and len(segment.tokens) < 6
    if (
        kind
        and short
        and segment.has(ITEM)
        and not re.search(r"\b(?:can|could|get|have|please)\b", segment.plain)
    ):
        return About(kind, tuple(token.name for token in segment.items()))
    return None


_OF_IT = re.compile(
    r"^(?:and |so |but |okay )*(?:how much (?:is|for) (?:it|that|one|that one|this one)|what does (?:it|that) cost)$"
)
_OF_A_DRINK = {
    "recipe",
    "describe",
    "strength",
    "have",
    "strongest",
    "weakest",
    "dearest",
    "cheapest",
    "allergen",
}


def _price_of_it(segment: Segment, scene: Scene) -> bool:
    """ "What's in a Manhattan?" "And how much is it?": the drink, not the tab."""
    asked = scene.notebook.get("about") in _OF_A_DRINK and bool(scene.notebook.get("focus"))
    return asked and _OF_IT.search(segment.plain) is not None


def _tip_unit(segment: Segment, asked: dict[str, Any]) -> Tip | None:
    """ "Percent", said to "Is that 20 percent, or 20 dollars?" """
    if asked.get("kind") != "tip_unit":
        return None
    value = int(str(asked["value"]))
    if re.search(r"percent|%|per cent", segment.plain):
        return Tip(bp=value * 100)
    return Tip(cents=value * 100) if re.search(r"dollar|buck|\$", segment.plain) else None


def _chat(plan: Plan, parts: Sequence[Segment]) -> None:
    """Nothing to do: the guest tells, wishes, refuses or greets."""
    for part in reversed(parts):
        if isinstance(found := talk.small(part), Simple):
            asks = part.asks or part.mode == Mode.QUESTION
            carry_out(plan, Ask(found.kind) if asks and found.kind in OF_THE_HOUSE else found)
            return
    modes = {part.mode for part in parts if part.has(ITEM, OFF)}
    if Mode.WISH in modes:
        plan.talk("wish")
    elif Mode.NEGATION in modes:
        plan.talk("negation")
    elif Mode.STORY in modes:
        plan.talk(
            "taste"
            if re.search(r"\b(?:i|we) (?:\w+ )?(?:like|love|prefer|enjoy|adore)\b", plan.scene.said.lower())
            else "story_heard"
        )
    elif any(part.asks or part.mode == Mode.QUESTION for part in parts) and len(plan.scene.said.split()) > 2:
        carry_out(plan, Ask("lost"))
    elif parts and len(plan.scene.said.split()) > 2:
        plan.talk("talk")
    else:
        plan.talk("lost")
