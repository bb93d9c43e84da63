"""Applies the rules of safety/serving_rules.py to what is recorded, and leaves the rest to a person.

Every check runs inside the transaction that it guards, while the caller holds a row lock: the visit's for
`check_drink`, at least the tab's for `check_ticket`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, F, Q, Sum, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from bartender.errors import (
    AgeDeclarationRequired,
    AlcoholFreeOnly,
    AlcoholLimitReached,
    AlcoholRefused,
    AllergyApprovalRequired,
    AlreadyDecided,
    CautionDeclared,
    DrinkRefused,
    IdCheckRequired,
    IdWasRefused,
    MoreAlcoholRefused,
    StaffApprovalRequired,
    UnknownStrength,
)
from bartender.menu.alcohol import ZERO_GRAMS, ServingLimits
from bartender.menu.snapshot import Drink, Menu, MenuModifier, current_menu
from bartender.models.responsible_service import Approval
from bartender.models.visits import OrderLine, Visit
from bartender.safety.serving_rules import (
    FINAL_VERDICTS,
    AlcoholIntake,
    ServingVerdict,
    can_be_poured,
    decide_serving,
    find_allergen_warning,
    merge_allergens,
    recommendable_drinks,
)
from bartender.services import approvals
from bartender.services.approvals import ALCOHOL_DECISION_TTL
from bartender.signals import guest_needs_changed
from maya_site.core.db import CompiledQuery, atomic_with_retry

ApprovalKind = Approval.Kind
ApprovalStatus = Approval.Status
VISIT_LONG_CAUTIONS = frozenset(
    {"pregnancy", "driving", "medicine"}
)  # for the whole visit; the others for a window


# --- before something goes on the tab, and before it goes to the bar -----------------------------------


def check_drink(
    visit: Visit, menu: Menu, drink: Drink, chosen: Sequence[MenuModifier], quantity: int
) -> Approval | None:
    """Checks a drink before it goes on the tab: refusals, age, limits, allergies and cautions. Returns a
    person's yes to more alcohol, where it is not served without one.

    Raises a ServiceRefused that says what to do: first what no person's word lifts, so that nobody is asked
    for a yes that would pour nothing. At the soft limit it serves and records a slowdown. The caller holds
    the visit's row lock.
    """
    unit = drink.made_with(chosen).grams
    wanted = None if unit is None else unit * quantity
    if wanted is not None and not wanted:
        _check_allergies(visit, menu, drink, chosen)
        return None
    limits = menu.current_limits()
    # How far a person's approval goes, in grams of the window; None without one. A drink of unknown
    # strength needs an approval of its own.
    word = _check_not_refused(visit, menu, [drink.id]).get(drink.id if wanted is None else None)
    approved = (word.ethanol_grams or ZERO_GRAMS) if word and approvals.is_approved(word) else None
    standing = replace(alcohol_intake(visit, limits), approved_grams=approved)
    verdict = decide_serving(standing, wanted, limits)
    if verdict in FINAL_VERDICTS:
        _raise_final_verdict(visit, verdict, limits, menu)
    _check_allergies(visit, menu, drink, chosen)
    if visit.cautions and approved is None and wanted is not None:
        _check_cautions(
            visit,
            menu,
            _drink_description(drink, chosen),
            standing.served_grams + standing.pending_grams + wanted,
        )
    if verdict == ServingVerdict.NEEDS_STAFF and wanted is None:
        raise UnknownStrength(
            drink.id, drink.slug, _drink_description(drink, chosen), _alcohol_free_suggestions(menu, visit)
        )
    if verdict == ServingVerdict.NEEDS_STAFF and wanted is not None:
        after = standing.served_grams + standing.pending_grams + wanted
        one, all_of_it = (round(grams / menu.standard_drink_grams, 1) for grams in (wanted, after))
        request = (
            f"{quantity} × {_drink_description(drink, chosen)}: {one} standard drinks, {all_of_it} in all"
        )
        raise AlcoholLimitReached(request, _alcohol_free_suggestions(menu, visit), after)
    if verdict == ServingVerdict.SERVE_WITH_WATER:
        _extend_slowdown(visit, timedelta(minutes=limits.window_minutes))
    alone = decide_serving(replace(standing, approved_grams=None), wanted, limits)
    return word if visit.cautions or alone == ServingVerdict.NEEDS_STAFF else None


def check_ticket(visit: Visit, lines: Sequence[OrderLine]) -> tuple[Decimal | None, Decimal | None]:
    """Checks lines again before they are sent: an allergy, an age or a refusal may be newer than the line.

    Returns the grams of ethanol and the standard drinks of all lines, None where one is unknown.
    """
    visit.refresh_from_db(fields=["age_state", "allergies", "cautions"])  # a stream keeps its visit for hours
    menu = current_menu()
    known = {drink.id: drink for drink in menu.drinks}
    if with_alcohol := [
        line.item_id for line in lines if line.unit_ethanol_grams is None or line.unit_ethanol_grams
    ]:
        words = _check_not_refused(visit, menu, with_alcohol)
    for line in lines:
        if drink := known.get(line.item_id):
            _check_allergies(visit, menu, drink, drink.resolve_modifiers(line.modifiers))
    grams, limits = total_ethanol_grams(lines), menu.current_limits()
    if with_alcohol and visit.cautions and not approvals.is_approved(words.get(None)):
        # Lines ordered after the caution were checked against it when they were added.
        said = max(datetime.fromisoformat(at) for at in visit.cautions.values())
        if earlier := [
            line.name for line in lines if line.unit_ethanol_grams != 0 and line.ordered_at < said
        ]:
            _check_cautions(visit, menu, ", ".join(earlier), grams or ZERO_GRAMS)
    if not can_be_poured(visit.age_state, grams, limits):
        raise IdCheckRequired(limits.legal_age)
    return grams, None if grams is None else grams / menu.standard_drink_grams


def total_ethanol_grams(lines: Collection[OrderLine]) -> Decimal | None:
    """Of all units together, in grams; None if the strength of any line is unknown."""
    each = [line.unit_ethanol_grams for line in lines]
    if any(grams is None for grams in each):
        return None
    return sum((line.quantity * (line.unit_ethanol_grams or ZERO_GRAMS) for line in lines), ZERO_GRAMS)


def unverified_age_states(limits: ServingLimits) -> set[str]:
    """Of guests whose ID a person should look at before alcohol is handed over."""
    return {"declared"} if limits.age_check == "none" else {"unknown", "declared"}


def alcohol_intake(visit: Visit, limits: ServingLimits) -> AlcoholIntake:
    """From the lines of the window that were not voided; of a returning guest, over all of their visits."""
    since = timezone.now() - timedelta(minutes=limits.window_minutes)
    lines = OrderLine.objects.filter(ordered_at__gte=since)
    lines = (
        lines.filter(visit__returning_guest=visit.returning_guest_id)
        if visit.returning_guest_id
        else lines.filter(visit=visit.pk)
    )
    grams = Sum(F("quantity") * F("unit_ethanol_grams"))
    unmeasured = Count("pk", filter=Q(unit_ethanol_grams=None, quantity__gt=0))
    found = lines.order_by().values_list("status").annotate(grams=grams, unmeasured=unmeasured)
    by_status = {status: grams or ZERO_GRAMS for status, grams, _ in found}
    sent = by_status.get(OrderLine.Status.SENT, ZERO_GRAMS)
    waiting = by_status.get(OrderLine.Status.OPEN, ZERO_GRAMS)
    return AlcoholIntake(sent, waiting, visit.age_state, has_unknown_strength=any(many for *_, many in found))


def _check_not_refused(visit: Visit, menu: Menu, items: Collection[int]) -> dict[int | None, Approval]:
    """Raises if a refusal is in force, without a new request. Returns the newest decisions by item."""
    if visit.age_state == "refused":
        raise _alcohol_refusal(menu, visit)
    words = approvals.latest_alcohol_decisions(visit, items)
    for item in (None, *items):
        if (word := words.get(item)) and approvals.is_declined(word):
            said, instead = approvals.decision_attribution(word, menu), _alcohol_free_suggestions(menu, visit)
            raise (
                DrinkRefused(word.item.name, said, instead)
                if word.item
                else MoreAlcoholRefused(said, instead)
            )
    return words


def _alcohol_refusal(menu: Menu, visit: Visit) -> AlcoholRefused:
    said = approvals.latest_age_decision(visit)
    by = approvals.decision_attribution(said, menu) if said and approvals.is_declined(said) else None
    return AlcoholRefused(_alcohol_free_suggestions(menu, visit), by)


def is_slowed_down(visit: Visit) -> bool:
    """Whether alcohol is no longer offered unasked: refused, at the soft limit, or after a caution."""
    if visit.age_state == "refused" or visit.cautions:
        return True
    return visit.slowdown_until is not None and visit.slowdown_until > timezone.now()


def _raise_final_verdict(visit: Visit, verdict: ServingVerdict, limits: ServingLimits, menu: Menu) -> None:
    match verdict:
        case ServingVerdict.REFUSE:
            raise _alcohol_refusal(menu, visit)
        case ServingVerdict.NEEDS_AGE_CHECK:
            raise AgeDeclarationRequired(limits.legal_age)
        case ServingVerdict.ALCOHOL_FREE:
            raise AlcoholFreeOnly(_alcohol_free_suggestions(menu, visit))


def _extend_slowdown(visit: Visit, window: timedelta) -> None:
    until = timezone.now() + window
    if (
        visit.slowdown_until is None or until - visit.slowdown_until > window / 10
    ):  # not a write for each drink
        visit.slowdown_until = until
        Visit.objects.filter(pk=visit.pk).update(slowdown_until=until)


def _check_cautions(visit: Visit, menu: Menu, requested_drinks: str, grams: Decimal) -> None:
    """What a guest says about themselves or their company is for a person to weigh, not for Maya.

    `grams` is the ethanol of the whole window, this request included. Raises CautionDeclared.
    """
    since = timezone.now() - timedelta(minutes=menu.current_limits().window_minutes)
    holding = [
        kind
        for kind, at in visit.cautions.items()
        if kind in VISIT_LONG_CAUTIONS or datetime.fromisoformat(at) > since
    ]
    if holding:
        raise CautionDeclared(requested_drinks, holding, _alcohol_free_suggestions(menu, visit), grams)


def _check_allergies(visit: Visit, menu: Menu, drink: Drink, chosen: Sequence[MenuModifier]) -> None:
    """Checks the drink and its modifiers. An approval covers this form of the drink, a refusal every form."""
    if not visit.allergies:
        return
    found = find_allergen_warning(drink, visit.allergies, chosen)
    if not found:
        return
    key = _allergy_approval_key(drink, chosen, (*found.contains, "-", *found.unknown))
    word = approvals.latest_allergy_decision(visit, drink.id, key)
    if approvals.is_approved(word):
        return
    offers = recommendable_drinks(menu.drinks, visit.allergies, exclude_alcohol=is_slowed_down(visit))
    safe = [one.name for one in offers][:3]
    if word and approvals.is_declined(word):
        raise DrinkRefused(drink.name, approvals.decision_attribution(word, menu), safe)
    raise AllergyApprovalRequired(
        drink.id, _drink_description(drink, chosen), found.contains, found.unknown, safe, key
    )


def _allergy_approval_key(drink: Drink, chosen: Sequence[MenuModifier], why: Sequence[str]) -> str:
    """Identifies drink, modifiers and allergens, so that a yes to nuts is not a yes to gluten."""
    made = sorted(one.name for one in chosen if one.change.alters)
    digest = hashlib.sha256("\n".join([*made, "-", *why]).encode()).hexdigest()[:12]
    return f"allergy:{drink.slug[:50]}:{digest}"


def _drink_description(drink: Drink, chosen: Sequence[MenuModifier]) -> str:
    made = ", ".join(one.name for one in chosen)
    return f"{drink.name} ({made})" if made else drink.name


def _alcohol_free_suggestions(menu: Menu, visit: Visit) -> list[str]:
    """Names of up to four available drinks without alcohol and without the guest's allergens."""
    return [one.name for one in recommendable_drinks(menu.drinks, visit.allergies, exclude_alcohol=True)][:4]


