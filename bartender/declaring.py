"""What a guest declares by a plain form: what they must not have, and that they are of age."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone

from bartender.deeds import deed
from bartender.errors import listed
from bartender.menu.snapshot import current_menu
from bartender.records.visits import Visit
from bartender.services import serving
from bartender.serving.declared import NAMES


@deed("#menu")
def allergies(request: HttpRequest, visit: Visit) -> None:
    """The list as the form has it: nothing ticked is no allergy any more."""
    names = serving.set_allergies(
        visit, [name for name in request.POST.getlist("allergies") if name in NAMES]
    )
    if names:
        messages.success(
            request, f"Noted: {listed(names)}. What has it, or may have it, needs a person's yes."
        )
    else:
        messages.info(request, "Noted: no allergies.")


@deed("#tab")
def age(request: HttpRequest, visit: Visit) -> None:
    state = serving.declare_age(visit, "declared")
    limits = current_menu().limits_on(timezone.localdate())
    if state == "refused":
        messages.warning(request, "Somebody behind the bar has decided that already. Please ask there.")
    else:
        messages.success(request, f"Thank you: {limits.legal_age} or older, you say.")
