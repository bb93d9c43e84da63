"""Ordering: drinks by name, again, one more, or that one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from django.utils.translation import gettext as _

from bartender.brains.rule_based import intents, menu_answers
from bartender.brains.rule_based.item_lists import RequestedDrink
from bartender.brains.rule_based.plan import TurnPlan
from bartender.brains.rule_based.state import ConversationState
from bartender.errors import ChoiceMissing
from bartender.facts.wording import describe_drinks, join_words, pluralize
from bartender.menu.snapshot import Drink, choose_modifiers
from maya_site.core.errors import Refusal

MAX_UNITS = 99
MAX_OFFERED_UNITS = 12
INVALID_QUANTITY_MESSAGE = "I pour whole drinks, so it has to be at least one. How many would you like?"
TOO_MANY_MESSAGE = "That's more than a tab can hold: twelve of one drink is the most I can take."


def handle_order(plan: TurnPlan, intent: intents.Order) -> None:
    if (
        len(intent.drinks) == 1
        and not intent.drinks[0].has_count
        and _answer_liquor_question(plan, intent.drinks[0])
    ):
        return
    pending = plan.state.pending if plan.state.pending.get("kind") == "which" else {}
    if (
        pending
        and len(intent.drinks) == 1
        and not intent.drinks[0].has_count
        and intent.drinks[0].item in plan.state.options
    ):
        made = (*pending["modifiers"], *intent.drinks[0].modifiers)
        add_to_draft(plan, replace(intent.drinks[0], quantity=pending["quantity"], modifiers=made))
        return
    for group in intent.drinks:
        before = (
            plan.tab_lines.find_line(group.item)
            if intent.same_as_before and group.item and not group.modifiers
            else None
        )
        add_to_draft(plan, replace(group, modifiers=before.modifiers) if before else group)


def add_to_draft(plan: TurnPlan, requested: RequestedDrink) -> None:
    """One group of an order: into the draft if it can be poured, else said why not, or asked what is missing."""
    if requested.is_half or requested.quantity < 1 or requested.quantity > MAX_UNITS:
        plan.add_sentence(
            _(TOO_MANY_MESSAGE if requested.quantity > MAX_UNITS else INVALID_QUANTITY_MESSAGE), "flustered"
        )
        return
    if requested.is_vague:
        _ask_quantity(plan, requested)
    elif requested.category is not None:
        ask_which_drink(plan, requested)
    elif drink := plan.find_drink(requested.item):
        _add_drink(
            plan,
            drink,
            replace(requested, item=drink.name, modifiers=fitting_modifiers(drink, requested.modifiers)),
        )
    elif requested.off_menu_name:
        _offer_alternatives(plan, requested.off_menu_name)


def _add_drink(plan: TurnPlan, drink: Drink, requested: RequestedDrink) -> None:
    """Into the draft; where the guest must say how, asked once, and what they say next is the answer or not."""
    try:
        choose_modifiers(drink, requested.modifiers)
    except ChoiceMissing as missing:
        if not missing.names:
            plan.draft.add(requested)  # the tool says why not
            return
        plan.state.options = missing.names
        made = {
            "item": requested.item,
            "quantity": requested.quantity,
            "modifiers": list(requested.modifiers),
        }
        plan.add_question(str(missing), kind="made", **made)
    except Refusal:
        plan.draft.add(requested)  # the tool says why not
    else:
        plan.draft.add(requested)


def _answer_liquor_question(plan: TurnPlan, requested: RequestedDrink) -> bool:
    """ "Gin, please": the liquor of what Maya has just asked about, and no drink of its own."""
    drink = plan.find_drink(str(plan.state.pending.get("item", "")))
    said = requested.item.lower()
    if plan.state.pending.get("kind") != "made" or drink is None or drink.find_modifier(said) is None:
        return False
    return answer_modifier_question(plan, (said, *requested.modifiers))


def answer_modifier_question(plan: TurnPlan, names: tuple[str, ...]) -> bool:
    """What Maya asked a turn ago how to make is made so. False where she asked nothing of the kind."""
    pending = plan.state.pending
    if pending.get("kind") != "made":
        return False
    made = (*pending["modifiers"], *names)
    add_to_draft(plan, RequestedDrink(item=pending["item"], quantity=pending["quantity"], modifiers=made))
    return True


def fitting_modifiers(drink: Drink, names: tuple[str, ...]) -> tuple[str, ...]:
    """As the menu spells them. A soft drink comes with ice anyway: that is no modifier of it."""
    known = [drink.find_modifier(name) for name in names]
    spelt = tuple(found.name if found else name for found, name in zip(known, names, strict=True))
    if drink.is_alcoholic:
        return spelt
    return tuple(
        name
        for name in spelt
        if drink.find_modifier(name) or name not in ("on the rocks", "with ice", "over ice")
    )


def _offer_alternatives(plan: TurnPlan, off_menu_name: str) -> None:
    found = menu_answers.answer_menu_question(intents.MenuQuestion("off", (), off_menu_name), plan.context)
    plan.add_sentence(found.text, "flustered")
    plan.note_not_had(off_menu_name)
    if found.options:
        plan.state.options = list(found.options)


def _ask_quantity(plan: TurnPlan, drink: RequestedDrink) -> None:
    if drink.category is not None:
        ask_which_drink(plan, drink)
        return
    name = pluralize(drink.item or _("drink"), 2)
    question = _("How many %(drinks)s shall it be?") % {"drinks": name}
    plan.add_question(question, kind="how_many", item=drink.item, modifiers=list(drink.modifiers))


def ask_which_drink(plan: TurnPlan, drink: RequestedDrink) -> None:
    category = drink.category or ""
    here = [one.name for one in menu_answers.drinks_in_category(category, plan.context.menu)]
    if not here:
        plan.add_question(_("Gladly. What shall it be?"), kind="what")
        return
    plan.state.options = here
    pending = {"kind": "which", "quantity": drink.quantity, "modifiers": list(drink.modifiers)}
    plan.add_question(_("Which one: %(drinks)s?") % {"drinks": join_words(here, "or")}, **pending)


def ask_about_doubtful_order(plan: TurnPlan) -> bool:
    """Asks for what was heard with doubt. False where nothing was, or not all of it can be ordered as it stands."""
    orders = plan.perhaps_ordered
    if not orders or any(one.is_vague or plan.find_drink(one.item) is None for one in orders):
        return False
    if sum(one.quantity for one in orders) > MAX_OFFERED_UNITS:
        return False
    quantities: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for one in orders:
        quantities[one.item, one.modifiers] += one.quantity
    drinks = join_words([describe_drinks(item, number, made) for (item, made), number in quantities.items()])
    plan.offer(
        _("%(drinks)s: shall I put that on your tab?") % {"drinks": drinks[:1].upper() + drinks[1:]}, orders
    )
    return True


def handle_repeat_round(plan: TurnPlan, intent: intents.RepeatRound) -> None:
    rows = plan.tab_lines.last_round_rows()
    if not rows:
        plan.add_sentence(_("There's no round to repeat yet. What shall it be?"), "thinking")
    for row in rows:
        plan.draft.add(
            RequestedDrink(item=row["item"], quantity=row["quantity"], modifiers=tuple(row["modifiers"]))
        )


def handle_add_more(plan: TurnPlan, intent: intents.AddMore) -> None:
    if plan.draft.drinks:
        last = plan.draft.drinks[-1]
        plan.draft.add(replace(last, quantity=intent.quantity, modifiers=intent.modifiers or last.modifiers))
    elif plan.state.focus:
        same_modifiers = tuple(plan.state.focus["modifiers"])
        modifiers = intent.modifiers or same_modifiers
        drink = plan.find_drink(plan.state.focus["item"])
        if intent.extends_modifiers and drink:
            modifiers = plan.tab_lines.modifiers_after_change(
                drink, same_modifiers, intents.ChangeModifiers(intent.modifiers)
            )
        add_to_draft(
            plan, RequestedDrink(item=plan.state.focus["item"], quantity=intent.quantity, modifiers=modifiers)
        )
    else:
        plan.add_question(_("Another of what?"), kind="what")


def handle_undecided_order(plan: TurnPlan, intent: intents.UndecidedOrder) -> None:
    plan.state.options = list(intent.items)
    question = _("%(drinks)s: which one shall it be?") % {"drinks": join_words(list(intent.items), "or")}
    plan.add_question(question, kind="which", quantity=1, modifiers=[])


def handle_restore_item(plan: TurnPlan, intent: intents.RestoreItem) -> None:
    back = [
        call for call in plan.state.undo if call[0] == "add_to_order" and intent.item in ("", call[1]["item"])
    ]
    if back:
        for name, arguments in back:
            plan.add_tool_call(name, **arguments)
    elif intent.item and plan.tab_lines.find_line(intent.item) is None:
        add_to_draft(plan, RequestedDrink(item=intent.item))
    else:
        plan.add_sentence(_("That's on your tab as it was."))


def handle_choose_option(plan: TurnPlan, intent: intents.ChooseOption) -> None:
    book, pending = plan.state, plan.state.pending
    if pending.get("kind") == "how_many" and intent.has_count:
        add_to_draft(
            plan,
            RequestedDrink(
                item=pending["item"], quantity=intent.quantity, modifiers=tuple(pending["modifiers"])
            ),
        )
        return
    if intent.description:
        names = _options_by_description(plan, intent.description)
    elif intent.superlative:
        names = _options_by_superlative(plan, intent)
    else:
        names = _options_by_position(intent, book)
    if not names:
        plan.add_question(_("Which one shall it be?"), **pending) if book.options else plan.add_small_talk(
            "lost"
        )
        return
    if pending.get("kind") == "made":
        answer_modifier_question(plan, tuple(names))
        return
    wanted = int(pending.get("quantity", 1)) if pending.get("kind") == "which" else 1
    quantity = intent.quantity if intent.has_count or intent.quantity > 1 else wanted
    for name in names:
        made = (
            plan.state.focus.get("modifiers", ())
            if name == plan.state.focus.get("item") and intent.uses_last_modifiers
            else ()
        )
        add_to_draft(
            plan,
            RequestedDrink(item=name, quantity=quantity, modifiers=tuple(pending.get("modifiers", made))),
        )


def _options_by_superlative(plan: TurnPlan, intent: intents.ChooseOption) -> list[str]:
    """ "The cheaper one": of those that were named."""
    named = max(plan.state.options, plan.state.compared, key=len)
    found = menu_answers.answer_menu_question(
        intents.MenuQuestion(intent.superlative, tuple(named)), plan.context
    )
    return list(found.options[:1]) if len(named) > 1 else []


def _options_by_description(plan: TurnPlan, word: str) -> list[str]:
    """The one of those that were named which has the word in its name or recipe."""
    named = max(plan.state.options, plan.state.compared, key=len)
    drinks = [drink for name in named if (drink := plan.find_drink(name))]
    fits = [
        drink.name
        for drink in drinks
        if word in " ".join([drink.name, *(part.name for part in drink.recipe)]).lower().split()
    ]
    return fits if len(fits) == 1 else []


def _options_by_position(intent: intents.ChooseOption, state: ConversationState) -> list[str]:
    options = state.options
    if intent.takes_both:
        return options[:3]
    if intent.ordinal:
        at = intent.ordinal - 1 if intent.ordinal > 0 else len(options) - 1
        return [options[at]] if 0 <= at < len(options) else []
    if len(options) == 1:
        return options
    if not options and state.focus:
        return [state.focus["item"]]
    return []
