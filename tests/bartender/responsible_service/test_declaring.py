"""What Ada ticks and presses on the page, with and without a script."""

from datetime import date
from typing import cast

import pytest

from bartender.menu.snapshot import mark_menu_changed
from bartender.models.responsible_service import Approval, ServingPolicy
from bartender.models.visits import Visit
from tests.bartender.page_fixtures import PageGuest
from tests.form_browser import FormBrowser
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.html_dom import Element


@pytest.fixture
def guest(menu):
    guest = PageGuest()
    guest.open_page()
    return guest


def test_a_guest_ticks_what_they_must_not_have_and_sees_it_on_menu_and_tab(guest):
    guest.submit_form("/declare/allergies/", allergies=["nuts", "gluten"])

    assert Visit.objects.get().allergies == ["gluten", "nuts"]
    assert 'Allergies:</b> <span data-of="allergies">gluten, nuts' in guest.page
    assert "Contains gluten: the people behind the bar have to approve it." in guest.page
    assert "Not known to be free of gluten or nuts" in guest.page


def test_what_is_not_on_the_list_is_no_allergy(guest):
    guest.post_forged("/declare/allergies/", allergies=["nuts", "a unicorn"])

    assert Visit.objects.get().allergies == ["nuts"]


def test_nothing_ticked_is_no_allergy_any_more(guest):
    guest.submit_form("/declare/allergies/", allergies=["nuts"])
    guest.submit_form("/declare/allergies/", allergies=[])

    assert Visit.objects.get().allergies == []


def test_a_refused_drink_says_why_on_the_page(guest):
    guest.submit_form("/declare/allergies/", allergies=["gluten"])
    guest.submit_form("/order/ipa/")

    assert "IPA contains gluten, and you told me about that" in guest.page
    assert Approval.objects.get(item__name="IPA").status == "waiting"


def test_the_button_for_one_s_age_is_there_where_the_house_asks(guest):
    assert "/declare/age/" not in guest.page
    ServingPolicy.objects.create(valid_from=date(2026, 1, 1), age_check="declared", legal_age=18)
    mark_menu_changed()
    guest.open_page()
    guest.submit_form("/order/martini/")
    assert "I need to know that you are 18 or older" in guest.page

    guest.submit_form("/declare/age/")
    guest.submit_form("/order/martini/")

    assert "1 × Martini" in guest.page
    assert "/declare/age/" not in guest.page


def test_the_page_of_the_bill_has_the_button_for_one_s_age_too(guest):
    ServingPolicy.objects.create(valid_from=date(2026, 1, 1), age_check="declared", legal_age=18)
    mark_menu_changed()
    browser = FormBrowser(guest.client)
    browser.open("/tab/")
    browser.press_button("I am 18 or older")

    assert browser.path == "/tab/"
    assert "Thank you: 18 or older, you say." in browser.page
    assert not browser.has_button("I am 18 or older")


@pytest.mark.parametrize(
    "asked, shown, hidden",
    [
        ("?find=lime", "daiquiri", "negroni"),
        ("?find=GIN+aperitif", "negroni", "martini"),
        ("?find=gin", "martini", "daiquiri"),
        ("?find=cosmo", "cosmopolitan", "martini"),
        ("?find=iced+tea", "long-island", "soda"),
        ("?find=lager", "classic-brew", "ipa"),
        ("?free=1", "lemonade", "martini"),
        ("?light=1&free=1", "whiskey", "long-island"),
        ("?strong=1", "long-island", "whiskey"),
        ("?find=nothing+of+the+kind", "", "martini"),
        ("?strong=yes&find=" + "x" * 5000, "", "martini"),
    ],
)
def test_a_guest_finds_a_drink_without_a_script(guest, asked, shown, hidden):
    page = guest.open_page(f"/{asked}")
    rows = {row.split('"')[0]: row.split(">")[0] for row in page.split('data-drink="')[1:]}

    assert rows[hidden].endswith(" hidden")
    assert not shown or not rows[shown].endswith(" hidden")


def test_a_search_without_a_hit_says_so_and_what_to_do(guest):
    def advice() -> Element:
        (found,) = [one for one in guest.browser.dom.find_all("p") if one.has_attribute("data-found-none")]
        return cast(Element, found)

    guest.open_page("/?find=unicorn")
    assert advice().is_visible
    assert "Nothing on the menu fits that. Try another word" in advice().text
    guest.browser.follow_link("Show the whole menu")
    assert not advice().is_visible


def test_known_safe_is_a_filter_of_its_own(guest):
    assert "data-safe" not in guest.page
    guest.submit_form("/declare/allergies/", allergies=["nuts"])
    page = guest.open_page("/?safe=1")

    visible = [row for row in page.split('data-drink="')[1:] if not row.split(">")[0].endswith(" hidden")]
    assert [row.split('"')[0] for row in visible] == ["water", "iced-tea", "lemonade", "soda"]
