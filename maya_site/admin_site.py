"""Django's admin in the venue's time zone, with the evening's figures on its first page."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, cast

from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.admin.models import LogEntry
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from bartender.models.menu import Venue
from bartender.services.evening_summary import build_evening_summary
from maya_site.core.venue import timezone_or_utc
from maya_site.staff_login import views
from maya_site.staff_login.views import StaffLogin

# Whoever may look at tabs may look at what they add up to.
EVENING_SUMMARY_PERMISSION = "payments.view_tab"


class MayaAdminSite(AdminSite):
    site_header = "MOK 5-ha: behind the bar"
    site_title = "MOK 5-ha"
    index_title = "This evening"

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Any:
        """Renders each page while the venue's time zone is active."""

        @functools.wraps(view)
        def in_venue_time(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            with timezone.override(timezone_or_utc(Venue.current().timezone)):
                response = view(request, *args, **kwargs)
                return response.render() if isinstance(response, TemplateResponse) else response

        return super().admin_view(in_venue_time, cacheable)

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """As in Django, except that attempts are limited and managers show a second factor."""
        if request.method == "GET" and self.has_permission(request):
            return redirect("admin:index", current_app=self.name)
        context = {
            **self.each_context(request),
            "title": "Log in",
            "subtitle": None,
            "app_path": request.get_full_path(),
            "username": request.user.get_username(),
            **(extra_context or {}),
        }
        if REDIRECT_FIELD_NAME not in request.GET and REDIRECT_FIELD_NAME not in request.POST:
            context[REDIRECT_FIELD_NAME] = reverse("admin:index", current_app=self.name)
        request.current_app = self.name
        form, template = AdminAuthenticationForm, "admin/login.html"
        view = StaffLogin.as_view(extra_context=context, authentication_form=form, template_name=template)
        return cast(HttpResponse, view(request))

    def get_urls(self) -> list[Any]:
        own = [
            path("second-factor/", views.second_factor, name="second_factor"),
            path("second-factor/set-up/", views.set_up_second_factor, name="second_factor_set_up"),
            path("second-factor/qr.svg", views.second_factor_qr_code, name="second_factor_picture"),
        ]
        return own + super().get_urls()

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Pages of single apps are made from the first page, without its figures."""
        return {**super().each_context(request), "evening": None}

    def get_log_entries(self, request: HttpRequest) -> QuerySet[LogEntry]:
        """Newest first by their keys: there is no index on when it was."""
        return super().get_log_entries(request).order_by("-pk")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        context = dict(extra_context or {})
        if request.user.has_perm(EVENING_SUMMARY_PERMISSION):
            context["evening"] = build_evening_summary(Venue.current(), timezone.now())
        return super().index(request, context)
