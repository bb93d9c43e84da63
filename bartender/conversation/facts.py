"""What really happened, in words. Everything Maya says about actions and money can be said from here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from bartender.services.bills import BillLine
from maya_site.lib.money import dollars, percent
from maya_site.lib.numbers import SMALL

Facts = Mapping[str, Any]

SAID_AS_WORDS = 12


def number(quantity: int, item: str = "") -> str:
    """The catalogue of a language with genders says which drinks are feminine."""
    if not 0 < quantity <= SAID_AS_WORDS:
        return str(quantity)
    feminine = pgettext("grammatical gender", item) == "feminine" if item else False
    return pgettext("feminine", SMALL[quantity]) if feminine else pgettext("masculine", SMALL[quantity])


def plural(name: str, quantity: int) -> str:
    """Names take their plural in English alone; elsewhere they stand as the menu writes them."""
    if quantity == 1 or name in ("Soda Water", "Water") or get_language() not in (None, "en"):
        return name
    if name.endswith("y") and name[-2] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}s"


def drinks(item: str, quantity: int, modifiers: Sequence[str] = ()) -> str:
    """ "two Martinis (dry, on the rocks)" """
    made = f" ({', '.join(pgettext('made', name) for name in modifiers)})" if modifiers else ""
    return f"{number(quantity, item)} {plural(item, quantity)}{made}"


def join(parts: Sequence[str], word: str = "and") -> str:
    *most, last = parts or [""]
    return f"{', '.join(most)} {pgettext('between the last two', word)} {last}" if most else last


def line(facts: Facts) -> str:
    return drinks(facts["item"], facts["quantity"], facts["modifiers"])


WATER = "And some water beside it, if you like: just say so."


def _added(facts: Facts) -> str:
    water = f" {_(WATER)}" if facts.get("ease") else ""
    return f"{first_up(line(facts))}, {dollars(facts['cents'])}.{water}"


def first_up(text: str) -> str:
    return text[:1].upper() + text[1:]


def _changed(facts: Facts) -> str:
    price = dollars(facts["quantity"] * facts["unit_cents"])
    return _("Now it's %(what)s, %(price)s.") % {"what": line(facts), "price": price}


def _removed(facts: Facts) -> str:
    return _("I took %(what)s off your tab.") % {"what": line(facts)}


def _cleared(facts: Facts) -> str:
    if facts.get("left"):
        return _("I took off everything the bar has not begun.")
    return _("Your tab is clear again.")


def _order(facts: Facts) -> str:
    rows = [line(row) for row in facts["lines"]]
    return _("You have %(what)s.") % {"what": join(rows)} if rows else _("There is nothing on your tab yet.")


def on_the_tab(lines: Sequence[BillLine]) -> str:
    rows = [{"item": one.item, "quantity": one.quantity, "modifiers": one.modifiers} for one in lines]
    return _order({"lines": rows})


def _sent(facts: Facts) -> str:
    what = first_up(join([line(row) for row in facts["lines"]]))
    told = (
        _("%(what)s: that goes to the bar in a moment.")
        if facts.get("held")
        else _("%(what)s: that's with the bar now.")
    )
    return told % {"what": what}


def tip_words(facts: Facts) -> str:
    if not facts["tip_cents"] and not facts["tip_bp"]:
        return _("no tip")
    amount = dollars(facts["tip_cents"])
    if facts["tip_bp"]:
        return _("%(share)s tip, %(amount)s") % {"share": percent(facts["tip_bp"]), "amount": amount}
    return _("a tip of %(amount)s") % {"amount": amount}


def _bill(facts: Facts) -> str:
    if not facts["total_cents"]:
        return _("There is nothing on your tab yet.")
    if facts["status"] == "paid":
        return _("That tab is settled: %(amount)s paid.") % {"amount": dollars(facts["paid_cents"])}
    tax = _(", with %(amount)s tax") % {"amount": dollars(facts["tax_cents"])} if facts["tax_cents"] else ""
    told = {"amount": dollars(facts["total_cents"]), "tax": tax, "tip": _with_tip(facts)}
    return _("Your tab comes to %(amount)s%(tax)s%(tip)s.") % told


def _with_tip(facts: Facts) -> str:
    return _(", %(tip)s included") % {"tip": tip_words(facts)} if facts["tip_cents"] else ""


def _balance(facts: Facts) -> str:
    if facts["balance_cents"] is None:
        return _("You pay with real money here, so there is no balance to run down.")
    return _("You have %(amount)s of your play money left.") % {"amount": dollars(facts["balance_cents"])}


def _tip_set(facts: Facts) -> str:
    total = dollars(facts["total_cents"])
    if not facts["tip_cents"] and not facts["tip_bp"]:
        return _("No tip, then. Your tab stands at %(amount)s.") % {"amount": total}
    return _("Thank you: %(tip)s. That makes %(amount)s.") % {"tip": tip_words(facts), "amount": total}


def _tip(facts: Facts) -> str:
    return _("Right now there's %(tip)s on the tab.") % {"tip": tip_words(facts)}


def _proposed(facts: Facts) -> str:
    told = {"amount": dollars(facts["due_cents"]), "tip": _with_tip(facts)}
    return _("That's %(amount)s%(tip)s. Shall I make you the link to pay it?") % told


def _nothing_due(facts: Facts) -> str:
    return _("There is nothing to pay: it is all on the house, and your tab is closed.")


def _link(facts: Facts) -> str:
    till = _("It's the simulated till: no real money moves.") if facts.get("simulated") else ""
    here = _("Here is your link to pay %(amount)s.") % {"amount": dollars(facts["due_cents"])}
    return f"{here} {till}".rstrip()


def _reopened(facts: Facts) -> str:
    return _("Of course, your tab is open again. Take your time.")


# These tables hold English; whoever says from them translates.
PAYMENT_WORDS = {
    "none": "You haven't asked for the bill yet.",
    "created": "The bill is on its way to you: say yes to the amount and I'll make the link.",
    "link_open": "It isn't paid yet: the link is waiting for you.",
    "succeeded": "It's paid. Thank you.",
    "failed": "That payment did not go through, so the tab is open again.",
    "expired": "That link has run out, so the tab is open again. Ask for the bill and I'll make another.",
    "cancelled": "That bill was taken back; the tab is open.",
}


def _payment(facts: Facts) -> str:
    return _(PAYMENT_WORDS[facts["payment"]])


def _menu(facts: Facts) -> str:
    rows = [f"{row['item']} {dollars(row['unit_cents'])}" for row in facts["items"] if row["available"]]
    return f"{join(rows)}." if rows else _("There is nothing of that tonight.")


def _recommended(facts: Facts) -> str:
    return _("I'd suggest %(what)s") % {"what": _menu(facts)}


def _recalled(facts: Facts) -> str:
    surely = [row["text"] for row in facts["passages"] if row["sure"]]
    return surely[0] if surely else _("I have no note on that.")


def _remembered(facts: Facts) -> str:
    return _("I'll remember your usual.")


def _forgotten(facts: Facts) -> str:
    return _("I keep nothing of your usual.")


def _allergies(facts: Facts) -> str:
    told = [
        _("I have noted %(names)s: whatever has it, or may have it, I leave to a person.")
        % {"names": join([allergen(name) for name in facts["names"]])}
    ]
    if facts["doubtful"]:
        what = {"what": join(facts["doubtful"])}
        told.append(_("%(what)s won't go to the bar before somebody there has said yes.") % what)
    return " ".join([*told, _("You can take that back on the page.")])


def allergen(name: str) -> str:
    return pgettext("allergen", name)


AGE_WORDS = {
    "declared": "Thank you for telling me. What may I pour you?",
    "checked": "Thank you, somebody has seen that. What may I pour you?",
    "refused": "Then it is drinks without alcohol tonight, and I make those with just as much care.",
}


def _age(facts: Facts) -> str:
    if facts["state"] == "declared" and facts["check"] == "staff":
        return _("Thank you. Somebody behind the bar will want to see an ID before the first one.")
    return _(AGE_WORDS[facts["state"]])


RENDER: dict[str, Callable[[Facts], str]] = {
    "added": _added,
    "changed": _changed,
    "removed": _removed,
    "cleared": _cleared,
    "order": _order,
    "sent": _sent,
    "bill": _bill,
    "balance": _balance,
    "tip_set": _tip_set,
    "tip": _tip,
    "proposed": _proposed,
    "nothing_due": _nothing_due,
    "link": _link,
    "reopened": _reopened,
    "payment": _payment,
    "menu": _menu,
    "recommended": _recommended,
    "recalled": _recalled,
    "remembered": _remembered,
    "forgotten": _forgotten,
    "allergies": _allergies,
    "age": _age,
}


def render(facts: Facts) -> str:
    """One kind of fact, one way to say it."""
    return RENDER[facts["kind"]](facts)
