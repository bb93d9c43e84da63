"""A visit's own keys: brought, used, taken back, and gone with the visit or after two hours."""

from __future__ import annotations

import logging

from django.db.models import Q
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from bartender.keys import seal
from bartender.keys.seal import LASTS, CannotOpen, Keys
from bartender.records.visits import Visit
from maya_site.lib.db import committed

logger = logging.getLogger(__name__)


def keys_of(visit: Visit) -> Keys:
    """As the visit was read last: asks no database. Empty where there are none that open."""
    if not visit.sealed_keys or visit.keys_until is None or visit.keys_until <= timezone.now():
        return Keys()
    try:
        return seal.opened(visit.code, visit.sealed_keys)
    except CannotOpen:
        return Keys()


def key_now(visit: Visit, provider: str) -> str:
    """For who holds a visit that was read long ago: one query. Empty where there is none."""
    fresh = Visit.objects.only("code", "sealed_keys", "keys_until").filter(pk=visit.pk).first()
    return keys_of(fresh).get(provider, "") if fresh else ""


@sensitive_variables()
@committed
def bring(visit: Visit, keys: Keys) -> None:
    """Beside what the visit has already; two hours from now for all of them."""
    held = Visit.objects.select_for_update(no_key=True).get(pk=visit.pk)
    drop_unopened(held)
    until = timezone.now() + LASTS
    sealed = seal.seal(held.code, {**keys_of(held), **keys})
    _write(held, sealed_keys=sealed, keys_until=until)
    visit.sealed_keys, visit.keys_until = sealed, until


def take_back(visit: Visit) -> bool:
    """Whether there was anything."""
    had = bool(visit.sealed_keys)
    _write(visit, sealed_keys="", keys_until=None)
    return had


def drop_unopened(visit: Visit) -> None:
    """Keys that nobody can open are of no use to anybody. Staff are told, once."""
    if not visit.sealed_keys:
        return
    try:
        seal.opened(visit.code, visit.sealed_keys)
    except CannotOpen as why:
        logger.warning("visit %s: its own keys are dropped, %s", visit.code[:8], why)
        take_back(visit)


def sweep() -> int:
    """Of visits that are over, and of two hours ago."""
    gone = Q(closed_at__isnull=False) | Q(keys_until__lte=timezone.now())
    return Visit.objects.exclude(sealed_keys="").filter(gone).update(sealed_keys="", keys_until=None)


def forget(visit_code: str) -> None:
    """The guest begins another evening: nothing stays behind in this one."""
    Visit.objects.filter(code=visit_code).exclude(sealed_keys="").update(sealed_keys="", keys_until=None)


def _write(visit: Visit, *, sealed_keys: str, keys_until: object) -> None:
    Visit.objects.filter(pk=visit.pk).update(sealed_keys=sealed_keys, keys_until=keys_until)
    visit.sealed_keys, visit.keys_until = sealed_keys, keys_until  # type: ignore[assignment]
