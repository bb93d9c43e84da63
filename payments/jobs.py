"""What the till does by itself."""

from maya_site.jobs.registry import periodic
from payments import checkout


@periodic("expire_payments", every=60)
def expire_payments() -> int:
    """Attempts past their time end, and their tabs are open again."""
    return checkout.expire_overdue()
