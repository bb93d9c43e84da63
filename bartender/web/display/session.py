"""Looks up the staff user of a WebSocket's session, anew before everything that is sent."""

from __future__ import annotations

from importlib import import_module
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AbstractUser
from django.http import HttpRequest

from bartender.services.second_factor import is_second_factor_missing


def get_staff_user(session_key: str, permission: str) -> AbstractUser | None:
    """None if the session is unknown or expired, or its user logged out or lost the permission."""
    if not session_key:
        return None
    store: Any = import_module(settings.SESSION_ENGINE)
    request = HttpRequest()
    request.session = store.SessionStore(session_key)
    user = cast(AbstractUser, get_user(request))
    allowed = user.is_active and user.is_staff and user.has_perm(permission)
    allowed = allowed and not is_second_factor_missing(user, request.session)
    return user if allowed else None
