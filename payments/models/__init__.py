"""Models of tabs, the ledger, payments, split bills and reports, and of what payment providers reported."""

from payments.models.business_days import LedgerCheck, ZJournal, ZReport
from payments.models.chain import ChainAdoption, ChainStart, SealedHead
from payments.models.disputes import Dispute, EventCursor, MoneyNotice
from payments.models.documents import Document, DocumentCounter, DocumentSeries
from payments.models.drawer import DrawerEntry, ZDrawerEntry
from payments.models.ledger import Journal, LedgerEntry
from payments.models.payments import Payment, Refund
from payments.models.providers import ProviderEvent, Reconciliation, SimulatedLink, SimulatedRefund
from payments.models.splits import Invitation, Share, Split, SplitParticipant
from payments.models.tabs import Tab
from payments.models.taxes import TaxMethod, TaxTerms

__all__ = [
    "ChainAdoption",
    "ChainStart",
    "Dispute",
    "Document",
    "DocumentCounter",
    "DocumentSeries",
    "DrawerEntry",
    "EventCursor",
    "Invitation",
    "Journal",
    "LedgerCheck",
    "LedgerEntry",
    "MoneyNotice",
    "Payment",
    "ProviderEvent",
    "Reconciliation",
    "Refund",
    "SealedHead",
    "Share",
    "SimulatedLink",
    "SimulatedRefund",
    "Split",
    "SplitParticipant",
    "Tab",
    "TaxMethod",
    "TaxTerms",
    "ZDrawerEntry",
    "ZJournal",
    "ZReport",
]
