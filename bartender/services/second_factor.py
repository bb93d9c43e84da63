"""Staff's second factor with django-otp: TOTP from an app, and backup codes on paper for a lost phone."""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.http import HttpRequest
from django_otp import DEVICE_ID_SESSION_KEY, devices_for_user, user_has_device, verify_token
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from bartender.permissions import has_manager_permissions

PENDING_LOGIN_SESSION_KEY = "second_factor"  # set after the password and before the code
PENDING_LOGIN_TIMEOUT_SECONDS = 5 * 60
BACKUP_CODE_COUNT = 10
TOTP_DIGITS = 6


@dataclass(frozen=True)
class PendingLogin:
    user: User
    next_url: str


def needs_second_factor(user: User) -> bool:
    """True for users who have set up a device, and for managers where the settings require it."""
    return user_has_device(user) or is_second_factor_required(user)


def is_second_factor_required(user: User) -> bool:
    return settings.SECOND_FACTOR_REQUIRED and has_manager_permissions(user)


def is_second_factor_missing(user: AbstractBaseUser | AnonymousUser, session: SessionBase) -> bool:
    """Whether a user who must have a second factor has not verified it in this session."""
    if not (settings.SECOND_FACTOR_REQUIRED and isinstance(user, User) and is_second_factor_required(user)):
        return False
    shown = session.get(DEVICE_ID_SESSION_KEY)
    device = Device.from_persistent_id(shown) if shown else None
    return device is None or device.user_id != user.pk or not device.confirmed


def start_pending_login(request: HttpRequest, user: User, next_url: str) -> None:
    """After the right password: the user is remembered in the session but not logged in yet."""
    request.session.cycle_key()
    pending = {"user": user.pk, "hash": user.get_session_auth_hash(), "at": time.time(), "to": next_url}
    request.session[PENDING_LOGIN_SESSION_KEY] = pending


def get_pending_login(request: HttpRequest) -> PendingLogin | None:
    pending = request.session.get(PENDING_LOGIN_SESSION_KEY)
    if not pending or not 0 <= time.time() - pending["at"] < PENDING_LOGIN_TIMEOUT_SECONDS:
        return None
    user = User.objects.filter(pk=pending["user"], is_active=True).first()
    same = user is not None and user.get_session_auth_hash() == pending["hash"]
    return PendingLogin(user, pending["to"]) if user is not None and same else None


def find_device_for_code(user: User, code: str) -> Device | None:
    """The device that accepts the code, or None. A code works once, and django-otp throttles guesses."""
    plain = "".join(code.split()).replace("-", "").lower()
    kind = TOTPDevice if len(plain) == TOTP_DIGITS and plain.isascii() and plain.isdigit() else StaticDevice
    for device in devices_for_user(user):
        if isinstance(device, kind) and (found := verify_token(user, device.persistent_id, plain)):
            return found
    return None


def get_or_create_unconfirmed_device(user: User) -> TOTPDevice:
    """The device that is being set up, the same one until it is confirmed."""
    found = TOTPDevice.objects.filter(user=user, confirmed=False).first()
    return found or TOTPDevice.objects.create(user=user, name="app", confirmed=False)


@transaction.atomic
def confirm_device(user: User, code: str) -> tuple[TOTPDevice, list[str]] | None:
    """Confirms the device that is being set up, which replaces all others, and creates new backup codes.

    Returns None if the code is wrong.
    """
    device = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=False).first()
    if device is None or not device.verify_token("".join(code.split())):
        return None
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    TOTPDevice.objects.filter(user=user).exclude(pk=device.pk).delete()
    return device, _create_backup_codes(user)


def _create_backup_codes(user: User) -> list[str]:
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="paper")
    codes = [StaticToken.random_token() for _ in range(BACKUP_CODE_COUNT)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in codes)
    return codes


def count_backup_codes(user: User) -> int:
    return int(StaticToken.objects.filter(device__user=user).count())


@transaction.atomic
def delete_devices(user: User) -> int:
    """Deletes all of a user's devices, for a lost phone and paper. Returns how many there were."""
    devices = list(devices_for_user(user, confirmed=None))
    for device in devices:
        device.delete()
    return len(devices)
