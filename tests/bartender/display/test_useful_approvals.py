"""Staff are asked for a yes only where a yes would pour something."""

from datetime import date

import pytest

from bartender.errors import (
    AgeDeclarationRequired,
    AlcoholFreeOnly,
    AlcoholRefused,
    AllergyApprovalRequired,
)
from bartender.menu.snapshot import mark_menu_changed
from bartender.models.responsible_service import Approval, ServingPolicy
from bartender.models.visits import Visit
from bartender.services import orders, responsible_service, tickets
from tests.bartender.page_fixtures import guest_for_visit
from tests.bartender.responsible_service.policies import record_served, terms
from tests.bartender.staff_fixtures import sam_client
from tests.form_browser import FormBrowser
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context

NO_ALCOHOL = "I can't pour you alcohol here."


def order_martini(visit):
    return orders.add_line(Visit.objects.get(pk=visit.pk), "Martini", 1, [], make_context())


def test_who_was_refused_alcohol_is_told_so_and_no_one_is_asked_about_the_allergy(ada):
    staff = FormBrowser(sam_client())
    staff.open(f"/bar/talk/{ada.code}/")
    staff.press_button("Save", allergies=["sulphites"])
    staff.press_button("No alcohol")
    guest = guest_for_visit(ada)
    guest.open_page()
    guest.say("a martini, please")

    assert NO_ALCOHOL in guest.page.replace("&#x27;", "'")
    assert "Despite an allergy?" not in staff.open("/bar/")
    assert not Approval.objects.filter(status="waiting").exists()


def test_it_is_so_for_what_was_on_the_tab_before(ada):
    order_martini(ada)
    responsible_service.declare_allergies(ada, ["sulphites"])
    staff = FormBrowser(sam_client())
    staff.open(f"/bar/talk/{ada.code}/")
    staff.press_button("No alcohol")

    with pytest.raises(AlcoholRefused):
        tickets.fire_ticket(ada, make_context())
    assert not Approval.objects.filter(status="waiting").exists()


def test_a_question_that_waited_goes_when_the_id_is_refused_and_is_back_when_one_was_seen(ada):
    responsible_service.declare_allergies(ada, ["sulphites"])
    with pytest.raises(AllergyApprovalRequired):
        order_martini(ada)
    staff, colleague = FormBrowser(sam_client()), FormBrowser(sam_client())
    assert "Despite an allergy?" in colleague.open("/bar/")
    staff.open(f"/bar/talk/{ada.code}/")
    staff.press_button("No alcohol")

    assert "Despite an allergy?" not in staff.open("/bar/")
    colleague.press_button(
        f"Yes, pour it for guest {ada.display_name}: Martini"
    )  # on a page that was opened before
    assert "This guest gets no alcohol: the ID was refused." in colleague.page
    assert Approval.objects.get(kind="allergy").status == "waiting"
    staff.open(f"/bar/talk/{ada.code}/")
    staff.press_button("ID seen")
    assert "Despite an allergy?" in staff.open("/bar/")


def test_an_allergy_to_a_drink_without_alcohol_is_asked_about_all_the_same(ada):
    responsible_service.declare_allergies(ada, ["celery"])
    Visit.objects.update(age_state="refused")
    with pytest.raises(AllergyApprovalRequired):
        orders.add_line(Visit.objects.get(), "Lemonade", 1, [], make_context())

    assert "Despite an allergy?" in FormBrowser(sam_client()).open("/bar/")


def test_past_the_last_limit_nobody_is_asked_about_an_allergy_or_a_caution(ada):
    record_served(ada, "Tap Beer", 3)
    terms(soft_limit_drinks=1, approval_limit_drinks=1, hard_limit_drinks=1)
    responsible_service.declare_allergies(ada, ["sulphites"])
    responsible_service.record_cautions(ada, ["driving"])

    with pytest.raises(AlcoholFreeOnly):
        order_martini(ada)
    assert not Approval.objects.exists()


def test_who_has_not_said_their_age_is_asked_for_it_before_any_person_is_asked(ada):
    ServingPolicy.objects.create(valid_from=date(2020, 1, 1), age_check="declared")
    mark_menu_changed()
    responsible_service.declare_allergies(ada, ["sulphites"])

    with pytest.raises(AgeDeclarationRequired):
        order_martini(ada)
    assert not Approval.objects.exists()
