"""The acts of guests and staff that `bench_growth` times and a test looks at, in one evening at the bar."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial
from io import StringIO
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from bartender import urls
from bartender.books.export import EXPORTS, Export
from bartender.books.journal_pages import DateRange
from bartender.books.stock import stock_use
from bartender.conversation import persistence
from bartender.models.assistance import AssistanceRequest
from bartender.models.ingredients import Ingredient
from bartender.models.menu import Venue
from bartender.models.visits import Ticket, Turn, Visit
from bartender.realtime import snapshot
from bartender.services import (
    bills,
    business_days,
    orders,
    split_bill,
    stock,
    takeovers,
    tickets,
    waiting_time,
)
from bartender.services.sales_reports import build_sales_report
from bartender.services.service_reports import build_service_report
from bartender.web.display.fragments import render_board_fragments
from maya_site.core.cookies import sign_visit_code, visit_cookie_name
from maya_site.tasks.registry import PERIODIC_TASKS, get_task
from payments import checkout
from payments.ledger import OperationContext, TipRule
from payments.models import Payment, SplitParticipant, Tab
from tests.bench.past_evenings import add_past_evenings

Act = Callable[[], object]
GUESTS = 12
# What goes over all rows by its nature, and does so beside the server.
NOT_TIMED = {"backup", "check_full_ledger"}
_numbers = itertools.count(1)


def cause() -> OperationContext:
    return OperationContext(f"growth:{next(_numbers)}:{time.time_ns()}", turn="turn")


@dataclass(frozen=True)
class Scene:
    """Ada has drinks on her tab and at the bar, Ben has joined it, Cy has not ordered yet."""

    ada: Visit
    ben: Visit
    cy: Visit
    tess: User
    streams: list[str]  # what the streams of this server show
    past: Visit

    def guest(self, visit: Visit) -> Client:
        client = Client()
        client.cookies[visit_cookie_name()] = sign_visit_code(visit.code)
        return client

    def staff(self) -> Client:
        client = Client()
        client.force_login(self.tess, backend="django.contrib.auth.backends.ModelBackend")
        return client


def prepare(past_tabs: int) -> Scene:
    """Migrates the database, fills an empty one, and lets this evening's guests come."""
    call_command("migrate", verbosity=0)
    call_command("load_menu", stdout=StringIO())
    if not Tab.objects.exists():
        add_past_evenings(past_tabs)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # as autovacuum does in time
            cursor.execute("VACUUM ANALYZE")
    return make_scene()


def make_scene() -> Scene:
    # So that nothing is to be erased: that is work for each row by its nature.
    Venue.objects.update(retention_days=3_650, agents_enabled=True)
    tess, _made = User.objects.get_or_create(
        username="tess", defaults={"is_staff": True, "is_superuser": True, "first_name": "Tess"}
    )
    past = Visit.objects.order_by("pk").first()
    assert past is not None
    Visit.objects.active().update(closed_at=timezone.now())  # of an earlier run
    guests = [Visit.objects.create() for _guest in range(GUESTS)]
    for guest in guests[2:]:
        orders.add_line(guest, "Lemonade", 2, [], cause())
        tickets.fire_ticket(guest, cause())
        talk(guest, 2)
    cy, ben, ada = guests[0], guests[1], guests[2]
    talk(ada, 12)
    orders.add_line(ada, "Water", 1, [], cause())
    tab = orders.current_tab(ada)
    assert tab is not None
    SplitParticipant.objects.get_or_create(tab=tab, visit_code=ben.code, defaults={"name": "Ben"})
    AssistanceRequest.objects.create(visit=ada, kind="help")
    takeovers.take_over(guests[3], tess)
    return Scene(ada, ben, cy, tess, [snapshot.VENUE_TOPIC, *(guest.code for guest in guests)], past)


def talk(guest: Visit, turns: int) -> None:
    for _turn in range(turns):
        Turn.objects.create(
            visit=guest,
            client_id=cause().key[:64],
            guest_text="And then?",
            reply_text="Then it rained.",
            brain="gemini",
            outcome="done",
            cost_microcents=500,
            elapsed_ms=800.0,
        )


def acts(scene: Scene) -> dict[str, Act]:
    return {**guest_acts(scene), **staff_acts(scene), **page_acts(scene), **system_acts()}


