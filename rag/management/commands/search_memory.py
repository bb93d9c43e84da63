import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from rag.memory import MEMORY
from rag.search import PassageHit, search_passages


class Command(BaseCommand):
    help = (
        'Show what the memory finds for a question, best first. Example: manage.py search_memory "who was '
        'the old sailor" --json --limit 3'
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("query")
        parser.add_argument("--json", action="store_true", help="one JSON list, best first")
        parser.add_argument("--limit", type=int, default=5, metavar="N", help="at most so many (default: 5)")

    def handle(self, *, query: str, json: bool, limit: int, **options: Any) -> None:
        if limit < 1:
            raise CommandError("--limit must be 1 or more.")
        found = search_passages(query, limit)
        if not found and MEMORY.reason:
            raise CommandError(f"the memory is off: {MEMORY.reason}. See manage.py build_memory --help.")
        self.stdout.write(as_json(found) if json else as_text(found))


def as_json(found: list[PassageHit]) -> str:
    rows = [{name: getattr(one, name) for name in ("title", "text", "source", "score")} for one in found]
    return json.dumps(rows, ensure_ascii=False)


def as_text(found: list[PassageHit]) -> str:
    rows = [f"{one.score:.2f}  {one.title}\n      {one.text}\n      {one.source}" for one in found]
    return "\n".join(rows) or "Nothing that has to do with it."
