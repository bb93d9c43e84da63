# ruff: noqa: E501 - one mutant a line reads as a table
"""Breakages of what stands between a real till and the book: events, links, refunds, splits, tenders.

Not among them: a split that is undone without taking its links back. The lock's own look at them refuses it,
so nobody is worse off (`test_split` sees that minds no longer change). Dropping them without the till is here.
"""

from payments import checkout, drawer, effects, refunds, settling, splitting
from payments.webhooks import inbox, signed
from tests.payments.mutants import Mutant

LOOKED = "seen = look(payment, _link_in(event)) if _worth_a_look(event, payment) else None"
CLAIMED = "seen = __import__('payments.providers.stripe_objects', fromlist=['x']).seen_session(event.thing) if event.type.startswith(SESSION) else None"

AT_THE_TILL = [
    Mutant("trust_event", inbox, "_heard", LOOKED, CLAIMED),
    Mutant("trust_anybody's event", signed, "_verified", "        except SignatureVerificationError:\n            continue", "        except SignatureVerificationError:\n            pass"),
    Mutant("trust_amount", settling, "_is_ours", "return ours == theirs and", "return ours[::3] == theirs[::3] and"),
    Mutant("trust_mode", settling, "_is_ours", "and seen.livemode == (payment.provider != SIMULATED and has_live_key())", ""),
    Mutant("no_freeze", effects, "refuse_wrong_state", "raise TabFrozen", "pass"),
    Mutant("two_links", checkout, "_asked", "found = till(name).find(ask_of(payment)) if before else None", "found = None"),
    Mutant("settle_without_look", settling, "catch_up", "believe(payment, seen, cause)", "settle(payment, cause)"),
    Mutant("paid is paid, however it stands", settling, "_acted_on", "if seen.state == LinkState.PAID:", "if seen.state in (LinkState.PAID, LinkState.OPEN):"),
    Mutant("taken back without the till", checkout, "take_back", "if payment.status != Status.LINK_OPEN or not payment.reference:", "if True:"),
    Mutant("expired by our own clock", checkout, "take_back", "if seen.state == LinkState.EXPIRED:", "if True:"),
    Mutant("nobody ends an orphan", settling, "give_up", "if payment.unclear and not payment.reference:", "if False:"),
    Mutant("an unclear answer is a clear one", checkout, "_asked", "unclear=True)\n        raise TillUnclear from trouble", "unclear=False)\n        return None"),
    Mutant("cash beside an open link", drawer, "settle_at_bar", "filter(None, [live_payment(tab), *splitting.live_of(tab)])", "()"),
    Mutant("a share is paid again", splitting, "_attempt", " or is_paid(share)", ""),
    Mutant("shares beside the whole bill", splitting, "undo", "checkout.take_back(payment, cause.part(payment.code))", "checkout.give_up(payment, Status.CANCELLED, cause.part(payment.code))"),
    Mutant("a promise does not count", refunds, "left_of", "payment.amount_cents - (promised or 0)", "payment.amount_cents"),
    Mutant("a refund without the till's word", refunds, "pursue", "return _end_asking(refund, trouble, before=before)", "return finish(refund, Status.SUCCEEDED)"),
    Mutant("a refund is asked for twice", refunds, "_asked", "found = provider.find_refund(ask_of(refund)) if before else None", "found = None"),
    Mutant("a refund that nobody pursues", refunds, "pursue_all", "waiting[:AT_ONCE]", "waiting[:0]"),
    Mutant("a refund is not booked", refunds, "finish", "if status == Status.SUCCEEDED:", "if False:"),
]  # fmt: skip
