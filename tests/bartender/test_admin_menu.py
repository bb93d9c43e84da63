"""Staff edit the menu; the next guest hears of it."""

from decimal import Decimal

import pytest
from django.contrib.admin.models import LogEntry

from bartender.errors import NotOnTheMenu, SoldOut
from bartender.menu.snapshot import current_menu
from bartender.models.ingredients import Allergen, Ingredient
from bartender.models.menu import (
    MenuCategory,
    MenuItem,
    Modifier,
    ModifierGroup,
    Preference,
    RecipePart,
    Venue,
)
from bartender.services import orders
from tests.bartender.admin_forms import form_data
from tests.bartender.staff_fixtures import mo_client, sam_client
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context

ITEMS = "/admin/bartender/menuitem/"
INGREDIENTS = "/admin/bartender/ingredient/"


def negroni():
    return MenuItem.objects.get(name="Negroni")


def drink(name):
    found = current_menu().find_drink(name)
    assert found is not None
    return found


def edit(client, url, **changes):
    """Opens a form as a person does, changes some fields, saves the rest as it stood."""
    page = client.get(url)
    answer = client.post(url, {**form_data(page), **changes})
    assert answer.status_code == 302, answer.context["errors"]
    return answer


def test_one_click_takes_an_item_off_sale_and_a_guest_is_told_at_once(ada):
    answer = sam_client().post(f"{ITEMS}{negroni().pk}/availability/", {"available": "0"})

    assert answer.status_code == 302
    with pytest.raises(SoldOut):
        orders.add_line(ada, "Negroni", 1, [], make_context())


def test_one_click_puts_it_back_and_the_guest_gets_it(ada):
    url, client = f"{ITEMS}{negroni().pk}/availability/", sam_client()
    client.post(url, {"available": "0"})
    client.post(url, {"available": "1"})

    assert orders.add_line(ada, "Negroni", 1, [], make_context()).quantity == 1


def test_a_second_click_changes_nothing_and_says_so(menu):
    url, client = f"{ITEMS}{negroni().pk}/availability/", sam_client()
    client.post(url, {"available": "0"})
    stamp = Venue.current().menu_version
    answer = client.post(url, {"available": "0"}, follow=True)

    assert not negroni().available
    assert Venue.current().menu_version == stamp
    assert "That was done already." in answer.text


def test_the_click_leads_back_to_the_filtered_list(menu):
    page = f"http://testserver{ITEMS}?q=negroni"
    answer = sam_client().post(
        f"{ITEMS}{negroni().pk}/availability/", {"available": "0"}, headers={"Referer": page}
    )

    assert answer["Location"] == page


def test_the_click_never_leads_to_a_stranger(menu):
    url = f"{ITEMS}{negroni().pk}/availability/"
    answer = sam_client().post(url, {"available": "0"}, headers={"Referer": "https://evil.example/"})

    assert answer["Location"] == ITEMS


def test_following_a_link_never_takes_anything_off_sale(menu):
    assert sam_client().get(f"{ITEMS}{negroni().pk}/availability/?available=0").status_code == 405
    assert negroni().available


def test_an_item_that_is_not_there_cannot_be_taken_off(menu):
    assert sam_client().post(f"{ITEMS}999999/availability/", {"available": "0"}).status_code == 404


def test_every_row_has_its_button_with_its_own_address(menu):
    page = sam_client().get(ITEMS).text

    for item in MenuItem.objects.all():
        assert f'formaction="{ITEMS}{item.pk}/availability/"' in page


def test_who_took_it_off_is_written_down(menu):
    sam_client().post(f"{ITEMS}{negroni().pk}/availability/", {"available": "0"})

    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.object_repr, entry.change_message) == ("sam", "Negroni", "86")


@pytest.mark.parametrize("action, available", [("eighty_six", False), ("put_back", True)])
def test_everything_with_gin_goes_off_sale_or_back_in_one_action(menu, action, available):
    gin = MenuItem.objects.filter(recipe__ingredient__icontains="gin").distinct()
    gin.update(available=not available)
    sam_client().post(ITEMS, {"action": action, "_selected_action": [item.pk for item in gin]})

    assert {drink(item.name).available for item in gin} == {available}


