"""Stock of ingredients: what was delivered, counted, lost, and used by what was made.

Movements are written once, each with what there is after it, under its ingredient's row lock. Rows are locked
after the tab and the ticket, in the order of their keys. Stock never refuses a drink: below zero it says
“count this”, and what is off sale is for people to say (86, or counted portions).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import OuterRef, Subquery, Sum

from bartender import signals
from bartender.menu.composition import Pour
from bartender.menu.snapshot import Drink, Menu, current_menu, mark_menu_changed
from bartender.models.ingredients import Ingredient
from bartender.models.stock import StockMovement
from bartender.models.visits import OrderLine, Ticket
from maya_site.core.db import after_commit, literally_in
from maya_site.core.money import MICROCENTS_PER_CENT

Kind = StockMovement.Kind
TAKE_STOCK_PERMISSION = "bartender.add_stockmovement"
MAX_PROPOSED = 3  # drinks of an ingredient, on the bar display
# Still to be made: what they need is on the shelf, and promised.
UNMADE_STATUSES = (Ticket.Status.NEW, Ticket.Status.IN_PREP, Ticket.Status.RECALLED)


@dataclass(frozen=True)
class StockEntry:
    """What a person enters of one ingredient, in its unit: what came or went, or what was counted."""

    ingredient: int
    amount: Decimal
    pack_cost_cents: int | None = None  # of a delivery, where it is known


# --- what was made ------------------------------------------------------------------------------------


def use_for_ticket(ticket: Ticket, by: User | None = None) -> None:
    """What the drinks of a ticket took, as it is made. The caller holds the ticket's lock and has counted
    this move: the movements' keys are made from it, so one bump takes once."""
    lines = OrderLine.objects.filter(ticket=ticket, quantity__gt=0).order_by("pk")
    drafts = []
    for line, pours in _pours_of_lines(lines, current_menu()):
        for number, amount in _amounts(pours).items():
            drafts.append(
                StockMovement(
                    ingredient_id=number,
                    kind=Kind.USE,
                    amount=-amount,
                    cost_microcents=_cost_microcents(amount, pours, number),
                    line=line,
                    ticket=ticket,
                    made_by=by,
                    key=f"made:{ticket.pk}:{ticket.move_count}:{line.pk}:{number}",
                )
            )
    _post(drafts)


def give_back_of_ticket(ticket: Ticket, by: User | None = None) -> None:
    """What a ticket took comes back when its bump is taken back. Who makes it anew enters the first glass as
    waste: by arithmetic nobody can tell that from a wrong tap."""
    taken = StockMovement.objects.filter(ticket=ticket).order_by()
    sums = taken.values_list("ingredient", "line").annotate(amount=Sum("amount"), cost=Sum("cost_microcents"))
    _post(
        StockMovement(
            ingredient_id=number,
            kind=Kind.TAKEN_BACK,
            amount=-amount,
            cost_microcents=None if cost is None else -cost,
            line_id=line,
            ticket=ticket,
            made_by=by,
            key=f"back:{ticket.pk}:{ticket.move_count}:{line}:{number}",
        )
        for number, line, amount, cost in sums
        if amount
    )


def _pours_of_lines(lines: Iterable[OrderLine], menu: Menu) -> Iterator[tuple[OrderLine, list[Pour]]]:
    """Each line with all that is poured for it. What is no longer on the menu has no recipe to go by."""
    drinks = {drink.id: drink for drink in menu.drinks}
    for line in lines:
        if drink := drinks.get(line.item_id):
            glass = drink.made_with(drink.resolve_modifiers(line.modifiers))
            yield line, [pour.times(line.quantity) for pour in glass.pours if pour.ingredient.id]


def _amounts(pours: Iterable[Pour]) -> dict[int, Decimal]:
    """By ingredient, in its unit. A dash that nobody measures takes nothing that anybody counts."""
    found: dict[int, Decimal] = defaultdict(Decimal)
    for pour in pours:
        if pour.amount:
            found[pour.ingredient.id] += pour.amount
    return found


def _cost_microcents(amount: Decimal, pours: Iterable[Pour], ingredient: int) -> int | None:
    unit_cost = next(pour.ingredient.unit_cost for pour in pours if pour.ingredient.id == ingredient)
    return None if unit_cost is None else _to_microcents(amount * unit_cost)


