"""A tab for several: inviting, joining, and dividing the bill among those who joined.

Who joins sees the tab and pays a part of it. What they say and order stays on their own visit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.core.signing import BadSignature, Signer
from django.db.models import Prefetch, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from bartender.errors import InvitationOver, NotYours
from bartender.records.visits import OrderLine, Visit
from bartender.services.orders import answered, current_tab, live_lines
from bartender.services.serving import asking_people
from bartender.services.tickets import fire_locked, release
from maya_site.lib.db import committed
from maya_site.lib.money import apportion
from payments import checkout, ledger, splitting
from payments.errors import BadAmount, NothingToPay
from payments.ledger import Cause
from payments.models import Invitation, Share, Sharer, Split, Tab
from payments.splitting import Part

LIFETIME = timedelta(hours=4)
MOST_GUESTS = 12
MOST_SHARED = 5
HOST = "Host"
_signer = Signer(salt="maya.join")
Weights = Callable[[Tab, list["Seat"]], list[int]]


@dataclass(frozen=True)
class Seat:
    """Somebody at the table of a tab."""

    visit_code: str
    name: str


@dataclass(frozen=True)
class SharedBill:
    """A tab that several pay, as one of them sees it: with one's own share, once there is one."""

    tab: str
    status: str
    total_cents: int
    paid_cents: int
    share_cents: int
    share_paid: bool


def bills_shared_by(visit_code: str) -> tuple[SharedBill, ...]:
    """Those one has joined, and one's own while it is divided; the newest of them."""
    mine = Q(sharers__visit_code=visit_code) | Q(
        splits__status=Split.Status.OUT, splits__shares__visit_code=visit_code
    )
    shares = Share.objects.filter(split__status=Split.Status.OUT, visit_code=visit_code)
    with_shares = Prefetch("splits__shares", shares.prefetch_related("payments"), to_attr="mine")
    tabs = Tab.objects.filter(mine).distinct().order_by("-id").prefetch_related(with_shares)
    return tuple(_shared(tab) for tab in tabs[:MOST_SHARED])


def _shared(tab: Tab) -> SharedBill:
    shares = [share for split in tab.splits.all() for share in split.mine]  # type: ignore[attr-defined]
    return SharedBill(
        tab=tab.code,
        status=tab.status,
        total_cents=tab.total_cents,
        paid_cents=tab.paid_cents,
        share_cents=sum(share.amount_cents for share in shares),
        share_paid=any(one.status == "succeeded" for share in shares for one in share.payments.all()),
    )


def seats(tab: Tab) -> list[Seat]:
    joined = [Seat(one.visit_code, one.name) for one in tab.sharers.all()]
    return [Seat(tab.visit_code, HOST), *joined]


def tab_seen_by(visit_code: str, code: str) -> Tab | None:
    """The tab of that code, to its owner and to those who joined it; to anybody else there is none."""
    tab = Tab.objects.filter(code=code).first()
    mine = tab and (tab.visit_code == visit_code or tab.sharers.filter(visit_code=visit_code).exists())
    return tab if visit_code and mine else None


@committed
def invite(visit: Visit) -> Invitation:
    """Another code each time; the one before ends."""
    tab = _own_live(visit)
    tab.invitations.filter(ended_at=None).update(ended_at=timezone.now())
    return Invitation.objects.create(tab=tab, expires_at=timezone.now() + LIFETIME)


@committed
def end_invitation(visit: Visit) -> None:
    _own_live(visit).invitations.filter(ended_at=None).update(ended_at=timezone.now())


def invitation_to(tab: Tab) -> Invitation | None:
    return tab.invitations.filter(ended_at=None, expires_at__gt=timezone.now()).first()


def token_of(invitation: Invitation) -> str:
    return _signer.sign(invitation.code)


def invited_by(token: str) -> Tab:
    """The tab that a link leads to, while its invitation holds."""
    try:
        code = _signer.unsign(token)
    except BadSignature:
        raise InvitationOver from None
    valid = Invitation.objects.filter(code=code, ended_at=None, expires_at__gt=timezone.now())
    invitation = valid.select_related("tab").first()
    if invitation is None or invitation.tab.status not in Tab.LIVE:
        raise InvitationOver
    return invitation.tab