# --- what guests say of themselves -------------------------------------------------------------------


@atomic_with_retry
def declare_allergies(visit: Visit, names: Collection[str]) -> list[str]:
    """Adds allergies, and returns all that the visit has now. Locks the visit's row."""
    held = Visit.objects.select_for_update(no_key=True).only("allergies").get(pk=visit.pk)
    return _save_allergies(visit, merge_allergens(held.allergies, names))


@atomic_with_retry
def set_allergies(visit: Visit, names: Collection[str]) -> list[str]:
    """Replaces the list, which may become shorter. Locks the visit's row."""
    Visit.objects.select_for_update(no_key=True).only("pk").get(pk=visit.pk)
    return _save_allergies(visit, sorted(set(names)))


def _save_allergies(visit: Visit, names: list[str]) -> list[str]:
    visit.allergies = names
    Visit.objects.filter(pk=visit.pk).update(allergies=names)
    _send_guest_needs_changed(visit)
    return names


@atomic_with_retry
def declare_age(visit: Visit, state: str) -> str:
    """Records the guest's statement of age and returns the resulting state. Locks the visit's row.

    It overrides neither a refusal nor an ID check by a person.
    """
    held = Visit.objects.select_for_update(no_key=True).only("age_state").get(pk=visit.pk)
    keeps = held.age_state == "refused" or (held.age_state == "checked" and state == "declared")
    visit.age_state = held.age_state if keeps else state
    Visit.objects.filter(pk=visit.pk).update(age_state=visit.age_state)
    _send_guest_needs_changed(visit)
    return visit.age_state


