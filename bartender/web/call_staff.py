"""The button that calls a person: a plain form, which the page's script sends in the background."""

from __future__ import annotations

from django.http import HttpRequest

from bartender.models.assistance import AssistanceRequest
from bartender.models.visits import Visit
from bartender.services.assistance import record_assistance_call
from bartender.web.actions import guest_action, parse_form
from bartender.web.forms import IdempotentForm
from maya_site.core.rate_limits import STAFF_CALL_LIMIT, check_rate_limit


@guest_action()
def request_assistance(request: HttpRequest, visit: Visit) -> None:
    """Adds no message: the button's own line shows that the bar was called."""
    form = parse_form(IdempotentForm, request)
    check_rate_limit(STAFF_CALL_LIMIT, visit.code)
    record_assistance_call(visit, AssistanceRequest.Kind.HELP, "", f"form:{form.cleaned_data['id']}")