def guest_acts(scene: Scene) -> dict[str, Act]:
    ada, ben, cy = (scene.guest(visit) for visit in (scene.ada, scene.ben, scene.cy))
    receipt = reverse("bartender:receipt", args=[Tab.objects.for_visit(scene.past.code)[0].code])
    return {
        "guest: GET /": lambda: get(ada, "/"),
        "guest: GET /, who joined a tab": lambda: get(ben, "/"),
        "guest: GET /, who has not ordered": lambda: get(cy, "/"),
        "guest: GET /tab/": lambda: get(ada, "/tab/"),
        "guest: GET a receipt": lambda: get(scene.guest(scene.past), receipt),
        "guest: a stream's first state": lambda: snapshot.read_initial_state(scene.ada),
        "guest: a stream's look": lambda: snapshot.read_snapshot(scene.ada),
        "guest: a stream's look, who joined a tab": lambda: snapshot.read_snapshot(scene.ben),
        "guest: the look for lost notices": lambda: snapshot.read_change_fingerprints(scene.streams),
        "guest: a paid turn begins": lambda: persistence.start_turn(scene.ada, "Hm?", cause().key, "gemini"),
        "guest: a first order": lambda: orders.add_line(scene.cy, "Lemonade", 1, [], cause()),
        "guest: one more order": lambda: orders.add_line(scene.ada, "Lemonade", 1, [], cause()),
        "guest: send to the bar": lambda: tickets.fire_ticket(scene.ada, cause()),
        "guest: how long is the wait": lambda: waiting_time.waiting_time_of(scene.ada),
        "guest: tip": lambda: bills.set_tip(scene.ada, TipRule(basis_points=1_500), cause()),
        "guest: join a tab": lambda: join(scene),
        "guest: pay": lambda: pay(scene.ada),
    }


def get(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)


def join(scene: Scene) -> None:
    invitation = split_bill.create_invitation(scene.ada)
    split_bill.join_tab(scene.cy, split_bill.invitation_token(invitation))


def pay(guest: Visit) -> None:
    card = bills.request_bill(guest, cause()).payment
    assert card is not None
    bills.confirm_payment(guest, card.nonce)
    checkout.mark_paid(Payment.objects.latest("id"), cause())


def staff_acts(scene: Scene) -> dict[str, Act]:
    today = timezone.localdate()
    past_night = today - timedelta(days=5)
    return {
        "staff: refresh of the bar display": lambda: render_board_fragments(scene.tess),
        "staff: bump a ticket": lambda: tickets.bump_ticket(scene.ada.tickets.latest("id"), scene.tess, 0),
        "staff: make a ticket": lambda: make_ticket(scene),
        "staff: take a made ticket back": lambda: take_back_ticket(scene),
        "staff: stock that runs low": stock.stock_notices,
        "staff: a count of three ingredients": lambda: count_stock(scene),
        "staff: poured against sold": lambda: stock_use(DateRange(past_night, past_night)),
        "staff: sales of a night": lambda: build_sales_report(DateRange(past_night, past_night)),
        "staff: service of a night": lambda: build_service_report(DateRange(past_night, past_night)),
        "staff: X report": business_days.build_x_report,
        "staff: Z report": lambda: business_days.close_business_day(
            business_days.build_x_report().date, "growth", "measured"
        ),
        **{
            f"export of a night: {what}": partial(export, Export(what, past_night, past_night))
            for what in EXPORTS[:-1]
        },
    }


def make_ticket(scene: Scene) -> Ticket:
    ticket = scene.ada.tickets.latest("id")
    tickets.bump_ticket(ticket, scene.tess)
    return tickets.bump_ticket(ticket, scene.tess)


def take_back_ticket(scene: Scene) -> None:
    tickets.recall_ticket(make_ticket(scene), scene.tess)


def count_stock(scene: Scene) -> None:
    entries = [stock.StockEntry(row.pk, Decimal(500)) for row in Ingredient.objects.order_by("name")[:3]]
    stock.enter_count(entries, scene.tess, cause().key)


def export(asked: Export) -> None:
    for _chunk in asked.chunks(timezone.now()):
        continue


