"""What happened to a line of a tab and who did it, in the words that its reader may read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from bartender.models.visits import Ticket

TITLES = {
    "ordered": gettext_noop("Put on the tab: %(what)s"),
    "changed": gettext_noop("Changed to %(what)s"),
    "more": gettext_noop("%(units)s more"),
    "fewer": gettext_noop("%(units)s taken off"),
    "moved_out": gettext_noop("%(units)s moved to another tab"),
    "moved_in": gettext_noop("Moved here from another tab: %(what)s"),
    "comped": gettext_noop("%(amount)s on the house"),
    "uncomped": gettext_noop("%(amount)s no longer on the house: undone"),
    "put_back": gettext_noop("%(units)s put back: taking it off was undone"),
    "sent": gettext_noop("Sent to the bar"),
    Ticket.Status.NEW: gettext_noop("Put back: not begun"),
    Ticket.Status.IN_PREP: gettext_noop("Begun"),
    Ticket.Status.READY: gettext_noop("Ready"),
    Ticket.Status.SERVED: gettext_noop("Served"),
    Ticket.Status.RECALLED: gettext_noop("To be made once more"),
    "alcohol-given": gettext_noop("A person said yes to more alcohol"),
    "alcohol-declined": gettext_noop("A person said no to more alcohol"),
    "allergy-given": gettext_noop("A person said yes despite an allergy"),
    "allergy-declined": gettext_noop("A person said no because of an allergy"),
    "age-given": gettext_noop("A person has seen an ID"),
    "age-declined": gettext_noop("A person said: no alcohol"),
}
DOERS = {
    "you": gettext_noop("you"),
    "other_guest": gettext_noop("another guest"),
    "your_agent": gettext_noop("your assistant"),
    "other_agent": gettext_noop("another guest’s assistant"),
    "agent": gettext_noop("the guest’s assistant"),
    "house": gettext_noop("the house"),
}
WAYS = {
    "tool": gettext_noop("in words"),
    "button": gettext_noop("by a tap"),
    "form": gettext_noop("by a form"),
}


@dataclass(frozen=True)
class Viewer:
    """Who asks. A guest reads their own words; a member of staff those of all guests, or of none."""

    visit_code: str = ""  # of a guest
    is_staff: bool = False
    reads_words: bool = False  # of staff

    def may_read(self, visit_code: str) -> bool:
        return self.reads_words if self.is_staff else visit_code == self.visit_code


@dataclass(frozen=True)
class Doer:
    """Who did something. `kind`: one of DOERS, or "guest" or "staff" with a name that the viewer may know."""

    kind: str
    name: str = ""
    way: str = ""  # one of WAYS, of a guest

    def __str__(self) -> str:
        who = _(DOERS[self.kind]) if self.kind in DOERS else self.name
        if self.kind in DOERS and self.name:
            who = f"{who} “{self.name}”"
        return f"{who}, {_(WAYS[self.way])}" if self.way in WAYS else who


@dataclass(frozen=True)
class LineEvent:
    """Something that happened to a line. `words_state`: "", "erased", or "withheld" from this viewer."""

    at: datetime
    kind: str
    doer: Doer | None = None
    units: int = 0
    what: str = ""
    amount: str = ""
    words: str = ""
    words_state: str = ""
    transcribed_by: str = ""
    understood: str = ""
    reason: str = ""

    @property
    def title(self) -> str:
        return _(TITLES[self.kind]) % {"what": self.what, "units": self.units, "amount": self.amount}
