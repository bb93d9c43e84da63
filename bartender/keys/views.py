"""The desk where a guest leaves keys for this visit. Plain forms; a live page needs no reload."""

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

from bartender.deeds import deed
from bartender.forms import KeysForm
from bartender.keys import keeper, seal
from bartender.keys.check import PROVIDERS, Verdict, check
from bartender.keys.seal import Keys
from bartender.records.menu import Venue
from bartender.records.visits import Visit
from bartender.services.days import zone_of
from bartender.views import over, seen
from maya_site.lib.cookies import visit_code_in
from maya_site.lib.errors import Refused
from maya_site.lib.limits import KEY_TRIES, house_of, take

NO_SAFE = gettext_noop("This bar cannot keep keys of guests.")
NOTHING = gettext_noop("Please give a key.")
NO_KEY = gettext_noop("That does not look like a key: 8 to 200 letters, digits and signs, without spaces.")
TOLD: dict[Verdict, str] = {
    "good": gettext_noop("Your {name} key works. It is used for this visit, until {until} at the latest."),
    "wrong": gettext_noop("{name} does not take that key. It was not kept."),
    "away": gettext_noop(
        "{name} did not answer, so the key could not be checked. It was not kept; please try again."
    ),
}


@require_safe
@never_cache
def desk(request: HttpRequest) -> HttpResponse:
    visit = seen(visit_code_in(request.COOKIES))
    if visit.closed_at is not None:
        return over(request, visit)
    venue = Venue.here()
    shown = {
        "venue": venue.name,
        "zone": zone_of(venue),
        "offered": seal.offered(),
        "until": visit.keys_until,
        "own": [PROVIDERS[name] for name in keeper.keys_of(visit)],
        "providers": PROVIDERS.items(),
    }
    return render(request, "bartender/keys.html", shown, status=200 if seal.offered() else 404)


@sensitive_post_parameters()
@deed()
@sensitive_variables()
def bring(request: HttpRequest, visit: Visit) -> None:
    """What is wrong with a key is told to who gave it, and to nobody else."""
    given = _given(request)
    take(KEY_TRIES, visit.code)
    take(KEY_TRIES, house_of(request.META.get("REMOTE_ADDR", "")))
    verdicts = {name: check(name, key) for name, key in given.items()}
    good = Keys({name: given[name] for name, verdict in verdicts.items() if verdict == "good"})
    if good:
        keeper.bring(visit, good)
    until = timezone.localtime(visit.keys_until, zone_of(Venue.here())) if good else timezone.now()
    for name, verdict in verdicts.items():
        told = _(TOLD[verdict]).format(name=PROVIDERS[name], until=until.strftime("%H:%M"))
        messages.add_message(request, messages.SUCCESS if verdict == "good" else messages.WARNING, told)


@deed()
def take_back(request: HttpRequest, visit: Visit) -> None:
    keeper.take_back(visit)
    messages.success(request, _("Your keys are forgotten."))


@sensitive_variables()
def _given(request: HttpRequest) -> Keys:
    if not seal.offered():
        raise Refused(_(NO_SAFE))
    form = KeysForm(request.POST)
    if not form.is_valid():
        raise Refused(_(NO_KEY))
    given = Keys({name: form.cleaned_data[name] for name in PROVIDERS if form.cleaned_data[name]})
    if not given:
        raise Refused(_(NOTHING))
    return given
