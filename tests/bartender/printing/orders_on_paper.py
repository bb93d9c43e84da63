"""Guests order, staff take off, and the bar's tasks run: what stories about paper begin with."""

from bartender.models.printers import PrintJob
from bartender.services import corrections, orders, tickets
from maya_site.tasks.models import Task
from maya_site.tasks.worker import run_due_tasks
from payments.ledger import OperationContext
from payments.models import Tab
from tests.guest_fixtures import make_context


def send(visit, *drinks, note="", modifiers=()):
    """One ticket of these drinks, at the bar at once."""
    for name in drinks or ("Negroni",):
        details = orders.LineDetails(note=note)
        orders.add_line(visit, name, 1, list(modifiers), make_context(), details=details)
    return tickets.fire_ticket(visit, make_context(), skip_hold=True)


def by_staff(reason="mistake"):
    return OperationContext(make_context().key, actor="staff:sam", source="form", reason=reason)


def take_off(ticket, name, units=1):
    line = ticket.lines.filter(name=name, quantity__gt=0).first()
    return corrections.void_line(line, units, by_staff())


def tab_of(visit):
    return Tab.objects.filter(visit_code=visit.code).latest("id")


def run_tasks():
    """All that is due."""
    while run_due_tasks():
        pass


def papers(**wanted):
    """What was made, oldest first: kind, state and the paper's lines that say how much of what."""
    return [
        (job.kind, job.state, [text for text, _big in job.lines if " x " in text])
        for job in PrintJob.objects.filter(**wanted).order_by("pk")
    ]


def print_tasks():
    return list(Task.objects.filter(name__startswith="print_").values_list("key", flat=True))