def test_an_ingredient_finds_the_drinks_made_with_it(menu):
    page = sam_client().get(f"{ITEMS}?q=bitter+aperitif").text

    assert "Negroni" in page
    assert "Daiquiri" not in page


def test_staff_change_availability_and_description_but_no_price(ada):
    url = f"{ITEMS}{negroni().pk}/change/"
    edit(sam_client(), url, description="Bitter, as promised.", price_cents="0.01", name="Free gin")

    now = drink("Negroni")
    assert (now.description, now.price_cents) == ("Bitter, as promised.", 1100)


def test_a_manager_changes_the_price_in_dollars_and_the_next_order_pays_it(ada):
    edit(mo_client(), f"{ITEMS}{negroni().pk}/change/", price_cents="12.50")

    assert orders.add_line(ada, "Negroni", 1, [], make_context()).unit_cents == 1250


@pytest.mark.parametrize("price", ["0", "-1", "1e9", "12.505", "nan", "a lot"])
def test_a_price_that_is_none_is_refused_on_the_form(menu, price):
    client, url = mo_client(), f"{ITEMS}{negroni().pk}/change/"
    answer = client.post(url, {**form_data(client.get(url)), "price_cents": price})

    assert "price_cents" in answer.context["adminform"].form.errors
    assert negroni().price_cents == 1100


def test_a_new_alias_is_understood_at_the_next_turn(menu):
    new = {"aliases-TOTAL_FORMS": "1", "aliases-0-text": "The  Red One", "aliases-0-item": negroni().pk}
    negroni().aliases.all().delete()
    edit(mo_client(), f"{ITEMS}{negroni().pk}/change/", **new)

    assert drink("the red one").name == "Negroni"


def test_an_alias_never_means_two_items(menu):
    client, url = mo_client(), f"{ITEMS}{negroni().pk}/change/"
    form = form_data(client.get(url))
    number = int(form["aliases-TOTAL_FORMS"])
    new = {"aliases-TOTAL_FORMS": number + 1, f"aliases-{number}-text": "MARTINI"}
    answer = client.post(url, {**form, **new, f"aliases-{number}-item": negroni().pk})

    assert "Another item is called that." in answer.text


def test_a_recipe_changed_by_hand_changes_the_strength_that_maya_tells(menu):
    before = drink("Negroni").ethanol_grams
    edit(mo_client(), f"{ITEMS}{negroni().pk}/change/", **{"recipe-0-ml": "60"})

    assert drink("Negroni").ethanol_grams > before


def test_a_mood_given_to_a_drink_is_heard_at_the_next_turn(menu):
    fruity = Preference.objects.get(name="fruity")
    edit(mo_client(), f"{ITEMS}{negroni().pk}/change/", preferences=[fruity.pk])

    assert drink("Negroni").preferences == ("fruity",)


def test_a_dearer_double_is_charged_at_the_next_order(ada):
    group = ModifierGroup.objects.get(modifiers__name="double")
    names = list(group.modifiers.values_list("name", flat=True))
    place = names.index("double")
    edit(
        mo_client(),
        f"/admin/bartender/modifiergroup/{group.pk}/change/",
        **{f"modifiers-{place}-price_cents": "5.00", f"modifiers-{place}-aliases": "Big, big , large"},
    )

    assert orders.add_line(ada, "Whiskey", 1, ["large"], make_context()).unit_cents == 1300


def test_what_is_poured_unless_asked_must_be_one_of_the_choices(menu):
    client, group = mo_client(), ModifierGroup.objects.exclude(default_modifier="").get()
    url = f"/admin/bartender/modifiergroup/{group.pk}/change/"
    answer = client.post(url, {**form_data(client.get(url)), "default_modifier": "petrol"})

    assert "is not among the modifiers" in answer.text