def _to_microcents(cents: Decimal) -> int:
    return int((cents * MICROCENTS_PER_CENT).to_integral_value(ROUND_HALF_UP))


# --- what people enter --------------------------------------------------------------------------------


@transaction.atomic
def enter_delivery(entries: Sequence[StockEntry], by: User, cause: str, note: str = "") -> int:
    """Returns how many ingredients came. A cost that is known is that of a pack from now on."""
    costs = {one.ingredient: one.pack_cost_cents for one in entries if one.pack_cost_cents is not None}
    rows = list(
        Ingredient.objects.select_for_update(no_key=True)
        .filter(pk__in=[one.ingredient for one in entries])
        .order_by("pk")
    )
    changed = [row for row in rows if costs.get(row.pk, row.pack_cost_cents) != row.pack_cost_cents]
    for row in changed:
        row.pack_cost_cents = costs[row.pk]
        row.save(update_fields=["pack_cost_cents"])
    if changed:
        mark_menu_changed()
    return _enter(Kind.DELIVERY, entries, by, cause, note)


@transaction.atomic
def enter_loss(kind: StockMovement.Kind, entry: StockEntry, by: User, cause: str, note: str) -> int:
    """Waste and breakage take the amount away; a correction adds it, and may be below zero."""
    sign = 1 if kind == Kind.CORRECTION else -1
    return _enter(kind, [StockEntry(entry.ingredient, sign * entry.amount)], by, cause, note)


@transaction.atomic
def enter_count(entries: Sequence[StockEntry], by: User, cause: str, note: str = "") -> int:
    """What a person counted is what there is. The difference to what there should be stands in the count."""
    return _enter(Kind.COUNT, entries, by, cause, note)


def _enter(kind: StockMovement.Kind, entries: Sequence[StockEntry], by: User, cause: str, note: str) -> int:
    """Under one cause each ingredient moves once. Returns how many did."""
    costs = {
        row.pk: row.unit_cost for row in Ingredient.objects.filter(pk__in=[e.ingredient for e in entries])
    }
    written = _post(
        StockMovement(
            ingredient_id=one.ingredient,
            kind=kind,
            amount=one.amount,
            balance=one.amount if kind == Kind.COUNT else None,
            cost_microcents=_entered_cost(kind, one.amount, costs[one.ingredient]),
            made_by=by,
            note=note,
            key=f"{kind}:{cause}:{one.ingredient}",
        )
        for one in entries
    )
    if written:  # displays show what runs low, guests' pages read the menu's version and find it the same
        after_commit(lambda: signals.menu_changed.send(Ingredient))
    return written


def _entered_cost(kind: str, amount: Decimal, unit_cost: Decimal | None) -> int | None:
    """A count's cost is that of its difference, which is known under the lock alone."""
    return None if unit_cost is None or kind == Kind.COUNT else _to_microcents(amount * unit_cost)


def _post(drafts: Iterable[StockMovement]) -> int:
    """Writes those whose key is not there yet, each with the balance after it. Returns how many."""
    drafts = list(drafts)
    if not drafts:
        return 0
    wanted = {draft.ingredient_id for draft in drafts}
    balances = _lock_balances(wanted)
    there = set(
        StockMovement.objects.filter(key__in=[draft.key for draft in drafts]).values_list("key", flat=True)
    )
    new = [draft for draft in drafts if draft.key not in there]
    for draft in new:
        before = balances[draft.ingredient_id]
        if draft.kind == Kind.COUNT:
            assert draft.balance is not None
            draft.expected, draft.amount = before, draft.balance - (before or 0)
        else:
            draft.balance = None if before is None else before + draft.amount
        balances[draft.ingredient_id] = draft.balance
    StockMovement.objects.bulk_create(new)
    return len(new)


def _lock_balances(ingredients: Iterable[int]) -> dict[int, Decimal | None]:
    """What there is of each ingredient, under its row lock; None where nobody has counted."""
    rows = Ingredient.objects.select_for_update(no_key=True).filter(pk__in=ingredients).order_by("pk")
    locked = [row.pk for row in rows]
    found = Ingredient.objects.filter(pk__in=locked).order_by("pk").annotate(balance=newest_balance())
    return dict(found.values_list("pk", "balance"))


def newest_balance() -> Subquery:
    newest = StockMovement.objects.filter(ingredient=OuterRef("pk")).order_by("-id")
    return Subquery(newest.values("balance")[:1])


