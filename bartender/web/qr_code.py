"""QR codes of links, as responses."""

from __future__ import annotations

from django.http import HttpResponse

from maya_site.core.qr_codes import qr_code_svg


def qr_code_response(url: str) -> HttpResponse:
    return HttpResponse(qr_code_svg(url), content_type="image/svg+xml")
