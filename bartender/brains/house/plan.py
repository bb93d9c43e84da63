"""From what the guest meant to what is done: tool calls, things to say, and what to keep in mind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from bartender.brains.base import Call, Scene
from bartender.brains.house import acts, answers
from bartender.brains.house.acts import Act
from bartender.brains.house.draft import Draft
from bartender.brains.house.groups import Group
from bartender.brains.house.lines import Lines
from bartender.brains.house.notebook import Notebook
from bartender.brains.house.questions import mood_of
from bartender.brains.house.smalltalk import chat, feeling
from bartender.conversation.events import Emotion
from bartender.conversation.facts import join, plural
from bartender.menu.snapshot import Drink

MOST_UNITS = 99
CHANGES = {"add_to_order", "change_order_line", "remove_from_order", "clear_order"}
WHOLE_DRINKS = "I pour whole drinks, one at least. How many shall it be?"
TOO_MANY = "That's more than a tab can hold: twelve of one drink is my most."


@dataclass
class Plan:
    scene: Scene
    book: Notebook
    draft: Draft = field(default_factory=Draft)
    calls: list[Call] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    emotion: Emotion = "neutral"
    asked: bool = False

    def call(self, name: str, **arguments: Any) -> None:
        self.calls.append(Call(name, arguments))

    def say(self, text: str, emotion: Emotion = "happy") -> None:
        if text and text not in self.said:
            self.said.append(text)
            self.emotion = emotion

    def talk(self, kind: str) -> None:
        self.say(chat(kind, self.scene), feeling(kind))

    def ask(self, text: str, **pending: Any) -> None:
        self.book.pending = pending
        self.asked = True
        self.say(text, "thinking")

    @property
    def lines(self) -> Lines:
        return Lines(self.scene, self.book)

    def drink(self, name: str) -> Drink | None:
        return self.scene.menu.find(name)


def carry_out(plan: Plan, act: Act) -> None:
    _DO[type(act)](plan, act)


def finish(plan: Plan) -> None:
    """What was ordered in this breath goes on the tab, after all corrections in it."""
    last = [call for call in plan.calls if call.name not in CHANGES]
    plan.calls = [call for call in plan.calls if call.name in CHANGES]
    for group in plan.draft.groups:
        plan.call("add_to_order", item=group.item, quantity=group.quantity, modifiers=list(group.modifiers))
    plan.calls += last


# --- ordering ----------------------------------------------------------------------------------------


def _order(plan: Plan, act: acts.Order) -> None:
    asked = plan.book.pending if plan.book.pending.get("kind") == "which" else {}
    if asked and len(act.groups) == 1 and not act.groups[0].counted and act.groups[0].item in plan.book.options:
        made = (*asked["modifiers"], *act.groups[0].modifiers)
        _take(plan, replace(act.groups[0], quantity=asked["quantity"], modifiers=made))
        return
    for group in act.groups:
        before = plan.lines.target(group.item) if act.alike and group.item and not group.modifiers else None
        _take(plan, replace(group, modifiers=before.modifiers) if before else group)


def _take(plan: Plan, group: Group) -> None:
    if group.off:
        _not_here(plan, group.off)
    elif group.half or group.quantity < 1:
        plan.say(WHOLE_DRINKS, "flustered")
    elif group.quantity > MOST_UNITS:
        plan.say(TOO_MANY, "flustered")
    elif group.vague:
        _how_many(plan, group)
    elif group.any_of is not None:
        _which(plan, group)
    elif drink := plan.drink(group.item):
        plan.draft.add(replace(group, item=drink.name, modifiers=_fitting(drink, group.modifiers)))


def _fitting(drink: Drink, names: tuple[str, ...]) -> tuple[str, ...]:
    """As the menu spells them. A soft drink comes with ice anyway: that is no modifier of it."""
    known = [drink.modifier(name) for name in names]
    spelt = tuple(found.name if found else name for found, name in zip(known, names, strict=True))
    if drink.alcoholic:
        return spelt
    return tuple(
        name for name in spelt if drink.modifier(name) or name not in ("on the rocks", "with ice", "over ice")
    )


def _not_here(plan: Plan, asked: str) -> None:
    found = answers.answer(acts.About("off", (), asked), plan.scene)
    plan.say(found.text, "flustered")
    if found.options:
        plan.book.options = list(found.options)


def _how_many(plan: Plan, group: Group) -> None:
    if group.any_of is not None:
        _which(plan, group)
        return
    name = plural(group.item or group.any_of or "drink", 2)
    plan.ask(
        f"How many {name} shall it be?", kind="how_many", item=group.item, modifiers=list(group.modifiers)
    )


def _which(plan: Plan, group: Group) -> None:
    category = group.any_of or ""
    here = [one.name for one in plan.scene.menu.drinks if one.available and one.category == category]
    if not here:
        plan.ask("Gladly. What shall it be?", kind="what")
        return
    plan.book.options = here
    pending = {"kind": "which", "quantity": group.quantity, "modifiers": list(group.modifiers)}
    plan.ask(f"Which one: {join(here, 'or')}?", **pending)


# --- changing ----------------------------------------------------------------------------------------


def _set_quantity(plan: Plan, act: acts.SetQuantity) -> None:
    if act.quantity < 1 or act.quantity > MOST_UNITS:
        plan.say(WHOLE_DRINKS if act.quantity < 1 else TOO_MANY, "flustered")
    elif plan.draft.set_quantity(act.item, act.quantity):
        return
    elif plan.book.pending.get("kind") == "how_many" and not act.item:
        _choose(plan, acts.Choose(quantity=act.quantity, counted=True))
    elif (line := plan.lines.target(act.item)) and line.quantity != act.quantity:
        plan.call("change_order_line", line=line.number, quantity=act.quantity)
    elif line:
        plan.say("That's what I have down already.")
    elif act.item:
        _another_instead(plan, act)
    elif plan.book.options or plan.book.focus or plan.book.pending:
        _choose(plan, acts.Choose(quantity=act.quantity, counted=True))
    else:
        plan.talk("lost")


def _another_instead(plan: Plan, act: acts.SetQuantity) -> None:
    """ "Make that two IPAs" where the last line is another drink."""
    group = Group(item=act.item, quantity=act.quantity, counted=True)
    if last := plan.lines.target(""):
        _replace(plan, last.number, last.quantity, group)
    else:
        _take(plan, group)


def _remake(plan: Plan, act: acts.Remake) -> None:
    if plan.draft.remake(act, plan.scene.menu):
        return
    found = plan.lines.to_remake(act)
    if not found and act.item and not act.without:
        _take(plan, Group(item=act.item, modifiers=act.modifiers))
    elif not found:
        plan.talk("lost")
    for line, units in found:
        drink = plan.drink(line.item)
        if drink is None:
            continue
        names = plan.lines.remade(drink, line.modifiers, act)
        if names == line.modifiers:
            plan.say(
                f"The {line.item} is {join(names)} already." if names else "It's just as you say already."
            )
            continue
        extra = {"units": units} if units and units < line.quantity else {}
        plan.call("change_order_line", line=line.number, modifiers=list(names), **extra)


def _swap(plan: Plan, act: acts.Swap) -> None:
    just_gone = plan.book.undo and all(call[0] == "add_to_order" for call in plan.book.undo)
    if act.new.off or act.new.any_of is not None or (just_gone and not act.old):
        _take(plan, act.new)
        return
    if not act.old and plan.asked and plan.book.pending.get("kind") == "which":
        _take(plan, replace(act.new, quantity=plan.book.pending["quantity"]))
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
        plan.say(f"I don't see {act.old} on your tab to swap.", "flustered")
    else:
        _take(plan, act.new)


def _only_more(plan: Plan, act: acts.Swap) -> bool:
    """ "Make that four IPAs" where IPAs were just ordered: a number, not another drink."""
    named = plan.draft.has(act.new.item) or plan.lines.target(act.new.item) is not None
    if named and act.new.counted and act.new.quantity > 1 and not act.new.modifiers:
        _set_quantity(plan, acts.SetQuantity(act.new.quantity, act.new.item))
        return True
    return False


def _replace(plan: Plan, number: int, quantity: int, new: Group) -> None:
    drink = plan.drink(new.item)
    line = next(one for one in plan.scene.bill.lines if one.number == number)
    if drink is None:
        return
    kept = tuple(name for name in line.modifiers if drink.modifier(name)) if not new.modifiers else ()
    modifiers = [*kept, *_fitting(drink, new.modifiers)]
    wanted = new.quantity if new.counted and not (new.quantity == 1 and quantity == 1) else quantity
    if wanted == quantity:
        extra = {"units": quantity} if quantity < line.quantity else {}
        plan.call("change_order_line", line=number, item=drink.name, modifiers=modifiers, **extra)
        return
    plan.call("remove_from_order", line=number, quantity=quantity)
    plan.call("add_to_order", item=drink.name, quantity=wanted, modifiers=modifiers)


def _remove(plan: Plan, act: acts.Remove) -> None:
    group = act.group
    if plan.draft.remove(group, all_of_it=act.all_of_it):
        return
    if act.all_of_it and not group.item and not act.ordinal:
        for line in plan.lines.recent() if len(plan.lines.recent()) > 1 else plan.lines.live[-2:]:
            plan.call("remove_from_order", line=line.number)
        return
    line = plan.lines.nth(act.ordinal) if act.ordinal and not group.item else plan.lines.to_remove(group, plain=act.plain)
    if line is None:
        name = group.item or "that"
        plan.say(f"I don't see {name} on your tab, so there's nothing to take off.", "flustered")
        return
    for number, units in plan.lines.take_off(line, group, all_of_it=act.all_of_it):
        plan.call("remove_from_order", line=number, quantity=units)


def _undo(plan: Plan, act: acts.Undo) -> None:
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
        plan.say("There is nothing on your tab to take back.", "flustered")


def _clear(plan: Plan, act: acts.Clear) -> None:
    plan.draft.groups.clear()
    if plan.scene.bill.lines:
        plan.call("clear_order")
    elif not plan.said:
        plan.say("Your tab is empty already.")


# --- again, more, that one ---------------------------------------------------------------------------


def _again(plan: Plan, act: acts.Again) -> None:
    rows = plan.lines.last_round()
    if not rows:
        plan.say("There's no round to repeat yet. What shall it be?", "thinking")
    for row in rows:
        plan.draft.add(Group(item=row["item"], quantity=row["quantity"], modifiers=tuple(row["modifiers"])))


def _more(plan: Plan, act: acts.More) -> None:
    if plan.draft.groups:
        last = plan.draft.groups[-1]
        plan.draft.add(replace(last, quantity=act.quantity, modifiers=act.modifiers or last.modifiers))
    elif plan.book.focus:
        kept = tuple(plan.book.focus["modifiers"])
        modifiers = act.modifiers or kept
        drink = plan.drink(plan.book.focus["item"])
        if act.but and drink:
            modifiers = plan.lines.remade(drink, kept, acts.Remake(act.modifiers))
        _take(plan, Group(item=plan.book.focus["item"], quantity=act.quantity, modifiers=modifiers))
    else:
        plan.ask("Another of what?", kind="what")


def _between(plan: Plan, act: acts.Between) -> None:
    plan.book.options = list(act.items)
    plan.ask(f"{join(list(act.items), 'or')}: which one shall it be?", kind="which", quantity=1, modifiers=[])


def _put_back(plan: Plan, act: acts.PutBack) -> None:
    back = [call for call in plan.book.undo if call[0] == "add_to_order" and act.item in ("", call[1]["item"])]
    if back:
        for name, arguments in back:
            plan.call(name, **arguments)
    elif act.item and plan.lines.target(act.item) is None:
        _take(plan, Group(item=act.item))
    else:
        plan.say("That's on your tab as it was.")


def _choose(plan: Plan, act: acts.Choose) -> None:
    book, pending = plan.book, plan.book.pending
    if pending.get("kind") == "how_many" and act.counted:
        _take(plan, Group(item=pending["item"], quantity=act.quantity, modifiers=tuple(pending["modifiers"])))
        return
    names = _chosen(act, book) if not act.by else _compared(plan, act)
    if not names:
        plan.ask("Which one shall it be?", **pending) if book.options else plan.talk("lost")
        return
    asked_for = int(pending.get("quantity", 1)) if pending.get("kind") == "which" else 1
    quantity = act.quantity if act.counted or act.quantity > 1 else asked_for
    for name in names:
        made = plan.book.focus.get("modifiers", ()) if name == plan.book.focus.get("item") and act.how else ()
        _take(plan, Group(item=name, quantity=quantity, modifiers=tuple(pending.get("modifiers", made))))


def _compared(plan: Plan, act: acts.Choose) -> list[str]:
    """ "The cheaper one": of those that were named."""
    found = answers.answer(acts.About(act.by, tuple(plan.book.options)), plan.scene)
    return list(found.options[:1]) if len(plan.book.options) > 1 else []


def _chosen(act: acts.Choose, book: Notebook) -> list[str]:
    options = book.options
    if act.both:
        return options[:3]
    if act.ordinal:
        at = act.ordinal - 1 if act.ordinal > 0 else len(options) - 1
        return [options[at]] if 0 <= at < len(options) else []
    if len(options) == 1:
        return options
    if not options and book.focus:
        return [book.focus["item"]]
    return []


# --- money and manners -------------------------------------------------------------------------------


def _tip(plan: Plan, act: acts.Tip) -> None:
    if act.absurd:
        plan.say("A tip is between nothing and the whole bill, whatever you feel is right.", "flustered")
    elif act.unclear:
        plan.ask(
            f"Is that {act.unclear} percent, or {act.unclear} dollars?", kind="tip_unit", value=act.unclear
        )
    elif act.bp is not None:
        plan.call("set_tip", percent=act.bp / 100)
    elif act.cents is not None and act.cents > 10_000_000:
        plan.say("That is kinder than the house allows. Try a smaller tip.", "flustered")
    else:
        plan.call("set_tip", cents=act.cents or 0)


def _about(plan: Plan, act: acts.About) -> None:
    if (
        not act.items
        and act.kind in ("price", "strength", "recipe", "describe", "allergen")
        and plan.book.focus
    ):
        act = replace(act, items=(plan.book.focus["item"],))
    if act.kind == "recommend" and not act.word:
        act = replace(act, word=mood_of(plan.scene.said))
    if not act.items and act.kind in ("cheapest", "dearest", "strongest", "weakest") and len(plan.book.options) > 1:
        act = replace(act, items=tuple(plan.book.options))
    found = answers.answer(act, plan.scene)
    plan.book.about = act.kind
    plan.say(found.text, "thinking")
    if found.options:
        together = plan.said[:-1] and plan.book.options
        plan.book.options = [*plan.book.options, *found.options] if together else list(found.options)
        plan.book.focus = {"item": found.options[0], "modifiers": list(act.modifiers)}
        if len(found.options) == 1:
            plan.book.pending = {"kind": "offer", "item": found.options[0]}


def _simple(plan: Plan, act: acts.Simple) -> None:
    if tool := _TOOLS.get(act.kind):
        plan.call(tool)
    elif act.kind in _TALKS:
        _TALKS[act.kind](plan)
    else:
        plan.talk(act.kind)


def _send(plan: Plan) -> None:
    waiting = any(line.status == "open" for line in plan.scene.bill.lines)
    if plan.scene.bill.status == "closing":
        plan.call("check_payment_status")
    elif plan.draft.groups or (waiting and plan.scene.bill.status == "open"):
        plan.call("place_order")
    elif plan.scene.bill.lines and plan.scene.bill.status == "open":
        plan.say("Everything is with the bar already. Ask for the bill whenever you like.")
    else:
        plan.say("All right. I'm here when you'd like something.")


def _yes(plan: Plan) -> None:
    pending = plan.book.pending
    if pending.get("kind") == "offer":
        _take(plan, Group(item=pending["item"]))
    elif plan.scene.bill.status == "closing":
        plan.call("create_payment")
    elif pending.get("kind") == "send":
        _send(plan)
    elif pending:
        plan.book.pending = pending
        plan.say("Gladly. Which one shall it be?", "thinking")
    else:
        plan.say("Good. What can I get you?")


def _no(plan: Plan) -> None:
    if plan.book.pending.get("kind") == "send" and plan.scene.bill.status == "open":
        plan.say("All right. Say the word when I should send it.")
    else:
        plan.talk("declined")


def _not_yet(plan: Plan) -> None:
    plan.say("No rush, take all the time you like.")


_TOOLS = {
    "pay": "create_payment",
    "bill": "get_bill",
    "balance": "get_balance",
    "tip?": "get_tip",
    "order?": "get_order",
    "paid?": "check_payment_status",
}
_TALKS: dict[str, Callable[[Plan], None]] = {"send": _send, "yes": _yes, "no": _no, "not_yet": _not_yet}
_DO: dict[type, Callable[[Plan, Any], None]] = {
    acts.Order: _order,
    acts.SetQuantity: _set_quantity,
    acts.Remake: _remake,
    acts.Swap: _swap,
    acts.Remove: _remove,
    acts.Undo: _undo,
    acts.Clear: _clear,
    acts.Again: _again,
    acts.Between: _between,
    acts.PutBack: _put_back,
    acts.More: _more,
    acts.Choose: _choose,
    acts.Tip: _tip,
    acts.About: _about,
    acts.Simple: _simple,
}
