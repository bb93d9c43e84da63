"""Putting drinks on the tab, changing them, taking them off: each call is one transaction and one cause."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from bartender.errors import AlreadyStarted, NoSuchLine, VisitOver, WrongQuantity
from bartender.menu.snapshot import Drink, Menu, MenuModifier, current_menu
from bartender.records.menu import Venue
from bartender.records.visits import OrderLine, Ticket, Visit
from bartender.services import serving
from bartender.services.resolve import choose_modifiers, find_drink, in_menu_words, unit_price
from bartender.services.serving import asking_people
from bartender.services.thawing import reopening, thawing
from bartender.serving.rules import grams_of
from maya_site.lib.counters import ORDERS
from maya_site.lib.db import Ready, after_commit
from payments import checkout, ledger
from payments.errors import LineLimit
from payments.ledger import Cause, Sale, Terms
from payments.models import Journal, Tab

Status = OrderLine.Status
# What may have changed while the visit was not held: it is over, or a person has decided something.
HELD = ("closed_at", "age_state", "allergies", "eased_until", "regular_id")


def current_tab(visit: Visit) -> Tab | None:
    """The visit's newest tab, settled or not."""
    return _NEWEST.first(visit.code)


_NEWEST = Ready(lambda code: Tab.objects.of_visit(code).order_by("-id")[:1], "a visit's code")


def live_lines(tab: Tab) -> QuerySet[OrderLine]:
    return OrderLine.objects.filter(tab=tab).exclude(status=Status.VOIDED)


@asking_people
@thawing
def add(visit: Visit, item: str, quantity: int, modifiers: Sequence[str], cause: Cause) -> OrderLine:
    """Sell `quantity` of an item at the menu's price of this moment. The same cause again: the same line."""
    menu = current_menu()
    cause = cause.asking("add", quantity, *in_menu_words(menu, item, modifiers))
    if answered(visit, cause):
        return OrderLine.objects.get(visit=visit, key=cause.key)
    drink = find_drink(menu, item)
    chosen = choose_modifiers(drink, modifiers)
    return _add(visit, open_for_change(visit, cause), menu, drink, chosen, quantity, cause)


@thawing
def remove(visit: Visit, line: OrderLine, quantity: int | None, cause: Cause) -> OrderLine:
    """Take units of a line off again (all of them by default), as long as the bar has not begun."""
    cause = cause.asking("remove", line.code, quantity)
    if answered(visit, cause):
        return OrderLine.objects.get(pk=line.pk)
    tab = open_for_change(visit, cause)
    line = _locked(tab, line)
    wanted = line.quantity if quantity is None else whole(quantity)
    _take_off(tab, line, min(wanted, line.quantity), cause)
    return line


@asking_people
@thawing
def set_quantity(visit: Visit, line: OrderLine, quantity: int, cause: Cause) -> OrderLine:
    """ "Make that two": fewer are voided, more are sold at today's price."""
    cause = cause.asking("make it", line.code, whole(quantity))
    if answered(visit, cause):
        return OrderLine.objects.filter(visit=visit, key=cause.key).first() or OrderLine.objects.get(
            pk=line.pk
        )
    tab = open_for_change(visit, cause)
    line = _locked(tab, line)
    if quantity > line.quantity:
        return _more(visit, tab, line, quantity - line.quantity, cause)
    if quantity < line.quantity:
        _take_off(tab, line, line.quantity - quantity, cause)
    return line


@asking_people
@thawing
def replace(
    visit: Visit, line: OrderLine, item: str, modifiers: Sequence[str], quantity: int | None, cause: Cause
) -> OrderLine:
    """Another drink, or the same one made differently, for all or some units of a line."""
    menu = current_menu()
    cause = cause.asking("swap", line.code, quantity, *in_menu_words(menu, item, modifiers))
    if answered(visit, cause):
        return OrderLine.objects.get(visit=visit, key=cause.key)
    drink = find_drink(menu, item)
    chosen = choose_modifiers(drink, modifiers)
    tab = open_for_change(visit, cause)
    line = _locked(tab, line)
    units = line.quantity if quantity is None else min(whole(quantity), line.quantity)
    _take_off(tab, line, units, cause.part("old"))
    return _add(visit, tab, menu, drink, chosen, units, cause)


@thawing
def clear(visit: Visit, cause: Cause) -> int:
    """Take off everything that the bar has not begun. Returns how many drinks that was."""
    cause = cause.asking("clear")
    if done := answered(visit, cause):
        return -sum(entry.quantity for entry in done.entries.all())
    tab = open_for_change(visit, cause)
    lines = [line for line in live_lines(tab).select_related("ticket") if _removable(line)]
    if not lines:
        raise NoSuchLine(_("anything I can still take off"))
    units = sum(line.quantity for line in lines)
    ledger.void(tab, [Sale(line.code, line.quantity, line.unit_cents) for line in lines], cause)
    OrderLine.objects.filter(pk__in=[line.pk for line in lines]).update(status=Status.VOIDED, quantity=0)
    for line in lines:
        _void_empty_ticket(line)
    return units


@thawing
def undo(visit: Visit, cause: Cause) -> OrderLine:
    """Take back the thing that was ordered last."""
    cause = cause.asking("undo")
    if done := answered(visit, cause):
        return OrderLine.objects.get(code__in=done.entries.exclude(reference="").values("reference"))
    tab = open_for_change(visit, cause)
    line = live_lines(tab).select_related("ticket").order_by("-id").first()
    if line is None:
        raise NoSuchLine(_("anything to undo"))
    _take_off(tab, line, line.quantity, cause)
    return line


