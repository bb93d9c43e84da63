"""What the bar refuses. Each text is written for the guest and says what to do instead."""

from collections.abc import Sequence

from maya_site.lib.errors import Refused


def listed(names: Sequence[str], word: str = "and") -> str:
    """["a", "b", "c"] -> "a, b and c"."""
    *most, last = names or [""]
    return f"{', '.join(most)} {word} {last}" if most else last


class NotOnTheMenu(Refused):
    def __init__(self, asked: str, nearest: Sequence[str] = ()) -> None:
        hint = f" The nearest I have is {listed(nearest, 'or')}." if nearest else ""
        super().__init__(f"We don't have {asked} on the menu.{hint}")
        self.asked, self.nearest = asked, tuple(nearest)


class SoldOut(Refused):
    def __init__(self, item: str, instead: Sequence[str] = ()) -> None:
        hint = f" Perhaps {listed(instead, 'or')}?" if instead else ""
        super().__init__(f"{item} is sold out tonight.{hint}")
        self.item = item


class ModifierDoesNotFit(Refused):
    def __init__(self, item: str, asked: str, fits: Sequence[str]) -> None:
        hint = f" It comes {listed(fits, 'or')}." if fits else " It comes just as it is."
        super().__init__(f"I can't do “{asked}” with {item}.{hint}")
        self.item, self.asked = item, asked


class ModifiersConflict(Refused):
    def __init__(self, item: str, names: Sequence[str]) -> None:
        super().__init__(f"{item} can't be {listed(names)} at once. Which one shall it be?")


class NoSuchLine(Refused):
    def __init__(self, asked: str = "that") -> None:
        super().__init__(f"I don't see {asked} on your tab.")


class AlreadyStarted(Refused):
    def __init__(self, item: str) -> None:
        super().__init__(
            f"The bar has already started on {item}. Ask a person behind the bar to take it off."
        )


class NothingToSend(Refused):
    def __init__(self) -> None:
        super().__init__("There is nothing waiting to be sent to the bar.")


class NothingToTip(Refused):
    def __init__(self) -> None:
        super().__init__("That's kind, but there is nothing on the tab yet. Order first, then tip.")


class WrongQuantity(Refused):
    def __init__(self) -> None:
        super().__init__("I pour whole drinks, one at least. How many shall it be?")


class VisitOver(Refused):
    def __init__(self) -> None:
        super().__init__("That visit is over. Reload the page and I'll start a new tab for you.")


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
        super().__init__("That invitation is over. Ask whoever invited you for another one.")


class LinkIsOver(Refused):
    def __init__(self) -> None:
        super().__init__(
            "That link is over: it works once, for five minutes. Make another on the first screen."
        )


class NotYours(Refused):
    def __init__(self) -> None:
        super().__init__("I don't see that share at your table.")


class NoMailServer(Refused):
    def __init__(self) -> None:
        super().__init__("There is no mail server here. Print the receipt instead.")


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
        offer = f" {listed(instead, 'or')} is yours at once." if instead else ""
        end = "Anyone behind the bar will talk it over with you."
        super().__init__(f"I can't pour you alcohol here.{offer} {end}")


class AlcoholFreeOnly(Refused):
    def __init__(self, instead: Sequence[str]) -> None:
        offer = f" May I make you {listed(instead, 'or')}?" if instead else ""
        super().__init__(f"From here on I pour drinks without alcohol, as a friend would.{offer}")


class SayYourAge(Refused):
    def __init__(self, legal_age: int) -> None:
        super().__init__(
            f"Before I pour alcohol I must hear that you are {legal_age} or older: "
            f"say “I am over {legal_age}”, or press the button on your tab."
        )


class AskAPerson(Refused):
    """No rule of Maya's may decide this. `key`: the same wish again waits once."""

    def __init__(self, text: str, kind: str, about: str, item: int | None = None, key: str = "") -> None:
        super().__init__(text)
        self.kind, self.about, self.item, self.key = kind, about, item, key or kind


class MoreThanMaySay(AskAPerson):
    def __init__(self, drink: str, instead: Sequence[str]) -> None:
        offer = f" Meanwhile, {listed(instead, 'or')}?" if instead else ""
        text = "That is further than I may go by myself, so I have asked somebody behind the bar to look in."
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
        known = f"contains {listed(contains)}" if contains else ""
        why = known or f"is not confirmed to be free of {listed(unknown, 'or')}"
        offer = f" Known to be fine for you: {listed(safe)}." if safe else ""
        text = (
            f"{name} {why}, and you told me about that: only a person behind the bar can say yes to it, "
            f"and I have asked.{offer}"
        )
        super().__init__(text, "allergy", f"{name}: {why}", item, f"allergy:{slug}"[:80])


class ShowAnId(AskAPerson):
    def __init__(self, legal_age: int) -> None:
        super().__init__(
            "Before the first drink with alcohol somebody must see your ID. "
            f"Show anyone behind the bar that you are {legal_age} or older, then send it once more.",
            "age",
            f"show an ID: {legal_age} or older",
        )
