"""Questions about the menu, answered from its facts alone. What is not known is said to be not known."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from bartender.brains.base import Scene
from bartender.brains.house.acts import About
from bartender.brains.house.smalltalk import chat
from bartender.conversation.facts import allergen, first_up, join
from bartender.menu.snapshot import Drink, Menu
from bartender.serving.rules import offered
from maya_site.lib.money import dollars


@dataclass(frozen=True)
class Answer:
    """What is said, which drinks it named (in that order), and whether one of them is offered."""

    text: str
    options: tuple[str, ...] = ()
    offer: bool = False


def answer(about: About, scene: Scene) -> Answer:
    drinks = [drink for name in about.items if (drink := scene.menu.find(name))]
    return _ANSWERS[about.kind](about, drinks, scene)


def _price(about: About, drinks: Sequence[Drink], scene: Scene) -> Answer:
    if not drinks:
        return _prices(about, drinks, scene)
    if len(drinks) == 1 and "double" in scene.said.lower() and (made := drinks[0].modifier("double")):
        price = dollars(drinks[0].price_cents + made.price_cents)
        told = _("A double %(drink)s is %(price)s.") % {"drink": drinks[0].name, "price": price}
        return Answer(told, _names(drinks))
    parts = [_("a %(drink)s is %(price)s") % _priced(drink) for drink in drinks]
    extra = ""
    if len(drinks) == 1 and (double := drinks[0].modifier("double")):
        extra = " " + _("A double is %(price)s more.") % {"price": dollars(double.price_cents)}
    return Answer(f"{first_up(join(parts))}.{extra}{_sold_out(drinks)}", _names(drinks))


def _priced(drink: Drink) -> dict[str, str]:
    return {"drink": drink.name, "price": dollars(drink.price_cents)}


def _prices(about: About, drinks: Sequence[Drink], scene: Scene) -> Answer:
    parts = []
    for category in scene.menu.categories:
        cents = [drink.price_cents for drink in scene.menu.drinks if drink.category == category]
        span = {"least": dollars(min(cents)), "most": dollars(max(cents))}
        said = _("%(least)s to %(most)s") % span if min(cents) < max(cents) else span["least"]
        parts.append(f"{category_name(category).lower()} {said}")
    return Answer(_("By the menu: %(prices)s.") % {"prices": join(parts)})


def _strength(about: About, drinks: Sequence[Drink], scene: Scene) -> Answer:
    return Answer(" ".join(_how_strong(drink, scene.menu) for drink in drinks), _names(drinks))


def _how_strong(drink: Drink, menu: Menu) -> str:
    if not drink.alcoholic:
        return _("There is no alcohol in the %(drink)s.") % {"drink": drink.name}
    told = {"drink": drink.name, "grams": f"{drink.grams:.0f}", "units": _units(drink, menu)}
    return _("A %(drink)s has about %(grams)s grams of alcohol, %(units)s standard drinks.") % told


def _units(drink: Drink, menu: Menu) -> str:
    return f"{(drink.grams / menu.standard_drink_grams).quantize(Decimal('0.1'))}"


_INGREDIENT = re.compile(
    r"\b(?:have|has|any|with|contain|contains) (?:any |some )?([a-z]+)(?: in (?:it|them|that))?$"
)


def _recipe(about: About, drinks: Sequence[Drink], scene: Scene) -> Answer:
    wanted = _INGREDIENT.search(scene.said.lower().rstrip("?. "))
    if wanted and drinks and (said := _contains(drinks[0], wanted.group(1))):
        return Answer(said, _names(drinks))
    parts = [
        _("The %(drink)s is %(parts)s.") % {"drink": drink.name, "parts": join(_poured(drink))}
        for drink in drinks
    ]
    return Answer(" ".join(parts), _names(drinks))


def _poured(drink: Drink) -> list[str]:
    return [pgettext("ingredient", part.name) for part in drink.recipe]


def _contains(drink: Drink, wanted: str) -> str:
    names = [part.name for part in drink.recipe]
    if wanted in ("it", "that", drink.name.lower()):
        return ""
    has = any(wanted.rstrip("s") in name for name in names)
    parts = {"parts": join(_poured(drink))}
    return _("Yes, it is %(parts)s.") % parts if has else _("No, it is %(parts)s.") % parts


def _describe(about: About, drinks: Sequence[Drink], scene: Scene) -> Answer:
    parts = [_("%(drink)s: %(about)s It is %(price)s.") % _described(drink) for drink in drinks[:3]]
    return Answer(" ".join(parts) + _sold_out(drinks), _names(drinks), offer=len(drinks) == 1)


def _described(drink: Drink) -> dict[str, str]:
    return {**_priced(drink), "about": _(drink.description) if drink.description else ""}


def _have(about: About, drinks: Sequence[Drink], scene: Scene) -> Answer:
    here = [drink for drink in drinks if drink.available]
    if not here:
        return Answer(_sold_out(drinks).strip())
    parts = [_("%(drink)s at %(price)s") % _priced(drink) for drink in here]
    ask = _("Shall I add one?") if len(here) == 1 else _("Which one would you like?")
    told = _("Yes, we have %(drinks)s.") % {"drinks": join(parts)}
    return Answer(f"{told}{_sold_out(drinks)} {ask}", _names(here), offer=len(here) == 1)


def _sold_out(drinks: Sequence[Drink]) -> str:
    gone = [drink.name for drink in drinks if not drink.available]
    told = ngettext("%(drinks)s is sold out tonight.", "%(drinks)s are sold out tonight.", len(gone))
    return " " + told % {"drinks": join(gone)} if gone else ""


_STATE = {"contains": "contains", "may_contain": "may contain", "free": "is free of", "unknown": ""}


def _allergen(about: About, drinks: Sequence[Drink], scene: Scene) -> Answer:
    if not drinks:
        return _allergen_anywhere(about, scene.menu)
    parts = [_allergens_of(drink, about.word) for drink in drinks[:3]]
    care = _("I go by the menu's facts and give no medical advice; the staff can confirm.")
    return Answer(" ".join([*parts, care]), _names(drinks))


def _allergens_of(drink: Drink, word: str) -> str:
    facts = dict(drink.allergens)
    if word:
        told = {"drink": drink.name, "allergen": allergen(word)}
        if state := _STATE[facts.get(word, "unknown")]:
            return _("The %(drink)s %(contains)s %(allergen)s.") % {**told, "contains": _(state)}
        return _("I don't know whether the %(drink)s contains %(allergen)s: nobody has confirmed it.") % told
    known = [
        f"{_(_STATE[state])} {allergen(name)}"
        for name, state in drink.allergens
        if state in ("contains", "may_contain")
    ]
    if known:
        return _("The %(drink)s %(known)s; of the others I don't know.") % {
            "drink": drink.name,
            "known": join(known),
        }
    none = _("I have no full allergen record for the %(drink)s, so I can't promise anything.")
    return none % {"drink": drink.name}


WHICH_ALLERGEN = (
    "Tell me which allergen it is and I'll say what I know of each drink; the staff can confirm the rest."
)


def _allergen_anywhere(about: About, menu: Menu) -> Answer:
    if not about.word:
        return Answer(_(WHICH_ALLERGEN))
    with_it = [drink.name for drink in menu.drinks if dict(drink.allergens).get(about.word) == "contains"]
    free = [drink.name for drink in menu.drinks if dict(drink.allergens).get(about.word) == "free"]
    has = ngettext("%(drinks)s contains %(allergen)s.", "%(drinks)s contain %(allergen)s.", len(with_it))
    told = {"drinks": join(with_it), "allergen": allergen(about.word)}
    parts = [has % told] if with_it else []
    parts += [_("Known to be free of it: %(drinks)s.") % {"drinks": join(free)}] if free else []
    parts.append(_("Of the others I don't know, so please ask the staff before you decide."))
    return Answer(" ".join(parts), tuple(free[:3]))


def _by_strength(about: About, drinks: Sequence[Drink], scene: Scene, *, most: bool) -> Answer:
    pool = [one for one in _pool(about, drinks, scene.menu) if one.alcoholic] or list(scene.menu.drinks)
    best = sorted(pool, key=lambda one: one.grams, reverse=most)[0]
    told = _("The strongest is the %(drink)s.") if most else _("The lightest is the %(drink)s.")
    price = _("It's %(price)s.") % {"price": dollars(best.price_cents)}
    return Answer(f"{told % {'drink': best.name}} {_how_strong(best, scene.menu)} {price}", (best.name,))


def _by_price(about: About, drinks: Sequence[Drink], scene: Scene, *, most: bool) -> Answer:
    pool = _pool(about, drinks, scene.menu)
    best = sorted(pool, key=lambda one: one.price_cents, reverse=most)[0]
    told = (
        _("The most expensive is the %(drink)s, at %(price)s.")
        if most
        else _("The least expensive is the %(drink)s, at %(price)s.")
    )
    return Answer(told % _priced(best), (best.name,))


def _pool(about: About, drinks: Sequence[Drink], menu: Menu) -> list[Drink]:
    named = [drink for drink in drinks if drink.available]
    kind = [drink for drink in menu.drinks if drink.available and drink.category == about.word]
    return named or kind or [drink for drink in menu.drinks if drink.available]


def _menu(about: About, drinks: Sequence[Drink], scene: Scene) -> Answer:
    if about.word:
        here = [one for one in scene.menu.drinks if one.available and one.category == about.word]
        parts = [f"{drink.name} {dollars(drink.price_cents)}" for drink in here]
        told = f"{category_name(about.word)}: {join(parts)}. {_('Which one would you like?')}"
        return Answer(told, _names(here))
    parts = []
    for category in scene.menu.categories:
        names = [one.name for one in scene.menu.drinks if one.available and one.category == category]
        if names:
            parts.append(f"{category_name(category)}: {join(names)}.")
    return Answer(" ".join(parts))


def _recommend(about: About, drinks: Sequence[Drink], scene: Scene) -> Answer:
    said = " ".join(message.text for message in scene.history[-6:] if message.who == "maya")
    mood = about.word or "classy"
    offers = offered(scene.menu.drinks, scene.allergies, eased=scene.eased)
    pool = [one for one in offers if mood in one.preferences] or (offers if len(offers) < 6 else [])
    fresh = [one for one in pool if one.name not in said] or pool
    chosen = fresh[:3] if about.word else fresh[:1]
    if not chosen:
        return _menu(About("menu"), drinks, scene)
    if len(chosen) == 1:
        one = chosen[0]
        text = _("I'd suggest a %(drink)s. %(about)s It's %(price)s. Shall I add one?") % _described(one)
        return Answer(text, (one.name,), offer=True)
    parts = [f"{one.name} {dollars(one.price_cents)}" for one in chosen]
    told = _("For that I'd suggest %(drinks)s. Which one would you like?") % {"drinks": join(parts, "or")}
    return Answer(told, _names(chosen))


def _off(about: About, drinks: Sequence[Drink], scene: Scene) -> Answer:
    near = near_to(about.word, scene.menu)
    if not near:
        told = _("We don't have %(drink)s here, I'm afraid, only what's on the menu.")
        return Answer(told % {"drink": about.word})
    told = _("We don't have %(drink)s. The nearest I have is %(drinks)s.")
    return Answer(told % {"drink": about.word, "drinks": join(near, "or")}, near, offer=len(near) == 1)


def _term(about: About, drinks: Sequence[Drink], scene: Scene) -> Answer:
    for drink in scene.menu.drinks:
        if (modifier := drink.modifier(about.word)) and modifier.meaning:
            told = {"term": first_up(modifier.name), "meaning": _(modifier.meaning)}
            return Answer(_("“%(term)s” means %(meaning)s.") % told)
    return Answer(chat("lost", scene))


def _extra(about: About, drinks: Sequence[Drink], scene: Scene) -> Answer:
    for drink in scene.menu.drinks:
        if modifier := drink.modifier(about.word):
            told = {"made": first_up(modifier.name), "price": dollars(modifier.price_cents)}
            extra = (
                _("%(made)s is %(price)s more.") if modifier.price_cents else _("%(made)s is nothing extra.")
            )
            return Answer(extra % told)
    return _prices(about, drinks, scene)


_NEAR: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        r"mojito|daiquiri|colada|mai tai|rum|cuba|hurricane|zombie|caipi|punch|painkiller|jungle|dark",
        ("Daiquiri", "Rum"),
    ),
    (r"margarita|tequila|paloma|mezcal", ("Tequila", "Daiquiri")),
    (r"gin|collins|fizz|gimlet|vesper|gibson|aviation|g and t|gt", ("Gin", "Negroni")),
    (r"spritz|aperol|campari|americano|boulevardier|vermouth|negroni", ("Negroni",)),
    (r"whisk|bourbon|jack|julep|sazerac|penicillin|godfather|rusty|toddy", ("Old Fashioned", "Whiskey")),
    (
        r"martini|tini|cosmo|mule|vodka|russian|bloody|screwdriver|cranberry|kamikaze|lemon drop",
        ("Cosmopolitan", "Vodka"),
    ),
    (
        r"wine|champagne|prosecco|cava|merlot|malbec|pinot|chardonnay|sauvignon|cabernet|rioja|shiraz|riesling|rose|bellini|mimosa|kir|sherry|port|sangria",
        ("Negroni", "Manhattan"),
    ),
    (
        r"stout|guinness|porter|pils|wheat|hefe|weiss|sour beer|saison|bud|heineken|corona|stella|peroni|carlsberg|kronen|cider|shandy|radler|seltzer|claw",
        ("Tap Beer", "Classic Brew", "IPA"),
    ),
    (r"coffee|espresso|latte|cappuc|flat white|decaf|chocolate|cocoa|tea|chai|matcha", ("Iced Tea",)),
    (
        r"coke|cola|pepsi|sprite|fanta|pepper|tonic|red bull|juice|ginger|root|milk|smoothie|kombucha|mocktail|virgin|shirley|energy|water|bubble|lassi",
        ("Soda", "Lemonade"),
    ),
    (
        r"brandy|cognac|sidecar|alexander|pisco|stinger|grappa|chartreuse|amaretto|baileys|kahlua|jager|sambuca|absinthe|limoncello|ouzo|schnapps|sake|soju",
        ("Brandy",),
    ),
)


def near_to(asked: str, menu: Menu) -> tuple[str, ...]:
    """What the house has that comes closest to a drink it does not have. Food has nothing near it."""
    for pattern, names in _NEAR:
        if re.search(pattern, asked):
            return tuple(name for name in names if (drink := menu.find(name)) and drink.available)
    return ()


def category_name(category: str) -> str:
    return pgettext("category", category)


def _names(drinks: Sequence[Drink]) -> tuple[str, ...]:
    return tuple(drink.name for drink in drinks)


_ANSWERS: dict[str, Callable[[About, Sequence[Drink], Scene], Answer]] = {
    "price": _price,
    "prices": _prices,
    "strength": _strength,
    "recipe": _recipe,
    "describe": _describe,
    "have": _have,
    "allergen": _allergen,
    "strongest": lambda about, drinks, scene: _by_strength(about, drinks, scene, most=True),
    "weakest": lambda about, drinks, scene: _by_strength(about, drinks, scene, most=False),
    "cheapest": lambda about, drinks, scene: _by_price(about, drinks, scene, most=False),
    "dearest": lambda about, drinks, scene: _by_price(about, drinks, scene, most=True),
    "menu": _menu,
    "recommend": _recommend,
    "off": _off,
    "term": _term,
    "extra": _extra,
}
