"""How many tokens a turn sends to a language model, and how much of them its vendor has seen just before.

    python -m tests.bench.bench_prompt
    python -m tests.bench.bench_prompt --show     (the last request of the evening, as the model reads it)

Two guests and a Spanish one talk to a scripted Gemini that understands them. Its requests are laid out as
vendors do (system text, tools, contents) and compared as text with the guest's request before: the share
that both begin with can come from the vendor's cache. Nothing is asked over the network, so tokens are
counted twice: as characters / 4, which Gemini's documents give as the rule of thumb, and with the tokenizer
of the local embedder (Llama 2's, which cuts finer than a vendor's own).
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import pairwise, takewhile
from pathlib import Path
from statistics import mean
from typing import Any

import tests.clean_environment  # noqa: F401  before Django reads the settings

EVENING = (
    "Hello, I'm Robin. My dog Biscuit is waiting outside.",
    "It's my birthday, and I have fifty dollars for tonight.",
    "What is fruity?",
    "Two gins, wait no, three",
    "And an IPA for my friend",
    "Send it",
    "Do you ever get tired of listening?",
    "Rough day at work, my boss hates me",
    "Tell me about freedom",
    "Another IPA",
    "Make that two",
    "Send it, please",
    "It is so quiet tonight",
    "What do I have?",
    "A soda for me",
    "No, leave the soda out",
    "How are you tonight?",
    "Tip 15 percent",
    "What do I owe?",
    "The check, please",
)
SPANISH_EVENING = ("Hola, soy Marta", "Dos martinis, por favor", "Envíalo", "¿Cuánto debo?")


@contextmanager
def bar() -> Iterator[Any]:
    """A scripted Gemini that Maya in this process asks, over a database of its own."""
    from tests.vendors.gemini.server import KEY, ScriptedGemini

    with tempfile.TemporaryDirectory(prefix="prompt_bench_") as folder, ScriptedGemini() as gemini:
        os.environ["DATABASE_URL"] = f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
        os.environ |= {"GEMINI_API_KEY": KEY, "GEMINI_BASE_URL": gemini.address, "LOG_LEVEL": "error"}
        os.environ["DJANGO_SETTINGS_MODULE"] = "maya_site.settings"
        import django

        django.setup()
        from django.core.management import call_command

        from tests.vendors.gemini.rule_based import RuleBasedModel

        call_command("prepare", verbosity=0)
        gemini.always(RuleBasedModel())
        yield gemini


def requests_of(gemini: Any, sayings: Sequence[str], language: str = "en") -> list[list[str]]:
    """A guest's evening: the requests of each turn, a turn that was answered without a model left out."""
    from asgiref.sync import async_to_sync
    from django.utils.translation import override

    from bartender.brains import get_brain
    from bartender.conversation.turn import collect_events, take_turn
    from bartender.services.visits import open_visit

    visit, turns = open_visit(), []
    type(visit).objects.filter(pk=visit.pk).update(language=language)
    visit.refresh_from_db()
    with override(language):
        for number, said in enumerate(sayings):
            gemini.asked.clear()
            async_to_sync(collect_events)(take_turn(visit, said, f"turn {number}", get_brain(visit)))
            if gemini.turns:
                turns.append([_as_text(one) for one in gemini.turns])
    return turns


def _as_text(asked: Any) -> str:
    tools = json.dumps(asked.body["tools"], ensure_ascii=False)
    contents = "\n".join(json.dumps(one, ensure_ascii=False) for one in asked.contents)
    return f"{asked.system}\n{tools}\n{contents}"


def _count(text: str) -> tuple[int, int]:
    """Tokens by the rule of thumb, and by a tokenizer."""
    return len(text) // 4, len(_tokenizer().encode(text, add_special_tokens=False).ids)


def _common_prefix(one: str, other: str) -> str:
    same = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return one[: sum(1 for _pair in same)]


@cache
def _tokenizer() -> Any:
    from rag.providers.wordllama.embedder import WordLlama

    return WordLlama()._tokenizer


def _row(name: str, text: str, before: str) -> str:
    (rough, exact), (same_rough, same_exact) = _count(text), _count(_common_prefix(text, before))
    return (
        f"{name:<34} {rough:>6} {exact:>7}   cacheable {same_rough:>6} {same_exact:>7} "
        f"({same_exact / exact:4.0%})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--show", action="store_true", help="print the evening's last request")
    show = parser.parse_args().show
    with bar() as gemini:
        evening = requests_of(gemini, EVENING)
        other = requests_of(gemini, EVENING[3:6])
        spanish = requests_of(gemini, SPANISH_EVENING, "es")
    print(f"{'':<34} {'chars/4':>6} {'Llama 2':>7}")
    firsts = [turn[0] for turn in evening]
    for number, (before, now) in enumerate(pairwise(firsts), start=2):
        print(_row(f"turn {number:>2} beside the turn before", now, before))
    print(_row("another guest's first turn", other[0][0], firsts[-1]))
    print(_row("a Spanish guest's first turn", spanish[0][0], other[0][0]))
    later = [(turn[0], round_) for turn in evening for round_ in turn[1:]]
    print(_row("a turn's second round", later[-1][1], later[-1][0]))
    sizes = [_count(text)[1] for text in firsts]
    shares = [_count(_common_prefix(*pair))[1] / _count(pair[1])[1] for pair in pairwise(firsts)]
    print(f"mean of {len(shares)} turns: {mean(sizes[1:]):.0f} tokens, {mean(shares):.0%} cacheable")
    if show:
        print(evening[-1][0])


if __name__ == "__main__":
    main()
