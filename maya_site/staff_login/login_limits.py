"""Limits attempts to log in: by address whatever the name, and by name whatever the address.

Names that nobody has count alike. A browser in which a name has logged in before counts for itself, so that
strangers who know the name cannot lock its owner out.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse

from maya_site.core.client_addresses import request_client_key
from maya_site.core.rate_limits import LOGIN_LIMIT, LOGIN_NAME_LIMIT, check_rate_limit

COOKIE_MAX_AGE_SECONDS = 180 * 24 * 60 * 60
_signer = TimestampSigner(salt="maya.staff_browser")


def check_login_limits(request: HttpRequest) -> None:
    """Counts one more attempt. Raises RateLimitExceeded."""
    check_rate_limit(LOGIN_LIMIT, request_client_key(request))
    name = _name_key(request.POST.get("username", ""))
    check_rate_limit(LOGIN_NAME_LIMIT, _known_browser(request, name) or name)


def remember_browser(response: HttpResponse, user: AbstractBaseUser) -> None:
    value = _signer.sign(f"{_name_key(user.get_username())}.{secrets.token_hex(8)}")
    response.set_cookie(
        _cookie_name(),
        value,
        max_age=COOKIE_MAX_AGE_SECONDS,
        path="/",
        secure=settings.SECURE_COOKIES,
        httponly=True,
        samesite="Lax",
    )


def _known_browser(request: HttpRequest, name: str) -> str:
    try:
        known = _signer.unsign(request.COOKIES.get(_cookie_name(), ""), max_age=COOKIE_MAX_AGE_SECONDS)
    except BadSignature:
        return ""
    return known if known.partition(".")[0] == name else ""


def _name_key(name: str) -> str:
    """As names are compared; a cache takes no longer and no stranger key."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _cookie_name() -> str:
    return "__Host-maya_staff" if settings.SECURE_COOKIES else "maya_staff"
