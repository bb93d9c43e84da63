"""/healthz: may guests be sent here?"""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from maya_site.lib.last_call import LAST_CALL
from maya_site.parts import Part, parts

CLOSING = Part("server", "real", False, "is closing", essential=True)


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    found = [*parts(), *([CLOSING] if LAST_CALL.called else [])]
    status = verdict(found)
    checks = {part.name: part.state for part in found}
    return JsonResponse({"status": status, "checks": checks}, status=503 if status == "unhealthy" else 200)


def verdict(found: list[Part]) -> str:
    states = {part.state for part in found}
    if "down" in states:
        return "unhealthy"
    return "degraded" if "degraded" in states else "ok"
