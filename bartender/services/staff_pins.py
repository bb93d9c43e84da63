"""PINs of staff: short secrets by which a person says on a shared screen that it is them.

The name is tapped and the PIN proves it. So two people may have the same one, nobody learns of another's by
choosing it, and one hash is computed for each try.
"""

from __future__ import annotations

from itertools import pairwise

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from bartender.models.shared_screens import SharedScreen, StaffPin
from bartender.staff_errors import GuessablePin, NoPin, WrongPin
from maya_site.core.rate_limits import PIN_LIMIT, PIN_PLACE_LIMIT, RateLimitExceeded, check_rate_limit

MIN_DIGITS, MAX_DIGITS = 4, 8
MAX_WRONG_IN_A_ROW = 10
MAX_NAMES = 60
# In the settings there are several; rights are in this one.
PASSWORD_BACKEND = "django.contrib.auth.backends.ModelBackend"


def set_pin(user: User, pin: str, set_by: User) -> StaffPin:
    """Replaces the person's PIN, and locks the screens that they act on. Raises GuessablePin.

    The hash is computed before the transaction.
    """
    if _is_guessable(pin):
        raise GuessablePin
    fresh = {
        "hash": make_password(_with_pepper(user, pin)),
        "set_at": timezone.now(),
        "set_by": set_by,
        "wrong_in_a_row": 0,
    }
    with transaction.atomic():
        row, _ = StaffPin.objects.update_or_create(user=user, defaults=fresh)
        _lock_screens_of(user)
    return row


@transaction.atomic
def remove_pin(user: User) -> bool:
    """Takes the PIN away, and locks the screens that its owner acts on. Whether there was one."""
    _lock_screens_of(user)
    return bool(StaffPin.objects.filter(user=user).delete()[0])


def check_pin(user: User, pin: str, place: str) -> None:
    """Raises WrongPin, NoPin or RateLimitExceeded unless it is the person's PIN. `place` is the screen.

    A try counts as wrong before it is looked at, so that many at once are not more than one after another.
    Call it outside a transaction: a count must stay.
    """
    check_rate_limit(PIN_PLACE_LIMIT, place)
    check_rate_limit(PIN_LIMIT, str(user.pk))
    rows = StaffPin.objects.filter(user=user)
    if not rows.filter(wrong_in_a_row__lt=MAX_WRONG_IN_A_ROW).update(wrong_in_a_row=F("wrong_in_a_row") + 1):
        raise NoPin(user.get_username())
    row = rows.get()
    try:
        is_right = check_password(_with_pepper(user, pin), row.hash)
    except RateLimitExceeded:  # the hash was not computed, so it was no try
        rows.update(wrong_in_a_row=F("wrong_in_a_row") - 1)
        raise
    if not is_right:
        raise WrongPin(user.get_username(), max(0, MAX_WRONG_IN_A_ROW - row.wrong_in_a_row))
    rows.update(wrong_in_a_row=0)


def people_with_pin() -> QuerySet[User]:
    """Who may say on a shared screen that it is them."""
    return User.objects.filter(is_active=True, is_staff=True, staff_pin__isnull=False).order_by("username")


def people_with_permission(permission: str) -> QuerySet[User, str]:
    """Login names of those with a PIN who have the permission. One query."""
    found = User.objects.with_perm(permission, backend=PASSWORD_BACKEND)
    return found.filter(pk__in=people_with_pin()).order_by("username").values_list("username", flat=True)


def _is_guessable(pin: str) -> bool:
    if not (MIN_DIGITS <= len(pin) <= MAX_DIGITS and pin.isascii() and pin.isdecimal()):
        return True
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    return len(steps) == 1 and steps <= {0, 1, 9}


def _with_pepper(user: User, pin: str) -> str:
    """Ten thousand PINs are soon tried: a copy of the database alone, without SECRET_KEY, is of no use."""
    return salted_hmac("maya.staff_pin", f"{user.pk}:{pin}", algorithm="sha256").hexdigest()


def _lock_screens_of(user: User) -> None:
    SharedScreen.objects.filter(acting=user, closed_at=None).update(acting=None)
