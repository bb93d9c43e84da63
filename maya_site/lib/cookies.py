"""The guest's signed cookie. It holds the code of a visit, and nothing else identifies a guest."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpResponse

HOURS = 12
_LIFETIME = HOURS * 60 * 60
_SALT = "maya.visit"


def cookie_name() -> str:
    """The prefix makes browsers refuse the cookie from anywhere but this very host over TLS."""
    return "__Host-maya_visit" if settings.SECURE_COOKIES else "maya_visit"


def signed(visit_code: str) -> str:
    return TimestampSigner(salt=_SALT).sign(visit_code)


def visit_code_in(cookies: Mapping[str, str]) -> str:
    """The visit a guest's cookies name; "" where there is none, a forged one, or one that is too old."""
    try:
        return TimestampSigner(salt=_SALT).unsign(cookies.get(cookie_name(), ""), max_age=_LIFETIME)
    except BadSignature:
        return ""


def remember(response: HttpResponse, visit_code: str) -> None:
    response.set_cookie(
        cookie_name(),
        signed(visit_code),
        max_age=_LIFETIME,
        path="/",
        secure=settings.SECURE_COOKIES,
        httponly=True,
        samesite="Lax",
    )
