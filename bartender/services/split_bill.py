"""Splitting a tab: invitations, joining, and dividing the bill among those who joined.

Participants see the tab and pay a share of it. What they say and order stays on their own visit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.core.signing import BadSignature, Signer
from django.db.models import F, Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _

from bartender.errors import InvitationExpired, ShareNotFound
from bartender.models.visits import OrderLine, Visit
from bartender.services.orders import current_tab, live_lines, lock_and_find_replay, order_operation
from bartender.services.tickets import send_or_take_off_open_lines
from maya_site.core.db import CompiledQuery, atomic_with_retry
from maya_site.core.money import apportion
from payments import ledger, splits
from payments.errors import NothingToPay, OperationNotAllowed
from payments.ledger import OperationContext
from payments.models import Invitation, Share, Split, SplitParticipant, Tab
from payments.reopen_tab import reopen_tab
from payments.splits import ShareAllocation

INVITATION_TTL = timedelta(hours=4)
MAX_PARTICIPANTS = 12
MAX_SHARED_BILLS = 5
HOST_NAME = "Host"
_signer = Signer(salt="maya.join")
WeightFunction = Callable[[Tab, list["TabParticipant"]], list[int]]


@dataclass(frozen=True)
class TabParticipant:
    """Somebody who shares a tab: its owner, or a guest who joined."""

    visit_code: str
    name: str


@dataclass(frozen=True)
class SharedBill:
    """A tab that several pay, as one participant sees it. Amounts are minor units."""

    tab: str
    status: str
    total_cents: int
    paid_cents: int
    share_cents: int
    share_paid: bool


def shared_bills_of(visit_code: str) -> tuple[SharedBill, ...]:
    """The newest tabs that the visit joined, and its own while that is split."""
    joined = {one.tab_id for one in _JOINED_QUERY.rows(visit_code)}
    split: set[int] = {one.of_tab for one in _SHARES_QUERY.rows(visit_code)}  # type: ignore[attr-defined]
    if not joined | split:
        return ()  # as for nearly every visit
    shares = Share.objects.filter(split__status=Split.Status.OUT, visit_code=visit_code)
    with_shares = Prefetch("splits__shares", shares.prefetch_related("payments"), to_attr="mine")
    tabs = Tab.objects.filter(pk__in=joined | split).order_by("-id").prefetch_related(with_shares)
    return tuple(_shared_bill(tab) for tab in tabs[:MAX_SHARED_BILLS])


# Asked one by one: a database reads all tabs for a question that is about the one or the other.
_JOINED_QUERY = CompiledQuery(
    lambda code: SplitParticipant.objects.filter(visit_code=code).order_by("-tab")[:MAX_SHARED_BILLS], str
)
_SHARES_QUERY = CompiledQuery(
    lambda code: (
        Share.objects.filter(visit_code=code, split__status=Split.Status.OUT)
        .annotate(of_tab=F("split__tab"))
        .order_by("-split__tab")[:MAX_SHARED_BILLS]
    ),
    str,
)


def _shared_bill(tab: Tab) -> SharedBill:
    shares = [share for split in tab.splits.all() for share in split.mine]  # type: ignore[attr-defined]
    return SharedBill(
        tab=tab.code,
        status=tab.status,
        total_cents=tab.total_cents,
        paid_cents=tab.paid_cents,
        share_cents=sum(share.amount_cents for share in shares),
        share_paid=any(one.status == "succeeded" for share in shares for one in share.payments.all()),
    )


def participants_of(tab: Tab) -> list[TabParticipant]:
    joined = [TabParticipant(one.visit_code, one.name) for one in tab.participants.all()]
    return [TabParticipant(tab.visit_code, HOST_NAME), *joined]


def find_accessible_tab(visit_code: str, code: str) -> Tab | None:
    """The tab of that code for its owner and those who joined it; None for everybody else."""
    tab = Tab.objects.filter(code=code).first()
    mine = tab and (tab.visit_code == visit_code or tab.participants.filter(visit_code=visit_code).exists())
    return tab if visit_code and mine else None


@atomic_with_retry
def create_invitation(visit: Visit) -> Invitation:
    """Creates a new invitation and ends the one before. Locks the tab's row."""
    tab = _lock_own_tab(visit)
    tab.invitations.filter(ended_at=None).update(ended_at=timezone.now())
    return Invitation.objects.create(tab=tab, expires_at=timezone.now() + INVITATION_TTL)


@atomic_with_retry
def end_invitation(visit: Visit) -> None:
    _lock_own_tab(visit).invitations.filter(ended_at=None).update(ended_at=timezone.now())


def active_invitation_of(tab: Tab) -> Invitation | None:
    return tab.invitations.filter(ended_at=None, expires_at__gt=timezone.now()).first()


def invitation_token(invitation: Invitation) -> str:
    return _signer.sign(invitation.code)


