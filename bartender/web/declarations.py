"""Forms in which guests declare their allergies and their age."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from bartender.errors import join_names
from bartender.menu.snapshot import current_menu
from bartender.models.visits import Visit
from bartender.safety.allergens import ALLERGEN_NAMES
from bartender.services import responsible_service
from bartender.web.actions import guest_action


@guest_action("#menu")
def declare_allergies(request: HttpRequest, visit: Visit) -> None:
    """Replaces the list with the ticked ones; none ticked means no allergies."""
    names = responsible_service.set_allergies(
        visit, [name for name in request.POST.getlist("allergies") if name in ALLERGEN_NAMES]
    )
    if names:
        messages.success(
            request,
            _("Noted: %(names)s. Anything that contains it, or might, has to be approved by the staff.")
            % {"names": join_names(names)},
        )
    else:
        messages.info(request, _("Noted: no allergies."))


@guest_action("#tab")
def declare_age(request: HttpRequest, visit: Visit) -> None:
    state = responsible_service.declare_age(visit, "declared")
    limits = current_menu().current_limits()
    if state == "refused":
        messages.warning(request, _("Somebody behind the bar has decided that already. Please ask there."))
    else:
        messages.success(request, _("Thank you: %(age)s or older, you say.") % {"age": limits.legal_age})
