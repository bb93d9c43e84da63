"""Refusals of the bar. Each text is written for the guest, or for staff, and says what to do instead."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from maya_site.core.errors import Refusal
from maya_site.core.indefinite_article import with_article
from maya_site.core.money import format_money


def join_names(names: Sequence[str], conjunction: Literal["and", "or"] = "and") -> str:
    """["a", "b", "c"] becomes "a, b and c", in the active language."""
    *most, last = names or [""]
    between = _("or") if conjunction == "or" else _("and")
    return f"{', '.join(most)} {between} {last}" if most else last


def _suggestion(text: str, names: Sequence[str], conjunction: Literal["and", "or"] = "or") -> str:
    """A further sentence, or "" without names. It is formatted by itself, because a name may contain a %."""
    return f" {text % {'names': join_names(names, conjunction)}}" if names else ""


def nearest_hint(nearest: Sequence[str]) -> str:
    """The sentence that names drinks of ours in place of one that we don't have, or ""."""
    return _suggestion(_("The nearest I have is %(names)s."), [with_article(name) for name in nearest])


class NotOnTheMenu(Refusal):
    def __init__(self, wanted: str, nearest: Sequence[str] = ()) -> None:
        hint = nearest_hint(nearest)
        super().__init__(_("We don't have %(asked)s on the menu.") % {"asked": wanted} + hint)
        self.requested_name, self.nearest = wanted, tuple(nearest)


class SoldOut(Refusal):
    """`instead`: what differs least; `offers`: a sentence on each, with its price, strength and allergens."""

    def __init__(self, item: str, instead: Sequence[str] = (), offers: Sequence[str] = ()) -> None:
        hint = _suggestion(_("Perhaps %(names)s?"), [with_article(name) for name in instead])
        sentences = [_("The %(item)s is sold out tonight.") % {"item": item} + hint, *offers]
        super().__init__(" ".join(sentences))
        self.item = item


class BooksNotSetUp(Refusal):
    """An export needs something that nobody has filled in yet. The text says what and where."""


class TaxRateMissing(Refusal):
    def __init__(self, tax_class: str) -> None:
        text = _(
            "I can't sell that yet: the tax rate of “%(tax_class)s” is not set for today. Please ask the bar."
        )
        super().__init__(text % {"tax_class": tax_class})


class ModifierNotAvailable(Refusal):
    def __init__(self, item: str, wanted: str, fits: Sequence[str]) -> None:
        hint = _suggestion(_("It comes %(names)s."), fits) or f" {_('It comes just as it is.')}"
        text = _("I can't do “%(asked)s” with %(item)s.") % {"asked": wanted, "item": item}
        super().__init__(text + hint)
        self.item, self.requested_name = item, wanted


class ModifiersConflict(Refusal):
    def __init__(self, item: str, names: Sequence[str]) -> None:
        text = _("%(item)s can't be %(names)s at once. Which one shall it be?")
        super().__init__(text % {"item": item, "names": join_names(names)})


class ChoiceMissing(Refusal):
    """`group` is the modifier group that needs a choice, `names` the modifiers in it."""

    def __init__(self, item: str, group: str, names: Sequence[str]) -> None:
        text = _("%(item)s: which shall it be, %(names)s?")
        super().__init__(text % {"item": item, "names": join_names(names, "or")})
        self.item, self.group, self.names = item, group, list(names)


class IngredientOut(ChoiceMissing):
    """Made so it needs what the bar is out of; `names` are the modifiers with which it can be made."""

    def __init__(self, item: str, ingredient: str, names: Sequence[str]) -> None:
        self.item, self.group, self.names = item, "", list(names)
        out = _("We are out of %(what)s tonight.") % {"what": pgettext("ingredient", ingredient)}
        ask = _("I can make the %(item)s with %(names)s: which shall it be?")
        one = _("I can make the %(item)s with %(names)s: just say %(names)s.")
        none = _("Please choose the %(item)s another way, or another drink.")
        text = (ask if len(names) > 1 else one) if names else none
        Refusal.__init__(self, f"{out} {text % {'item': item, 'names': join_names(names, 'or')}}")


