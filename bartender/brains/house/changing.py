"""Changing what was ordered: how many, how it is made, another drink, off the tab."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _

from bartender.brains.house import acts
from bartender.brains.house.groups import Group
from bartender.brains.house.ordering import MOST_UNITS, TOO_MANY, WHOLE_DRINKS, choose, fitting, take
from bartender.brains.house.plan import Plan
from bartender.conversation.facts import join


def set_quantity(plan: Plan, act: acts.SetQuantity) -> None:
    if act.quantity < 1 or act.quantity > MOST_UNITS:
        plan.say(_(WHOLE_DRINKS if act.quantity < 1 else TOO_MANY), "flustered")
        return
    if plan.draft.set_quantity(act.item, act.quantity):
        return
    asked = plan.book.pending.get("kind") == "how_many" and not act.item
    line = None if asked else plan.lines.target(act.item)
    if line and line.quantity != act.quantity:
        plan.call("change_order_line", line=line.number, quantity=act.quantity)
    elif line:
        plan.say(_("That's what I have down already."))
    elif act.item:
        _another_instead(plan, act)
    else:
        _so_many(plan, act.quantity)


def _so_many(plan: Plan, quantity: int) -> None:
    """A number where nothing is on the tab yet: so many of what was just talked about."""
    if plan.book.options or plan.book.focus or plan.book.pending:
        choose(plan, acts.Choose(quantity=quantity, counted=True))
    else:
        plan.talk("lost")


def _another_instead(plan: Plan, act: acts.SetQuantity) -> None:
    """ "Make that two IPAs" where the last line is another drink."""
    group = Group(item=act.item, quantity=act.quantity, counted=True)
    if last := plan.lines.target(""):
        _replace(plan, last.number, last.quantity, group)
    else:
        take(plan, group)


def remake(plan: Plan, act: acts.Remake) -> None:
    if plan.draft.remake(act, plan.scene.menu):
        return
    found = plan.lines.to_remake(act)
    if not found and act.item and not act.without:
        take(plan, Group(item=act.item, modifiers=act.modifiers))
    elif not found:
        plan.talk("lost")
    for line, units in found:
        drink = plan.drink(line.item)
        if drink is None:
            continue
        names = plan.lines.remade(drink, line.modifiers, act)
        if names == line.modifiers:
            plan.say(_already(line.item, names))
            continue
        extra = {"units": units} if units and units < line.quantity else {}
        plan.call("change_order_line", line=line.number, modifiers=list(names), **extra)


def _already(item: str, names: tuple[str, ...]) -> str:
    told = {"drink": item, "made": join(names)}
    return _("The %(drink)s is %(made)s already.") % told if names else _("It's just as you say already.")


def swap(plan: Plan, act: acts.Swap) -> None:
    just_gone = plan.book.undo and all(call[0] == "add_to_order" for call in plan.book.undo)
    if act.new.off or act.new.any_of is not None or (just_gone and not act.old and not act.of_last):
        take(plan, act.new)
        return
    if not act.old and plan.asked and plan.book.pending.get("kind") == "which":
        take(plan, replace(act.new, quantity=plan.book.pending["quantity"]))
        plan.book.pending, plan.asked, plan.said = {}, False, plan.said[:-1]
        return
    if not act.old and _only_more(plan, act):
        return
    if plan.draft.swap(act, plan.scene.menu):
        return
    liquor = plan.lines.with_liquor(act.old, act.new.item)
    line = plan.lines.target(act.old) if not (act.old and liquor) else None
    if line:
        _replace(plan, line.number, min(act.units or line.quantity, line.quantity), act.new)
    elif liquor:
        names = plan.lines.reliquored(liquor, act.new.item)
        plan.call("change_order_line", line=liquor.number, modifiers=list(names))
    elif act.old:
        plan.say(_("I don't see %(drink)s on your tab to swap.") % {"drink": act.old}, "flustered")
    else:
        take(plan, act.new)


def _only_more(plan: Plan, act: acts.Swap) -> bool:
    """ "Make that four IPAs" where IPAs were just ordered: a number, not another drink."""
    named = plan.draft.has(act.new.item) or plan.lines.target(act.new.item) is not None
    if named and act.new.counted and act.new.quantity > 1 and not act.new.modifiers:
        set_quantity(plan, acts.SetQuantity(act.new.quantity, act.new.item))
        return True
    return False


def _replace(plan: Plan, number: int, quantity: int, new: Group) -> None:
    drink = plan.drink(new.item)
    line = next(one for one in plan.scene.bill.lines if one.number == number)
    if drink is None:
        return
    kept = tuple(name for name in line.modifiers if drink.modifier(name)) if not new.modifiers else ()
    modifiers = [*kept, *fitting(drink, new.modifiers)]
    wanted = new.quantity if new.counted and not (new.quantity == 1 and quantity == 1) else quantity
    if wanted == quantity:
        extra = {"units": quantity} if quantity < line.quantity else {}
        plan.call("change_order_line", line=number, item=drink.name, modifiers=modifiers, **extra)
        return
    plan.call("remove_from_order", line=number, quantity=quantity)
    plan.call("add_to_order", item=drink.name, quantity=wanted, modifiers=modifiers)


def remove(plan: Plan, act: acts.Remove) -> None:
    group = act.group
    if plan.draft.remove(group, all_of_it=act.all_of_it):
        return
    if act.all_of_it and not group.item and not act.ordinal:
        recent = plan.lines.recent()
        for one in recent if len(recent) > 1 else plan.lines.live[-2:]:
            plan.call("remove_from_order", line=one.number)
        return
    line = (
        plan.lines.nth(act.ordinal)
        if act.ordinal and not group.item
        else plan.lines.to_remove(group, plain=act.plain)
    )
    if line is None:
        told = _("I don't see %(drink)s on your tab, so there's nothing to take off.")
        plan.say(told % {"drink": group.item or _("that")}, "flustered")
        return
    for number, units in plan.lines.take_off(line, group, all_of_it=act.all_of_it):
        plan.call("remove_from_order", line=number, quantity=units)


def undo(plan: Plan, act: acts.Undo) -> None:
    if plan.draft.groups:
        plan.draft.groups.pop()
    elif plan.book.undo:
        for name, arguments in plan.book.undo:
            plan.call(name, **arguments)
        plan.book.undo = []
    elif plan.scene.bill.lines and plan.scene.bill.status in ("open", "closing"):
        last = plan.scene.bill.lines[-1]
        plan.call("remove_from_order", line=last.number)
    else:
        plan.say(_("There is nothing on your tab to take back."), "flustered")


def clear(plan: Plan, act: acts.Clear) -> None:
    plan.draft.groups.clear()
    if plan.scene.bill.lines:
        plan.call("clear_order")
    elif not plan.said:
        plan.say(_("Your tab is empty already."))
