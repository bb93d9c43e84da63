"""Receipts and credit notes in the admin, and the printed copy of one."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from bartender.models.menu import Venue
from bartender.services.receipts import receipt_context
from maya_site.core.model_admin import ModelAdmin, ReadOnlyAdminMixin, money_column
from payments.documents import credit_notes_of, seller_of
from payments.models import Document


@admin.register(Document)
class DocumentAdmin(ReadOnlyAdminMixin, ModelAdmin[Document]):
    """Guests have the original; whatever is shown and printed here says that it is a copy."""

    list_display = (
        "code",
        "series",
        "issued_at",
        money_column("total_cents", "total"),
        "corrects",
        "tab",
        "reason",
    )
    list_filter = ("series",)
    list_select_related = ("tab", "corrects")
    search_fields = ("=number", "tab__code")
    date_hierarchy = "issued_at"
    list_per_page = 50
    show_full_result_count = False
    change_form_template = "admin/payments/document/copy.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        return super().get_queryset(request).select_related("tab", "corrects")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if request.method == "POST":
            raise PermissionDenied  # nothing of a document is ever changed
        found = self.get_object(request, object_id)
        if found is None or not self.has_view_permission(request, found):
            response: HttpResponse = super().change_view(request, object_id, form_url, extra_context)
            return response
        shown = receipt_context(found.tab, is_copy=True)
        notes = [
            note
            for note in credit_notes_of(found.tab)
            if note.document == found or (not found.is_correction and note.document.corrects_id == found.pk)
        ]
        context = {
            **self.admin_site.each_context(request),
            **shown,
            "title": f"Copy of {found.code}",
            "document": found,
            "seller": seller_of(found),
            "credit_notes": notes,
            "venue": Venue.current(),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/payments/document/copy.html", context)
