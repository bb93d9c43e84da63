"""The bar display as a shared screen: opened by a login, acted on by whoever's PIN was the last one.

The session of a shared screen is nobody's login, so the admin stays closed on it. It holds the screen's code
and a fingerprint of the login of whoever opened it. Who acts stands in the screen's row, which is written by
single updates: a slow request cannot bring back the person before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from django.contrib.auth import logout
from django.contrib.auth.models import AbstractUser, AnonymousUser, User
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from bartender.models.menu import Venue
from bartender.models.shared_screens import SharedScreen
from bartender.models.visits import new_code
from bartender.services import staff_pins

OPEN_PERMISSION = "bartender.open_shared_screen"
# What everybody who stands before a locked screen may see: what is to be made, and who calls.
LOCKED_PERMISSIONS = frozenset({"bartender.view_ticket", "bartender.view_assistancerequest"})
TOUCH_INTERVAL = timedelta(seconds=3)
_SESSION_KEY = "shared_screen"


class NobodyActing(AnonymousUser):
    """Stands before a locked screen: sees tickets, and does nothing."""

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return perm in LOCKED_PERMISSIONS


@dataclass(frozen=True)
class OpenScreen:
    """A shared screen as it is now. `person` acts on it, None while it is locked."""

    row: SharedScreen
    person: User | None
    locks_at: datetime | None

    @property
    def viewer(self) -> AbstractUser:
        return self.person or cast(AbstractUser, NobodyActing())

    @property
    def names(self) -> list[str]:
        """Login names of those whose PIN is taken here."""
        found = staff_pins.people_with_pin().values_list("username", flat=True)
        return list(found[: staff_pins.MAX_NAMES])


def open_screen(request: HttpRequest, person: User) -> SharedScreen:
    """Ends the person's own session in this browser and makes it a shared screen, locked."""
    row = SharedScreen.objects.create(code=new_code(), opened_by=person)
    fingerprint = person.get_session_auth_hash()
    logout(request)
    request.session[_SESSION_KEY] = {"code": row.code, "login": fingerprint}
    return row


def find_screen(session: SessionBase) -> OpenScreen | None:
    """The open screen of this session. None if it was closed, or if whoever opened it has left, lost the
    right to, or has another password since. Two queries."""
    stored = session.get(_SESSION_KEY)
    if not stored:
        return None
    rows = SharedScreen.objects.select_related("opened_by", "acting")
    row = rows.filter(code=stored["code"], closed_at=None).first()
    if row is None or not _may_stay_open(row.opened_by, stored["login"]):
        return None
    locks_at = _locks_at(row)
    acts = locks_at is not None and locks_at > timezone.now()
    return OpenScreen(row, row.acting if acts else None, locks_at if acts else None)


def switch_person(screen: SharedScreen, person: User, pin: str) -> None:
    """The person acts on the screen from now on. Raises WrongPin, NoPin or RateLimitExceeded."""
    staff_pins.check_pin(person, pin, screen.code)
    open_rows = SharedScreen.objects.filter(pk=screen.pk, closed_at=None)
    open_rows.update(acting=person, active_at=timezone.now())


def touch_screen(screen: OpenScreen) -> None:
    """Somebody did something here: it stays unlocked for another while."""
    now = timezone.now()
    rows = SharedScreen.objects.filter(pk=screen.row.pk, acting=screen.person)
    rows.filter(active_at__lt=now - TOUCH_INTERVAL).update(active_at=now)


def lock_screen(screen: SharedScreen) -> None:
    SharedScreen.objects.filter(pk=screen.pk).update(acting=None)


def close_screen(screen: SharedScreen) -> bool:
    """Ends it for good: its browser asks for a login. Whether it was open."""
    rows = SharedScreen.objects.filter(pk=screen.pk, closed_at=None)
    return bool(rows.update(closed_at=timezone.now(), acting=None))


def _may_stay_open(opener: User, login: str) -> bool:
    same = constant_time_compare(login, opener.get_session_auth_hash())
    return same and opener.is_active and opener.is_staff and opener.has_perm(OPEN_PERMISSION)


def _locks_at(row: SharedScreen) -> datetime | None:
    person, since = row.acting, row.active_at
    if person is None or since is None or not (person.is_active and person.is_staff):
        return None
    return since + timedelta(seconds=Venue.current().screen_lock_seconds)
