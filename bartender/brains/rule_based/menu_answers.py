"""Questions about the menu, answered from its facts alone. What is not known is said to be not known."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from bartender.brains.base import TurnContext
from bartender.brains.rule_based.allergen_answers import allergen_across_menu, allergen_sentence
from bartender.brains.rule_based.alternatives import find_alternatives
from bartender.brains.rule_based.guest_fact_answers import answer_guest_fact
from bartender.brains.rule_based.intents import MenuQuestion
from bartender.brains.rule_based.price_rule_answers import KIND as REDUCED
from bartender.brains.rule_based.price_rule_answers import answer_price_rules, describe_reductions
from bartender.brains.rule_based.questions import ALCOHOLIC
from bartender.brains.rule_based.small_talk import small_talk_line
from bartender.brains.rule_based.tokenizer import plural_forms
from bartender.facts.wording import capitalize_first, join_words
from bartender.menu.snapshot import Drink, Menu
from bartender.safety.serving_rules import recommendable_drinks
from maya_site.core.indefinite_article import with_article
from maya_site.core.money import format_money


@dataclass(frozen=True)
class MenuAnswer:
    """What is said, which drinks it named (in that order), and whether one of them is offered."""

    text: str
    options: tuple[str, ...] = ()
    is_offer: bool = False


def answer_menu_question(question: MenuQuestion, context: TurnContext) -> MenuAnswer:
    drinks = [drink for name in question.items if (drink := context.menu.find_drink(name))]
    return _ANSWERERS[question.kind](question, drinks, context)


def _answer_price(question: MenuQuestion, drinks: Sequence[Drink], context: TurnContext) -> MenuAnswer:
    if not drinks:
        return _answer_price_ranges(question, drinks, context)
    if (
        len(drinks) == 1
        and "double" in context.guest_text.lower()
        and (made := drinks[0].find_modifier("double"))
    ):
        price = format_money(drinks[0].price_cents + made.price_cents)
        text = _("A double %(drink)s is %(price)s.") % {"drink": drinks[0].name, "price": price}
        return MenuAnswer(text, _drink_names(drinks))
    parts = [_("%(a_drink)s is %(price)s") % _price_fields(drink) for drink in drinks]
    extra = ""
    if len(drinks) == 1 and (double := drinks[0].find_modifier("double")):
        extra = " " + _("A double is %(price)s more.") % {"price": format_money(double.price_cents)}
    text = f"{capitalize_first(join_words(parts))}.{describe_reductions(drinks)}"
    return MenuAnswer(f"{text}{extra}{_sold_out_sentence(drinks)}", _drink_names(drinks))


def _answer_reduced(question: MenuQuestion, drinks: Sequence[Drink], context: TurnContext) -> MenuAnswer:
    text = answer_price_rules(context.menu, drinks, question.keyword)
    return MenuAnswer(text, _drink_names([one for one in drinks or context.menu.drinks if one.reduction]))


def _price_fields(drink: Drink) -> dict[str, str]:
    return {
        "drink": drink.name,
        "a_drink": with_article(drink.name),
        "price": format_money(drink.price_cents),
    }


def _answer_price_ranges(question: MenuQuestion, drinks: Sequence[Drink], context: TurnContext) -> MenuAnswer:
    parts = []
    for category in context.menu.categories:
        cents = [drink.price_cents for drink in context.menu.drinks if drink.category == category]
        span = {"least": format_money(min(cents)), "most": format_money(max(cents))}
        said = _("%(least)s to %(most)s") % span if min(cents) < max(cents) else span["least"]
        parts.append(f"{category_name(category).lower()} {said}")
    return MenuAnswer(_("By the menu: %(prices)s.") % {"prices": join_words(parts)})


def _answer_strength(question: MenuQuestion, drinks: Sequence[Drink], context: TurnContext) -> MenuAnswer:
    free = _ALCOHOL_FREE.search(context.guest_text.lower()) is not None
    parts = [
        f"{_alcohol_free_prefix(drink) if free else ''}{_strength_sentence(drink, context.menu)}"
        for drink in drinks
    ]
    return MenuAnswer(" ".join(parts), _drink_names(drinks))


_ALCOHOL_FREE = re.compile(r"\b(?:free|without|non|no|zero|nonalcoholic)\b|0[.,]0")


def _alcohol_free_prefix(drink: Drink) -> str:
    if drink.ethanol_grams is None:
        return ""
    return _("No.") + " " if drink.is_alcoholic else _("Yes.") + " "


def _strength_sentence(drink: Drink, menu: Menu) -> str:
    if drink.ethanol_grams is None:
        unknown = _("I don't know how strong the %(drink)s is; anyone behind the bar can tell you.")
        return unknown % {"drink": drink.name}
    if not drink.is_alcoholic:
        return _("There is no alcohol in the %(drink)s.") % {"drink": drink.name}
    values = {
        "drink": capitalize_first(with_article(drink.name)),
        "grams": f"{drink.ethanol_grams:.0f}",
        "units": _standard_drinks(drink.ethanol_grams, menu),
    }
    return _("%(drink)s has about %(grams)s grams of alcohol, %(units)s standard drinks.") % values


def _standard_drinks(grams: Decimal, menu: Menu) -> str:
    return f"{(grams / menu.standard_drink_grams).quantize(Decimal('0.1'))}"


def _answer_attribute(question: MenuQuestion, drinks: Sequence[Drink], context: TurnContext) -> MenuAnswer:
    """Asked of something that no fact speaks of: neither yes nor no, and never the answer to another question."""
    if not drinks:
        return MenuAnswer(
            _("I don't know that of our drinks: it isn't written down here. The staff can confirm it.")
        )
    if known := answer_guest_fact(drinks, context.guest_text):
        return MenuAnswer(known, _drink_names(drinks))
    text = _("I don't know that of the %(drinks)s: it isn't written down here. The staff can confirm it.")
    return MenuAnswer(text % {"drinks": join_words(list(_drink_names(drinks)), "or")}, _drink_names(drinks))


def _answer_without_alcohol(
    question: MenuQuestion, drinks: Sequence[Drink], context: TurnContext
) -> MenuAnswer:
    """By what is known to be in the glass, whatever shelf it stands on."""
    offers = recommendable_drinks(context.menu.drinks, context.allergies, exclude_alcohol=True)
    of_kind = [one for one in offers if question.keyword in ("", one.category)]
    strong = [_strength_sentence(one, context.menu) for one in drinks if one.is_alcoholic]
    if question.keyword and not of_kind:
        none = _("None of our %(kind)s comes without alcohol.")
        strong.append(none % {"kind": category_name(question.keyword).lower()})
    here = of_kind or offers
    text = _("Without alcohol I have %(drinks)s. Which one would you like?")
    listed = [f"{one.name} {format_money(one.price_cents)}" for one in here]
    return MenuAnswer(
        " ".join([*strong, text % {"drinks": join_words(listed, "or")}] if here else strong),
        _drink_names(here),
    )


_INGREDIENT_QUESTION = re.compile(
    r"\b(?:have|has|got|any|with|contain|contains) (?:any |some |an? )?([a-z]+)(?: in (?:it|them|that))?$"
)


def _answer_recipe(question: MenuQuestion, drinks: Sequence[Drink], context: TurnContext) -> MenuAnswer:
    wanted = _INGREDIENT_QUESTION.search(context.guest_text.lower().rstrip("?. "))
    fact = answer_guest_fact(drinks, context.guest_text)
    if fact and not (wanted and drinks and _recipe_names(drinks[0], wanted.group(1))):
        return MenuAnswer(fact, _drink_names(drinks))
    if wanted and drinks and (said := _answer_contains(drinks[0], wanted.group(1))):
        return MenuAnswer(said, _drink_names(drinks))
    parts = [
        _("The %(drink)s is %(parts)s.")
        % {"drink": drink.name, "parts": join_words(_ingredient_names(drink))}
        for drink in drinks
    ]
    return MenuAnswer(" ".join(parts), _drink_names(drinks))


def _ingredient_names(drink: Drink) -> list[str]:
    return [pgettext("ingredient", part.name) for part in drink.recipe]


def _answer_contains(drink: Drink, wanted: str) -> str:
    if wanted in ("it", "that", drink.name.lower()):
        return ""
    has = _recipe_names(drink, wanted)
    values = {"parts": join_words(_ingredient_names(drink)), "wanted": wanted}
    if has:
        return _("Yes, it is %(parts)s.") % values
    # What a recipe does not name may be in what it names: caffeine in tea, sugar in juice.
    return _("Its recipe says %(parts)s. Of %(wanted)s it says nothing; the staff can confirm.") % values


def _recipe_names(drink: Drink, wanted: str) -> bool:
    words = [word for part in drink.recipe for word in part.name.split()]
    return any(wanted in (word, *plural_forms(word)) for word in words)


def _answer_description(question: MenuQuestion, drinks: Sequence[Drink], context: TurnContext) -> MenuAnswer:
    parts = [_("%(drink)s: %(about)s It is %(price)s.") % _description_fields(drink) for drink in drinks[:3]]
    if fact := answer_guest_fact(drinks[:3], context.guest_text):  # “is it bitter?”
        parts.insert(0, fact)
    return MenuAnswer(
        " ".join(parts) + _sold_out_sentence(drinks), _drink_names(drinks), is_offer=len(drinks) == 1
    )


def _description_fields(drink: Drink) -> dict[str, str]:
    return {**_price_fields(drink), "about": _(drink.description) if drink.description else ""}


def _answer_availability(question: MenuQuestion, drinks: Sequence[Drink], context: TurnContext) -> MenuAnswer:
    here = [drink for drink in drinks if drink.available]
    if not here:
        return MenuAnswer(_sold_out_sentence(drinks).strip())
    parts = [_("%(drink)s at %(price)s") % _price_fields(drink) for drink in here]
    ask = _("Shall I add one?") if len(here) == 1 else _("Which one would you like?")
    text = _("Yes, we have %(drinks)s.") % {"drinks": join_words(parts)}
    return MenuAnswer(
        f"{text}{_sold_out_sentence(drinks)} {ask}", _drink_names(here), is_offer=len(here) == 1
    )


def _sold_out_sentence(drinks: Sequence[Drink]) -> str:
    gone = [drink.name for drink in drinks if not drink.available]
    text = ngettext("The %(drinks)s is sold out tonight.", "%(drinks)s are sold out tonight.", len(gone))
    return " " + text % {"drinks": join_words(gone)} if gone else ""


def _answer_allergen(question: MenuQuestion, drinks: Sequence[Drink], context: TurnContext) -> MenuAnswer:
    if not drinks:
        return MenuAnswer(*allergen_across_menu(question.keyword, context.menu))
    parts = [allergen_sentence(drink, question.keyword) for drink in drinks[:3]]
    care = _("I go by the menu's facts and give no medical advice; the staff can confirm.")
    return MenuAnswer(" ".join([*parts, care]), _drink_names(drinks))


def _answer_by_strength(
    question: MenuQuestion, drinks: Sequence[Drink], context: TurnContext, *, highest_first: bool
) -> MenuAnswer:
    known = [one for one in _candidate_drinks(question, drinks, context.menu) if one.ethanol_grams] or [
        one for one in context.menu.drinks if one.ethanol_grams is not None
    ]
    if not known:
        return _answer_menu(question, drinks, context)
    best = sorted(known, key=lambda one: one.ethanol_grams or Decimal(0), reverse=highest_first)[0]
    text = _("The strongest is the %(drink)s.") if highest_first else _("The lightest is the %(drink)s.")
    price = _("It's %(price)s.") % {"price": format_money(best.price_cents)}
    return MenuAnswer(
        f"{text % {'drink': best.name}} {_strength_sentence(best, context.menu)} {price}", (best.name,)
    )


def _answer_by_price(
    question: MenuQuestion, drinks: Sequence[Drink], context: TurnContext, *, highest_first: bool
) -> MenuAnswer:
    pool = _candidate_drinks(question, drinks, context.menu)
    best = sorted(pool, key=lambda one: one.price_cents, reverse=highest_first)[0]
    text = (
        _("The most expensive is the %(drink)s, at %(price)s.")
        if highest_first
        else _("The least expensive is the %(drink)s, at %(price)s.")
    )
    return MenuAnswer(text % _price_fields(best), (best.name,))


def _candidate_drinks(question: MenuQuestion, drinks: Sequence[Drink], menu: Menu) -> list[Drink]:
    named = [drink for drink in drinks if drink.available]
    if question.keyword == ALCOHOLIC:
        named = [drink for drink in named or menu.drinks if drink.available and drink.is_alcoholic]
    kind = drinks_in_category(question.keyword, menu)
    return named or kind or [drink for drink in menu.drinks if drink.available]


def _answer_menu(question: MenuQuestion, drinks: Sequence[Drink], context: TurnContext) -> MenuAnswer:
    if question.keyword:
        here = drinks_in_category(question.keyword, context.menu)
        parts = [f"{drink.name} {format_money(drink.price_cents)}" for drink in here]
        text = f"{category_name(question.keyword)}: {join_words(parts)}. {_('Which one would you like?')}"
        return MenuAnswer(text, _drink_names(here))
    parts = []
    for category in context.menu.categories:
        names = [one.name for one in context.menu.drinks if one.available and one.category == category]
        if names:
            parts.append(f"{category_name(category)}: {join_words(names)}.")
    return MenuAnswer(" ".join(parts))


def _answer_recommendation(
    question: MenuQuestion, drinks: Sequence[Drink], context: TurnContext
) -> MenuAnswer:
    said = " ".join(message.text for message in context.history[-6:] if message.role == "maya")
    mood = question.keyword or "classy"
    free = mood == "sobering"  # what is in the glass decides, and not how somebody tagged it
    offers = recommendable_drinks(
        context.menu.drinks, context.allergies, exclude_alcohol=free or context.is_slowdown_active
    )
    if question.kind == "recommend_other":
        pool = [one for one in offers if one.preferences and mood not in one.preferences]
    else:
        pool = [one for one in offers if free or mood in one.preferences]
    pool = pool or (offers if len(offers) < 6 else [])
    fresh = [one for one in pool if one.name not in said] or pool
    chosen = fresh[:3] if question.keyword else fresh[:1]
    if not chosen:
        return _answer_menu(MenuQuestion("menu"), drinks, context)
    if len(chosen) == 1:
        one = chosen[0]
        text = _("I'd suggest %(a_drink)s. %(about)s It's %(price)s. Shall I add one?") % _description_fields(
            one
        )
        return MenuAnswer(text, (one.name,), is_offer=True)
    parts = [f"{one.name} {format_money(one.price_cents)}" for one in chosen]
    sentence = _("For that I'd suggest %(drinks)s. Which one would you like?") % {
        "drinks": join_words(parts, "or")
    }
    return MenuAnswer(sentence, _drink_names(chosen))


def _answer_recommendation_without(
    question: MenuQuestion, drinks: Sequence[Drink], context: TurnContext
) -> MenuAnswer:
    """Of a kind, or of the mixed drinks, what has none of these in it."""
    offers = recommendable_drinks(
        context.menu.drinks, context.allergies, exclude_alcohol=context.is_slowdown_active
    )
    words = [drink.name.lower() for drink in drinks]
    pool = [
        one
        for one in offers
        if (question.keyword == one.category if question.keyword else len(one.recipe) > 1)
        and one not in drinks
        and not any(_recipe_names(one, word) for word in words)
    ]
    chosen = pool[:3]
    if not chosen:
        return MenuAnswer(_("Without that I have nothing of the kind. Shall I name you something else?"))
    parts = [f"{one.name} {format_money(one.price_cents)}" for one in chosen]
    text = _("Without %(unwanted)s I'd suggest %(drinks)s. Which one would you like?")
    unwanted = join_words([pgettext("ingredient", word) for word in words], "or")
    return MenuAnswer(text % {"unwanted": unwanted, "drinks": join_words(parts, "or")}, _drink_names(chosen))


def _answer_off_menu(question: MenuQuestion, drinks: Sequence[Drink], context: TurnContext) -> MenuAnswer:
    may = {
        one.name
        for one in recommendable_drinks(
            context.menu.drinks, context.allergies, exclude_alcohol=context.is_slowdown_active
        )
    }
    near = tuple(name for name in find_alternatives(question.keyword, context.menu) if name in may)
    if not near:
        text = _("We don't have %(drink)s here, I'm afraid, only what's on the menu.")
        return MenuAnswer(text % {"drink": _off_menu_name(question.keyword)})
    text = _("We don't have %(drink)s. The nearest I have is %(drinks)s.")
    return MenuAnswer(
        text
        % {
            "drink": _off_menu_name(question.keyword),
            "drinks": join_words([with_article(name) for name in near], "or"),
        },
        near,
        is_offer=len(near) == 1,
    )


_UNCOUNTED = re.compile(
    r"(?:wine|champagne|prosecco|cava|sangria|coffee|tea|milk|juice|water|coke|cola|pepsi|sprite|fanta|tonic|food|cider|"
    r"sake|soju|absinthe|cognac|tequila|mezcal|kombucha|chocolate|cocoa|energy|s)$"
)


def _off_menu_name(name: str) -> str:
    """ "a mojito", and "wine" as it is."""
    return name if _UNCOUNTED.search(name) else with_article(name)


def _answer_term(question: MenuQuestion, drinks: Sequence[Drink], context: TurnContext) -> MenuAnswer:
    for drink in context.menu.drinks:
        if (modifier := drink.find_modifier(question.keyword)) and modifier.meaning:
            values = {"term": capitalize_first(modifier.name), "meaning": _(modifier.meaning)}
            return MenuAnswer(_("“%(term)s” means %(meaning)s.") % values)
    return MenuAnswer(small_talk_line("lost", context))


def _answer_modifier_price(
    question: MenuQuestion, drinks: Sequence[Drink], context: TurnContext
) -> MenuAnswer:
    for drink in context.menu.drinks:
        if modifier := drink.find_modifier(question.keyword):
            values = {"made": capitalize_first(modifier.name), "price": format_money(modifier.price_cents)}
            extra = (
                _("%(made)s is %(price)s more.") if modifier.price_cents else _("%(made)s is nothing extra.")
            )
            return MenuAnswer(extra % values)
    return _answer_price_ranges(question, drinks, context)


NON_ALCOHOLIC_CATEGORY = "Non-alcoholic"  # the kind that guests mean by a soft drink


def drinks_in_category(category: str, menu: Menu) -> list[Drink]:
    """What is to be had of a kind. One that is said to be without alcohol holds only what is known to be."""
    here = [one for one in menu.drinks if one.available and one.category == category]
    return [one for one in here if category != NON_ALCOHOLIC_CATEGORY or not one.is_alcoholic]


def category_name(category: str) -> str:
    return pgettext("category", category)


def _drink_names(drinks: Sequence[Drink]) -> tuple[str, ...]:
    return tuple(drink.name for drink in drinks)


_ANSWERERS: dict[str, Callable[[MenuQuestion, Sequence[Drink], TurnContext], MenuAnswer]] = {
    "price": _answer_price,
    "prices": _answer_price_ranges,
    REDUCED: _answer_reduced,
    "strength": _answer_strength,
    "recipe": _answer_recipe,
    "attribute": _answer_attribute,
    "without": _answer_without_alcohol,
    "describe": _answer_description,
    "have": _answer_availability,
    "allergen": _answer_allergen,
    "strongest": lambda about, drinks, scene: _answer_by_strength(about, drinks, scene, highest_first=True),
    "weakest": lambda about, drinks, scene: _answer_by_strength(about, drinks, scene, highest_first=False),
    "cheapest": lambda about, drinks, scene: _answer_by_price(about, drinks, scene, highest_first=False),
    "dearest": lambda about, drinks, scene: _answer_by_price(about, drinks, scene, highest_first=True),
    "menu": _answer_menu,
    "recommend": _answer_recommendation,
    "recommend_other": _answer_recommendation,
    "recommend_without": _answer_recommendation_without,
    "off": _answer_off_menu,
    "term": _answer_term,
    "extra": _answer_modifier_price,
}
