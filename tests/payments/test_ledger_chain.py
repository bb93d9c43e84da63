"""Whatever somebody with the database does to the rows of the ledger, the check names the first."""

import random
import time
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from bartender.models.menu import Venue
from bartender.privacy.data_register import DATA_REGISTER
from bartender.services import business_days, cash_drawer
from maya_site.core.venue import business_day_at
from payments import chain, chain_proofs, invariants, ledger, ledger_checks, refunds
from payments.bar_payments import record_bar_payment
from payments.ledger import Comp, Move, OperationContext, Sale, TipRule
from payments.models import (
    ChainAdoption,
    ChainStart,
    Document,
    DrawerEntry,
    Journal,
    LedgerCheck,
    Tab,
    ZReport,
)
from tests.guest_fixtures import make_context
from tests.payments import evening, tampering
from tests.payments.ledger_helpers import assert_ledger_consistent, make_tab, sell, settle_tab

pytestmark = pytest.mark.django_db

ALTERED = "or one of its entries is not as the ledger wrote it"
ATTACKS = [
    (tampering.alter_amount, f"journal 1 (Charge) {ALTERED}"),
    (tampering.alter_account, ALTERED),
    (tampering.alter_time, f"journal 2 (Charge) {ALTERED}"),
    (tampering.alter_reason, f"journal 3 (Comp) {ALTERED}"),
    (tampering.forge_journal, f"journal 9 (Charge) {ALTERED}"),
    (
        tampering.forge_unlinked_journal,
        "journal 9 (Charge) has no link: something else than the ledger wrote it",
    ),
    (tampering.forge_entries, f"journal 2 (Charge) {ALTERED}"),
    (tampering.remove_entries, f"journal 3 (Comp) {ALTERED}"),
    (tampering.remove_in_the_middle, "journal 2 is missing: journal 3 (Comp) comes after 1"),
    (tampering.remove_and_renumber, f"journal 2 (Comp) {ALTERED}"),
    (tampering.cut_tail, "journal 8 is missing, which Z report 1 sealed: the ledger ends at 7"),
    (tampering.reorder, f"journal 2 (Comp) {ALTERED}"),
    (tampering.swap_rows, "journal 3 (Comp) was written before journal 2 (Charge): their order was changed"),
    (tampering.swap_between_tabs, f"journal 1 (Charge) {ALTERED}"),
]


def by_staff(reason="a long wait"):
    return OperationContext(make_context().key, actor="staff:sam", source="admin", reason=reason)


def play_tab(cents=10_00):
    """Eight journals: two rounds, one on the house, one taken off, a tip, the bill, and cash, of which a part
    goes back."""
    tab = sell(make_tab(), 2, cents, line="first")
    tab = sell(tab, 3, 7_00, line="second")
    tab = ledger.comp(tab, [Comp("first", 1_00)], by_staff()).tab
    tab = ledger.void(tab, [Sale("second", 1, 7_00)], make_context()).tab
    tab = ledger.set_tip(tab, TipRule(basis_points=1_000), make_context()).tab
    payment = record_bar_payment(tab, "cash", "staff:sam", "in cash")
    refunds.process_refund(refunds.request_refund(payment, 2_00, by_staff("corked")))
    return Tab.objects.get(pk=tab.pk)


def play_two_tabs():
    """Drinks that go from one to the other, a bill that is taken back, a tab that is voided."""
    source, target = sell(make_tab(), 3, line="here"), sell(make_tab(), 1, line="there")
    ledger.move_lines(source, target, [Move("here", "moved", 2, 10_00)], by_staff("sat down together"))
    ledger.freeze(source, make_context())
    ledger.reopen(source, make_context())
    settle_tab(sell(Tab.objects.get(pk=source.pk), 1, line="again"))
    ledger.void_tab(target, by_staff("left"))


def close_day():
    day = business_day_at(Venue.current(), timezone.now()).date
    return business_days.close_business_day(day, "staff:mo", "a test")


@pytest.fixture
def sealed(menu):
    """A night that is closed, in a bar whose chain has begun."""
    ledger_checks.check_recent()
    tabs = [play_tab(8_00 + number) for number in range(3)]
    play_two_tabs()
    close_day()
    return tabs


def first_finding(tabs=None):
    return next(iter(invariants.check_tabs(Tab.objects.all() if tabs is None else tabs)), None)


# --- each attack ------------------------------------------------------------------------------------


@pytest.mark.parametrize("attack, said", ATTACKS, ids=[one.__name__ for one, _said in ATTACKS])
def test_each_attack_is_found_and_named(sealed, attack, said):
    tab = sealed[1]
    assert assert_ledger_consistent()
    with transaction.atomic():
        attack(tab)
        found, recent = first_finding(), ledger_checks.check_recent()
        transaction.set_rollback(True)

    assert found is not None
    assert found.tab == tab.code
    assert said in found.description
    assert recent.violations > 0
    assert said[:60] in recent.first_violation
    assert assert_ledger_consistent()


