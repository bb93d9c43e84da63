"""The second factor: an app's codes, and codes on paper for the day the phone is lost (django-otp)."""

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

PENDING_LOGIN_SESSION_KEY = (
    "second_factor"  # in the session of who has given the right password, and no more yet
)
PENDING_LOGIN_TIMEOUT_SECONDS = 5 * 60
BACKUP_CODE_COUNT = 10
TOTP_DIGITS = 6


@dataclass(frozen=True)
class PendingLogin:
    user: User
    next_url: str


def needs_second_factor(user: User) -> bool:
    """Who has set one up is asked for it; where it is required, every manager is."""
    return user_has_device(user) or is_second_factor_required(user)


def is_second_factor_required(user: User) -> bool:
    return settings.SECOND_FACTOR_REQUIRED and has_manager_permissions(user)


def is_second_factor_missing(user: AbstractBaseUser | AnonymousUser, session: SessionBase) -> bool:
    """Of somebody logged in: required, and not shown in this session, or taken away since."""
    if not (settings.SECOND_FACTOR_REQUIRED and isinstance(user, User) and is_second_factor_required(user)):
        return False
    shown = session.get(DEVICE_ID_SESSION_KEY)
    device = Device.from_persistent_id(shown) if shown else None
    return device is None or device.user_id != user.pk or not device.confirmed


def start_pending_login(request: HttpRequest, user: User, next_url: str) -> None:
    """The password was right. Nobody is logged in before the code is."""
    request.session.cycle_key()
    kept = {"user": user.pk, "hash": user.get_session_auth_hash(), "at": time.time(), "to": next_url}
    request.session[PENDING_LOGIN_SESSION_KEY] = kept


def get_pending_login(request: HttpRequest) -> PendingLogin | None:
    kept = request.session.get(PENDING_LOGIN_SESSION_KEY)
    if not kept or not 0 <= time.time() - kept["at"] < PENDING_LOGIN_TIMEOUT_SECONDS:
        return None
    user = User.objects.filter(pk=kept["user"], is_active=True).first()
    same = user is not None and user.get_session_auth_hash() == kept["hash"]
    return PendingLogin(user, kept["to"]) if user is not None and same else None


def find_device_for_code(user: User, code: str) -> Device | None:
    """The device whose code it is. Each code works once; django-otp makes who guesses wait ever longer."""
    plain = "".join(code.split()).replace("-", "").lower()
    kind = TOTPDevice if len(plain) == TOTP_DIGITS and plain.isascii() and plain.isdigit() else StaticDevice
    for device in devices_for_user(user):
        if isinstance(device, kind) and (found := verify_token(user, device.persistent_id, plain)):
            return found
    return None


def get_or_create_unconfirmed_device(user: User) -> TOTPDevice:
    """The one that is being set up; the same until it is confirmed."""
    found = TOTPDevice.objects.filter(user=user, confirmed=False).first()
    return found or TOTPDevice.objects.create(user=user, name="app", confirmed=False)


@transaction.atomic
def confirm_device(user: User, code: str) -> tuple[TOTPDevice, list[str]] | None:
    """The app shows the right code: it counts from now on, in place of any other, with new codes on paper."""
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
    """All of it, for a phone and a paper that are lost. Returns how many devices there were."""
    devices = list(devices_for_user(user, confirmed=None))
    for device in devices:
        device.delete()
    return len(devices)
