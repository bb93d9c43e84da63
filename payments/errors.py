"""What the till refuses. Each text is written for the guest and says what to do."""

from django.utils.translation import gettext as _

from maya_site.lib.errors import Refused
from maya_site.lib.money import dollars


class TabClosed(Refused):
    def __init__(self) -> None:
        super().__init__(_("That tab is settled. Order again and I'll open a new one."))


class TabFrozen(Refused):
    def __init__(self) -> None:
        super().__init__(_('The bill is out for payment. Say "not yet" to go on ordering.'))


class OverLimit(Refused):
    pass


class LineLimit(OverLimit):
    def __init__(self, cap: int) -> None:
        super().__init__(_("%(cap)s of one drink is the most I can put on a tab.") % {"cap": cap})


class UnitLimit(OverLimit):
    def __init__(self, cap: int) -> None:
        super().__init__(_("A tab holds at most %(cap)s drinks, and that would go over it.") % {"cap": cap})


class TabLimit(OverLimit):
    def __init__(self, cap_cents: int) -> None:
        told = _("A tab may come to at most %(cap)s, and that would go over it.")
        super().__init__(told % {"cap": dollars(cap_cents)})


class OutOfPlayMoney(OverLimit):
    def __init__(self, room_cents: int) -> None:
        told = _("That would go over your play money: %(room)s is left.")
        super().__init__(told % {"room": dollars(max(room_cents, 0))})


class BadAmount(Refused):
    pass


class NothingToPay(Refused):
    def __init__(self) -> None:
        super().__init__(_("There is nothing to pay yet."))


class NoPayment(Refused):
    def __init__(self) -> None:
        super().__init__(_("That bill is no longer open. Ask for the bill again."))


class PayAtTheBar(Refused):
    def __init__(self) -> None:
        super().__init__(
            _("I can't take cards just now. Nothing was taken: please pay at the bar, they know.")
        )


class TillUnclear(Refused):
    def __init__(self) -> None:
        super().__init__(
            _("The till did not answer clearly. Say yes again in a moment: I look before I ask.")
        )


class TillIsAsked(Refused):
    def __init__(self) -> None:
        super().__init__(_("The till is being asked already. One moment, please."))


class LinkStillOpen(Refused):
    def __init__(self) -> None:
        super().__init__(
            _("The till does not answer, so your bill can't be taken back yet. Please try again in a moment.")
        )


class BeingPaid(Refused):
    def __init__(self) -> None:
        super().__init__(_("That bill is being paid right now. Your bank has not decided yet."))


class SplitIsOut(Refused):
    def __init__(self) -> None:
        super().__init__(_("The bill is split just now. Put it together again to go on ordering."))


class SplitIsPaid(Refused):
    def __init__(self) -> None:
        super().__init__(_("A share is paid already, or being paid, so the split stays as it is."))


class KeyReused(Refused):
    """Same idempotency key, other content: a caller's mistake, and never applied."""

    def __init__(self) -> None:
        super().__init__(_("That request was already used for something else. Please ask again."))
