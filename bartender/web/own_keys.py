"""The page where guests add and delete their own keys for this visit."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_safe

from bartender.models.menu import Venue
from bartender.models.visits import Visit
from bartender.provider_status.key_check import KeyVerdict, check_key, own_key_providers
from bartender.services.own_keys import encryption, store
from bartender.services.own_keys.encryption import OwnKeys
from bartender.web.actions import guest_action
from bartender.web.forms import OwnKeysForm
from bartender.web.guest import render_closed_visit, visit_for_display
from maya_site.core.client_addresses import request_client_key
from maya_site.core.cookies import read_visit_code
from maya_site.core.errors import Refusal
from maya_site.core.rate_limits import KEY_CHECK_LIMIT, check_rate_limit
from maya_site.core.venue import format_wall_time, timezone_or_utc

OWN_KEYS_DISABLED = gettext_noop("This bar cannot keep keys of guests.")
KEY_REQUIRED = gettext_noop("Please give a key.")
KEY_INVALID = gettext_noop(
    "That does not look like a key: 8 to 200 letters, digits and signs, without spaces."
)
VERDICT_MESSAGES: dict[KeyVerdict, str] = {
    "good": gettext_noop("Your {name} key works. It is used for this visit, until {until} at the latest."),
    "wrong": gettext_noop("{name} does not take that key. It was not kept."),
    "away": gettext_noop(
        "{name} did not answer, so the key could not be checked. It was not kept; please try again."
    ),
}


@require_safe
@never_cache
def own_keys_page(request: HttpRequest) -> HttpResponse:
    visit = visit_for_display(read_visit_code(request.COOKIES))
    if visit.closed_at is not None:
        return render_closed_visit(request, visit)
    venue, providers, own = Venue.current(), own_key_providers(), store.own_keys_of(visit)
    shown = {
        "venue": venue.name,
        "zone": timezone_or_utc(venue.timezone),
        "offered": encryption.own_keys_enabled(),
        "until": visit.keys_expire_at,
        "own": [spec.display_name for name, spec in providers.items() if name in own],
        "providers": [(name, spec.display_name) for name, spec in providers.items()],
    }
    status = 200 if encryption.own_keys_enabled() else 404
    return render(request, "bartender/own_keys.html", shown, status=status)


@sensitive_post_parameters()
@guest_action()
@sensitive_variables()
def save_own_keys(request: HttpRequest, visit: Visit) -> None:
    """Checks each key with its vendor and stores the good ones. Only its owner is told what is wrong."""
    given = _submitted_keys(request)
    check_rate_limit(KEY_CHECK_LIMIT, visit.code)
    check_rate_limit(KEY_CHECK_LIMIT, request_client_key(request))
    verdicts = {name: check_key(name, key) for name, key in given.items()}
    good = OwnKeys({name: given[name] for name, verdict in verdicts.items() if verdict == "good"})
    if good:
        store.save_keys(visit, good)
    until = visit.keys_expire_at if good and visit.keys_expire_at else timezone.now()
    for name, verdict in verdicts.items():
        title = own_key_providers()[name].display_name
        text = _(VERDICT_MESSAGES[verdict]).format(name=title, until=format_wall_time(until))
        messages.add_message(request, messages.SUCCESS if verdict == "good" else messages.WARNING, text)


@guest_action()
def delete_own_keys(request: HttpRequest, visit: Visit) -> None:
    store.delete_keys(visit)
    messages.success(request, _("Your keys are forgotten."))


@sensitive_variables()
def _submitted_keys(request: HttpRequest) -> OwnKeys:
    if not encryption.own_keys_enabled():
        raise Refusal(_(OWN_KEYS_DISABLED))
    form = OwnKeysForm(request.POST)
    if not form.is_valid():
        raise Refusal(_(KEY_INVALID))
    given = OwnKeys({name: key for name, key in form.cleaned_data.items() if key})
    if not given:
        raise Refusal(_(KEY_REQUIRED))
    return given
