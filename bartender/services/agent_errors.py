"""Refusals that guests' agents, and guests who pair one, read. What an agent reads says what to do next."""

from __future__ import annotations

from django.utils.translation import gettext as _

from bartender.models.agents import AgentPairing
from maya_site.core.errors import Refusal

Ask = AgentPairing.Ask
# Of StaffApprovalRequired.kind, what it is that the guest must take up.
ASK_BY_KIND = {"alcohol": Ask.LIMIT, "allergy": Ask.ALLERGY, "age": Ask.AGE}
REASONS = {
    Ask.LIMIT: (
        "That much alcohol, or alcohol of unknown strength, needs a person's yes: the guest orders it on "
        "their page, and the bar is asked then."
    ),
    Ask.ALLERGY: (
        "That drink has, or may have, what the guest is allergic to. No assistant decides that: offer "
        "another, or let the guest order it on their page, where a person at the bar is asked."
    ),
    Ask.AGE: (
        "The bar must hear or see the guest's age from the guest: on their page, or by an ID at the bar. You "
        "cannot say it for them."
    ),
    Ask.PAY: (
        "The bill is out, and the guest may be paying it. They press “Not yet” on their page to go on "
        "ordering."
    ),
    Ask.CHANGE: "You did not order that line, so you cannot change it: the guest does, on their page.",
}


class AgentsDisabled(Refusal):
    def __init__(self) -> None:
        super().__init__(_("This bar takes no orders from assistants."))


class PairingLimitsWrong(Refusal):
    """What the guest wants to allow is nothing, or more than a page offers."""

    def __init__(self) -> None:
        super().__init__(_("Please choose an amount, a number of drinks and a time from the lists."))


class TooManyAgents(Refusal):
    def __init__(self, limit: int) -> None:
        text = _("You have %(limit)s assistants at your tab already. Stop one of them first.")
        super().__init__(text % {"limit": limit})


class PairingCodeWrong(Refusal):
    """Wrong, used, too old or taken back: which one is nobody's business."""

    def __init__(self) -> None:
        super().__init__(
            "That code does not work: it may be mistyped, used or too old. Ask the guest for a new one from "
            "their page; a code works once, within five minutes."
        )


class InvalidCall(Refusal):
    """No such tool, or arguments that it does not take; the text says what to put right."""


class AgentAccessEnded(Refusal):
    """Revoked, over its time, or the visit has ended, between the request's arrival and its effect."""

    def __init__(self) -> None:
        super().__init__(
            "This pairing has ended, and nothing was done. Tell the guest; a new code from their "
            "page pairs you again."
        )


class NeedsGuest(Refusal):
    """Only the guest can do it. `ask` is put on their page, where an answer is theirs alone."""

    def __init__(self, ask: AgentPairing.Ask, reason: str) -> None:
        super().__init__(
            f"Needs the guest. {reason} Nothing was done; your request stands on their page now."
        )
        self.ask = ask


class AllowanceExceeded(NeedsGuest):
    """`what` is beyond what the guest allowed; `left` is what remains, in words."""

    def __init__(self, what: str, left: str) -> None:
        super().__init__(
            Ask.LIMIT,
            f"That goes beyond the {what} that the guest allowed you: {left} left. Offer less or something "
            "else, or ask the guest to order it on their page.",
        )


class NoteTooLate(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "The bar has that line already, and reads no new note on it. If it matters, call_person "
            "calls somebody."
        )