@pytest.mark.slow
def test_in_a_thousand_tabs_the_first_that_was_touched_is_named_and_honest_ones_pass(menu):
    ledger_checks.check_recent()
    for number in range(120):
        play_tab(8_00 + number % 90)
        if number < 20:
            play_two_tabs()
    evening.play()
    for number in range(1_000 - Tab.objects.count()):
        sell(make_tab(), 1 + number % 3, 5_00 + number)
    close_day()
    assert Tab.objects.count() == 1_000
    began = time.perf_counter()
    assert list(invariants.check_tabs(Tab.objects.all())) == []
    assert list(invariants.check_ledger_totals()) == []
    assert time.perf_counter() - began < 120

    full = [
        tab
        for tab in Tab.objects.filter(version=8, status="paid").order_by("pk")
        if tab.journals.filter(kind="refund")
    ]
    chosen = random.Random(7).sample(full[:-1], len(ATTACKS))
    for (attack, said), tab in zip(ATTACKS, chosen, strict=True):
        with transaction.atomic():
            attack(tab)
            found = first_finding()
            transaction.set_rollback(True)
        assert found is not None, attack.__name__
        assert (found.tab, said in found.description) == (tab.code, True), f"{attack.__name__}: {found}"


def test_the_command_says_in_one_sentence_what_it_found_first(sealed):
    out = StringIO()
    with transaction.atomic():
        tampering.alter_amount(sealed[1])
        with pytest.raises(CommandError):
            call_command("ledger_check", stdout=out)
        transaction.set_rollback(True)

    assert out.getvalue().splitlines()[0] == (
        f"chain_is_unbroken tab {sealed[1].code}: journal 1 (Charge) {ALTERED}"
    )


def test_a_tab_that_is_gone_altogether_is_missed_by_the_seal_of_its_day(sealed):
    tab = sealed[1]
    with transaction.atomic():
        with tampering.superuser() as execute:
            for journal in tab.journals.all():
                for table in ("payments_ledgerentry", "payments_zjournal", "payments_document"):
                    execute(f"DELETE FROM {table} WHERE journal_id = %s", [journal.pk])
            for table in ("payments_journal", "payments_sealedhead"):
                execute(f"DELETE FROM {table} WHERE tab_id = %s", [tab.pk])
        found = [
            one.description for one in invariants.check_ledger_totals() if one.invariant == "day_seals_hold"
        ]
        transaction.set_rollback(True)

    assert found == [f"Z 1, {ZReport.objects.get().business_date} or what it sealed was altered"]


def test_a_z_report_that_was_rewritten_with_its_rows_does_not_fit_its_seal(sealed):
    with transaction.atomic():
        figures = ZReport.objects.get().figures
        figures["play"]["tips_cents"] -= 1
        report = ZReport.objects.get()
        report.figures = figures
        with tampering.superuser():
            ZReport.objects.bulk_update([report], ["figures"])
        found = {one.invariant for one in invariants.check_ledger_totals()}
        transaction.set_rollback(True)

    assert "day_seals_hold" in found


# --- what only something outside shows ----------------------------------------------------------------


def test_a_tail_that_was_cut_before_the_day_was_sealed_is_shown_by_the_guests_receipt(menu):
    ledger_checks.check_recent()
    tab = play_tab()
    note = Document.objects.get(tab=tab, series__endswith="credit_note")
    printed = chain.short_proof(note.journal.chain_mac)
    assert chain_proofs.find_false_proof(note.code, printed.lower().replace("-", " ")) == ""
    with transaction.atomic():
        tampering.cut_tail(tab)
        agrees = [
            one for one in invariants.check_tabs(Tab.objects.filter(pk=tab.pk)) if "chain" in one.invariant
        ]
        found = chain_proofs.find_false_proof(note.code, printed)
        transaction.set_rollback(True)

    assert agrees == []
    assert found == f"The ledger has no {note.code}, and this proof was printed on it: it was removed."


def test_the_printed_proofs_are_judged_by_the_command(sealed):
    report = ZReport.objects.get()
    receipt = Document.objects.filter(tab=sealed[0]).earliest("pk")
    proofs = [
        f"Z-1={chain.short_proof(report.figures['chain']['seal'])}",
        f"{receipt.code}={chain_proofs.receipt_proof(receipt)}",
    ]
    call_command("ledger_check", proof=proofs, stdout=(out := StringIO()))
    assert out.getvalue().count("the ledger has what was printed") == 2

    for false, said in (
        ("Z-1=AAAA-BBBB-CCCC-DDDD", "Z report 1 is not the one that was printed"),
        (f"Z-2={proofs[0][4:]}", "no Z report 2"),
        (f"{receipt.code}=AAAA-BBBB-CCCC-DDDD", f"{receipt.code} is of journal 7 of tab"),
        ("R-9=AAAA", "no R-9"),
        ("nonsense", "no nonsense"),
    ):
        with pytest.raises(CommandError, match=said):
            call_command("ledger_check", proof=[false])


