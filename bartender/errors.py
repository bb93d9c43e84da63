"""What the bar refuses. Each text is written for the guest and says what to do instead."""

from collections.abc import Sequence
from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import override

from maya_site.lib.errors import Refused


def listed(names: Sequence[str], word: Literal["and", "or"] = "and") -> str:
    """["a", "b", "c"] -> "a, b and c"."""
    *most, last = names or [""]
    between = _("or") if word == "or" else _("and")
    return f"{', '.join(most)} {between} {last}" if most else last


def _hint(text: str, names: Sequence[str], word: Literal["and", "or"] = "or") -> str:
    """A second sentence, where there is anything to name. What a menu holds may contain a %."""
    return f" {text % {'names': listed(names, word)}}" if names else ""


class NotOnTheMenu(Refused):
    def __init__(self, asked: str, nearest: Sequence[str] = ()) -> None:
        hint = _hint(_("The nearest I have is %(names)s."), nearest)
        super().__init__(_("We don't have %(asked)s on the menu.") % {"asked": asked} + hint)
        self.asked, self.nearest = asked, tuple(nearest)


class SoldOut(Refused):
    def __init__(self, item: str, instead: Sequence[str] = ()) -> None:
        hint = _hint(_("Perhaps %(names)s?"), instead)
        super().__init__(_("%(item)s is sold out tonight.") % {"item": item} + hint)
        self.item = item


class ModifierDoesNotFit(Refused):
    def __init__(self, item: str, asked: str, fits: Sequence[str]) -> None:
        hint = _hint(_("It comes %(names)s."), fits) or f" {_('It comes just as it is.')}"
        told = _("I can't do “%(asked)s” with %(item)s.") % {"asked": asked, "item": item}
        super().__init__(told + hint)
        self.item, self.asked = item, asked


class ModifiersConflict(Refused):
    def __init__(self, item: str, names: Sequence[str]) -> None:
        told = _("%(item)s can't be %(names)s at once. Which one shall it be?")
        super().__init__(told % {"item": item, "names": listed(names)})


class NoSuchLine(Refused):
    def __init__(self, asked: str = "") -> None:
        super().__init__(_("I don't see %(asked)s on your tab.") % {"asked": asked or _("that")})


class AlreadyStarted(Refused):
    def __init__(self, item: str) -> None:
        super().__init__(
            _("The bar has already started on %(item)s. Ask a person behind the bar to take it off.")
            % {"item": item}
        )


class NothingToSend(Refused):
    def __init__(self) -> None:
        super().__init__(_("There is nothing waiting to be sent to the bar."))


class NothingToTip(Refused):
    def __init__(self) -> None:
        super().__init__(_("That's kind, but there is nothing on the tab yet. Order first, then tip."))


class WrongQuantity(Refused):
    def __init__(self) -> None:
        super().__init__(_("I pour whole drinks, one at least. How many shall it be?"))


class VisitOver(Refused):
    def __init__(self) -> None:
        super().__init__(_("That visit is over. Reload the page and I'll start a new tab for you."))


class DeedIsDecided(Refused):
    def __init__(self) -> None:
        super().__init__("Somebody has decided that already.")


class AskTwoPeople(Refused):
    def __init__(self) -> None:
        super().__init__("Nobody approves their own. Ask somebody else who may.")


class DayIsClosed(Refused):
    pass


class DayNotOver(Refused):
    pass


class InvitationOver(Refused):
    def __init__(self) -> None:
        super().__init__(_("That invitation is over. Ask whoever invited you for another one."))


class LinkIsOver(Refused):
    def __init__(self) -> None:
        super().__init__(
            _("That link is over: it works once, for five minutes. Make another on the first screen.")
        )


class NotYours(Refused):
    def __init__(self) -> None:
        super().__init__(_("I don't see that share at your table."))


class NoMailServer(Refused):
    def __init__(self) -> None:
        super().__init__(_("There is no mail server here. Print the receipt instead."))


class MovedOn(Refused):
    """Somebody else was faster, or the same press came twice. Nothing was done."""

    def __init__(self, ticket: int, status: str) -> None:
        super().__init__(f"Ticket {ticket} had moved on already: {status}.")


class NotTaken(Refused):
    def __init__(self) -> None:
        super().__init__("Maya has this conversation. Take it over first, then answer.")


class TakenBy(Refused):
    def __init__(self, who: str) -> None:
        super().__init__(f"{who} answers this guest just now. Hand it back to Maya first, then take it over.")


class NoAlcohol(Refused):
    def __init__(self, instead: Sequence[str]) -> None:
        offer = _hint(_("%(names)s is yours at once."), instead)
        end = _("Anyone behind the bar will talk it over with you.")
        super().__init__(_("I can't pour you alcohol here.") + f"{offer} {end}")


class AlcoholFreeOnly(Refused):
    def __init__(self, instead: Sequence[str]) -> None:
        offer = _hint(_("May I make you %(names)s?"), instead)
        super().__init__(_("From here on I pour drinks without alcohol, as a friend would.") + offer)


class SayYourAge(Refused):
    def __init__(self, legal_age: int) -> None:
        super().__init__(
            _(
                "Before I pour alcohol I must hear that you are %(age)s or older: "
                "say “I am over %(age)s”, or press the button on your tab."
            )
            % {"age": legal_age}
        )


class AskAPerson(Refused):
    """No rule of Maya's may decide this. `key`: the same wish again waits once."""

    def __init__(self, text: str, kind: str, about: str, item: int | None = None, key: str = "") -> None:
        super().__init__(text)
        self.kind, self.about, self.item, self.key = kind, about, item, key or kind


class MoreThanMaySay(AskAPerson):
    def __init__(self, drink: str, instead: Sequence[str]) -> None:
        offer = _hint(_("Meanwhile, %(names)s?"), instead)
        text = _(
            "That is further than I may go by myself, so I have asked somebody behind the bar to look in."
        )
        super().__init__(text + offer, "alcohol", f"{drink}, beyond the house's limit")


class AllergyDoubt(AskAPerson):
    def __init__(
        self,
        item: int,
        slug: str,
        name: str,
        contains: Sequence[str],
        unknown: Sequence[str],
        safe: Sequence[str],
    ) -> None:
        offer = _hint(_("Known to be fine for you: %(names)s."), safe, "and")
        text = _(
            "%(name)s %(why)s, and you told me about that: only a person behind the bar can say yes to it, "
            "and I have asked."
        ) % {"name": name, "why": self._why(contains, unknown)}
        with override("en"):  # what staff read
            about = f"{name}: {self._why(contains, unknown)}"
        super().__init__(text + offer, "allergy", about, item, f"allergy:{slug}"[:80])

    @staticmethod
    def _why(contains: Sequence[str], unknown: Sequence[str]) -> str:
        if contains:
            return _("contains %(names)s") % {"names": listed(contains)}
        return _("is not confirmed to be free of %(names)s") % {"names": listed(unknown, "or")}


class ShowAnId(AskAPerson):
    def __init__(self, legal_age: int) -> None:
        super().__init__(
            _(
                "Before the first drink with alcohol somebody must see your ID. "
                "Show anyone behind the bar that you are %(age)s or older, then send it once more."
            )
            % {"age": legal_age},
            "age",
            f"show an ID: {legal_age} or older",
        )
