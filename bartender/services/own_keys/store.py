"""Stores a visit's own keys, and deletes them with the visit or after two hours."""

from __future__ import annotations

import logging

from django.db.models import Q
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from bartender.models.visits import Visit
from bartender.services.own_keys import encryption
from bartender.services.own_keys.encryption import KEY_LIFETIME, DecryptionFailed, OwnKeys
from maya_site.core.db import atomic_with_retry

logger = logging.getLogger(__name__)


def own_keys_of(visit: Visit) -> OwnKeys:
    """Decrypts the keys of the given object, without a query; empty if none are valid."""
    if not visit.encrypted_keys or visit.keys_expire_at is None or visit.keys_expire_at <= timezone.now():
        return OwnKeys()
    try:
        return encryption.decrypt_keys(visit.code, visit.encrypted_keys)
    except DecryptionFailed:
        return OwnKeys()


def fetch_own_keys(visit: Visit) -> OwnKeys:
    """Like `own_keys_of`, for a visit that was read long ago: rereads the row with one query."""
    fresh = Visit.objects.only("code", "encrypted_keys", "keys_expire_at").filter(pk=visit.pk).first()
    return own_keys_of(fresh) if fresh else OwnKeys()


@sensitive_variables()
@atomic_with_retry
def save_keys(visit: Visit, keys: OwnKeys) -> None:
    """Adds keys to those of the visit; all of them expire two hours from now. Locks the visit's row."""
    held = Visit.objects.select_for_update(no_key=True).get(pk=visit.pk)
    delete_undecryptable_keys(held)
    until = timezone.now() + KEY_LIFETIME
    sealed = encryption.encrypt_keys(held.code, {**own_keys_of(held), **keys})
    _write_keys(held, encrypted_keys=sealed, keys_expire_at=until)
    visit.encrypted_keys, visit.keys_expire_at = sealed, until


def delete_keys(visit: Visit) -> bool:
    """Returns whether there were any."""
    had = bool(visit.encrypted_keys)
    _write_keys(visit, encrypted_keys="", keys_expire_at=None)
    return had


def delete_undecryptable_keys(visit: Visit) -> None:
    """Deletes keys that can no longer be decrypted, and logs it once."""
    if not visit.encrypted_keys:
        return
    try:
        encryption.decrypt_keys(visit.code, visit.encrypted_keys)
    except DecryptionFailed as why:
        logger.warning("visit %s: its own keys are dropped, %s", visit.code[:8], why)
        delete_keys(visit)


def delete_expired_keys() -> int:
    """Deletes the keys of closed visits and those that expired; returns how many visits."""
    gone = Q(closed_at__isnull=False) | Q(keys_expire_at__lte=timezone.now())
    sealed = Visit.objects.filter(keys_expire_at__isnull=False)  # keys are written with their end
    return sealed.filter(gone).update(encrypted_keys="", keys_expire_at=None)


def delete_keys_of_visit(visit_code: str) -> None:
    """For a guest who starts a new visit: the old one keeps no keys."""
    Visit.objects.filter(code=visit_code).exclude(encrypted_keys="").update(
        encrypted_keys="", keys_expire_at=None
    )


def _write_keys(visit: Visit, *, encrypted_keys: str, keys_expire_at: object) -> None:
    Visit.objects.filter(pk=visit.pk).update(encrypted_keys=encrypted_keys, keys_expire_at=keys_expire_at)
    visit.encrypted_keys, visit.keys_expire_at = encrypted_keys, keys_expire_at  # type: ignore[assignment]
