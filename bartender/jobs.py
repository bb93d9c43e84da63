"""What the bar does by itself. The jobs app finds this module; each job may run twice and must bear it."""

from bartender.records.mails import ReceiptMail
from bartender.services import receipts, regulars, visits
from maya_site.jobs.registry import job, periodic


@periodic("expire_visits", every=60)
def expire_visits() -> dict[str, int]:
    return visits.expire_visits()


@periodic("forget_old_guests", every=24 * 3600)
def forget_old_guests() -> dict[str, int]:
    return regulars.forget_old()


@job(receipts.MAIL)
def mail_receipt(mail: int) -> bool:
    return receipts.send(ReceiptMail.objects.select_related("tab").get(pk=mail))


@periodic("forget_addresses", every=3600)
def forget_addresses() -> int:
    """Addresses of receipts that could not be mailed for a day."""
    return receipts.forget_addresses()
