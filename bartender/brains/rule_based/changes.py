"""Changing what was ordered: how many, how it is made, another drink, off the tab."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _

from bartender.brains.rule_based import intents
from bartender.brains.rule_based.item_lists import RequestedDrink
from bartender.brains.rule_based.orders import (
    INVALID_QUANTITY_MESSAGE,
    MAX_UNITS,
    TOO_MANY_MESSAGE,
    add_to_draft,
    answer_modifier_question,
    fitting_modifiers,
    handle_add_more,
    handle_choose_option,
)
from bartender.brains.rule_based.plan import TurnPlan
from bartender.facts.wording import join_words
from bartender.services.bills import BillLine
from maya_site.core.indefinite_article import with_article

NOT_ON_TAB_MESSAGE = "I don't see %(drink)s on your tab, so there's nothing to take off."


def handle_set_quantity(plan: TurnPlan, intent: intents.SetQuantity) -> None:
    if intent.quantity < 1 or intent.quantity > MAX_UNITS:
        plan.add_sentence(
            _(INVALID_QUANTITY_MESSAGE if intent.quantity < 1 else TOO_MANY_MESSAGE), "flustered"
        )
        return
    if plan.draft.set_quantity(intent.item, intent.quantity):
        return
    is_answer = plan.state.pending.get("kind") == "how_many" and not intent.item
    line = None if is_answer else plan.tab_lines.find_line(intent.item)
    if line and line.quantity != intent.quantity:
        plan.add_tool_call("change_order_line", line=line.number, quantity=intent.quantity)
    elif line:
        plan.add_sentence(_("That's what I have down already."))
    elif intent.item:
        _replace_last_line(plan, intent)
    else:
        _order_quantity_of_topic(plan, intent.quantity)


def _order_quantity_of_topic(plan: TurnPlan, quantity: int) -> None:
    """A number where nothing is on the tab yet: so many of what was just talked about."""
    if plan.state.options or plan.state.focus or plan.state.pending:
        handle_choose_option(plan, intents.ChooseOption(quantity=quantity, has_count=True))
    else:
        plan.add_small_talk("lost")


def _replace_last_line(plan: TurnPlan, intent: intents.SetQuantity) -> None:
    """ "Make that two IPAs" where the last line is another drink."""
    group = RequestedDrink(item=intent.item, quantity=intent.quantity, has_count=True)
    if last := plan.tab_lines.find_line(""):
        _replace_line(plan, last.number, last.quantity, group)
    else:
        add_to_draft(plan, group)


def handle_change_modifiers(plan: TurnPlan, intent: intents.ChangeModifiers) -> None:
    if plan.draft.change_modifiers(intent, plan.context.menu) or (
        not intent.item and answer_modifier_question(plan, intent.modifiers)
    ):
        return
    found = plan.tab_lines.lines_to_change(intent)
    if (
        intent.units
        and not (intent.item or intent.ordinal)
        and all(line.quantity <= intent.units for line, _units in found)
    ):
        # "And one with ice", beside one, is one more.
        handle_add_more(plan, intents.AddMore(intent.units, intent.modifiers))
        return
    if not found and intent.item and not intent.removes_modifiers:
        add_to_draft(plan, RequestedDrink(item=intent.item, modifiers=intent.modifiers))
    elif not found:
        plan.add_small_talk("lost")
    for line, units in found:
        drink = plan.find_drink(line.item)
        if drink is None:
            continue
        names = plan.tab_lines.modifiers_after_change(drink, line.modifiers, intent)
        if names == line.modifiers:
            plan.add_sentence(_unchanged_message(line.item, names))
            continue
        extra = {"units": units} if units and units < line.quantity else {}
        plan.add_tool_call("change_order_line", line=line.number, modifiers=list(names), **extra)


def _unchanged_message(item: str, names: tuple[str, ...]) -> str:
    values = {"drink": item, "made": join_words(names)}
    return _("The %(drink)s is %(made)s already.") % values if names else _("That's how it is already.")


def handle_swap(plan: TurnPlan, intent: intents.Swap) -> None:
    just_gone = plan.state.undo and all(call[0] == "add_to_order" for call in plan.state.undo)
    if (
        intent.replacement.off_menu_name
        or intent.replacement.category is not None
        or (just_gone and not intent.old_item and not intent.targets_last_line)
    ):
        add_to_draft(plan, intent.replacement)
        return
    if not intent.old_item and plan.has_question and plan.state.pending.get("kind") == "which":
        add_to_draft(plan, replace(intent.replacement, quantity=plan.state.pending["quantity"]))
        plan.state.pending, plan.has_question, plan.sentences = {}, False, plan.sentences[:-1]
        return
    if not intent.old_item and _apply_quantity_only_swap(plan, intent):
        return
    if plan.draft.swap(intent, plan.context.menu):
        return
    liquor = plan.tab_lines.line_with_liquor(intent.old_item, intent.replacement.item)
    line = plan.tab_lines.find_line(intent.old_item) if not (intent.old_item and liquor) else None
    if line:
        _swap_lines(plan, line, intent)
    elif liquor:
        names = plan.tab_lines.modifiers_with_liquor(liquor, intent.replacement.item)
        plan.add_tool_call("change_order_line", line=liquor.number, modifiers=list(names))
    elif intent.old_item:
        plan.add_sentence(
            _("I don't see %(drink)s on your tab to swap.") % {"drink": with_article(intent.old_item)},
            "flustered",
        )
    else:
        add_to_draft(plan, intent.replacement)


def _swap_lines(plan: TurnPlan, line: BillLine, intent: intents.Swap) -> None:
    """So many of the newest line as were said; "the IPAs" are all, on however many lines they stand."""
    new = intent.replacement
    same = [one for one in plan.tab_lines.open_lines if intent.old_item and one.item == line.item]
    if intent.units or new.has_count or len(same) < 2:
        _replace_line(plan, line.number, min(intent.units or line.quantity, line.quantity), new)
        return
    for one in same:
        _replace_line(plan, one.number, one.quantity, new)


def _apply_quantity_only_swap(plan: TurnPlan, intent: intents.Swap) -> bool:
    """ "Make that four IPAs" where IPAs were just ordered: a number, not another drink."""
    named = (
        plan.draft.has_item(intent.replacement.item)
        or plan.tab_lines.find_line(intent.replacement.item) is not None
    )
    if (
        named
        and intent.replacement.has_count
        and intent.replacement.quantity > 1
        and not intent.replacement.modifiers
    ):
        handle_set_quantity(plan, intents.SetQuantity(intent.replacement.quantity, intent.replacement.item))
        return True
    return False


def _replace_line(plan: TurnPlan, line_number: int, quantity: int, replacement: RequestedDrink) -> None:
    drink = plan.find_drink(replacement.item)
    line = next(one for one in plan.context.bill.lines if one.number == line_number)
    if drink is None:
        return
    fitting = (
        tuple(name for name in line.modifiers if drink.find_modifier(name))
        if not replacement.modifiers
        else ()
    )
    modifiers = [*fitting, *fitting_modifiers(drink, replacement.modifiers)]
    wanted = (
        replacement.quantity
        if replacement.has_count and not (replacement.quantity == 1 and quantity == 1)
        else quantity
    )
    if wanted == quantity:
        extra = {"units": quantity} if quantity < line.quantity else {}
        plan.add_tool_call(
            "change_order_line", line=line_number, item=drink.name, modifiers=modifiers, **extra
        )
        return
    plan.add_tool_call("remove_from_order", line=line_number, quantity=quantity)
    plan.add_tool_call("add_to_order", item=drink.name, quantity=wanted, modifiers=modifiers)


def handle_remove(plan: TurnPlan, intent: intents.Remove) -> None:
    group = intent.drink
    if group.category and not group.item:  # "the beer", where the tab has none
        plan.add_sentence(_(NOT_ON_TAB_MESSAGE) % {"drink": group.category.lower()}, "flustered")
        return
    if plan.draft.remove(group, removes_all=intent.removes_all):
        return
    if intent.removes_all and not group.item and not intent.ordinal:
        recent = plan.tab_lines.recent_lines()
        for one in recent if len(recent) > 1 else plan.tab_lines.open_lines[-2:]:
            plan.add_tool_call("remove_from_order", line=one.number)
        return
    line = (
        plan.tab_lines.nth_line(intent.ordinal)
        if intent.ordinal and not group.item
        else plan.tab_lines.line_to_remove(group, only_unmodified=intent.only_unmodified)
    )
    if line is None:
        plan.add_sentence(
            _(NOT_ON_TAB_MESSAGE) % {"drink": with_article(group.item) if group.item else _("that")},
            "flustered",
        )
        return
    for number, units in plan.tab_lines.units_to_remove(line, group, removes_all=intent.removes_all):
        plan.add_tool_call("remove_from_order", line=number, quantity=units)


def handle_dispute(plan: TurnPlan, intent: intents.DisputeLine) -> None:
    """What has not gone to the bar comes off, as by "take it off"; about the rest a person decides."""
    group = intent.drink
    if plan.draft.remove(group, removes_all=group.is_plural and not group.has_count):
        return
    named = [one for one in reversed(plan.tab_lines.open_lines) if one.item == group.item]
    unsent = [one for one in named if one.status == "open"]
    left = group.quantity if group.has_count or not group.is_plural else sum(one.quantity for one in unsent)
    for one in unsent:
        if left > 0:
            plan.add_tool_call("remove_from_order", line=one.number, quantity=min(left, one.quantity))
            left -= one.quantity
    if not named:
        plan.add_sentence(_(NOT_ON_TAB_MESSAGE) % {"drink": with_article(group.item)}, "neutral")
    elif not unsent:
        text = _(
            "The %(drink)s is with the bar already, so a person has to look at it: press “Call a person” on your "
            "page, or wave to anybody behind the bar."
        )
        plan.add_sentence(text % {"drink": group.item}, "flustered")


def handle_undo(plan: TurnPlan, intent: intents.Undo) -> None:
    if plan.draft.drinks:
        plan.draft.drinks.pop()
    elif plan.state.undo:
        for name, arguments in plan.state.undo:
            plan.add_tool_call(name, **arguments)
        plan.state.undo = []
    elif plan.context.bill.lines and plan.context.bill.status in ("open", "closing"):
        last = plan.context.bill.lines[-1]
        plan.add_tool_call("remove_from_order", line=last.number)
    else:
        plan.add_sentence(_("There is nothing on your tab to take back."), "flustered")


def handle_clear(plan: TurnPlan, intent: intents.Clear) -> None:
    plan.draft.drinks.clear()
    if plan.context.bill.lines:
        plan.add_tool_call("clear_order")
    elif not plan.sentences:
        plan.add_sentence(_("Your tab is empty already."))