# --- keys ---------------------------------------------------------------------------------------------


def test_a_new_key_makes_new_links_and_the_old_one_proves_what_it_made(sealed, settings):
    old = list(settings.LEDGER_KEYS)
    settings.LEDGER_KEYS = ["another key, of thirty-two letters", *old]
    tab = sell(sell(make_tab()), 2)
    keys = set(Journal.objects.values_list("chain_key", flat=True))
    assert len(keys) == 2
    assert tab.journals.get(version=2).chain_key == chain.current_key_id()
    assert assert_ledger_consistent()

    settings.LEDGER_KEYS = settings.LEDGER_KEYS[:1]
    found = first_finding()
    assert found is not None
    assert found.is_about_unknown_key
    assert "journal 1 (Charge) is linked with the key" in found.description


def test_who_has_the_database_and_another_key_cannot_write_a_link(sealed, settings):
    """The forger computes the links anew from the first journal on, with a key of their own."""
    tab, own = sealed[1], list(settings.LEDGER_KEYS)
    with transaction.atomic():
        tampering.alter_amount(tab)
        settings.LEDGER_KEYS = ["a key that the forger has made up"]
        head, rows = chain.FIRST, []
        for journal in tab.journals.order_by("version"):
            head = chain.link_of(tab, journal, list(journal.entries.all()), head, chain.current_key_id())
            rows.append((head, chain.current_key_id(), journal.pk))
        with tampering.superuser() as execute:
            for row in rows:
                execute("UPDATE payments_journal SET chain_mac = %s, chain_key = %s WHERE id = %s", row)
            execute("UPDATE payments_tab SET chain_head = %s WHERE id = %s", [head, tab.pk])
        settings.LEDGER_KEYS = own
        found = first_finding()
        transaction.set_rollback(True)

    assert found is not None
    assert (found.tab, found.is_about_unknown_key) == (tab.code, True)


# --- what is from before the chain -----------------------------------------------------------------------


def unchain(*tabs):
    """As the release before wrote them."""
    with tampering.superuser() as execute:
        for tab in tabs:
            execute(
                "UPDATE payments_journal SET chain_mac = NULL, chain_key = NULL, created_at = %s"
                " WHERE tab_id = %s",
                [timezone.now() - timedelta(days=3), tab.pk],
            )
            execute("UPDATE payments_tab SET chain_head = NULL WHERE id = %s", [tab.pk])


def test_journals_from_before_the_chain_are_adopted_once_and_cannot_be_altered_afterwards(menu):
    tabs = [play_tab() for _ in range(3)]
    unchain(*tabs)
    assert list(invariants.check_tabs(Tab.objects.all())) == []

    assert ledger_checks.check_recent().violations == 0
    assert ledger_checks.check_recent().violations == 0

    assert [(one.tab_id, one.first, one.last) for one in ChainAdoption.objects.all()] == [
        (tab.pk, 1, 8) for tab in tabs
    ]
    assert {one.reason for one in ChainAdoption.objects.all()} == {"before the chain"}
    assert ChainStart.objects.get().tabs == 3
    assert assert_ledger_consistent()
    with transaction.atomic():
        tampering.alter_amount(tabs[1])
        found = first_finding()
        transaction.set_rollback(True)
    assert found is not None
    assert (found.tab, found.description) == (
        tabs[1].code,
        "one of journals 1 to 8, from before the chain, is not as it was when they were adopted",
    )


def test_a_tab_that_was_open_when_the_chain_came_goes_on_in_it(menu):
    tab = sell(sell(make_tab()), 2)
    unchain(tab)
    tab = sell(Tab.objects.get(pk=tab.pk), 3)
    ledger_checks.check_recent()
    settle_tab(tab)

    assert assert_ledger_consistent()
    assert [one.chain_mac is None for one in tab.journals.order_by("version")] == [True, True, *[False] * 3]
    with transaction.atomic():
        tampering.remove_in_the_middle(tab)
        found = first_finding()
        transaction.set_rollback(True)
    assert found is not None
    assert found.description == "journal 2 is missing: journal 3 (Charge) comes after 1"


