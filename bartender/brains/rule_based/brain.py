"""The rule-based brain: Maya without a language model. Deterministic, offline, and judged on the tab she leaves.

guest's words -> segments -> acts -> plan -> tool calls -> facts -> words
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import get_language

from bartender.brains.base import BrainOutput, BrainState, EmotionHint, TextChunk, TurnContext
from bartender.brains.rule_based import replies, talk_intents
from bartender.brains.rule_based.dispatch import dispatch_intent
from bartender.brains.rule_based.follow_ups import (
    asks_price_of_it,
    is_price_of_last_drink,
    parse_described_choice,
    parse_follow_up_question,
    parse_tip_unit,
)
from bartender.brains.rule_based.grammar import parse_intent
from bartender.brains.rule_based.intents import (
    AddMore,
    ChangeModifiers,
    ChooseOption,
    Intent,
    KnowledgeQuestion,
    MenuQuestion,
    Order,
    OrderUsual,
    Remove,
    RepeatRound,
    SetQuantity,
    SimpleIntent,
    Swap,
    Tip,
    Undo,
)
from bartender.brains.rule_based.item_lists import RequestedDrink
from bartender.brains.rule_based.line_questions import answer_line_question
from bartender.brains.rule_based.memory_answers import (
    USUAL_ORDER,
    is_knowledge_question,
    recalled_sentences,
)
from bartender.brains.rule_based.orders import ask_about_doubtful_order
from bartender.brains.rule_based.plan import TurnPlan, flush_draft
from bartender.brains.rule_based.price_rule_answers import parse_price_rule_question
from bartender.brains.rule_based.questions import parse_free_of
from bartender.brains.rule_based.reader import ensure_tagger_loaded
from bartender.brains.rule_based.reader.company import Company
from bartender.brains.rule_based.reconciliation import inherit_allergen, reconcile_intents
from bartender.brains.rule_based.segments import (
    Segment,
    SpeechAct,
    classify_segment,
    is_courtesy,
    segment_text,
)
from bartender.brains.rule_based.state import ConversationState
from bartender.brains.rule_based.talk import answers, ensure_talk_loaded
from bartender.brains.rule_based.tips import corrected_tip, parse_tip
from bartender.brains.rule_based.tokenizer import ANY, ITEM, MOD, OFF, STOP, Token
from bartender.dialogue.types import RULE_BASED_BRAIN
from bartender.facts import ToolResult, emotion_for_results
from bartender.facts.menu import PassagesRecalled
from bartender.facts.order import LineAdded
from bartender.spanish.to_english import translate_to_english


class RuleBasedBrain:
    name = RULE_BASED_BRAIN

    async def reply(
        self, context: TurnContext, rounds: Sequence[Sequence[ToolResult]]
    ) -> AsyncIterator[BrainOutput]:
        await ensure_tagger_loaded()
        await ensure_talk_loaded()
        for piece in first_round_output(context) if not rounds else later_round_output(context, rounds):
            yield piece


def first_round_output(context: TurnContext) -> list[BrainOutput]:
    """Reads the guest's words; without anything to do, answers at once."""
    plan = plan_turn(context)
    if plan.tool_calls:
        return list(plan.tool_calls)
    return [EmotionHint(plan.emotion), BrainState(plan.state.to_dict()), TextChunk(" ".join(plan.sentences))]


def later_round_output(context: TurnContext, rounds: Sequence[Sequence[ToolResult]]) -> list[BrainOutput]:
    """The calls were carried out: says what came of them. The plan is thought again, not remembered."""
    plan = plan_turn(context)
    context = plan.context
    results = [result for one in rounds for result in one if not result.is_correction]
    plan.state.update_from_results(results, context)
    done = [result for result in results if not isinstance(result.fact, PassagesRecalled)]
    text = " ".join(
        [
            replies.render_results(done, context, has_question=plan.has_question),
            *recalled_sentences(results, plan),
        ]
    ).strip()
    if not plan.has_question and any(isinstance(one.fact, LineAdded) for one in results):
        plan.state.pending = {"kind": "send"}
    said = " ".join(part for part in (text, *plan.sentences) if part)
    return [EmotionHint(emotion_for_results(results)), BrainState(plan.state.to_dict()), TextChunk(said)]


