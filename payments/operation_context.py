"""Who does an operation on the ledger and why, with the idempotency key that is made from its cause."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

AGENT_ACTOR = "agent:"  # before the code of a pairing, in OperationContext.actor


@dataclass(frozen=True)
class OperationContext:
    """Who does an operation and why. `key` is made from its cause alone, so a retry carries the same key."""

    key: str
    actor: str = "guest"
    source: str = "tool"
    turn: str = ""
    reason: str = ""
    request_json: str = ""

    def with_key_suffix(self, suffix: str) -> OperationContext:
        return replace(self, key=f"{self.key}:{suffix}")

    def with_request(self, *request: object) -> OperationContext:
        """Adds what was asked for under the key, in words that a retry uses again. The same key with another
        request is refused, whatever the tab has become meanwhile."""
        return replace(self, request_json=json.dumps(request))

    @property
    def is_by_staff(self) -> bool:
        return self.actor not in ("guest", "house") and self.source not in ("tool", "agent")

    @property
    def agent_code(self) -> str:
        """The code of the pairing whose agent does it, "" where no agent does."""
        return self.actor.removeprefix(AGENT_ACTOR) if self.source == "agent" else ""
