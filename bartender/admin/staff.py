"""People behind the bar in the admin, with their PINs, and the shared screens.

The owner sees all of Django's user pages. A manager sees names and whether somebody works here: rights,
groups and the owner's and managers' own accounts stay out of reach (`can_manage`).
"""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from bartender.models.shared_screens import SharedScreen, StaffPin
from bartender.permissions import STAFF_GROUP, can_manage
from bartender.services import shared_screens, staff_pins
from maya_site.core.errors import Refusal
from maya_site.core.model_admin import ModelAdmin, ReadOnlyAdminMixin

admin.site.unregister(User)


class PinForm(forms.Form):
    """The PIN is read by the service; here only whether both are the same."""

    pin = forms.CharField(
        label="PIN",
        max_length=80,
        widget=forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=f"{staff_pins.MIN_DIGITS} to {staff_pins.MAX_DIGITS} digits, not all the same or in a row.",
    )
    again = forms.CharField(
        label="Once more",
        max_length=80,
        widget=forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("pin") != given.get("again"):
            self.add_error("again", "The two are not the same.")
        return given


@admin.register(User)
class StaffAdmin(UserAdmin):  # type: ignore[type-arg]  # Django's takes none at run time
    """Django's own for the owner; for managers names, passwords, PINs and who works here."""

    list_display = (
        "username",
        "first_name",
        "last_name",
        "groups_of",
        "has_pin",
        "is_active",
        "is_superuser",
    )
    list_filter = ("is_active", "groups")
    manager_fieldsets: ClassVar[Any] = (
        (None, {"fields": ("username", "password")}),
        ("Who it is", {"fields": ("first_name", "last_name", "email")}),
        ("Works here", {"fields": ("is_active", "last_login", "date_joined")}),
    )
    manager_readonly = ("last_login", "date_joined")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).select_related("staff_pin").prefetch_related("groups")

    @admin.display(description="groups")
    def groups_of(self, person: User) -> str:
        return ", ".join(group.name for group in person.groups.all())

    @admin.display(description="PIN", boolean=True)
    def has_pin(self, person: User) -> bool:
        return hasattr(person, "staff_pin")

    # --- who may do what --------------------------------------------------------------------------------

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        may = super().has_change_permission(request, obj)
        return may and (obj is None or can_manage(request.user, obj))  # type: ignore[arg-type]

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Whoever has worked here stands in the books: people are taken off, not deleted."""
        return bool(request.user.is_superuser) and super().has_delete_permission(request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        if request.user.is_superuser or obj is None:
            return super().get_fieldsets(request, obj)
        return self.manager_fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        return (
            super().get_readonly_fields(request, obj) if request.user.is_superuser else self.manager_readonly
        )

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Whom a manager adds is bar staff, and nothing more."""
        if change and not self.has_change_permission(request, User.objects.get(pk=obj.pk)):
            raise PermissionDenied
        if not change and not request.user.is_superuser:
            obj.is_staff, obj.is_superuser = True, False
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if not change and not request.user.is_superuser:
            form.instance.groups.set([Group.objects.get(name=STAFF_GROUP)])
        if not form.instance.is_active:
            staff_pins.remove_pin(form.instance)

    # --- the PIN ----------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/pin/", view(self.set_pin), name="auth_user_pin"),
            path("<int:pk>/pin/remove/", view(self.remove_pin), name="auth_user_pin_remove"),
            *super().get_urls(),
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        person: User | None = context.get("original")
        found = StaffPin.objects.select_related("set_by").filter(user=person).first() if person else None
        context |= {"pin": found, "may_set_pin": person is not None and self._may_set_pin(request, person)}
        return super().render_change_form(request, context, *args, **kwargs)

    @method_decorator(sensitive_post_parameters("pin", "again"))
    def set_pin(self, request: HttpRequest, pk: int) -> HttpResponse:
        person = self._person(request, pk)
        form = PinForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                staff_pins.set_pin(person, form.cleaned_data["pin"], request.user)  # type: ignore[arg-type]
            except Refusal as refusal:
                form.add_error("pin", str(refusal))
            else:
                self.log_change(request, person, "PIN set")
                self.message_user(request, f"The PIN of {person} is set.", messages.SUCCESS)
                return self._back_to(person)
        context = {
            **self.admin_site.each_context(request),
            "title": f"PIN of {person}",
            "form": form,
            "person": person,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/auth/user/pin.html", context)

    @method_decorator(require_POST)
    def remove_pin(self, request: HttpRequest, pk: int) -> HttpResponse:
        person = self._person(request, pk)
        if staff_pins.remove_pin(person):
            self.log_change(request, person, "PIN removed")
        self.message_user(request, f"{person} has no PIN now.", messages.SUCCESS)
        return self._back_to(person)

    def _person(self, request: HttpRequest, pk: int) -> User:
        person = get_object_or_404(User, pk=pk)
        if not self._may_set_pin(request, person):
            raise PermissionDenied
        return person

    def _may_set_pin(self, request: HttpRequest, person: User) -> bool:
        """One's own as well, on one's own login."""
        return person.pk == request.user.pk or self.has_change_permission(request, person)

    def _back_to(self, person: User) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:auth_user_change", args=[person.pk]))


@admin.register(SharedScreen)
class SharedScreenAdmin(ReadOnlyAdminMixin, ModelAdmin[SharedScreen]):
    """Which browsers are shared screens, and who acts on them. Closing one ends it at once."""

    list_display = ("__str__", "opened_by", "opened_at", "acting", "active_at", "closed_at")
    list_filter = (("closed_at", admin.EmptyFieldListFilter),)
    list_select_related = ("opened_by", "acting")
    list_per_page = 50
    show_full_result_count = False
    exclude = ("code",)
    actions = ("close",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SharedScreen]:
        return super().get_queryset(request).select_related("opened_by", "acting")

    @admin.action(description="Close these screens", permissions=["view"])
    def close(self, request: HttpRequest, chosen: QuerySet[SharedScreen]) -> None:
        closed = [screen for screen in chosen if shared_screens.close_screen(screen)]
        for screen in closed:
            self.log_change(request, screen, "Closed")
        self.message_user(request, f"Closed: {len(closed)}.", messages.SUCCESS)
