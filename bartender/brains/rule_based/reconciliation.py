"""What several acts of one breath mean together: an answer beside an order, a drink that is named twice."""

from __future__ import annotations

from collections.abc import Sequence

from bartender.brains.rule_based import talk_intents
from bartender.brains.rule_based.intents import (
    AddMore,
    ChooseOption,
    Clear,
    Intent,
    MenuQuestion,
    Order,
    OrderUsual,
    Remove,
    RepeatRound,
    SetQuantity,
    SimpleIntent,
    Swap,
    Undo,
)
from bartender.brains.rule_based.plan import TurnPlan
from bartender.brains.rule_based.segments import Segment


def reconcile_intents(intents: list[Intent], parts: Sequence[Segment], plan: TurnPlan) -> list[Intent]:
    """Without what the others of the same breath say better."""
    intents = _drop_echoed_orders(_drop_courtesy_answers(_drop_refused_yes(intents, parts)))
    return _counted_choice(_swap_liquors(intents, plan))


def _drop_refused_yes(intents: list[Intent], parts: Sequence[Segment]) -> list[Intent]:
    """ "Okay. I don't want that." A yes that is said beside a refusal, or that only acknowledges, is none."""
    yes = SimpleIntent("yes")
    refuses = any(
        act in (SimpleIntent("no"), SimpleIntent("not_yet")) or isinstance(act, (Undo, Remove, Clear))
        for act in intents
    ) or any(talk_intents.is_refusal(part) for part in parts)
    only_acknowledges = any(act != yes for act in intents) and not any(
        talk_intents.is_emphatic_yes(part) for part in parts
    )
    if not (refuses or only_acknowledges):
        return intents
    left = [act for act in intents if act != yes]
    return left if left or not intents else [SimpleIntent("no")]


def _drop_courtesy_answers(intents: list[Intent]) -> list[Intent]:
    """ "Great, I'll take two": the "great" is no answer of its own."""
    plain = {SimpleIntent("yes"), SimpleIntent("no")}
    says_more = any(
        isinstance(act, (Order, ChooseOption, AddMore, RepeatRound, SetQuantity, Swap, OrderUsual))
        for act in intents
    )
    return [act for act in intents if act not in plain] if says_more else intents


def inherit_allergen(intent: Intent, earlier: list[Intent]) -> Intent:
    """ "I'm allergic to fish. Is there any in the Martini?" """
    question = next(
        (one for one in earlier if isinstance(one, MenuQuestion) and one.kind == "allergen" and one.keyword),
        None,
    )
    if (
        question
        and isinstance(intent, MenuQuestion)
        and intent.items
        and intent.kind in ("recipe", "have", "describe")
    ):
        return MenuQuestion("allergen", intent.items, question.keyword)
    return intent


def _drop_echoed_orders(intents: list[Intent]) -> list[Intent]:
    """ "She does want the cosmo, swap the daiquiri for a cosmo": one cosmo, not two."""
    new = {act.replacement.item for act in intents if isinstance(act, Swap) and act.old_item}
    return [act for act in intents if not (isinstance(act, Order) and _single_item_name(act) in new)]


def _swap_liquors(intents: list[Intent], plan: TurnPlan) -> list[Intent]:
    """ "Gin, not vodka", said of a martini that is on the tab: its gin, and no drink of its own. Said of a gin
    that is there already, it orders no second one."""
    match intents:
        case [Order((wanted,)), Remove(refused)] if wanted.item and not wanted.has_count:
            if plan.tab_lines.line_with_liquor(refused.item, wanted.item):
                return [Swap(wanted, refused.item)]
            on_tab = {line.item for line in plan.tab_lines.open_lines}
            if wanted.item in on_tab and refused.item not in on_tab:
                return intents[1:]
    return intents


def _counted_choice(intents: list[Intent]) -> list[Intent]:
    """ "Sold. One.": one choice, with its number."""
    counted = any(isinstance(act, ChooseOption) and act.has_count for act in intents)
    return [
        act for act in intents if not (counted and isinstance(act, ChooseOption) and act == ChooseOption())
    ]


def _single_item_name(intent: Order) -> str:
    alone = intent.drinks[0] if len(intent.drinks) == 1 else None
    return alone.item if alone and not alone.has_count and alone.item else "-"
