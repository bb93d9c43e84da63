"""Refusals that staff read on a shared screen and at the cash drawer. Each says what to do instead."""

from maya_site.core.errors import Refusal


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