def tab_of_invitation(token: str) -> Tab:
    """The tab that an invitation leads to. Raises InvitationExpired."""
    try:
        code = _signer.unsign(token)
    except BadSignature:
        raise InvitationExpired from None
    valid = Invitation.objects.filter(code=code, ended_at=None, expires_at__gt=timezone.now())
    invitation = valid.select_related("tab").first()
    if invitation is None or invitation.tab.status not in Tab.UNSETTLED_STATUSES:
        raise InvitationExpired
    return invitation.tab


@atomic_with_retry
def join_tab(visit: Visit, token: str) -> Tab:
    """Does nothing for the owner and those who joined. Locks the tab's row. Raises InvitationExpired."""
    tab = ledger.lock_tab(tab_of_invitation(token))
    here = tab.participants.count()
    if tab.visit_code == visit.code or tab.participants.filter(visit_code=visit.code).exists():
        return tab
    if here + 1 >= MAX_PARTICIPANTS:
        raise InvitationExpired
    SplitParticipant.objects.create(tab=tab, visit_code=visit.code, name=f"Guest {here + 2}")
    return tab


def split_equally(visit: Visit, op: OperationContext) -> Split:
    return _split_tab(
        visit, Split.Method.EQUALLY, lambda tab, at: [1] * len(at), op.with_request("split equally")
    )


def split_by_item(
    visit: Visit, participants_by_line: Mapping[str, Sequence[str]], op: OperationContext
) -> Split:
    """`participants_by_line`: who had a line, as visit codes by its code; other lines are everybody's."""
    assignments = sorted((line, sorted(names)) for line, names in participants_by_line.items())

    def weights(tab: Tab, at: list[TabParticipant]) -> list[int]:
        return _consumption_cents(list(live_lines(tab)), at, participants_by_line)

    return _split_tab(visit, Split.Method.BY_ITEM, weights, op.with_request("split by item", assignments))


def split_by_amount(visit: Visit, amounts: Mapping[str, int], op: OperationContext) -> Split:
    """`amounts` are minor units by visit code, for all but the owner, who pays the rest."""

    def weights(tab: Tab, at: list[TabParticipant]) -> list[int]:
        others = [amounts.get(seat.visit_code, 0) for seat in at[1:]]
        if min(others, default=0) < 0 or sum(others) > tab.due_cents:
            raise OperationNotAllowed(_("That is more than is due."))
        return [tab.due_cents - sum(others), *others]

    return _split_tab(
        visit, Split.Method.BY_AMOUNT, weights, op.with_request("split by amount", sorted(amounts.items()))
    )


def cancel_split(visit: Visit, op: OperationContext) -> None:
    tab = current_tab(visit)
    if tab is None or tab.status != Tab.Status.CLOSING:
        raise NothingToPay
    splits.undo_split(tab, op)


def pay_share(visit: Visit, code: str, nonce: str) -> str:
    """Returns the payment link of one's own share, or, to the tab's owner, of any. Raises ShareNotFound."""
    share = Share.objects.select_related("split__tab").filter(code=code).first()
    if share is None or visit.code not in (share.visit_code, share.split.tab.visit_code):
        raise ShareNotFound
    return splits.pay_share(share, nonce).url


# --- inside ------------------------------------------------------------------------------------------


def _lock_own_tab(visit: Visit) -> Tab:
    tab = current_tab(visit)
    if tab is None or tab.status not in Tab.UNSETTLED_STATUSES or not tab.units:
        raise NothingToPay
    return ledger.lock_tab(tab)


def _split_tab(visit: Visit, way: str, weights: WeightFunction, op: OperationContext) -> Split:
    """Takes back a bill for the whole tab first, which may ask its provider, outside any transaction."""
    tab = current_tab(visit)
    if tab and tab.status == Tab.Status.CLOSING and not splits.active_split(tab):
        reopen_tab(tab, op.with_key_suffix("bill"))
    return _create_split(visit, way, weights, op)


@order_operation
def _create_split(visit: Visit, way: str, weights: WeightFunction, op: OperationContext) -> Split:
    if (
        lock_and_find_replay(visit, op)
        and (tab := current_tab(visit))
        and (found := splits.active_split(tab))
    ):
        return found
    tab = _lock_own_tab(visit)
    send_or_take_off_open_lines(visit, tab, op)
    tab = ledger.lock_tab(tab)
    at = participants_of(tab)
    amounts = apportion(tab.due_cents, weights(tab, at))
    parts = [
        ShareAllocation(seat.visit_code, seat.name, cents) for seat, cents in zip(at, amounts, strict=True)
    ]
    return splits.create_split(tab, way, parts, op)


def _consumption_cents(
    lines: Sequence[OrderLine],
    participants: list[TabParticipant],
    participants_by_line: Mapping[str, Sequence[str]],
) -> list[int]:
    """What each participant had, in minor units; a line that several had is divided among them exactly."""
    worth, order = Counter[str](), [seat.visit_code for seat in participants]
    for line in lines:
        named = [code for code in order if code in participants_by_line.get(line.code, ())] or order
        left = line.quantity * line.unit_cents - line.comped_cents
        for code, cents in zip(named, apportion(left, [1] * len(named)), strict=True):
            worth[code] += cents
    return [worth[code] for code in order]