class NoSuchLine(Refusal):
    def __init__(self, wanted: str = "") -> None:
        super().__init__(_("I don't see %(asked)s on your tab.") % {"asked": wanted or _("that")})


class AlreadyStarted(Refusal):
    def __init__(self, item: str) -> None:
        super().__init__(
            _("The bar has already started on %(item)s. Ask a person behind the bar to take it off.")
            % {"item": item}
        )


class NothingToSend(Refusal):
    def __init__(self) -> None:
        super().__init__(_("There is nothing waiting to be sent to the bar."))


class NothingToTip(Refusal):
    def __init__(self) -> None:
        super().__init__(_("That's kind, but there is nothing on the tab yet. Order first, then tip."))


class WrongQuantity(Refusal):
    def __init__(self) -> None:
        super().__init__(_("I pour whole drinks, so it has to be at least one. How many would you like?"))


class AlreadyOrdered(Refusal):
    """`what` was put on the tab earlier in this turn, and the guest did not ask for more."""

    def __init__(self, what: str = "") -> None:
        text = (
            _("%(what)s: that is on your tab already.") % {"what": what}
            if what
            else _("That is done already.")
        )
        super().__init__(text)


class UnconfirmedQuantity(Refusal):
    """The guest may have meant more than they named, so they are asked."""

    def __init__(self, what: str) -> None:
        super().__init__(_("%(what)s so far. Did you want more of them?") % {"what": what})


class VisitClosed(Refusal):
    def __init__(self) -> None:
        super().__init__(_("That visit is over. Reload the page and press “Take a seat again”."))


class AlreadyDecided(Refusal):
    def __init__(self) -> None:
        super().__init__("Somebody has decided that already.")


class IdWasRefused(Refusal):
    """A yes to a drink with alcohol would pour nothing while the age refusal holds."""

    def __init__(self) -> None:
        super().__init__(
            "This guest gets no alcohol: the ID was refused. Have you seen one since? Press “ID seen”."
        )


class AmountChanged(Refusal):
    def __init__(self, shown_cents: int, now_cents: int) -> None:
        changed = f"It was {format_money(shown_cents)} and is {format_money(now_cents)} now"
        super().__init__(f"{changed}. Nothing has happened: please look at it again.")


class PaidMeanwhile(Refusal):
    """For staff who take money for a tab that its guest has paid already."""

    def __init__(self) -> None:
        super().__init__("This tab is paid already. Take no money for it, or give it back.")


class SelfApprovalNotAllowed(Refusal):
    def __init__(self) -> None:
        super().__init__("Nobody approves their own. Ask somebody else who may.")


class BusinessDayClosed(Refusal):
    pass


class BusinessDayNotOver(Refusal):
    pass


class OpenItemsRemain(Refusal):
    """The business day cannot be closed without a reason; `what` lists what is open, in words."""

    def __init__(self, what: str) -> None:
        super().__init__(f"Still open: {what}. Finish it first, or say why you close the day all the same.")
        self.what = what


class InvitationExpired(Refusal):
    def __init__(self) -> None:
        super().__init__(_("That invitation is over. Ask whoever invited you for another one."))


class HandoffLinkExpired(Refusal):
    def __init__(self) -> None:
        super().__init__(
            _("That link is over: it works once, for five minutes. Make another on the first screen.")
        )


class ShareNotFound(Refusal):
    def __init__(self) -> None:
        super().__init__(_("I don't see that share at your table."))


class NoMailServer(Refusal):
    def __init__(self) -> None:
        super().__init__(_("This bar cannot send mail. Please print the receipt instead."))


class TicketAlreadyMoved(Refusal):
    """Somebody else was faster, or the button was pressed twice. Nothing was done."""

    def __init__(self, ticket: int, status: str) -> None:
        super().__init__(f"Ticket {ticket} had moved on already: {status}.")


class NotTakenOver(Refusal):
    def __init__(self) -> None:
        super().__init__("Maya has this conversation. Take it over first, then answer.")


class TakenOverBy(Refusal):
    def __init__(self, who: str) -> None:
        super().__init__(f"{who} answers this guest just now. Hand it back to Maya first, then take it over.")


