"""What the bar offers to a guest who asks for something that it does not have."""

from __future__ import annotations

import re

from bartender.menu.snapshot import Menu

_ALTERNATIVES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"virgin|mocktail|shirley|alcohol free|non alcoholic", ("Lemonade", "Soda", "Iced Tea")),
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


def find_alternatives(off_menu_name: str, menu: Menu) -> tuple[str, ...]:
    """What the bar has that comes closest to a drink it does not have. Food has nothing near it."""
    for pattern, names in _ALTERNATIVES:
        if re.search(pattern, off_menu_name):
            return tuple(name for name in names if (drink := menu.find_drink(name)) and drink.available)
    return ()
