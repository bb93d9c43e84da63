"""The address that a CloudPRNT printer asks: POST to poll, GET to fetch a paper, DELETE to confirm it.

The secret in the path lets one printer at its own papers and at nothing else; no cookie is read.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from bartender.models.printers import Printer, normalize_mac
from bartender.services.printing import cloudprnt
from bartender.services.printing.cloudprnt import PrinterReport
from bartender.services.printing.commands import MEDIA_TYPES
from maya_site.core.client_addresses import request_client_key
from maya_site.core.rate_limits import PRINTER_LIMIT, REQUEST_LIMIT, RateLimitExceeded, check_rate_limit

MAX_REPORT_BYTES = 16 * 1024
MAX_TOKEN_LENGTH = 32


@csrf_exempt
@never_cache
@require_http_methods(["POST", "GET", "DELETE"])
@sensitive_variables("token")
def cloud_print(request: HttpRequest, token: str) -> HttpResponse:
    printer = Printer.objects.filter(token=token, kind=Printer.Kind.CLOUDPRNT, is_enabled=True).first()
    try:
        if printer is None:
            check_rate_limit(REQUEST_LIMIT, request_client_key(request))
            raise Http404
        check_rate_limit(PRINTER_LIMIT, str(printer.pk))
    except RateLimitExceeded as refused:
        return HttpResponse(
            f"{refused}\n",
            "text/plain; charset=utf-8",
            429,
            headers={"Retry-After": str(refused.retry_after)},
        )
    match request.method:
        case "POST":
            return _answer_poll(request, printer)
        case "DELETE":
            return _answer_confirmation(request, printer)
        case _:
            return _answer_fetch(request, printer)


def _answer_poll(request: HttpRequest, printer: Printer) -> HttpResponse:
    report = _read_report(request)
    if report is None:
        return HttpResponse("Send a printer's status as JSON.\n", "text/plain; charset=utf-8", 400)
    if not _is_the_printer(printer, report.get("printerMAC")):
        return _wrong_printer()
    code = unquote(str(report.get("statusCode") or ""))
    job = cloudprnt.poll(printer, PrinterReport(code, is_printing=report.get("printingInProgress") is True))
    if job is None:
        return JsonResponse({"jobReady": False})
    return JsonResponse({"jobReady": True, "mediaTypes": list(MEDIA_TYPES), "jobToken": job.code})


def _answer_fetch(request: HttpRequest, printer: Printer) -> HttpResponse:
    if not _is_the_printer(printer, request.GET.get("mac")):
        return _wrong_printer()
    media_type = request.GET.get("type", "").partition(";")[0].strip().lower()
    if not cloudprnt.is_known_type(media_type):
        return HttpResponse(status=415)
    in_utf8 = "utf-8" in request.headers.get("X-Star-Accept-Codepages", "").lower()
    found = cloudprnt.fetch(printer, _token_of(request), media_type, in_utf8=in_utf8)
    if found is None:
        return HttpResponse(status=404)
    return HttpResponse(found, content_type=media_type)


def _answer_confirmation(request: HttpRequest, printer: Printer) -> HttpResponse:
    if not _is_the_printer(printer, request.GET.get("mac")):
        return _wrong_printer()
    cloudprnt.confirm(printer, _token_of(request), unquote(request.GET.get("code", "")))
    return HttpResponse(status=200)


def _read_report(request: HttpRequest) -> dict[str, Any] | None:
    body = request.read(MAX_REPORT_BYTES + 1)
    try:
        found = json.loads(body) if len(body) <= MAX_REPORT_BYTES else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _is_the_printer(printer: Printer, mac: object) -> bool:
    """By its MAC address; where none was entered, that of whichever printer asks first is written down."""
    given = normalize_mac(mac) if isinstance(mac, str) else ""
    if not given:
        return False
    if not printer.mac:
        Printer.objects.filter(pk=printer.pk, mac="").update(mac=given)
        printer.refresh_from_db(fields=["mac"])
    return normalize_mac(printer.mac) == given


def _wrong_printer() -> HttpResponse:
    text = "This address is of another printer: each has its own in the admin, under Printers.\n"
    return HttpResponse(text, "text/plain; charset=utf-8", 403)


def _token_of(request: HttpRequest) -> str:
    return request.GET.get("token", "")[:MAX_TOKEN_LENGTH]