def plan_turn(context: TurnContext) -> TurnPlan:
    """The whole of a turn, from the words to the calls. Pure: the same scene gives the same plan."""
    # Here, because it needs numpy, which a start does not wait for.
    from bartender.brains.rule_based.talk import acts

    said, is_spanish_visit = context.guest_text, get_language() == "es"
    context = replace(context, guest_text=translate_to_english(said, is_spanish_visit=is_spanish_visit))
    plan = TurnPlan(context, ConversationState.load(context))
    if not context.guest_text.strip():
        plan.add_small_talk("empty")
        return plan
    parts = segment_text(context.guest_text, context.menu)
    if answers.answer_in_their_language(plan, said) or answer_line_question(plan, parts):
        return plan
    acted = _understand(said, parts, plan, is_spanish_visit=is_spanish_visit)
    acted = reconcile_intents(acted, parts, plan)
    acted = acted or talk_intents.refusal_of_question(parts, plan.state.pending)
    act = acts.act_of(said, acted, has_opening_times=context.menu.opening_times is not None)
    if act and (act == acts.THEIR_TAB or not acts.stands_beside(acted)):
        acts.carry_out(plan, act, said, acted)
        return plan
    acts.note_remark(plan, said)
    if acts.is_rather_talk(said, acted):
        acted = []
    _carry_out(plan, acted)
    if not acted and not ask_about_doubtful_order(plan):
        _add_small_talk(plan, parts, said)
    acts.carry_out(plan, act, said, acted)
    _answer_what_is_left(plan, has_act=bool(act))
    flush_draft(plan)
    return plan


def _answer_what_is_left(plan: TurnPlan, *, has_act: bool) -> None:
    """A question beside an order, a wish that the menu has no word for; or nothing was understood."""
    if plan.question and plan.draft.drinks and not has_act and not plan.has_question:
        answers.answer_remark(plan, plan.question, asks=True)
    if not plan.sentences and not plan.tool_calls and not plan.draft.drinks:
        plan.add_small_talk("lost")
    if plan.unread and plan.draft.drinks:
        plan.add_sentence(replies.notes_not_taken(plan.unread), "thinking")


_ABOUT_DRINKS = (Order, SetQuantity, ChangeModifiers, Swap, Remove, AddMore, RepeatRound, ChooseOption)
_ANSWERS = (SimpleIntent("yes"), SimpleIntent("no"))


def _understand(
    said: str, parts: Sequence[Segment], plan: TurnPlan, *, is_spanish_visit: bool
) -> list[Intent]:
    """By the grammar, or by the learned tagger where that leaves less unread. `said` is what the guest said,
    untranslated; the words of a wish that neither has a name for are kept in `plan.unread`."""
    # Here, because they need numpy, which a start does not wait for.
    from bartender.brains.rule_based.reader.comparison import doubtful_order, is_better, unread_notes
    from bartender.brains.rule_based.reader.interpretation import interpret

    context, pending = plan.context, plan.state.pending
    by_grammar = _collect_intents(parts, context, pending)
    on_tab = [line.item for line in context.bill.lines]
    company = Company(plan.state.company)
    found = interpret(said, context.menu, on_tab=on_tab, company=company, is_spanish_visit=is_spanish_visit)
    others = by_grammar
    if found.intents:
        rest = translate_to_english(found.rest, is_spanish_visit=is_spanish_visit)
        others = _collect_intents(segment_text(rest, context.menu), context, pending)
    if found.intents or found.mentions:
        others = [one for one in others if not isinstance(one, _ABOUT_DRINKS) and one not in _ANSWERS]
    by_tagger = [*found.intents, *others]
    chosen = by_tagger if is_better(found, by_tagger, by_grammar, parts, context) else by_grammar
    if not any(isinstance(one, MenuQuestion) for one in chosen):
        plan.unread = unread_notes(found, chosen, context.menu)
    if chosen is by_grammar:
        plan.perhaps_ordered = doubtful_order(found, parts)
    if any(isinstance(one, _ABOUT_DRINKS) for one in chosen):
        plan.state.company = found.company.rows
    if not any(isinstance(one, (MenuQuestion, KnowledgeQuestion, SimpleIntent)) for one in chosen):
        plan.question = found.question
    return chosen


