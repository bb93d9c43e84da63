"""What the bar does by itself. The jobs app finds this module; each job may run twice and must bear it."""

from bartender.services import regulars, visits
from maya_site.jobs.registry import periodic


@periodic("expire_visits", every=60)
def expire_visits() -> dict[str, int]:
    return visits.expire_visits()


@periodic("forget_old_guests", every=24 * 3600)
def forget_old_guests() -> dict[str, int]:
    return regulars.forget_old()
