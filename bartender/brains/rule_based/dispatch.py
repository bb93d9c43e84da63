"""Which act is carried out by whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bartender.brains.rule_based import changes, intents, memory_answers, orders, payment_intents
from bartender.brains.rule_based.intents import Intent
from bartender.brains.rule_based.plan import TurnPlan

_HANDLERS: dict[type, Callable[[TurnPlan, Any], None]] = {
    intents.Order: orders.handle_order,
    intents.SetQuantity: changes.handle_set_quantity,
    intents.ChangeModifiers: changes.handle_change_modifiers,
    intents.Swap: changes.handle_swap,
    intents.Remove: changes.handle_remove,
    intents.DisputeLine: changes.handle_dispute,
    intents.Undo: changes.handle_undo,
    intents.Clear: changes.handle_clear,
    intents.RepeatRound: orders.handle_repeat_round,
    intents.UndecidedOrder: orders.handle_undecided_order,
    intents.RestoreItem: orders.handle_restore_item,
    intents.AddMore: orders.handle_add_more,
    intents.ChooseOption: orders.handle_choose_option,
    intents.Tip: payment_intents.handle_tip,
    intents.MenuQuestion: payment_intents.handle_menu_question,
    intents.KnowledgeQuestion: memory_answers.handle_knowledge_question,
    intents.OrderUsual: memory_answers.handle_order_usual,
    intents.SimpleIntent: payment_intents.handle_simple_intent,
}


def dispatch_intent(plan: TurnPlan, intent: Intent) -> None:
    _HANDLERS[type(intent)](plan, intent)
