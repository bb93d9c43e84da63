"""The login pages: the password, and the second factor of whoever has one or must have one."""

from __future__ import annotations

from base64 import b32encode

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_safe
from django_otp import login as show_device
from django_otp import user_has_device
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice

from bartender.services import second_factor as factor
from bartender.web.qr_code import qr_code_response
from maya_site.core.rate_limits import LOGIN_NAME_LIMIT, check_rate_limit
from maya_site.staff_login import login_limits

# In the settings there are several ways to know somebody; this one knows them by the password.
PASSWORD_BACKEND = "django.contrib.auth.backends.ModelBackend"
WRONG_CODE = "That code is not right, or was used before. Take the next one that the app shows."


class StaffLogin(LoginView):
    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        login_limits.check_login_limits(request)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user = form.get_user()
        if factor.needs_second_factor(user):
            factor.start_pending_login(self.request, user, self.get_success_url())
            return redirect("admin:second_factor")
        response = super().form_valid(form)
        login_limits.remember_browser(response, user)
        return response


@csrf_protect
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """Asks for the code, after the password."""
    waiting = factor.get_pending_login(request)
    if waiting is None:
        return redirect("admin:login")
    if not user_has_device(waiting.user):
        return redirect("admin:second_factor_set_up")
    error = ""
    if request.method == "POST":
        check_rate_limit(LOGIN_NAME_LIMIT, f"code:{waiting.user.pk}")
        if device := factor.find_device_for_code(waiting.user, request.POST.get("code", "")):
            return _complete_login(request, waiting, device)
        error = WRONG_CODE
    return render(request, "admin/second_factor.html", {"error": error}, status=200)


@csrf_protect
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def set_up_second_factor(request: HttpRequest) -> HttpResponse:
    """Sets up an authenticator app. Whoever must have one comes here with the password alone; the first code
    logs them in."""
    waiting = factor.get_pending_login(request)
    user = _find_user(request, waiting)
    if user is None:
        return redirect("admin:login")
    error = ""
    if request.method == "POST":
        check_rate_limit(LOGIN_NAME_LIMIT, f"code:{user.pk}")
        if done := factor.confirm_device(user, request.POST.get("code", "")):
            return _finish_set_up(request, user, waiting, *done)
        error = WRONG_CODE
    device = factor.get_or_create_unconfirmed_device(user)
    shown = {
        "error": error,
        "key": b32encode(device.bin_key).decode(),
        "required": waiting is not None,
        "has_one": user_has_device(user),
        "paper_left": factor.count_backup_codes(user),
    }
    return render(request, "admin/second_factor_set_up.html", shown)


def _finish_set_up(
    request: HttpRequest, user: User, waiting: factor.PendingLogin | None, device: Device, codes: list[str]
) -> HttpResponse:
    to = reverse("admin:index")
    if waiting is None:
        show_device(request, device)
    else:
        to = _complete_login(request, waiting, device)["Location"]
    response = render(request, "admin/second_factor_paper.html", {"codes": codes, "to": to})
    login_limits.remember_browser(response, user)
    return response


@never_cache
@require_safe
def second_factor_qr_code(request: HttpRequest) -> HttpResponse:
    """The QR code for the app. Shown only during the set-up."""
    user = _find_user(request, factor.get_pending_login(request))
    if user is None:
        raise Http404
    return qr_code_response(factor.get_or_create_unconfirmed_device(user).config_url)


def _find_user(request: HttpRequest, waiting: factor.PendingLogin | None) -> User | None:
    """Somebody logged in; or somebody with the right password who has no second factor yet."""
    if request.user.is_authenticated and request.user.is_staff:
        return request.user
    if waiting is not None and not user_has_device(waiting.user):
        return waiting.user
    return None


def _complete_login(request: HttpRequest, waiting: factor.PendingLogin, device: Device) -> HttpResponse:
    del request.session[factor.PENDING_LOGIN_SESSION_KEY]
    login(request, waiting.user, backend=PASSWORD_BACKEND)
    show_device(request, device)
    response = redirect(waiting.next_url)
    login_limits.remember_browser(response, waiting.user)
    if isinstance(device, StaticDevice):
        left = factor.count_backup_codes(waiting.user)
        messages.warning(request, f"A code on paper was used: {left} left. Set up the app anew to get more.")
    return response
