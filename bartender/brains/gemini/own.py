"""Gemini by a guest's own key: over a client of its own, with its own record of who is away.

Few are kept in a process, by a digest of the key; the one that was used longest ago goes and is closed.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, field, replace

from django.views.decorators.debug import sensitive_variables

from bartender.brains.gemini.clients import Access, Clients
from bartender.brains.gemini.house import Gemini

MOST = 16


@dataclass
class OwnGeminis:
    _made: OrderedDict[str, Gemini] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def by(self, key: str, house: Gemini) -> Gemini:
        """The house's models and manners, the guest's key. Its client is made at the first question."""
        name = hashlib.sha256(key.encode()).hexdigest()
        with self._lock:
            found = self._made.get(name) or self._made.setdefault(name, lent(key, house))
            self._made.move_to_end(name)
            gone = [self._made.popitem(last=False)[1] for _ in range(len(self._made) - MOST)]
        for one in gone:
            one.clients.close()
        return found

    def __len__(self) -> int:
        return len(self._made)


OWN = OwnGeminis()


def lent(key: str, house: Gemini) -> Gemini:
    access = Access(key, base_url=house.access.base_url)
    return replace(house, access=access, clients=Clients(house.deadlines.connect))


@sensitive_variables()
def trouble(key: str, house: Gemini) -> str:
    """What keeps a key from working, as a kind of failure; empty where it works."""
    asked = lent(key, house)
    try:
        return asked.trouble(house.models[0])
    finally:
        asked.clients.close()
