"""The links that chain a tab's journals, so that a row is found which anybody else altered, added or removed.

A link is an HMAC-SHA-256 of a journal, its entries and the link before it on the same tab. Its key is outside
the database. What is erased for a guest is no part of it: journals hold codes, amounts and staff's reasons,
and all of them stay. Nothing is written here: `ledger` writes journals, with their links.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.conf import settings

from payments.models import DrawerEntry, Journal, LedgerEntry, Tab

FIRST = ""  # before the first link
BEFORE_THE_CHAIN = "before the chain"
JOURNAL_FIELDS = ("version", "kind", "key", "fingerprint", "actor", "source", "turn", "reason", "created_at")
ENTRY_FIELDS = (
    "account",
    "cents",
    "reference",
    "tip_recipient_id",
    "tax_terms_id",
    "part",
    "quantity",
    "unit_cents",
)
DRAWER_FIELDS = (
    "kind",
    "cents",
    "expected_cents",
    "currency",
    "is_play_money",
    "note",
    "made_by_id",
    "key",
    "created_at",
)
PROOF_LETTERS = 16  # 80 bits: nobody finds another link that begins alike
PROOF_GROUP = 4


class UnknownChainKey(LookupError):
    """A link names a key that is not in LEDGER_KEY."""


@lru_cache(maxsize=8)
def _keys_by_id(secrets: tuple[str, ...]) -> dict[str, bytes]:
    keys = [secret.encode() for secret in secrets]
    return {hmac.digest(key, b"key id", "sha256").hex()[:8]: key for key in keys}


def current_key_id() -> str:
    """The key of new links: the first in LEDGER_KEY."""
    return next(iter(_keys_by_id(tuple(settings.LEDGER_KEYS))))


def is_known_key(key_id: str) -> bool:
    return key_id in _keys_by_id(tuple(settings.LEDGER_KEYS))


def seal(key_id: str, *content: Any) -> str:
    """The HMAC of values that JSON has, as 64 hex digits. Raises UnknownChainKey."""
    key = _keys_by_id(tuple(settings.LEDGER_KEYS)).get(key_id)
    if key is None:
        raise UnknownChainKey(key_id)
    return hmac.digest(key, canonical_json(content), "sha256").hex()


def canonical_json(content: Any) -> bytes:
    """The same bytes for the same values, whichever database they were read from."""
    return _ENCODER.encode(content).encode()


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value)  # a date


_ENCODER = json.JSONEncoder(separators=(",", ":"), sort_keys=True, default=_plain)


def canonical_journal(journal: Journal, entries: Sequence[LedgerEntry]) -> list[Any]:
    """What a link holds of a journal. `entries` in the order in which they were written."""
    return [
        *(getattr(journal, name) for name in JOURNAL_FIELDS),
        [[getattr(entry, name) for name in ENTRY_FIELDS] for entry in entries],
    ]


def link_of(tab: Tab, journal: Journal, entries: Sequence[LedgerEntry], previous: str, key_id: str) -> str:
    """Raises UnknownChainKey."""
    return seal(key_id, "journal", previous, [tab.code, tab.currency], canonical_journal(journal, entries))


def append_link(tab: Tab, journal: Journal, entries: Sequence[LedgerEntry]) -> None:
    """Gives a journal that is about to be written its link, and the tab its new head. The tab's row is locked
    and both are saved by the caller."""
    journal.chain_key = current_key_id()
    journal.chain_mac = link_of(tab, journal, entries, tab.chain_head or FIRST, journal.chain_key)
    tab.chain_head = journal.chain_mac


def adoption_link(
    tab: Tab, journals: Iterable[tuple[Journal, Sequence[LedgerEntry]]], reason: str, key_id: str
) -> str:
    """One link for all journals of a tab that were written without: from before there was a chain, or by an
    older release. Raises UnknownChainKey."""
    rows = [canonical_journal(journal, entries) for journal, entries in journals]
    return seal(key_id, BEFORE_THE_CHAIN, reason, [tab.code, tab.currency], rows)


def drawer_link(entry: DrawerEntry, previous: str, key_id: str) -> str:
    """The link of an entry of the cash drawer to the one before it. Raises UnknownChainKey."""
    return seal(key_id, "drawer", previous, [getattr(entry, name) for name in DRAWER_FIELDS])


def append_drawer_link(entry: DrawerEntry) -> None:
    """Gives an entry of the cash drawer that is about to be written its link. The venue's row is locked."""
    entry.chain_key = current_key_id()
    entry.chain_mac = drawer_link(entry, drawer_head(), entry.chain_key)


def drawer_head() -> str:
    """The last link of the cash drawer's entries."""
    linked = DrawerEntry.objects.exclude(chain_mac=None).order_by("-pk")
    return linked.values_list("chain_mac", flat=True).first() or FIRST


def short_proof(mac: str | None) -> str:
    """The beginning of a link as it is printed, ABCD-EFGH-IJKL-MNOP; "" without one."""
    if not mac:
        return ""
    letters = base64.b32encode(bytes.fromhex(mac)).decode()[:PROOF_LETTERS]
    return "-".join(letters[at : at + PROOF_GROUP] for at in range(0, PROOF_LETTERS, PROOF_GROUP))


def is_proof_of(proof: str, mac: str | None) -> bool:
    """Whether a printed proof, written in whatever case and groups, is of this link."""
    wanted = short_proof(mac).replace("-", "")
    said = "".join(proof.split()).replace("-", "").upper()
    return bool(wanted) and hmac.compare_digest(said.encode(), wanted.encode())


def digest(parts: Iterable[str]) -> str:
    """SHA-256 of many links, in order."""
    found = hashlib.sha256()
    for part in parts:
        found.update(part.encode() + b"\n")
    return found.hexdigest()
