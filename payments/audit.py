"""The book's invariants, each a function from one tab's records to what is wrong with them.

They hold after every operation, whatever was refused, repeated or cut off. The tests run them after each
step; `manage.py ledger_check` runs them over the whole book. The numbers are the names that tests use.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import QuerySet

from maya_site.lib.money import share_bp
from payments.audit_book import OF_THE_BOOK
from payments.effects import AFTER_THE_END
from payments.ledger import drawer_of
from payments.models import Journal, LedgerEntry, Payment, Refund, Share, Split, Tab

Account = LedgerEntry.Account
Kind = Journal.Kind
Status = Payment.Status
AT_ONCE = 500
SHARED = {"amount_cents": "total_cents", "tax_cents": "tax_cents", "tip_cents": "tip_cents"}


@dataclass(frozen=True)
class Violation:
    invariant: str
    tab: str
    what: str

    def __str__(self) -> str:
        return f"{self.invariant} tab {self.tab or '(whole book)'}: {self.what}"


@dataclass
class Records:
    """Everything the book holds of one tab."""

    tab: Tab
    journals: list[Journal] = field(default_factory=list)
    entries: list[LedgerEntry] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    shares: list[Share] = field(default_factory=list)

    def sum(self, *accounts: str) -> int:
        return sum(entry.cents for entry in self.entries if entry.account in accounts)

    @cached_property
    def by_journal(self) -> dict[int, list[LedgerEntry]]:
        found = defaultdict(list)
        for entry in self.entries:
            found[entry.journal_id].append(entry)
        return found

    def legs(self, journal: Journal) -> list[LedgerEntry]:
        return self.by_journal.get(journal.pk, [])

    @property
    def succeeded(self) -> list[Payment]:
        return [payment for payment in self.payments if payment.status == Status.SUCCEEDED]

    @property
    def live(self) -> list[Payment]:
        return [payment for payment in self.payments if payment.status in Payment.LIVE]


def m01_every_journal_balances(book: Records) -> Iterator[str]:
    for journal in book.journals:
        legs = book.legs(journal)
        if sum(leg.cents for leg in legs):
            yield f"{journal} is off by {sum(leg.cents for leg in legs)}"
        if len(legs) == 1:
            yield f"{journal} has one leg only"


def m05_the_tab_is_what_its_ledger_says(book: Records) -> Iterator[str]:
    tab = book.tab
    pairs = {
        "subtotal": (tab.subtotal_cents, -book.sum(Account.SALES)),
        "comps": (tab.discount_cents, book.sum(Account.COMPS)),
        "tax": (tab.tax_cents, -book.sum(Account.TAX)),
        "tip": (tab.tip_cents, -book.sum(Account.TIPS)),
        "paid": (tab.paid_cents, book.sum(*LedgerEntry.MONEY, Account.REFUNDS)),
        "refunded": (tab.refunded_cents, book.sum(Account.REFUNDS)),
        "due": (tab.due_cents, book.sum(Account.RECEIVABLE)),
        "units": (tab.units, sum(entry.quantity for entry in book.entries)),
    }
    for name, (shown, booked) in pairs.items():
        if shown != booked:
            yield f"{name} shows {shown}, the ledger has {booked}"


def m07_no_line_is_below_nothing_or_over_its_cap(book: Records) -> Iterator[str]:
    at_price, of_line = Counter[tuple[str, int]](), Counter[str]()
    for entry in book.entries:
        if entry.account == Account.SALES:
            at_price[entry.reference, entry.unit_cents] += entry.quantity
            of_line[entry.reference] += entry.quantity
    yield from (f"line {line[:8]} holds {units}" for (line, _), units in at_price.items() if units < 0)
    most = book.tab.line_cap
    yield from (f"line {line[:8]} holds {units} of {most}" for line, units in of_line.items() if units > most)


def m08_tax_is_rounded_once_for_the_tab(book: Records) -> Iterator[str]:
    owed = share_bp(max(book.tab.net_cents, 0), book.tab.tax_rate_bp)
    if book.tab.tax_cents != owed:
        yield f"tax is {book.tab.tax_cents}, not {owed}"


def m09_the_tip_is_the_guests_last_word(book: Records) -> Iterator[str]:
    tab = book.tab
    if tab.tip_bp is None and tab.tip_cents > tab.tip_cap_cents:
        yield f"a tip of {tab.tip_cents} is over {tab.tip_cap_cents}"
    if tab.tip_bp is not None and tab.tip_cents != share_bp(max(tab.net_cents, 0), tab.tip_bp):
        yield f"a tip of {tab.tip_cents} is not {tab.tip_bp} basis points of {tab.net_cents}"


def m09_the_tip_is_in_the_right_hands(book: Records) -> Iterator[str]:
    tips = Counter[str]()
    for entry in book.entries:
        if entry.account == Account.TIPS:
            tips[entry.reference] -= entry.cents
    owner = book.tab.tip_for if book.tab.status == Tab.Status.PAID else ""
    for person, cents in tips.items():
        if cents != (book.tab.tip_cents if person == owner else 0):
            yield f"{person or 'the pool'} holds {cents} of a tip of {book.tab.tip_cents} for {owner or 'it'}"


def m10_nothing_is_negative_and_limits_hold(book: Records) -> Iterator[str]:
    tab = book.tab
    amounts = (tab.subtotal_cents, tab.discount_cents, tab.tax_cents, tab.tip_cents, tab.paid_cents)
    if min(*amounts, tab.units, tab.net_cents, tab.due_cents) < 0:
        yield "an amount is negative"
    if tab.units > tab.unit_cap or tab.total_cents > tab.cap_cents:
        yield f"{tab.units} units and {tab.total_cents} are over its limits"


def m11_a_closing_tab_has_one_live_bill_for_what_is_due(book: Records) -> Iterator[str]:
    closing = book.tab.status == Tab.Status.CLOSING
    if book.shares:
        return
    if len(book.live) != int(closing):
        yield f"{book.tab.status} with {len(book.live)} live payments"
    yield from (
        f"asks for {payment.amount_cents} {payment.currency}, due is {book.tab.due_cents} {book.tab.currency}"
        for payment in book.live
        if (payment.amount_cents, payment.currency) != (book.tab.due_cents, book.tab.currency)
    )


def m11_shares_come_to_the_bill(book: Records) -> Iterator[str]:
    """Of the split that is out: frozen, so what its shares come to is what the tab comes to."""
    if book.shares and book.tab.status not in (Tab.Status.CLOSING, Tab.Status.PAID):
        yield f"{book.tab.status}, and split"
    for name in SHARED if book.shares else ():
        shared, whole = sum(getattr(one, name) for one in book.shares), getattr(book.tab, SHARED[name])
        if shared != whole:
            yield f"shares come to {shared} of {whole} in {name}"


def m11_each_share_is_paid_once(book: Records) -> Iterator[str]:
    amounts = {share.pk: share.amount_cents for share in book.shares}
    tried = book.live + book.succeeded if book.shares else []
    for payment in tried:
        if payment.share_id and payment.amount_cents != amounts.get(payment.share_id):
            yield f"payment {payment.code[:8]} is of {payment.amount_cents}, which is not its share"
    for share, count in Counter(payment.share_id for payment in tried).items():
        if count > 1:
            yield f"share {share} has {count} attempts that are live or paid"


def m12_a_payment_that_ended_says_when(book: Records) -> Iterator[str]:
    for payment in book.payments:
        if (payment.finished_at is None) != (payment.status in Payment.LIVE):
            yield f"payment {payment.code[:8]} is {payment.status}, finished at {payment.finished_at}"


def m14_each_payment_is_booked_once(book: Records) -> Iterator[str]:
    wanted = Counter(
        (payment.code, str(drawer_of(payment.provider)), payment.amount_cents) for payment in book.succeeded
    )
    given_back = {journal.pk for journal in book.journals if journal.kind == Kind.REFUND}
    money = [entry for entry in book.entries if entry.account in LedgerEntry.MONEY]
    booked = Counter(
        (entry.reference, entry.account, entry.cents) for entry in money if entry.journal_id not in given_back
    )
    yield from (f"payment {code[:8]} is not booked as {cents}" for code, _, cents in wanted - booked)
    yield from (
        f"{cents} of {code[:8]} in {account} is no payment" for code, account, cents in booked - wanted
    )


def m15_no_more_goes_back_than_was_paid(book: Records) -> Iterator[str]:
    codes = {payment.pk: payment for payment in book.payments}
    asked = Counter[int]()
    for refund in book.refunds:
        if refund.status in Refund.COUNTED:
            asked[refund.payment_id] += refund.amount_cents
        if (refund.finished_at is None) != (refund.status == Refund.Status.PENDING):
            yield f"refund {refund.code[:8]} is {refund.status}, finished at {refund.finished_at}"
    for pk, cents in asked.items():
        payment = codes[pk]
        if payment.status != Status.SUCCEEDED or cents > payment.amount_cents:
            yield f"{cents} of {payment.amount_cents} go back on {payment.code[:8]}, which {payment.status}"


def m15_each_refund_is_booked_once(book: Records) -> Iterator[str]:
    payments = {payment.pk: payment for payment in book.payments}
    wanted, booked = Counter[tuple[str, str, int]](), Counter[tuple[str, str, int]]()
    for refund in book.refunds:
        if refund.status == Refund.Status.SUCCEEDED:
            payment = payments[refund.payment_id]
            wanted[refund.code, str(Account.REFUNDS), refund.amount_cents] += 1
            wanted[payment.code, str(drawer_of(payment.provider)), -refund.amount_cents] += 1
    for journal in book.journals:
        if journal.kind == Kind.REFUND:
            booked.update((leg.reference, leg.account, leg.cents) for leg in book.legs(journal))
    yield from (f"{cents} of {code[:8]} is not in {account}" for code, account, cents in wanted - booked)
    yield from (
        f"{cents} of {code[:8]} in {account} is no refund" for code, account, cents in booked - wanted
    )


def m18_a_settled_tab_owes_nothing_and_is_left_alone(book: Records) -> Iterator[str]:
    tab, kinds = book.tab, [journal.kind for journal in book.journals]
    settled = tab.status in (Tab.Status.PAID, Tab.Status.VOIDED)
    if settled != (tab.closed_at is not None):
        yield f"{tab.status}, closed at {tab.closed_at}"
    if settled and tab.due_cents:
        yield f"{tab.status} and owes {tab.due_cents}"
    ends = {Tab.Status.PAID: (Kind.PAYMENT, Kind.CLOSE), Tab.Status.VOIDED: (Kind.CLOSE,)}
    while settled and kinds[-1:] and kinds[-1] in AFTER_THE_END:
        kinds.pop()
    if settled and (not kinds or kinds[-1] not in ends[Tab.Status(tab.status)]):
        yield f"{tab.status}, but its last journal is {kinds[-1:]}"
    earlier = set(kinds[:-1]) - ({Kind.PAYMENT} if book.shares else set())
    if {Kind.PAYMENT, Kind.CLOSE, Kind.REFUND} & earlier:
        yield "something was written after its end"


def m21_no_entry_sits_on_another_tab(book: Records) -> Iterator[str]:
    own = {journal.pk for journal in book.journals}
    strangers = sum(entry.journal_id not in own for entry in book.entries)
    if strangers:
        yield f"{strangers} entries belong to a journal of another tab"


def m23_versions_count_the_operations(book: Records) -> Iterator[str]:
    versions = [journal.version for journal in book.journals]
    if versions != list(range(1, book.tab.version + 1)):
        yield f"version {book.tab.version}, journals {versions[-5:]}"


def m25_every_journal_has_a_cause(book: Records) -> Iterator[str]:
    for journal in book.journals:
        if not (journal.key and journal.actor and journal.source in Journal.Source.values):
            yield f"{journal} does not say who or why"


def m28_only_staff_comp_with_a_reason(book: Records) -> Iterator[str]:
    sold, given = Counter[str](), Counter[str]()
    for journal in book.journals:
        comped = journal.kind == Kind.COMP
        if comped and (journal.actor in ("guest", "house") or not journal.reason.strip()):
            yield f"{journal} by {journal.actor} for “{journal.reason}”"
        for leg in book.legs(journal):
            if leg.account == Account.COMPS and not comped and leg.cents > 0:
                yield f"{journal} gives a discount"
            given[leg.reference] += leg.cents if leg.account == Account.COMPS else 0
            sold[leg.reference] -= leg.cents if leg.account == Account.SALES else 0
    yield from (
        f"line {line[:8]} is discounted by {cents} of {sold[line]}"
        for line, cents in given.items()
        if not 0 <= cents <= sold[line]
    )


Invariant = Callable[[Records], Iterator[str]]
OF_A_TAB: tuple[Invariant, ...] = (
    m01_every_journal_balances,
    m05_the_tab_is_what_its_ledger_says,
    m07_no_line_is_below_nothing_or_over_its_cap,
    m08_tax_is_rounded_once_for_the_tab,
    m09_the_tip_is_the_guests_last_word,
    m09_the_tip_is_in_the_right_hands,
    m10_nothing_is_negative_and_limits_hold,
    m11_a_closing_tab_has_one_live_bill_for_what_is_due,
    m11_shares_come_to_the_bill,
    m11_each_share_is_paid_once,
    m12_a_payment_that_ended_says_when,
    m14_each_payment_is_booked_once,
    m15_no_more_goes_back_than_was_paid,
    m15_each_refund_is_booked_once,
    m18_a_settled_tab_owes_nothing_and_is_left_alone,
    m21_no_entry_sits_on_another_tab,
    m23_versions_count_the_operations,
    m25_every_journal_has_a_cause,
    m28_only_staff_comp_with_a_reason,
)


def check_tabs(tabs: QuerySet[Tab]) -> Iterator[Violation]:
    """Tab by tab; seven queries for each five hundred."""
    keys = list(tabs.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), AT_ONCE):
        for records in read(keys[start : start + AT_ONCE]):
            for invariant in OF_A_TAB:
                name = invariant.__name__
                yield from (Violation(name, records.tab.code, what) for what in invariant(records))


def check_book() -> Iterator[Violation]:
    for invariant in OF_THE_BOOK:
        yield from (Violation(invariant.__name__, "", what) for what in invariant())


def read(keys: Sequence[int]) -> list[Records]:
    journals, entries = defaultdict(list), defaultdict(list)
    payments, refunds, shares = defaultdict(list), defaultdict(list), defaultdict(list)
    for journal in Journal.objects.filter(tab__in=keys).order_by("version"):
        journals[journal.tab_id].append(journal)
    for entry in LedgerEntry.objects.filter(tab__in=keys):
        entries[entry.tab_id].append(entry)
    for payment in Payment.objects.filter(tab__in=keys):
        payments[payment.tab_id].append(payment)
    for refund in Refund.objects.filter(payment__tab__in=keys).select_related("payment"):
        refunds[refund.payment.tab_id].append(refund)
    out = Share.objects.filter(split__tab__in=keys, split__status=Split.Status.OUT)
    for share in out.select_related("split"):
        shares[share.split.tab_id].append(share)
    return [
        Records(tab, journals[tab.pk], entries[tab.pk], payments[tab.pk], refunds[tab.pk], shares[tab.pk])
        for tab in Tab.objects.filter(pk__in=keys)
    ]
