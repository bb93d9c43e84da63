"""Stock by the bottle: it falls as drinks are made, once; people say what came, what is there, what broke."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction

from bartender.menu.snapshot import current_menu
from bartender.models.ingredients import Ingredient
from bartender.models.menu import MenuItem
from bartender.models.stock import StockMovement
from bartender.services import business_days, corrections, orders, stock, tab_moves, tickets
from bartender.services.portions import TooFewPortions
from bartender.services.stock import StockEntry, stock_notices
from maya_site.core.errors import Refusal
from payments.ledger import OperationContext
from tests.bartender.staff_fixtures import create_staff_user, mo_client, nat_client, sam_client
from tests.bartender.stock_helpers import count, ingredient, kinds_of, left, make, send
from tests.form_browser import FormBrowser
from tests.guest_fixtures import *  # noqa: F403 - the cast
from tests.guest_fixtures import make_context

pytestmark = pytest.mark.django_db
SHEET, DELIVERY, LOSS = (f"/admin/bartender/stockmovement/{name}/" for name in ("count", "delivery", "loss"))
NOW, USE = "/admin/bartender/stockmovement/now/", "/admin/bartender/stockmovement/use/"


def fill(name, **fields):
    number = ingredient(name).pk
    return {f"{field}_{number}": str(value) for field, value in fields.items()}


def test_stock_falls_when_a_drink_is_made_and_not_when_it_is_ordered(ada):
    count(gin=700, bitter_aperitif=700, sweet_vermouth=750, orange_peel=20)
    ticket = send(ada, "Negroni", 2)
    assert left("gin") == 700
    tickets.bump_ticket(ticket)
    assert left("gin") == 700  # begun

    tickets.bump_ticket(ticket)

    assert [left(name) for name in ("gin", "bitter aperitif", "sweet vermouth", "orange peel")] == [
        640,
        640,
        690,
        18,
    ]


def test_modifiers_pour_what_they_change(ada):
    count(vodka=700, gin=700, dry_vermouth=750)
    make(send(ada, "Vodka", 1, "double"))
    assert left("vodka") == 700 - 88

    martini = MenuItem.objects.get(name__icontains="martini")
    glass = next(one for one in current_menu().drinks if one.id == martini.pk)
    gin = glass.resolve_modifiers(["gin"])
    before = {name: left(name) for name in ("vodka", "gin")}
    make(send(ada, martini.name, 1, "gin"))
    poured = {pour.name: pour.ml for pour in glass.made_with(gin).pours}
    assert left("gin") == before["gin"] - poured["gin"]
    assert left("vodka") == before["vodka"]


def test_a_bump_that_is_pressed_on_two_displays_takes_once(ada):
    count(gin=700)
    ticket = send(ada, "Gin")
    tickets.bump_ticket(ticket, step=0)
    tickets.bump_ticket(ticket, step=1)
    with pytest.raises(Refusal):
        tickets.bump_ticket(ticket, step=1)

    assert left("gin") == 656
    stock.use_for_ticket(
        ticket.__class__.objects.get(pk=ticket.pk)
    )  # the same move, told again after a restart
    assert left("gin") == 656


def test_what_was_taken_comes_back_with_the_bump_and_goes_again_with_the_next(ada):
    count(gin=700)
    ticket = make(send(ada, "Gin", 2))
    assert left("gin") == 612
    tickets.recall_ticket(ticket)
    assert left("gin") == 700
    tickets.bump_ticket(ticket)
    tickets.bump_ticket(ticket)
    assert (left("gin"), kinds_of("gin")) == (612, ["count", "use", "back", "use"])

    tickets.recall_ticket(ticket)  # also when it was handed over
    assert left("gin") == 700


def test_a_ticket_that_is_begun_and_put_back_moves_nothing(ada):
    count(gin=700)
    ticket = send(ada, "Gin")
    tickets.bump_ticket(ticket)
    tickets.recall_ticket(ticket)

    assert kinds_of("gin") == ["count"]


def test_what_is_voided_before_it_is_made_takes_nothing_and_afterwards_it_was_made(ada):
    count(gin=700)
    ticket = send(ada, "Gin", 3)
    void = OperationContext(make_context().key, actor="staff:mo", source="admin", reason="spilt")
    corrections.void_line(ticket.lines.get(), 1, void)
    make(ticket)
    assert left("gin") == 612

    corrections.void_line(ticket.lines.get(), 1, void.with_key_suffix("again"))
    assert left("gin") == 612


def test_drinks_that_moved_to_another_tab_are_made_once(ada, ben):
    count(gin=700)
    ticket = send(ada, "Gin", 2)
    send(ben, "Water")
    line = ticket.lines.get()
    tab_moves.move_drinks(ada, ben, {line.number: 1}, create_staff_user("mo"), "together")
    make(ticket)
    assert left("gin") == 612
    tickets.recall_ticket(ticket)
    assert left("gin") == 700


def test_no_drink_is_refused_for_want_of_stock(ada):
    count(gin=30)
    make(send(ada, "Gin", 2))

    level = next(one for one in stock.stock_levels() if one.name == "gin")
    assert (level.balance, level.state_label) == (Decimal(-58), "count this")
    assert MenuItem.objects.get(name="Gin").available
    assert Ingredient.objects.get(name="gin").available  # arithmetic takes nothing off sale
    assert orders.add_line(ada, "Gin", 1, [], make_context()).quantity == 1


def test_what_nobody_counted_is_unknown_and_never_zero(ada):
    make(send(ada, "Gin"))
    assert left("gin") is None
    stock.enter_delivery([StockEntry(ingredient("gin").pk, Decimal(700))], create_staff_user("sam"), "first")
    assert left("gin") is None  # an open bottle may stand beside it
    assert kinds_of("gin") == ["use", "delivery"]
    assert stock_notices() == []


def test_a_movement_is_never_changed(ada):
    count(gin=700)
    row = StockMovement.objects.get()
    with pytest.raises(PermissionDenied):
        row.save()
    for statement in (
        lambda: StockMovement.objects.update(note="another"),
        lambda: StockMovement.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            statement()
    assert left("gin") == 700


def test_the_cost_of_what_was_made_is_that_of_its_day(ada):
    make(send(ada, "Gin"))
    made = StockMovement.objects.get(ingredient__name="gin")
    assert made.cost_microcents == 113_142_857  # 44 ml of 18.00 a bottle of 700
    Ingredient.objects.filter(name="gin").update(pack_cost_cents=30_00)
    assert StockMovement.objects.get(ingredient__name="gin").cost_microcents == made.cost_microcents


def test_a_bump_asks_the_same_number_of_questions_for_any_round(ada, django_assert_max_num_queries):
    count(gin=700)
    small, large = send(ada, "Gin"), None
    for item in ("Negroni", "Cosmopolitan", "Manhattan", "IPA", "Lemonade"):
        orders.add_line(ada, item, 2, [], make_context())
    large = tickets.fire_ticket(ada, make_context())
    tickets.bump_ticket(small)
    tickets.bump_ticket(large)
    with connection.execute_wrapper(counted := _Counter()):
        tickets.bump_ticket(small)
    few = counted.many
    with connection.execute_wrapper(counted := _Counter()):
        tickets.bump_ticket(large)
    assert counted.many == few


class _Counter:
    def __init__(self):
        self.many = 0

    def __call__(self, execute, *query):
        self.many += 1
        return execute(*query)


# --- the forms ------------------------------------------------------------------------------------------


def test_sam_counts_half_a_sheet_on_a_phone_and_the_rest_stays_as_it_was():
    count(rum=300)
    window = FormBrowser(sam_client())
    window.open(SHEET)
    window.press_button(
        "That is what there is", **fill("gin", packs=2, rest="350"), **fill("vodka", packs="0,5")
    )

    assert window.path == NOW
    assert "Counted: 2 ingredients." in window.page
    assert (left("gin"), left("vodka"), left("rum")) == (1750, 350, 300)


def test_a_bad_number_has_one_sentence_and_nothing_that_was_typed_is_lost():
    window = FormBrowser(sam_client())
    window.open(SHEET)
    window.press_button(
        "That is what there is",
        **fill("gin", packs=2),
        **fill("vodka", rest="a lot"),
        **fill("rum", rest="-3"),
        **fill("tequila", rest="1.25"),
    )

    text = window.dom.text
    assert "vodka: what is written there is no number. Write it like 12 or 2.5, or leave it empty." in text
    assert "rum: it cannot be less than 0." in text
    assert "tequila: one digit after the point is as fine as it gets" in text
    assert not StockMovement.objects.exists()
    window.press_button(
        "That is what there is",
        **fill("vodka", rest="800"),
        **fill("rum", rest=3),
        **fill("tequila", rest="1.2"),
    )
    assert (left("gin"), left("vodka"), left("rum"), left("tequila")) == (1400, 800, 3, Decimal("1.2"))


def test_a_sheet_that_is_sent_twice_counts_once(ada):
    count(gin=700)
    window = FormBrowser(sam_client())
    sheet = window.open(SHEET)
    window.press_button("That is what there is", **fill("gin", packs=1))
    make(send(ada, "Gin"))
    window.page, window.address = sheet, f"http://testserver{SHEET}"
    window.press_button("That is what there is", **fill("gin", packs=1))

    assert "That was saved already." in window.page
    assert left("gin") == 656


def test_who_works_here_takes_stock_and_nobody_else(menu):
    pages = (SHEET, DELIVERY, LOSS, NOW, USE)
    assert [sam_client().get(page).status_code for page in pages] == [200] * 5
    assert [nat_client().get(page).status_code for page in pages] == [403] * 5
    assert "CSV" not in FormBrowser(sam_client()).open(USE)  # the books are for managers


def test_an_empty_sheet_says_that_nothing_was_saved():
    window = FormBrowser(sam_client())
    window.open(SHEET)
    window.press_button("That is what there is")

    assert "No number was filled in, so nothing was saved." in window.dom.text


def test_mo_enters_a_delivery_with_its_cost_and_sam_without():
    count(gin=100)
    window = FormBrowser(mo_client())
    window.open(DELIVERY)
    window.press_button("It came", **fill("gin", packs=6, cost="21.00"))
    assert (left("gin"), ingredient("gin").pack_cost_cents) == (4300, 21_00)
    delivered = StockMovement.objects.get(kind="delivery")
    assert delivered.cost_microcents == 6 * 21_00 * 1_000_000

    window = FormBrowser(sam_client())
    assert "cost_" not in window.open(DELIVERY)
    window.press_button("It came", **fill("gin", packs=1))
    assert left("gin") == 5000


def test_a_broken_bottle_and_a_correction(ada):
    count(gin=1400)
    window = FormBrowser(sam_client())
    window.open(LOSS)
    window.press_button("Enter it", kind="Breakage", ingredient="gin", packs="1", note="fell off the rail")
    assert left("gin") == 700
    window.open(LOSS)
    window.press_button("Enter it", kind="Correction", ingredient="gin", rest="-50", note="wrong bottle")
    assert left("gin") == 650
    window.open(LOSS)
    window.press_button("Enter it", kind="Waste", ingredient="gin", rest="-50", note="?")
    assert "Write it without a minus" in window.dom.text
    assert left("gin") == 650


def test_poured_against_sold_of_an_evening(ada):
    count(gin=700, rum=700)
    make(send(ada, "Gin", 2))
    stock.enter_loss(
        StockMovement.Kind.WASTE,
        StockEntry(ingredient("gin").pk, Decimal(20)),
        create_staff_user("sam"),
        "spilt",
        "spilt",
    )
    count(gin=572)  # there should be 592

    window = FormBrowser(mo_client())
    window.open(USE)
    row = next(one.text for one in window.dom.find_all("tr") if "gin" in one.text)
    assert all(words in row for words in ("88 ml", "108 ml", "-20 ml", "20 ml"))
    assert "-$0.51" in row  # 20 ml of 18.00 a bottle
    assert "rum" not in next(iter(window.dom.find_all("table"))).text  # it was counted for the first time
    link = next(one.get("href") for one in window.dom.find_all("a") if one.text == "CSV")
    download: Any = mo_client().get(link)
    lines = b"".join(download.streaming_content).decode().splitlines()
    assert lines[0].startswith("business_date,ingredient,unit,delivered,used_by_recipe,poured_by_count")
    assert any("gin,ml,0.0,88.0,108.0,'-20.0,20.0" in line for line in lines), lines


# --- the sign, and the last portion ---------------------------------------------------------------------


def board():
    window = FormBrowser(sam_client())
    window.open("/bar/")
    return window


def test_a_bottle_that_runs_low_is_on_the_display_and_staff_say_86_in_one_tap(ada):
    Ingredient.objects.filter(name="gin").update(low_stock=200)
    count(gin=700)
    assert "running low" not in board().dom.text
    count(gin=200)
    assert "gin: running low, 200 ml" in board().dom.text
    count(gin=0)
    window = board()
    assert "gin: none left, 0 ml" in window.dom.text
    assert Ingredient.objects.get(name="gin").available

    window.press_button("86 gin")
    assert not Ingredient.objects.get(name="gin").available


def test_the_sign_says_how_many_are_left_to_sell_and_a_tap_counts_them_down(ada, ben):
    Ingredient.objects.filter(name="tequila").update(low_stock=300)
    count(tequila=132)
    send(ben, "Tequila", 2)  # on its way: what it needs is promised
    window = board()
    window.press_button("Tequila sell only 1 more")

    assert MenuItem.objects.get(name="Tequila").portions_left == 1
    orders.add_line(ada, "Tequila", 1, [], make_context())
    orders.add_line(ben, "Tequila", 1, [], make_context())
    tickets.fire_ticket(ada, make_context())
    with pytest.raises(TooFewPortions):
        tickets.fire_ticket(ben, make_context())
    assert "Tequila sell only" not in board().dom.text


def test_the_night_letter_and_the_evening_say_what_runs_low(ada):
    count(gin=0, rum=5)
    report = business_days.close_business_day(business_days.build_x_report().date, "mo", "the end")

    page = mo_client().get(f"/bar/closing/letter/{report.number}/")
    assert "gin: none left" in page.text
    assert "gin: 0 ml" in mo_client().get("/admin/").text