def answered(visit: Visit, cause: Cause) -> Journal | None:
    """What this very request did before, if it did. The visit is held until the transaction ends, so that
    the same request twice at once is done once; a repeated one touches neither tab nor bill."""
    held = Visit.objects.select_for_update(no_key=True).only(*HELD).get(pk=visit.pk)
    for name in HELD:
        setattr(visit, name, getattr(held, name))
    return ledger.answered(visit.code, cause)


def open_for_change(visit: Visit, cause: Cause) -> Tab:
    """The visit's open tab, locked. Ordering again while a bill is out takes the bill back first."""
    if visit.closed_at is not None:
        raise VisitOver
    tab = ledger.unsettled(visit.code) or ledger.lock(ledger.open_tab(visit.code, terms()))
    if tab.status != Tab.Status.CLOSING:
        return tab
    checkout.thaw(tab, reopening(cause))
    return ledger.lock(tab)


def terms() -> Terms:
    venue = Venue.here()
    return Terms(
        currency=venue.currency,
        tax_rate_bp=venue.tax_rate_bp,
        cap_cents=venue.tab_cap_cents,
        line_cap=venue.line_cap,
        unit_cap=venue.unit_cap,
        tip_cap_cents=venue.tip_cap_cents,
        play_money_cents=venue.play_money_cents if checkout.till_is_simulated() else None,
    )


# --- inside: the tab is locked -----------------------------------------------------------------------


def _add(
    visit: Visit,
    tab: Tab,
    menu: Menu,
    drink: Drink,
    chosen: Sequence[MenuModifier],
    quantity: int,
    cause: Cause,
) -> OrderLine:
    whole(quantity)
    _refuse_too_many(tab, drink, chosen, quantity)
    serving.check(visit, menu, drink, chosen, quantity)
    line = OrderLine(
        visit=visit,
        tab=tab,
        number=OrderLine.objects.filter(tab=tab).count() + 1,
        item_id=drink.id,
        name=drink.name,
        modifiers=[modifier.name for modifier in chosen],
        quantity=quantity,
        unit_cents=unit_price(drink, chosen),
        unit_grams=grams_of(drink, chosen),
        key=cause.key,
    )
    # The ledger speaks first: a refusal leaves no line behind.
    ledger.charge(tab, [Sale(line.code, quantity, line.unit_cents)], cause)
    line.save(force_insert=True)
    after_commit(lambda: ORDERS.labels(visit.surface).inc())
    return line


def _more(visit: Visit, tab: Tab, line: OrderLine, more: int, cause: Cause) -> OrderLine:
    """On the same line while it is as it was ordered; else on one of its own."""
    menu = current_menu()
    drink = find_drink(menu, line.item.name)
    chosen = choose_modifiers(drink, line.modifiers)
    changed = line.status == Status.SENT or line.comped
    if changed or unit_price(drink, chosen) != line.unit_cents:
        return _add(visit, tab, menu, drink, chosen, more, cause)
    _refuse_too_many(tab, drink, chosen, more)
    serving.check(visit, menu, drink, chosen, more)
    ledger.charge(tab, [Sale(line.code, more, line.unit_cents)], cause)
    line.quantity += more
    line.save(update_fields=["quantity"])
    return line


def whole(quantity: int) -> int:
    if type(quantity) is not int or quantity < 1:
        raise WrongQuantity
    return quantity


def _refuse_too_many(tab: Tab, drink: Drink, chosen: Sequence[MenuModifier], more: int) -> None:
    """The cap holds for one drink made one way, however often it was asked for."""
    names = [modifier.name for modifier in chosen]
    same = live_lines(tab).filter(item_id=drink.id).only("quantity", "modifiers")
    if sum(line.quantity for line in same if line.modifiers == names) + more > tab.line_cap:
        raise LineLimit(tab.line_cap)


def _locked(tab: Tab, line: OrderLine) -> OrderLine:
    found = live_lines(tab).select_related("item", "ticket").filter(pk=line.pk).first()
    if found is None:
        raise NoSuchLine(line.name)
    return found


def _removable(line: OrderLine) -> bool:
    return not line.comped and (line.ticket is None or line.ticket.status == Ticket.Status.NEW)


def _take_off(tab: Tab, line: OrderLine, units: int, cause: Cause) -> None:
    if not _removable(line):
        raise AlreadyStarted(line.name)
    take_off_anyway(tab, line, units, cause)


def take_off_anyway(tab: Tab, line: OrderLine, units: int, cause: Cause) -> None:
    """Whether or not the bar has begun: for guests, `_removable` was asked before; staff say why."""
    ledger.void(tab, [Sale(line.code, units, line.unit_cents)], cause)
    line.quantity -= units
    line.status = line.status if line.quantity else Status.VOIDED
    line.save(update_fields=["quantity", "status"])
    _void_empty_ticket(line)


def _void_empty_ticket(line: OrderLine) -> None:
    if line.ticket_id and not OrderLine.objects.filter(ticket=line.ticket_id, quantity__gt=0).exists():
        Ticket.objects.filter(pk=line.ticket_id).update(
            status=Ticket.Status.VOIDED, changed_at=timezone.now()
        )
