"""Background tasks of the events. Each may run twice."""

from maya_site.events import delivery as deliveries
from maya_site.events.record import FAN_OUT_TASK
from maya_site.tasks.registry import periodic_task, task


@task(FAN_OUT_TASK)
def fan_out_event(event: int) -> int:
    return deliveries.fan_out(event)


@task(deliveries.DELIVER_TASK)
def deliver_event(delivery: int) -> bool:
    return deliveries.deliver(delivery)


@periodic_task("delete_old_events", interval_seconds=24 * 3600)
def delete_old_events() -> int:
    return deliveries.delete_old_events()
