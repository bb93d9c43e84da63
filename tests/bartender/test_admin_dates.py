"""The dates above a list in the admin: years, months, days, and what is on a list of one of them."""

import re
from datetime import UTC, datetime

import pytest

from bartender.models.menu import Venue
from bartender.models.visits import Visit
from tests.bartender.staff_fixtures import tess_client

LIST = "/admin/bartender/visit/"


@pytest.fixture
def visits(menu):
    Venue.objects.update(timezone="Europe/Lisbon")
    # The second is 00:30 of the second of July by the venue's clock.
    for at in (
        "2024-12-31T20:00",
        "2025-07-01T23:30",
        "2025-07-02T09:00",
        "2025-07-02T23:30",
        "2026-01-05T09:00",
    ):
        visit = Visit.objects.create()
        Visit.objects.filter(pk=visit.pk).update(opened_at=datetime.fromisoformat(at).replace(tzinfo=UTC))


def dates_of(page):
    found = re.search(r'<nav class="toplinks">(.*?)</nav>', page.text, re.DOTALL)
    return re.findall(r'<a href="([^"]*)"[^>]*>(.*?)</a>', found[1]) if found else []


def test_a_year_leads_to_its_months_and_a_month_to_its_days(visits):
    client = tess_client()
    page = client.get(LIST)
    assert [title for _link, title in dates_of(page)] == ["2024", "2025", "2026"]

    for title, count in (("2025", 3), ("July 2025", 3), ("July 2", 2)):
        links = {name: link.replace("&amp;", "&") for link, name in dates_of(page)}
        page = client.get(LIST + links[title])
        assert page.context["cl"].result_count == count
    assert [title for _link, title in dates_of(page)] == ["&lsaquo; July 2025"]


def test_months_and_days_before_the_first_row_and_after_the_last_are_not_offered(visits):
    client = tess_client()
    links = {name: link.replace("&amp;", "&") for link, name in dates_of(client.get(LIST))}

    assert [title for _link, title in dates_of(client.get(LIST + links["2024"]))] == [
        "&lsaquo; All dates",
        "December 2024",
    ]


def test_without_a_row_there_are_no_dates(menu):
    assert dates_of(tess_client().get(LIST)) == []


def test_a_list_is_filtered_by_the_values_that_its_rows_have(visits):
    Visit.objects.filter(opened_at__year=2026).update(surface="bar")
    page = tess_client().get(LIST + "?surface=bar")

    assert page.context["cl"].result_count == 1
    (spec,) = (one for one in page.context["cl"].filter_specs if one.title == "surface")
    assert spec.lookup_choices == ["bar", "page"]