def test_a_renamed_category_is_on_the_next_menu(menu):
    category = MenuCategory.objects.get(items__name="Negroni")
    edit(mo_client(), f"/admin/bartender/menucategory/{category.pk}/change/", name="Mixed drinks")

    assert drink("Negroni").category == "Mixed drinks"


def test_a_new_item_can_be_ordered_at_the_next_turn(ada):
    client = mo_client()
    form = form_data(client.get(f"{ITEMS}add/"))
    category = MenuCategory.objects.get(items__name="Negroni")
    new = {"name": "Paloma", "slug": "paloma", "price_cents": "9.50", "category": category.pk}
    asked = client.post(f"{ITEMS}add/", {**form, **new})
    assert "How strong is it? Write down its recipe" in asked.text
    tequila = Ingredient.objects.get(name="tequila")
    part = {"uses": tequila.pk, "ml": "50", "count": "1", "position": "0"}
    recipe = {f"recipe-0-{name}": value for name, value in part.items()}
    client.post(f"{ITEMS}add/", {**form, **new, **recipe, "recipe-TOTAL_FORMS": "1"})

    line = orders.add_line(ada, "paloma", 1, [], make_context())
    assert line.unit_ethanol_grams is not None
    assert (line.unit_cents, round(line.unit_ethanol_grams)) == (950, 16)


def test_a_recipe_names_an_ingredient_of_the_shelf_and_nothing_else(menu):
    client = mo_client()
    url = f"{ITEMS}{negroni().pk}/change/"
    answer = client.post(url, {**form_data(client.get(url)), "recipe-0-uses": ""})

    assert "This field is required" in answer.text


def test_an_ingredient_whose_alcohol_nobody_knows_is_not_taken_as_free_of_it(menu):
    gin = Ingredient.objects.get(name="gin")
    edit(mo_client(), f"{INGREDIENTS}{gin.pk}/change/", abv_percent="")

    assert drink("Negroni").ethanol_grams is None
    assert drink("Martini").made_with([drink("Martini").find_modifier("gin")]).grams is None


def test_an_allergen_written_down_of_an_ingredient_is_one_of_every_drink_that_it_is_in(menu):
    client, gin = mo_client(), Ingredient.objects.get(name="gin")
    nuts = Allergen.objects.get(name="nuts")
    fact = {"allergen": nuts.pk, "state": "may_contain", "source": "the label", "reviewed_on": "2026-11-01"}
    first = {f"allergen_facts-0-{name}": value for name, value in fact.items()}
    edit(client, f"{INGREDIENTS}{gin.pk}/change/", **first, **{"allergen_facts-TOTAL_FORMS": "1"})

    having = {one.name for one in current_menu().drinks if ("nuts", "may_contain") in one.allergens}
    assert having == {"Gin", "Negroni", "Long Island"}
    made = drink("Martini").made_with([drink("Martini").find_modifier("gin")])
    assert made.allergen_state("nuts") == "may_contain"


def test_an_ingredient_that_a_recipe_names_is_not_deleted(menu):
    gin = Ingredient.objects.get(name="gin")
    mo_client().post(f"{INGREDIENTS}{gin.pk}/delete/", {"post": "yes"})

    assert Ingredient.objects.filter(pk=gin.pk).exists()


def test_an_ingredient_that_gets_another_name_has_it_in_every_recipe(menu):
    gin = Ingredient.objects.get(name="gin")
    edit(mo_client(), f"{INGREDIENTS}{gin.pk}/change/", name="dry gin", abv_percent="45")

    assert "dry gin" in [part.name for part in drink("Negroni").recipe]
    # The release before reads these columns during a deployment.
    assert RecipePart.objects.filter(ingredient="dry gin", abv_percent=45).count() == 3


def test_staff_take_an_ingredient_off_but_do_not_change_what_is_known_of_it(menu):
    gin = Ingredient.objects.get(name="gin")
    edit(sam_client(), f"{INGREDIENTS}{gin.pk}/change/", name="water", abv_percent="0", available="")

    gin.refresh_from_db()
    assert (gin.name, gin.abv_percent, gin.available) == ("gin", Decimal(40), False)