@atomic_with_retry
def record_cautions(visit: Visit, kinds: Collection[str]) -> None:
    """Records what speaks against alcohol; a repeated kind gets the new time. Locks the visit's row."""
    held = Visit.objects.select_for_update(no_key=True).only("cautions").get(pk=visit.pk)
    visit.cautions = held.cautions | dict.fromkeys(kinds, timezone.now().isoformat())
    Visit.objects.filter(pk=visit.pk).update(cautions=visit.cautions)
    _send_guest_needs_changed(visit)


def start_slowdown(visit: Visit, limits: ServingLimits) -> None:
    """The guest declined a drink: alcohol is not offered unasked for one window of the policy."""
    _extend_slowdown(visit, timedelta(minutes=limits.window_minutes))


def _send_guest_needs_changed(visit: Visit) -> None:
    transaction.on_commit(partial(guest_needs_changed.send_robust, sender=Visit, visit_code=visit.code))


# --- what a person decides ---------------------------------------------------------------------------


@atomic_with_retry
def create_pending_approval(visit: Visit, request: StaffApprovalRequired) -> None:
    """Records a request for approval, one at a time for each key. Locks the visit's row."""
    Visit.objects.select_for_update(no_key=True).only("pk").get(pk=visit.pk)
    Approval.objects.get_or_create(
        visit=visit,
        key=request.key,
        status=ApprovalStatus.WAITING,
        defaults={
            "kind": request.kind,
            "item_id": request.item,
            "description": request.about[:200],
            "ethanol_grams": request.grams,
        },
    )


