"""The ledger's invariants. Each is a function from one tab's records to what is wrong with them.

They hold after every operation, whatever was refused, repeated or cut off. The tests run them after each
step; `manage.py ledger_check` runs them over the whole ledger.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db.models import QuerySet

from maya_site.core.money import apply_rate_bp, apply_rate_milli_percent
from payments import chain_checks
from payments.invariant_totals import LEDGER_INVARIANTS
from payments.ledger import money_account_for
from payments.models import Journal, LedgerEntry, Payment, Refund, Tab, TaxMethod
from payments.posting_rules import KINDS_AFTER_SETTLEMENT
from payments.tab_records import TabRecords, load_records

Account = LedgerEntry.Account
JournalKind = Journal.Kind
PaymentStatus = Payment.Status
BATCH_SIZE = 500
SOURCES = frozenset(Journal.Source.values)  # made anew at each look, it was a tenth of the check
TAXED_ACCOUNTS = (Account.SALES, Account.COMPS, Account.SERVICE, Account.TAX)
# What was undone is booked in and out.
SIGNS_BOOKED = {PaymentStatus.SUCCEEDED: (1,), PaymentStatus.REVERSED: (1, -1)}
TAB_FIELD_BY_SHARE_FIELD = {
    "amount_cents": "total_cents",
    "tax_cents": "all_tax_cents",
    "tip_cents": "tip_cents",
}


@dataclass(frozen=True)
class Violation:
    invariant: str
    tab: str
    description: str

    @property
    def is_about_unknown_key(self) -> bool:
        """Nothing was found wrong: the key that would show it is not here."""
        return self.description.endswith(chain_checks.UNKNOWN_KEY)

    def __str__(self) -> str:
        return f"{self.invariant} tab {self.tab or '(whole book)'}: {self.description}"


def chain_is_unbroken(book: TabRecords) -> Iterator[str]:
    """Each journal and its entries are as the ledger wrote them, from the first to the last."""
    found = chain_checks.find_break(
        book.tab, book.journals, book.by_journal, book.adoptions, book.may_be_unadopted
    )
    if found:
        yield found


def sealed_journals_are_there(book: TabRecords) -> Iterator[str]:
    yield from chain_checks.find_cut_tail(book.journals, book.sealed)


def every_journal_balances(book: TabRecords) -> Iterator[str]:
    for journal in book.journals:
        legs = book.legs_of(journal)
        if sum(leg.cents for leg in legs):
            yield f"{journal} is off by {sum(leg.cents for leg in legs)}"
        if len(legs) == 1:
            yield f"{journal} has one leg only"


def tab_columns_match_ledger(book: TabRecords) -> Iterator[str]:
    tab = book.tab
    pairs = {
        "subtotal": (tab.subtotal_cents, -book.sum_cents(Account.SALES)),
        "comps": (tab.discount_cents, book.sum_cents(Account.COMPS)),
        "tax": (tab.all_tax_cents, -book.sum_cents(Account.TAX)),
        "tax in prices": (tab.included_tax_cents, book.sum_cents(Account.INCLUDED_TAX)),
        "service charge": (tab.service_cents, -book.sum_cents(Account.SERVICE)),
        "tip": (tab.tip_cents, -book.sum_cents(Account.TIPS)),
        "paid": (
            tab.paid_cents,
            book.sum_cents(*LedgerEntry.MONEY_ACCOUNTS, Account.REFUNDS, Account.DISPUTES),
        ),
        "refunded": (tab.refunded_cents, book.sum_cents(Account.REFUNDS)),
        "disputed": (tab.disputed_cents, book.sum_cents(Account.DISPUTES)),
        "due": (tab.due_cents, book.sum_cents(Account.RECEIVABLE)),
        "units": (tab.units, sum(entry.quantity for entry in book.entries)),
    }
    for name, (shown, booked) in pairs.items():
        if shown != booked:
            yield f"{name} shows {shown}, the ledger has {booked}"


def line_units_within_bounds(book: TabRecords) -> Iterator[str]:
    at_price, of_line = Counter[tuple[str, int]](), Counter[str]()
    for entry in book.entries:
        if entry.account == Account.SALES:
            at_price[entry.reference, entry.unit_cents] += entry.quantity
            of_line[entry.reference] += entry.quantity
    yield from (f"line {line[:8]} holds {units}" for (line, _), units in at_price.items() if units < 0)
    most = book.tab.line_cap
    yield from (f"line {line[:8]} holds {units} of {most}" for line, units in of_line.items() if units > most)


def tax_is_rounded_once_per_tab(book: TabRecords) -> Iterator[str]:
    if book.tab.tax_method != TaxMethod.SINGLE:
        return
    owed = apply_rate_milli_percent(max(book.tab.net_cents, 0), book.tab.tax_rate)
    if book.tab.tax_cents != owed:
        yield f"tax is {book.tab.tax_cents}, not {owed}"


def tax_follows_the_terms_of_lines(book: TabRecords) -> Iterator[str]:
    """On a tab that is taxed by class: worked out anew from what was sold, line by line or rate by rate."""
    if book.tab.tax_method == TaxMethod.SINGLE:
        return
    bases, booked = Counter[tuple[int, str]](), Counter[tuple[int, str]]()
    terms = {}
    for entry in book.entries:
        found = entry.tax_terms
        if entry.account in (Account.SALES, Account.COMPS) and found is None:
            yield f"line {entry.reference[:8]} has no tax terms"
        if found is None or entry.account not in TAXED_ACCOUNTS:
            continue
        key = (found.pk, entry.reference if book.tab.tax_method == TaxMethod.LINE else "")
        terms[key] = found
        (booked if entry.account == Account.TAX else bases)[key] -= entry.cents
    for key, one in terms.items():
        scale = 100_000 + (one.rate_milli if one.included else 0)
        owed = (2 * max(bases[key], 0) * one.rate_milli + scale) // (2 * scale)
        if booked[key] != owed:
            yield f"tax of {one} is {booked[key]}, not {owed}"


def service_charge_follows_its_rate(book: TabRecords) -> Iterator[str]:
    owed = apply_rate_milli_percent(max(book.tab.net_cents, 0), book.tab.service_rate_milli)
    if book.tab.service_cents != owed:
        yield f"the service charge is {book.tab.service_cents}, not {owed}"


def tip_follows_its_rule(book: TabRecords) -> Iterator[str]:
    tab = book.tab
    if tab.tip_bp is None and tab.tip_cents > tab.tip_cap_cents:
        yield f"a tip of {tab.tip_cents} is over {tab.tip_cap_cents}"
    if tab.tip_bp is not None and tab.tip_cents != apply_rate_bp(max(tab.net_cents, 0), tab.tip_bp):
        yield f"a tip of {tab.tip_cents} is not {tab.tip_bp} basis points of {tab.net_cents}"


def tip_is_held_by_its_recipient(book: TabRecords) -> Iterator[str]:
    tips = Counter[int | None]()
    for entry in book.entries:
        if entry.account == Account.TIPS:
            tips[entry.tip_recipient_id] -= entry.cents
    owner = book.tab.tip_recipient_id if book.tab.status == Tab.Status.PAID else None
    for person, cents in tips.items():
        if cents != (book.tab.tip_cents if person == owner else 0):
            holder = f"user {person}" if person else "the pool"
            yield f"{holder} holds {cents} of a tip of {book.tab.tip_cents} for {owner or 'it'}"


def amounts_within_limits(book: TabRecords) -> Iterator[str]:
    tab = book.tab
    amounts = (tab.subtotal_cents, tab.discount_cents, tab.tax_cents, tab.tip_cents, tab.paid_cents)
    if min(*amounts, tab.units, tab.net_cents, tab.due_cents) < 0:
        yield "an amount is negative"
    if tab.units > tab.unit_cap or tab.total_cents > tab.cap_cents:
        yield f"{tab.units} units and {tab.total_cents} are over its limits"


def closing_tab_has_one_live_payment_for_amount_due(book: TabRecords) -> Iterator[str]:
    closing = book.tab.status == Tab.Status.CLOSING
    if book.shares:
        return
    if len(book.live_payments) != int(closing):
        yield f"{book.tab.status} with {len(book.live_payments)} live payments"
    yield from (
        f"asks for {payment.amount_cents} {payment.currency}, due is {book.tab.due_cents} {book.tab.currency}"
        for payment in book.live_payments
        if (payment.amount_cents, payment.currency) != (book.tab.due_cents, book.tab.currency)
    )


def shares_sum_to_bill(book: TabRecords) -> Iterator[str]:
    """The shares of a live split sum to what the tab comes to: it is frozen."""
    if book.shares and book.tab.status not in (Tab.Status.CLOSING, Tab.Status.PAID):
        yield f"{book.tab.status}, and split"
    for name in TAB_FIELD_BY_SHARE_FIELD if book.shares else ():
        shared, total = (
            sum(getattr(one, name) for one in book.shares),
            getattr(book.tab, TAB_FIELD_BY_SHARE_FIELD[name]),
        )
        if shared != total:
            yield f"shares come to {shared} of {total} in {name}"


def each_share_is_paid_once(book: TabRecords) -> Iterator[str]:
    amounts = {share.pk: share.amount_cents for share in book.shares}
    tried = book.live_payments + book.succeeded_payments if book.shares else []
    for payment in tried:
        if payment.share_id and payment.amount_cents != amounts.get(payment.share_id):
            yield f"payment {payment.code[:8]} is of {payment.amount_cents}, which is not its share"
    for share, count in Counter(payment.share_id for payment in tried).items():
        if count > 1:
            yield f"share {share} has {count} attempts that are live or paid"


def ended_payment_has_finish_time(book: TabRecords) -> Iterator[str]:
    for payment in book.payments:
        if (payment.finished_at is None) != (payment.status in Payment.LIVE_STATUSES):
            yield f"payment {payment.code[:8]} is {payment.status}, finished at {payment.finished_at}"


def each_payment_is_booked_once(book: TabRecords) -> Iterator[str]:
    wanted = Counter(
        (payment.code, str(money_account_for(payment.provider)), payment.amount_cents * sign)
        for payment in book.payments
        for sign in SIGNS_BOOKED.get(PaymentStatus(payment.status), ())
    )
    given_back = {one.pk for one in book.journals if one.kind in (JournalKind.REFUND, JournalKind.DISPUTE)}
    money = [entry for entry in book.entries if entry.account in LedgerEntry.MONEY_ACCOUNTS]
    booked = Counter(
        (entry.reference, entry.account, entry.cents) for entry in money if entry.journal_id not in given_back
    )
    yield from (f"payment {code[:8]} is not booked as {cents}" for code, _, cents in wanted - booked)
    yield from (
        f"{cents} of {code[:8]} in {account} is no payment" for code, account, cents in booked - wanted
    )


def refunds_within_amount_paid(book: TabRecords) -> Iterator[str]:
    codes = {payment.pk: payment for payment in book.payments}
    refunded = Counter[int]()
    for refund in book.refunds:
        if refund.status in Refund.COUNTED_STATUSES:
            refunded[refund.payment_id] += refund.amount_cents
        if (refund.finished_at is None) != (refund.status == Refund.Status.PENDING):
            yield f"refund {refund.code[:8]} is {refund.status}, finished at {refund.finished_at}"
    for pk, cents in refunded.items():
        payment = codes[pk]
        if payment.status != PaymentStatus.SUCCEEDED or cents > payment.amount_cents:
            yield f"{cents} of {payment.amount_cents} go back on {payment.code[:8]}, which {payment.status}"


def each_refund_is_booked_once(book: TabRecords) -> Iterator[str]:
    payments = {payment.pk: payment for payment in book.payments}
    wanted, booked = Counter[tuple[str, str, int]](), Counter[tuple[str, str, int]]()
    given = Counter[str]()  # the parts of a refund together are it
    for refund in book.refunds:
        if refund.status == Refund.Status.SUCCEEDED:
            payment = payments[refund.payment_id]
            given[refund.code] += refund.amount_cents
            wanted[payment.code, str(money_account_for(payment.provider)), -refund.amount_cents] += 1
    for journal in book.journals:
        if journal.kind == JournalKind.REFUND:
            legs = book.legs_of(journal)
            booked.update(
                (leg.reference, leg.account, leg.cents) for leg in legs if leg.account != Account.REFUNDS
            )
            for leg in legs:
                given[leg.reference] -= leg.cents if leg.account == Account.REFUNDS else 0
    yield from (f"{cents} of {code[:8]} is not in refunds" for code, cents in given.items() if cents)
    yield from (f"{cents} of {code[:8]} is not in {account}" for code, account, cents in wanted - booked)
    yield from (
        f"{cents} of {code[:8]} in {account} is no refund" for code, account, cents in booked - wanted
    )


def settled_tab_owes_nothing_and_is_final(book: TabRecords) -> Iterator[str]:
    tab, kinds = book.tab, [journal.kind for journal in book.standing_journals]
    settled = tab.status in (Tab.Status.PAID, Tab.Status.VOIDED)
    if settled != (tab.closed_at is not None):
        yield f"{tab.status}, closed at {tab.closed_at}"
    if settled and tab.due_cents:
        yield f"{tab.status} and owes {tab.due_cents}"
    ends = {
        Tab.Status.PAID: (JournalKind.PAYMENT, JournalKind.CLOSE),
        Tab.Status.VOIDED: (JournalKind.CLOSE,),
    }
    while settled and kinds[-1:] and kinds[-1] in KINDS_AFTER_SETTLEMENT:
        kinds.pop()
    if settled and (not kinds or kinds[-1] not in ends[Tab.Status(tab.status)]):
        yield f"{tab.status}, but its last journal is {kinds[-1:]}"
    earlier = set(kinds[:-1]) - (
        {JournalKind.PAYMENT, JournalKind.REFUND, JournalKind.DISPUTE} if book.shares else set()
    )
    if {JournalKind.PAYMENT, JournalKind.CLOSE, JournalKind.REFUND, JournalKind.DISPUTE} & earlier:
        yield "something was written after its end"


def refunds_take_no_more_than_was_sold(book: TabRecords) -> Iterator[str]:
    """Of no tax, service charge or tip does more go back than there was."""
    names = {Account.TAX: "tax", Account.SERVICE: "service", Account.TIPS: "tip"}
    left = Counter[tuple[str, int | None, int | None]]()
    for leg in book.entries:
        part = leg.part if leg.account == Account.REFUNDS else names.get(Account(leg.account), "")
        if part and part != "net":
            left[part, leg.tax_terms_id, leg.tip_recipient_id] -= leg.cents
    yield from (f"{-cents} too much of {what} went back" for what, cents in left.items() if cents < 0)


def entries_belong_to_own_tab(book: TabRecords) -> Iterator[str]:
    own = {journal.pk for journal in book.journals}
    strangers = sum(entry.journal_id not in own for entry in book.entries)
    if strangers:
        yield f"{strangers} entries belong to a journal of another tab"


def versions_count_operations(book: TabRecords) -> Iterator[str]:
    versions = [journal.version for journal in book.journals]
    if versions != list(range(1, book.tab.version + 1)):
        yield f"version {book.tab.version}, journals {versions[-5:]}"


def every_journal_has_actor_and_source(book: TabRecords) -> Iterator[str]:
    for journal in book.journals:
        if not (journal.key and journal.actor and journal.source in SOURCES):
            yield f"{journal} does not say who or why"


def only_staff_comp_with_reason(book: TabRecords) -> Iterator[str]:
    sold, given = Counter[str](), Counter[str]()
    for journal in book.journals:
        comped = journal.kind == JournalKind.COMP
        if comped and (journal.actor in ("guest", "house") or not journal.reason.strip()):
            yield f"{journal} by {journal.actor} for “{journal.reason}”"
        for leg in book.legs_of(journal):
            moved_in = journal.kind == JournalKind.MOVE_IN
            if leg.account == Account.COMPS and not (comped or moved_in) and leg.cents > 0:
                yield f"{journal} gives a discount"
            given[leg.reference] += leg.cents if leg.account == Account.COMPS else 0
            sold[leg.reference] -= leg.cents if leg.account == Account.SALES else 0
    yield from (
        f"line {line[:8]} is discounted by {cents} of {sold[line]}"
        for line, cents in given.items()
        if not 0 <= cents <= sold[line]
    )


Invariant = Callable[[TabRecords], Iterator[str]]
# Of several that are broken the first is told: what was altered says more than what came of it.
TAB_INVARIANTS: tuple[Invariant, ...] = (
    chain_is_unbroken,
    sealed_journals_are_there,
    every_journal_balances,
    tab_columns_match_ledger,
    line_units_within_bounds,
    tax_is_rounded_once_per_tab,
    tax_follows_the_terms_of_lines,
    service_charge_follows_its_rate,
    tip_follows_its_rule,
    tip_is_held_by_its_recipient,
    amounts_within_limits,
    closing_tab_has_one_live_payment_for_amount_due,
    shares_sum_to_bill,
    each_share_is_paid_once,
    ended_payment_has_finish_time,
    each_payment_is_booked_once,
    refunds_within_amount_paid,
    each_refund_is_booked_once,
    refunds_take_no_more_than_was_sold,
    settled_tab_owes_nothing_and_is_final,
    entries_belong_to_own_tab,
    versions_count_operations,
    every_journal_has_actor_and_source,
    only_staff_comp_with_reason,
)


def check_tabs(tabs: QuerySet[Tab]) -> Iterator[Violation]:
    """Checks tabs in batches of five hundred, with ten queries for each."""
    keys = list(tabs.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH_SIZE):
        for records in load_records(keys[start : start + BATCH_SIZE]):
            for invariant in TAB_INVARIANTS:
                name = invariant.__name__
                yield from (Violation(name, records.tab.code, what) for what in invariant(records))


def check_ledger_totals(is_wanted: Callable[[str], bool] = lambda name: True) -> Iterator[Violation]:
    """Of the invariants of the whole ledger those whose names are wanted."""
    for invariant in LEDGER_INVARIANTS:
        if is_wanted(invariant.__name__):
            yield from (Violation(invariant.__name__, "", what) for what in invariant())
