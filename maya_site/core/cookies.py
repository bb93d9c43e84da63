"""Signed cookies: which visit a guest is in, and nothing else identifies a guest. And the page's language."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language_from_request

VISIT_COOKIE_HOURS = 12
_VISIT_MAX_AGE_SECONDS = VISIT_COOKIE_HOURS * 60 * 60
_VISIT_SALT = "maya.visit"
# Of its own, and only by the guest's yes: it outlives visits.
_RETURNING_GUEST_MAX_AGE_SECONDS = 180 * 24 * 60 * 60
_RETURNING_GUEST_SALT = "maya.regular"


def visit_cookie_name() -> str:
    """The prefix makes browsers refuse the cookie from anywhere but this very host over TLS."""
    return "__Host-maya_visit" if settings.SECURE_COOKIES else "maya_visit"


def _returning_guest_cookie_name() -> str:
    return "__Host-maya_regular" if settings.SECURE_COOKIES else "maya_regular"


def sign_visit_code(visit_code: str) -> str:
    return TimestampSigner(salt=_VISIT_SALT).sign(visit_code)


def read_visit_code(cookies: Mapping[str, str]) -> str:
    """The visit a guest's cookies name; "" where there is none, a forged one, or one that is too old."""
    try:
        return TimestampSigner(salt=_VISIT_SALT).unsign(
            cookies.get(visit_cookie_name(), ""), max_age=_VISIT_MAX_AGE_SECONDS
        )
    except BadSignature:
        return ""


def set_visit_cookie(response: HttpResponse, visit_code: str) -> None:
    response.set_cookie(
        visit_cookie_name(),
        sign_visit_code(visit_code),
        max_age=_VISIT_MAX_AGE_SECONDS,
        path="/",
        secure=settings.SECURE_COOKIES,
        httponly=True,
        samesite="Lax",
    )


def delete_visit_cookie(response: HttpResponse) -> None:
    response.set_cookie(visit_cookie_name(), "", max_age=0, path="/", secure=settings.SECURE_COOKIES)


def read_returning_guest_code(cookies: Mapping[str, str]) -> str:
    """The guest who asked to be remembered; "" where nobody did, or the cookie is forged or too old."""
    try:
        return TimestampSigner(salt=_RETURNING_GUEST_SALT).unsign(
            cookies.get(_returning_guest_cookie_name(), ""), max_age=_RETURNING_GUEST_MAX_AGE_SECONDS
        )
    except BadSignature:
        return ""


def set_returning_guest_cookie(response: HttpResponse, code: str) -> None:
    response.set_cookie(
        _returning_guest_cookie_name(),
        TimestampSigner(salt=_RETURNING_GUEST_SALT).sign(code),
        max_age=_RETURNING_GUEST_MAX_AGE_SECONDS,
        path="/",
        secure=settings.SECURE_COOKIES,
        httponly=True,
        samesite="Lax",
    )


def delete_returning_guest_cookie(response: HttpResponse) -> None:
    response.set_cookie(
        _returning_guest_cookie_name(), "", max_age=0, path="/", secure=settings.SECURE_COOKIES
    )


def language_of_websocket(cookies: Mapping[str, str], accept_language: str) -> str:
    """As the pages find it, for a stream that passes none of their middleware."""
    request = HttpRequest()
    request.COOKIES = dict(cookies)
    request.META["HTTP_ACCEPT_LANGUAGE"] = accept_language
    return get_language_from_request(request)
