"""The books in the admin: the page that exports them, and the numbers of the accountant's accounts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from bartender.books.export import EXPORTS, Export
from bartender.models.books import BookAccount
from bartender.models.menu import Venue
from maya_site.core.errors import Refusal
from maya_site.core.model_admin import ModelAdmin
from maya_site.core.venue import business_day_at

EXPORT_PERMISSION = "payments.export_books"
WORDS = {
    "sales": "Sales, line by line",
    "voids": "Voids",
    "comps": "On the house",
    "taxes": "Taxes",
    "service": "Service charge",
    "tips": "Tips",
    "payments": "Payments",
    "refunds": "Refunds, with what they took along",
    "documents": "Receipts and credit notes",
    "tips_by_person": "Tips by person",
    "stock": "Stock: every movement",
    "stock_use": "Stock: poured against sold",
    "daybook": "Daybook: a journal for accounting programs",
    "datev": "Daybook for DATEV (EXTF)",
}


class ExportForm(forms.Form):
    first = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label="To, included", widget=forms.DateInput(attrs={"type": "date"}))
    what = forms.ChoiceField(choices=[(name, WORDS[name]) for name in EXPORTS])
    file_format = forms.ChoiceField(
        label="As", choices=[("csv", "CSV"), ("json", "JSON")], help_text="A daybook is always CSV."
    )


@admin.register(BookAccount)
class BookAccountAdmin(ModelAdmin[BookAccount]):
    list_display = ("role", "tax_class", "number", "posting_key")
    list_editable = ("number", "posting_key")
    list_display_links = ("role",)
    search_fields = ("role", "number", "tax_class")


def export_page(request: HttpRequest, site: admin.AdminSite) -> HttpResponseBase:
    """The form; what it asks for comes as a download, written while it is read."""
    if not request.user.has_perm(EXPORT_PERMISSION):
        raise PermissionDenied
    today = business_day_at(Venue.current(), timezone.now()).date
    is_submitted = "what" in request.GET
    form = ExportForm(
        request.GET if is_submitted else None, initial={"first": today.replace(day=1), "last": today}
    )
    if is_submitted and form.is_valid():
        export = Export(**form.cleaned_data)
        try:
            return _download(request, export)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    context: dict[str, Any] = {**site.each_context(request), "title": "Export the books", "form": form}
    return TemplateResponse(request, "admin/payments/zreport/export.html", context)


def _download(request: HttpRequest, export: Export) -> StreamingHttpResponse:
    chunks = export.chunks(timezone.now())
    # Under ASGI a plain iterator would be read to its end before the first byte is sent.
    body = _read_in_thread(chunks) if isinstance(request, ASGIRequest) else chunks
    name = f'attachment; filename="{export.file_name}"'
    headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
    return StreamingHttpResponse(body, content_type=export.content_type, headers=headers)


async def _read_in_thread(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Each page is read by the thread that may ask the database; the event loop never waits for it."""
    read = sync_to_async(lambda: next(chunks, None))
    while (chunk := await read()) is not None:
        yield chunk
