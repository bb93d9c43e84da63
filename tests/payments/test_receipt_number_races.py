"""Many tabs settled at the same moment: each receipt has a number of its own, and none is left out."""

import time
from functools import partial

import pytest
from django.db import IntegrityError, connection

from payments import checkout, documents
from payments.models import Document, DocumentCounter
from tests.guest_fixtures import make_context
from tests.payments.concurrency import run_concurrently
from tests.payments.ledger_helpers import assert_ledger_consistent, make_tab, open_payment_link, sell

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="set DATABASE_URL to a PostgreSQL server"),
]
AT_ONCE = 8


def settle_at_once():
    links = [open_payment_link(sell(make_tab())) for _ in range(AT_ONCE)]
    run_concurrently(*(partial(checkout.mark_paid, link, make_context()) for link in links))


def test_receipts_of_many_settlements_at_once_have_no_gap_and_no_number_twice():
    for _ in range(4):
        settle_at_once()
    numbers = sorted(Document.objects.values_list("number", flat=True))
    assert numbers == list(range(1, 4 * AT_ONCE + 1))
    assert assert_ledger_consistent()


def test_without_the_lock_two_settlements_take_one_number(monkeypatch):
    """The control: this is what the counter's lock is for. The database refuses the second one."""

    def next_number_unlocked(series):
        counter, _ = DocumentCounter.objects.get_or_create(series=series)
        time.sleep(0.2)
        DocumentCounter.objects.filter(pk=counter.pk).update(last_number=counter.last_number + 1)
        return counter.last_number + 1

    monkeypatch.setattr(documents, "_next_number", next_number_unlocked)
    with pytest.raises(IntegrityError, match="document_number_once"):
        settle_at_once()