def test_while_the_release_before_may_still_write_nothing_is_closed(menu):
    tab = sell(make_tab())
    unchain(tab)
    with tampering.superuser() as execute:
        execute("UPDATE payments_journal SET created_at = %s", [timezone.now()])
    assert ledger_checks.check_recent().violations == 0
    assert not ChainStart.objects.exists()
    assert ChainAdoption.objects.count() == 1


def test_what_an_older_release_wrote_later_is_adopted_by_a_person_with_a_reason(sealed):
    tab = sell(sell(make_tab()), 2)
    unchain(tab)
    assert ledger_checks.check_recent().violations > 0

    call_command("ledger_adopt", "rolled back for half an hour", stdout=StringIO())

    assert assert_ledger_consistent()
    call_command("ledger_check", stdout=(out := StringIO()))
    assert "1 tabs “rolled back for half an hour”" in out.getvalue()


def test_adoption_is_not_begun_again_by_removing_its_records(menu):
    """The forger strips a tab of its links, alters it, and lets the bar adopt it as from before the chain."""
    ledger_checks.check_recent()
    tab = play_tab()
    close_day()
    with transaction.atomic():
        tampering.alter_amount(tab)
        unchain(tab)
        with tampering.superuser() as execute:
            execute("DELETE FROM payments_chainstart")
        check = ledger_checks.check_recent()
        totals = [one.description for one in invariants.check_ledger_totals()]
        adopted = ChainAdoption.objects.count()
        transaction.set_rollback(True)

    assert (adopted, check.violations > 0) == (0, True)
    assert "the record of where the chain begins is missing, and a Z report sealed it" in totals


# --- the cash drawer --------------------------------------------------------------------------------------


@pytest.fixture
def drawer(menu):
    """A float, money in and out and a count; the first two were entered before there was a chain."""
    dee = User.objects.create_user("dee", is_staff=True)
    for kind, cents, note in (("float", 100_00, ""), ("paid_in", 20_00, "change")):
        cash_drawer.enter(kind, cents, note, dee, kind)
    with tampering.superuser() as execute:
        execute("UPDATE payments_drawerentry SET chain_mac = NULL, chain_key = NULL")
    ledger_checks.check_recent()
    for kind, cents, note in (("paid_out", 5_00, "ice"), ("paid_out", 7_00, "limes"), ("count", 108_00, "")):
        cash_drawer.enter(kind, cents, note, dee, f"{kind} {cents}")
    return list(DrawerEntry.objects.order_by("pk"))


def drawer_findings():
    return [one.description for one in invariants.check_ledger_totals() if "drawer_entries" in one.invariant]


@pytest.mark.parametrize(
    "attack, said",
    [
        ("UPDATE payments_drawerentry SET cents = 25_00 WHERE id = {1}", "is not as it was when they were"),
        ("UPDATE payments_drawerentry SET cents = 50_00 WHERE id = {2}", "entry {2} "),
        ("UPDATE payments_drawerentry SET note = 'gin' WHERE id = {3}", "entry {3} "),
        ("DELETE FROM payments_drawerentry WHERE id = {2}", "entry {3} "),
        ("DELETE FROM payments_drawerentry WHERE id = {4}", "the newest entries that Z 1"),
        ("UPDATE payments_drawerentry SET chain_mac = NULL WHERE id = {4}", "entry {4} "),
    ],
)
def test_what_is_done_to_the_cash_drawers_entries_is_found(drawer, attack, said):
    close_day()
    keys = [one.pk for one in drawer]
    assert assert_ledger_consistent()
    with transaction.atomic():
        with tampering.superuser() as execute:
            execute("DELETE FROM payments_zdrawerentry")
            execute(attack.replace("_00", "00").format(*keys))
        found = drawer_findings()
        transaction.set_rollback(True)

    assert found
    assert said.format(*keys) in found[0]


# --- the rest of the bar ------------------------------------------------------------------------------


def test_nothing_that_is_erased_for_a_guest_is_in_a_link():
    for table, fields in (
        ("payments.Journal", chain.JOURNAL_FIELDS),
        ("payments.LedgerEntry", chain.ENTRY_FIELDS),
    ):
        policy = DATA_REGISTER[table]
        assert policy.erasure_mode == "", table
        assert not set(policy.guest.split()) & set(fields), table


def test_a_sale_costs_no_statement_more(django_assert_num_queries):
    tab = make_tab()
    with django_assert_num_queries(7):
        sell(tab)


def test_the_monitors_see_it_as_any_failed_check(sealed, client):
    with transaction.atomic():
        tampering.alter_amount(sealed[1])
        ledger_checks.check_recent()
        page = client.get("/metrics").text
        transaction.set_rollback(True)

    assert "maya_ledger_invariant_violations 0.0" not in page
    assert "maya_ledger_invariant_violations" in page
    assert LedgerCheck.objects.exists()
