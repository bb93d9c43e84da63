"""Questions about the menu, answered from its facts alone. What is not known is said to be not known."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bartender.brains.base import Scene
from bartender.brains.house.acts import About
from bartender.brains.house.smalltalk import chat
from bartender.conversation.facts import first_up, join
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
        return Answer(
            f"A double {drinks[0].name} is {dollars(drinks[0].price_cents + made.price_cents)}.",
            _names(drinks),
        )
    parts = [f"a {drink.name} is {dollars(drink.price_cents)}" for drink in drinks]
    extra = ""
    if len(drinks) == 1 and (double := drinks[0].modifier("double")):
        extra = f" A double is {dollars(double.price_cents)} more."
    return Answer(f"{first_up(join(parts))}.{extra}{_sold_out(drinks)}", _names(drinks))


def _prices(about: About, drinks: Sequence[Drink], scene: Scene) -> Answer:
    parts = []
    for category in scene.menu.categories:
        cents = [drink.price_cents for drink in scene.menu.drinks if drink.category == category]
        span = (
            dollars(min(cents))
            if min(cents) == max(cents)
            else f"{dollars(min(cents))} to {dollars(max(cents))}"
        )
        parts.append(f"{category.lower()} {span}")
    return Answer(f"By the menu: {join(parts)}.")


def _strength(about: About, drinks: Sequence[Drink], scene: Scene) -> Answer:
    return Answer(" ".join(_how_strong(drink, scene.menu) for drink in drinks), _names(drinks))


def _how_strong(drink: Drink, menu: Menu) -> str:
    if not drink.alcoholic:
        return f"There is no alcohol in {_the(drink)}."
    units = _units(drink, menu)
    return f"A {drink.name} has about {drink.grams:.0f} grams of alcohol, {units} standard drinks."


def _units(drink: Drink, menu: Menu) -> str:
    return f"{(drink.grams / menu.standard_drink_grams).quantize(Decimal('0.1'))}"


_INGREDIENT = re.compile(
    r"\b(?:have|has|any|with|contain|contains) (?:any |some )?([a-z]+)(?: in (?:it|them|that))?$"
)


def _recipe(about: About, drinks: Sequence[Drink], scene: Scene) -> Answer:
    wanted = _INGREDIENT.search(scene.said.lower().rstrip("?. "))
    if wanted and drinks and (said := _contains(drinks[0], wanted.group(1))):
        return Answer(said, _names(drinks))
    parts = [f"{first_up(_the(drink))} is {join([part.name for part in drink.recipe])}." for drink in drinks]
    return Answer(" ".join(parts), _names(drinks))


def _contains(drink: Drink, wanted: str) -> str:
    names = [part.name for part in drink.recipe]
    if wanted in ("it", "that", drink.name.lower()):
        return ""
    has = any(wanted.rstrip("s") in name for name in names)
    recipe = f"it is {join(names)}"
    return f"{'Yes' if has else 'No'}, {recipe}."


def _describe(about: About, drinks: Sequence[Drink], scene: Scene) -> Answer:
    parts = [f"{drink.name}: {drink.description} It is {dollars(drink.price_cents)}." for drink in drinks[:3]]
    return Answer(" ".join(parts) + _sold_out(drinks), _names(drinks), offer=len(drinks) == 1)


def _have(about: About, drinks: Sequence[Drink], scene: Scene) -> Answer:
    here = [drink for drink in drinks if drink.available]
    if not here:
        return Answer(_sold_out(drinks).strip())
    parts = [f"{drink.name} at {dollars(drink.price_cents)}" for drink in here]
    ask = " Shall I add one?" if len(here) == 1 else " Which one would you like?"
    return Answer(f"Yes, we have {join(parts)}.{_sold_out(drinks)}{ask}", _names(here), offer=len(here) == 1)


def _sold_out(drinks: Sequence[Drink]) -> str:
    gone = [drink.name for drink in drinks if not drink.available]
    return f" {join(gone)} {'is' if len(gone) == 1 else 'are'} sold out tonight." if gone else ""


_STATE = {"contains": "contains", "may_contain": "may contain", "free": "is free of", "unknown": ""}


def _allergen(about: About, drinks: Sequence[Drink], scene: Scene) -> Answer:
    if not drinks:
        return _allergen_anywhere(about, scene.menu)
    parts = [_allergens_of(drink, about.word) for drink in drinks[:3]]
    text = f"{' '.join(parts)} I go by the menu's facts and give no medical advice; the staff can confirm."
    return Answer(text, _names(drinks))


def _allergens_of(drink: Drink, word: str) -> str:
    facts = dict(drink.allergens)
    if word:
        state = _STATE[facts.get(word, "unknown")]
        if not state:
            return f"I don't know whether {_the(drink)} contains {word}: nobody has confirmed it."
        return f"{first_up(_the(drink))} {state} {word}."
    known = [
        f"{_STATE[state]} {name}" for name, state in drink.allergens if state in ("contains", "may_contain")
    ]
    if known:
        return f"{first_up(_the(drink))} {join(known)}; of the others I don't know."
    return f"I have no full allergen record for {_the(drink)}, so I can't promise anything."


def _allergen_anywhere(about: About, menu: Menu) -> Answer:
    if not about.word:
        text = "Tell me which allergen it is and I'll say what I know of each drink; the staff can confirm the rest."
        return Answer(text)
    with_it = [drink.name for drink in menu.drinks if dict(drink.allergens).get(about.word) == "contains"]
    free = [drink.name for drink in menu.drinks if dict(drink.allergens).get(about.word) == "free"]
    parts = (
        [f"{join(with_it)} {'contains' if len(with_it) == 1 else 'contain'} {about.word}."] if with_it else []
    )
    parts += [f"Known to be free of it: {join(free)}."] if free else []
    text = " ".join(parts) + " Of the others I don't know, so please ask the staff before you decide."
    return Answer(text.strip(), tuple(free[:3]))


def _by_strength(about: About, drinks: Sequence[Drink], scene: Scene, *, most: bool) -> Answer:
    pool = [one for one in _pool(about, drinks, scene.menu) if one.alcoholic] or list(scene.menu.drinks)
    best = sorted(pool, key=lambda one: one.grams, reverse=most)[0]
    word = "strongest" if most else "lightest"
    return Answer(
        f"The {word} is the {best.name}. {_how_strong(best, scene.menu)} It's {dollars(best.price_cents)}.",
        (best.name,),
    )


def _by_price(about: About, drinks: Sequence[Drink], scene: Scene, *, most: bool) -> Answer:
    pool = _pool(about, drinks, scene.menu)
    best = sorted(pool, key=lambda one: one.price_cents, reverse=most)[0]
    word = "most expensive" if most else "least expensive"
    return Answer(f"The {word} is the {best.name}, at {dollars(best.price_cents)}.", (best.name,))


def _pool(about: About, drinks: Sequence[Drink], menu: Menu) -> list[Drink]:
    named = [drink for drink in drinks if drink.available]
    kind = [drink for drink in menu.drinks if drink.available and drink.category == about.word]
    return named or kind or [drink for drink in menu.drinks if drink.available]


def _menu(about: About, drinks: Sequence[Drink], scene: Scene) -> Answer:
    if about.word:
        here = [one for one in scene.menu.drinks if one.available and one.category == about.word]
        parts = [f"{drink.name} {dollars(drink.price_cents)}" for drink in here]
        return Answer(f"{about.word}: {join(parts)}. Which one would you like?", _names(here))
    parts = []
    for category in scene.menu.categories:
        names = [one.name for one in scene.menu.drinks if one.available and one.category == category]
        if names:
            parts.append(f"{category}: {join(names)}.")
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
        text = (
            f"I'd suggest a {one.name}. {one.description} It's {dollars(one.price_cents)}. Shall I add one?"
        )
        return Answer(text, (one.name,), offer=True)
    parts = [f"{one.name} {dollars(one.price_cents)}" for one in chosen]
    return Answer(f"For that I'd suggest {join(parts, 'or')}. Which one would you like?", _names(chosen))


def _off(about: About, drinks: Sequence[Drink], scene: Scene) -> Answer:
    near = near_to(about.word, scene.menu)
    if not near:
        return Answer(f"We don't have {about.word} here, I'm afraid, only what's on the menu.")
    return Answer(
        f"We don't have {about.word}. The nearest I have is {join(near, 'or')}.", near, offer=len(near) == 1
    )


def _term(about: About, drinks: Sequence[Drink], scene: Scene) -> Answer:
    for drink in scene.menu.drinks:
        if (modifier := drink.modifier(about.word)) and modifier.meaning:
            return Answer(f"“{first_up(modifier.name)}” means {modifier.meaning}.")
    return Answer(chat("lost", scene))


def _extra(about: About, drinks: Sequence[Drink], scene: Scene) -> Answer:
    for drink in scene.menu.drinks:
        if modifier := drink.modifier(about.word):
            price = f"{dollars(modifier.price_cents)} more" if modifier.price_cents else "nothing extra"
            return Answer(f"{first_up(modifier.name)} is {price}.")
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


def _the(drink: Drink) -> str:
    return f"the {drink.name}"


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