class RequestAlreadyAnswered(Refusal):
    def __init__(self, who: str) -> None:
        super().__init__(f"{who} is going to this guest already.")


class RequestAlreadyResolved(Refusal):
    def __init__(self) -> None:
        super().__init__("Somebody has seen to that already.")


class ServiceRefused(Refusal):
    """A rule of responsible service says no. The guest always gets this text, whatever the brain replies."""


class AlcoholRefused(ServiceRefused):
    """`said` has who decided it and at what time, if a person did."""

    def __init__(self, instead: Sequence[str], said: Mapping[str, str] | None = None) -> None:
        offer = _suggestion(_("%(names)s is yours at once."), instead)
        end = _("Anyone behind the bar will talk it over with you.")
        by = " " + _("%(who)s decided that at %(time)s.") % said if said else ""
        super().__init__(_("I can't pour you alcohol here.") + f"{by}{offer} {end}")


class MoreAlcoholRefused(ServiceRefused):
    """A person has refused more alcohol, and the refusal still holds."""

    def __init__(self, said: Mapping[str, str], instead: Sequence[str]) -> None:
        offer = _suggestion(_("%(names)s is yours at once."), instead)
        end = _("Anyone behind the bar will talk it over with you.")
        text = _("%(who)s said at %(time)s: no more alcohol for now.") % said
        super().__init__(f"{text}{offer} {end}")


class DrinkRefused(ServiceRefused):
    """A person has refused this drink, and the refusal still holds."""

    def __init__(self, drink: str, said: Mapping[str, str], safe: Sequence[str]) -> None:
        offer = _suggestion(_("Known to be fine for you: %(names)s."), safe, "and")
        end = _("Anyone behind the bar will talk it over with you.")
        text = _("%(who)s said at %(time)s: better leave the %(drink)s.") % {**said, "drink": drink}
        super().__init__(f"{text}{offer} {end}")


class AlcoholFreeOnly(ServiceRefused):
    def __init__(self, instead: Sequence[str]) -> None:
        offer = _suggestion(_("May I make you %(names)s?"), instead)
        super().__init__(_("From here on I pour drinks without alcohol, as a friend would.") + offer)


class AgeDeclarationRequired(ServiceRefused):
    def __init__(self, legal_age: int) -> None:
        super().__init__(
            _(
                "Before I pour alcohol I need to know that you are %(age)s or older: "
                "say “I am over %(age)s”, or press the button on your tab."
            )
            % {"age": legal_age}
        )


class StaffApprovalRequired(ServiceRefused):
    """Only a person may decide this: the caller records a request for approval.

    One request is pending for each `key`. `grams` is the ethanol of the whole window, this order included.
    """

    def __init__(
        self,
        text: str,
        kind: str,
        about: str,
        item: int | None = None,
        key: str = "",
        grams: Decimal | None = None,
    ) -> None:
        super().__init__(text)
        self.kind, self.about, self.item, self.key = kind, about, item, key or kind
        self.grams = grams


class NeedsDecisionFirst(Refusal):
    """For staff who ring in what a person has to decide; the request is on the display by now."""

    def __init__(self, about: str) -> None:
        super().__init__(
            f"Not rung in: it needs a decision first ({about}). Decide under “Waiting for your decision”, "
            "then press again."
        )


class NotEnoughGiven(Refusal):
    def __init__(self, missing_cents: int, currency: str) -> None:
        super().__init__(
            f"That is {format_money(missing_cents, currency)} short, tip included. Nothing has happened."
        )


class AmountGivenMissing(Refusal):
    def __init__(self) -> None:
        super().__init__("How much did the guest hand over? Type the amount, then press again.")


class ReasonMissing(Refusal):
    def __init__(self) -> None:
        super().__init__("Say the reason in a few words, then press again.")


class NameMissing(Refusal):
    def __init__(self) -> None:
        super().__init__("Whose house account is it? Type the name, then press again.")


class GuestHasLeft(Refusal):
    def __init__(self) -> None:
        super().__init__("This visit is over, and nothing can be rung in on it. Open a new tab.")