def _collect_intents(
    parts: Sequence[Segment], context: TurnContext, pending_question: dict[str, Any]
) -> list[Intent]:
    """The acts of all segments; what corrects an earlier one in the same breath takes its place."""
    acted: list[Intent] = []
    before = ""
    for part in _without_bare_courtesies(parts):
        ordered = any(isinstance(act, (Order, Swap)) for act in acted)
        tipped = acted[-1] if acted and isinstance(acted[-1], Tip) else None
        found = _apply_corrections(
            part,
            _segment_intents(part, context, pending_question, has_order=ordered),
            context,
            has_order=ordered,
        )
        if ordered and _STRONG_CORRECTION_START.search(before):
            found = [_as_correction(act, acted) for act in found]
        before = part.text
        if found == [SimpleIntent("bill")] and asks_price_of_it(part) and (of := _drinks_in_question(acted)):
            found = [MenuQuestion("price", of)]
        if tipped and len(found) == 1 and isinstance(found[0], SetQuantity) and not found[0].item:
            acted[-1] = corrected_tip(tipped, found[0].quantity)
        else:
            acted += [inherit_allergen(act, acted) for act in found]
    return acted


def _drinks_in_question(acted: Sequence[Intent]) -> tuple[str, ...]:
    """ "What's in a Daiquiri, and how much is it?": the drinks of the last question in the same breath."""
    last = acted[-1] if acted else None
    return last.items if isinstance(last, MenuQuestion) else ()


def _without_bare_courtesies(parts: Sequence[Segment]) -> Sequence[Segment]:
    """ "The bill. Please." is no yes to what was offered; "please" alone may be one."""
    return [part for part in parts if not is_courtesy(part.tokens)] or parts


def _as_correction(intent: Intent, earlier: Sequence[Intent]) -> Intent:
    """ "A negroni. Actually no. Just a water": the water takes the negroni's place."""
    ordered = {group.item for one in earlier if isinstance(one, Order) for group in one.drinks}
    if isinstance(intent, SetQuantity) and intent.item and intent.item not in ordered:
        return Swap(RequestedDrink(item=intent.item, quantity=intent.quantity, has_count=True))
    return intent


def _carry_out(plan: TurnPlan, intents: Sequence[Intent]) -> None:
    """Carries the acts out. What Maya asked a turn ago is known only to the acts that answer it."""
    book, pending = plan.state, plan.state.pending
    book.pending, book.about = {}, ""
    keeps = pending.get("kind") == "which" or any(
        isinstance(act, (ChooseOption, MenuQuestion)) for act in intents
    )
    if any(not isinstance(act, SimpleIntent) for act in intents) and not keeps:
        book.options, book.compared = [], []
    for act in intents:
        book.pending = pending if _answers_pending_question(act) else book.pending
        dispatch_intent(plan, act)
        if book.pending is pending and not plan.has_question:
            book.pending = {}


def _answers_pending_question(intent: Intent) -> bool:
    """Acts that answer what Maya asked a turn ago."""
    plain = isinstance(intent, SimpleIntent) and intent.kind in ("yes", "no")
    return plain or isinstance(intent, (ChooseOption, SetQuantity, Order, ChangeModifiers))