def page_acts(scene: Scene) -> dict[str, Act]:
    """Every page of the display and the admin with an address of its own, and those of a guest and a tab."""
    staff = scene.staff()
    tab = orders.current_tab(scene.ada)
    assert tab is not None
    # A path is timed if it shows a page at all: the forms' own are for POST.
    own = [f"/{one.pattern}" for one in urls.urlpatterns if "<" not in str(one.pattern)]
    display = [path for path in own if path.startswith("/bar/") and staff.get(path).status_code == 200]
    pages = [
        *display,
        reverse("bartender:staff_tab", args=[scene.ada.code]),
        reverse("bartender:conversation", args=[scene.ada.code]),
        "/admin/",
        *admin_pages(staff),
        *(
            f"{reverse('admin:bartender_visit_changelist')}?{query}"
            for query in ("here=yes", "left_unpaid=yes")
        ),
        *(
            f"{reverse('admin:payments_tab_changelist')}?{query}"
            for query in ("due=yes", "status__exact=open")
        ),
        reverse("admin:bartender_visit_change", args=[scene.ada.pk]),
        reverse("admin:payments_tab_change", args=[tab.pk]),
        reverse("admin:payments_zreport_x"),
        reverse("admin:payments_zreport_sales"),
        *(reverse(f"admin:bartender_stock_{name}") for name in ("now", "count", "delivery", "loss", "use")),
    ]
    codes = {scene.ada.code: "ada", str(scene.ada.pk): "ada", str(tab.pk): "hers"}
    return {f"page: {_readable(path, codes)}": partial(get, staff, path) for path in pages}


def _readable(path: str, codes: dict[str, str]) -> str:
    return "/".join(codes.get(part, part) for part in path.split("/"))


def admin_pages(staff: Client) -> Iterator[str]:
    for model in admin.site._registry:
        meta = model._meta
        path = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
        if staff.get(path).status_code == 200:
            yield path


def system_acts() -> dict[str, Act]:
    """What monitors ask, and what the bar does by itself."""
    client = Client()
    feed = {"headers": {"authorization": f"Bearer {settings.EVENTS_TOKEN}"}}
    pages: dict[str, Act] = {
        "monitor: /healthz": lambda: get(client, "/healthz"),
        "monitor: /metrics": lambda: get(client, "/metrics"),
    }
    if settings.EVENTS_TOKEN:
        pages["monitor: /events/"] = lambda: client.get("/events/", **feed)  # type: ignore[arg-type]
    names = sorted(set(PERIODIC_TASKS) - NOT_TIMED)
    return pages | {f"job: {name}": get_task(name) for name in names}


# --- how an act is timed ------------------------------------------------------------------------------


class _RolledBack(Exception):
    pass


def run_and_roll_back(act: Act) -> None:
    try:
        with transaction.atomic():
            act()
            raise _RolledBack
    except _RolledBack:
        pass


def time_act(act: Act, rounds: int, seconds: float, *, explain: bool = False) -> dict[str, Any]:
    """The best of some rounds, in ms, after one that warms up. SQLite works within this thread, so its
    processor's time is told, which others on the machine do not change."""
    clock = time.thread_time if connection.vendor == "sqlite" else time.perf_counter
    run_and_roll_back(act)
    best, deadline = float("inf"), time.perf_counter() + seconds
    for number in range(rounds):
        began = clock()
        run_and_roll_back(act)
        best = min(best, clock() - began)
        if number and time.perf_counter() > deadline:
            break
    return {"ms": best * 1_000, "slowest": explain_slowest(act) if explain else []}


@contextmanager
def recorded_queries() -> Iterator[list[tuple[float, str, Any]]]:
    """Seconds, SQL and parameters of each query within."""
    found: list[tuple[float, str, Any]] = []

    def record(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            found.append((time.perf_counter() - began, sql, params))

    with connection.execute_wrapper(record):
        yield found


def explain_slowest(act: Act, number: int = 3) -> list[dict[str, Any]]:
    with recorded_queries() as queries:
        run_and_roll_back(act)
    slowest = sorted(queries, key=lambda query: -query[0])[:number]
    return [
        {"ms": took * 1_000, "sql": sql, "plan": explain_query(sql, params)} for took, sql, params in slowest
    ]


def explain_query(sql: str, params: Any) -> list[str]:
    if not sql.lstrip(" (").startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
        return []
    words = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        cursor.execute(f"{words} {sql}", params)
        return [str(row[-1]) for row in cursor.fetchall()]