class TableNotInUse(Refusal):
    def __init__(self) -> None:
        super().__init__(
            _("That table card is not in use any more. Order here all the same, and say where you sit.")
        )


class NeedsIdFirst(Refusal):
    def __init__(self) -> None:
        super().__init__("Not rung in: look at the guest's ID first and press “ID seen”, then press again.")


class UnknownStrength(StaffApprovalRequired):
    def __init__(self, item: int, slug: str, drink: str, instead: Sequence[str]) -> None:
        offer = _suggestion(_("Meanwhile, %(names)s?"), instead)
        text = _(
            "I don't know how strong %(drink)s is, so the people behind the bar have to approve it. "
            "I have asked them."
        ) % {"drink": drink}
        about = f"{drink}: nobody has written down how strong it is"
        super().__init__(text + offer, "alcohol", about, item, f"strength:{slug}"[:80])


class AlcoholLimitReached(StaffApprovalRequired):
    """`wanted` describes the order for staff; `grams` is the ethanol of the whole window with it."""

    def __init__(self, wanted: str, instead: Sequence[str], grams: Decimal) -> None:
        offer = _suggestion(_("Meanwhile, %(names)s?"), instead)
        text = _(
            "That is more than I may serve on my own, so I have asked somebody behind the bar to look in."
        )
        super().__init__(text + offer, "alcohol", f"{wanted}, beyond the house's limit", grams=grams)


class CautionDeclared(StaffApprovalRequired):
    """The guest said something that speaks against alcohol. `cautions` are the kinds, for staff only."""

    def __init__(self, wanted: str, cautions: Sequence[str], instead: Sequence[str], grams: Decimal) -> None:
        offer = _suggestion(_("Meanwhile, %(names)s?"), instead)
        # Does not mention what it was: others may read or hear it.
        text = _(
            "After what you told me, I leave a drink with alcohol to a person: somebody behind the bar will "
            "look in."
        )
        about = ", ".join(CAUTION_LABELS[kind] for kind in cautions)
        super().__init__(text + offer, "alcohol", f"{wanted}; the guest spoke of {about}", grams=grams)


CAUTION_LABELS = {
    "pregnancy": "a pregnancy",
    "driving": "driving",
    "medicine": "medicine, or of staying without alcohol",
    "had_enough": "having had enough",
    "minor_other": "somebody under age who drinks with them",
}


class DeclinedByGuest(ServiceRefused):
    """The guest declined the drink in the same message. Nothing was added."""

    def __init__(self, drink: str) -> None:
        super().__init__(
            _("You said you would rather not, so I have added no %(drink)s. Just say so if you want one.")
            % {"drink": drink}
        )


class AllergyApprovalRequired(StaffApprovalRequired):
    def __init__(
        self,
        item: int,
        name: str,
        contains: Sequence[str],
        unknown: Sequence[str],
        safe: Sequence[str],
        key: str,
    ) -> None:
        offer = _suggestion(_("Known to be fine for you: %(names)s."), safe, "and")
        text = _(
            "The %(name)s %(why)s, and you told me about that, so the people behind the bar have to "
            "approve it. I have asked them."
        ) % {"name": name, "why": self._allergen_reason(contains, unknown)}
        with override("en"):  # what staff read
            about = f"{name} {self._allergen_reason(contains, unknown)}"
        super().__init__(text + offer, "allergy", about, item, key)

    @staticmethod
    def _allergen_reason(contains: Sequence[str], unknown: Sequence[str]) -> str:
        if contains:
            return _("contains %(names)s") % {"names": join_names(contains)}
        return _("is not confirmed to be free of %(names)s") % {"names": join_names(unknown, "or")}


class IdCheckRequired(StaffApprovalRequired):
    def __init__(self, legal_age: int) -> None:
        super().__init__(
            _(
                "Before your first drink with alcohol, somebody has to see your ID. "
                "Show anyone behind the bar that you are %(age)s or older, then send it again."
            )
            % {"age": legal_age},
            "age",
            f"show an ID: {legal_age} or older",
        )