@atomic_with_retry
def decide_approval(approval: Approval, person: User, *, is_approved: bool) -> Approval:
    """Decides a waiting request; an ID check also sets the visit's age state.

    Locks the request's row. Raises AlreadyDecided, and IdWasRefused for a yes that would pour nothing.
    """
    now = Approval.objects.select_for_update(of=("self",)).get(pk=approval.pk)
    if now.status != ApprovalStatus.WAITING:
        raise AlreadyDecided
    if is_approved and approvals.is_overruled_by_age(now, current_menu()):
        raise IdWasRefused
    now.status, now.decided_by, now.decided_at = (
        ApprovalStatus.GIVEN if is_approved else ApprovalStatus.DECLINED,
        person,
        timezone.now(),
    )
    now.save(update_fields=["status", "decided_by", "decided_at"])
    if now.kind == ApprovalKind.AGE:
        Visit.objects.filter(pk=now.visit_id).update(age_state="checked" if is_approved else "refused")
    elif (
        now.kind == ApprovalKind.ALCOHOL and not is_approved
    ):  # nothing with alcohol is suggested while the no holds
        Visit.objects.filter(pk=now.visit_id).update(slowdown_until=timezone.now() + ALCOHOL_DECISION_TTL)
    return now


def decision_texts_for(visit: Visit) -> tuple[tuple[int, str], ...]:
    """(pk, sentence) of each decision for this guest, oldest first, in the guest's language."""
    rows = _DECIDED_QUERY.rows(visit.pk)
    prefetch_related_objects(rows, "item")
    with override(visit.language):
        return tuple((row.pk, decision_text(row)) for row in rows)


_DECIDED_QUERY = CompiledQuery(
    lambda visit: Approval.objects.filter(visit=visit).exclude(status=ApprovalStatus.WAITING).order_by("pk"),
    int,
)


def decision_text(approval: Approval) -> str:
    given = approval.status == ApprovalStatus.GIVEN
    match approval.kind:
        case ApprovalKind.AGE:
            return (
                _("Your ID was seen: thank you.") if given else _("Drinks without alcohol for you tonight.")
            )
        case ApprovalKind.ALCOHOL if approval.item:
            yes = _("The staff have approved the %(drink)s: order it again.")
            no = _("The staff have had a look: no %(drink)s for now.")
            return (yes if given else no) % {"drink": approval.item.name}
        case ApprovalKind.ALLERGY if approval.item:
            yes = _("The staff have approved the %(drink)s: order it again.")
            no = _("The staff have had a look: better leave the %(drink)s, for your own sake.")
            return (yes if given else no) % {"drink": approval.item.name}
        case _:
            yes = _("The staff have approved it: order it again.")
            return yes if given else _("The staff have had a look: from here on without alcohol, please.")


@atomic_with_retry
def record_age_check(visit: Visit, person: User, *, is_of_age: bool) -> None:
    """A person has seen the ID, whether or not one was asked for. Decides waiting ID requests too."""
    waiting = Approval.objects.select_for_update().filter(
        visit=visit, key=ApprovalKind.AGE, status=ApprovalStatus.WAITING
    )
    for leave in waiting:
        decide_approval(leave, person, is_approved=is_of_age)
    if not waiting:
        Approval.objects.create(
            visit=visit,
            kind=ApprovalKind.AGE,
            key=ApprovalKind.AGE,
            description="age",
            status=ApprovalStatus.GIVEN if is_of_age else ApprovalStatus.DECLINED,
            decided_by=person,
            decided_at=timezone.now(),
        )
    Visit.objects.filter(pk=visit.pk).update(age_state="checked" if is_of_age else "refused")
