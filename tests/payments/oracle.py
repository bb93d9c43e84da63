"""What a guest's tabs must be after every operation, worked out a second time and without the product's code.

Each method does to the oracle what the service of that name must do to the database, or raises the refusal
that the service must raise. Nothing here imports the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from bartender import errors as bar
from bartender import staff_errors
from maya_site.core.errors import Refusal
from payments import errors as till

PRICES = {"Negroni": 11_00, "IPA": 6_00, "Whiskey": 8_00, "Water": 1_00}
HOUSE_POOL = "the house pool"
EXTRA = {"double": 4_00, "neat": 0}


def share(cents: int, bp: int) -> int:
    return int((Decimal(cents) * bp / 10_000).quantize(Decimal(1), ROUND_HALF_UP))


@dataclass(frozen=True)
class ExpectedPolicy:
    tax_rate_bp: int
    line_cap: int
    unit_cap: int
    tab_cap_cents: int
    tip_cap_cents: int
    play_money_cents: int


@dataclass
class ExpectedTicket:
    """A ticket."""

    tab: ExpectedTab
    status: str = "new"
    lines: list[ExpectedLine] = field(default_factory=list)  # on whatever tab they are

    def drop_if_empty(self) -> None:
        if not any(line.quantity for line in self.lines):
            self.status = "voided"


@dataclass
class ExpectedLine:
    item: str
    modifiers: tuple[str, ...]
    unit: int
    quantity: int
    ticket: ExpectedTicket | None = None
    comped: int = 0
    drinker: int = 0  # who ordered it: that stays when it moves to another tab

    @property
    def started(self) -> bool:
        return bool(self.comped) or (self.ticket is not None and self.ticket.status != "new")

    @property
    def status(self) -> str:
        return "voided" if not self.quantity else "sent" if self.ticket else "open"

    @property
    def cents(self) -> int:
        return self.quantity * self.unit


@dataclass
class ExpectedPayment:
    amount: int
    status: str = "created"

    @property
    def live(self) -> bool:
        return self.status in ("created", "link_open")


@dataclass
class ExpectedTab:
    """One tab."""

    policy: ExpectedPolicy
    status: str = "open"
    lines: list[ExpectedLine] = field(default_factory=list)
    attempts: list[ExpectedPayment] = field(default_factory=list)
    tip_bp: int | None = None
    tip_amount: int = 0
    tip_for: str = ""  # a name, or HOUSE_POOL where somebody said so
    paid: int = 0
    version: int = 0

    @property
    def tip_recipient(self) -> str:
        return "" if self.tip_for == HOUSE_POOL else self.tip_for

    @property
    def live_lines(self) -> list[ExpectedLine]:
        return [line for line in self.lines if line.quantity]

    @property
    def units(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def amounts(self) -> dict[str, int]:
        subtotal = sum(line.cents for line in self.lines)
        comps = sum(line.comped for line in self.lines)
        net = subtotal - comps
        tax = share(net, self.policy.tax_rate_bp)
        tip = self.tip_amount if self.tip_bp is None else share(net, self.tip_bp)
        return {"subtotal": subtotal, "comps": comps, "tax": tax, "tip": tip, "paid": self.paid}

    @property
    def total(self) -> int:
        found = self.amounts
        return found["subtotal"] - found["comps"] + found["tax"] + found["tip"]

    @property
    def due(self) -> int:
        return self.total - self.paid

    @property
    def settled(self) -> bool:
        return self.status in ("paid", "voided")

    def require_open(self) -> None:
        if self.settled:
            raise till.TabClosed
        if self.status == "closing":
            raise till.TabFrozen


@dataclass
class ExpectedVisit:
    """All tabs of one guest."""

    policy: ExpectedPolicy
    prices: dict[str, int]
    number: int = 0
    tabs: list[ExpectedTab] = field(default_factory=list)
    rounds: list[ExpectedTicket] = field(default_factory=list)

    @property
    def tab(self) -> ExpectedTab | None:
        return self.tabs[-1] if self.tabs else None

    @property
    def balance(self) -> int:
        return (
            self.policy.play_money_cents
            - sum(tab.paid for tab in self.tabs)
            - sum(tab.due for tab in self.tabs)
        )

    def open(self) -> ExpectedTab:
        if self.tab is None or self.tab.settled:
            self.tabs.append(ExpectedTab(self.policy))
        tab = self.tabs[-1]
        if tab.status == "closing":
            self._reopen(tab, "cancelled")
        return tab

    def price(self, item: str, modifiers: tuple[str, ...]) -> int:
        return self.prices[item] + sum(EXTRA[name] for name in modifiers)

    # --- what a guest does ---

    def add(self, item: str, quantity: int, modifiers: tuple[str, ...]) -> None:
        tab = self.open()
        self._check_line_limits(tab, item, modifiers, quantity)
        due = tab.due
        price = self.price(item, modifiers)
        tab.lines.append(ExpectedLine(item, modifiers, price, quantity, drinker=self.number))
        self._check_tab_limits(tab, due)

    def remove(self, line: ExpectedLine | None, quantity: int | None) -> None:
        tab = self.open()
        found = self._require_live(tab, line)
        self._take_off(tab, found, found.quantity if quantity is None else min(quantity, found.quantity))

    def set_quantity(self, line: ExpectedLine | None, quantity: int) -> None:
        tab = self.open()
        found = self._require_live(tab, line)
        more = quantity - found.quantity
        if more < 0:
            self._take_off(tab, found, -more)
        elif more > 0:
            self._check_line_limits(tab, found.item, found.modifiers, more)
            due = tab.due
            if found.ticket or found.comped or found.unit != self.price(found.item, found.modifiers):
                unit = self.price(found.item, found.modifiers)
                tab.lines.append(ExpectedLine(found.item, found.modifiers, unit, more, drinker=self.number))
            else:
                found.quantity += more
            self._check_tab_limits(tab, due)

    def replace(
        self, line: ExpectedLine | None, item: str, modifiers: tuple[str, ...], quantity: int | None
    ) -> None:
        tab = self.open()
        found = self._require_live(tab, line)
        units = found.quantity if quantity is None else min(quantity, found.quantity)
        self._take_off(tab, found, units)
        self.add(item, units, modifiers)

    def clear(self) -> None:
        tab = self.open()
        lines = [line for line in tab.live_lines if not line.started]
        if not lines:
            raise bar.NoSuchLine
        for line in lines:
            line.quantity = 0
        self._drop_empty_tickets(tab)
        tab.version += 1

    def undo(self) -> None:
        tab = self.open()
        own = [line for line in tab.live_lines if line.drinker == self.number]
        if not own:
            raise bar.NoSuchLine
        last = own[-1]
        self._take_off(tab, last, last.quantity)

    def set_tip(self, bp: int | None, cents: int) -> None:
        tab = self.tab
        if tab is None or (not tab.settled and not tab.units):
            raise bar.NothingToTip
        if tab.settled:
            raise till.TabClosed
        again = tab.status == "closing"
        tab = self.open()
        due = tab.due
        tab.tip_bp, tab.tip_amount = bp, cents if bp is None else 0
        tab.version += 1
        if tab.total > self.policy.tab_cap_cents:
            raise till.TabLimit(0)
        if bp is None and cents > self.policy.tip_cap_cents:
            raise till.OperationNotAllowed
        if tab.due > due and self.balance < 0:
            raise till.OutOfPlayMoney(0)
        if again:
            self._lock_for_payment(tab)

    def fire(self) -> None:
        waiting = [line for line in self.tab.live_lines if not line.ticket] if self.tab else []
        if not waiting:
            raise bar.NothingToSend
        ticket = ExpectedTicket(self.tabs[-1])
        self.rounds.append(ticket)
        for line in waiting:
            line.ticket = ticket
            ticket.lines.append(line)

    def pay(self) -> None:
        if self.tab is None or self.tab.settled:
            raise till.NothingToPay
        if self.tab.status == "open":
            if any(not line.ticket for line in self.tab.live_lines):
                self.fire()
            if self.tab.units and not self.tab.due:
                self.close_comped_tab(self.tab)
            else:
                self._lock_for_payment(self.tab)

    def confirm(self) -> None:
        live = [attempt for attempt in self.tab.attempts if attempt.live] if self.tab else []
        if not live:
            raise till.NoOpenPayment
        live[0].status = "link_open"

    def not_yet(self) -> None:
        if self.tab and self.tab.status == "closing":
            self._reopen(self.tab, "cancelled")

    # --- what the till, the bar and the staff do ---

    def settle(self, tab: ExpectedTab, attempt: ExpectedPayment) -> None:
        if attempt.status == "succeeded":
            return
        if attempt.status != "link_open":
            raise till.NoOpenPayment
        attempt.status = "succeeded"
        tab.paid, tab.status = attempt.amount, "paid"
        tab.version += 1

    def give_up(self, tab: ExpectedTab, attempt: ExpectedPayment, status: str) -> None:
        if attempt.live:
            self._reopen(tab, status)

    def comp(self, tab: ExpectedTab, line: ExpectedLine, cents: int | None = None) -> None:
        tab.require_open()
        left = line.cents - line.comped
        given = left if cents is None else cents
        if not 0 < given <= left:
            raise till.OperationNotAllowed
        line.comped += given
        tab.version += 1

    def comp_tab(self, tab: ExpectedTab, cents: int) -> None:
        left = [line.cents - line.comped for line in tab.live_lines]
        if not 0 < cents <= sum(left):
            raise till.OperationNotAllowed
        tab.require_open()
        exact = [Fraction(cents * one, sum(left)) for one in left]
        parts = [int(one) for one in exact]
        order = sorted(range(len(left)), key=lambda at: parts[at] - exact[at])
        for at in order[: cents - sum(parts)]:
            parts[at] += 1
        for line, part in zip(tab.live_lines, parts, strict=True):
            line.comped += part
        tab.version += 1

    def void_line(self, tab: ExpectedTab, line: ExpectedLine, units: int) -> None:
        if not line.quantity or units > line.quantity:
            raise bar.NoSuchLine
        tab.require_open()
        if line.comped:
            raise till.OperationNotAllowed
        line.quantity -= units
        self._drop_empty_tickets(tab)
        tab.version += 1

    def void_tab(self, tab: ExpectedTab) -> None:
        tab.require_open()
        live = tab.live_lines
        for line in tab.lines:
            line.quantity = line.comped = 0
        for line in live:
            if line.ticket:
                line.ticket.drop_if_empty()
        tab.tip_bp, tab.tip_amount = None, 0
        tab.status = "voided"
        tab.version += 1

    def close_comped_tab(self, tab: ExpectedTab) -> None:
        tab.require_open()
        if tab.due or not tab.units:
            raise till.OperationNotAllowed
        tab.status = "paid"
        tab.version += 1

    def give_tip_to(self, tab: ExpectedTab, person: str) -> None:
        if tab.status == "voided":
            raise till.TabClosed
        tab.tip_for = person
        tab.version += 1

    def close_empty(self, tab: ExpectedTab) -> None:
        tab.require_open()
        if tab.units or tab.due:
            raise till.OperationNotAllowed
        tab.status = "voided"
        tab.version += 1

    def move(self, tab: ExpectedTab, other: ExpectedVisit, picks: dict[int, int] | None) -> None:
        """`picks`: how many of which of the tab's lines, by place; None for all of them, without the tip."""
        if self.tab is None or self.tab.settled:
            raise staff_errors.NothingToMove
        assert tab is self.tab
        if other.tab is None or other.tab.settled:
            other.tabs.append(ExpectedTab(other.policy))
        target = other.tabs[-1]
        if "closing" in (tab.status, target.status):
            raise staff_errors.BillIsOut("")
        lines = self._pick(tab, picks)
        if picks is None and (tab.amounts["tip"] or tab.tip_bp is not None):
            tab.tip_bp, tab.tip_amount = None, 0
            tab.version += 1
        if any(line.comped and units < line.quantity for line, units in lines):
            raise till.OperationNotAllowed
        due = target.due
        for line, units in lines:
            self._move_line(line, units, target)
        tab.version += 1
        other._check_tab_limits(target, due)

    def _pick(self, tab: ExpectedTab, picks: dict[int, int] | None) -> list[tuple[ExpectedLine, int]]:
        live = {at: line.quantity for at, line in enumerate(tab.lines) if line.quantity}
        chosen = live if picks is None else picks
        if not chosen or any(not 0 < units <= live.get(at, 0) for at, units in chosen.items()):
            raise staff_errors.NothingToMove
        lines = [(tab.lines[at], units) for at, units in sorted(chosen.items())]
        if any(line.ticket is None for line, _ in lines):
            raise staff_errors.SendBeforeMoving([])
        return lines

    def _move_line(self, line: ExpectedLine, units: int, target: ExpectedTab) -> None:
        moved = ExpectedLine(
            line.item, line.modifiers, line.unit, units, line.ticket, line.comped, line.drinker
        )
        target.lines.append(moved)
        if line.ticket:
            line.ticket.lines.append(moved)
        line.quantity -= units
        line.comped = 0 if not line.quantity else line.comped

    def bump(self, ticket: ExpectedTicket, by: str) -> None:
        after = {"new": "in_prep", "in_prep": "ready", "ready": "served"}.get(ticket.status)
        if after is None:
            raise Refusal
        ticket.status = after
        if not ticket.tab.tip_for and ticket.tab.status != "voided":
            self.give_tip_to(ticket.tab, by)

    # --- inside ---

    def _check_line_limits(self, tab: ExpectedTab, item: str, modifiers: tuple[str, ...], more: int) -> None:
        same = (line for line in tab.live_lines if (line.item, line.modifiers) == (item, modifiers))
        if sum(line.quantity for line in same) + more > self.policy.line_cap:
            raise till.LineLimit(0)

    def _check_tab_limits(self, tab: ExpectedTab, due: int) -> None:
        tab.version += 1
        if tab.units > self.policy.unit_cap:
            raise till.UnitLimit(0)
        if max(tab.total, tab.amounts["subtotal"]) > self.policy.tab_cap_cents:
            raise till.TabLimit(0)
        if tab.due > due and self.balance < 0:
            raise till.OutOfPlayMoney(0)

    def _require_live(self, tab: ExpectedTab, line: ExpectedLine | None) -> ExpectedLine:
        if line is None or not line.quantity or not any(line is one for one in tab.lines):
            raise bar.NoSuchLine
        return line

    def _take_off(self, tab: ExpectedTab, line: ExpectedLine, units: int) -> None:
        if line.started:
            raise bar.AlreadyStarted("")
        line.quantity -= units
        self._drop_empty_tickets(tab)
        tab.version += 1

    def _drop_empty_tickets(self, tab: ExpectedTab) -> None:
        for line in tab.lines:
            if line.ticket:
                line.ticket.drop_if_empty()

    def _lock_for_payment(self, tab: ExpectedTab) -> None:
        if not tab.due:
            raise till.NothingToPay
        tab.status = "closing"
        tab.version += 1
        tab.attempts.append(ExpectedPayment(tab.due))

    def _reopen(self, tab: ExpectedTab, status: str) -> None:
        for attempt in tab.attempts:
            if attempt.live:
                attempt.status = status
        tab.status = "open"
        tab.version += 1
