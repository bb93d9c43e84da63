"""Who is told of events, and how each telling went. For superusers: the secrets stand there."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from maya_site.core.model_admin import ModelAdmin, ModelForm, ReadOnlyAdminMixin
from maya_site.events.destinations import DestinationRefused, check_url
from maya_site.events.models import EventDelivery, EventEndpoint, EventKind
from maya_site.events.record import DELIVER_TASK
from maya_site.tasks.enqueue import enqueue


class EndpointForm(ModelForm[EventEndpoint]):
    url = forms.URLField(
        label="URL",
        max_length=500,
        assume_scheme="https",
        help_text="Where events are posted to. Redirects are not followed.",
    )
    kinds = forms.MultipleChoiceField(
        choices=EventKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: all.",
    )

    class Meta:
        model = EventEndpoint
        fields = ("name", "url", "kinds", "is_on", "secret")

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            check_url(url)
        except DestinationRefused as refusal:
            raise forms.ValidationError(str(refusal)) from None
        return url

    def clean_secret(self) -> str:
        secret: str = self.cleaned_data["secret"]
        if len(secret) < 24:
            raise forms.ValidationError("Use at least 24 characters, or leave the one that was made.")
        return secret


@admin.register(EventEndpoint)
class EventEndpointAdmin(ModelAdmin[EventEndpoint]):
    form = EndpointForm
    list_display = ("name", "url", "is_on", "created_at")
    search_fields = ("name", "url")

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        if not settings.EVENTS_TOKEN:
            self.message_user(request, "Events are off: set EVENTS_TOKEN and restart.", messages.WARNING)
        return super().changelist_view(request, extra_context)


@admin.register(EventDelivery)
class EventDeliveryAdmin(ReadOnlyAdminMixin, ModelAdmin[EventDelivery]):
    list_display = ("event_kind", "endpoint", "state", "attempts", "attempted_at", "status", "answer")
    list_filter = ("state", "endpoint", "event__kind")
    list_select_related = ("event", "endpoint")
    search_fields = ("event__uuid", "answer")
    ordering = ("-pk",)
    actions = ("send_again",)

    @admin.display(description="event", ordering="event__kind")
    def event_kind(self, row: EventDelivery) -> str:
        return row.event.get_kind_display()

    @admin.action(description="Send again", permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[EventDelivery]) -> None:
        """Also what was delivered: the receiver knows it by its id."""
        now = timezone.now().isoformat()
        chosen = list(queryset.values_list("pk", "attempts")[:100])
        queryset.filter(pk__in=[pk for pk, _attempts in chosen]).update(
            state=EventDelivery.State.WAITING, attempts=0
        )
        for pk, attempts in chosen:
            enqueue(DELIVER_TASK, f"deliver:{pk}:{attempts}:again:{now}", delivery=pk)
        self.message_user(request, f"{len(chosen)} are sent again.")

    def has_send_permission(self, request: HttpRequest) -> bool:
        return bool(getattr(request.user, "is_superuser", False))
