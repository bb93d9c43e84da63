"""What Ada ticks and presses on the page, with and without a script."""

from datetime import date

import pytest

from bartender.menu.snapshot import menu_changed
from bartender.records.serving import ServingPolicy, StaffLeave
from bartender.records.visits import Visit
from tests.bartender.page_cast import Guest
from tests.cast import *  # noqa: F403 - the cast


@pytest.fixture
def guest(menu):
    guest = Guest()
    guest.look()
    return guest


def test_a_guest_ticks_what_they_must_not_have_and_sees_it_on_menu_and_tab(guest):
    guest.send("/declare/allergies/", allergies=["nuts", "gluten", "a unicorn"])

    assert Visit.objects.get().allergies == ["gluten", "nuts"]
    assert 'Allergies:</b> <span data-of="allergies">gluten, nuts' in guest.page
    assert "Contains gluten: only a person behind the bar can say yes to it." in guest.page
    assert "Not known to be free of gluten or nuts" in guest.page


def test_nothing_ticked_is_no_allergy_any_more(guest):
    guest.send("/declare/allergies/", allergies=["nuts"])
    guest.send("/declare/allergies/")

    assert Visit.objects.get().allergies == []


def test_a_refused_drink_says_why_on_the_page(guest):
    guest.send("/declare/allergies/", allergies=["gluten"])
    guest.send("/order/ipa/")

    assert "IPA contains gluten, and you told me about that" in guest.page
    assert StaffLeave.objects.get(item__name="IPA").status == "waiting"


def test_the_button_for_one_s_age_is_there_where_the_house_asks(guest):
    assert "/declare/age/" not in guest.page
    ServingPolicy.objects.create(since=date(2026, 1, 1), age_check="declared", legal_age=18)
    menu_changed()
    guest.look()
    guest.send("/order/martini/")
    assert "I must hear that you are 18 or older" in guest.page

    guest.send("/declare/age/")
    guest.send("/order/martini/")

    assert "1 × Martini" in guest.page
    assert "/declare/age/" not in guest.page


@pytest.mark.parametrize(
    "asked, shown, hidden",
    [
        ("?find=lime", "daiquiri", "negroni"),
        ("?find=GIN+aperitif", "negroni", "martini"),
        ("?find=lager", "classic-brew", "ipa"),
        ("?free=1", "lemonade", "martini"),
        ("?light=1&free=1", "whiskey", "long-island"),
        ("?strong=1", "long-island", "whiskey"),
        ("?find=nothing+of+the+kind", "", "martini"),
        ("?strong=yes&find=" + "x" * 5000, "", "martini"),
    ],
)
def test_a_guest_finds_a_drink_without_a_script(guest, asked, shown, hidden):
    page = guest.look(f"/{asked}")
    rows = {row.split('"')[0]: row.split(">")[0] for row in page.split('data-drink="')[1:]}

    assert rows[hidden].endswith(" hidden")
    assert not shown or not rows[shown].endswith(" hidden")


def test_known_safe_is_a_filter_of_its_own(guest):
    assert "data-safe" not in guest.page
    guest.send("/declare/allergies/", allergies=["nuts"])
    page = guest.look("/?safe=1")

    visible = [row for row in page.split('data-drink="')[1:] if not row.split(">")[0].endswith(" hidden")]
    assert [row.split('"')[0] for row in visible] == ["water", "iced-tea", "lemonade", "soda"]
