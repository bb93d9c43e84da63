"""A manager makes a happy hour; where promotions on alcohol are forbidden, one sentence says no."""

import pytest

from bartender.models.menu import MenuCategory, MenuItem
from bartender.models.price_rules import PriceRule
from tests.bartender.admin_forms import form_data
from tests.bartender.prices.happy_hour import drink, happy_hour
from tests.bartender.staff_fixtures import mo_client, sam_client

pytestmark = pytest.mark.django_db
RULES = "/admin/bartender/pricerule/"
VENUE = "/admin/bartender/venue/1/change/"


def filled_in(client, **changes):
    beer = MenuCategory.objects.get(name="Beer")
    return {
        **form_data(client.get(f"{RULES}add/")),
        "name": "Happy hour",
        "starts_at": "17:00",
        "ends_at": "19:00",
        "categories": [beer.pk],
        "kind": "percent",
        "rate_milli": "20",
        **changes,
    }


def test_a_manager_makes_one_and_the_price_is_there(menu, clock):
    client = mo_client()
    assert client.post(f"{RULES}add/", filled_in(client)).status_code == 302
    assert drink("IPA").price_cents == 4_80
    listed = client.get(RULES).text
    for told in ("every day", "17:00 to 19:00", "20% less"):
        assert told in listed

    page = f"{RULES}{PriceRule.objects.get().pk}/change/"
    changed = {**form_data(client.get(page)), "weekdays": ["2"], "kind": "fixed", "cents": "3.50"}
    assert client.post(page, changed).status_code == 302
    assert drink("IPA").price_cents == 6_00
    rule = PriceRule.objects.get()
    assert (rule.weekdays, rule.cents, rule.rate_milli) == ([2], 3_50, None)


@pytest.mark.parametrize(
    "changes, sentence",
    [
        ({"categories": []}, "Choose at least one item or category: a rule for nothing does nothing."),
        ({"rate_milli": ""}, "How much? It must be more than nothing."),
        ({"rate_milli": "100"}, "That leaves nothing to pay. What is on the house is comped."),
        ({"kind": "fixed", "cents": "0"}, "How much? It must be more than nothing."),
        ({"weekdays": []}, "This field is required."),
        ({"valid_from": "2026-12-02", "valid_until": "2026-12-01"}, "The last day is before the first."),
    ],
)
def test_what_makes_no_rule_is_refused_in_a_sentence(menu, clock, changes, sentence):
    client = mo_client()
    assert sentence in client.post(f"{RULES}add/", filled_in(client, **changes)).text
    assert not PriceRule.objects.exists()


def test_a_venue_without_promotions_on_alcohol_refuses_them_and_ignores_what_is_there(menu, clock):
    client = mo_client()
    happy_hour()
    venue = {**form_data(client.get(VENUE)), "forbids_alcohol_promotions": "on"}
    assert client.post(VENUE, venue).status_code == 302
    assert drink("IPA").price_cents == 6_00

    sentence = (
        "This venue allows no promotions on alcohol, and this rule has some in it or may have: "
        "Tap Beer, Classic Brew, IPA."
    )
    assert sentence in client.post(f"{RULES}add/", filled_in(client, name="Late")).text
    tea = MenuItem.objects.get(name="Iced Tea")
    dry = filled_in(client, name="Tea time", categories=[], items=[tea.pk])
    assert client.post(f"{RULES}add/", dry).status_code == 302
    assert drink("Iced Tea").price_cents == 1_60


def test_staff_read_the_rules_and_change_none(menu):
    happy_hour()
    sam = sam_client()
    assert sam.get(RULES).status_code == 200
    assert sam.get(f"{RULES}add/").status_code == 403
