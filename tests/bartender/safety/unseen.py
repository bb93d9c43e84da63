"""The reader before sentences that its author has not seen: `python -m tests.bartender.safety.unseen`."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bartender.menu.snapshot import Menu

FILES = Path(__file__).with_name("unseen_sentences")
KINDS = (
    *("minor_self", "minor_other", "allergy", "pregnancy", "driving", "medicine", "had_enough", "refusal"),
    *("human", "harassment", "complaint", "bot_question"),
)
INNOCENT = ("innocent", "bot_not", "order_with_number")


@dataclass(frozen=True)
class SentenceResult:
    kind: str
    language: str
    text: str
    found: frozenset[str]

    @property
    def is_innocent(self) -> bool:
        return self.kind in INNOCENT

    @property
    def is_detected(self) -> bool:
        return self.kind in self.found


def judge_sentences(menu: Menu) -> list[SentenceResult]:
    return list(_iter_results(menu))


def _iter_results(menu: Menu) -> Iterator[SentenceResult]:
    from bartender.safety.statements import extract_statements

    for path in sorted(FILES.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            found = frozenset(kind.value for kind in extract_statements(row["say"], menu).kinds)
            yield SentenceResult(path.stem, row["lang"], row["say"], found)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maya_site.settings")
    import django

    django.setup()
    from bartender.menu.snapshot import current_menu

    rows = judge_sentences(current_menu())
    count, heard = Counter(row.kind for row in rows), Counter(row.kind for row in rows if row.is_detected)
    for kind in KINDS:
        print(f"{kind:14} {heard[kind]:3} of {count[kind]:3} heard")
    stated = sum(count[kind] for kind in KINDS)
    print(f"all            {sum(heard[kind] for kind in KINDS):3} of {stated:3} heard")
    innocent = [row for row in rows if row.is_innocent]
    alarms = sum(bool(row.found) for row in innocent)
    print(f"false alarms   {alarms:3} of {len(innocent):3} innocent sentences")


if __name__ == "__main__":
    main()
