from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from maya_site.jobs.models import Job
from maya_site.lib.admin import ModelAdmin, ReadOnly


@admin.register(Job)
class JobAdmin(ReadOnly, ModelAdmin[Job]):
    """What was given up is looked at here, and tried again once its cause is gone."""

    list_display = ("task", "key", "state", "attempts", "available_at", "ended_at", "error")
    list_filter = ("state", "task")
    search_fields = ("key", "error")
    ordering = ("-pk",)
    actions = ("try_again",)

    @admin.action(description="Try again what was given up", permissions=["retry"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[Job]) -> None:
        given_up = chosen.filter(state=Job.State.FAILED)
        again = given_up.update(
            state=Job.State.WAITING, attempts=0, available_at=timezone.now(), ended_at=None
        )
        self.message_user(request, f"{again} wait again.")

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return bool(getattr(request.user, "is_superuser", False))
