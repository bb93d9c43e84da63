"""Background tasks of the events. Each may run twice.

They load `delivery` when they run: it brings httpx, which a start does not wait for.
"""

from maya_site.events.record import DELIVER_TASK, FAN_OUT_TASK
from maya_site.tasks.registry import periodic_task, task


@task(FAN_OUT_TASK)
def fan_out_event(event: int) -> int:
    from maya_site.events import delivery

    return delivery.fan_out(event)


@task(DELIVER_TASK)
def deliver_event(delivery: int) -> bool:
    from maya_site.events.delivery import deliver

    return deliver(delivery)


@periodic_task("delete_old_events", interval_seconds=24 * 3600)
def delete_old_events() -> int:
    from maya_site.events import delivery

    return delivery.delete_old_events()
