"""What was done and not said. A brain that is silent about it does not keep it from the guest."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from bartender.brains.base import Result
from bartender.conversation.facts import Facts, render
from bartender.conversation.gate.numbers import digits
from bartender.conversation.gate.plain import plain

_CLEARED = re.compile(
    r"\b(?:clear|cleared|off|empty|emptied|gone|scratch|scratched|over|fresh|clean|removed)\b"
)
_SENT = re.compile(r"\b(?:bar|sent|send|order|way|coming|making|pouring|mixing|shaking|stirring)\b")
_TIP = re.compile(r"\b(?:tip|tips|tipped|gratuity|percent)\b|%")


def untold(results: Sequence[Result], said: str) -> Iterator[str]:
    """The facts of what changed the tab, each in one sentence, where nothing of it was heard."""
    heard = digits(plain(said))
    for result in results:
        told = _TOLD.get(str(result.facts.get("kind"))) if result.ok else None
        if told and not told(result.facts, heard):
            yield render(result.facts)


def _named(facts: Facts, heard: str) -> bool:
    """The drink's name, also where it is meant in the plural."""
    return plain(str(facts["item"])).strip()[:-1] in heard


def _billed(facts: Facts, heard: str) -> bool:
    whole, cents = divmod(int(facts["due_cents"]), 100)
    return (
        re.search(rf"(?<!\d){whole}(?!\d)" if not cents else rf"(?<!\d){whole}\D+{cents:02d}", heard)
        is not None
    )


_TOLD: dict[str, Callable[[Facts, str], bool]] = {
    "added": _named,
    "changed": _named,
    "removed": _named,
    "cleared": lambda facts, heard: bool(_CLEARED.search(heard)),
    "sent": lambda facts, heard: bool(_SENT.search(heard)),
    "tip_set": lambda facts, heard: bool(_TIP.search(heard)),
    "proposed": _billed,
}
