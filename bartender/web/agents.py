"""The guest's page for assistants of their own: make a code, see what is running, stop it. And /mcp/pair,
where an agent exchanges the code for a token."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, override
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from bartender.models.agents import AgentPairing
from bartender.models.menu import Venue
from bartender.models.visits import Visit
from bartender.services import agent_pairings
from bartender.services.agent_errors import AgentsDisabled, PairingCodeWrong, PairingLimitsWrong
from bartender.services.agent_pairings import (
    CODE_TTL,
    DRINK_CHOICES,
    MINUTE_CHOICES,
    MONEY_CHOICES,
    Allowance,
)
from bartender.web.actions import guest_action
from bartender.web.guest import render_closed_visit, visit_for_display
from maya_site.core.client_addresses import request_client_key
from maya_site.core.cookies import read_visit_code
from maya_site.core.currencies import get_currency
from maya_site.core.errors import Refusal
from maya_site.core.money import format_money
from maya_site.core.public_urls import build_public_url
from maya_site.core.rate_limits import (
    AGENT_PAIRING_LIMIT,
    RateLimitExceeded,
    check_rate_limit,
)
from maya_site.core.venue import timezone_or_utc

MAX_PAIR_BODY_BYTES = 4_096


class AllowanceForm(forms.Form):
    """What the agent may order, from lists: nothing here is typed."""

    money = forms.TypedChoiceField(label=gettext_lazy("Drinks for at most"), coerce=int)
    drinks = forms.TypedChoiceField(label=gettext_lazy("Alcohol, in standard drinks"), coerce=int)
    minutes = forms.TypedChoiceField(label=gettext_lazy("For how long"), coerce=int)

    def __init__(self, currency: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        money = [(cents, format_money(cents, currency)) for cents in money_choices(currency)]
        drinks = [(number, str(number) if number else _("none")) for number in DRINK_CHOICES]
        minutes = [
            (number, ngettext("%(number)s minute", "%(number)s minutes", number) % {"number": number})
            for number in MINUTE_CHOICES
        ]
        self._set_choices("money", money, 1)
        self._set_choices("drinks", drinks, 2)
        self._set_choices("minutes", minutes, 1)

    def _set_choices(self, name: str, choices: list[tuple[int, str]], chosen: int) -> None:
        """`chosen`: the place of the one that the page begins with."""
        field: Any = self.fields[name]
        field.choices = choices
        self.initial.setdefault(name, choices[chosen][0])


def money_choices(currency: str) -> list[int]:
    """In minor units. A currency without decimals has small units, so there are a hundred times as many."""
    units = get_currency(currency).minor_units_per_unit
    return [amount * (units if units > 1 else 100) for amount in MONEY_CHOICES]


@require_safe
@never_cache
def agents_page(request: HttpRequest) -> HttpResponse:
    venue = Venue.current()
    if not venue.agents_enabled:
        raise Http404
    visit = visit_for_display(read_visit_code(request.COOKIES))
    if visit.closed_at is not None:
        return render_closed_visit(request, visit)
    pairings = agent_pairings.unfinished_pairings(visit)
    shown = {
        "venue": venue.name,
        "zone": timezone_or_utc(venue.timezone),
        "currency": venue.currency,
        "form": AllowanceForm(venue.currency),
        "waiting": next((pairing for pairing in pairings if not pairing.paired_at), None),
        "agents": agent_pairings.agents_on_tab(visit, is_enabled=True),
        "mcp_url": build_public_url("/mcp"),
        "pair_url": build_public_url(reverse("bartender:pair_agent")),
        "code_minutes": int(CODE_TTL.total_seconds() // 60),
        "page": "agents",
    }
    return render(request, "bartender/agents.html", shown)


@guest_action()
def issue_code(request: HttpRequest, visit: Visit) -> str:
    form = AllowanceForm(Venue.current().currency, request.POST)
    if not form.is_valid():
        raise PairingLimitsWrong
    given = form.cleaned_data
    check_rate_limit(AGENT_PAIRING_LIMIT, visit.code)
    agent_pairings.issue_pairing_code(visit, Allowance(given["money"], given["drinks"], given["minutes"]))
    return reverse("bartender:agents")


@guest_action("#tab")
def stop_agent(request: HttpRequest, visit: Visit, code: str) -> None:
    agent_pairings.revoke_pairing(_own_pairing(visit, code))
    messages.success(request, _("Stopped. What it has ordered stays on your tab."))


@guest_action("#tab")
def seen_agent(request: HttpRequest, visit: Visit, code: str) -> None:
    agent_pairings.clear_asks(_own_pairing(visit, code))


def _own_pairing(visit: Visit, code: str) -> AgentPairing:
    found = AgentPairing.objects.select_related("visit").filter(visit=visit, code=code).first()
    if found is None:
        raise Http404
    return found


@csrf_exempt
@require_POST
@never_cache
@sensitive_variables()
def pair_agent(request: HttpRequest) -> JsonResponse:
    """Takes {"code": ..., "name": ...} as JSON and answers with a token once. No cookie is read."""
    if not agent_pairings.agents_enabled():
        raise Http404
    with override("en"):
        try:
            check_rate_limit(AGENT_PAIRING_LIMIT, request_client_key(request))
            code, name = _read_pair_body(request)
            pairing, token = agent_pairings.redeem_pairing_code(code, name)
        except RateLimitExceeded as exceeded:
            return JsonResponse(
                {"error": str(exceeded)}, status=429, headers={"Retry-After": exceeded.retry_after}
            )
        except (PairingCodeWrong, AgentsDisabled) as refused:
            return JsonResponse({"error": str(refused)}, status=403)
        except Refusal as refused:
            return JsonResponse({"error": str(refused)}, status=400)
    return JsonResponse(
        {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": pairing.minutes_allowed * 60,
            "mcp_url": build_public_url("/mcp"),
            "allowance": {
                "money_minor_units": pairing.cents_allowed,
                "money": format_money(pairing.cents_allowed),
                "standard_drinks": float(pairing.drinks_allowed),
                "minutes": pairing.minutes_allowed,
            },
        }
    )


def _read_pair_body(request: HttpRequest) -> tuple[str, str]:
    """Raises Refusal for what is no such object."""
    body = request.read(MAX_PAIR_BODY_BYTES + 1)
    try:
        given = json.loads(body) if len(body) <= MAX_PAIR_BODY_BYTES else None
    except ValueError:
        given = None
    code, name = (given.get("code"), given.get("name", "")) if isinstance(given, dict) else (None, "")
    if not isinstance(code, str) or not isinstance(name, str):
        raise Refusal('Send JSON such as {"code": "ABCD-EFGH", "name": "what you are called"}.')
    return code, name
