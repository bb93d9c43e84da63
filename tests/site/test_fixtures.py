"""What tests/conftest.py promises to every other test."""

import pytest
from django.core.cache import cache
from django.db import DatabaseError, connection

from bartender.services import orders
from payments.models import Journal, LedgerEntry
from tests.cast import cause


@pytest.mark.django_db(transaction=True)
def test_a_test_with_real_transactions_may_fill_the_ledger(ada):
    orders.add(ada, "Negroni", 2, [], cause())

    assert LedgerEntry.objects.count() >= 2


@pytest.mark.django_db(transaction=True)
def test_the_flush_after_it_left_nothing_and_the_ledger_is_append_only_again(ada):
    assert not Journal.objects.exists()
    orders.add(ada, "Negroni", 1, [], cause())

    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM payments_ledgerentry")


def test_the_cache_is_filled_here():
    cache.set("left_over", 1)

    assert cache.get("left_over") == 1


def test_the_cache_is_empty_in_the_next_test():
    assert cache.get("left_over") is None
