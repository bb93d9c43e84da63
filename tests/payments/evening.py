"""One evening that meets every rule once, in a few seconds: what the machine would find, on purpose."""

from django.db import transaction

from tests.payments.oracle import ExpectedPolicy
from tests.payments.state_machine import BarMachine

POLICIES = (
    ExpectedPolicy(825, 3, 7, 90_00, 10_00, 1_000_00),
    ExpectedPolicy(0, 12, 40, 90_00, 10_00, 1_000_00),
    ExpectedPolicy(1_999, 12, 40, 2_000_00, 10_00, 70_00),
    ExpectedPolicy(50, 12, 40, 2_000_00, 500_00, 1_000_00),
)
WHISKEY = ("Whiskey", ("double",))


def play() -> None:
    for policy in POLICIES:
        with transaction.atomic():
            bar = BarMachine()
            bar.the_bar_opens(policy)
            _drinks(bar, 1)
            for tip in ((None, 10_01), (2_000, 0)):
                _money(bar, tip)
                _drinks(bar, 0)
            for nth in range(0, len(bar.done), 4):
                bar.repeat(nth)
                bar.repeat_with_another_wish(nth)
            bar.teardown()


def _money(bar: BarMachine, tip: tuple[int | None, int]) -> None:
    bar.a_tab_is_filled_to_its_limits(0, tip)
    bar.clear(0)
    bar.all_of_it_goes_back(1, True)
    bar.the_house_pays_for_one_of_two(1, 2_000)
    bar.clear(1)
    bar.the_house_pays_for_a_drink_and_the_tab_is_voided(1)
    bar.an_old_link_is_paid_late(1, tip)
    bar.the_tip_is_changed_at_the_till(0, tip)
    bar.the_bar_is_asked_twice_with_an_order_between(1)
    bar.somebody_asks_the_ledger_twice(1)
    bar.somebody_guesses_the_nonce_and_the_till_took_another_amount(1)


def _moves(bar: BarMachine, who: int) -> None:
    """Some there and back, all there and back, and what may not go."""
    other = 1 - who
    bar.move_drinks(who, -1, 1, False, "")
    bar.order(who, ("Water", ()), 3)
    bar.move_drinks(who, -1, 2, False, "fire")
    bar.move_drinks(who, -1, 9, False, "fire")
    bar.undo(other)
    bar.comp(who, -1)
    bar.move_drinks(who, -1, 1, True, "")
    bar.move_drinks(other, -1, None, True, "fire")
    bar.order(who, ("IPA", ()), 1)


def _drinks(bar: BarMachine, who: int) -> None:
    for units in (1, 2, 1, 3):
        bar.order(who, ("Water", ()), units)
    bar.order(who, WHISKEY, 1)
    bar.somebody_takes_off_more_than_there_is(who, -1)
    bar.reprice("Whiskey", 12_34)
    bar.make_it(who, -1, 2)
    bar.remove(who, -2, 1)
    bar.swap(who, -1, WHISKEY, 1)
    for units in (5, 12, 12, 12, 12):
        bar.order(who, ("Negroni", ()), units)
        bar.order(who, ("IPA", ()), units)
    bar.fire(who)
    bar.bump(who, -1)
    bar.undo(who)
    bar.clear(who)
    bar.order(who, ("IPA", ()), 1)
    _moves(bar, who)
    bar.pay(who)
    bar.settle(who, -1)
    bar.comp(who, -1)
    bar.confirm(who)
    bar.order(who, ("IPA", ()), 1)
    bar.reprice("Whiskey", 8_00)