def _segment_intents(
    segment: Segment, context: TurnContext, pending_question: dict[str, Any], *, has_order: bool
) -> list[Intent]:
    if talk_intents.is_prank(segment) or talk_intents.STAFF_COMMAND.search(segment.text):
        return [SimpleIntent("prank" if talk_intents.is_prank(segment) else "staff")]
    if tip := parse_tip_unit(segment, pending_question) or parse_tip(segment.text):
        return [*_orders_beside_tip(segment, context), tip]
    if pending_question.get("kind") == "offer" and _declines_offer(segment, context):
        return [SimpleIntent("no")]
    if special := (
        parse_price_rule_question(segment, context.menu)
        or _parse_rejection(segment, context, has_order=has_order)
        or parse_described_choice(segment, context)
        or parse_follow_up_question(segment, context)
    ):
        return [special]
    if till := talk_intents.parse_tab_intent(segment):
        if till == SimpleIntent("bill") and is_price_of_last_drink(segment, context):
            return [MenuQuestion("price")]
        return _with_ordered_drinks(segment, till, context)
    if USUAL_ORDER.search(segment.text) and segment.speech_act not in (SpeechAct.NEGATION, SpeechAct.STORY):
        return [OrderUsual()]
    return _menu_intents(segment, context)


_NOT_WANTING_IT = re.compile(r"\bdo not (?:want|need) (?:that|it|one|this|any)\b")


def _declines_offer(segment: Segment, context: TurnContext) -> bool:
    """ "I don't want that": what was offered is meant, and nothing that is on the tab."""
    if segment.has_kind(ITEM, OFF, ANY, MOD):
        return False
    takes_back = parse_intent(segment, context.menu) == Undo()
    return takes_back and (
        not context.bill.lines or _NOT_WANTING_IT.search(segment.text.replace(" ,", "")) is not None
    )


def _menu_intents(segment: Segment, context: TurnContext) -> list[Intent]:
    if free_of := parse_free_of(segment, context.menu):
        about, drink = free_of
        return [*_orders_beside_drink(segment, drink, context), about]
    act = talk_intents.parse_yes_no(segment) or parse_intent(segment, context.menu)
    if isinstance(act, MenuQuestion) and act.kind.startswith("recommend"):
        return [act]  # "what's good tonight?" asks for a drink, not for what a word means
    if (act is None or isinstance(act, MenuQuestion)) and is_knowledge_question(segment):
        return [KnowledgeQuestion(fallback_menu_question=act)] if act else []
    return [act] if act else []


def _with_ordered_drinks(segment: Segment, tab_intent: Intent, context: TurnContext) -> list[Intent]:
    """ "A water and the check, please": both."""
    if (
        tab_intent == SimpleIntent("pay")
        and segment.speech_act == SpeechAct.ORDER
        and segment.has_kind(ITEM, OFF)
    ):
        act = parse_intent(segment, context.menu)
        return [act, tab_intent] if isinstance(act, Order) else [tab_intent]
    return [tab_intent]


def _orders_beside_tip(segment: Segment, context: TurnContext) -> list[Intent]:
    """ "Three negronis, plus a six dollar tip": the drinks beside the tip."""
    if not segment.has_kind(ITEM):
        return []
    chunks = _split_at_conjunctions(segment)
    remaining = [
        token for chunk in chunks if any(one.kind in (ITEM, MOD) for one in chunk) for token in chunk
    ]
    return _orders_in_tokens(remaining, context)


def _orders_beside_drink(segment: Segment, drink: Token, context: TurnContext) -> list[Intent]:
    """ "Two negronis and a gluten-free beer": the negronis."""
    if segment.speech_act != SpeechAct.ORDER:
        return []
    chunks = [chunk for chunk in _split_at_conjunctions(segment) if drink not in chunk]
    remaining = [
        token for chunk in chunks if any(one.kind in (ITEM, ANY) for one in chunk) for token in chunk
    ]
    return _orders_in_tokens(remaining, context) if remaining else []