@committed
def join(visit: Visit, token: str) -> Tab:
    """Twice is once. The owner is at the table already."""
    tab = ledger.lock(invited_by(token))
    here = tab.sharers.count()
    if tab.visit_code == visit.code or tab.sharers.filter(visit_code=visit.code).exists():
        return tab
    if here + 1 >= MOST_GUESTS:
        raise InvitationOver
    Sharer.objects.create(tab=tab, visit_code=visit.code, name=f"Guest {here + 2}")
    return tab


def equally(visit: Visit, cause: Cause) -> Split:
    return _divide(visit, Split.Way.EQUALLY, lambda tab, at: [1] * len(at), cause.asking("split equally"))


def by_item(visit: Visit, whose: Mapping[str, Sequence[str]], cause: Cause) -> Split:
    """`whose` names for each line who had it; a line nobody is named for is everybody's."""
    asked = sorted((line, sorted(names)) for line, names in whose.items())

    def weights(tab: Tab, at: list[Seat]) -> list[int]:
        return _worth_of(list(live_lines(tab)), at, whose)

    return _divide(visit, Split.Way.BY_ITEM, weights, cause.asking("split by item", asked))


def by_amount(visit: Visit, amounts: Mapping[str, int], cause: Cause) -> Split:
    """What each of the others pays, in cents; the owner pays the rest."""

    def weights(tab: Tab, at: list[Seat]) -> list[int]:
        others = [amounts.get(seat.visit_code, 0) for seat in at[1:]]
        if min(others, default=0) < 0 or sum(others) > tab.due_cents:
            raise BadAmount(_("That is more than is due."))
        return [tab.due_cents - sum(others), *others]

    return _divide(
        visit, Split.Way.BY_AMOUNT, weights, cause.asking("split by amount", sorted(amounts.items()))
    )


def put_together(visit: Visit, cause: Cause) -> None:
    tab = current_tab(visit)
    if tab is None or tab.status != Tab.Status.CLOSING:
        raise NothingToPay
    splitting.undo(tab, cause)


def pay_share(visit: Visit, code: str, nonce: str) -> str:
    """One's own share, or, for the owner of the tab, anybody's. The address of the till."""
    share = Share.objects.select_related("split__tab").filter(code=code).first()
    if share is None or visit.code not in (share.visit_code, share.split.tab.visit_code):
        raise NotYours
    return splitting.pay(share, nonce).url


# --- inside ------------------------------------------------------------------------------------------


def _own_live(visit: Visit) -> Tab:
    tab = current_tab(visit)
    if tab is None or tab.status not in Tab.LIVE or not tab.units:
        raise NothingToPay
    return ledger.lock(tab)


@asking_people
def _divide(visit: Visit, way: str, weights: Weights, cause: Cause) -> Split:
    """A bill that is out for the whole tab is taken back first, at its till."""
    tab = current_tab(visit)
    if tab and tab.status == Tab.Status.CLOSING and not splitting.split_of(tab):
        checkout.reopen(tab, cause.part("bill"))
    return _divided(visit, way, weights, cause)


@committed
def _divided(visit: Visit, way: str, weights: Weights, cause: Cause) -> Split:
    if answered(visit, cause) and (tab := current_tab(visit)) and (found := splitting.split_of(tab)):
        return found
    tab = _own_live(visit)
    if live_lines(tab).filter(status=OrderLine.Status.OPEN).exists():
        fire_locked(visit, tab, cause.part("fire"))
    release(tab)
    at = seats(tab)
    amounts = apportion(tab.due_cents, weights(tab, at))
    parts = [Part(seat.visit_code, seat.name, cents) for seat, cents in zip(at, amounts, strict=True)]
    return splitting.divide(tab, way, parts, cause)


def _worth_of(lines: Sequence[OrderLine], at: list[Seat], whose: Mapping[str, Sequence[str]]) -> list[int]:
    """What each has had, to the cent: a line that several had is shared among them."""
    worth, order = Counter[str](), [seat.visit_code for seat in at]
    for line in lines:
        named = [code for code in order if code in whose.get(line.code, ())] or order
        left = line.quantity * line.unit_cents - line.comped_cents
        for code, cents in zip(named, apportion(left, [1] * len(named)), strict=True):
            worth[code] += cents
    return [worth[code] for code in order]
