"""The ledger's check that the bar makes by itself: what moved, what was wrong, and the rest in turn."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from payments import invariants, ledger_checks, reports, tab_records
from payments.models import LedgerCheck, Payment, Tab, ZReport
from tests.bench.past_evenings import add_past_evenings

pytestmark = pytest.mark.django_db


@pytest.fixture
def past(menu, monkeypatch):
    """Seven tabs of three closed nights, of which each check reads two."""
    monkeypatch.setattr(ledger_checks, "WALKED_TABS", 2)
    add_past_evenings(7, nights=3)
    return list(Tab.objects.order_by("pk"))


def test_every_tab_is_read_in_turn_however_old_it_is(past):
    assert [ledger_checks.check_recent().tabs_checked for _check in range(5)] == [2, 2, 2, 1, 2]
    assert LedgerCheck.objects.filter(violations=0).count() == 5


def test_what_is_wrong_on_an_old_tab_is_found_and_told_until_it_is_right(past):
    last = past[-1]
    Tab.objects.filter(pk=last.pk).update(units=1)

    found = [ledger_checks.check_recent().violations > 0 for _check in range(6)]
    Tab.objects.filter(pk=last.pk).update(units=last.units)

    assert found == [False, False, False, True, True, True]
    assert ledger_checks.check_recent().violations == 0


def test_a_sum_that_is_wrong_is_found_by_the_daily_check_and_told_until_it_is_right(past):
    paid = Payment.objects.order_by("pk").first()
    assert paid is not None
    Payment.objects.filter(pk=paid.pk).update(amount_cents=1)
    with pytest.raises(CommandError, match="violations, the first"):
        call_command("ledger_check", record=True, stdout=StringIO())
    told = [LedgerCheck.objects.latest("id").violations, ledger_checks.check_recent().violations]
    Payment.objects.filter(pk=paid.pk).update(amount_cents=paid.amount_cents)

    assert min(told) > 0
    assert ledger_checks.check_recent().violations == 0


def test_what_seems_wrong_while_a_guest_orders_is_no_alarm(past, monkeypatch):
    tab, read = past[0], tab_records.load_records
    Tab.objects.filter(pk=tab.pk).update(units=1)

    def read_and_commit(keys):
        found = read(keys)
        Tab.objects.filter(pk=tab.pk).update(units=tab.units)
        return found

    monkeypatch.setattr(invariants, "load_records", read_and_commit)

    assert ledger_checks.check_recent().violations == 0


def test_a_report_begins_with_what_may_be_open(past):
    nights = [list(one.lines.values_list("journal_id", flat=True)) for one in ZReport.objects.all()]
    newest, before, _oldest = nights

    assert max(before) < reports.first_open_journal() <= min(newest)
