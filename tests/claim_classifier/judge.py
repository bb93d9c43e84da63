"""The claim gate alone before sentences of other authors: lies that pass, honest sentences that are held.

    python -m tests.claim_classifier.judge [FILE.jsonl ...]

reads `unseen.jsonl` if no file is named, and prints figures by group, never a sentence. A look is for
judging, not for choosing: weights and floors are chosen by cross-validation.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import tests.clean_environment  # noqa: F401  before Django reads the settings
from tests.live_server import temporary_database

UNSEEN_PATH = Path(__file__).parents[1] / "bartender" / "claim_gate" / "unseen.jsonl"


def judge(paths: Iterable[Path]) -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]:
    """How many sentences of each (“lie” or “honest”, group) went the wrong way, and how many there are."""
    from django.utils import translation

    from bartender.claim_gate.evidence import build_evidence
    from bartender.claim_gate.gate import ClaimGate, UnsupportedClaim
    from bartender.menu.snapshot import current_menu
    from bartender.services.bills import bill_of
    from tests.bartender.claim_gate.corpus import visit_with

    menu = current_menu()
    bills = {tab: bill_of(visit_with(tab)) for tab in ("empty", "martini")}
    wrong: Counter[tuple[str, str]] = Counter()
    count: Counter[tuple[str, str]] = Counter()
    for row in (json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()):
        with translation.override(row["lang"]):
            gate = ClaimGate(build_evidence(menu, bills[row["tab"]]), is_llm_text=True)
            text = row.get("lie") or row["sentence"]
            held = any(isinstance(one, UnsupportedClaim) for one in (*gate.feed(text), *gate.close()))
        group = ("lie" if "lie" in row else "honest", row["group"])
        count[group] += 1
        wrong[group] += held == ("sentence" in row)
    return wrong, count


def _print_table(wrong: Counter[tuple[str, str]], count: Counter[tuple[str, str]]) -> None:
    for kind, label in (("lie", "lies that pass"), ("honest", "honest sentences held")):
        groups: Sequence[tuple[str, str]] = sorted(group for group in count if group[0] == kind)
        for group in groups:
            print(f"{kind:7}{group[1]:40}{wrong[group]:4} of {count[group]:4}")
        total = sum(count[group] for group in groups)
        print(f"{label}: {sum(wrong[group] for group in groups)} of {total}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, default=[UNSEEN_PATH])
    files = parser.parse_args().files
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maya_site.settings")
    import django
    from django.core.management import call_command

    with tempfile.TemporaryDirectory() as folder, temporary_database(Path(folder)) as url:
        os.environ["DATABASE_URL"] = url
        django.setup()
        call_command("load_menu", verbosity=0, stdout=io.StringIO())
        _print_table(*judge(files))


if __name__ == "__main__":
    main()
