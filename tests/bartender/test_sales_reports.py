"""Reports that a manager reads. Their sums are those of the Z report, to the cent, in every table."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest

from bartender.books.journal_pages import DateRange
from bartender.menu.snapshot import mark_menu_changed
from bartender.models.display import TicketMove
from bartender.models.ingredients import Ingredient
from bartender.models.menu import Venue
from bartender.models.tables import Area, Table
from bartender.models.visits import Turn, Visit
from bartender.services import business_days, corrections, tickets
from bartender.services.sales_reports import build_sales_report
from bartender.services.service_reports import build_service_report
from payments.models import Tab, ZReport
from tests.bartender.prices.happy_hour import Clock
from tests.bartender.staff_fixtures import create_staff_user, mo_client, sam_client
from tests.bartender.stock_helpers import make, send
from tests.bartender.test_export_books import an_evening, by_mo, order
from tests.form_browser import FormBrowser
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.payments.taxed_bar import germany
from tests.rag.test_conversation import say

pytestmark = pytest.mark.django_db
PAGE = "/admin/payments/zreport/sales/"
TABLES = ("by_hour", "by_drink", "by_category", "by_person", "by_table")
FIGURES = ("gross_cents", "voids_cents", "comps_cents", "net_cents")


def of_day(day):
    return DateRange(day, day)


def assert_tables_are_the_z_report(report):
    for money in ("real", "play"):
        sales = build_sales_report(of_day(report.business_date), money)
        z = report.figures[money]
        for figure in FIGURES:
            assert getattr(sales.total, figure) == z[figure], (money, figure)
            for table in TABLES:
                summed = sum(getattr(one, figure) for one in getattr(sales, table).values())
                assert summed == z[figure], (money, figure, table)


def test_every_table_sums_to_the_z_report_of_its_date(ada, ben, cy):
    report = an_evening(ada, ben, cy)

    assert report.figures["real"]["included_tax_cents"]
    assert_tables_are_the_z_report(report)


def test_what_a_day_has_so_far_is_its_x_report(ada, ben):
    order(ada, "Negroni", "IPA")
    order(ben, "Negroni")
    corrections.void_line(ben.lines.get(), 1, by_mo())
    x = business_days.build_x_report()
    sales = build_sales_report(of_day(x.date), "play")

    assert [getattr(sales.total, figure) for figure in FIGURES] == [x.figures["play"][one] for one in FIGURES]
    assert build_sales_report(of_day(x.date - timedelta(days=1)), "play").total.units == 0


def test_the_days_of_a_week_sum_to_the_week_and_what_came_late_is_in_one_of_them(ada, ben, cy, monkeypatch):
    clock = Clock(monkeypatch)
    first = an_evening(ada, ben, cy)
    order(Visit.objects.create(), "Negroni")  # after the close: the next date's
    clock.at(20, day=2)
    order(Visit.objects.create(), "IPA")
    second = business_days.close_business_day(first.business_date + timedelta(days=1), "mo", "late")
    both = build_sales_report(DateRange(first.business_date, second.business_date), "play")

    assert_tables_are_the_z_report(first)
    assert_tables_are_the_z_report(second)
    assert both.total.net_cents == sum(z.figures["play"]["net_cents"] for z in ZReport.objects.all())


@pytest.mark.parametrize("method", ["line", "bill"])
def test_tax_in_the_prices_is_shared_out_to_the_cent(ada, ben, method):
    germany(tax_method=method)
    order(ada, "IPA", "IPA", "IPA", "Soup", "Soup", "Negroni")
    order(ben, "Cosmopolitan", "Water", "Soup")
    corrections.comp_line(ada.lines.first(), by_mo(), 1_11)
    day = business_days.build_x_report().date

    assert_tables_are_the_z_report(business_days.close_business_day(day, "mo", "open"))


def test_drinks_are_found_under_their_category_person_and_table(ada, ben):
    area = Area.objects.create(name="Terrace")
    Visit.objects.filter(pk=ada.pk).update(
        table=Table.objects.create(area=area, name="4", code="t4t4t4t4t4"), place="Terrace 4"
    )
    tickets.bump_ticket(send(ada, "Negroni", 2), create_staff_user("sam"))
    order(ben, "IPA")
    sales = build_sales_report(of_day(business_days.build_x_report().date), "play")

    assert {name: one.units for name, one in sales.by_drink.items()} == {"Negroni": 2, "IPA": 1}
    assert set(sales.by_category) == {"Cocktails", "Beer"}
    assert {name: one.units for name, one in sales.by_person.items()} == {"sam": 2, "nobody yet": 1}
    assert {name: one.units for name, one in sales.by_table.items()} == {"Terrace 4": 2, "no table": 1}


def margin_of(name, money="play"):
    sales = build_sales_report(of_day(business_days.build_x_report().date), money)
    return next(one for one in sales.margins if one.name == name)


def test_a_margin_has_what_was_poured_and_what_maya_cost(ada, ben):
    make(send(ada, "Gin", 2))
    send(ben, "Water")
    Visit.objects.filter(pk=ada.pk).update(spent_microcents=3_000_000)  # three cents, on three drinks
    gin = margin_of("Gin")

    assert gin.ingredients_cents == 226  # 88 ml of 18.00 a bottle of 700
    assert not gin.is_by_recipe
    assert gin.maya_cents == 2
    assert gin.margin_cents == gin.net_cents - 226 - 2
    water = margin_of("Water")  # not made yet
    assert (water.is_by_recipe, water.maya_cents) == (True, 1)


def test_what_an_ingredient_costs_is_unknown_and_so_is_the_margin(ada):
    Ingredient.objects.filter(name="gin").update(pack_cost_cents=None)
    mark_menu_changed()
    make(send(ada, "Negroni"))

    assert margin_of("Negroni").margin_cents is None
    row = next(one for one in open_report("play").dom.find_all("tr") if "what was made" in one.text)
    assert row.text.count("unknown") == 2


def open_report(money):
    window, day = FormBrowser(mo_client()), business_days.build_x_report().date.isoformat()
    window.open(f"{PAGE}?first={day}&last={day}&money={money}")
    return window


def test_where_the_till_is_simulated_the_report_begins_with_play_money(ada):
    order(ada, "Negroni")
    window = FormBrowser(mo_client())
    window.open(PAGE)

    assert next(window.dom.find_all("option")).text == "play money"


def test_card_fees_are_unknown_until_the_venue_has_filled_them_in(ada, ben):
    Venue.objects.update(card_fee_milli=None, card_fee_cents=None)
    order(ada, "Negroni")
    Tab.objects.update(play_money_cents=None)
    assert margin_of("Negroni", "real").fees_cents is None
    Venue.objects.update(card_fee_milli=2_900, card_fee_cents=30)
    assert margin_of("Negroni", "real").fees_cents == 0  # nobody has paid by card


def test_the_page_has_a_chart_a_table_and_a_file_of_each(ada, ben, cy):
    report = an_evening(ada, ben, cy)
    day = report.business_date.isoformat()
    window = FormBrowser(mo_client())
    window.open(PAGE)
    window.press_button("Show", first=day, last=day, money="real money")
    z = report.figures["real"]

    charts = window.dom.find_all("svg")
    assert {"chart-hours", "chart-drinks", "chart-margins"} <= {one.get("aria-labelledby") for one in charts}
    links = [one.get("href") for one in window.dom.find_all("a") if one.text.startswith("CSV: ")]
    files = {link.rpartition("=")[2]: rows_of(window.client.get(PAGE + link)) for link in links}
    for slug in ("hours", "drinks", "categories", "people", "tables"):
        cents = {
            name: total(files[slug], name)
            for name in ("gross", "voids", "on_the_house", "net")
            if name in files[slug][0]
        }
        assert cents["net"] == z["net_cents"], slug
        assert cents["gross"] == z["gross_cents"], slug


def rows_of(answer):
    return list(csv.DictReader(io.StringIO(answer.text)))


def total(rows, column):
    return int(sum(Decimal(row[column].lstrip("'")) for row in rows) * 100)


def test_pace_refusals_and_what_was_not_had(ada):
    ticket = send(ada, "Negroni")
    make(ticket)
    TicketMove.objects.filter(to_status="ready").update(moved_at=ticket.fired_at + timedelta(minutes=6))
    for name in ("Zombie", "zombie "):
        Turn.objects.create(
            visit=ada,
            client_id=name,
            brain="gemini",
            outcome="done",
            elapsed_ms=900,
            tool_calls=[
                {
                    "name": "add_to_order",
                    "arguments": {"item": name},
                    "ok": False,
                    "facts": {
                        "kind": "refused",
                        "error": "NotOnTheMenu",
                        "requested_name": name,
                    },
                }
            ],
        )
    service = build_service_report(of_day(business_days.build_x_report().date))

    assert service.not_had == [("zombie", "not on the menu", 2)]
    assert dict(service.refusals) == {"NotOnTheMenu": 2}
    assert (service.all_tickets.tickets, service.all_tickets.p50_minutes) == (1, 6.0)
    assert (service.answers, service.answer_p50_ms) == (2, 900)


def test_what_a_guest_asked_the_house_brain_for_is_found(ada):
    for words in (
        "a negroni with gin and lychee",
        "I'd like a mojito, please",
        "do you have guinness?",
        "a mojito!",
    ):
        say(ada, words)
    service = build_service_report(of_day(business_days.build_x_report().date))

    assert sorted(service.not_had) == [
        ("gin", "not made that way", 1),
        ("guinness", "not on the menu", 1),
        ("mojito", "not on the menu", 2),
    ]


def test_wrong_dates_are_told_in_a_sentence_and_the_page_stays():
    window = FormBrowser(mo_client())
    window.open(PAGE)
    window.press_button("Show", first="2026-11-30", last="2026-11-01")
    assert "The first date is after the last one. Turn them around." in window.dom.text
    window.press_button("Show", first="2020-01-01", last="2026-11-01")
    assert "A report has at most 92 days. For more, export the books." in window.dom.text


def test_only_managers_read_what_each_person_sold():
    assert mo_client().get(PAGE).status_code == 200
    assert sam_client().get(PAGE).status_code == 403