# --- what there is, and what runs low -----------------------------------------------------------------


@dataclass(frozen=True)
class StockLevel:
    """What there is of an ingredient by its movements. `balance`: in its unit; None where nobody counted."""

    id: int
    name: str
    unit: str
    balance: Decimal | None
    low_stock: Decimal | None
    pack_size: Decimal | None
    available: bool

    @property
    def state(self) -> str:
        """count (below zero: the arithmetic is wrong), out, low, or ""."""
        if self.balance is None:
            return ""
        if self.balance < 0:
            return "count"
        if not self.balance:
            return "out"
        return "low" if self.low_stock is not None and self.balance <= self.low_stock else ""

    @property
    def state_label(self) -> str:
        return {"count": "count this", "out": "none left", "low": "running low"}.get(self.state, "")

    @property
    def amount_label(self) -> str:
        return "not counted" if self.balance is None else format_stock(self.balance, self.unit)

    @property
    def packs_label(self) -> str:
        """How many packs that is, to a tenth; "" where nobody knows, or one is a pack."""
        if self.balance is None or not self.pack_size or self.pack_size == 1:
            return ""
        packs = (self.balance / self.pack_size).quantize(Decimal("0.1"))
        return f"{packs} packs of {format_stock(self.pack_size, self.unit)}"


def format_stock(amount: Decimal, unit: str) -> str:
    """ "1,250 ml", or "12" of what is counted one by one."""
    number = f"{amount:,.1f}".removesuffix(".0")
    return f"{number} ml" if unit == Ingredient.Unit.ML else number


def stock_levels(*, counted_only: bool = False) -> list[StockLevel]:
    """All ingredients by name. One query."""
    rows = Ingredient.objects.annotate(balance=newest_balance()).order_by("name")
    if counted_only:
        rows = rows.filter(balance__isnull=False)
    fields = ("pk", "name", "unit", "balance", "low_stock", "pack_size", "available")
    return [StockLevel(*row) for row in rows.values_list(*fields)]


@dataclass(frozen=True)
class StockNotice:
    """An ingredient that runs low, and how many of which drinks can still be sold of it: a person decides."""

    level: StockLevel
    drinks: tuple[tuple[Drink, int], ...] = ()

    @property
    def fewest(self) -> list[tuple[Drink, int]]:
        """Some of the drinks, those first that there is least of."""
        return sorted(self.drinks, key=lambda one: (one[1], one[0].name))[:MAX_PROPOSED]

    @property
    def proposes_86(self) -> bool:
        return self.level.available and self.level.state in ("count", "out")


def stock_notices(menu: Menu | None = None) -> list[StockNotice]:
    """What runs low, is gone or must be counted, the emptiest first."""
    levels = [level for level in stock_levels(counted_only=True) if level.state]
    if not levels:
        return []
    menu = menu or current_menu()
    promised = _promised_amounts(menu)
    levels.sort(key=lambda level: (("count", "out", "low").index(level.state), level.name))
    return [StockNotice(level, tuple(_sellable_drinks(level, menu, promised))) for level in levels]


def _promised_amounts(menu: Menu) -> dict[int, Decimal]:
    """What is on its way to be made, by ingredient."""
    waiting = Ticket.objects.filter(literally_in("status", UNMADE_STATUSES)).order_by()
    lines = OrderLine.objects.filter(ticket__in=list(waiting.values_list("pk", flat=True)), quantity__gt=0)
    return _amounts(pour for _line, pours in _pours_of_lines(lines, menu) for pour in pours)


def _sellable_drinks(
    level: StockLevel, menu: Menu, promised: dict[int, Decimal]
) -> Iterator[tuple[Drink, int]]:
    """The drinks on sale that cannot be made without it, and how many there is enough for. A drink whose
    portions are counted already, and no higher, needs no proposal."""
    left = (level.balance or Decimal(0)) - promised.get(level.id, Decimal(0))
    for drink in menu.drinks:
        need = sum(
            (
                p.amount or Decimal(0)
                for p in drink.recipe
                if p.ingredient.id == level.id and not p.is_garnish
            ),
            Decimal(0),
        )
        if not drink.available or not need or drink.ways_without(level.name):
            continue
        portions = max(0, int(left // need))
        if drink.portions_left is None or drink.portions_left > portions:
            yield drink, portions
