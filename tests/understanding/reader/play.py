"""Plays dialogues with the rule-based brain as it is, and with its orders read by the tagger.

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


def with_the_tagger() -> Any:
    """The brain, with all that names drinks read by the tagger, and the other intents as before."""
    from django.utils.translation import get_language

    from bartender.brains.rule_based import brain, intents
    from bartender.brains.rule_based.segments import segment_text
    from bartender.spanish.to_english import translate_to_english
    from tests.understanding.reader.interpretation import interpret

    about_drinks = (
        intents.Order,
        intents.SetQuantity,
        intents.ChangeModifiers,
        intents.Swap,
        intents.Remove,
        intents.AddMore,
        intents.RepeatRound,
    )
    collect, said = brain._collect_intents, {}

    def translated(text: str, *, is_spanish_visit: bool) -> str:
        english = translate_to_english(text, is_spanish_visit=is_spanish_visit)
        said[english] = text
        return english

    def collected(parts: Any, context: Any, pending: dict[str, Any]) -> list[intents.Intent]:
        is_spanish = get_language() == "es"
        text = said.get(context.guest_text, context.guest_text)
        found = interpret(text, context.menu, is_spanish_visit=is_spanish)
        if found.intents:
            parts = segment_text(translate_to_english(found.rest, is_spanish_visit=is_spanish), context.menu)
        others = collect(parts, context, pending)
        if found.intents or found.has_mentions:
            others = [one for one in others if not isinstance(one, about_drinks)]
        return [*found.intents, *others]

    return mock.patch.multiple(brain, translate_to_english=translated, _collect_intents=collected)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", nargs="?", type=Path, default=UNSEEN_PATH)
    parser.add_argument("-v", action="store_true", help="say what is wrong where the tagger reads")
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
        before = play(dialogues, is_verbose=False)
        with with_the_tagger():
            after = play(dialogues, is_verbose=asked.v)
    sys.stdout.write(f"{len(dialogues)} dialogues; right by the patterns {before}, by the tagger {after}\n")


if __name__ == "__main__":
    main()
