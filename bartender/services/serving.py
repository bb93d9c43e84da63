"""What a guest is served: the rules of bartender/serving over what is written; a person's word on the rest.

Every check here runs inside the transaction that it guards, with the visit held.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import ParamSpec, TypeVar

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from bartender.errors import (
    AlcoholFreeOnly,
    AllergyDoubt,
    AskAPerson,
    DeedIsDecided,
    MoreThanMaySay,
    NoAlcohol,
    SayYourAge,
    ShowAnId,
)
from bartender.menu.snapshot import Drink, Menu, MenuModifier, current_menu
from bartender.records.serving import StaffLeave
from bartender.records.visits import OrderLine, Visit
from bartender.serving.rules import (
    Doubt,
    Limits,
    Standing,
    Verdict,
    doubt,
    grams_of,
    judge,
    kept,
    may_be_poured,
    safe_for,
)
from bartender.signals import care_changed
from maya_site.lib.db import committed

Kind = StaffLeave.Kind
Status = StaffLeave.Status
HOLDS_FOR = timedelta(minutes=60)  # how long a person's yes to more alcohol is good

P = ParamSpec("P")
T = TypeVar("T")


# --- before something goes on the tab, and before it goes to the bar -----------------------------------


def check(visit: Visit, menu: Menu, drink: Drink, chosen: Sequence[MenuModifier], quantity: int) -> None:
    """Raises a refusal that says what to do; else remembers where water is due. The visit is held."""
    _check_allergies(visit, menu, drink)
    wanted = grams_of(drink, chosen) * quantity
    if not wanted:
        return
    limits = menu.limits_now()
    standing = _standing(visit, limits)
    verdict = judge(standing, wanted, limits)
    if verdict == Verdict.STAFF and _allowed(visit, Kind.ALCOHOL):
        verdict = judge(replace(standing, allowed=True), wanted, limits)
    _enforce(visit, verdict, limits, menu, drink)


def check_ticket(visit: Visit, lines: Sequence[OrderLine]) -> None:
    """The last look before the bar begins: an allergy may be newer than the line, and so may an ID."""
    visit.refresh_from_db(fields=["age_state", "allergies"])  # a stream keeps its visit for hours
    menu = current_menu()
    known = {drink.id: drink for drink in menu.drinks}
    for line in lines:
        if drink := known.get(line.item_id):
            _check_allergies(visit, menu, drink)
    grams = sum((line.unit_grams * line.quantity for line in lines), Decimal(0))
    limits = menu.limits_now()
    if may_be_poured(visit.age_state, grams, limits):
        return
    if visit.age_state == "refused":
        raise NoAlcohol(_without(menu, visit))
    raise ShowAnId(limits.legal_age)


def _standing(visit: Visit, limits: Limits) -> Standing:
    """By the lines of the window that were not taken off. Whoever is known counts over all their visits."""
    since = timezone.now() - timedelta(minutes=limits.window_minutes)
    lines = OrderLine.objects.filter(ordered_at__gte=since)
    lines = (
        lines.filter(visit__regular=visit.regular_id) if visit.regular_id else lines.filter(visit=visit.pk)
    )
    grams = Sum(F("quantity") * F("unit_grams"))
    found = lines.order_by().values_list("status").annotate(grams=grams)
    by_status: dict[str, Decimal] = dict(found)
    none = Decimal(0)
    sent = by_status.get(OrderLine.Status.SENT, none)
    return Standing(sent, by_status.get(OrderLine.Status.OPEN, none), visit.age_state)


def eased(visit: Visit) -> bool:
    """At or above the soft limit: nothing with alcohol is offered unasked."""
    return visit.eased_until is not None and visit.eased_until > timezone.now()


def _enforce(visit: Visit, verdict: Verdict, limits: Limits, menu: Menu, drink: Drink) -> None:
    match verdict:
        case Verdict.REFUSE:
            raise NoAlcohol(_without(menu, visit))
        case Verdict.ASK_AGE:
            raise SayYourAge(limits.legal_age)
        case Verdict.ALCOHOL_FREE:
            raise AlcoholFreeOnly(_without(menu, visit))
        case Verdict.STAFF:
            raise MoreThanMaySay(drink.name, _without(menu, visit))
        case Verdict.WATER:
            _ease(visit, timedelta(minutes=limits.window_minutes))


def _ease(visit: Visit, window: timedelta) -> None:
    until = timezone.now() + window
    if visit.eased_until is None or until - visit.eased_until > window / 10:  # not a write for each drink
        visit.eased_until = until
        Visit.objects.filter(pk=visit.pk).update(eased_until=until)


def _check_allergies(visit: Visit, menu: Menu, drink: Drink) -> None:
    found = doubt(drink, visit.allergies) if visit.allergies else Doubt()
    if found and not _allowed(visit, Kind.ALLERGY, drink.id):
        safe = [one.name for one in safe_for(menu.drinks, visit.allergies)][:3]
        raise AllergyDoubt(drink.id, drink.slug, drink.name, found.contains, found.unknown, safe)


def _allowed(visit: Visit, kind: str, item: int | None = None) -> bool:
    given = StaffLeave.objects.filter(visit=visit.pk, kind=kind, item=item, status=Status.GIVEN)
    if kind == Kind.ALCOHOL:
        given = given.filter(decided_at__gt=timezone.now() - HOLDS_FOR)
    return given.exists()


def _without(menu: Menu, visit: Visit) -> list[str]:
    """Without alcohol, and without what the guest must not have."""
    return [one.name for one in safe_for(menu.drinks, visit.allergies) if not one.alcoholic][:4]


# --- what guests say of themselves -------------------------------------------------------------------


@committed
def declare_allergies(visit: Visit, names: Collection[str]) -> list[str]:
    """Adds. Returns all that the visit has then."""
    held = Visit.objects.select_for_update(no_key=True).only("allergies").get(pk=visit.pk)
    return _keep_allergies(visit, kept(held.allergies, names))


@committed
def set_allergies(visit: Visit, names: Collection[str]) -> list[str]:
    """The guest's own list, as they leave the form: also fewer than before."""
    Visit.objects.select_for_update(no_key=True).only("pk").get(pk=visit.pk)
    return _keep_allergies(visit, sorted(set(names)))