def test_a_drink_is_marked_free_of_alcohol_and_only_where_its_recipe_is(menu):
    client = mo_client()
    url = f"{ITEMS}{negroni().pk}/change/"
    answer = client.post(url, {**form_data(client.get(url)), "no_alcohol": "on"})
    assert "its recipe has alcohol in it" in answer.text

    url = f"{ITEMS}{MenuItem.objects.get(name='Soda').pk}/change/"
    edit(client, url, **{"recipe-0-DELETE": "on"})
    assert drink("Soda").ethanol_grams == 0


def test_a_new_modifier_says_what_it_adds_and_its_allergens_are_written_beside_it(menu):
    client, group = mo_client(), ModifierGroup.objects.get(name="chaser")
    url = f"/admin/bartender/modifiergroup/{group.pk}/change/"
    form = {**form_data(client.get(url)), "modifiers-TOTAL_FORMS": "2", "modifiers-1-group": group.pk}
    named = {"name": "with a pickle", "price_cents": "0", "factor": "1", "position": "1"}
    new = {f"modifiers-1-{name}": value for name, value in named.items()}
    asked = client.post(url, {**form, **new})
    assert "What does it add?" in asked.text
    client.post(
        url, {**form, **new, "modifiers-1-adds": Ingredient.objects.create(name="pickle", abv_percent=0).pk}
    )
    pickle = Modifier.objects.get(name="with a pickle")
    page = f"/admin/bartender/modifier/{pickle.pk}/change/"
    assert page in client.get(url).text
    mustard = Allergen.objects.get(name="mustard")
    fact = {"allergen": mustard.pk, "state": "contains", "source": "the jar", "reviewed_on": "2026-11-01"}
    first = {f"allergen_facts-0-{name}": value for name, value in fact.items()}
    edit(client, page, **first, **{"allergen_facts-TOTAL_FORMS": "1"})

    assert drink("Vodka").find_modifier("with a pickle").change.allergens == (("mustard", "contains"),)
    pickled = drink("Vodka").made_with([drink("Vodka").find_modifier("with a pickle")])
    assert pickled.allergen_state("mustard") == "contains"


def test_a_deleted_item_is_gone_at_the_next_turn(ada):
    mo_client().post(f"{ITEMS}{negroni().pk}/delete/", {"post": "yes"})

    with pytest.raises(NotOnTheMenu):
        orders.add_line(ada, "Negroni", 1, [], make_context())


def test_items_deleted_together_are_gone_at_the_next_turn(menu):
    form = {"action": "delete_selected", "_selected_action": [negroni().pk], "post": "yes"}
    mo_client().post(ITEMS, form)

    assert current_menu().find_drink("Negroni") is None


def test_an_item_that_was_sold_is_never_deleted(ada):
    orders.add_line(ada, "Negroni", 1, [], make_context())
    mo_client().post(f"{ITEMS}{negroni().pk}/delete/", {"post": "yes"})

    assert current_menu().find_drink("Negroni") is not None


def test_a_refused_change_leaves_the_old_menu_and_its_stamp(menu):
    client, url, stamp = mo_client(), f"{ITEMS}{negroni().pk}/change/", Venue.current().menu_version
    client.post(url, {**form_data(client.get(url)), "name": "Martini"})

    assert Venue.current().menu_version == stamp
    assert negroni().name == "Negroni"


def test_the_house_rules_are_in_dollars_and_keep_the_menus_stamp_fresh(menu):
    stamp = Venue.current().menu_version
    edit(mo_client(), "/admin/bartender/venue/1/change/", tab_cap_cents="1500.00", timezone="Europe/Lisbon")

    venue = Venue.current()
    assert (venue.tab_cap_cents, venue.timezone) == (150_000, "Europe/Lisbon")
    assert venue.menu_version != stamp


def test_a_timezone_that_does_not_exist_is_refused(menu):
    client, url = mo_client(), "/admin/bartender/venue/1/change/"
    answer = client.post(url, {**form_data(client.get(url)), "timezone": "Mars/Olympus"})

    assert "No such timezone" in answer.text