def _split_at_conjunctions(segment: Segment) -> list[list[Token]]:
    chunks: list[list[Token]] = [[]]
    for token in segment.tokens:
        if token.kind == STOP or token.text in ("and", "plus", "with", "then"):
            chunks.append([])
        chunks[-1].append(token)
    return chunks


def _orders_in_tokens(tokens: list[Token], context: TurnContext) -> list[Intent]:
    rest = classify_segment(tuple(tokens))
    act = parse_intent(rest, context.menu) if rest.speech_act == SpeechAct.ORDER else None
    return [act] if isinstance(act, Order) else []


_CORRECTION_START = re.compile(
    r"^(?:oh |um |uh |er |well |, |or |do )*(?:er , |my bad|my mistake|forgive me|pardon|on reflection|no|nope|sorry|wait|actually|i mean|i meant|i said|meant|mean|rather|correction|hold on|hang on|oops|or rather)\b"
)
_STRONG_CORRECTION_START = re.compile(
    r"^(?:oh |um |uh |er |well |actually |, |or |do )*(?:my bad|my mistake|forgive me|pardon|no|nope|sorry|wait|i mean|i meant|i said|meant|mean|correction|oops)\b"
)
_ADDITION_WORDS = re.compile(r"\b(?:and|also|too|as well|plus|another|more|add)\b")


def _apply_corrections(
    segment: Segment, intents: list[Intent], context: TurnContext, *, has_order: bool
) -> list[Intent]:
    """ "No sorry, a manhattan" takes the place of what was just ordered, in this breath or the one before."""
    one = intents[0] if len(intents) == 1 else None
    if not isinstance(one, Order) or not one.drinks or not one.drinks[0].item:
        return intents
    if not _CORRECTION_START.search(segment.text) or _ADDITION_WORDS.search(segment.text.split(" and ")[0]):
        return intents
    just_ordered = context.brain_state.get("pending", {}).get(
        "kind"
    ) == "send" and _STRONG_CORRECTION_START.search(segment.text)
    if not (has_order or just_ordered):
        return intents
    rest = one.drinks[1:]
    return [Swap(one.drinks[0]), *([Order(rest)] if rest else [])]


_REJECTED_ITEM = re.compile(r"^(?:no |oh |sorry |wait |actually )*not (?:the |NUM |any )?(?:MOD )*ITEM$")


def _parse_rejection(segment: Segment, context: TurnContext, *, has_order: bool) -> Remove | None:
    """ "Not a whiskey", said of what was just ordered."""
    just_ordered = (
        context.brain_state.get("pending", {}).get("kind") == "send"
        and segment.speech_act == SpeechAct.NEGATION
    )
    if (has_order or just_ordered) and _REJECTED_ITEM.search(segment.shape.replace(" ,", "")):
        return Remove(RequestedDrink(item=segment.item_tokens()[0].name), removes_all=True)
    return None


def _add_small_talk(plan: TurnPlan, segments: Sequence[Segment], said: str) -> None:
    """Nothing to do: the guest tells, wishes, refuses or asks."""
    modes = {part.speech_act for part in segments if part.has_kind(ITEM, OFF)}
    asks = any(part.has_question_mark or part.speech_act == SpeechAct.QUESTION for part in segments)
    if SpeechAct.DEFERRED in modes:
        plan.add_small_talk("wish")
    elif SpeechAct.NEGATION in modes:
        plan.add_small_talk("negation")
    elif SpeechAct.STORY in modes:
        likes = re.search(
            r"\b(?:i|we) (?:\w+ )?(?:like|love|prefer|enjoy|adore)\b", plan.context.guest_text.lower()
        )
        plan.add_small_talk("taste" if likes else "story_heard")
    else:
        answers.answer_remark(plan, said, asks=asks)
