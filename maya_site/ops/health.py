"""/healthz: whether guests may be sent to this process."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from maya_site.core.shutdown_signal import SHUTDOWN
from maya_site.ops.components import Component, check_components

SHUTTING_DOWN = Component("server", "real", False, "is closing", is_essential=True)


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    found = [*check_components(), *([SHUTTING_DOWN] if SHUTDOWN.is_set else [])]
    status = overall_status(found)
    checks = {part.name: part.state for part in found}
    return JsonResponse({"status": status, "checks": checks}, status=503 if status == "unhealthy" else 200)


def overall_status(components: list[Component]) -> str:
    states = {part.state for part in components}
    if "down" in states:
        return "unhealthy"
    return "degraded" if "degraded" in states else "ok"
