"""Why a line is on a tab: who put it there and how, at what price, who allowed it, and what became of it.

All of it is read from what was recorded when it happened: journals and their entries, turns, moves of tickets
and people's decisions. A guest reads their own words and no other guest's. Words that were erased are gone
here as well, and the rest stays. How many queries it takes does not depend on how many lines there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from bartender.models.agents import AgentPairing
from bartender.models.display import TicketMove
from bartender.models.responsible_service import Approval
from bartender.models.staff_actions import StaffAction
from bartender.models.visits import OrderLine, Turn, Visit
from bartender.services.line_events import Doer, LineEvent, Viewer
from bartender.services.orders import REPLACED_SUFFIX
from bartender.services.staff_names import NAMELESS_STAFF
from maya_site.core.money import format_money
from payments.ledger import AGENT_ACTOR
from payments.models import Journal, LedgerEntry, Tab

STAFF_ACTOR = "staff:"
STAFF_ACTION_KEY = "deed:"  # before the key of a staff action, in its journal's key
JournalKind, Account = Journal.Kind, LedgerEntry.Account

UNDERSTOOD = {
    "add_to_order": gettext_noop("put %(what)s on the tab"),
    "change_order_line": gettext_noop("change it to %(what)s"),
    "remove_from_order": gettext_noop("take off %(what)s"),
    "clear_order": gettext_noop("take off all that is not begun"),
}
NO_REASON_FOR_GUESTS = StaffAction.Reason.OTHER  # its text is a note of the staff


@dataclass(frozen=True)
class LineExplanation:
    """A line with its history, oldest first. `is_theirs`: the viewer is staff, or ordered it."""

    line: OrderLine
    currency: str
    is_theirs: bool
    events: tuple[LineEvent, ...]
    is_decided: bool  # whether a person decided anything that concerns it
    is_erased: bool

    @property
    def origin(self) -> LineEvent | None:
        """How it came to be what it is: ordered, changed or moved here last."""
        kinds = ("ordered", "changed")
        return next((event for event in reversed(self.events) if event.kind in kinds), None)

    @property
    def origin_kind(self) -> str:
        """For an answer in words: "words", "erased", "tap", "agent", "staff", "other", or "" if none."""
        event = self.origin
        if event is None or event.doer is None:
            return ""
        if event.doer.kind == "you" and event.words:
            return "words"
        if event.doer.kind == "you" and event.words_state == "erased":
            return "erased"
        kinds = {"your_agent": "agent", "other_agent": "other", "other_guest": "other", "you": "tap"}
        return kinds.get(event.doer.kind, event.doer.kind)

    def units_of(self, kind: str) -> int:
        """Of all events of that kind since it came to be what it is."""
        since = self.origin
        return sum(one.units for one in self.events if one.kind == kind and (not since or one.at >= since.at))

    @property
    def price_parts(self) -> list[tuple[str, int]]:
        """The menu's price of the drink, of each modifier that costs something, and what a price rule took
        off, in minor units."""
        parts = [(str(name), int(cents)) for name, cents in self.line.price_parts]
        return [part for place, part in enumerate(parts) if place == 0 or part[1]]

    @property
    def is_price_known(self) -> bool:
        return bool(self.line.price_parts)

    @property
    def decision(self) -> str:
        """Why it was served, where no event tells it."""
        if not self.is_theirs or self.is_decided:
            return ""
        if self.line.unit_ethanol_grams == 0:
            return _("Without alcohol: no person had to allow it.")
        if self.is_erased:
            return _("What people decided about this guest was erased.")
        return _("Within the house’s limits: no person had to allow it.")


def explain_lines(tab: Tab, viewer: Viewer) -> tuple[LineExplanation, ...]:
    """Every line that ever was on the tab, in the order of its numbers."""
    lines = list(_lines().filter(tab=tab).order_by("number"))
    records = _Records.read(lines, viewer)
    return tuple(_explain(line, records) for line in lines)


def explain_line(tab: Tab, number: int, viewer: Viewer) -> LineExplanation | None:
    """One of them; None if the tab never had it."""
    return next((one for one in explain_lines(tab, viewer) if one.line.number == number), None)


def doer_name(person: User | None, viewer: Viewer) -> str:
    """A login name for staff, a first name for guests."""
    if viewer.is_staff:
        return person.get_username() if person else ""
    return (person.first_name.strip() if person else "") or _(NAMELESS_STAFF)


def decision_event(approval: Approval, viewer: Viewer) -> LineEvent:
    """A decided approval. Only staff read what was asked for."""
    return LineEvent(
        approval.decided_at or approval.requested_at,
        f"{approval.kind}-{approval.status}",
        Doer("staff", doer_name(approval.decided_by, viewer)),
        reason=approval.description if viewer.is_staff and approval.kind != Approval.Kind.AGE else "",
    )


# --- inside ------------------------------------------------------------------------------------------


def _lines() -> Any:
    return OrderLine.objects.select_related("tab", "visit", "ticket", "tax_terms", "rung_in_by")


def _units(units: int, name: str, modifiers: Sequence[str]) -> str:
    made = f" ({', '.join(modifiers)})" if modifiers else ""
    return f"{units} × {name}{made}"


def _explain(line: OrderLine, records: _Records) -> LineExplanation:
    is_theirs = records.viewer.is_staff or line.visit.code == records.viewer.visit_code
    decided = [decision_event(one, records.viewer) for one in records.decisions_on(line)] if is_theirs else []
    events = [*records.history(line), *records.ticket_events(line), *decided]
    return LineExplanation(
        line,
        line.tab.currency,
        is_theirs,
        tuple(sorted(events, key=lambda event: event.at)),
        bool(decided),
        line.visit.erased_at is not None or line.visit.erasure_requested_at is not None,
    )


@dataclass(frozen=True)
class _Records:
    """What is recorded of some lines and of those that they came from, read in one go."""

    viewer: Viewer
    lines: dict[int, OrderLine]
    entries: dict[str, list[LedgerEntry]]  # by the line's code
    turns: dict[tuple[str, str], Any]  # by the visit's code and the journal's turn
    agents: dict[str, str]
    people: dict[str, User]
    guests: dict[str, str]  # for staff: names by the visit's code
    moves: dict[int, list[TicketMove]]
    decisions: dict[int, list[Approval]]  # by the visit
    actions: dict[str, StaffAction]

    @classmethod
    def read(cls, lines: Iterable[OrderLine], viewer: Viewer) -> _Records:
        known = {line.pk: line for line in lines}
        # On this tab they are all there: only what staff moved here leads to other tabs.
        while missing := {line.previous_line_id for line in known.values()} - known.keys() - {None}:
            known |= _lines().in_bulk(missing)
        entries = _entries_of(known.values())
        journals = {entry.journal_id: entry.journal for held in entries.values() for entry in held}.values()
        codes = {line.tab.visit_code for line in known.values()}
        turns = _turns_of(codes, {one.turn for one in journals if one.turn})
        return cls(
            viewer,
            known,
            entries,
            {(turn.visit_code, turn.client_id): turn for turn in turns},
            _agent_names({one.actor for one in journals}),
            _people({one.actor for one in journals}),
            _guest_names(codes) if viewer.is_staff else {},
            _moves_of({line.ticket_id for line in known.values() if line.ticket_id}),
            _decisions_on({line.visit_id for line in known.values()}),
            _actions_by_key({one.key for one in journals}),
        )

    def history(self, line: OrderLine) -> list[LineEvent]:
        """What the ledger knows of it, and of the line that it came from until then."""
        entries = self.entries.get(line.code, [])
        if not entries:
            return []
        first = entries[0].journal
        before: list[LineEvent] = []
        if line.previous_line_id:
            # The other half of the same change says nothing new.
            same = {first.key, f"{first.key}:{REPLACED_SUFFIX}"}
            earlier = self.lines[line.previous_line_id]
            older = [one for one in self.entries.get(earlier.code, []) if one.journal_id < first.pk]
            older = [one for one in older if one.journal.key not in same]
            before = self._replaced(earlier, older)
        return before + [self._ledger_event(line, entry, is_first=entry is entries[0]) for entry in entries]

    def _replaced(self, earlier: OrderLine, entries: list[LedgerEntry]) -> list[LineEvent]:
        cut = {**self.entries, earlier.code: entries}
        return _Records(**{**self.__dict__, "entries": cut}).history(earlier)

    def _ledger_event(self, line: OrderLine, entry: LedgerEntry, *, is_first: bool) -> LineEvent:
        journal = entry.journal
        units, action = abs(entry.quantity), self._action_of(journal)
        person = action.requested_by if action else line.rung_in_by if is_first else None
        turn, words_state = self._turn_of(journal, entry.tab.visit_code)
        return LineEvent(
            journal.created_at,
            _event_kind(line, entry, is_first=is_first),
            self._doer(journal, entry.tab.visit_code, person),
            units,
            _units(units, line.name, line.modifiers),
            format_money(abs(entry.cents), entry.tab.currency) if entry.account == Account.COMPS else "",
            turn.guest_text if turn else "",
            words_state,
            turn.transcribed_by if turn else "",
            _understood(turn, journal) if turn else "",
            self._reason(action, entry.tab.visit_code) if action else "",
        )

    def _turn_of(self, journal: Journal, visit_code: str) -> tuple[Any, str]:
        if not (journal.turn and journal.source == Journal.Source.TOOL):
            return None, ""
        turn = self.turns.get((visit_code, journal.turn))
        if turn is None:
            return None, "erased"
        return (turn, "") if self.viewer.may_read(visit_code) else (None, "withheld")

    def _doer(self, journal: Journal, visit_code: str, person: User | None) -> Doer:
        """`person`, where a row names them: the journal has the login name of that day."""
        if journal.actor.startswith(STAFF_ACTOR):
            login = journal.actor.removeprefix(STAFF_ACTOR)
            return Doer("staff", doer_name(person or self.people.get(login), self.viewer) or login)
        is_you = visit_code == self.viewer.visit_code
        if journal.source == Journal.Source.AGENT:
            name = self.agents.get(journal.actor.removeprefix(AGENT_ACTOR), "")
            if self.viewer.is_staff:
                return Doer("agent", name)
            return Doer("your_agent", name) if is_you else Doer("other_agent")
        if journal.actor != "guest":
            return Doer("house")
        if self.viewer.is_staff:
            return Doer("guest", self.guests.get(visit_code, ""), journal.source)
        return Doer("you", way=journal.source) if is_you else Doer("other_guest")

    def _action_of(self, journal: Journal) -> StaffAction | None:
        return self.actions.get(journal.key.removeprefix(STAFF_ACTION_KEY))

    def _reason(self, action: StaffAction, visit_code: str) -> str:
        if not self.viewer.is_staff:
            is_theirs = visit_code == self.viewer.visit_code
            is_readable = is_theirs and action.reason != NO_REASON_FOR_GUESTS
            return _(action.get_reason_display()) if is_readable else ""
        agreed = f"; agreed by {action.decided_by}" if action.decided_by else ""
        return f"{action.why}{agreed}"

    def ticket_events(self, line: OrderLine) -> Iterator[LineEvent]:
        if line.ticket is None:
            return
        sent_by = Doer("staff", line.ticket.requested_by) if self.viewer.is_staff else None
        yield LineEvent(line.ticket.fired_at, "sent", sent_by)
        for move in self.moves.get(line.ticket.pk, ()):
            doer = Doer("staff", doer_name(move.moved_by, self.viewer)) if move.moved_by else None
            yield LineEvent(move.moved_at, move.to_status, doer)

    def decisions_on(self, line: OrderLine) -> list[Approval]:
        """The yes that it took, what was decided on this very drink, and on the age of whoever drinks it."""
        if line.unit_ethanol_grams == 0:
            kinds: tuple[str, ...] = (Approval.Kind.ALLERGY,)
        else:
            kinds = (Approval.Kind.ALLERGY, Approval.Kind.ALCOHOL)
        return [
            one
            for one in self.decisions.get(line.visit_id, ())
            if one.pk == line.approval_id
            or (one.item_id == line.item_id and one.kind in kinds)
            or (one.kind == Approval.Kind.AGE and line.unit_ethanol_grams != 0)
        ]


def _event_kind(line: OrderLine, entry: LedgerEntry, *, is_first: bool) -> str:
    kind = entry.journal.kind
    if entry.account == Account.COMPS:
        return "comped" if entry.cents > 0 else "uncomped"
    if kind == JournalKind.CHARGE:
        if not is_first:
            return "more"
        return "changed" if line.previous_line_id else "ordered"
    events = {
        JournalKind.MOVE_IN: "moved_in",
        JournalKind.MOVE_OUT: "moved_out",
        JournalKind.UNDO: "put_back",
    }
    return events.get(JournalKind(kind), "fewer")


def _understood(turn: Any, journal: Journal) -> str:
    """The tool call that wrote this journal, whose key begins with it, and what it was about."""
    for call in turn.tool_calls:
        name, given, about = call["name"], call["arguments"], call.get("facts") or {}
        subject = f"{name}:{given.get('line', '')}:{str(given.get('item', '')).lower()}"
        if call["ok"] and name in UNDERSTOOD and journal.key.startswith(f"{journal.turn}:{subject}:"):
            drinks = _units(about.get("quantity", 0), about.get("item", ""), about.get("modifiers", ()))
            return _(UNDERSTOOD[name]) % {"what": drinks}
    return ""


def _entries_of(lines: Collection[OrderLine]) -> dict[str, list[LedgerEntry]]:
    """Sales and comps by line, oldest first. What moves takes its comp along, which is no comp of its own."""
    held = LedgerEntry.objects.filter(
        tab__in={line.tab_id for line in lines},
        reference__in={line.code for line in lines},
        account__in=(Account.SALES, Account.COMPS),
    )
    found = defaultdict(list)
    for entry in held.select_related("journal", "tab").order_by("journal_id", "pk"):
        if entry.account == Account.SALES or entry.journal.kind in (JournalKind.COMP, JournalKind.UNDO):
            found[entry.reference].append(entry)
    return found


def _turns_of(codes: Collection[str], ids: Collection[str]) -> Iterable[Any]:
    if not ids:
        return ()
    turns = Turn.objects.filter(visit__code__in=codes, client_id__in=ids)
    return turns.annotate(visit_code=F("visit__code")).only(
        "client_id", "guest_text", "transcribed_by", "tool_calls"
    )


def _agent_names(actors: Collection[str]) -> dict[str, str]:
    codes = {one.removeprefix(AGENT_ACTOR) for one in actors if one.startswith(AGENT_ACTOR)}
    if not codes:
        return {}
    return dict(AgentPairing.objects.filter(code__in=codes).values_list("code", "name"))


def _people(actors: Collection[str]) -> dict[str, User]:
    names = {one.removeprefix(STAFF_ACTOR) for one in actors if one.startswith(STAFF_ACTOR)}
    return {one.get_username(): one for one in User.objects.filter(username__in=names)} if names else {}


def _guest_names(codes: Collection[str]) -> dict[str, str]:
    return {visit.code: visit.display_name for visit in Visit.objects.filter(code__in=codes)}


def _moves_of(tickets: Collection[int]) -> dict[int, list[TicketMove]]:
    found = defaultdict(list)
    if tickets:
        for move in TicketMove.objects.filter(ticket__in=tickets).select_related("moved_by").order_by("pk"):
            found[move.ticket_id].append(move)
    return found


def _decisions_on(visits: Collection[int]) -> dict[int, list[Approval]]:
    found = defaultdict(list)
    decided = Approval.objects.filter(visit__in=visits).exclude(status=Approval.Status.WAITING)
    for one in decided.select_related("decided_by").order_by("pk"):
        found[one.visit_id].append(one)
    return found


def _actions_by_key(keys: Collection[str]) -> dict[str, StaffAction]:
    ours = {key.removeprefix(STAFF_ACTION_KEY) for key in keys if key.startswith(STAFF_ACTION_KEY)}
    if not ours:
        return {}
    return {one.key: one for one in _STAFF_ACTIONS.filter(key__in=ours)}


_STAFF_ACTIONS = StaffAction.objects.select_related("requested_by", "decided_by")
