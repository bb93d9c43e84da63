"""What a guest declares by a plain form: what they must not have, and that they are of age."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

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
            request,
            _("Noted: %(names)s. What has it, or may have it, needs a person's yes.")
            % {"names": listed(names)},
        )
    else:
        messages.info(request, _("Noted: no allergies."))


@deed("#tab")
def age(request: HttpRequest, visit: Visit) -> None:
    state = serving.declare_age(visit, "declared")
    limits = current_menu().limits_now()
    if state == "refused":
        messages.warning(request, _("Somebody behind the bar has decided that already. Please ask there."))
    else:
        messages.success(request, _("Thank you: %(age)s or older, you say.") % {"age": limits.legal_age})