def _keep_allergies(visit: Visit, names: list[str]) -> list[str]:
    visit.allergies = names
    Visit.objects.filter(pk=visit.pk).update(allergies=names)
    _tell(visit)
    return names


@committed
def declare_age(visit: Visit, state: str) -> str:
    """What a guest says of their age. It lifts nobody's refusal, and nothing that a person has seen."""
    held = Visit.objects.select_for_update(no_key=True).only("age_state").get(pk=visit.pk)
    keeps = held.age_state == "refused" or (held.age_state == "checked" and state == "declared")
    visit.age_state = held.age_state if keeps else state
    Visit.objects.filter(pk=visit.pk).update(age_state=visit.age_state)
    _tell(visit)
    return visit.age_state


def _tell(visit: Visit) -> None:
    transaction.on_commit(partial(care_changed.send_robust, sender=Visit, visit_code=visit.code))


# --- what a person decides ---------------------------------------------------------------------------


def asking_people(work: Callable[P, T]) -> Callable[P, T]:
    """Where `work`, whose first argument is the visit, needs a person's word, staff find the wish waiting."""

    @functools.wraps(work)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return work(*args, **kwargs)
        except AskAPerson as wish:
            visit = args[0]
            assert isinstance(visit, Visit)
            _wait(visit, wish)
            raise

    return run


@committed
def _wait(visit: Visit, wish: AskAPerson) -> None:
    Visit.objects.select_for_update(no_key=True).only("pk").get(pk=visit.pk)
    StaffLeave.objects.get_or_create(
        visit=visit,
        key=wish.key,
        status=Status.WAITING,
        defaults={"kind": wish.kind, "item_id": wish.item, "about": wish.about[:200]},
    )


@committed
def decide_leave(leave: StaffLeave, person: User, *, given: bool) -> StaffLeave:
    """Once. For an ID it is the guest's age that was decided."""
    now = StaffLeave.objects.select_for_update(of=("self",)).get(pk=leave.pk)
    if now.status != Status.WAITING:
        raise DeedIsDecided
    now.status, now.decided_by, now.decided_at = (
        Status.GIVEN if given else Status.DECLINED,
        person,
        timezone.now(),
    )
    now.save(update_fields=["status", "decided_by", "decided_at"])
    if now.kind == Kind.AGE:
        Visit.objects.filter(pk=now.visit_id).update(age_state="checked" if given else "refused")
    return now


def decided_for(visit: Visit) -> tuple[tuple[int, str], ...]:
    """What people have answered this guest, oldest first."""
    rows = StaffLeave.objects.filter(visit=visit.pk).exclude(status=Status.WAITING).order_by("pk")
    with override(visit.language):
        return tuple((row.pk, answer(row)) for row in rows.select_related("item"))


def answer(leave: StaffLeave) -> str:
    given = leave.status == Status.GIVEN
    match leave.kind:
        case Kind.AGE:
            return (
                _("Your ID was seen: thank you.") if given else _("Drinks without alcohol for you tonight.")
            )
        case Kind.ALLERGY if leave.item:
            yes = _("A person has said yes to %(drink)s: order it once more.")
            no = _("A person has looked: better not %(drink)s, for your own sake.")
            return (yes if given else no) % {"drink": leave.item.name}
        case _:
            yes = _("A person has looked in and said yes: order it once more.")
            return yes if given else _("A person has looked in: from here on without alcohol, please.")


@committed
def check_age(visit: Visit, person: User, *, of_age: bool) -> None:
    """A person has looked, whether or not the guest was asked to show anything."""
    waiting = StaffLeave.objects.select_for_update().filter(visit=visit, key=Kind.AGE, status=Status.WAITING)
    for leave in waiting:
        decide_leave(leave, person, given=of_age)
    if not waiting:
        StaffLeave.objects.create(
            visit=visit,
            kind=Kind.AGE,
            key=Kind.AGE,
            about="age",
            status=Status.GIVEN if of_age else Status.DECLINED,
            decided_by=person,
            decided_at=timezone.now(),
        )
    Visit.objects.filter(pk=visit.pk).update(age_state="checked" if of_age else "refused")
