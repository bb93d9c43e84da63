"""What tests/conftest.py promises to every other test."""

import pytest
from django.db import DatabaseError, connection

from bartender.services import orders
from maya_site.core.rate_limits import KEY_CHECK_LIMIT, RateLimitExceeded, check_rate_limit
from payments.models import Journal, LedgerEntry
from tests.guest_fixtures import make_context


@pytest.mark.django_db(transaction=True)
def test_a_test_with_real_transactions_may_fill_the_ledger(ada):
    orders.add_line(ada, "Negroni", 2, [], make_context())

    assert LedgerEntry.objects.count() >= 2


@pytest.mark.django_db(transaction=True)
def test_the_flush_after_it_left_nothing_and_the_ledger_is_append_only_again(ada):
    assert not Journal.objects.exists()
    orders.add_line(ada, "Negroni", 1, [], make_context())

    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM payments_ledgerentry")


@pytest.mark.parametrize("time", ["first", "second"])
def test_every_test_has_its_whole_limit(time):
    for _ in range(KEY_CHECK_LIMIT.max_count):
        check_rate_limit(KEY_CHECK_LIMIT, "ada")

    with pytest.raises(RateLimitExceeded):
        check_rate_limit(KEY_CHECK_LIMIT, "ada")
