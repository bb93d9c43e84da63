"""/healthz: whether guests may be sent to this process."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.http.request import validate_host
from django.views.decorators.http import require_safe

from maya_site.core.release import VERSION
from maya_site.core.shutdown_signal import SHUTDOWN
from maya_site.ops.components import Component, check_components

REFUSED_HOST = Component("host", "real", False, "not in ALLOWED_HOSTS")
SHUTTING_DOWN = Component("server", "real", False, "is closing", is_essential=True)


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    found = [*check_components(), *([SHUTTING_DOWN] if SHUTDOWN.is_set else [])]
    if is_refused_public_host(request):
        found.append(REFUSED_HOST)
    status = overall_status(found)
    checks = {part.name: part.state for part in found}
    body = {"status": status, "version": VERSION, "commit": settings.MAYA_COMMIT, "checks": checks}
    return JsonResponse(body, status=503 if status == "unhealthy" else 200)


def is_refused_public_host(request: HttpRequest) -> bool:
    """Whether this very request came under a name that guests would be refused under. Monitors within ask by
    an IP address or a bare name, which is no guest's way."""
    name = request.headers.get("Host", "").partition(":")[0].lower()
    looks_public = "." in name and not _is_ip_address(name)
    return looks_public and not validate_host(name, settings.ALLOWED_HOSTS)


def _is_ip_address(name: str) -> bool:
    try:
        return bool(ipaddress.ip_address(name))
    except ValueError:
        return False


def overall_status(components: list[Component]) -> str:
    states = {part.state for part in components}
    if "down" in states:
        return "unhealthy"
    return "degraded" if "degraded" in states else "ok"
