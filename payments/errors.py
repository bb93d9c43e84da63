"""Refusals about money. Each text is written for the guest and says what to do."""

from django.utils.translation import gettext as _

from maya_site.core.errors import Refusal
from maya_site.core.money import format_money


class TabClosed(Refusal):
    def __init__(self) -> None:
        super().__init__(_("That tab is settled. Order again and I'll open a new one."))


class TabFrozen(Refusal):
    def __init__(self) -> None:
        super().__init__(_('The bill is out for payment. Say "not yet" to go on ordering.'))


class LimitExceeded(Refusal):
    pass


class LineLimit(LimitExceeded):
    def __init__(self, cap: int) -> None:
        super().__init__(_("%(cap)s of one drink is the most I can put on a tab.") % {"cap": cap})


class UnitLimit(LimitExceeded):
    def __init__(self, cap: int) -> None:
        super().__init__(_("A tab holds at most %(cap)s drinks, and that would go over it.") % {"cap": cap})


class TabLimit(LimitExceeded):
    def __init__(self, cap_cents: int, currency: str = "") -> None:
        text = _("A tab may come to at most %(cap)s, and that would go over it.")
        super().__init__(text % {"cap": format_money(cap_cents, currency)})


class OutOfPlayMoney(LimitExceeded):
    def __init__(self, remaining_cents: int, currency: str = "") -> None:
        text = _("That would go over your play money: %(room)s is left.")
        super().__init__(text % {"room": format_money(max(remaining_cents, 0), currency)})


class OperationNotAllowed(Refusal):
    pass


class NothingToPay(Refusal):
    def __init__(self) -> None:
        super().__init__(_("There is nothing to pay yet."))


class NoOpenPayment(Refusal):
    def __init__(self) -> None:
        super().__init__(_("That bill is no longer open. Ask for the bill again."))


class PayAtTheBar(Refusal):
    def __init__(self) -> None:
        super().__init__(
            _("I can't take cards just now. Nothing was taken: please pay at the bar, they know.")
        )


class AmountNotChargeable(Refusal):
    """`reason` is a sentence of its own; what works instead follows it."""

    def __init__(self, reason: str = "", *, is_share: bool = False) -> None:
        text = _("Nothing was taken. Please pay it at the bar.")
        if is_share:
            text = _("Nothing was taken. Please pay it at the bar, or divide the bill anew.")
        super().__init__(f"{reason or _('That is too little for a card.')} {text}")


class PaymentUnclear(Refusal):
    def __init__(self) -> None:
        super().__init__(
            _("The till did not answer clearly. Say yes again in a moment: I look before I ask.")
        )


class PaymentRequestInProgress(Refusal):
    def __init__(self) -> None:
        super().__init__(_("The till is being asked already. One moment, please."))


class LinkStillOpen(Refusal):
    def __init__(self) -> None:
        super().__init__(
            _("The till does not answer, so your bill can't be taken back yet. Please try again in a moment.")
        )


class PaymentProcessing(Refusal):
    def __init__(self) -> None:
        super().__init__(_("That bill is being paid right now. Your bank has not decided yet."))


class TabIsSplit(Refusal):
    def __init__(self) -> None:
        super().__init__(_("The bill is split just now. Put it together again to go on ordering."))


class SplitPartlyPaid(Refusal):
    def __init__(self) -> None:
        super().__init__(_("A share is paid already, or being paid, so the split stays as it is."))


class IdempotencyKeyReused(Refusal):
    """The same idempotency key with other content: a caller's mistake. It is never applied."""

    def __init__(self) -> None:
        super().__init__(_("That request was already used for something else. Please ask again."))
