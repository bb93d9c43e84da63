"""Refusals that staff read on a shared screen, at the drawer and when drinks move. Each says what to do."""

from collections.abc import Sequence

from bartender.errors import join_names
from maya_site.core.errors import Refusal
from maya_site.core.money import format_money


class GuessablePin(Refusal):
    def __init__(self) -> None:
        super().__init__("A PIN has 4 to 8 digits, not all the same and not in a row, such as 1111 or 1234.")


class WrongPin(Refusal):
    """`tries_left` until a new PIN has to be set."""

    def __init__(self, name: str, tries_left: int) -> None:
        warning = f" {tries_left} more wrong ones, and a new PIN is needed." if tries_left <= 3 else ""
        super().__init__(f"That is not the PIN of {name}. Type it again.{warning}")


class NoPin(Refusal):
    def __init__(self, name: str) -> None:
        super().__init__(f"{name} needs a new PIN: set it on your own page, or ask a manager.")


class ScreenLocked(Refusal):
    def __init__(self) -> None:
        super().__init__("This screen is locked. Type your PIN, tap your name, then press again.")


class NameNotTapped(Refusal):
    def __init__(self) -> None:
        super().__init__("Type your PIN, then tap your name.")


class PinsDiffer(Refusal):
    def __init__(self) -> None:
        super().__init__("The two PINs are not the same. Type the new one twice.")


class MayNotApprove(Refusal):
    def __init__(self, name: str) -> None:
        super().__init__(f"{name} may not be the second person. Ask somebody who may.")


class NoSharedScreen(Refusal):
    def __init__(self) -> None:
        super().__init__("This is no shared screen: you are logged in here by yourself.")


class DrawerHasFloat(Refusal):
    def __init__(self, cents: int, currency: str) -> None:
        text = f"The float of {format_money(cents, currency)} stands already"
        super().__init__(f"{text}. Enter what comes on top as paid in, and what goes as paid out.")


class DrawerNoteMissing(Refusal):
    def __init__(self) -> None:
        super().__init__("Say in a few words what it is for.")


class DrawerTooShort(Refusal):
    def __init__(self, cents: int, currency: str) -> None:
        text = f"The drawer should hold {format_money(max(0, cents), currency)}"
        super().__init__(f"{text}: no more can be paid out. Was the float entered?")


class DrawerAmountMissing(Refusal):
    def __init__(self) -> None:
        super().__init__("How much is it? An amount is written like 12.50.")


class DrawerDayClosed(Refusal):
    def __init__(self, number: int) -> None:
        super().__init__(f"Z report {number} has closed this business day. The drawer is next day's.")


class UndoTooLate(Refusal):
    """`instead`: what to do now, as a sentence goes on."""

    def __init__(self, seconds: int, instead: str) -> None:
        super().__init__(f"The {seconds} seconds to undo it are over: {instead}.")


class CannotUndo(Refusal):
    """`why`, and what to do `instead`."""

    def __init__(self, why: str, instead: str) -> None:
        super().__init__(f"Not undone: {why}. Instead, {instead}.")


class LinesOrAmount(Refusal):
    def __init__(self) -> None:
        super().__init__("One of the two: tick lines, or write an amount. Nothing went back.")


class NothingToMove(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "Nothing was moved: tick drinks that are on this tab, say how many, and choose another tab."
        )


class BillIsOut(Refusal):
    def __init__(self, guest: str) -> None:
        super().__init__(
            f"Nothing was moved: a bill is out for {guest}. It has to be paid, or taken back on their page."
        )


class SendBeforeMoving(Refusal):
    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"Nothing was moved: {join_names(names)} waits to be sent. "
            "Send it to the bar first, or take it off."
        )


class BarClosedAlready(Refusal):
    def __init__(self) -> None:
        super().__init__("The bar takes no orders now, so there is no last call to give.")


class NothingToPrint(Refusal):
    def __init__(self) -> None:
        super().__init__("There is nothing to print: the tab is empty, or it was voided.")


class NoSuchPrinter(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "That printer prints no receipts now. A manager chooses in the admin, under Printers."
        )


class PaperMovedOn(Refusal):
    """`state` is how the paper is now, in words."""

    def __init__(self, state: str) -> None:
        super().__init__(f"Nothing was done: that paper is now “{state}”.")
