"""Ordering: drinks by name, again, one more, or that one."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _

from bartender.brains.house import acts, answers
from bartender.brains.house.groups import Group
from bartender.brains.house.notebook import Notebook
from bartender.brains.house.plan import Plan
from bartender.conversation.facts import join, plural
from bartender.menu.snapshot import Drink

MOST_UNITS = 99
WHOLE_DRINKS = "I pour whole drinks, one at least. How many shall it be?"
TOO_MANY = "That's more than a tab can hold: twelve of one drink is my most."


def order(plan: Plan, act: acts.Order) -> None:
    asked = plan.book.pending if plan.book.pending.get("kind") == "which" else {}
    if (
        asked
        and len(act.groups) == 1
        and not act.groups[0].counted
        and act.groups[0].item in plan.book.options
    ):
        made = (*asked["modifiers"], *act.groups[0].modifiers)
        take(plan, replace(act.groups[0], quantity=asked["quantity"], modifiers=made))
        return
    for group in act.groups:
        before = plan.lines.target(group.item) if act.alike and group.item and not group.modifiers else None
        take(plan, replace(group, modifiers=before.modifiers) if before else group)


def take(plan: Plan, group: Group) -> None:
    """One group of an order: into the draft if it can be poured, else said why not, or asked what is missing."""
    if group.half or group.quantity < 1 or group.quantity > MOST_UNITS:
        plan.say(_(TOO_MANY if group.quantity > MOST_UNITS else WHOLE_DRINKS), "flustered")
        return
    if group.vague:
        _how_many(plan, group)
    elif group.any_of is not None:
        which_one(plan, group)
    elif drink := plan.drink(group.item):
        plan.draft.add(replace(group, item=drink.name, modifiers=fitting(drink, group.modifiers)))
    elif group.off:
        _not_here(plan, group.off)


def fitting(drink: Drink, names: tuple[str, ...]) -> tuple[str, ...]:
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
        which_one(plan, group)
        return
    name = plural(group.item or _("drink"), 2)
    asked = _("How many %(drinks)s shall it be?") % {"drinks": name}
    plan.ask(asked, kind="how_many", item=group.item, modifiers=list(group.modifiers))


def which_one(plan: Plan, group: Group) -> None:
    category = group.any_of or ""
    here = [one.name for one in plan.scene.menu.drinks if one.available and one.category == category]
    if not here:
        plan.ask(_("Gladly. What shall it be?"), kind="what")
        return
    plan.book.options = here
    pending = {"kind": "which", "quantity": group.quantity, "modifiers": list(group.modifiers)}
    plan.ask(_("Which one: %(drinks)s?") % {"drinks": join(here, "or")}, **pending)


def again(plan: Plan, act: acts.Again) -> None:
    rows = plan.lines.last_round()
    if not rows:
        plan.say(_("There's no round to repeat yet. What shall it be?"), "thinking")
    for row in rows:
        plan.draft.add(Group(item=row["item"], quantity=row["quantity"], modifiers=tuple(row["modifiers"])))


def more(plan: Plan, act: acts.More) -> None:
    if plan.draft.groups:
        last = plan.draft.groups[-1]
        plan.draft.add(replace(last, quantity=act.quantity, modifiers=act.modifiers or last.modifiers))
    elif plan.book.focus:
        kept = tuple(plan.book.focus["modifiers"])
        modifiers = act.modifiers or kept
        drink = plan.drink(plan.book.focus["item"])
        if act.but and drink:
            modifiers = plan.lines.remade(drink, kept, acts.Remake(act.modifiers))
        take(plan, Group(item=plan.book.focus["item"], quantity=act.quantity, modifiers=modifiers))
    else:
        plan.ask(_("Another of what?"), kind="what")


def between(plan: Plan, act: acts.Between) -> None:
    plan.book.options = list(act.items)
    asked = _("%(drinks)s: which one shall it be?") % {"drinks": join(list(act.items), "or")}
    plan.ask(asked, kind="which", quantity=1, modifiers=[])


def put_back(plan: Plan, act: acts.PutBack) -> None:
    back = [
        call for call in plan.book.undo if call[0] == "add_to_order" and act.item in ("", call[1]["item"])
    ]
    if back:
        for name, arguments in back:
            plan.call(name, **arguments)
    elif act.item and plan.lines.target(act.item) is None:
        take(plan, Group(item=act.item))
    else:
        plan.say(_("That's on your tab as it was."))


def choose(plan: Plan, act: acts.Choose) -> None:
    book, pending = plan.book, plan.book.pending
    if pending.get("kind") == "how_many" and act.counted:
        take(plan, Group(item=pending["item"], quantity=act.quantity, modifiers=tuple(pending["modifiers"])))
        return
    names = _chosen(act, book) if not act.by else _compared(plan, act)
    if not names:
        plan.ask(_("Which one shall it be?"), **pending) if book.options else plan.talk("lost")
        return
    asked_for = int(pending.get("quantity", 1)) if pending.get("kind") == "which" else 1
    quantity = act.quantity if act.counted or act.quantity > 1 else asked_for
    for name in names:
        made = plan.book.focus.get("modifiers", ()) if name == plan.book.focus.get("item") and act.how else ()
        take(plan, Group(item=name, quantity=quantity, modifiers=tuple(pending.get("modifiers", made))))


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
