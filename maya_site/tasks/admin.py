from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from maya_site.core.model_admin import ModelAdmin, ReadOnlyAdminMixin
from maya_site.tasks.models import Task


@admin.register(Task)
class TaskAdmin(ReadOnlyAdminMixin, ModelAdmin[Task]):
    """Tasks that were given up can be looked at here, and tried again once the cause is gone."""

    list_display = ("name", "key", "state", "attempts", "available_at", "finished_at", "error")
    list_filter = ("state", "name")
    search_fields = ("key", "error")
    ordering = ("-pk",)
    actions = ("try_again",)

    @admin.action(description="Try again what was given up", permissions=["retry"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Task]) -> None:
        given_up = queryset.filter(state=Task.State.FAILED)
        again = given_up.update(
            state=Task.State.WAITING, attempts=0, available_at=timezone.now(), finished_at=None
        )
        self.message_user(request, f"{again} wait again.")

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return bool(getattr(request.user, "is_superuser", False))
