"""The guest's signed cookie. It holds the code of a visit, and nothing else identifies a guest."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpResponse

HOURS = 12
_LIFETIME = HOURS * 60 * 60
_SALT = "maya.visit"
# Of its own, and only by the guest's yes: it outlives visits.
_REGULAR_LIFETIME = 180 * 24 * 60 * 60
_REGULAR_SALT = "maya.regular"


def cookie_name() -> str:
    """The prefix makes browsers refuse the cookie from anywhere but this very host over TLS."""
    return "__Host-maya_visit" if settings.SECURE_COOKIES else "maya_visit"


def _regular_name() -> str:
    return "__Host-maya_regular" if settings.SECURE_COOKIES else "maya_regular"


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


def regular_code_in(cookies: Mapping[str, str]) -> str:
    """The guest who asked to be remembered; "" where nobody did, or the cookie is forged or too old."""
    try:
        return TimestampSigner(salt=_REGULAR_SALT).unsign(
            cookies.get(_regular_name(), ""), max_age=_REGULAR_LIFETIME
        )
    except BadSignature:
        return ""


def remember_regular(response: HttpResponse, code: str) -> None:
    response.set_cookie(
        _regular_name(),
        TimestampSigner(salt=_REGULAR_SALT).sign(code),
        max_age=_REGULAR_LIFETIME,
        path="/",
        secure=settings.SECURE_COOKIES,
        httponly=True,
        samesite="Lax",
    )


def forget_regular(response: HttpResponse) -> None:
    response.set_cookie(_regular_name(), "", max_age=0, path="/", secure=settings.SECURE_COOKIES)
