"""Looks up the staff user of a WebSocket's session, anew before everything that is sent."""

from __future__ import annotations

from datetime import datetime
from importlib import import_module
from typing import Any, NamedTuple, cast

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AbstractUser, AnonymousUser
from django.http import HttpRequest

from bartender.services.second_factor import is_second_factor_missing
from bartender.services.shared_screens import find_screen


class StreamViewer(NamedTuple):
    """Who looks at a stream. `locks_at` is when a shared screen locks, None where nothing will."""

    user: AbstractUser
    locks_at: datetime | None = None


def get_staff_user(session_key: str, permission: str) -> StreamViewer | None:
    """None if the session is unknown or expired, or its user logged out or lost the permission. Of a shared
    screen, whoever acts on it."""
    if not session_key:
        return None
    store: Any = import_module(settings.SESSION_ENGINE)
    request = HttpRequest()
    request.session = store.SessionStore(session_key)
    found = get_user(request)
    if isinstance(found, AnonymousUser):
        screen = find_screen(request.session)
        allowed = screen is not None and screen.viewer.has_perm(permission)
        return StreamViewer(screen.viewer, screen.locks_at) if screen and allowed else None
    user = cast(AbstractUser, found)
    allowed = user.is_active and user.is_staff and user.has_perm(permission)
    allowed = allowed and not is_second_factor_missing(user, request.session)
    return StreamViewer(user) if allowed else None
