"""Plays dialogues with the rule-based brain as it is, and without the learned tagger.

    python -m tests.understanding.reader.play [FILE.jsonl] [-v]

A line of the file is a dialogue: {"id", "language", "turns": [{"say", "order": {name: quantity}, "mods":
{name: [modifier]}, "subtotal", "reply_any"}]}. A turn is right when drinks, modifiers and subtotal are.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import tests.clean_environment  # noqa: F401  before Django reads the settings
from tests.live_server import temporary_database

UNSEEN_PATH = Path(__file__).parents[1] / "unseen.jsonl"


def faults(turn: dict[str, Any], answer: dict[str, Any]) -> list[str]:
    found = []
    order: Counter[str] = Counter()
    for line in answer["order"]:
        order[line["item"]] += line["quantity"]
    if dict(order) != turn["order"]:
        found.append(f"the order is {dict(order)}, not {turn['order']}")
    if turn.get("subtotal", answer["tab"]["subtotal_cents"]) != answer["tab"]["subtotal_cents"]:
        found.append(f"the subtotal is {answer['tab']['subtotal_cents']}, not {turn['subtotal']}")
    for item, wanted in turn.get("mods", {}).items():
        made = {name for line in answer["order"] if line["item"] == item for name in line["modifiers"]}
        if not set(wanted) <= made:
            found.append(f"{item} is {sorted(made)}, not {wanted}")
    if not any(word in answer["reply"].lower() for word in turn.get("reply_any", [""])):
        found.append(f"the reply has none of {turn['reply_any']}")
    return found


def play(dialogues: Sequence[dict[str, Any]], *, is_verbose: bool) -> int:
    from django.utils import translation

    from bartender.management.commands.chat import Command, as_json

    right = 0
    for dialogue in dialogues:
        command, wrong = Command(), []
        command.brain = "house"
        with translation.override("en"):
            command._start_visit(dialogue.get("language", "en"))
            for turn in dialogue["turns"]:
                answer = as_json(command._turn(turn["say"]))
                wrong += [f"{turn['say']!r}: {one}" for one in faults(turn, answer)]
        right += not wrong
        if wrong and is_verbose:
            print(dialogue["id"], *wrong, sep="\n    ")
    return right


def by_the_grammar_alone() -> Any:
    from bartender.brains.rule_based.reader import comparison

    return mock.patch.object(comparison, "is_better", return_value=False)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", nargs="?", type=Path, default=UNSEEN_PATH)
    parser.add_argument("-v", action="store_true", help="say what is wrong with the tagger")
    asked = parser.parse_args()
    dialogues = [json.loads(line) for line in asked.file.read_text(encoding="utf-8").splitlines()]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maya_site.settings")
    import django
    from django.core.management import call_command

    with tempfile.TemporaryDirectory() as folder, temporary_database(Path(folder)) as url:
        os.environ["DATABASE_URL"] = url
        django.setup()
        call_command("migrate", verbosity=0)
        call_command("load_menu", verbosity=0)
        with by_the_grammar_alone():
            before = play(dialogues, is_verbose=False)
        after = play(dialogues, is_verbose=asked.v)
    sys.stdout.write(f"{len(dialogues)} dialogues; right by the grammar {before}, with the tagger {after}\n")


if __name__ == "__main__":
    main()
