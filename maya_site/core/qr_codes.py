"""QR codes of links, as SVG."""

from __future__ import annotations

import io
from typing import Any

from django.utils.safestring import SafeString, mark_safe


def qr_code_svg(url: str) -> bytes:
    """A picture of its own, with a white quiet zone."""
    picture = io.BytesIO()
    _make(url).save(picture, kind="svg", scale=5, border=3, light="#fff")
    return picture.getvalue()


def qr_code_inline(url: str, title: str) -> SafeString:
    """An SVG element to print, called `title`: without a size, so that the style sheet sets it."""
    drawn = _make(url).svg_inline(border=2, light="#fff", omitsize=True, title=title)
    element: SafeString = mark_safe(drawn)  # noqa: S308 - the library escapes the title; the rest is its own
    return element


def _make(url: str) -> Any:
    import segno  # for those few who ask for a picture

    return segno.make(url, error="m")
