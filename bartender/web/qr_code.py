"""QR codes of links, as SVG."""

from __future__ import annotations

import io

from django.http import HttpResponse


def qr_code_response(url: str) -> HttpResponse:
    import segno  # for those few who ask for a picture

    picture = io.BytesIO()
    segno.make(url, error="m").save(picture, kind="svg", scale=5, border=3, light="#fff")
    return HttpResponse(picture.getvalue(), content_type="image/svg+xml")
