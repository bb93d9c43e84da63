"""Our payments and Stripe's, held against each other: whatever is in one book only is named."""

from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from payments import reconcile
from payments.models import Payment, Reconciliation
from payments.settlement import reconcile_payment
from tests.guest_fixtures import make_context
from tests.payments.stripe_checkout import confirm_pending_payment, order_and_request_bill, pay_at_stripe

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(ada, either_stripe):
    payment = confirm_pending_payment(order_and_request_bill(ada))
    pay_at_stripe(either_stripe, payment)
    return reconcile_payment(payment, make_context())


def differences():
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        return [found.description for found in reconcile.compare_last_day()]


def test_where_both_say_the_same_there_is_nothing_to_say(paid):
    assert differences() == []
    out = StringIO()
    call_command("reconcile_payments", stdout=out)
    assert "No differences." in out.getvalue()
    assert Reconciliation.objects.latest("id").payments_compared == 1


def test_paid_there_and_not_here(ada, either_stripe):
    payment = confirm_pending_payment(order_and_request_bill(ada))
    pay_at_stripe(either_stripe, payment)
    assert differences() == [f"payment {payment.code[:8]} is paid there and link_open here"]
    with (
        time_machine.travel(timezone.now() + timedelta(hours=1)),
        pytest.raises(CommandError, match="1 diff"),
    ):
        call_command("reconcile_payments", stdout=StringIO())
    assert reconcile.count_latest_differences() == 1


def test_paid_here_and_not_there(ada, either_stripe):
    payment = confirm_pending_payment(order_and_request_bill(ada))
    Payment.objects.update(status="succeeded", finished_at=timezone.now())
    assert differences() == [f"payment {payment.code[:8]} is paid here and open there"]


def test_paid_there_and_unknown_here(ada, either_stripe, paid):
    name = str(paid.reference)
    either_stripe.books.objects[name]["metadata"]["maya_payment"] = "of another house"
    found = differences()
    assert f"{name} is paid and unknown here" in found


def test_another_sum(paid):
    Payment.objects.update(amount_cents=21_00)
    assert differences() == [f"payment {paid.code[:8]} is $21.00 here, $22.00 there"]


def test_a_link_that_could_still_be_paid_after_its_end_here(ada, either_stripe):
    payment = confirm_pending_payment(order_and_request_bill(ada))
    Payment.objects.update(status="cancelled", finished_at=timezone.now())
    assert differences() == [f"{payment.reference} can still be paid"]


def test_what_somebody_gave_back_at_stripe_itself(paid, either_stripe):
    made = either_stripe.books.make_refund({"payment_intent": paid.intent, "amount": 2_00})
    assert differences() == [f"{made['id']} gave back $2.00 of payment {paid.code[:8]}, unknown here"]


def test_while_stripe_is_away_the_command_says_so(paid, either_stripe):
    either_stripe.fault("", "429", 99)
    with pytest.raises(CommandError, match="Try again later"):
        call_command("reconcile_payments", "--since", "2026-11-24")
