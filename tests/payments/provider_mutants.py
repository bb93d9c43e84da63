# ruff: noqa: E501 - one mutant a line reads as a table
"""Breakages of what stands between a real till and the book: events, links, refunds, splits, tenders.

Not among them: a split that is undone without taking its links back. The lock's own look at them refuses it,
so nobody is worse off (`test_split` sees that minds no longer change). Dropping them without the till is here.
"""

from payments import bar_payments, checkout, posting_rules, refunds, settlement, splits
from payments.providers.stripe import events
from payments.webhooks import inbox
from tests.payments.mutants import Mutant

FETCHED = "seen = fetch_status(payment, claims.link_reference) if _needs_fetch(event, payment) else None"
CLAIMED = "seen = __import__('payments.providers.stripe.objects', fromlist=['x']).parse_checkout_session(event.data_object) if claims.link_reference else None"

AT_THE_TILL = [
    Mutant("trust_event", inbox, "_process", FETCHED, CLAIMED),
    Mutant("trust_anybody's event", events, "_verify_signature", "        except SignatureVerificationError:\n            continue", "        except SignatureVerificationError:\n            pass"),
    Mutant("trust_amount", settlement, "_matches_payment", "return ours == theirs and", "return ours[::3] == theirs[::3] and"),
    Mutant("trust_mode", settlement, "_matches_payment", "and link_status.livemode == get_provider(payment.provider).is_live", ""),
    Mutant("no_freeze", posting_rules, "check_tab_state", "raise TabFrozen", "pass"),
    Mutant("two_links", checkout, "_request_link", "found = get_provider(provider_name).find_link(build_link_request(payment)) if before else None", "found = None"),
    Mutant("settle_without_look", settlement, "reconcile_payment", "apply_status(payment, seen, context)", "mark_paid(payment, context)"),
    Mutant("paid is paid, however it stands", settlement, "_apply_link_state", "if link_status.state == LinkState.PAID:", "if link_status.state in (LinkState.PAID, LinkState.OPEN):"),
    Mutant("taken back without the till", checkout, "cancel_payment", "if payment.status != PaymentStatus.LINK_OPEN or not payment.reference:", "if True:"),
    Mutant("expired by our own clock", checkout, "cancel_payment", "if seen.state == LinkState.EXPIRED:", "if True:"),
    Mutant("nobody ends an orphan", settlement, "end_attempt", "if payment.outcome_unknown and not payment.reference:", "if False:"),
    Mutant("an unclear answer is a clear one", checkout, "_request_link", "is_unclear=True)\n        raise PaymentUnclear from error", "is_unclear=False)\n        return None"),
    Mutant("cash beside an open link", bar_payments, "end_links", "filter(None, [live_payment(tab), *splits.live_share_payments(tab)])", "()"),
    Mutant("a share is paid again", splits, "_get_or_create_attempt", " or is_share_paid(share)", ""),
    Mutant("shares beside the whole bill", splits, "undo_split", "checkout.cancel_payment(payment, context.with_key_suffix(payment.code))", "checkout.end_attempt(payment, PaymentStatus.CANCELLED, context.with_key_suffix(payment.code))"),
    Mutant("a promise does not count", refunds, "refundable_cents", "payment.amount_cents - (promised or 0)", "payment.amount_cents"),
    Mutant("a refund without the till's word", refunds, "process_refund", "return _end_request(refund, error, may_already_exist=before)", "return finish_refund(refund, RefundStatus.SUCCEEDED)"),
    Mutant("a refund is asked for twice", refunds, "_send_or_fetch_refund", "found = provider.find_refund(build_refund_request(refund)) if may_already_exist else None", "found = None"),
    Mutant("a refund that nobody pursues", refunds, "process_pending_refunds", "waiting[:BATCH_SIZE]", "waiting[:0]"),
    Mutant("a refund is not booked", refunds, "finish_refund", "if status == RefundStatus.SUCCEEDED:", "if False:"),
]  # fmt: skip
